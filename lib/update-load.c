// SPDX-License-Identifier: BSD-3-Clause
/* The first load: no name is in the store, so the list is it. Names are appended,
 * and the journal does not spell them out. */
#include "lineage.h"
#include "update-internal.h"

/* Names written to a fresh store between two commits: nobody reads it yet, and
 * LMDB holds in memory what is not committed. */
#define FRESH_BATCH 500000

int64_t update_load(struct update *u)
{
	struct entries entries;
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

		update_take(u, &i, &entries);
		put_varuint(&b, (uint32_t)lineage_move(&lineage, key));
		for (unsigned j = 0; j < entries.count; j++)
			entry_put(&b, &entries.at[j]);
		if (cursor == NULL &&
		    update_failed(
			    u, mdb_cursor_open(u->txn, u->target->store.dbi, &cursor),
			    "write"))
			break;
		v = (MDB_val){ (size_t)(b.at - value), value };
		if (update_failed(u, mdb_cursor_put(cursor, &k, &v, MDB_APPEND),
				  "write"))
			break;
		count += entries.count;
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
