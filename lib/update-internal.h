// SPDX-License-Identifier: BSD-3-Clause
/* What the files of the writing half share: update.c (from a list to a changeset),
 * update-apply.c (from a changeset to names), update-records.c (orders, notices,
 * feeds, the journal), update-settings.c and target.c. */
#ifndef PALANG_UPDATE_INTERNAL_H
#define PALANG_UPDATE_INTERNAL_H

#include "update.h"

/* Latches LMDB's error RC, if it is one; returns true when an error is latched. */
bool update_failed(struct update *u, int rc, const char *verb);
/* Latches that the store contradicts itself. */
void update_damaged(struct update *u);

/* Returns 0 or MDB_NOTFOUND; every other error is latched. */
int update_get(struct update *u, enum store_table table, const void *key, size_t len,
	       MDB_val *v);
void update_put(struct update *u, enum store_table table, const void *key, size_t len,
		const void *value, size_t value_len);

/* entry_compare() for qsort(). */
int update_compare_entries(const void *a, const void *b);
/* Applies the changeset to the names; returns by how many entries they grew. */
int64_t update_apply(struct update *u);

/* Notes in the journal that a record that was there is another one now. */
void update_record(struct update *u, enum store_table table, struct span key,
		   struct span before, struct span after);
void update_put_feed(struct update *u, uint8_t number, const struct feed *f);
/* How many feeds there are. None is ever taken away: they have the numbers from 0
 * on. */
unsigned update_feeds(struct update *u);
/* How many entries the feed has, and that it now has so many more. */
uint64_t update_feed_has(struct update *u, uint8_t feed);
void update_feed_count(struct update *u, uint8_t feed, int64_t by);
void update_journal(struct update *u, const struct update_about *about,
		    const struct update_result *result);

/* Puts a store that was built aside in its place; does nothing for another. */
int target_publish(struct target *t, struct err *e);

#endif
