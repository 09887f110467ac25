// SPDX-License-Identifier: BSD-3-Clause
/* What the files of the writing half share: update.c (begin and commit),
 * update-compare.c (from lists to a changeset), update-load.c (the first load),
 * update-apply.c (from a changeset to names), update-records.c (orders, notices,
 * feeds), update-settings.c, update-rollback.c, update-journal.c, retain.c and
 * target.c. */
#ifndef PALANG_UPDATE_INTERNAL_H
#define PALANG_UPDATE_INTERNAL_H

#include "update.h"

/* Latches LMDB's error RC, if it is one; returns true when an error is latched. */
bool update_failed(struct update *u, int rc, const char *verb);
/* Latches that the store contradicts itself. */
void update_damaged(struct update *u);
/* Commits what is written so far, and begins another transaction: only where nobody
 * else sees the store. Returns false with an error latched. */
bool update_step(struct update *u);

/* Returns 0 or MDB_NOTFOUND; every other error is latched. */
int update_get(struct update *u, enum store_table table, const void *key, size_t len,
	       MDB_val *v);
void update_put(struct update *u, enum store_table table, const void *key, size_t len,
		const void *value, size_t value_len);

/* entry_compare() for qsort(). */
int update_compare_entries(const void *a, const void *b);
/* Entries of one name, in the order of entry_compare(). */
struct entries {
	unsigned count;
	struct entry at[CHANGE_ENTRIES_MAX];
};

/* What the list that is compared says of the name at *I; *I moves past it. */
void update_take(struct update *u, size_t *i, struct entries *to);
/* Adds to TO by what NEW differs from OLD, both of one feed; nothing if they are the
 * same. Entries that are equal but for their serial are the same, or not. */
enum difference { WITHOUT_SINCE, WITH_SINCE };
void update_difference(struct update *u, struct changeset *to, struct span key,
		       const struct entries *old, const struct entries *new,
		       enum difference kind);
/* The first load of the comparison's list. Returns how many entries it had. */
int64_t update_load(struct update *u);
/* Applies changes to the names, and counts each feed's entries. */
void update_apply(struct update *u, const struct changeset *changes);
/* Keeps changes that were applied for the journal, but for those of a first load,
 * which are not spelled out; and releases them. */
void update_keep(struct update *u, struct changeset *changes);
/* The share of a feed whose names are set without a list, made if there is none; NULL
 * with an error latched. */
struct update_share *update_share_by_hand(struct update *u, uint8_t feed);

/* Notes in the journal that a record that was there is another one now. */
void update_record(struct update *u, enum store_table table, struct span key,
		   struct span before, struct span after);
/* Reads a feed's record into RECORD, to which its name then points. Returns false
 * with an error latched. */
bool update_get_feed(struct update *u, uint8_t number, uint8_t record[static FEED_MAX],
		     struct feed *f);
/* Sets a feed's rank and flags, and notes it in the journal. */
void update_set_feed(struct update *u, uint8_t number, uint8_t rank, uint8_t flags);
void update_put_feed(struct update *u, uint8_t number, const struct feed *f);
/* How many feeds there are. None is ever taken away: they have the numbers from 0
 * on. */
unsigned update_feeds(struct update *u);
/* Adds to how many entries the feed has. */
void update_feed_count(struct update *u, uint8_t feed, int64_t by);
/* A part of a serial of the journal that has to be there, and its header. Return
 * false with an error latched. */
bool update_get_part(struct update *u, uint64_t serial, uint32_t part, MDB_val *v);
bool update_get_header(struct update *u, uint64_t serial, struct journal *j);
/* Makes notices and settings what they were at SERIAL. */
void update_restore(struct update *u, uint64_t serial);
void update_journal(struct update *u, const struct update_about *about,
		    const struct update_result *result);

/* Where a store is built aside: makes the directory, and its name is `aside`. */
int target_make_aside(struct target *t, struct err *e);
/* Puts data.mdb of the directory aside in its place. The store is closed. */
int target_replace(struct target *t, struct err *e);
/* Puts a store that was built aside in its place; does nothing for another. */
int target_publish(struct target *t, struct err *e);

#endif
