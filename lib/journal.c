// SPDX-License-Identifier: BSD-3-Clause
#include "journal.h"

void journal_put(struct bytes *b, const struct journal *j)
{
	put_u64(b, (uint64_t)j->time);
	put_u8(b, j->flags);
	put_u32(b, j->parts);
	put_u64(b, j->added);
	put_u64(b, j->removed);
	put_u64(b, j->changed);
	put_text(b, j->verb);
	put_text(b, j->feed);
	put_text(b, j->source);
	put_text(b, j->source_digest);
	put_text(b, j->records);
	put_text(b, j->previous);
	put_text(b, j->digest);
}

struct journal journal_get(struct bytes *b)
{
	struct journal j = { 0 };

	j.time = (int64_t)get_u64(b);
	j.flags = get_u8(b);
	j.parts = get_u32(b);
	j.added = get_u64(b);
	j.removed = get_u64(b);
	j.changed = get_u64(b);
	j.verb = get_text(b);
	j.feed = get_text(b);
	j.source = get_text(b);
	j.source_digest = get_text(b);
	j.records = get_text(b);
	j.previous = get_text(b);
	j.digest = get_text(b);
	if (j.previous.len != JOURNAL_DIGEST || j.digest.len != JOURNAL_DIGEST)
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

int journal_read(struct reader *r, uint64_t serial, struct journal *j,
		 journal_visit *visit, void *arg, struct err *e)
{
	struct change change;
	struct bytes b;
	int rc = get_part(r, serial, 0, &b, e);

	if (rc != 0)
		return rc;
	*j = journal_get(&b);
	j->serial = serial;
	if (b.failed)
		return damaged(r, serial, e);
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
