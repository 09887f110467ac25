// SPDX-License-Identifier: BSD-3-Clause
/* What ever happened to a name, as far as the store tells: from the journal, and
 * where that does not spell it out, as of a first load or of a serial that was cut,
 * from what the entries and the tombstones say of their serials. */
#ifndef PALANG_EVENTS_H
#define PALANG_EVENTS_H

#include "store.h"

/* An entry came or went. */
struct event {
	uint64_t serial;
	const uint8_t *key; /* of the name, LEN bytes */
	size_t len;
	bool came;
	struct entry entry;
};

typedef void event_show(struct reader *r, const struct event *event);

/* Calls SHOW for what happened to N and to the names above it, in the order of the
 * serials. Between reader_begin() and reader_end(). Returns 0 or an error. */
int events_of_name(struct reader *r, const struct name *n, event_show *show,
		   struct err *e);
/* The same for the entries that a first load brought and that are still there. */
int events_of_load(struct reader *r, uint64_t serial, event_show *show, struct err *e);

#endif
