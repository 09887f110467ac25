// SPDX-License-Identifier: BSD-3-Clause
/* Between a verdict and the moment at which Unbound stores the answer in its cache
 * a worker may be kept from running, and a commit may pass: then it stores by the
 * older serial. So the cache is cleared when every worker has come to the end of what
 * it was doing when the commit was seen, and once more if one was not waited for until
 * then: it has begun with another query since, or it sleeps. What is stored after that
 * was judged by the new serial in the same go.
 *
 * Without threads none of this is needed: a worker that is held stands between two
 * queries, and the eviction begins by holding it. */
#include "palang.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* How long a worker that neither sleeps nor begins anything is waited for: what it does
 * for a query takes less. One that is busy with something else for longer, such as a
 * dump of the cache, holds nothing up; nor does one that is kept from running, but it
 * may store by the older serial later: when it has got on the cache is cleared again.
 */
#define PATIENCE 250
#define TICK_NS  1000000

void settle_begin(struct palang *p, struct seat *seat)
{
	if (atomic_load_explicit(&seat->thread, memory_order_relaxed) == 0)
		atomic_store(&seat->thread, (int)syscall(SYS_gettid));
	/* Before the store is read: a worker that has seen the round sees what was
	 * committed before it. */
	atomic_store(&seat->round, atomic_load(&p->round));
}

void settle_round(struct palang *p)
{
	atomic_fetch_add(&p->round, 1);
}

/* True when the thread waits for the network, or for good. Where /proc cannot be
 * seen this is never known. */
static bool is_asleep(int thread)
{
	char path[64], text[512], *at;
	ssize_t len;
	int fd;

	snprintf(path, sizeof(path), "/proc/self/task/%d/stat", thread);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	len = read(fd, text, sizeof(text) - 1);
	close(fd);
	text[len > 0 ? len : 0] = '\0';
	/* "NUMBER (name) STATE ...": the name may hold anything. */
	at = strrchr(text, ')');
	return at != NULL && at[1] == ' ' && at[2] == 'S';
}

static bool is_settled(struct seat *seat, uint32_t round)
{
	int thread = atomic_load(&seat->thread);

	if (thread != 0 && atomic_load(&seat->round) != round && seat->slept != round) {
		if (!is_asleep(thread))
			return false;
		seat->slept = round;
	}
	return true;
}

bool settle_done(struct palang *p)
{
	uint32_t round = atomic_load(&p->round);
	bool all = true;

	for (unsigned i = 0; i < p->workers && !HOLDS; i++)
		all &= is_settled(&p->seats[i], round);
	return all;
}

bool settle_wait(struct palang *p)
{
	struct timespec tick = { .tv_nsec = TICK_NS };
	bool done;

	for (int i = 0; !(done = settle_done(p)) && i < PATIENCE; i++)
		nanosleep(&tick, NULL);
	return done;
}
