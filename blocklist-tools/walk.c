// SPDX-License-Identifier: BSD-3-Clause
#include "walk.h"

int walk_begin(struct walk *w, struct reader *r, int64_t now, bool all, struct err *e)
{
	int rc;

	*w = (struct walk){ .reader = r, .now = now, .all = all };
	for (int i = 0; i <= UINT8_MAX; i++)
		w->wanted[i] = all || !(r->now.flags[i] & FEED_SHADOW);
	rc = mdb_cursor_open(r->txn, r->store->dbi, &w->cursor);
	return rc == 0 ? 0 : store_error(e, rc, r->store->path, "read");
}

void walk_release(struct walk *w)
{
	if (w->cursor != NULL)
		mdb_cursor_close(w->cursor);
	w->cursor = NULL;
}

static int damaged(const struct walk *w, struct err *e)
{
	return err_set(e, ERR_DAMAGED, "store '%s' is damaged: a bad names record",
		       w->reader->store->path);
}

/* Takes the entries that count out of a name's record. */
static int take_entries(struct walk *w, MDB_val v, struct err *e)
{
	struct bytes b = bytes_from(v.mv_data, v.mv_size);

	w->count = 0;
	get_varuint(&b);
	while (bytes_left(&b) > 0) {
		struct entry entry = entry_get(&b);
		struct order o;
		int rc;

		if (b.failed || w->count == NAME_ENTRIES_MAX)
			return damaged(w, e);
		if (!w->wanted[entry.feed])
			continue;
		rc = w->all ? 0 : reader_order(w->reader, entry.order, &o, e);
		if (rc != 0)
			return rc;
		if (w->all || order_active(&o, w->now))
			w->entries[w->count++] = entry;
	}
	return 0;
}

int walk_next(struct walk *w, struct err *e)
{
	MDB_val k, v;
	int rc;

	do {
		rc = w->begun ? store_next(w->cursor, TABLE_NAMES, &k, &v)
			      : store_first(w->cursor, TABLE_NAMES, &k, &v);
		w->begun = true;
		if (rc != 0)
			return rc == MDB_NOTFOUND
				       ? 0
				       : store_error(e, rc, w->reader->store->path,
						     "read");
		if (k.mv_size > NAME_KEY_MAX || !name_valid(k.mv_data, k.mv_size))
			return damaged(w, e);
		rc = take_entries(w, v, e);
		if (rc != 0)
			return rc;
	} while (w->count == 0);
	w->key = (struct span){ k.mv_data, k.mv_size };
	return 1;
}
