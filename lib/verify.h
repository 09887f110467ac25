// SPDX-License-Identifier: BSD-3-Clause
/* Whether a store is what palang-store(5) says: every record of every table, and the
 * chain of digests over all serials. */
#ifndef PALANG_VERIFY_H
#define PALANG_VERIFY_H

#include "store.h"

/* How much was looked at. */
struct verified {
	uint64_t serial, names, entries, orders, tombstones;
	uint64_t cut;       /* serials whose changes are no longer kept */
	uint8_t digest[32]; /* of the last serial: it stands for all of the journal */
};

/* Looks at the reader's serial, between reader_begin() and reader_end(). PROGRESS,
 * when not NULL, is called with the number of names seen, every now and then. Returns
 * 0; ERR_DAMAGED, and E says the first fault; ERR_SYSTEM. */
int verify(struct reader *r, struct verified *ret, void (*progress)(uint64_t names),
	   struct err *e);

#endif
