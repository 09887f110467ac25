// SPDX-License-Identifier: BSD-3-Clause
#include "verify.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "verify-internal.h"

/* How often progress is told. */
#define PROGRESS_NAMES 4096

void verify_fault(struct verify *v, const char *format, ...)
{
	char what[400];
	va_list args;

	if (v->rc != 0)
		return;
	va_start(args, format);
	vsnprintf(what, sizeof(what), format, args);
	va_end(args);
	v->rc = err_set(v->e, ERR_DAMAGED, "store '%.100s' is damaged: %s",
			v->reader->store->path, what);
}

void verify_entry(struct verify *v, const struct entry *e, const char *whose)
{
	if (e->feed >= v->feeds)
		verify_fault(v, "%s has an entry of feed %u, which is none", whose,
			     e->feed);
	if (e->order == 0 || e->order > v->head.orders)
		verify_fault(v, "%s has an entry of order %u, which is none", whose,
			     e->order);
	if (e->since == 0 || e->since > v->head.serial)
		verify_fault(v,
			     "%s has an entry of serial %u, and the store is at %llu",
			     whose, e->since, (unsigned long long)v->head.serial);
}

static void check_meta(struct verify *v, struct span key, struct bytes *b)
{
	struct err why = { 0 };

	if (span_equal(key, span_of("head"))) {
		v->has_head = true;
		if (head_get(b, &v->head, &why) != 0)
			verify_fault(v, "%s", why.text);
	} else if (span_equal(key, span_of("exempt"))) {
		netblocks_get(b);
	} else {
		verify_fault(v, "a meta record that is none");
	}
}

/* The number that a key is, or a fault. */
static uint32_t number_of(struct verify *v, struct span key, size_t len)
{
	uint32_t n = 0;

	if (key.len != len)
		verify_fault(v, "a key of %zu bytes where %zu are right", key.len, len);
	for (size_t i = 0; i < key.len && i < 4; i++)
		n = n << 8 | key.data[i];
	return n;
}

/* An order is found by the digest of its value. */
static void check_order(struct verify *v, struct span key, struct bytes *b)
{
	uint32_t number = number_of(v, key, 4);
	uint8_t digest[EVP_MAX_MD_SIZE];
	struct bytes id;
	struct order o;
	MDB_val found;

	if (number != ++v->orders)
		verify_fault(v, "order %u follows order %u", number, v->orders - 1);
	EVP_Digest(b->at, bytes_left(b), digest, NULL, EVP_sha256(), NULL);
	o = order_get(b);
	if (o.notice > v->head.notices)
		verify_fault(v, "order %u has notice %u, which is none", number,
			     o.notice);
	if (store_get(v->reader->store, v->reader->txn, TABLE_ORDER_IDS, digest, 32,
		      &found) != 0) {
		verify_fault(v,
			     "order %u is not found by its digest: its words are "
			     "not those that were written",
			     number);
		return;
	}
	id = bytes_from(found.mv_data, found.mv_size);
	if (get_u32(&id) != number)
		verify_fault(v, "the digest of order %u finds another one", number);
}

static void check_order_id(struct verify *v, struct span key, struct bytes *b)
{
	number_of(v, key, 32);
	get_u32(b);
	v->order_ids++;
}

static void check_notice(struct verify *v, struct span key, struct bytes *b)
{
	uint32_t number = number_of(v, key, 2);

	if (number != ++v->notices)
		verify_fault(v, "notice %u follows notice %u", number,
			     (unsigned)v->notices - 1);
	notice_get(b);
}

static void check_feed(struct verify *v, struct span key, struct bytes *b)
{
	uint32_t number = number_of(v, key, 1);
	struct feed f = feed_get(b);

	if (v->rc != 0 || b->failed)
		return;
	if (number != v->feeds)
		verify_fault(v, "feed %u is where feed %u is right", number, v->feeds);
	if (v->rank_taken[f.rank]++)
		verify_fault(v, "two feeds have rank %u", f.rank);
	v->feed_says[number] = f.entries;
	v->feeds++;
}

static void check_name(struct verify *v, struct span key, struct bytes *b)
{
	char text[NAME_TEXT_MAX];
	struct entry last = { 0 };
	size_t says = get_varuint(b), above;
	unsigned count = 0;

	name_to_text(text, key.data, key.len);
	if (!name_valid(key.data, key.len))
		verify_fault(v, "a name whose key is none");
	if (v->seen->names > 0 &&
	    name_compare(v->lineage.last.data, v->lineage.last.len, key.data,
			 key.len) >= 0)
		verify_fault(v, "'%s' is out of order", text);
	above = lineage_move(&v->lineage, key);
	if (says != above)
		verify_fault(v,
			     "'%s' says that its nearest listed ancestor's key has "
			     "%zu bytes, and it has %zu",
			     text, says, above);
	while (bytes_left(b) > 0 && !b->failed && v->rc == 0) {
		struct entry e = entry_get(b);

		verify_entry(v, &e, text);
		if (count > 0 && entry_compare(&last, &e) >= 0)
			verify_fault(v, "the entries of '%s' are out of order", text);
		v->feed_has[e.feed]++;
		v->seen->entries++;
		last = e;
		count++;
	}
	if (count == 0 || count > NAME_ENTRIES_MAX)
		verify_fault(v, "'%s' has %u entries", text, count);
	v->seen->names++;
	if (v->progress != NULL && v->seen->names % PROGRESS_NAMES == 0)
		v->progress(v->seen->names);
}

static void check_record(struct verify *v, MDB_val k, MDB_val value)
{
	const uint8_t *at = k.mv_data;
	struct bytes b = bytes_from(value.mv_data, value.mv_size);
	struct span key = { at, k.mv_size };
	unsigned table = TABLE_NAMES;

	if (k.mv_size > 0 && at[0] == 0) {
		table = k.mv_size < 2 ? TABLES : at[1];
		key = (struct span){ at + 2, k.mv_size - 2 };
	}
	switch (table) {
	case TABLE_META:
		check_meta(v, key, &b);
		break;
	case TABLE_NAMES:
		check_name(v, key, &b);
		break;
	case TABLE_ORDERS:
		check_order(v, key, &b);
		break;
	case TABLE_ORDER_IDS:
		check_order_id(v, key, &b);
		break;
	case TABLE_NOTICES:
		check_notice(v, key, &b);
		break;
	case TABLE_FEEDS:
		check_feed(v, key, &b);
		break;
	case TABLE_JOURNAL:
		verify_journal_record(v, key, value);
		return;
	case TABLE_PAST:
		verify_past_record(v, key, value);
		return;
	default:
		verify_fault(v, "a record of table %u, which is none", table);
		return;
	}
	if (b.failed || bytes_left(&b) > 0)
		verify_fault(v, "a bad %s record", store_table_names[table]);
}

/* What all records add up to. */
static void check_sums(struct verify *v)
{
	const struct head *h = &v->head;

	verify_journal_end(v);
	if (!v->has_head)
		verify_fault(v, "there is no head record");
	if (v->seen->names != h->names)
		verify_fault(v, "it says that it has %llu names, and it has %llu",
			     (unsigned long long)h->names,
			     (unsigned long long)v->seen->names);
	if (v->orders != h->orders || v->order_ids != h->orders)
		verify_fault(v,
			     "it says that it has %u orders, and it has %u, and %u "
			     "digests",
			     h->orders, v->orders, v->order_ids);
	if (v->notices != h->notices)
		verify_fault(v, "it says that it has %u notices, and it has %u",
			     h->notices, v->notices);
	for (unsigned i = 0; i < v->feeds; i++) {
		if (v->feed_says[i] != v->feed_has[i])
			verify_fault(v,
				     "feed %u says that it has %llu entries, and it "
				     "has %llu",
				     i, (unsigned long long)v->feed_says[i],
				     (unsigned long long)v->feed_has[i]);
		if (v->rank_taken[i] == 0)
			verify_fault(v, "no feed has rank %u", i);
	}
}

int verify(struct reader *r, struct verified *ret, void (*progress)(uint64_t names),
	   struct err *e)
{
	struct verify v = {
		.reader = r,
		.seen = ret,
		.progress = progress,
		.contents = EVP_MD_CTX_new(),
		.e = e,
	};
	MDB_cursor *cursor;
	MDB_val k, value;
	int rc = mdb_cursor_open(r->txn, r->store->dbi, &cursor);

	*ret = (struct verified){ 0 };
	if (rc != 0 || v.contents == NULL) {
		EVP_MD_CTX_free(v.contents);
		return rc != 0 ? store_error(e, rc, r->store->path, "read")
			       : err_set(e, ERR_SYSTEM, "cannot compute a digest");
	}
	for (rc = mdb_cursor_get(cursor, &k, &value, MDB_FIRST); rc == 0 && v.rc == 0;
	     rc = mdb_cursor_get(cursor, &k, &value, MDB_NEXT))
		check_record(&v, k, value);
	mdb_cursor_close(cursor);
	if (rc != 0 && rc != MDB_NOTFOUND && v.rc == 0)
		v.rc = store_error(e, rc, r->store->path, "read");
	if (v.rc == 0)
		check_sums(&v);
	EVP_MD_CTX_free(v.contents);
	ret->serial = v.head.serial;
	ret->orders = v.orders;
	memcpy(ret->digest, v.previous, sizeof(ret->digest));
	return v.rc;
}
