// SPDX-License-Identifier: BSD-3-Clause
#include "enforced.h"

#include <stdio.h>
#include <time.h>

#include "state.h"

#define PATIENCE_MS 10000

/* More resolvers of one store are waited for, but not counted. */
#define RESOLVERS_MAX 256

struct look {
	uint64_t serial;
	int alive, behind;
	struct {
		long long pid, started;
		bool behind;
	} resolvers[RESOLVERS_MAX + 1]; /* the last is for all the others */
	long long pid;                  /* of one that is behind */
};

/* A resolver of several processes has a file of each, and is behind when one is. */
static void look(void *arg, const struct state_file *file)
{
	struct look *l = arg;
	int i = 0;

	while (i < l->alive && (l->resolvers[i].pid != file->pid ||
				l->resolvers[i].started != file->started))
		i++;
	if (i == l->alive && i < RESOLVERS_MAX) {
		l->resolvers[i].pid = file->pid;
		l->resolvers[i].started = file->started;
		l->resolvers[i].behind = false;
		l->alive++;
	}
	if (atomic_load(&file->enforced) >= l->serial)
		return;
	l->behind += !l->resolvers[i].behind;
	l->resolvers[i].behind = true;
	l->pid = file->pid;
}

long long enforced_clock(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (long long)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Waits as enforced_within(); L then says who is alive, and who is behind. */
static long long wait_for(const char *store, uint64_t serial, long long committed,
			  long long patience_ms, struct look *l)
{
	struct timespec tick = { .tv_nsec = 2000000 };

	do {
		*l = (struct look){ .serial = serial };
		if (state_each(store, look, l, NULL) <= 0)
			return 0;
		if (l->behind > 0)
			nanosleep(&tick, NULL);
	} while (l->behind > 0 && enforced_clock() - committed < patience_ms);
	return l->behind > 0 ? ENFORCED_NOT : enforced_clock() - committed;
}

static void print_took(int alive, long long took)
{
	fprintf(stderr, "enforced by %d resolver%s %lld ms after the commit\n", alive,
		alive == 1 ? "" : "s", took);
}

long long enforced_within(const char *store, uint64_t serial, long long committed,
			  long long patience_ms, int *ret_alive)
{
	struct look l;
	long long took = wait_for(store, serial, committed, patience_ms, &l);

	*ret_alive = l.alive;
	if (l.alive == 0) {
		fputs("no resolver is running that could enforce it\n", stderr);
		return ENFORCED_NOBODY;
	}
	if (took < 0)
		fprintf(stderr,
			"palang: not all of %d resolvers enforce serial %llu after %g "
			"s: see 'palang status'\n",
			l.alive, (unsigned long long)serial,
			(double)patience_ms / 1000);
	else
		print_took(l.alive, took);
	return took;
}

void enforced_wait(const char *store, uint64_t serial, long long committed)
{
	struct look l;
	long long took = wait_for(store, serial, committed, PATIENCE_MS, &l);

	if (l.alive == 0)
		return;
	if (took < 0)
		fprintf(stderr,
			"palang: %d of %d resolvers do not enforce serial %llu "
			"after %d seconds, one is process %lld\n",
			l.behind, l.alive, (unsigned long long)serial,
			PATIENCE_MS / 1000, l.pid);
	else
		print_took(l.alive, took);
}
