// SPDX-License-Identifier: BSD-3-Clause
/* A file that is cut short while it is mapped raises SIGBUS in whoever reads the
 * missing pages. A resolver must not end for that. Reading the store holds no lock
 * and allocates nothing, so it can be left at any point. */
#include "palang.h"

#include <setjmp.h>
#include <signal.h>

/* Where this thread goes on; NULL outside fault_guarded(). */
static __thread sigjmp_buf *way_out __attribute__((tls_model("initial-exec")));
/* Whether this thread takes the signal. */
static __thread bool heard __attribute__((tls_model("initial-exec")));
static struct sigaction before;

static void on_fault(int number, siginfo_t *info, void *context)
{
	sigjmp_buf *out = way_out;

	if (out != NULL) {
		way_out = NULL;
		siglongjmp(*out, 1);
	}
	/* Somebody else's: as if we were not here. With the default action back in
	 * place the same access ends the process. */
	if (before.sa_flags & SA_SIGINFO)
		before.sa_sigaction(number, info, context);
	else if (before.sa_handler == SIG_DFL || before.sa_handler == SIG_IGN)
		sigaction(SIGBUS, &before, NULL);
	else
		before.sa_handler(number);
}

void fault_install(void)
{
	/* Not blocked while it runs: it does not return the usual way. */
	struct sigaction ours = { .sa_sigaction = on_fault,
				  .sa_flags = SA_SIGINFO | SA_NODEFER | SA_ONSTACK };

	sigaction(SIGBUS, &ours, &before);
}

void fault_remove(void)
{
	struct sigaction now;

	if (sigaction(SIGBUS, NULL, &now) == 0 && (now.sa_flags & SA_SIGINFO) &&
	    now.sa_sigaction == on_fault)
		sigaction(SIGBUS, &before, NULL);
}

/* Unbound blocks all signals in its threads but the first. A fault whose signal is
 * blocked ends the process, whoever wanted to handle it. */
void fault_hear(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGBUS);
	heard = pthread_sigmask(SIG_UNBLOCK, &set, NULL) == 0;
}

bool fault_guarded(struct opened *o, void (*f)(void *), void *arg)
{
	sigjmp_buf here;

	if (!heard)
		fault_hear();
	if (atomic_load_explicit(&o->cut, memory_order_relaxed))
		return false;
	if (sigsetjmp(here, 0) != 0) {
		atomic_store(&o->cut, true);
		return false;
	}
	way_out = &here;
	f(arg);
	way_out = NULL;
	return true;
}
