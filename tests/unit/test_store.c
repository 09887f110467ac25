// SPDX-License-Identifier: BSD-3-Clause
/* store, order, journal: the bytes of palang-store(5), and opening and reading
 * what is there and what is not. */
#include <errno.h>

#include "scratch.h"

/* ---- the worked examples of palang-store(5) ---- */

/* A part of a record: its bytes and what they mean. */
struct field {
	const char *hex, *meaning;
};

// clang-format off
static const struct field key_example[] = {
	{ "65 78 61 6d 70 6c 65 00", "example" },
	{ "74 6f 6b 6f 2d 70 61 6c 73 75 00", "toko-palsu" },
	{ "77 77 77 00", "www" },
	{ NULL, NULL },
};

static const struct field plain_key_example[] = {
	{ "63 6f 6d 00", "com" },
	{ "65 78 61 6d 70 6c 65 00", "example" },
	{ "77 77 77 00", "www" },
	{ NULL, NULL },
};

static const struct field escaped_key_example[] = {
	{ "65 78 61 6d 70 6c 65 00", "example" },
	{ "61 01 01 01 02 00", "a label of the three bytes 61 00 01" },
	{ NULL, NULL },
};

static const struct field entry_example[] = {
	{ "88", "scope 2 (subtree) << 6 | action 1 (notice) << 3" },
	{ "00", "feed 0" },
	{ "ac 02", "order 300" },
	{ "07", "since serial 7" },
	{ NULL, NULL },
};

static const struct field value_example[] = {
	{ "0c", "the nearest listed name above has a key of 12 bytes (example.com)" },
	{ "00 00 02 07", "exact, pass; feed 0, order 2, since serial 7" },
	{ "90 01 03 05", "subtree, nxdomain; feed 1, order 3, since serial 5" },
	{ NULL, NULL },
};

static const struct field order_example[] = {
	{ "00 01", "notice 1" },
	{ "00 10", "Extended DNS Error 16 (Censored)" },
	{ "00 28 6d 69 6e 69 73 74 72 79 3b 20 32 30 32 36 2f 31 37 3b 20 61 70 70 "
	  "65 61 6c 40 6e 6f 74 69 63 65 2e 65 78 61 6d 70 6c 65",
	  "its text: \"ministry; 2026/17; appeal@notice.example\"" },
	{ "00 4c 7b 22 63 22 3a 5b 22 6d 61 69 6c 74 6f 3a 61 70 70 65 61 6c 40 6e "
	  "6f 74 69 63 65 2e 65 78 61 6d 70 6c 65 22 5d 2c 22 6a 22 3a 22 32 30 32 "
	  "36 2f 31 37 22 2c 22 6f 22 3a 22 6d 69 6e 69 73 74 72 79 22 2c 22 6c 22 "
	  "3a 22 65 6e 22 7d",
	  "structured: {\"c\":[\"mailto:appeal@notice.example\"],\"j\":\"2026/17\","
	  "\"o\":\"ministry\",\"l\":\"en\"}" },
	{ "00 26 7b 22 63 22 3a 5b 22 6d 61 69 6c 74 6f 3a 61 70 70 65 61 6c 40 6e "
	  "6f 74 69 63 65 2e 65 78 61 6d 70 6c 65 22 5d 7d",
	  "brief: {\"c\":[\"mailto:appeal@notice.example\"]}" },
	{ "00 00 00 00 69 78 b1 00", "issued 2026-01-27 12:35:12 UTC" },
	{ "00 00 00 00 00 00 00 00", "effective: not said" },
	{ "00 00 00 00 6b 59 e4 80", "expires 2027-01-27 12:35:12 UTC" },
	{ "00 00 00 00 00 00 00 00", "review: not said" },
	{ "00 08 6d 69 6e 69 73 74 72 79", "authority \"ministry\"" },
	{ "00 08 67 61 6d 62 6c 69 6e 67", "category \"gambling\"" },
	{ "00 07 32 30 32 36 2f 31 37", "reference \"2026/17\"" },
	{ "00 05 4c 61 77 20 31", "basis \"Law 1\"" },
	{ "00 00", "reason: not said" },
	{ "00 15 61 70 70 65 61 6c 40 6e 6f 74 69 63 65 2e 65 78 61 6d 70 6c 65",
	  "contact \"appeal@notice.example\"" },
	{ "00 00", "language: not said, English" },
	{ "00 00", "appeal: not said" },
	{ "00 00", "second reason: not said" },
	{ "00 00", "second language: not said" },
	{ NULL, NULL },
};

static const struct field notice_example[] = {
	{ "00 07 64 65 66 61 75 6c 74", "name \"default\"" },
	{ "00 00 00 1e", "TTL 30" },
	{ "01", "one IPv4 address" },
	{ "c0 00 02 01", "192.0.2.1" },
	{ "01", "one IPv6 address" },
	{ "20 01 0d b8 00 00 00 00 00 00 00 00 00 00 00 01", "2001:db8::1" },
	{ NULL, NULL },
};

static const struct field feed_example[] = {
	{ "00 08 6d 69 6e 69 73 74 72 79", "name \"ministry\"" },
	{ "02", "rank 2" },
	{ "01", "flags: in shadow mode" },
	{ "00 00 00 00 00 98 96 80", "10,000,000 entries" },
	{ NULL, NULL },
};

static const struct field head_example[] = {
	{ "70 61 6c 61 6e 67 0d 0a", "\"palang\", CR, LF" },
	{ "00 04", "format 4" },
	{ "00 00 00 00 00 00 00 07", "serial 7" },
	{ "00 00 00 00 69 78 b1 00", "committed 2026-01-27 12:35:12 UTC" },
	{ "00 00 00 00 00 98 96 80", "10,000,000 names" },
	{ "00 00 01 2c", "300 orders" },
	{ "00 02", "2 notices" },
	{ "01", "on-error 1 (servfail)" },
	{ "00", "structured-errors 0 (encrypted)" },
	{ NULL, NULL },
};

static const struct field exempt_example[] = {
	{ "00 02", "two blocks of IPv4 addresses" },
	{ "c0 00 02 00 18", "192.0.2.0/24" },
	{ "c6 33 64 07 20", "198.51.100.7" },
	{ "00 01", "one of IPv6 addresses" },
	{ "20 01 0d b8 00 00 00 00 00 00 00 00 00 00 00 00 20", "2001:db8::/32" },
	{ NULL, NULL },
};

static const struct field journal_key_example[] = {
	{ "00 00 00 00 00 00 00 07", "serial 7" },
	{ "00 00 00 02", "part 2: the second of the changes" },
	{ NULL, NULL },
};

static const struct field journal_example[] = {
	{ "00 00 00 00 69 78 b1 00", "committed 2026-01-27 12:35:12 UTC" },
	{ "00", "flags: the changes are spelled out" },
	{ "00 00 00 01", "in one part" },
	{ "00 00 00 00 00 00 00 02", "2 names added" },
	{ "00 00 00 00 00 00 00 01", "1 removed" },
	{ "00 00 00 00 00 00 00 00", "none changed" },
	{ "00 06 75 70 64 61 74 65", "verb \"update\"" },
	{ "00 07 63 68 65 63 6b 65 64", "reason \"checked\"" },
	{ "01", "of one feed" },
	{ "00 08 6d 69 6e 69 73 74 72 79", "feed \"ministry\"" },
	{ "00 08 6c 69 73 74 2e 74 78 74", "source \"list.txt\"" },
	{ "00 00", "no digest of the source" },
	{ "00 00 00 00 00 00 00 02", "2 names added" },
	{ "00 00 00 00 00 00 00 01", "1 removed" },
	{ "00 00 00 00 00 00 00 00", "none changed" },
	{ "00 00 00 11 00 00 08 6f 6e 2d 65 72 72 6f 72",
	  "records: table 0, \"on-error\"," },
	{ "00 01 00 00 01 01", "before 0 (pass), after 1 (servfail)" },
	{ "00 20 33 33 33 33 33 33 33 33 33 33 33 33 33 33 33 33 "
	  "33 33 33 33 33 33 33 33 33 33 33 33 33 33 33 33", "digest of the parts" },
	{ "00 20 11 11 11 11 11 11 11 11 11 11 11 11 11 11 11 11 "
	  "11 11 11 11 11 11 11 11 11 11 11 11 11 11 11 11",
	  "digest of the serial before" },
	{ "00 20 22 22 22 22 22 22 22 22 22 22 22 22 22 22 22 22 "
	  "22 22 22 22 22 22 22 22 22 22 22 22 22 22 22 22", "digest of this serial" },
	{ "00", "its parts are not cut" },
	{ NULL, NULL },
};

static const struct field change_example[] = {
	{ "00 0c 63 6f 6d 00 65 78 61 6d 70 6c 65 00", "example.com" },
	{ "01", "one entry goes:" },
	{ "88 00 01 05", "subtree, notice; feed 0, order 1, since serial 5" },
	{ "02", "two come:" },
	{ "00 00 02 07", "exact, pass; feed 0, order 2, since serial 7" },
	{ "88 00 03 07", "subtree, notice; feed 0, order 3, since serial 7" },
	{ NULL, NULL },
};

/* A whole store: one list of two names. The keys are those that LMDB has. */
struct record {
	const char *key, *value, *meaning;
};

/* All of it after serial 1. */
static const struct record first_serial[] = {
	{ "00 00 68 65 61 64",
	  "70 61 6c 61 6e 67 0d 0a 00 04 00 00 00 00 00 00 00 01 00 00 00 00 6b 04 "
	  "0e a0 00 00 00 00 00 00 00 02 00 00 00 01 00 01 00 00",
	  "head: serial 1, 2 names, one order, one notice" },
	{ "00 02 00 00 00 01",
	  "00 01 00 10 00 15 4f 74 6f 72 69 74 61 73 20 43 6f 6e 74 6f 68 3b 20 45 "
	  "58 2f 31 00 2b 7b 22 6a 22 3a 22 45 58 2f 31 22 2c 22 6f 22 3a 22 4f 74 "
	  "6f 72 69 74 61 73 20 43 6f 6e 74 6f 68 22 2c 22 6c 22 3a 22 65 6e 22 7d "
	  "00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 "
	  "00 00 00 00 00 00 00 00 00 00 00 0f 4f 74 6f 72 69 74 61 73 20 43 6f 6e "
	  "74 6f 68 00 00 00 04 45 58 2f 31 00 00 00 00 00 00 00 00 00 00 00 00 00 "
	  "00",
	  "order 1: notice 1, code 16, \"Otoritas Contoh; EX/1\"" },
	{ "00 03 2f f4 ca 4b 78 6d dc 55 33 e6 6b ad 74 e4 5e 46 e4 49 a7 43 29 c3 "
	  "c2 4d d8 30 7e 38 78 ab 70 95",
	  "00 00 00 01", "SHA-256 of order 1" },
	{ "00 04 00 01",
	  "00 07 64 65 66 61 75 6c 74 00 00 00 1e 01 c0 00 02 01 01 20 01 0d b8 00 "
	  "00 00 00 00 00 00 00 00 00 00 01",
	  "notice 1: \"default\", TTL 30, 192.0.2.1, 2001:db8::1" },
	{ "00 05 00",
	  "00 05 74 72 61 64 65 00 00 00 00 00 00 00 00 00 02",
	  "feed 0: \"trade\", rank 0, 2 entries" },
	{ "00 06 00 00 00 00 00 00 00 01 00 00 00 00",
	  "00 00 00 00 6b 04 0e a0 01 00 00 00 00 00 00 00 00 00 00 00 02 00 00 00 "
	  "00 00 00 00 00 00 00 00 00 00 00 00 00 00 07 63 6f 6d 70 69 6c 65 00 00 "
	  "01 00 05 74 72 61 64 65 00 08 6c 69 73 74 2e 63 73 76 00 20 8a cc fd 23 "
	  "49 85 fb 4a e8 3a 38 4c 83 a9 f4 8f 6c fb 16 f6 ed 9b 60 ec 38 77 a8 92 "
	  "dd 5b a8 65 00 00 00 00 00 00 00 02 00 00 00 00 00 00 00 00 00 00 00 00 "
	  "00 00 00 00 00 00 00 00 00 20 e3 b0 c4 42 98 fc 1c 14 9a fb f4 c8 99 6f "
	  "b9 24 27 ae 41 e4 64 9b 93 4c a4 95 99 1b 78 52 b8 55 00 20 00 00 00 00 "
	  "00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 "
	  "00 00 00 00 00 20 24 e3 54 79 1b b9 fa e7 eb f3 73 c2 9a 87 22 38 2c 04 "
	  "30 77 fb c2 68 6b 93 b1 9a f0 56 1c ac 73 00",
	  "serial 1: a first load of 2 names" },
	{ "65 78 61 6d 70 6c 65 00 74 6f 6b 6f 2d 70 61 6c 73 75 00",
	  "00 88 00 01 01",
	  "toko-palsu.example: subtree, notice, order 1, since serial 1" },
	{ "65 78 61 6d 70 6c 65 00 74 6f 6b 6f 2d 70 61 6c 73 75 00 77 77 77 00",
	  "13 00 00 01 01",
	  "www.toko-palsu.example below it: exact, pass" },
};

/* What the journal has besides once the second name was taken off the list. */
static const struct record second_serial[] = {
	{ "00 06 00 00 00 00 00 00 00 02 00 00 00 00",
	  "00 00 00 00 6b 04 0e dc 00 00 00 00 01 00 00 00 00 00 00 00 00 00 00 00 "
	  "00 00 00 00 01 00 00 00 00 00 00 00 00 00 07 63 6f 6d 70 69 6c 65 00 00 "
	  "01 00 05 74 72 61 64 65 00 08 6c 69 73 74 2e 63 73 76 00 20 3f ff 0f 21 "
	  "30 21 dc 7a 51 83 72 a6 ab b0 b8 ce 21 e7 5e 53 8b c1 fd a9 99 b9 7c 8f "
	  "4f f2 f3 61 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 01 00 00 00 00 "
	  "00 00 00 00 00 00 00 00 00 20 67 4b 06 f0 ef d3 62 76 88 05 84 73 67 d0 "
	  "74 bd a9 c6 d8 03 40 7a b4 ee 82 05 05 e0 1c 23 d9 a1 00 20 24 e3 54 79 "
	  "1b b9 fa e7 eb f3 73 c2 9a 87 22 38 2c 04 30 77 fb c2 68 6b 93 b1 9a f0 "
	  "56 1c ac 73 00 20 44 c4 32 46 96 36 47 a0 38 db 9c b1 73 3d b6 51 eb eb "
	  "76 f7 6e 61 b4 b0 79 76 e6 83 d0 69 02 79 00",
	  "serial 2: in one part, one name removed" },
	{ "00 06 00 00 00 00 00 00 00 02 00 00 00 01",
	  "00 17 65 78 61 6d 70 6c 65 00 74 6f 6b 6f 2d 70 61 6c 73 75 00 77 77 77 "
	  "00 01 00 00 01 01 00",
	  "its changes" },
	{ "00 07 65 78 61 6d 70 6c 65 00 74 6f 6b 6f 2d 70 61 6c 73 75 00 77 77 77 00",
	  "00 00 01 01 02",
	  "www.toko-palsu.example: it had an entry until serial 2" },
};
// clang-format on

/* The bytes of an example, one field after the other. */
static struct octets example_octets(const struct field *fields)
{
	struct octets all = { .len = 0 };

	for (; fields->hex != NULL; fields++) {
		struct octets o = octets_of(fields->hex);

		assert_true(all.len + o.len <= sizeof(all.data));
		memcpy(all.data + all.len, o.data, o.len);
		all.len += o.len;
	}
	return all;
}

/* The library wrote what the example says. */
static void check_example(const struct bytes *b, const uint8_t *data,
			  const struct field *fields)
{
	struct octets want = example_octets(fields);

	assert_false(b->failed);
	assert_int_equal(b->at - data, want.len);
	assert_memory_equal(data, want.data, want.len);
}

static struct span text_of(const char *s)
{
	return span_of(s);
}

static void check_key(const char *name, const struct field *fields)
{
	struct name n = name_of(name);
	struct octets want = example_octets(fields);

	assert_int_equal(n.len, want.len);
	assert_memory_equal(n.key, want.data, want.len);
}

static void keys_are_as_documented(void **state)
{
	(void)state;
	check_key("www.Toko-Palsu.example", key_example);
	check_key("WWW.example.com", plain_key_example);
	check_key("a\\000\\001.example", escaped_key_example);
}

static void entry_is_as_documented(void **state)
{
	struct entry e = { SCOPE_SUBTREE, ACTION_NOTICE, 0, 300, 7 }, got;
	struct octets want = example_octets(entry_example);
	uint8_t data[ENTRY_MAX];
	struct bytes b = bytes_over(data, sizeof(data));

	(void)state;
	entry_put(&b, &e);
	check_example(&b, data, entry_example);
	b = bytes_from(want.data, want.len);
	got = entry_get(&b);
	assert_false(b.failed);
	assert_int_equal(entry_compare(&e, &got), 0);
	assert_int_equal(got.since, 7);
}

static void value_is_as_documented(void **state)
{
	struct entry first = { SCOPE_EXACT, ACTION_PASS, 0, 2, 7 };
	struct entry second = { SCOPE_SUBTREE, ACTION_NXDOMAIN, 1, 3, 5 };
	uint8_t data[NAME_VALUE_MAX];
	struct bytes b = bytes_over(data, sizeof(data));

	(void)state;
	assert_true(entry_compare(&first, &second) < 0);
	put_varuint(&b, name_of("example.com").len);
	entry_put(&b, &first);
	entry_put(&b, &second);
	check_example(&b, data, value_example);
}

static void order_is_as_documented(void **state)
{
	struct order o = {
		.notice = 1,
		.ede = EDE_CENSORED,
		.issued = 1769517312,
		.expires = 1801053312,
		.authority = text_of("ministry"),
		.category = text_of("gambling"),
		.reference = text_of("2026/17"),
		.basis = text_of("Law 1"),
		.contact = text_of("appeal@notice.example"),
	};
	struct octets want = example_octets(order_example);
	uint8_t data[ORDER_MAX];
	struct bytes b = bytes_over(data, sizeof(data));
	struct order got;

	(void)state;
	order_put(&b, &o);
	check_example(&b, data, order_example);
	b = bytes_from(want.data, want.len);
	got = order_get(&b);
	assert_false(b.failed);
	assert_int_equal(bytes_left(&b), 0);
	assert_int_equal(got.notice, 1);
	assert_int_equal(got.ede, EDE_CENSORED);
	assert_int_equal(got.issued, o.issued);
	assert_int_equal(got.effective, 0);
	assert_int_equal(got.expires, o.expires);
#define SAME(name) assert_true(span_equal(got.name, o.name));
	ORDER_TEXTS(SAME)
#undef SAME
	assert_true(span_equal(got.ede_text,
			       text_of("ministry; 2026/17; appeal@notice.example")));
	assert_true(span_equal(got.json, text_of("{\"c\":[\"mailto:appeal@notice."
						 "example\"],\"j\":\"2026/17\","
						 "\"o\":\"ministry\",\"l\":\"en\"}")));
	assert_true(span_equal(got.brief_json,
			       text_of("{\"c\":[\"mailto:appeal@notice.example\"]}")));
}

static void notice_is_as_documented(void **state)
{
	struct notice n = { .name = text_of("default"), .ttl = 30 }, got;
	struct octets want = example_octets(notice_example);
	uint8_t data[NOTICE_MAX];
	struct bytes b = bytes_over(data, sizeof(data));

	(void)state;
	assert_true(notice_add(&n, "192.0.2.1"));
	assert_true(notice_add(&n, "2001:db8::1"));
	notice_put(&b, &n);
	check_example(&b, data, notice_example);
	b = bytes_from(want.data, want.len);
	got = notice_get(&b);
	assert_false(b.failed);
	assert_true(span_equal(got.name, n.name));
	assert_int_equal(got.ttl, 30);
	assert_int_equal(got.v4_count, 1);
	assert_int_equal(got.v6_count, 1);
	assert_memory_equal(got.v4, n.v4, sizeof(n.v4));
	assert_memory_equal(got.v6, n.v6, sizeof(n.v6));
}

static void feed_is_as_documented(void **state)
{
	struct feed f = { .name = text_of("ministry"),
			  .rank = 2,
			  .flags = FEED_SHADOW,
			  .entries = 10000000 };
	struct octets want = example_octets(feed_example);
	uint8_t data[FEED_MAX];
	struct bytes b = bytes_over(data, sizeof(data));
	struct feed got;

	(void)state;
	feed_put(&b, &f);
	check_example(&b, data, feed_example);
	b = bytes_from(want.data, want.len);
	got = feed_get(&b);
	assert_false(b.failed);
	assert_true(span_equal(got.name, f.name));
	assert_int_equal(got.rank, 2);
	assert_int_equal(got.flags, FEED_SHADOW);
	assert_int_equal(got.entries, 10000000);
}

static void head_is_as_documented(void **state)
{
	struct head h = { .serial = 7,
			  .committed = 1769517312,
			  .names = 10000000,
			  .orders = 300,
			  .notices = 2,
			  .on_error = ON_ERROR_SERVFAIL };
	struct octets want = example_octets(head_example);
	uint8_t data[HEAD_MAX];
	struct bytes b = bytes_over(data, sizeof(data));
	struct head got;

	(void)state;
	head_put(&b, &h);
	check_example(&b, data, head_example);
	b = bytes_from(want.data, want.len);
	assert_int_equal(head_get(&b, &got, NULL), 0);
	assert_int_equal(got.serial, h.serial);
	assert_int_equal(got.committed, h.committed);
	assert_int_equal(got.names, h.names);
	assert_int_equal(got.orders, h.orders);
	assert_int_equal(got.notices, h.notices);
	assert_int_equal(got.on_error, h.on_error);
	assert_int_equal(got.structured, STRUCTURED_ENCRYPTED);
}

static void exempt_is_as_documented(void **state)
{
	static const char *const texts[] = { "2001:db8::/32", "198.51.100.7",
					     "192.0.2.0/24" };
	struct netblock blocks[ROWS(texts)];
	uint8_t data[100];
	struct bytes b = bytes_over(data, sizeof(data));

	(void)state;
	for (size_t i = 0; i < ROWS(texts); i++)
		assert_int_equal(netblock_parse(&blocks[i], text_of(texts[i]), NULL),
				 0);
	netblocks_put(&b, blocks, ROWS(texts));
	check_example(&b, data, exempt_example);
}

/* The texts and the only feed of a header that was read are those written. */
static void check_header(const struct journal *got, const struct journal *want)
{
	struct bytes b = bytes_from(got->feeds.data, got->feeds.len);
	struct journal_feed f;

	assert_true(span_equal(got->verb, want->verb));
	assert_true(span_equal(got->reason, want->reason));
	assert_true(span_equal(got->records, want->records));
	assert_true(span_equal(got->contents, want->contents));
	assert_true(span_equal(got->digest, want->digest));
	assert_false(got->cut);
	assert_int_equal(got->feed_count, 1);
	assert_true(journal_feed_next(&b, &f));
	assert_true(span_equal(f.feed, text_of("ministry")));
	assert_true(span_equal(f.source, text_of("list.txt")));
	assert_int_equal(f.source_digest.len, 0);
	assert_int_equal(f.added, 2);
	assert_int_equal(f.removed, 1);
	assert_int_equal(f.changed, 0);
	assert_false(journal_feed_next(&b, &f));
	assert_false(b.failed);
}

static void journal_header_is_as_documented(void **state)
{
	uint8_t contents[32], previous[32], digest[32], data[512], feeds[100];
	uint8_t key[JOURNAL_KEY];
	struct octets records = octets_of("00 0008 6f6e2d6572726f72 0001 00 0001 01");
	struct octets want = example_octets(journal_example);
	struct octets want_key = example_octets(journal_key_example);
	struct journal j = {
		.time = 1769517312,
		.parts = 1,
		.added = 2,
		.removed = 1,
		.verb = text_of("update"),
		.reason = text_of("checked"),
		.feed_count = 1,
		.records = { records.data, records.len },
		.contents = { contents, sizeof(contents) },
		.previous = { previous, sizeof(previous) },
		.digest = { digest, sizeof(digest) },
	}, got;
	struct journal_feed f = {
		.feed = text_of("ministry"),
		.source = text_of("list.txt"),
		.added = 2,
		.removed = 1,
	};
	struct bytes b = bytes_over(feeds, sizeof(feeds));

	(void)state;
	journal_feed_put(&b, &f);
	j.feeds = (struct span){ feeds, (size_t)(b.at - feeds) };
	b = bytes_over(data, sizeof(data));
	memset(contents, 0x33, sizeof(contents));
	memset(previous, 0x11, sizeof(previous));
	memset(digest, 0x22, sizeof(digest));
	journal_put(&b, &j);
	check_example(&b, data, journal_example);
	b = bytes_from(want.data, want.len);
	got = journal_get(&b);
	assert_false(b.failed);
	assert_int_equal(got.time, j.time);
	assert_int_equal(got.parts, 1);
	assert_int_equal(got.added, 2);
	assert_int_equal(got.removed, 1);
	assert_int_equal(got.changed, 0);
	check_header(&got, &j);
	journal_key(key, 7, 2);
	assert_int_equal(want_key.len, sizeof(key));
	assert_memory_equal(key, want_key.data, sizeof(key));
}

static void change_is_as_documented(void **state)
{
	AUTO(changeset) c = { 0 };
	struct name n = name_of("example.com");
	struct change change = {
		.key = { n.key, n.len },
		.gone = 1,
		.come = 2,
		.entries = { { SCOPE_SUBTREE, ACTION_NOTICE, 0, 1, 5 },
			     { SCOPE_EXACT, ACTION_PASS, 0, 2, 7 },
			     { SCOPE_SUBTREE, ACTION_NOTICE, 0, 3, 7 } },
	};
	struct bytes b = { 0 };

	(void)state;
	assert_int_equal(changeset_add(&c, &change, NULL), 0);
	b.at = c.data + c.used;
	check_example(&b, c.data, change_example);
}

/* Commits a list of the whole store, as `palang compile` does. */
static void commit_documented(const char *list, int64_t time, const char *digest)
{
	AUTO(target) to = { 0 };
	AUTO(update) u = { 0 };
	AUTO(list) l = { 0 };
	struct notice n = { .name = text_of("default"), .ttl = 30 };
	struct octets source = octets_of(digest);
	struct update_about about = {
		.verb = text_of("compile"),
		.time = time,
	};
	struct update_from from = {
		.feed = text_of("trade"),
		.source = text_of("list.csv"),
		.source_digest = { source.data, source.len },
	};
	struct order o = { .ede = EDE_CENSORED,
			   .authority = text_of("Otoritas Contoh"),
			   .reference = text_of("EX/1") };
	struct update_result r;
	uint32_t number;
	uint8_t feed;

	assert_int_equal(target_open(&to, scratch_store, NULL, NULL), 0);
	update_begin(&u, &to, NULL);
	assert_true(notice_add(&n, "192.0.2.1") && notice_add(&n, "2001:db8::1"));
	feed = update_feed(&u, from.feed);
	o.notice = update_notice(&u, &n);
	number = update_order(&u, &o);
	list_add_text(&l, list);
	list_sort(&l);
	update_compare(&u, feed, &l, &number, NULL);
	update_accept(&u, &from);
	assert_int_equal(update_commit(&u, &about, &r), 0);
}

/* Compares what a cursor finds from KEY on with rows; returns how many it found. */
static size_t check_records(struct reader *r, const char *key,
			    const struct record *rows, size_t count)
{
	struct octets o = octets_of(key);
	MDB_val k = { o.len, o.data }, v;
	MDB_cursor *cursor;
	size_t row = 0;
	int rc;

	assert_int_equal(mdb_cursor_open(r->txn, r->store->dbi, &cursor), 0);
	for (rc = mdb_cursor_get(cursor, &k, &v, MDB_SET_RANGE); rc == 0;
	     rc = mdb_cursor_get(cursor, &k, &v, MDB_NEXT), row++) {
		if (row >= count)
			continue;
		check_hex(k.mv_data, k.mv_size, rows[row].key, rows[row].meaning);
		check_hex(v.mv_data, v.mv_size, rows[row].value, rows[row].meaning);
	}
	mdb_cursor_close(cursor);
	return row;
}

static void whole_store_is_as_documented(void **state)
{
	struct store s;
	struct reader r;

	(void)state;
	commit_documented("toko-palsu.example www.toko-palsu.example/exact/pass",
			  0x6b040ea0,
			  "8accfd234985fb4ae83a384c83a9f48f6cfb16f6ed9b60ec3877a892dd5b"
			  "a865");
	assert_int_equal(store_open(&s, scratch_store, STORE_READ, NULL), 0);
	assert_int_equal(reader_init(&r, &s, NULL), 0);
	assert_int_equal(reader_begin(&r, NULL), 0);
	assert_int_equal(check_records(&r, "00", first_serial, ROWS(first_serial)),
			 ROWS(first_serial));
	reader_end(&r);
	reader_release(&r);
	store_release(&s);
	commit_documented("toko-palsu.example", 0x6b040edc,
			  "3fff0f213021dc7a518372a6abb0b8ce21e75e538bc1fda999b97c8f4ff2"
			  "f361");
	assert_int_equal(store_open(&s, scratch_store, STORE_READ, NULL), 0);
	assert_int_equal(reader_init(&r, &s, NULL), 0);
	assert_int_equal(reader_begin(&r, NULL), 0);
	/* After them there is the name that stayed. */
	assert_int_equal(check_records(&r, second_serial[0].key, second_serial,
				       ROWS(second_serial)),
			 ROWS(second_serial) + 1);
	reader_end(&r);
	reader_release(&r);
	store_release(&s);
}

/* ---- records ---- */

static void entries_that_are_none_are_refused(void **state)
{
	static const struct {
		const char *what, *hex;
	} t[] = {
		{ "scope 3 is none", "c8 00 01 01" },
		{ "action 6 is none", "b0 00 01 01" },
		{ "action 7 is none", "b8 00 01 01" },
		{ "the lowest bit must be zero", "89 00 01 01" },
		{ "the second bit must be zero", "8a 00 01 01" },
		{ "the third bit must be zero", "8c 00 01 01" },
		{ "an entry without its order is cut", "88 00" },
		{ "an entry without its serial is cut", "88 00 01" },
		{ "nothing is no entry", "" },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(t); i++) {
		struct octets o = octets_of(t[i].hex);
		struct bytes b = bytes_from(o.data, o.len);

		entry_get(&b);
		check(b.failed, t[i].what);
	}
}

static void every_entry_fits_and_comes_back(void **state)
{
	(void)state;
	for (uint8_t scope = 0; scope < SCOPES; scope++)
		for (uint8_t action = 0; action < ACTIONS; action++) {
			struct entry e = { scope, action, 255, UINT32_MAX, UINT32_MAX };
			uint8_t data[ENTRY_MAX];
			struct bytes b = bytes_over(data, sizeof(data));
			struct entry got;

			entry_put(&b, &e);
			assert_false(b.failed);
			b = bytes_from(data, (size_t)(b.at - data));
			got = entry_get(&b);
			assert_false(b.failed);
			assert_int_equal(entry_compare(&e, &got), 0);
			assert_int_equal(got.since, UINT32_MAX);
		}
}

static void entries_are_in_order_of_feed_scope_action_order(void **state)
{
	static const struct entry e[] = {
		{ SCOPE_SUBTREE, ACTION_DROP, 0, 9, 1 },
		{ SCOPE_EXACT, ACTION_NOTICE, 1, 1, 9 },
		{ SCOPE_EXACT, ACTION_NOTICE, 1, 2, 8 },
		{ SCOPE_EXACT, ACTION_NXDOMAIN, 1, 1, 7 },
		{ SCOPE_BELOW, ACTION_PASS, 1, 1, 6 },
		{ SCOPE_SUBTREE, ACTION_PASS, 1, 1, 5 },
		{ SCOPE_EXACT, ACTION_PASS, 2, 0, 4 },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(e); i++)
		for (size_t j = 0; j < ROWS(e); j++)
			assert_int_equal(entry_compare(&e[i], &e[j]),
					 (i > j) - (i < j));
}

static void words_are_found_by_their_text(void **state)
{
	(void)state;
	assert_int_equal(word_find(scope_names, SCOPES, text_of("subtree")),
			 SCOPE_SUBTREE);
	assert_int_equal(word_find(action_names, ACTIONS, text_of("drop")),
			 ACTION_DROP);
	assert_int_equal(word_find(on_error_names, ON_ERRORS, text_of("servfail")),
			 ON_ERROR_SERVFAIL);
	assert_int_equal(word_find(action_names, ACTIONS, text_of("Drop")), -1);
	assert_int_equal(word_find(action_names, ACTIONS, text_of("dro")), -1);
	assert_int_equal(word_find(action_names, ACTIONS, text_of("")), -1);
	assert_int_equal(word_find(action_names, 0, text_of("drop")), -1);
}

#define A50  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define A150 A50 A50 A50
#define EURO "\xe2\x82\xac" /* three bytes */

static void text_for_the_wire_is_what_fits(void **state)
{
	static const struct {
		const char *what, *authority, *reference, *contact, *text;
	} t[] = {
		{ "an order without words has no text", "", "", "", "" },
		{ "one part stands alone", "ministry", "", "", "ministry" },
		{ "parts are joined", "ministry", "17", "https://example.com/",
		  "ministry; 17; https://example.com/" },
		{ "a part that is not there leaves no gap", "", "17", "", "17" },
		{ "the middle may be missing", "ministry", "", "a@example.com",
		  "ministry; a@example.com" },
		{ "160 bytes fit", A150 "0123456789", "", "", A150 "0123456789" },
		{ "161 bytes are cut", A150 "0123456789X", "", "", A150 "0123456789" },
		{ "a part is cut where no more fits", A150, "0123456789", "",
		  A150 "; 01234567" },
		{ "a part that is whole is not cut", A150, "01234567", "",
		  A150 "; 01234567" },
		{ "a part of which nothing fits is left out", A150 "012345678", "17",
		  "", A150 "012345678" },
		{ "a part of which no whole character fits is left out", A150 "0123456",
		  EURO, "", A150 "0123456" },
		{ "a character is not cut", A150 "01234567" EURO, "", "",
		  A150 "01234567" },
		{ "a character that just fits stays", A150 "0123456" EURO "x", "", "",
		  A150 "0123456" EURO },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(t); i++) {
		struct order o = {
			.authority = text_of(t[i].authority),
			.reference = text_of(t[i].reference),
			.contact = text_of(t[i].contact),
			.ede_text = text_of("not read"),
		};
		uint8_t data[ORDER_MAX];
		struct bytes b = bytes_over(data, sizeof(data));

		order_put(&b, &o);
		b = bytes_from(data, (size_t)(b.at - data));
		o = order_get(&b);
		if (!span_equal(o.ede_text, text_of(t[i].text)))
			fail_msg("not so: %s: '%.*s'", t[i].what, (int)o.ede_text.len,
				 (const char *)o.ede_text.data);
	}
}

static void order_counts_in_its_time(void **state)
{
	static const struct {
		const char *what;
		int64_t effective, expires, now;
		bool active;
	} t[] = {
		{ "an order without dates always counts", 0, 0, 1000, true },
		{ "it counts in 1970", 0, 0, 0, true },
		{ "before it is effective it does not count", 1000, 0, 999, false },
		{ "it counts from its second on", 1000, 0, 1000, true },
		{ "it counts up to the second before it expires", 0, 1000, 999, true },
		{ "at the second it expires it does not count", 0, 1000, 1000, false },
		{ "between both it counts", 900, 1100, 1000, true },
		{ "an order that expires before it is effective never counts", 1100,
		  900, 1000, false },
		{ "dates before 1970 are dates", -100, -50, -75, true },
		{ "a date before 1970 is over", 0, -50, 0, false },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(t); i++) {
		struct order o = { .effective = t[i].effective,
				   .expires = t[i].expires };

		check(order_active(&o, t[i].now) == t[i].active, t[i].what);
	}
}

static void notices_take_addresses(void **state)
{
	static const struct {
		const char *what, *address;
		bool good;
		unsigned v4, v6;
	} t[] = {
		{ "an IPv4 address is taken", "192.0.2.1", true, 1, 0 },
		{ "the same again is not taken twice", "192.0.2.1", true, 1, 0 },
		{ "an IPv6 address is taken", "2001:db8::1", true, 1, 1 },
		{ "the same in other words is not taken twice", "2001:DB8:0::0:1", true,
		  1, 1 },
		{ "another IPv4 address is taken", "192.0.2.2", true, 2, 1 },
		{ "a name is none", "example.com", false, 2, 1 },
		{ "nothing is none", "", false, 2, 1 },
		{ "an address with a length is none", "192.0.2.0/24", false, 2, 1 },
		{ "three numbers are none", "192.0.2", false, 2, 1 },
		{ "an address with a zone is none", "fe80::1%lo", false, 2, 1 },
		{ "an address with a blank is none", "192.0.2.3 ", false, 2, 1 },
		{ "an IPv4 address as IPv6 is IPv6", "::ffff:192.0.2.1", true, 2, 2 },
	};
	struct notice n = { .ttl = 1 };

	(void)state;
	for (size_t i = 0; i < ROWS(t); i++) {
		check(notice_add(&n, t[i].address) == t[i].good, t[i].what);
		check(n.v4_count == t[i].v4 && n.v6_count == t[i].v6, t[i].what);
	}
}

static void notice_has_eight_addresses_of_a_kind(void **state)
{
	struct notice n = { .name = text_of("many") }, got;
	uint8_t data[NOTICE_MAX];
	struct bytes b = bytes_over(data, sizeof(data));
	char address[40];

	(void)state;
	for (unsigned i = 1; i <= 9; i++) {
		snprintf(address, sizeof(address), "192.0.2.%u", i);
		assert_int_equal(notice_add(&n, address), i <= NOTICE_ADDRESSES_MAX);
		snprintf(address, sizeof(address), "2001:db8::%u", i);
		assert_int_equal(notice_add(&n, address), i <= NOTICE_ADDRESSES_MAX);
	}
	notice_put(&b, &n);
	b = bytes_from(data, (size_t)(b.at - data));
	got = notice_get(&b);
	assert_false(b.failed);
	assert_memory_equal(got.v6, n.v6, sizeof(n.v6));
}

static void records_that_are_cut_are_refused(void **state)
{
	static const struct field *const examples[] = {
		order_example, notice_example,  feed_example,
		head_example,  journal_example, exempt_example,
	};

	(void)state;
	for (size_t i = 0; i < ROWS(examples); i++) {
		struct octets o = example_octets(examples[i]);

		for (size_t len = 0; len < o.len; len++) {
			uint8_t *data = malloc(len + 1);
			struct bytes b;
			struct head h;

			assert_non_null(data);
			memcpy(data, o.data, len);
			b = bytes_from(data, len);
			if (i == 0)
				order_get(&b);
			else if (i == 1)
				notice_get(&b);
			else if (i == 2)
				feed_get(&b);
			else if (i == 3)
				assert_int_not_equal(head_get(&b, &h, NULL), 0);
			else if (i == 4)
				journal_get(&b);
			else
				assert_int_equal(netblocks_get(&b).v4.len |
							 netblocks_get(&b).v6.len,
						 0);
			assert_true(b.failed);
			free(data);
		}
	}
}

static void notice_with_too_many_addresses_is_refused(void **state)
{
	uint8_t data[400] = { 0 };
	struct bytes b = bytes_from(data, sizeof(data));

	(void)state;
	data[6] = NOTICE_ADDRESSES_MAX + 1;
	assert_int_equal(notice_get(&b).v4_count, 0);
	assert_true(b.failed);
}

static void head_of_another_kind_is_told(void **state)
{
	static const struct {
		const char *what;
		size_t at;
		uint8_t byte;
		int code;
		const char *message;
	} t[] = {
		{ "another magic is no store", 0, 'P', ERR_FORMAT,
		  "it is not a palang store" },
		{ "a magic that lost its CR is no store", 6, '\n', ERR_FORMAT,
		  "it is not a palang store" },
		{ "format 3 is another format", 9, 3, ERR_FORMAT,
		  "it has format 3 and this palang reads format 4: move it away and "
		  "compile the lists again" },
		{ "format 5 is another format", 9, 5, ERR_FORMAT,
		  "it has format 5 and this palang reads format 4: move it away and "
		  "compile the lists again" },
		{ "on-error 2 is none", 40, 2, ERR_DAMAGED,
		  "its head record is damaged" },
		{ "structured-errors 3 is none", 41, 3, ERR_DAMAGED,
		  "its head record is damaged" },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(t); i++) {
		struct octets o = example_octets(head_example);
		struct bytes b = bytes_from(o.data, o.len);
		struct err e = { 0 };
		struct head h;

		o.data[t[i].at] = t[i].byte;
		check(head_get(&b, &h, &e) == t[i].code, t[i].what);
		assert_string_equal(e.text, t[i].message);
	}
}

/* ---- opening ---- */

static void make_store(void)
{
	load_text("list", "example.com toko-palsu.example");
}

static void make_big_store(void)
{
	AUTO(load) l = { .feed = "list" };
	char word[64];

	for (int i = 0; i < 2000; i++) {
		snprintf(word, sizeof(word), "n%d.toko-palsu.example", i);
		list_add_text(&l.list, word);
	}
	load_into_store(&l);
}

static void make_directory(void)
{
	assert_int_equal(mkdir(scratch_store, 0700), 0);
}

static void make_file(void)
{
	content_write(scratch_store, "x", 1);
}

static void make_empty_file(void)
{
	make_directory();
	content_write(scratch_file("data.mdb"), "", 0);
}

static void make_text(void)
{
	make_directory();
	content_write(scratch_file("data.mdb"), "example.com\nexample.net\n", 24);
}

static void make_garbage(void)
{
	static uint8_t data[1 << 20];

	make_directory();
	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)random_below(256);
	content_write(scratch_file("data.mdb"), data, sizeof(data));
}

static void make_zeros(void)
{
	static const uint8_t data[65536];

	make_directory();
	content_write(scratch_file("data.mdb"), data, sizeof(data));
}

static void make_data_a_directory(void)
{
	make_directory();
	assert_int_equal(mkdir(scratch_file("data.mdb"), 0700), 0);
}

/* Writes BYTE at AT in both of LMDB's meta pages. */
static void change_meta(size_t at, uint8_t byte)
{
	struct content c;

	make_store();
	c = content_of(scratch_file("data.mdb"));
	c.data[at] = c.data[4096 + at] = byte;
	content_write(scratch_file("data.mdb"), c.data, c.len);
	content_release(&c);
}

static void make_other_lmdb_version(void)
{
	change_meta(20, 2);
}

static void make_other_lmdb_magic(void)
{
	change_meta(16, 0);
}

static void cut_store(size_t len)
{
	make_store();
	assert_int_equal(truncate(scratch_file("data.mdb"), (off_t)len), 0);
}

static void make_store_of_one_page(void)
{
	cut_store(4096);
}

static void make_store_of_two_pages(void)
{
	cut_store(8192);
}

static void make_store_without_its_last_byte(void)
{
	struct content c;

	make_store();
	c = content_of(scratch_file("data.mdb"));
	assert_int_equal(truncate(scratch_file("data.mdb"), (off_t)c.len - 1), 0);
	content_release(&c);
}

/* An LMDB environment with a record of that key and value in a database. */
static void make_environment(const char *database, const void *key, size_t key_len,
			     const void *value, size_t len)
{
	MDB_val k = { key_len, (void *)(uintptr_t)key };
	MDB_val v = { len, (void *)(uintptr_t)value };
	MDB_env *env;
	MDB_txn *txn;
	MDB_dbi dbi;

	assert_int_equal(mdb_env_create(&env), 0);
	assert_int_equal(mdb_env_set_maxdbs(env, 4), 0);
	assert_int_equal(mdb_env_open(env, scratch_store, 0, 0600), 0);
	assert_int_equal(mdb_txn_begin(env, NULL, 0, &txn), 0);
	assert_int_equal(mdb_dbi_open(txn, database, MDB_CREATE, &dbi), 0);
	assert_int_equal(mdb_put(txn, dbi, &k, &v, 0), 0);
	assert_int_equal(mdb_txn_commit(txn), 0);
	mdb_env_close(env);
}

/* Somebody else's. */
static void make_foreign(void)
{
	make_directory();
	make_environment(NULL, "example", 8, "k", 1);
	make_environment("meta", "head", 4, "k", 1);
}

/* What stores of the formats 1 and 2 have in any case. */
static void make_old_format(void)
{
	make_directory();
	make_environment("meta", "head", 4, "palang\r\n\0\2", 10);
	make_environment("order-ids", "12345678901234567890123456789012", 32,
			 "\0\0\0\1", 4);
}

/* A store that was made, and never committed to. */
static void make_without_head(void)
{
	struct store s;

	make_directory();
	assert_int_equal(
		store_open(&s, scratch_store, STORE_WRITE | STORE_CREATE, NULL), 0);
	store_release(&s);
}

/* Puts a record in the place of another. */
static void put_record(enum store_table table, const void *key, size_t len,
		       const void *value, size_t value_len)
{
	uint8_t buffer[STORE_KEY_MAX];
	MDB_val k = store_key(buffer, table, key, len);
	MDB_val v = { value_len, (void *)(uintptr_t)value };
	struct store s;
	MDB_txn *txn;

	assert_int_equal(store_open(&s, scratch_store, STORE_WRITE, NULL), 0);
	assert_int_equal(mdb_txn_begin(s.env, NULL, 0, &txn), 0);
	assert_int_equal(mdb_put(txn, s.dbi, &k, &v, 0), 0);
	assert_int_equal(mdb_txn_commit(txn), 0);
	store_release(&s);
}

static void make_other_format(void)
{
	struct octets o = example_octets(head_example);

	make_store();
	o.data[9] = 2;
	put_record(TABLE_META, "head", 4, o.data, o.len);
}

static void make_bad_head(void)
{
	make_store();
	put_record(TABLE_META, "head", 4, "palang\r\n\0\4", 10);
}

static void make_bad_exempt(void)
{
	make_store();
	put_record(TABLE_META, "exempt", 6, "\0\1\300\0\2\0\30\0", 8);
}

static void make_bad_feed(void)
{
	make_store();
	put_record(TABLE_FEEDS, "\1", 1, "\0\1f", 3);
}

static void make_feed_with_unknown_flags(void)
{
	make_store();
	put_record(TABLE_FEEDS, "\0", 1, "\0\1f\0\4\0\0\0\0\0\0\0\0", 13);
}

static void make_bad_feed_key(void)
{
	make_store();
	put_record(TABLE_FEEDS, "\1\1", 2, "\0\1f\0\0\0\0\0\0\0\0\0\0", 13);
}

#define NOT_LMDB                                                                       \
	"cannot open store '%s': its files were not written by LMDB 0.9: move it "     \
	"away "                                                                        \
	"and compile the lists again"

// clang-format off
/* The code and the message, %s being the store's path. */
static const struct {
	const char *what;
	void (*make)(void);
	int code;
	const char *message;
} no_stores[] = {
	{ "nothing is no store", NULL, ERR_MISSING, "there is no store at '%s'" },
	{ "an empty directory is no store", make_directory, ERR_MISSING,
	  "there is no store at '%s'" },
	{ "a file is no store", make_file, ERR_SYSTEM,
	  "cannot open store '%s': Not a directory" },
	{ "an empty data file is no store", make_empty_file, ERR_MISSING,
	  "there is no store at '%s'" },
	{ "a directory is no data file", make_data_a_directory, ERR_SYSTEM,
	  "cannot open store '%s': Is a directory" },
	{ "a text is not LMDB's", make_text, ERR_FORMAT, NOT_LMDB },
	{ "garbage is not LMDB's", make_garbage, ERR_FORMAT, NOT_LMDB },
	{ "zeros are not LMDB's", make_zeros, ERR_FORMAT, NOT_LMDB },
	{ "another version's file is not LMDB 0.9's", make_other_lmdb_version,
	  ERR_FORMAT, NOT_LMDB },
	{ "another magic is not LMDB's", make_other_lmdb_magic, ERR_FORMAT, NOT_LMDB },
	{ "one page is not all of a store", make_store_of_one_page, ERR_FORMAT,
	  NOT_LMDB },
	{ "two pages are not all of a store", make_store_of_two_pages, ERR_DAMAGED,
	  "store '%s' is cut short: 8192 bytes of " },
	{ "the last byte is missing", make_store_without_its_last_byte, ERR_DAMAGED,
	  "store '%s' is cut short: " },
	{ "somebody else's environment is no store", make_foreign, ERR_FORMAT,
	  "'%s' is not a palang store" },
	{ "what has no head is no store", make_without_head, ERR_FORMAT,
	  "'%s' is not a palang store" },
	{ "a store of an old format is told", make_old_format, ERR_FORMAT,
	  "cannot use store '%s': it has format 1 or 2 and this palang reads format 4: "
	  "move it away and compile the lists again" },
	{ "a store of another format is told", make_other_format, ERR_FORMAT,
	  "cannot use store '%s': it has format 2 and this palang reads format 4: "
	  "move it away and compile the lists again" },
	{ "a store with a cut head is damaged", make_bad_head, ERR_DAMAGED,
	  "cannot use store '%s': its head record is damaged" },
	{ "a store with a cut feed is damaged", make_bad_feed, ERR_DAMAGED,
	  "store '%s' is damaged: a bad feeds record" },
	{ "a store with cut netblocks is damaged", make_bad_exempt, ERR_DAMAGED,
	  "store '%s' is damaged: a bad meta record" },
	{ "a store with a feed of unknown flags is damaged",
	  make_feed_with_unknown_flags, ERR_DAMAGED,
	  "store '%s' is damaged: a bad feeds record" },
	{ "a store with a feed of no number is damaged", make_bad_feed_key, ERR_DAMAGED,
	  "store '%s' is damaged: a bad feeds record" },
};
// clang-format on

/* The message of a row begins the text, with the path in its place. */
static bool begins(const char *text, const char *message)
{
	const char *path = strstr(message, "%s");
	size_t front = (size_t)(path - message), len = strlen(scratch_store);

	return strncmp(text, message, front) == 0 &&
	       strncmp(text + front, scratch_store, len) == 0 &&
	       strncmp(text + front + len, path + 2, strlen(path + 2)) == 0;
}

/* Opens, and begins to read. */
static int try_store(struct err *e)
{
	struct store s;
	struct reader r = { 0 };
	int rc = store_open(&s, scratch_store, STORE_READ, e);

	if (rc != 0) {
		assert_null(s.env);
		return rc;
	}
	rc = reader_init(&r, &s, e);
	if (rc == 0)
		rc = reader_begin(&r, e);
	if (rc != 0)
		assert_false(r.begun);
	reader_release(&r);
	store_release(&s);
	return rc;
}

static void what_is_no_store_is_told(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(no_stores); i++) {
		struct err e = { 0 };

		if (no_stores[i].make != NULL)
			no_stores[i].make();
		check(try_store(&e) == no_stores[i].code, no_stores[i].what);
		if (!begins(e.text, no_stores[i].message))
			fail_msg("not so: %s: '%s'", no_stores[i].what, e.text);
		scratch_renew();
	}
}

static void store_cut_anywhere_is_not_opened(void **state)
{
	struct content c;

	(void)state;
	make_big_store();
	c = content_of(scratch_file("data.mdb"));
	assert_true(c.len > 20 * 4096);
	for (size_t len = 0; len < c.len; len += len % 4096 == 0 ? 100 : 3996) {
		struct err e = { 0 };
		int rc;

		content_write(scratch_file("data.mdb"), c.data, len);
		rc = try_store(&e);
		if (rc != ERR_DAMAGED && rc != ERR_FORMAT && rc != ERR_MISSING)
			fail_msg("a store of %zu bytes was opened", len);
	}
	content_write(scratch_file("data.mdb"), c.data, c.len);
	assert_int_equal(try_store(NULL), 0);
	content_release(&c);
}

static void path_of_a_store_has_an_end(void **state)
{
	char path[STORE_PATH_MAX + 1];
	struct err e = { 0 };
	struct store s;

	(void)state;
	memset(path, '/', sizeof(path));
	path[STORE_PATH_MAX] = '\0';
	assert_int_equal(store_open(&s, path, STORE_READ, &e), ERR_INPUT);
	assert_string_equal(e.text, "the path of the store is too long");
	path[STORE_PATH_MAX - 1] = '\0';
	assert_int_equal(store_open(&s, path, STORE_READ, &e), ERR_MISSING);
	store_release(&s);
}

static void store_that_may_not_be_read_is_told(void **state)
{
	static const char denied[] = "': Permission denied";
	int status;
	pid_t pid;

	(void)state;
	make_store();
	assert_int_equal(chmod(scratch, 0755), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		struct err e = { 0 };
		struct store s;
		int rc;

		if (geteuid() == 0 && (setgid(65534) != 0 || setuid(65534) != 0))
			_exit(77);
		if (geteuid() == getuid() &&
		    access(scratch_file("data.mdb"), R_OK) == 0)
			_exit(77);
		rc = store_open(&s, scratch_store, STORE_READ, &e);
		_exit(rc == ERR_SYSTEM && strstr(e.text, denied) != NULL ? 0 : 1);
	}
	status = child_status(pid);
	if (status == 77)
		skip();
	assert_int_equal(status, 0);
}

static void errors_are_told_apart(void **state)
{
	static const struct {
		const char *what;
		int rc, code;
		const char *message;
	} t[] = {
		{ "a file that is not there", ENOENT, ERR_MISSING,
		  "there is no store at 's'" },
		{ "a map that is full", MDB_MAP_FULL, ERR_SYSTEM,
		  "cannot write store 's': it has reached its largest size" },
		{ "a disk that is full", ENOSPC, ERR_SYSTEM,
		  "cannot write store 's': No space left on device" },
		{ "a page that is not there", MDB_PAGE_NOTFOUND, ERR_DAMAGED,
		  "cannot write store 's': MDB_PAGE_NOTFOUND: Requested page not "
		  "found" },
		{ "a page of another type", MDB_CORRUPTED, ERR_DAMAGED,
		  "cannot write store 's': MDB_CORRUPTED: Located page was wrong "
		  "type" },
		{ "a file that is not LMDB's", MDB_INVALID, ERR_FORMAT,
		  "cannot write store 's': its files were not written by LMDB 0.9: "
		  "move it "
		  "away and compile the lists again" },
		{ "too many readers", MDB_READERS_FULL, ERR_SYSTEM,
		  "cannot write store 's': MDB_READERS_FULL: Environment maxreaders "
		  "limit "
		  "reached" },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(t); i++) {
		struct err e = { 0 };

		check(store_error(&e, t[i].rc, "s", "write") == t[i].code, t[i].what);
		assert_string_equal(e.text, t[i].message);
		check(e.code == t[i].code, t[i].what);
		check(store_error(NULL, t[i].rc, "s", "write") == t[i].code, t[i].what);
	}
}

static void long_message_is_cut_not_lost(void **state)
{
	char path[1000];
	struct err e = { 0 };

	(void)state;
	memset(path, 'p', sizeof(path));
	path[sizeof(path) - 1] = '\0';
	assert_int_equal(err_set(&e, ERR_INPUT, "cannot use '%s'", path), ERR_INPUT);
	assert_int_equal(strlen(e.text), sizeof(e.text) - 1);
	assert_int_equal(strncmp(e.text, "cannot use 'ppp", 15), 0);
}

/* ---- reading ---- */

static void records_that_are_not_there_are_told(void **state)
{
	struct store s;
	struct reader r;
	struct notice n;
	struct order o;
	struct feed f;
	struct head h;
	struct err e = { 0 };

	(void)state;
	make_store();
	assert_int_equal(store_open(&s, scratch_store, STORE_READ, &e), 0);
	assert_int_equal(reader_init(&r, &s, &e), 0);
	assert_int_equal(reader_begin(&r, &e), 0);
	assert_int_equal(reader_order(&r, 1, &o, &e), 0);
	assert_int_equal(reader_order(&r, 2, &o, &e), ERR_DAMAGED);
	assert_non_null(strstr(e.text, "is damaged: no orders record"));
	assert_int_equal(reader_notice(&r, 1, &n, &e), ERR_DAMAGED);
	assert_non_null(strstr(e.text, "is damaged: no notices record"));
	assert_int_equal(reader_feed(&r, 0, &f, &e), 0);
	assert_int_equal(reader_feed(&r, 1, &f, &e), ERR_DAMAGED);
	assert_non_null(strstr(e.text, "is damaged: no feeds record"));
	assert_int_equal(reader_head(&r, &h, &e), 0);
	assert_int_equal(h.names, 2);
	reader_end(&r);
	reader_end(&r);
	reader_release(&r);
	reader_release(&r);
	store_release(&s);
}

static void head_that_is_lost_is_told(void **state)
{
	uint8_t buffer[STORE_KEY_MAX];
	MDB_val k = store_key(buffer, TABLE_META, "head", 4);
	struct err e = { 0 };
	struct store s;
	struct reader r;
	MDB_txn *txn;

	(void)state;
	make_store();
	assert_int_equal(store_open(&s, scratch_store, STORE_WRITE, &e), 0);
	assert_int_equal(reader_init(&r, &s, &e), 0);
	assert_int_equal(mdb_txn_begin(s.env, NULL, 0, &txn), 0);
	assert_int_equal(mdb_del(txn, s.dbi, &k, NULL), 0);
	assert_int_equal(mdb_txn_commit(txn), 0);
	assert_int_equal(reader_begin(&r, &e), ERR_DAMAGED);
	assert_non_null(strstr(e.text, "is damaged: no meta record"));
	assert_false(r.begun);
	reader_release(&r);
	store_release(&s);
}

/* Records at the edges of tables. There is no notice. */
static const struct {
	enum store_table table;
	const char *key;
} edges[] = {
	{ TABLE_META, "00" },
	{ TABLE_META, "ff ff ff" },
	{ TABLE_NAMES, "01 01 00" },
	{ TABLE_NAMES, "01 02 00" },
	{ TABLE_NAMES, "61 00" },
	{ TABLE_NAMES, "ff 00" },
	{ TABLE_ORDERS, "00 00 00 01" },
	{ TABLE_ORDERS, "ff ff ff ff" },
	{ TABLE_ORDER_IDS, "ff ff ff ff ff ff ff ff ff ff ff ff ff ff ff ff ff ff ff "
			   "ff ff ff ff ff ff ff ff ff ff ff ff ff" },
	{ TABLE_FEEDS, "00" },
	{ TABLE_JOURNAL, "ff ff ff ff ff ff ff ff ff ff ff ff" },
};

static void tables_do_not_run_into_each_other(void **state)
{
	MDB_cursor *cursor;
	MDB_val k, v;
	MDB_txn *txn;
	struct store s;
	size_t row = 0;

	(void)state;
	make_directory();
	assert_int_equal(
		store_open(&s, scratch_store, STORE_WRITE | STORE_CREATE, NULL), 0);
	assert_int_equal(mdb_txn_begin(s.env, NULL, 0, &txn), 0);
	assert_int_equal(mdb_cursor_open(txn, s.dbi, &cursor), 0);
	for (int table = 0; table < TABLES; table++)
		assert_int_equal(store_first(cursor, (enum store_table)table, &k, &v),
				 MDB_NOTFOUND);
	for (size_t i = 0; i < ROWS(edges); i++) {
		struct octets o = octets_of(edges[i].key);
		uint8_t buffer[STORE_KEY_MAX];

		k = store_key(buffer, edges[i].table, o.data, o.len);
		v = (MDB_val){ o.len, o.data };
		assert_int_equal(mdb_put(txn, s.dbi, &k, &v, 0), 0);
	}
	for (int table = 0; table < TABLES; table++) {
		int rc = store_first(cursor, (enum store_table)table, &k, &v);

		for (; rc == 0; row++) {
			assert_true(row < ROWS(edges));
			assert_int_equal(edges[row].table, table);
			check_hex(k.mv_data, k.mv_size, edges[row].key, edges[row].key);
			rc = store_next(cursor, (enum store_table)table, &k, &v);
		}
		assert_int_equal(rc, MDB_NOTFOUND);
	}
	assert_int_equal(row, ROWS(edges));
	mdb_cursor_close(cursor);
	mdb_txn_abort(txn);
	store_release(&s);
}

static void key_that_is_longer_than_any_is_damage(void **state)
{
	uint8_t key[NAME_KEY_MAX + 1];
	MDB_cursor *cursor;
	MDB_val k, v;
	MDB_txn *txn;
	struct store s;

	(void)state;
	memset(key, 1, sizeof(key));
	make_directory();
	assert_int_equal(
		store_open(&s, scratch_store, STORE_WRITE | STORE_CREATE, NULL), 0);
	assert_int_equal(mdb_txn_begin(s.env, NULL, 0, &txn), 0);
	assert_int_equal(mdb_cursor_open(txn, s.dbi, &cursor), 0);
	for (size_t len = NAME_KEY_MAX; len <= NAME_KEY_MAX + 1; len++) {
		k = v = (MDB_val){ len, key };
		assert_int_equal(mdb_put(txn, s.dbi, &k, &v, 0), 0);
	}
	assert_int_equal(store_first(cursor, TABLE_NAMES, &k, &v), 0);
	assert_int_equal(k.mv_size, NAME_KEY_MAX);
	assert_int_equal(store_next(cursor, TABLE_NAMES, &k, &v), MDB_CORRUPTED);
	assert_int_equal(store_first(cursor, TABLE_JOURNAL, &k, &v), MDB_NOTFOUND);
	mdb_cursor_close(cursor);
	mdb_txn_abort(txn);
	store_release(&s);
}

/* Puts the flags and the rank of a feed of 4 bytes' name. */
static void put_flags(uint8_t number, uint8_t rank, uint8_t flags)
{
	uint8_t record[FEED_MAX];
	struct bytes b = bytes_over(record, sizeof(record));
	struct feed f = { .name = text_of("feed"), .rank = rank, .flags = flags };

	feed_put(&b, &f);
	put_record(TABLE_FEEDS, &number, 1, record, (size_t)(b.at - record));
}

static void snapshot_has_what_a_look_up_needs(void **state)
{
	struct octets exempt = example_octets(exempt_example);
	struct octets head = example_octets(head_example);
	struct netblock block;
	struct store s;
	struct reader r;

	(void)state;
	make_store();
	put_flags(0, 2, 0);
	put_flags(1, 1, FEED_TARGETS);
	put_flags(200, 7, FEED_SHADOW | FEED_TARGETS);
	assert_int_equal(store_open(&s, scratch_store, STORE_READ, NULL), 0);
	assert_int_equal(reader_init(&r, &s, NULL), 0);
	assert_int_equal(reader_begin(&r, NULL), 0);
	assert_int_equal(r.now.flags[0], 0);
	assert_int_equal(r.now.flags[1], FEED_TARGETS);
	assert_int_equal(r.now.flags[2], 0);
	assert_int_equal(r.now.flags[200], FEED_SHADOW | FEED_TARGETS);
	assert_int_equal(r.now.any, FEED_SHADOW | FEED_TARGETS);
	assert_int_equal(r.now.rank[0], 2);
	assert_int_equal(r.now.rank[200], 7);
	assert_int_equal(r.now.top_rank, 1);
	assert_int_equal(r.now.structured, STRUCTURED_ENCRYPTED);
	assert_int_equal(netblocks_count(&r.now.exempt), 0);
	reader_end(&r);
	reader_release(&r);
	store_release(&s);

	head.data[head.len - 1] = STRUCTURED_NEVER;
	put_record(TABLE_META, "head", 4, head.data, head.len);
	put_record(TABLE_META, "exempt", 6, exempt.data, exempt.len);
	put_flags(1, 1, 0);
	put_flags(200, 7, FEED_SHADOW);
	assert_int_equal(store_open(&s, scratch_store, STORE_READ, NULL), 0);
	assert_int_equal(reader_init(&r, &s, NULL), 0);
	/* The second time nothing has changed, and it is still there. */
	for (int i = 0; i < 2; i++) {
		assert_int_equal(reader_begin(&r, NULL), 0);
		assert_int_equal(r.now.flags[1], 0);
		assert_int_equal(r.now.any, FEED_SHADOW);
		assert_int_equal(r.now.structured, STRUCTURED_NEVER);
		assert_int_equal(r.now.on_error, ON_ERROR_SERVFAIL);
		assert_int_equal(netblocks_count(&r.now.exempt), 3);
		block = netblocks_at(&r.now.exempt, 1);
		assert_memory_equal(block.address, "\306\63\144\7", 4);
		assert_int_equal(block.prefix, 32);
		reader_end(&r);
	}
	reader_release(&r);
	store_release(&s);
}

/* What a second process does: a commit each time it is told to. */
static void write_when_told(int go, int done)
{
	for (int i = 0; await(go); i++) {
		load_text(i == 0 ? "list" : "other",
			  i == 0 ? "example.net" : "example.org");
		tell(done);
	}
	_exit(0);
}

static uint64_t names_now(struct reader *r)
{
	uint64_t names = 0;
	MDB_val k, v;
	int rc;

	for (rc = store_first(r->names, TABLE_NAMES, &k, &v); rc == 0;
	     rc = store_next(r->names, TABLE_NAMES, &k, &v))
		names++;
	return names;
}

static void reader_sees_one_serial_while_another_is_committed(void **state)
{
	int go[2], done[2];
	struct store s;
	struct reader r;
	struct head h;
	pid_t pid;

	(void)state;
	make_store();
	assert_int_equal(pipe2(go, O_CLOEXEC) | pipe2(done, O_CLOEXEC), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		close(go[1]);
		alarm(60);
		write_when_told(go[0], done[1]);
	}
	close(done[1]);
	assert_int_equal(store_open(&s, scratch_store, STORE_READ, NULL), 0);
	assert_int_equal(reader_init(&r, &s, NULL), 0);
	for (uint64_t serial = 1; serial <= 2; serial++) {
		assert_int_equal(reader_begin(&r, NULL), 0);
		assert_int_equal(r.now.serial, serial);
		tell(go[1]);
		assert_true(await(done[0]));
		assert_int_equal(r.now.serial, serial);
		assert_int_equal(reader_head(&r, &h, NULL), 0);
		assert_int_equal(h.serial, serial);
		assert_int_equal(names_now(&r), serial == 1 ? 2 : 1);
		reader_end(&r);
	}
	assert_int_equal(reader_begin(&r, NULL), 0);
	assert_int_equal(r.now.serial, 3);
	assert_int_equal(names_now(&r), 2);
	assert_int_equal(r.now.rank[1], 1);
	reader_end(&r);
	close(go[1]);
	assert_int_equal(child_status(pid), 0);
	close(go[0]);
	close(done[0]);
	reader_release(&r);
	store_release(&s);
}

static void readers_see_each_their_own_serial(void **state)
{
	AUTO(target) to = { 0 };
	struct reader old, new;
	struct update_result result;
	AUTO(load) l = { .feed = "list" };

	(void)state;
	make_store();
	assert_int_equal(target_open(&to, scratch_store, NULL, NULL), 0);
	assert_int_equal(reader_init(&old, &to.store, NULL), 0);
	assert_int_equal(reader_init(&new, &to.store, NULL), 0);
	assert_int_equal(reader_begin(&old, NULL), 0);
	list_add_text(&l.list, "example.net");
	assert_int_equal(load_commit(&l, &to, &result, NULL), 0);
	assert_int_equal(reader_begin(&new, NULL), 0);
	assert_int_equal(old.now.serial, 1);
	assert_int_equal(new.now.serial, 2);
	assert_int_equal(names_now(&old), 2);
	assert_int_equal(names_now(&new), 1);
	reader_end(&old);
	reader_end(&new);
	reader_release(&old);
	reader_release(&new);
}

/* Puts another store's data file in the place of the store's. */
static void replace_data(const char *name)
{
	char own[sizeof(scratch_store)], made[200], place[200];

	snprintf(place, sizeof(place), "%s", scratch_file("data.mdb"));
	memcpy(own, scratch_store, sizeof(own));
	snprintf(scratch_store, sizeof(scratch_store), "%s/%s", scratch, name);
	for (int i = 0; i < 3; i++)
		load_text("list", i == 1 ? "example.net" : "example.org");
	snprintf(made, sizeof(made), "%s", scratch_file("data.mdb"));
	memcpy(scratch_store, own, sizeof(own));
	assert_int_equal(rename(made, place), 0);
}

static void store_knows_its_file(void **state)
{
	struct store s, again;
	struct stat st;

	(void)state;
	make_store();
	assert_int_equal(store_open(&s, scratch_store, STORE_READ, NULL), 0);
	assert_int_equal(stat(scratch_file("data.mdb"), &st), 0);
	assert_int_equal(s.ino, st.st_ino);
	assert_int_equal(s.dev, st.st_dev);
	assert_string_equal(s.path, scratch_store);
	store_release(&s);
	store_release(&s);
	/* One that takes its place is another file. */
	replace_data("other");
	assert_int_equal(store_open(&again, scratch_store, STORE_READ, NULL), 0);
	assert_true(again.ino != s.ino);
	store_release(&again);
}

static void lock_file_of_another_store_is_told(void **state)
{
	int ready[2], end[2];
	struct err e = { 0 };
	pid_t pid;

	(void)state;
	make_store();
	assert_int_equal(pipe2(ready, O_CLOEXEC) | pipe2(end, O_CLOEXEC), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		struct store s;

		close(end[1]);
		if (store_open(&s, scratch_store, STORE_READ, NULL) != 0)
			_exit(1);
		tell(ready[1]);
		await(end[0]);
		store_release(&s);
		_exit(0);
	}
	close(ready[1]);
	assert_true(await(ready[0]));
	replace_data("other");
	assert_int_equal(try_store(&e), ERR_DAMAGED);
	assert_true(begins(e.text,
			   "the file lock.mdb in '%s' is not that of its data.mdb: "
			   "end what has the store open and remove it"));
	close(end[1]);
	assert_int_equal(child_status(pid), 0);
	close(ready[0]);
	close(end[0]);
	/* The next to open it has it alone, and begins a lock file anew. */
	assert_int_equal(try_store(&e), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, scratch_make, scratch_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys_are_as_documented),
		cmocka_unit_test(entry_is_as_documented),
		cmocka_unit_test(value_is_as_documented),
		cmocka_unit_test(order_is_as_documented),
		cmocka_unit_test(notice_is_as_documented),
		cmocka_unit_test(feed_is_as_documented),
		cmocka_unit_test(head_is_as_documented),
		cmocka_unit_test(exempt_is_as_documented),
		cmocka_unit_test(journal_header_is_as_documented),
		cmocka_unit_test(change_is_as_documented),
		TEST(whole_store_is_as_documented),
		cmocka_unit_test(entries_that_are_none_are_refused),
		cmocka_unit_test(every_entry_fits_and_comes_back),
		cmocka_unit_test(entries_are_in_order_of_feed_scope_action_order),
		cmocka_unit_test(words_are_found_by_their_text),
		cmocka_unit_test(text_for_the_wire_is_what_fits),
		cmocka_unit_test(order_counts_in_its_time),
		cmocka_unit_test(notices_take_addresses),
		cmocka_unit_test(notice_has_eight_addresses_of_a_kind),
		cmocka_unit_test(records_that_are_cut_are_refused),
		cmocka_unit_test(notice_with_too_many_addresses_is_refused),
		cmocka_unit_test(head_of_another_kind_is_told),
		TEST(what_is_no_store_is_told),
		TEST(store_cut_anywhere_is_not_opened),
		TEST(path_of_a_store_has_an_end),
		TEST(store_that_may_not_be_read_is_told),
		cmocka_unit_test(errors_are_told_apart),
		cmocka_unit_test(long_message_is_cut_not_lost),
		TEST(records_that_are_not_there_are_told),
		TEST(head_that_is_lost_is_told),
		TEST(key_that_is_longer_than_any_is_damage),
		TEST(tables_do_not_run_into_each_other),
		TEST(snapshot_has_what_a_look_up_needs),
		TEST(reader_sees_one_serial_while_another_is_committed),
		TEST(readers_see_each_their_own_serial),
		TEST(store_knows_its_file),
		TEST(lock_file_of_another_store_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
