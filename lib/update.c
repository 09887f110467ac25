// SPDX-License-Identifier: BSD-3-Clause
#include "update.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>

#include "update-internal.h"

/* Names written to a fresh store between two commits: nobody reads it yet, and
 * LMDB holds in memory what is not committed. */
#define FRESH_BATCH 500000

/* A disk with less room than this is called full. */
#define FULL_BYTES 65536

/* A list with less than such a part of the store's names is short. */
#define SHORT 16

/* How many listings ahead memory is fetched. */
#define AHEAD 16

/* LMDB tells a write that was cut short by a full disk as one that failed. */
static bool is_full(const struct update *u)
{
	struct statvfs disk;

	return statvfs(u->target->path, &disk) == 0 &&
	       disk.f_bavail * disk.f_frsize < FULL_BYTES;
}

bool update_failed(struct update *u, int rc, const char *verb)
{
	if (rc == EIO && is_full(u))
		rc = ENOSPC;
	if (rc != 0 && u->rc == 0)
		u->rc = store_error(u->e, rc, u->target->path, verb);
	return u->rc != 0;
}

int update_get(struct update *u, enum store_table table, const void *key, size_t len,
	       MDB_val *v)
{
	int rc;

	if (u->rc != 0)
		return MDB_NOTFOUND;
	rc = store_get(&u->target->store, u->txn, table, key, len, v);
	if (rc != 0 && rc != MDB_NOTFOUND)
		update_failed(u, rc, "read");
	return rc;
}

void update_put(struct update *u, enum store_table table, const void *key, size_t len,
		const void *value, size_t value_len)
{
	uint8_t buffer[STORE_KEY_MAX];
	MDB_val k = store_key(buffer, table, key, len);
	MDB_val v = { value_len, (void *)(uintptr_t)value };

	if (u->rc == 0)
		update_failed(u, mdb_put(u->txn, u->target->store.dbi, &k, &v, 0),
			      "write");
}

static bool begin_txn(struct update *u)
{
	return !update_failed(u, mdb_txn_begin(u->target->store.env, NULL, 0, &u->txn),
			      "write");
}

/* With an error latched, update_release() ends the transaction. */
static bool commit_txn(struct update *u)
{
	MDB_txn *txn = u->txn;

	if (u->rc != 0)
		return false;
	u->txn = NULL;
	return !update_failed(u, mdb_txn_commit(txn), "write");
}

static void read_head(struct update *u)
{
	struct err why = { 0 };
	struct bytes b;
	MDB_val v;

	if (update_get(u, TABLE_META, "head", 4, &v) != 0)
		return;
	b = bytes_from(v.mv_data, v.mv_size);
	if (head_get(&b, &u->head, &why) != 0)
		u->rc = err_set(u->e, why.code, "cannot use store '%s': %s",
				u->target->path, why.text);
}

void update_begin(struct update *u, struct target *t, struct err *e)
{
	int dead;

	*u = (struct update){ .target = t, .e = e };
	/* Readers that were killed hold on to pages until somebody says so. */
	mdb_reader_check(t->store.env, &dead);
	if (!begin_txn(u))
		return;
	read_head(u);
	u->head.serial++;
	u->changed = t->fresh;
}

void update_release(struct update *u)
{
	if (u->txn != NULL)
		mdb_txn_abort(u->txn);
	u->txn = NULL;
	changeset_release(&u->changes);
	free(u->records);
	u->records = NULL;
}

int update_compare_entries(const void *a, const void *b)
{
	return entry_compare(a, b);
}

/* What LIST says of the name at *I, in the order of entry_compare(); *I moves
 * past it. */
static unsigned take_entries(struct update *u, const struct list *list, size_t *i,
			     uint8_t feed, const uint32_t *numbers,
			     struct entry *entries)
{
	struct span key = list_key(list, *i);
	unsigned n = 0;

	do {
		if (n == CHANGE_ENTRIES_MAX) {
			char text[NAME_TEXT_MAX];

			u->rc = err_set(
				u->e, ERR_INPUT,
				"'%s' is listed with more than %u different terms",
				name_to_text(text, key.data, key.len),
				CHANGE_ENTRIES_MAX);
			return 0;
		}
		list_expect(list, *i + AHEAD);
		entries[n] = list_entry(list, (*i)++);
		entries[n].feed = feed;
		entries[n].since = (uint32_t)u->head.serial;
		entries[n].order = numbers[entries[n].order];
		n++;
	} while (*i < list->count && span_equal(list_key(list, *i), key));
	if (n > 1)
		qsort(entries, n, sizeof(*entries), update_compare_entries);
	return n;
}

/* The listed names above the one that is being appended, the nearest last. */
struct lineage {
	struct span last;
	size_t lengths[NAME_LABELS_MAX + 1];
	unsigned count;
};

/* The length of KEY's nearest listed ancestor; KEY is then the last one. Keys come
 * in order, so an ancestor is the one before or an ancestor of that. */
static size_t move_lineage(struct lineage *l, struct span key)
{
	size_t common = name_common(l->last.data, l->last.len, key.data, key.len);
	size_t above;

	while (l->count > 0 && l->lengths[l->count - 1] > common)
		l->count--;
	above = l->count > 0 ? l->lengths[l->count - 1] : 0;
	l->lengths[l->count++] = key.len;
	l->last = key;
	return above;
}

/* The first load: no name is in the store, so the list is it. */
static void append_all(struct update *u, uint8_t feed, const struct list *list,
		       const uint32_t *numbers)
{
	struct entry entries[CHANGE_ENTRIES_MAX];
	uint8_t value[NAME_VALUE_MAX];
	struct lineage lineage = { 0 };
	MDB_cursor *cursor = NULL;
	size_t i = 0;

	while (i < list->count && u->rc == 0) {
		struct span key = list_key(list, i);
		struct bytes b = bytes_over(value, sizeof(value));
		MDB_val k = { key.len, (void *)(uintptr_t)key.data }, v;
		unsigned n = take_entries(u, list, &i, feed, numbers, entries);

		put_varuint(&b, (uint32_t)move_lineage(&lineage, key));
		for (unsigned j = 0; j < n; j++)
			entry_put(&b, &entries[j]);
		if (cursor == NULL &&
		    update_failed(
			    u, mdb_cursor_open(u->txn, u->target->store.dbi, &cursor),
			    "write"))
			break;
		v = (MDB_val){ (size_t)(b.at - value), value };
		if (update_failed(u, mdb_cursor_put(cursor, &k, &v, MDB_APPEND),
				  "write"))
			break;
		u->head.names++;
		if (++u->first_added % FRESH_BATCH == 0 && u->target->fresh) {
			mdb_cursor_close(cursor);
			cursor = NULL;
			if (!commit_txn(u) || !begin_txn(u))
				break;
		}
	}
	if (cursor != NULL && u->txn != NULL)
		mdb_cursor_close(cursor);
	u->flags |= JOURNAL_FIRST_LOAD;
}

/* Compares what the store holds of FEED with what the list says of one name. */
static void compare_name(struct update *u, struct span key, const struct entry *old,
			 unsigned n_old, const struct entry *new, unsigned n_new)
{
	struct change change = { .key = key };
	struct entry come[CHANGE_ENTRIES_MAX];
	unsigned i = 0, j = 0;

	while (i < n_old || j < n_new) {
		int c = i == n_old   ? 1
			: j == n_new ? -1
				     : entry_compare(&old[i], &new[j]);

		if (c < 0)
			change.entries[change.gone++] = old[i];
		else if (c > 0)
			come[change.come++] = new[j];
		i += c <= 0;
		j += c >= 0;
	}
	if (change.gone == 0 && change.come == 0)
		return;
	memcpy(change.entries + change.gone, come, change.come * sizeof(*come));
	if (n_old == 0)
		u->changes.added++;
	else if (n_new == 0)
		u->changes.removed++;
	else
		u->changes.changed++;
	if (u->rc == 0)
		u->rc = changeset_add(&u->changes, &change, u->e);
}

/* FEED's own entries of a name's value; the others stay as they are. */
static unsigned own_entries(struct update *u, MDB_val value, uint8_t feed,
			    struct entry *entries)
{
	struct bytes b = bytes_from(value.mv_data, value.mv_size);
	unsigned n = 0;

	get_varuint(&b); /* the nearest listed ancestor */
	while (bytes_left(&b) > 0 && !b.failed) {
		struct entry e = entry_get(&b);

		if (e.feed == feed && n < CHANGE_ENTRIES_MAX)
			entries[n++] = e;
	}
	if (b.failed)
		update_damaged(u);
	return n;
}

/* Walks the names of the store and of the list side by side. */
static void compare_all(struct update *u, uint8_t feed, const struct list *list,
			const uint32_t *numbers)
{
	struct entry old[CHANGE_ENTRIES_MAX], new[CHANGE_ENTRIES_MAX];
	MDB_cursor *cursor;
	MDB_val k, v;
	size_t i = 0;
	int rc;

	if (update_failed(u, mdb_cursor_open(u->txn, u->target->store.dbi, &cursor),
			  "read"))
		return;
	rc = store_first(cursor, TABLE_NAMES, &k, &v);
	while (u->rc == 0 && (rc == 0 || i < list->count)) {
		struct span stored = { k.mv_data, k.mv_size };
		struct span listed = i < list->count ? list_key(list, i) : stored;
		int c = rc != 0            ? 1
			: i == list->count ? -1
					   : name_compare(stored.data, stored.len,
							  listed.data, listed.len);
		unsigned n_old = 0, n_new = 0;

		if (c <= 0)
			n_old = own_entries(u, v, feed, old);
		if (c >= 0)
			n_new = take_entries(u, list, &i, feed, numbers, new);
		compare_name(u, c <= 0 ? stored : listed, old, n_old, new, n_new);
		if (c <= 0)
			rc = store_next(cursor, TABLE_NAMES, &k, &v);
		if (rc != 0 && rc != MDB_NOTFOUND)
			update_failed(u, rc, "read");
	}
	mdb_cursor_close(cursor);
}

/* Looks up the names of a list that is short beside the store. Returns true when
 * all that the feed has now was met, so that nothing of it is to go: then there is
 * no need to walk through the others' names. */
static bool compare_listed(struct update *u, uint8_t feed, uint64_t has,
			   const struct list *list, const uint32_t *numbers)
{
	struct entry old[CHANGE_ENTRIES_MAX], new[CHANGE_ENTRIES_MAX];
	uint64_t met = 0;
	size_t i = 0;

	while (u->rc == 0 && i < list->count) {
		struct span key = list_key(list, i);
		unsigned n_new = take_entries(u, list, &i, feed, numbers, new),
			 n_old = 0;
		MDB_val v;

		if (update_get(u, TABLE_NAMES, key.data, key.len, &v) == 0)
			n_old = own_entries(u, v, feed, old);
		compare_name(u, key, old, n_old, new, n_new);
		met += n_old;
	}
	if (met != has)
		changeset_release(&u->changes);
	return met == has;
}

void update_entries(struct update *u, uint8_t feed, const struct list *list,
		    const uint32_t *numbers)
{
	uint64_t has = update_feed_has(u, feed);

	if (u->rc == 0 && u->listed)
		u->rc = err_set(u->e, ERR_INPUT, "more than one feed in an update");
	if (u->rc != 0)
		return;
	u->listed = true;
	if (u->head.names == 0) {
		append_all(u, feed, list, numbers);
		update_feed_count(u, feed, (int64_t)list->count);
		return;
	}
	if (list->count >= u->head.names / SHORT ||
	    !compare_listed(u, feed, has, list, numbers))
		compare_all(u, feed, list, numbers);
	update_feed_count(u, feed, update_apply(u));
}

static void write_head(struct update *u)
{
	uint8_t record[HEAD_MAX];
	struct bytes b = bytes_over(record, sizeof(record));

	head_put(&b, &u->head);
	update_put(u, TABLE_META, "head", 4, record, (size_t)(b.at - record));
}

int update_commit(struct update *u, const struct update_about *about,
		  struct update_result *result)
{
	bool first = u->first_added > 0;

	*result = (struct update_result){
		.serial = u->head.serial - 1,
		.added = u->changes.added + u->first_added,
		.removed = u->changes.removed,
		.changed = u->changes.changed,
		.names = u->head.names,
	};
	if (u->rc != 0 || (!u->changed && !first && u->changes.used == 0))
		return u->rc;
	u->head.committed = about->time;
	update_journal(u, about, result);
	write_head(u);
	if (!commit_txn(u))
		return u->rc;
	u->rc = target_publish(u->target, u->e);
	if (u->rc == 0) {
		result->serial++;
		result->committed = true;
	}
	return u->rc;
}
