// SPDX-License-Identifier: BSD-3-Clause
/* Content for the store out of the input: what a command would write, and records
 * that are damaged. */
#include "query_input.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "journal.h"

#define NAMES_MAX 12

static uint64_t serial;
/* The names listed now: the journal says that they changed, too. */
static struct name listed[NAMES_MAX];
static unsigned listed_count;
static struct head head;

static MDB_txn *txn;
static struct store *store;

static void put(enum store_table table, const void *key, size_t key_len,
		const void *value, size_t len)
{
	uint8_t buffer[STORE_KEY_MAX];
	MDB_val k = store_key(buffer, table, key, key_len);
	MDB_val v = { len, (void *)(uintptr_t)value };

	if (key_len > 0)
		require(mdb_put(txn, store->dbi, &k, &v, 0) == 0);
}

/* Puts a record, or what is left of it: one in sixteen is cut or any octets. */
static void put_or_damage(enum store_table table, const void *key, size_t key_len,
			  const void *value, size_t len)
{
	uint8_t how = input_u8();
	size_t n;

	if (how < 0xf0) {
		put(table, key, key_len, value, len);
	} else if (how < 0xf8) {
		put(table, key, key_len, value,
		    len > how - 0xefu ? len - (how - 0xefu) : 0);
	} else {
		value = input_data(input_u8(), &n);
		put(table, key, key_len, value, n);
	}
}

static struct span some_text(void)
{
	uint8_t len = input_u8();
	struct span s;

	s.data = input_data(len < 0xf0 ? len & 31 : len * 4u, &s.len);
	return s;
}

static void put_notices(void)
{
	head.notices = (uint16_t)input_below(4);
	for (uint16_t i = 1; i <= head.notices; i++) {
		struct notice n = { .name = some_text(), .ttl = input_u32() };
		uint8_t record[NOTICE_MAX], key[2] = { 0, (uint8_t)i };
		struct bytes b = bytes_over(record, sizeof(record));

		n.v4_count = (uint8_t)input_below(NOTICE_ADDRESSES_MAX + 1);
		n.v6_count = (uint8_t)input_below(NOTICE_ADDRESSES_MAX + 1);
		/* 192.0.2.N and 2001:db8::N. */
		for (uint8_t j = 0; j < n.v4_count; j++)
			memcpy(n.v4[j], (uint8_t[4]){ 192, 0, 2, j }, 4);
		for (uint8_t j = 0; j < n.v6_count; j++)
			memcpy(n.v6[j], (uint8_t[16]){ 0x20, 1, 0xd, 0xb8, [15] = j },
			       16);
		notice_put(&b, &n);
		put_or_damage(TABLE_NOTICES, key, sizeof(key), record,
			      (size_t)(b.at - record));
	}
}

/* Around the epoch, or not said. */
static int64_t some_time(void)
{
	uint8_t b = input_u8();

	return b < 0x80 ? 0 : STORE_EPOCH + (b - 0xc0);
}

static void put_orders(void)
{
	head.orders = input_below(5);
	for (uint8_t i = 1; i <= head.orders; i++) {
		uint8_t record[ORDER_MAX], key[4] = { 0, 0, 0, i };
		struct bytes b = bytes_over(record, sizeof(record));
		struct order o = { .notice = (uint16_t)input_below(5),
				   .ede = (uint16_t)(15 + input_below(3)) };

		o.effective = some_time();
		o.expires = some_time();
#define TEXT(name) o.name = some_text();
		ORDER_TEXTS(TEXT)
#undef TEXT
		order_put(&b, &o);
		put_or_damage(TABLE_ORDERS, key, sizeof(key), record,
			      (size_t)(b.at - record));
	}
}

static void put_feeds(void)
{
	unsigned count = input_below(5);

	for (uint8_t i = 0; i < count; i++) {
		struct feed f = { .name = some_text(), .rank = input_u8() };
		uint8_t record[FEED_MAX * 4];
		struct bytes b = bytes_over(record, sizeof(record));

		f.flags = input_u8() & FEED_FLAGS;
		feed_put(&b, &f);
		put_or_damage(TABLE_FEEDS, &i, 1, record, (size_t)(b.at - record));
	}
}

static int compare_listed(const void *a, const void *b)
{
	const struct name *x = a, *y = b;

	return name_compare(x->key, x->len, y->key, y->len);
}

/* The length of the key of the nearest listed name above the Ith. */
static size_t length_above(unsigned i)
{
	for (unsigned j = i; j-- > 0;)
		if (listed[j].len < listed[i].len &&
		    memcmp(listed[j].key, listed[i].key, listed[j].len) == 0)
			return listed[j].len;
	return 0;
}

static int compare_entries(const void *a, const void *b)
{
	return entry_compare(a, b);
}

static void put_name(unsigned i)
{
	struct entry entries[4];
	unsigned count = 1 + input_below(4);
	uint8_t value[NAME_VALUE_MAX];
	struct bytes b = bytes_over(value, sizeof(value));

	for (unsigned j = 0; j < count; j++) {
		entries[j] = (struct entry){ .since = (uint32_t)serial };
		entries[j].scope = (uint8_t)input_below(SCOPES);
		entries[j].action = (uint8_t)input_below(ACTIONS);
		entries[j].feed = (uint8_t)input_below(5);
		entries[j].order = 1 + input_below(5);
	}
	qsort(entries, count, sizeof(entries[0]), compare_entries);
	put_varuint(&b, (uint32_t)length_above(i));
	for (unsigned j = 0; j < count; j++)
		entry_put(&b, &entries[j]);
	put_or_damage(TABLE_NAMES, listed[i].key, listed[i].len, value,
		      (size_t)(b.at - value));
}

static void put_names(void)
{
	unsigned count = input_below(NAMES_MAX + 1), kept = 0;

	for (listed_count = 0; listed_count < count;) {
		struct wire_name n = input_name();

		require(name_from_wire(&listed[listed_count++], n.data, n.len));
	}
	qsort(listed, listed_count, sizeof(listed[0]), compare_listed);
	for (unsigned i = 0; i < listed_count; i++)
		if (listed[i].len > 0 &&
		    (kept == 0 || compare_listed(&listed[i], &listed[kept - 1]) != 0))
			listed[kept++] = listed[i];
	listed_count = kept;
	for (unsigned i = 0; i < listed_count; i++)
		put_name(i);
	head.names = listed_count;
}

/* The changes: NAMES without the entries, which nobody reads there. */
static size_t changes_of(uint8_t *to, size_t room, const struct name *names,
			 unsigned count)
{
	struct bytes b = bytes_over(to, room);

	for (unsigned i = 0; i < count; i++) {
		put_text(&b, (struct span){ names[i].key, names[i].len });
		put_u8(&b, 0);
		put_u8(&b, 0);
	}
	require(!b.failed);
	return (size_t)(b.at - to);
}

/* A part for what was listed and one for what is. Without a journal, or with one
 * that cannot be read, everything may have changed. */
static void put_journal(const struct name *before, unsigned before_count)
{
	uint8_t data[NAMES_MAX * (NAME_KEY_MAX + 4)], key[JOURNAL_KEY];
	uint8_t digest[JOURNAL_DIGEST] = { 0 }, record[512];
	struct bytes b = bytes_over(record, sizeof(record));
	struct journal j = {
		.serial = serial,
		.parts = 2,
		.contents = { digest, sizeof(digest) },
		.previous = { digest, sizeof(digest) },
		.digest = { digest, sizeof(digest) },
	};

	if (input_below(4) == 0)
		return;
	journal_put(&b, &j);
	require(!b.failed);
	journal_key(key, serial, 0);
	put(TABLE_JOURNAL, key, sizeof(key), record,
	    (size_t)(b.at - record) - input_below(2));
	journal_key(key, serial, 1);
	put(TABLE_JOURNAL, key, sizeof(key), data,
	    changes_of(data, sizeof(data), before, before_count));
	journal_key(key, serial, 2);
	put(TABLE_JOURNAL, key, sizeof(key), data,
	    changes_of(data, sizeof(data), listed, listed_count));
}

static void put_head(void)
{
	uint8_t record[HEAD_MAX];
	struct bytes b = bytes_over(record, sizeof(record));

	head.serial = serial;
	head.on_error = (uint8_t)input_below(ON_ERRORS);
	head.structured = (uint8_t)input_below(STRUCTUREDS);
	head_put(&b, &head);
	put_or_damage(TABLE_META, "head", 4, record, (size_t)(b.at - record));
}

/* Blocks with some of the clients' addresses in them. */
static void put_exempt(void)
{
	struct netblock blocks[4];
	unsigned count = input_below(5);
	uint8_t record[256];
	struct bytes b = bytes_over(record, sizeof(record));

	for (unsigned i = 0; i < count; i++) {
		uint8_t how = input_u8(), bits = how & 7;
		bool four = (how & 8) != 0;

		blocks[i] = (struct netblock){ .family = four ? 4 : 6 };
		blocks[i].prefix = (uint8_t)((four ? 32 : 128) - bits);
		memcpy(blocks[i].address,
		       four ? (uint8_t[16]){ 192, 0, 2 }
			    : (uint8_t[16]){ 0x20, 1, 0xd, 0xb8 },
		       16);
		blocks[i].address[four ? 3 : 15] =
			(uint8_t)((how >> 3 & 0x1f) >> bits << bits);
	}
	if (count == 0)
		return;
	netblocks_put(&b, blocks, count);
	put_or_damage(TABLE_META, "exempt", 6, record, (size_t)(b.at - record));
}

static void write_all(void)
{
	struct name before[NAMES_MAX];
	unsigned before_count = listed_count;

	memcpy(before, listed, sizeof(before));
	require(mdb_txn_begin(store->env, NULL, 0, &txn) == 0);
	require(mdb_drop(txn, store->dbi, 0) == 0);
	serial++;
	put_notices();
	put_orders();
	put_feeds();
	put_names();
	put_journal(before, before_count);
	put_head();
	put_exempt();
	require(mdb_txn_commit(txn) == 0);
	fake_trace("commit", NULL, (int)serial);
}

void store_write(void)
{
	store = &atomic_load(&fake_palang()->current)->store;
	write_all();
}

static int remove_path(const char *path, const struct stat *st, int type,
		       struct FTW *where)
{
	(void)st;
	(void)type;
	(void)where;
	return remove(path);
}

void store_start(char path[static STORE_PATH_MAX])
{
	struct store new = { 0 };

	snprintf(path, STORE_PATH_MAX, "%s/palang-fuzz.XXXXXX",
		 access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
	require(mkdtemp(path) != NULL);
	require(store_open(&new, path, STORE_WRITE | STORE_CREATE, NULL) == 0);
	store = &new;
	input_begin(NULL, 0);
	write_all();
	store_release(&new);
}

/* A store whose files were taken away is used on; nothing is left behind, however
 * this process ends. */
void store_hide(const char *path)
{
	require(nftw(path, remove_path, 16, FTW_DEPTH | FTW_PHYS) == 0);
}
