// SPDX-License-Identifier: BSD-3-Clause
/* Writing the store. Every update is a changeset in one transaction: it is whole
 * or it never happened, whatever is killed when.
 *
 *	AUTO(target) to = { 0 };
 *	AUTO(update) u = { 0 };
 *	if ((rc = target_open(&to, path, e)) != 0)
 *		return rc;
 *	update_begin(&u, &to, e);
 *	feed = update_feed(&u, name);
 *	update_entries(&u, feed, &list, numbers);
 *	return update_commit(&u, &about, &result);
 *
 * The error is latched: after the first failure the calls do nothing, and
 * update_commit() returns it. */
#ifndef PALANG_UPDATE_H
#define PALANG_UPDATE_H

#include "changeset.h"
#include "journal.h"
#include "list.h"
#include "store.h"

/* The store to be written, held by one writer at a time. */
struct target {
	struct store store;
	int lock;   /* the directory, locked */
	bool fresh; /* there was none: it is built aside and put in place whole */
	char path[STORE_PATH_MAX];
	char aside[STORE_PATH_MAX]; /* where a fresh one is built */
};

/* Makes the directory PATH where there is none, waits for other writers, and
 * opens the store in it. WAITING, when not NULL, is called before a wait. */
int target_open(struct target *t, const char *path, void (*waiting)(const char *path),
		struct err *e);
void target_release(struct target *t);

struct update {
	struct target *target;
	MDB_txn *txn;
	struct head head; /* head.serial is the serial being made */
	struct changeset changes;
	uint8_t flags;        /* enum journal_flags */
	uint64_t first_added; /* names of a first load */
	bool listed;          /* update_entries() was called */
	bool changed;         /* something besides the names did */
	uint8_t *records;     /* journal.records */
	size_t records_used;
	int rc;
	struct err *e;
};

void update_begin(struct update *u, struct target *t, struct err *e);
void update_release(struct update *u);

/* The number of the notice of that name: made, or set to what N says. */
uint16_t update_notice(struct update *u, const struct notice *n);
/* The number of the notice of that name as it is; 0 when there is none. */
uint16_t update_notice_find(struct update *u, struct span name);
/* The number of the feed of that name: made, ranked after all others, or found. */
uint8_t update_feed(struct update *u, struct span name);
/* The number of the feed of that name as it is; -1 when there is none. */
int update_feed_find(struct update *u, struct span name);
/* The number of an order with exactly these words: found or made. */
uint32_t update_order(struct update *u, const struct order *o);

/* Settings; each is in the journal, as it was and as it is. */
void update_on_error(struct update *u, enum on_error on_error);
void update_structured(struct update *u, enum structured structured);
/* Makes the exempt clients those of BLOCKS, which are sorted in place. */
void update_exempt(struct update *u, struct netblock *blocks, size_t count);
/* Sets the flags of MASK to what FLAGS says (enum feed_flags). */
void update_feed_flags(struct update *u, uint8_t feed, uint8_t flags, uint8_t mask);
/* Moves FEED to place RANK; those between move by one. A rank beyond the last feed
 * is the last. */
void update_feed_rank(struct update *u, uint8_t feed, uint8_t rank);

/* Makes FEED's entries exactly those of LIST, which is sorted; NUMBERS maps the
 * list's order numbers to the store's. Called once in an update: a
 * serial is one feed's; a second call latches ERR_INPUT. */
void update_entries(struct update *u, uint8_t feed, const struct list *list,
		    const uint32_t *numbers);

struct update_about {
	struct span verb, feed, source, source_digest; /* as in struct journal */
	int64_t time;
};

struct update_result {
	bool committed; /* false: nothing to change, no serial made */
	uint64_t serial;
	uint64_t added, removed, changed, names;
};

int update_commit(struct update *u, const struct update_about *about,
		  struct update_result *result);

#endif
