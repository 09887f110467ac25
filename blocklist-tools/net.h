// SPDX-License-Identifier: BSD-3-Clause
/* What two serials of a store differ in, whatever came and went between them. */
#ifndef PALANG_NET_H
#define PALANG_NET_H

#include "store.h"

/* An entry that only one of the two serials has. */
struct net_entry {
	struct span key; /* points into the store: valid until reader_end() */
	struct entry entry;
	bool came;    /* the later one has it */
	uint32_t nth; /* for net_read() */
};

/* Sorted by key and entry_compare(). */
struct net {
	struct net_entry *at;
	size_t count, room;
};

void net_release(struct net *n);

/* Between reader_begin() and reader_end(), FROM <= TO <= the reader's serial. Returns
 * 0, ERR_MISSING when the changes are no longer kept, another error. */
int net_read(struct net *n, struct reader *r, uint64_t from, uint64_t to,
	     struct err *e);
/* The one of that name and entry; NULL when both serials have it, or neither. */
const struct net_entry *net_find(const struct net *n, struct span key,
				 const struct entry *entry);

#endif
