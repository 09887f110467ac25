// SPDX-License-Identifier: BSD-3-Clause
/* An entry: one listing of one name by one feed. A name's value in the store is
 * a varuint, the length of its nearest listed ancestor's key (0: none is listed),
 * and all its entries, one after the other, in entry_compare() order:
 *
 *   u8 scope << 6 | action << 3   (three bits that must be zero)
 *   u8 feed
 *   varuint order
 *   varuint since                 serial of the store that brought the entry */
#ifndef PALANG_ENTRY_H
#define PALANG_ENTRY_H

#include "bytes.h"

/* In order of precedence at one name of one feed. */
enum scope {
	SCOPE_EXACT,   /* the name only */
	SCOPE_BELOW,   /* what is below the name, not the name (RPZ's *.name) */
	SCOPE_SUBTREE, /* the name and everything below: the default */
	SCOPES,
};

/* In order of precedence at one name of one feed and scope. */
enum action {
	ACTION_PASS,     /* never block */
	ACTION_NOTICE,   /* answer with the notice address: the default */
	ACTION_NXDOMAIN, /* RFC 2308 name error */
	ACTION_NODATA,
	ACTION_REFUSED,
	ACTION_DROP, /* no answer at all */
	ACTIONS,
};

extern const char *const scope_names[SCOPES];
extern const char *const action_names[ACTIONS];

/* Index of TEXT in NAMES (COUNT of them), or -1. */
int word_find(const char *const *names, int count, struct span text);

struct entry {
	uint8_t scope;
	uint8_t action;
	uint8_t feed;
	uint32_t order;
	uint32_t since;
};

/* Longest encoded entry; a name has at most NAME_ENTRIES_MAX. */
#define ENTRY_MAX        12
#define NAME_ENTRIES_MAX 256
#define NAME_VALUE_MAX   (2 + NAME_ENTRIES_MAX * ENTRY_MAX)

void entry_put(struct bytes *b, const struct entry *e);
/* Latches B's error for a scope, an action or a bit that does not exist. */
struct entry entry_get(struct bytes *b);

/* Feed, scope, action, order; `since` is no part of what an entry is. */
int entry_compare(const struct entry *a, const struct entry *b);

#endif
