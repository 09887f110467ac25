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
 *	update_compare(&u, feed, &list, numbers, &counts);
 *	update_accept(&u, &from);
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

/* The right to bring a store up to its lists, held by one at a time from before the
 * first is read: so what was read last is what holds. Who writes one name by hand
 * needs none, and waits for no list. */
struct turn {
	int lock; /* its file, locked; 0 or -1: none */
};

/* Makes the directory PATH where there is none, and waits for others. WAITING as for
 * target_open(). Returns 0, ERR_INPUT for a path that is too long, or ERR_SYSTEM;
 * turn_release() follows in either case. */
int turn_take(struct turn *t, const char *path, void (*waiting)(const char *path),
	      struct err *e);
void turn_release(struct turn *t);

/* Makes the directory PATH where there is none, waits for other writers, and
 * opens the store in it. WAITING, when not NULL, is called before a wait. */
int target_open(struct target *t, const char *path, void (*waiting)(const char *path),
		struct err *e);
void target_release(struct target *t);
/* Writes the store's file anew without its free pages, aside, and puts it in its
 * place: resolvers follow. Fills in the sizes. Killed at any moment, the old file is
 * there or the new one. */
int target_compact(struct target *t, uint64_t *ret_before, uint64_t *ret_after,
		   struct err *e);

/* What a comparison found: names of the feed. */
struct update_counts {
	uint64_t before, added, removed, changed;
};

/* A feed's part in the update. */
struct update_share {
	uint8_t feed;
	bool by_hand; /* of update_name(), or of a rollback */
	struct update_counts counts;
	uint8_t *from; /* texts: the feed, its source, the source's digest */
	size_t from_len;
};

struct update {
	struct target *target;
	MDB_txn *txn;
	struct head head;         /* head.serial is the serial being made */
	bool empty;               /* the store held no name when the update began */
	struct changeset changes; /* accepted so far */
	uint8_t flags;            /* enum journal_flags */
	bool changed;             /* something besides the names did */
	uint8_t *records;         /* journal.records */
	size_t records_used;
	struct update_share *shares;
	unsigned share_count;
	/* The comparison that is neither accepted nor refused yet. */
	bool comparing;
	uint8_t feed;
	const struct list *list;
	const uint32_t *numbers;
	struct changeset found;
	struct update_counts counts;
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
 * is the last. FEED_OVERRIDE is always at place 0: any other rank for it latches
 * ERR_INPUT, and place 0 for another feed is the one after it. */
void update_feed_rank(struct update *u, uint8_t feed, uint8_t rank);

/* Where a feed's entries come from. */
struct update_from {
	struct span feed;          /* its name */
	struct span source;        /* as in struct journal_feed */
	struct span source_digest; /* likewise */
};

/* Compares LIST, which is sorted, with what FEED has in the store; NUMBERS maps the
 * list's order numbers to the store's. Nothing is written yet; COUNTS, unless it is
 * NULL, says what would change. One feed at a time: update_accept() or
 * update_refuse() follows, and until then LIST and NUMBERS stay as they are. Any
 * number of feeds in one update, each accepted once: a second time latches
 * ERR_INPUT. */
void update_compare(struct update *u, uint8_t feed, const struct list *list,
		    const uint32_t *numbers, struct update_counts *counts);
/* Calls VISIT for each change that the comparison found, in the order of the names;
 * not for a first load, whose changes are the list. */
void update_visit(struct update *u, journal_visit *visit, void *arg);
/* True when the comparison is a first load: the store holds no name. */
bool update_is_first(const struct update *u);
/* Makes FEED's entries exactly those of the list. FROM goes into the journal. */
void update_accept(struct update *u, const struct update_from *from);
/* Drops the comparison: the feed's entries stay as they are. */
void update_refuse(struct update *u);

/* One name by hand: makes FEED's entries of the name KEY exactly ENTRIES, none when
 * COUNT is 0; their feed and serial are set here. For any number of names, of feeds
 * that are not accepted from a list in the same update. */
void update_name(struct update *u, uint8_t feed, struct span key,
		 const struct entry *entries, unsigned count);

/* Makes entries, notices, and settings of the store and of its feeds what they were
 * at SERIAL, entries with the serial that brought them. Feeds that came later stay,
 * without entries, behind all others. Nothing else is in the same update: called
 * right after update_begin(). Latches ERR_INPUT when the store has no such serial,
 * or the journal no longer says what came after it. */
void update_rollback(struct update *u, uint64_t serial);

struct update_about {
	struct span verb, reason; /* as in struct journal */
	int64_t time;
};

struct update_result {
	bool committed; /* false: nothing to change, no serial made */
	uint64_t serial;
	uint64_t added, removed, changed; /* names, each once for each feed */
	uint64_t names;                   /* listed now */
};

int update_commit(struct update *u, const struct update_about *about,
		  struct update_result *result);

#endif
