// SPDX-License-Identifier: BSD-3-Clause
/* The orders and notices that lists name, each kept once while the lists are read,
 * and written to the store when the update begins. Numbers here are the reader's
 * own; terms_write() maps them to the store's. */
#ifndef PALANG_TERMS_H
#define PALANG_TERMS_H

#include "authority.h"
#include "listing.h"
#include "update.h"

struct terms_row {
	uint64_t hash;
	size_t at, len; /* of its encoded order and notice in `bytes` */
};

struct terms {
	struct span authority, category;       /* where a list does not say; borrowed */
	uint16_t ede;                          /* likewise; 0: by who decided */
	const struct authorities *authorities; /* what holds of their orders; or NULL */
	struct notice notice; /* of the options; no addresses: none given */
	uint8_t *bytes;
	size_t used, room;
	struct terms_row *rows;
	uint32_t count, rows_room;
	uint32_t *slots; /* by hash: row + 1, 0 is free */
	uint32_t slots_room;
	uint32_t last;  /* row of the listing before, most likely this one's too */
	uint32_t plain; /* row + 1 of listings that name no order; 0: none yet */
};

void terms_release(struct terms *t);

/* The number of L's order: equal orders have equal numbers. Returns 0 and sets
 * *NUMBER, or ERR_SYSTEM without memory. */
int terms_number(struct terms *t, const struct listing *l, uint32_t *number,
		 struct err *e);

/* Writes orders and notices; returns the store's number for each of ours, to be
 * freed by the caller. NULL without memory; other errors are latched in U. */
uint32_t *terms_write(struct terms *t, struct update *u);

#endif
