// SPDX-License-Identifier: BSD-3-Clause
#include "journal.h"

void journal_feed_put(struct bytes *b, const struct journal_feed *f)
{
	put_text(b, f->feed);
	put_text(b, f->source);
	put_text(b, f->source_digest);
	put_u64(b, f->added);
	put_u64(b, f->removed);
	put_u64(b, f->changed);
}

static struct journal_feed get_feed(struct bytes *b)
{
	struct journal_feed f = { 0 };

	f.feed = get_text(b);
	f.source = get_text(b);
	f.source_digest = get_text(b);
	f.added = get_u64(b);
	f.removed = get_u64(b);
	f.changed = get_u64(b);
	return f;
}

bool journal_feed_next(struct bytes *b, struct journal_feed *f)
{
	if (b->failed || bytes_left(b) == 0)
		return false;
	*f = get_feed(b);
	return !b->failed;
}

void journal_record_put(struct bytes *b, const struct journal_record *r)
{
	put_u8(b, r->table);
	put_text(b, r->key);
	put_text(b, r->before);
	put_text(b, r->after);
}

bool journal_record_next(struct bytes *b, struct journal_record *r)
{
	if (b->failed || bytes_left(b) == 0)
		return false;
	r->table = get_u8(b);
	r->key = get_text(b);
	r->before = get_text(b);
	r->after = get_text(b);
	return !b->failed;
}

void journal_put(struct bytes *b, const struct journal *j)
{
	put_u64(b, (uint64_t)j->time);
	put_u8(b, j->flags);
	put_u32(b, j->parts);
	put_u64(b, j->added);
	put_u64(b, j->removed);
	put_u64(b, j->changed);
	put_text(b, j->verb);
	put_text(b, j->reason);
	put_u8(b, j->feed_count);
	put_data(b, j->feeds.data, j->feeds.len);
	put_u32(b, (uint32_t)j->records.len);
	put_data(b, j->records.data, j->records.len);
	put_text(b, j->contents);
	put_text(b, j->previous);
	put_text(b, j->digest);
	put_u8(b, j->cut);
}

struct journal journal_get(struct bytes *b)
{
	struct journal j = { 0 };
	const uint8_t *feeds;

	j.time = (int64_t)get_u64(b);
	j.flags = get_u8(b);
	j.parts = get_u32(b);
	j.added = get_u64(b);
	j.removed = get_u64(b);
	j.changed = get_u64(b);
	j.verb = get_text(b);
	j.reason = get_text(b);
	j.feed_count = get_u8(b);
	feeds = b->at;
	for (unsigned i = 0; i < j.feed_count; i++)
		get_feed(b);
	j.feeds = (struct span){ feeds, (size_t)(b->at - feeds) };
	j.records = get_data(b, get_u32(b));
	j.contents = get_text(b);
	j.previous = get_text(b);
	j.digest = get_text(b);
	j.cut = get_u8(b) != 0;
	if (j.contents.len != JOURNAL_DIGEST || j.previous.len != JOURNAL_DIGEST ||
	    j.digest.len != JOURNAL_DIGEST)
		b->failed = true;
	return j;
}

void journal_key(uint8_t key[static JOURNAL_KEY], uint64_t serial, uint32_t part)
{
	struct bytes b = bytes_over(key, JOURNAL_KEY);

	put_u64(&b, serial);
	put_u32(&b, part);
}

static int get_part(struct reader *r, uint64_t serial, uint32_t part, struct bytes *b,
		    struct err *e)
{
	uint8_t key[JOURNAL_KEY];
	MDB_val v;
	int rc;

	journal_key(key, serial, part);
	rc = store_get(r->store, r->txn, TABLE_JOURNAL, key, sizeof(key), &v);
	if (rc == MDB_NOTFOUND)
		return err_set(e, ERR_MISSING, "the journal of '%s' has no serial %llu",
			       r->store->path, (unsigned long long)serial);
	if (rc != 0)
		return store_error(e, rc, r->store->path, "read");
	*b = bytes_from(v.mv_data, v.mv_size);
	return 0;
}

static int damaged(struct reader *r, uint64_t serial, struct err *e)
{
	return err_set(e, ERR_DAMAGED, "store '%s' is damaged: journal of serial %llu",
		       r->store->path, (unsigned long long)serial);
}

int journal_header(struct reader *r, uint64_t serial, struct journal *j, struct err *e)
{
	struct bytes b;
	int rc = get_part(r, serial, 0, &b, e);

	if (rc != 0)
		return rc;
	*j = journal_get(&b);
	j->serial = serial;
	return b.failed ? damaged(r, serial, e) : 0;
}

int journal_read(struct reader *r, uint64_t serial, struct journal *j,
		 journal_visit *visit, void *arg, struct err *e)
{
	struct change change;
	struct bytes b;
	int rc = journal_header(r, serial, j, e);

	if (rc != 0)
		return rc;
	if (j->cut)
		return err_set(e, ERR_MISSING,
			       "the changes of serial %llu are no longer kept in '%s'",
			       (unsigned long long)serial, r->store->path);
	for (uint32_t part = 1; part <= j->parts; part++) {
		if ((rc = get_part(r, serial, part, &b, e)) != 0)
			return rc == ERR_MISSING ? damaged(r, serial, e) : rc;
		while (change_next(&b, &change))
			if (!visit(arg, &change))
				return 0;
		if (b.failed)
			return damaged(r, serial, e);
	}
	return 0;
}
