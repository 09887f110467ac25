// SPDX-License-Identifier: BSD-3-Clause
#include "enforced.h"

#include <stdio.h>
#include <time.h>

#include "state.h"

#define PATIENCE_MS 10000

struct behind {
	uint64_t serial;
	int resolvers;
	long long pid; /* of one that is behind */
};

static void look(void *arg, const struct state_file *file)
{
	struct behind *b = arg;

	if (atomic_load(&file->enforced) >= b->serial)
		return;
	b->resolvers++;
	b->pid = file->pid;
}

long long enforced_clock(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (long long)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Waits as enforced_within(); B then says who is behind. */
static long long wait_for(const char *store, uint64_t serial, long long committed,
			  long long patience_ms, struct behind *b, int *ret_alive)
{
	struct timespec tick = { .tv_nsec = 2000000 };

	do {
		*b = (struct behind){ .serial = serial };
		*ret_alive = state_each(store, look, b, NULL);
		if (*ret_alive <= 0)
			return 0;
		if (b->resolvers > 0)
			nanosleep(&tick, NULL);
	} while (b->resolvers > 0 && enforced_clock() - committed < patience_ms);
	return b->resolvers > 0 ? -1 : enforced_clock() - committed;
}

long long enforced_within(const char *store, uint64_t serial, long long committed,
			  long long patience_ms, int *ret_alive)
{
	struct behind b;

	return wait_for(store, serial, committed, patience_ms, &b, ret_alive);
}

void enforced_wait(const char *store, uint64_t serial, long long committed)
{
	struct behind b;
	int alive;
	long long took = wait_for(store, serial, committed, PATIENCE_MS, &b, &alive);

	if (alive <= 0)
		return;
	if (took < 0)
		fprintf(stderr,
			"palang: %d of %d resolvers do not enforce serial %llu "
			"after %d seconds, one is process %lld\n",
			b.resolvers, alive, (unsigned long long)serial,
			PATIENCE_MS / 1000, b.pid);
	else
		fprintf(stderr, "enforced by %d resolver%s %lld ms after the commit\n",
			alive, alive == 1 ? "" : "s", took);
}
