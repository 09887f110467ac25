// SPDX-License-Identifier: BSD-3-Clause
/* Many feeds as one: for each listed name of a walk, what it and what is below it are
 * answered with. The rules are those of lookup.h, which a unit test compares with. */
#ifndef PALANG_FLAT_H
#define PALANG_FLAT_H

#include "walk.h"

/* What decides about names. */
struct said {
	bool found;
	uint8_t rank;    /* of the feed that decides */
	uint8_t action;  /* as the answer shows it: `nodata` for a notice that has no
			  * address, and for `nxdomain` at one name alone */
	uint16_t notice; /* of the order; 0: none */
};

static inline bool said_blocks(const struct said *s)
{
	return s->found && s->action != ACTION_PASS;
}

/* True when both are answered alike. */
static inline bool said_same(const struct said *a, const struct said *b)
{
	return a->found == b->found &&
	       (!a->found || (a->action == b->action && a->notice == b->notice));
}

struct flat_level {
	size_t len; /* of the name's key */
	struct said below;
};

struct flat {
	unsigned depth;
	struct flat_level
		levels[NAME_LABELS_MAX]; /* listed names above, from the root */
	uint8_t key[NAME_KEY_MAX];       /* of the last name */
	size_t len;
};

/* Decides about the name that W is at: *ABOVE is what holds below the nearest listed
 * name above it, *SELF for the name alone, *BELOW for what is below it and not listed
 * itself. F is zero before the first name, and sees all of them. Returns 0 or an error
 * of the store. */
int flat_next(struct flat *f, const struct walk *w, struct said *above,
	      struct said *self, struct said *below, struct err *e);

#endif
