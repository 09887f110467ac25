// SPDX-License-Identifier: BSD-3-Clause
/* All names of a store in their order, one after the other, each with its entries:
 * those in force, or all. Memory does not grow with the store. */
#ifndef PALANG_WALK_H
#define PALANG_WALK_H

#include "store.h"

struct walk {
	struct reader *reader;
	MDB_cursor *cursor;
	int64_t now;      /* the time that orders are judged at */
	bool all;         /* entries too that are not in force */
	bool wanted[256]; /* feeds, by number; entries of others are passed over */
	bool begun;

	struct span key; /* the name at hand; valid until walk_next() */
	unsigned count;
	struct entry entries[NAME_ENTRIES_MAX]; /* in entry_compare() order */
};

/* Walks what R, which is between reader_begin() and reader_end(), sees at time NOW.
 * All feeds are wanted but, unless ALL, those in shadow mode. Returns 0 or an error of
 * the store; walk_release() follows in either case, before reader_end(). */
int walk_begin(struct walk *w, struct reader *r, int64_t now, bool all, struct err *e);
void walk_release(struct walk *w);

/* The next name that has entries. Returns 1, 0 at the end, or an error. */
int walk_next(struct walk *w, struct err *e);

#endif
