// SPDX-License-Identifier: BSD-3-Clause
/* A changeset: the exact difference between two serials of the store, name by
 * name in key order. What a commit applies, the journal keeps, and a resolver
 * reads to learn which names changed, are the same bytes:
 *
 *   text  name key
 *   u8    n, then n entries that go
 *   u8    m, then m entries that come */
#ifndef PALANG_CHANGESET_H
#define PALANG_CHANGESET_H

#include "entry.h"
#include "err.h"
#include "name.h"

#define CHANGE_ENTRIES_MAX 255

struct change {
	struct span key;
	uint8_t gone, come;                           /* how many of each */
	struct entry entries[2 * CHANGE_ENTRIES_MAX]; /* gone first, then come */
};

struct changeset {
	uint8_t *data;
	size_t used, room;
	uint64_t added, removed, changed; /* names */
};

void changeset_release(struct changeset *c);

/* Appends a change. Keys come in ascending order for one feed; a name may come once
 * for each of several feeds. GONE and COME are sorted by
 * entry_compare(). Returns 0 or ERR_SYSTEM without memory. */
int changeset_add(struct changeset *c, const struct change *change, struct err *e);

/* Moves or appends what FROM holds to TO; FROM is then to be released. Returns 0 or
 * ERR_SYSTEM without memory. */
int changeset_join(struct changeset *to, struct changeset *from, struct err *e);

/* Reads the next change at B's cursor into CHANGE, whose key then points into
 * what B reads. Returns false at the end, or with B's error latched. */
bool change_next(struct bytes *b, struct change *change);

#endif
