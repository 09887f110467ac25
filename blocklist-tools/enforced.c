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

void enforced_wait(const char *store, uint64_t serial, long long committed)
{
	struct timespec tick = { .tv_nsec = 2000000 };
	struct behind b;
	int alive;

	do {
		b = (struct behind){ .serial = serial };
		alive = state_each(store, look, &b, NULL);
		if (alive <= 0)
			return;
		if (b.resolvers > 0)
			nanosleep(&tick, NULL);
	} while (b.resolvers > 0 && enforced_clock() - committed < PATIENCE_MS);
	if (b.resolvers > 0)
		fprintf(stderr,
			"palang: %d of %d resolvers do not enforce serial %llu "
			"after %d seconds, one is process %lld\n",
			b.resolvers, alive, (unsigned long long)serial,
			PATIENCE_MS / 1000, b.pid);
	else
		fprintf(stderr, "enforced by %d resolver%s %lld ms after the commit\n",
			alive, alive == 1 ? "" : "s", enforced_clock() - committed);
}
