// SPDX-License-Identifier: BSD-3-Clause
/* What a feed says now: many names in memory, then sorted by key. Made for ten
 * million names: 19 bytes each besides the key itself. */
#ifndef PALANG_LIST_H
#define PALANG_LIST_H

#include "entry.h"
#include "err.h"
#include "name.h"

struct list_item {
	uint64_t word;  /* eight bytes of the key, while sorting */
	uint32_t at;    /* where the name's bytes begin */
	uint32_t order; /* the adder's own number for the order; equal numbers mean
			 * equal orders */
};

struct list {
	struct list_item *items;
	size_t count, room;
	uint8_t *bytes; /* per item: u8 scope << 4 | action, u16 length, key */
	size_t used, bytes_room;
	uint64_t duplicates; /* dropped by list_sort() */
};

void list_release(struct list *l);

/* Adds one listing. ORDER is the caller's number of it, below 2^32 - 1. Returns 0,
 * ERR_SYSTEM without memory, or ERR_INPUT when the list passes 4 GiB of names. */
int list_add(struct list *l, const struct name *n, enum scope scope, enum action action,
	     uint32_t order, struct err *e);

/* Sorts by key, then scope, action and order, and drops what is listed twice
 * with the same terms. A name that is listed twice, once exact and once below, with
 * otherwise the same terms, becomes one listing of its subtree: so lists in RPZ form
 * take no more room than others, in whatever order their records come. Uses up to
 * four threads. */
void list_sort(struct list *l);

/* Says that the Ith listing will be asked for soon: sorted names lie scattered in
 * memory. I may be past the end. */
void list_expect(const struct list *l, size_t i);

/* The Ith listing: its key, valid as long as the list, and its terms (the feed
 * and the serial are not known here). */
struct span list_key(const struct list *l, size_t i);
struct entry list_entry(const struct list *l, size_t i);

#endif
