// SPDX-License-Identifier: BSD-3-Clause
/* Limits of a feed: how much of it one update may change. An accident upstream shows
 * as a list that shrinks or grows more than it ever does. */
#ifndef PALANG_LIMIT_H
#define PALANG_LIMIT_H

#include "conf-value.h"
#include "conf.h"

struct limits {
	struct share added, removed;
	uint64_t floor;   /* so many in any case */
	uint64_t names;   /* fewer names are no list */
	uint64_t popular; /* so many popular names may be blocked at once */
	struct share bad_lines;
};

/* A profile by its name; NULL when there is none. */
const struct limits *limit_profile(const char *name);

/* The limits of a feed: its profile, and what it says itself. */
struct limits limit_of(const struct conf_feed *f);

/* As many names as may come, or go, when the feed has BEFORE of them. */
uint64_t limit_added(const struct limits *l, uint64_t before);
uint64_t limit_removed(const struct limits *l, uint64_t before);

#endif
