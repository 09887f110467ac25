// SPDX-License-Identifier: BSD-3-Clause
/* Read transactions: the half of store.h that every look-up goes through. */
#include "store.h"

static int get_record(struct reader *r, enum store_table table, const void *key,
		      size_t len, struct bytes *b, struct err *e)
{
	MDB_val v;
	int rc = store_get(r->store, r->txn, table, key, len, &v);

	if (rc == MDB_NOTFOUND)
		return err_set(e, ERR_DAMAGED, "store '%s' is damaged: no %s record",
			       r->store->path, store_table_names[table]);
	if (rc != 0)
		return store_error(e, rc, r->store->path, "read");
	*b = bytes_from(v.mv_data, v.mv_size);
	return 0;
}

static int record_done(struct reader *r, enum store_table table, const struct bytes *b,
		       struct err *e)
{
	if (b->failed)
		return err_set(e, ERR_DAMAGED, "store '%s' is damaged: a bad %s record",
			       r->store->path, store_table_names[table]);
	return 0;
}

/* Forgets the records that belong to another serial. */
static void check_kept(struct reader *r)
{
	if (r->kept_txn == r->now.txn)
		return;
	r->kept_txn = r->now.txn;
	r->kept_order_number = 0;
	r->kept_notice_number = 0;
}

int reader_order(struct reader *r, uint32_t number, struct order *o, struct err *e)
{
	uint8_t key[4];
	struct bytes k = bytes_over(key, sizeof(key)), b;
	int rc;

	check_kept(r);
	if (number == 0 || number != r->kept_order_number) {
		put_u32(&k, number);
		if ((rc = get_record(r, TABLE_ORDERS, key, sizeof(key), &b, e)) != 0)
			return rc;
		r->kept_order_number = 0;
		r->kept_order = order_get(&b);
		if ((rc = record_done(r, TABLE_ORDERS, &b, e)) != 0)
			return rc;
		r->kept_order_number = number;
	}
	*o = r->kept_order;
	return 0;
}

int reader_notice(struct reader *r, uint16_t number, struct notice *n, struct err *e)
{
	uint8_t key[2];
	struct bytes k = bytes_over(key, sizeof(key)), b;
	int rc;

	check_kept(r);
	if (number == 0 || number != r->kept_notice_number) {
		put_u16(&k, number);
		if ((rc = get_record(r, TABLE_NOTICES, key, sizeof(key), &b, e)) != 0)
			return rc;
		r->kept_notice_number = 0;
		r->kept_notice = notice_get(&b);
		if ((rc = record_done(r, TABLE_NOTICES, &b, e)) != 0)
			return rc;
		r->kept_notice_number = number;
	}
	*n = r->kept_notice;
	return 0;
}

int reader_feed(struct reader *r, uint8_t number, struct feed *f, struct err *e)
{
	struct bytes b;
	int rc = get_record(r, TABLE_FEEDS, &number, 1, &b, e);

	if (rc != 0)
		return rc;
	*f = feed_get(&b);
	return record_done(r, TABLE_FEEDS, &b, e);
}

int reader_head(struct reader *r, struct head *h, struct err *e)
{
	struct err why = { 0 };
	struct bytes b;
	int rc = get_record(r, TABLE_META, "head", 4, &b, e);

	if (rc != 0)
		return rc;
	rc = head_get(&b, h, &why);
	return rc == 0 ? 0
		       : err_set(e, rc, "cannot use store '%s': %s", r->store->path,
				 why.text);
}

int reader_exempt(struct reader *r, struct netblocks *n, struct err *e)
{
	struct bytes b;
	MDB_val v;
	int rc = store_get(r->store, r->txn, TABLE_META, "exempt", 6, &v);

	*n = (struct netblocks){ 0 };
	if (rc == MDB_NOTFOUND)
		return 0;
	if (rc != 0)
		return store_error(e, rc, r->store->path, "read");
	b = bytes_from(v.mv_data, v.mv_size);
	*n = netblocks_get(&b);
	return record_done(r, TABLE_META, &b, e);
}

static int load_feeds(struct reader *r, struct snapshot *s, struct err *e)
{
	MDB_cursor *cursor;
	MDB_val k, v;
	int rc = mdb_cursor_open(r->txn, r->store->dbi, &cursor);

	if (rc != 0)
		return store_error(e, rc, r->store->path, "read");
	for (rc = store_first(cursor, TABLE_FEEDS, &k, &v); rc == 0;
	     rc = store_next(cursor, TABLE_FEEDS, &k, &v)) {
		struct bytes b = bytes_from(v.mv_data, v.mv_size);
		struct feed f = feed_get(&b);

		if (b.failed || k.mv_size != 1)
			break;
		s->rank[*(uint8_t *)k.mv_data] = f.rank;
		s->flags[*(uint8_t *)k.mv_data] = f.flags;
		s->any |= f.flags;
		if (f.rank < s->top_rank)
			s->top_rank = f.rank;
	}
	mdb_cursor_close(cursor);
	if (rc == 0)
		return err_set(e, ERR_DAMAGED,
			       "store '%s' is damaged: a bad feeds record",
			       r->store->path);
	return rc == MDB_NOTFOUND ? 0 : store_error(e, rc, r->store->path, "read");
}

static int load_snapshot(struct reader *r, size_t txn, struct err *e)
{
	struct snapshot s = { .txn = txn, .top_rank = UINT8_MAX };
	struct head h;
	int rc = reader_head(r, &h, e);

	if (rc == 0)
		rc = load_feeds(r, &s, e);
	if (rc == 0)
		rc = reader_exempt(r, &s.exempt, e);
	if (rc != 0)
		return rc;
	s.serial = h.serial;
	s.on_error = h.on_error;
	s.structured = h.structured;
	r->now = s;
	return 0;
}

int reader_init(struct reader *r, struct store *s, struct err *e)
{
	int rc;

	*r = (struct reader){ .store = s };
	rc = mdb_txn_begin(s->env, NULL, MDB_RDONLY, &r->txn);
	if (rc == 0)
		rc = mdb_cursor_open(r->txn, s->dbi, &r->names);
	if (rc != 0) {
		reader_release(r);
		return store_error(e, rc, s->path, "read");
	}
	mdb_txn_reset(r->txn);
	return 0;
}

void reader_release(struct reader *r)
{
	if (r->names != NULL)
		mdb_cursor_close(r->names);
	if (r->txn != NULL)
		mdb_txn_abort(r->txn);
	*r = (struct reader){ 0 };
}

int reader_begin(struct reader *r, struct err *e)
{
	size_t txn;
	int rc = mdb_txn_renew(r->txn);

	if (rc == 0 && (rc = mdb_cursor_renew(r->txn, r->names)) != 0)
		mdb_txn_reset(r->txn);
	if (rc != 0)
		return store_error(e, rc, r->store->path, "read");
	r->begun = true;
	txn = mdb_txn_id(r->txn);
	if (txn != r->now.txn && (rc = load_snapshot(r, txn, e)) != 0)
		reader_end(r);
	return rc;
}

void reader_end(struct reader *r)
{
	if (r->begun)
		mdb_txn_reset(r->txn);
	r->begun = false;
}
