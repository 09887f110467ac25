// SPDX-License-Identifier: BSD-3-Clause
/* Orders that somebody has to look at: those that are to be reviewed or end soon, or
 * have, and old ones that nobody will ever look at again. */
#ifndef PALANG_DUE_H
#define PALANG_DUE_H

#include "order.h"
#include "walk.h"

/* An order without an end and a review is due after so long: half a year. */
#define DUE_ENDLESS (183 * (int64_t)86400)

enum due_why {
	DUE_REVIEW,        /* it is to be reviewed */
	DUE_EXPIRY,        /* it ends */
	DUE_ENDLESS_ORDER, /* it is old, and neither end nor review was said */
	DUES,
};
extern const char *const due_names[DUES];

struct due {
	uint32_t order;
	enum due_why why;
	int64_t at; /* when it is due, or was */
	uint64_t names;
	uint8_t feed;     /* of one of its entries */
	struct span name; /* the key of the same */
};

struct dues {
	struct due *at; /* sorted by time */
	size_t count;
	uint8_t *names; /* what their names point to */
};

/* Finds what is due before UNTIL in the store that R, which is between reader_begin()
 * and reader_end(), sees: every name is looked at. Returns 0 or an error of the store;
 * dues_release() follows in either case. */
int dues_find(struct dues *d, struct reader *r, int64_t now, int64_t until,
	      struct err *e);
void dues_release(struct dues *d);

#endif
