// SPDX-License-Identifier: BSD-3-Clause
/* Tombstones: what a name was listed with, and no longer is. So a question about a
 * name that is free again is answered without the journal, and after the parts of
 * the journal that say so were cut. A name's value in TABLE_PAST has at most
 * PAST_MAX of them, the newest last; each is
 *
 *   entry                         as it was, with the serial that brought it
 *   varuint until                 the serial that took it away */
#ifndef PALANG_PAST_H
#define PALANG_PAST_H

#include "store.h"

#define PAST_MAX       16
#define PAST_VALUE_MAX (PAST_MAX * (ENTRY_MAX + 5))

struct past {
	struct entry entry;
	uint32_t until; /* low 32 bits of the serial */
};

void past_put(struct bytes *b, const struct past *p);
/* Reads the next tombstone at B's cursor. Returns false at the end, or with B's
 * error latched. */
bool past_next(struct bytes *b, struct past *p);

/* Reads the tombstones of the name KEY into ALL, between reader_begin() and
 * reader_end(). Returns how many, or ERR_DAMAGED or ERR_SYSTEM. */
int past_read(struct reader *r, const uint8_t *key, size_t len,
	      struct past all[static PAST_MAX], struct err *e);

#endif
