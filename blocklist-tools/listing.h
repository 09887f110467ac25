// SPDX-License-Identifier: BSD-3-Clause
/* What a list format hands on: one listing at a time, to whoever takes it. */
#ifndef PALANG_LISTING_H
#define PALANG_LISTING_H

#include "entry.h"
#include "err.h"
#include "name.h"
#include "order.h"

/* A longer text of an order is refused. */
#define ORDER_FIELD_MAX 1000

/* One entry as a list spells it. Spans point into the reader's own buffers and
 * are valid during the call only. */
struct listing {
	struct name name;
	uint8_t scope;  /* enum scope */
	uint8_t action; /* enum action */
	/* The row's own order: NULL where the format carries none, or all its
	 * columns are empty; then the list's defaults hold. `order.notice` is
	 * not read: `notice` names the profile; an `order.ede` of 0 says nothing. */
	const struct order *order;
	struct span notice; /* addresses separated by spaces; empty: the default */
};

/* Who takes listings. Returns 0, or an error that ends the reading. */
struct sink {
	int (*accept)(void *arg, const struct listing *l, struct err *e);
	void *arg;
};

#endif
