// SPDX-License-Identifier: BSD-3-Clause
/* The maintenance thread's work without the thread: the target decides when it
 * takes its turn, so that an input always does the same. */
#include "fake_unbound.h"

static int start_nothing(pthread_t *thread, const pthread_attr_t *attr,
			 void *(*start)(void *), void *arg)
{
	(void)thread;
	(void)attr;
	(void)start;
	(void)arg;
	return 0;
}

#define pthread_create                   start_nothing
#define pthread_setname_np(thread, name) (0)
#define pthread_join(thread, result)     (0)

#include "watch.c"

/* The only worker is not known yet, so that nobody waits for it: it is the caller. */
void watch_poll(struct palang *p)
{
	atomic_store(&p->seats[0].thread, 0);
	look(p);
	fake_trace("poll", NULL, (int)p->seen_txn);
}
