// SPDX-License-Identifier: BSD-3-Clause
/* The first load: no name is in the store, so the list is it. Names are appended,
 * and the journal does not spell them out. */
#include "update-internal.h"

/* Names written to a fresh store between two commits: nobody reads it yet, and
 * LMDB holds in memory what is not committed. */
#define FRESH_BATCH 500000

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

int64_t update_load(struct update *u)
{
	struct entry entries[CHANGE_ENTRIES_MAX];
	uint8_t value[NAME_VALUE_MAX];
	struct lineage lineage = { 0 };
	MDB_cursor *cursor = NULL;
	uint64_t before = u->head.names;
	int64_t count = 0;
	size_t i = 0;

	while (i < u->list->count && u->rc == 0) {
		struct span key = list_key(u->list, i);
		struct bytes b = bytes_over(value, sizeof(value));
		MDB_val k = { key.len, (void *)(uintptr_t)key.data }, v;
		unsigned n = update_take(u, &i, entries);

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
		count += n;
		if (++u->head.names % FRESH_BATCH == 0 && u->target->fresh) {
			mdb_cursor_close(cursor);
			cursor = NULL;
			if (!update_step(u))
				break;
		}
	}
	if (cursor != NULL && u->txn != NULL)
		mdb_cursor_close(cursor);
	u->flags |= JOURNAL_FIRST_LOAD;
	u->counts.added = u->head.names - before;
	return count;
}
