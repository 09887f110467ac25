// SPDX-License-Identifier: BSD-3-Clause
/* What the resolvers of a store count, added up, and printed in three styles. */
#ifndef PALANG_STATS_H
#define PALANG_STATS_H

#include "state.h"
#include "store.h"

/* One resolver's threads added up. */
struct sums {
	long long pid;
	int64_t started, enforced_at;
	uint64_t serial, enforced, evicted, eviction_us;
	uint32_t store, threads;
	char error[sizeof(((struct state_file *)0)->error)];
	uint64_t queries, verdicts[ACTIONS], errors, failed_open, failed_closed, late;
	uint64_t exempted, shadowed, targets;
	uint64_t feeds[256], shadow_feeds[256];
	uint64_t orders[STATE_ORDERS];
};

struct top {
	struct name name;
	uint64_t hits;
};

struct stats {
	struct sums *resolvers;
	size_t count;
	struct top *top;
	size_t top_count;
	struct reader *reader; /* begun, or NULL without a readable store */
};

/* Adds the resolvers of the store. Returns 0, or the error of state_each(). */
int stats_read(struct stats *s, const char *store, struct err *e);
void stats_release(struct stats *s);

/* All print on standard output. */
void stats_print_text(const struct stats *s);
void stats_print_json(const struct stats *s);
void stats_print_prometheus(const struct stats *s);

#endif
