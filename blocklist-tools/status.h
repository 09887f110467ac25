// SPDX-License-Identifier: BSD-3-Clause
/* What `palang status` finds: the store, its feeds and its resolvers, and what of it
 * needs a look. */
#ifndef PALANG_STATUS_H
#define PALANG_STATUS_H

#include "conf.h"
#include "feed-state.h"
#include "state.h"
#include "store.h"

struct status_feed {
	char name[256];
	bool stored, configured;
	uint8_t rank, flags;
	uint64_t entries;
	struct feed_state state; /* zero when nothing is known */
	int64_t max_age;         /* seconds; 0: none */
};

struct status_resolver {
	int64_t pid;
	enum store_state store;
	uint64_t serial, enforced;
	int64_t enforced_at; /* seconds */
	char error[512];
};

#define STATUS_PROBLEM 640
#define STATUS_MAX     300 /* feeds, resolvers, problems */

struct status {
	const char *store;
	int64_t now;
	struct head head;
	unsigned feed_count, resolver_count, problem_count;
	struct status_feed feeds[STATUS_MAX]; /* by rank */
	struct status_resolver resolvers[STATUS_MAX];
	char problems[STATUS_MAX][STATUS_PROBLEM];
};

/* Looks at the store in directory STORE; CONF may be NULL. Returns 0, or an error of
 * the store or of the file of feeds' states. */
int status_look(struct status *s, const char *store, const struct conf *conf,
		struct err *e);

/* Seconds since what the feed has was written; -1 when nobody knows. */
int64_t status_age(const struct status *s, const struct status_feed *f);

void status_print(const struct status *s);
void status_print_json(const struct status *s);

#endif
