// SPDX-License-Identifier: BSD-3-Clause
/* What the files of the writing half share: update.c (begin and commit),
 * update-compare.c (from lists to a changeset), update-load.c (the first load),
 * update-apply.c (from a changeset to names), update-records.c (orders, notices,
 * feeds), update-settings.c, update-journal.c and target.c. */
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
/* What LIST says of the name at *I, in the order of entry_compare(); *I moves past
 * it. At most CHANGE_ENTRIES_MAX. */
unsigned update_take(struct update *u, size_t *i, struct entry *entries);
/* The first load of the comparison's list. Returns how many entries it had. */
int64_t update_load(struct update *u);
/* Applies changes to the names, and counts each feed's entries. */
void update_apply(struct update *u, const struct changeset *changes);
/* FEED's share in the update, made if there is none; NULL with an error latched. */
struct update_share *update_share(struct update *u, uint8_t feed);
/* Notes where a share comes from. */
void update_share_from(struct update *u, struct update_share *s,
		       const struct update_from *from);

/* Notes in the journal that a record that was there is another one now. */
void update_record(struct update *u, enum store_table table, struct span key,
		   struct span before, struct span after);
/* Reads a feed's record into RECORD, to which its name then points. Returns false
 * with an error latched. */
bool update_get_feed(struct update *u, uint8_t number, uint8_t record[static FEED_MAX],
		     struct feed *f);
void update_put_feed(struct update *u, uint8_t number, const struct feed *f);
/* How many feeds there are. None is ever taken away: they have the numbers from 0
 * on. */
unsigned update_feeds(struct update *u);
/* Adds to how many entries the feed has. */
void update_feed_count(struct update *u, uint8_t feed, int64_t by);
void update_journal(struct update *u, const struct update_about *about,
		    const struct update_result *result);

/* Puts a store that was built aside in its place; does nothing for another. */
int target_publish(struct target *t, struct err *e);

#endif
