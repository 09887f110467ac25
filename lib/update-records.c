// SPDX-License-Identifier: BSD-3-Clause
/* Writing the records that entries refer to. */
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "update-internal.h"

void update_damaged(struct update *u)
{
	if (u->rc == 0)
		u->rc = err_set(u->e, ERR_DAMAGED,
				"store '%s' is damaged: its names "
				"and its records disagree",
				u->target->path);
}

/* Finds the record of TABLE whose first field is the text NAME. Returns its number
 * as a key and its value; false when there is none. */
static bool find_named(struct update *u, enum store_table table, struct span name,
		       MDB_val *k, MDB_val *v)
{
	MDB_cursor *cursor;
	bool found = false;
	int rc;

	if (u->rc != 0 ||
	    update_failed(u, mdb_cursor_open(u->txn, u->target->store.dbi, &cursor),
			  "read"))
		return false;
	for (rc = store_first(cursor, table, k, v); rc == 0;
	     rc = store_next(cursor, table, k, v)) {
		struct bytes b = bytes_from(v->mv_data, v->mv_size);

		found = span_equal(get_text(&b), name) && !b.failed;
		if (found)
			break;
	}
	mdb_cursor_close(cursor);
	if (rc != 0 && rc != MDB_NOTFOUND)
		update_failed(u, rc, "read");
	return found;
}

static uint16_t number_of(MDB_val key)
{
	const uint8_t *at = key.mv_data;

	return key.mv_size == 1 ? at[0] : (uint16_t)(at[0] << 8 | at[1]);
}

uint16_t update_notice_find(struct update *u, struct span name)
{
	MDB_val k, v;

	return find_named(u, TABLE_NOTICES, name, &k, &v) ? number_of(k) : 0;
}

uint16_t update_notice(struct update *u, const struct notice *n)
{
	uint8_t record[NOTICE_MAX], key[2];
	struct bytes b = bytes_over(record, sizeof(record)), kb = bytes_over(key, 2);
	struct span after;
	uint16_t number;
	MDB_val k, v;

	notice_put(&b, n);
	if (b.failed && u->rc == 0)
		u->rc = err_set(u->e, ERR_INPUT, "the name of a notice is too long");
	after = (struct span){ record, (size_t)(b.at - record) };
	if (find_named(u, TABLE_NOTICES, n->name, &k, &v)) {
		struct span before = { v.mv_data, v.mv_size };

		number = number_of(k);
		if (span_equal(before, after))
			return number;
		put_u16(&kb, number);
		update_record(u, TABLE_NOTICES, (struct span){ key, 2 }, before, after);
	} else {
		if (u->head.notices == UINT16_MAX && u->rc == 0)
			u->rc = err_set(u->e, ERR_INPUT, "more than %u notices",
					UINT16_MAX);
		number = u->rc == 0 ? ++u->head.notices : 0;
		put_u16(&kb, number);
	}
	u->changed = true;
	update_put(u, TABLE_NOTICES, key, 2, after.data, after.len);
	return number;
}

bool update_get_feed(struct update *u, uint8_t number, uint8_t record[static FEED_MAX],
		     struct feed *f)
{
	struct bytes b;
	MDB_val v;

	if (u->rc != 0)
		return false;
	if (update_get(u, TABLE_FEEDS, &number, 1, &v) != 0 || v.mv_size > FEED_MAX) {
		update_damaged(u);
		return false;
	}
	/* Out of the page, which the write may move. */
	memcpy(record, v.mv_data, v.mv_size);
	b = bytes_from(record, v.mv_size);
	*f = feed_get(&b);
	if (b.failed)
		update_damaged(u);
	return !b.failed;
}

void update_put_feed(struct update *u, uint8_t number, const struct feed *f)
{
	uint8_t record[FEED_MAX];
	struct bytes b = bytes_over(record, sizeof(record));

	feed_put(&b, f);
	if (b.failed && u->rc == 0)
		u->rc = err_set(u->e, ERR_INPUT, "the name of a feed is too long");
	update_put(u, TABLE_FEEDS, &number, 1, record, (size_t)(b.at - record));
}

int update_feed_find(struct update *u, struct span name)
{
	MDB_val k, v;

	return find_named(u, TABLE_FEEDS, name, &k, &v) ? number_of(k) : -1;
}

unsigned update_feeds(struct update *u)
{
	uint8_t number = 0;
	MDB_val v;

	while (number < FEEDS_MAX && update_get(u, TABLE_FEEDS, &number, 1, &v) == 0)
		number++;
	return number;
}

uint8_t update_feed(struct update *u, struct span name)
{
	struct feed f = { .name = name };
	int found = update_feed_find(u, name);
	unsigned feeds = update_feeds(u);

	if (found >= 0)
		return (uint8_t)found;
	if (u->rc != 0)
		return 0;
	if (feeds >= FEEDS_MAX) {
		u->rc = err_set(u->e, ERR_INPUT, "more than %d feeds", FEEDS_MAX);
		return 0;
	}
	f.rank = (uint8_t)feeds;
	update_put_feed(u, f.rank, &f);
	u->changed = true;
	return f.rank;
}

void update_feed_count(struct update *u, uint8_t feed, int64_t by)
{
	uint8_t record[FEED_MAX];
	struct feed f;

	if (by == 0 || !update_get_feed(u, feed, record, &f))
		return;
	f.entries += (uint64_t)by;
	update_put_feed(u, feed, &f);
}

uint32_t update_order(struct update *u, const struct order *o)
{
	uint8_t record[ORDER_MAX], digest[EVP_MAX_MD_SIZE], number[4];
	struct bytes b = bytes_over(record, sizeof(record)), nb = bytes_over(number, 4);
	MDB_val v;

	order_put(&b, o);
	if (u->rc == 0 && (b.failed || !EVP_Digest(record, (size_t)(b.at - record),
						   digest, NULL, EVP_sha256(), NULL)))
		u->rc = err_set(u->e, ERR_INPUT, "the texts of an order are too long");
	if (update_get(u, TABLE_ORDER_IDS, digest, JOURNAL_DIGEST, &v) == 0) {
		nb = bytes_from(v.mv_data, v.mv_size);
		return get_u32(&nb);
	}
	if (u->rc != 0)
		return 0;
	put_u32(&nb, ++u->head.orders);
	update_put(u, TABLE_ORDERS, number, 4, record, (size_t)(b.at - record));
	update_put(u, TABLE_ORDER_IDS, digest, JOURNAL_DIGEST, number, 4);
	return u->head.orders;
}
