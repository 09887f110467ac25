// SPDX-License-Identifier: BSD-3-Clause
/* The verdict on a name: the one place that decides, for the resolver's every
 * query and for `palang query` alike.
 *
 * Precedence: of the feeds that have any match, the one with the lowest rank
 * decides; inside it the most specific listed name; at one name the scope `exact`
 * before `below` before `subtree`, then the actions in the order of entry.h,
 * `pass` first, then the older order. An entry whose order is not yet effective,
 * or has expired, does not count, and neither does one of a feed in shadow mode:
 * of such a feed it is only told what it would have decided. */
#ifndef PALANG_LOOKUP_H
#define PALANG_LOOKUP_H

#include "store.h"

/* An entry at the name or above it. */
struct match {
	struct entry entry;
	struct order order; /* points into the store: valid until reader_end() */
	size_t len;         /* the listed name: that many first bytes of the key */
	bool scoped;        /* its scope covers the name asked for */
	bool active;        /* its order counts now */
};

struct verdict {
	bool found;          /* some entry decides */
	bool shadowed;       /* another would, were its feed not in shadow mode */
	struct match match;  /* which; meaningful when found */
	struct match shadow; /* meaningful when shadowed */
};

/* Called for every entry at the name or above it, the most specific name first. */
typedef void lookup_visit(void *arg, const struct match *match);

/* Decides about KEY at time NOW (seconds since 1970-01-01 UTC), between
 * reader_begin() and reader_end(). VISIT may be NULL: then the look-up ends as
 * soon as nothing can change its outcome. Returns 0, ERR_DAMAGED or ERR_SYSTEM. */
int lookup(struct reader *r, const uint8_t *key, size_t len, int64_t now,
	   struct verdict *v, lookup_visit *visit, void *arg, struct err *e);

/* The same about the target of an alias: of the entries that block, only those of
 * feeds with FEED_TARGETS count. */
int lookup_target(struct reader *r, const uint8_t *key, size_t len, int64_t now,
		  struct verdict *v, struct err *e);

/* True when the verdict is that the name is blocked. */
static inline bool verdict_blocks(const struct verdict *v)
{
	return v->found && v->match.entry.action != ACTION_PASS;
}

#endif
