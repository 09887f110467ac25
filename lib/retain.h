// SPDX-License-Identifier: BSD-3-Clause
/* How much of the past a store keeps: the parts of the journal and the tombstones of
 * old serials are cut, the headers stay. No serial is made. */
#ifndef PALANG_RETAIN_H
#define PALANG_RETAIN_H

#include "update.h"

struct retention {
	int64_t before; /* what was committed before this time is cut; 0: nothing is */
	uint64_t size;  /* bytes of what is kept, the oldest is cut; 0: any number */
};

struct retained {
	uint64_t to;                  /* last serial that was cut now; 0: none */
	uint64_t serials, tombstones; /* cut now */
	uint64_t bytes;               /* kept */
};

/* Returns 0, or an error with the store as it was. */
int retain(struct target *t, const struct retention *keep, struct retained *result,
	   struct err *e);

#endif
