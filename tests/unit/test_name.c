// SPDX-License-Identifier: BSD-3-Clause
/* name: keys, and the way from and to the wire and text. */
#include <sys/mman.h>
#include <unistd.h>

#include "fixture.h"

/* A wire as a literal; its NUL is the root label. */
#define WIRE(literal) literal, sizeof(literal)

#define A10 "aaaaaaaaaa"
#define A61 A10 A10 A10 A10 A10 A10 "a"
#define A62 A61 "a"
#define A63 A61 "aa"
/* Ten, then a hundred labels of one octet. */
#define L10  "\1a\1a\1a\1a\1a\1a\1a\1a\1a\1a"
#define L100 L10 L10 L10 L10 L10 L10 L10 L10 L10 L10
#define L127 L100 L10 L10 "\1a\1a\1a\1a\1a\1a\1a"

// clang-format off
static const struct {
	const char *what, *wire;
	size_t len;
	const char *key, *text;
	unsigned labels;
} names[] = {
	{ "the root has the empty key", WIRE(""), "", ".", 0 },
	{ "a top-level name is one label", WIRE("\3com"), "63 6f 6d 00", "com", 1 },
	{ "labels run from the root down", WIRE("\3www\7example\3com"),
	  "63 6f 6d 00 65 78 61 6d 70 6c 65 00 77 77 77 00", "www.example.com", 3 },
	{ "letters are in lower case", WIRE("\3WwW\7eXAMPLE\3Com"),
	  "63 6f 6d 00 65 78 61 6d 70 6c 65 00 77 77 77 00", "www.example.com", 3 },
	{ "only ASCII letters are", WIRE("\6@AZ[`\xc3"), "40 61 7a 5b 60 c3 00",
	  "\\@az[`\\195", 1 },
	{ "digits, hyphens and underscores stay", WIRE("\5_0-9z"), "5f 30 2d 39 7a 00",
	  "_0-9z", 1 },
	{ "0x00 in a label is 01 01", WIRE("\1\0\1a"), "61 00 01 01 00", "\\000.a", 2 },
	{ "0x01 in a label is 01 02", WIRE("\1\1\1a"), "61 00 01 02 00", "\\001.a", 2 },
	{ "0x02 in a label is itself", WIRE("\1\2\1a"), "61 00 02 00", "\\002.a", 2 },
	{ "a label of zeros is escaped octet by octet", WIRE("\3\0\0\0"),
	  "01 01 01 01 01 01 00", "\\000\\000\\000", 1 },
	{ "a label of ones is escaped octet by octet", WIRE("\3\1\1\1"),
	  "01 02 01 02 01 02 00", "\\001\\001\\001", 1 },
	{ "a zero and a one are told apart", WIRE("\3\1\0\1"), "01 02 01 01 01 02 00",
	  "\\001\\000\\001", 1 },
	{ "a dot in a label is escaped as text", WIRE("\3a.b"), "61 2e 62 00", "a\\.b",
	  1 },
	{ "a backslash is escaped as text", WIRE("\1\\"), "5c 00", "\\\\", 1 },
	{ "what master files use is escaped as text", WIRE("\7\";()@$*"),
	  "22 3b 28 29 40 24 2a 00", "\\\"\\;\\(\\)\\@\\$*", 1 },
	{ "blanks and controls are numbers as text", WIRE("\4 \t\x7f\x1f"),
	  "20 09 7f 1f 00", "\\032\\009\\127\\031", 1 },
	{ "octets above ASCII are numbers as text", WIRE("\3\x80\xff\xfe"),
	  "80 ff fe 00",
	  "\\128\\255\\254", 1 },
	{ "what follows the name is not read", WIRE("\1a\0\3xyz"), "61 00", "a", 1 },
};

static const struct {
	const char *what, *wire;
	size_t len;
} bad_wires[] = {
	{ "nothing is no name", "", 0 },
	{ "a name without its root label is cut", "\3com", 4 },
	{ "a label that is shorter than its length is cut", "\3co", 3 },
	{ "a length alone is cut", "\3", 1 },
	{ "a cut in the second label is seen", "\3www\7exam", 9 },
	{ "a compressed name is refused", WIRE("\xc0\x0c") },
	{ "a compressed tail is refused", WIRE("\3www\xc0\x0c") },
	{ "a label of 64 octets is refused", WIRE("\x40" A63 "a") },
	{ "an extended label type is refused", WIRE("\x41\1") },
	{ "a reserved label type is refused", WIRE("\x80\1") },
	{ "256 octets are refused", WIRE("\77" A63 "\77" A63 "\77" A63 "\76" A62) },
	{ "257 octets are refused", WIRE("\77" A63 "\77" A63 "\77" A63 "\77" A63) },
	{ "128 labels are refused", WIRE(L127 "\1a") },
	{ "a name cut at 255 octets is refused",
	  "\77" A63 "\77" A63 "\77" A63 "\76" A62, 255 },
};

static const struct {
	const char *what, *hex;
} bad_keys[] = {
	{ "an empty label is no label", "00" },
	{ "an empty label above another is none", "00 61 00" },
	{ "an empty label below another is none", "61 00 00" },
	{ "a label that is not closed is none", "61" },
	{ "a second label that is not closed is none", "63 6f 6d 00 61" },
	{ "an escape without its second byte is none", "61 01" },
	{ "an escape before the end of a label is none", "61 01 00" },
	{ "an escape of another octet is none", "61 01 03 00" },
	{ "an escape of a letter is none", "01 61 00" },
};

/* RFC 4034, section 6.1, with names beside those of the example. */
static const char *const canonical_order[] = {
	"",
	"example",
	"\\000.example",
	"\\000\\000.example",
	"\\001.example",
	"a.example",
	"yljkjljk.a.example",
	"Z.a.example",
	"zABC.a.EXAMPLE",
	"a-.example",
	"aa.example",
	"z.example",
	"\\000.z.example",
	"\\001.z.example",
	"\\001\\000.z.example",
	"\\001\\001.z.example",
	"\\002.z.example",
	"*.z.example",
	"\\200.z.example",
	"za.example",
	"example-",
	"examplea",
};

static const struct {
	const char *what, *a, *b, *common;
} shared[] = {
	{ "a name shares itself with itself", "www.example.com", "www.example.com",
	  "www.example.com" },
	{ "a name shares its parent with it", "www.example.com", "example.com",
	  "example.com" },
	{ "siblings share their parent", "a.example.com", "b.example.com",
	  "example.com" },
	{ "cousins share their grandparent", "x.a.example.com", "x.b.example.com",
	  "example.com" },
	{ "a longer label is not shared", "example.com", "examples.com", "com" },
	{ "a longer top-level label is not shared", "co", "com", "" },
	{ "escaped octets are not half shared", "\\000.example", "\\001.example",
	  "example" },
	{ "an escaped label is shared whole", "a.\\000\\001.example",
	  "b.\\000\\001.example",
	  "\\000\\001.example" },
	{ "different names share the root", "example.com", "example.net", "" },
	{ "nothing is shared with the root", "example.com", "", "" },
	{ "the root is shared with itself", "", "", "" },
};

static const struct {
	const char *what, *name, *parent;
} parents[] = {
	{ "a name is its first label below its parent", "www.example.com",
	  "example.com" },
	{ "a second-level name is below a top-level one", "example.com", "com" },
	{ "a top-level name is below the root", "com", "" },
	{ "the root has no parent but itself", "", "" },
	{ "an escaped label is one label", "\\000\\001.example", "example" },
	{ "an escaped parent stays whole", "a.\\001\\000", "\\001\\000" },
};
// clang-format on

static void names_go_from_the_wire_to_a_key_and_back(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(names); i++) {
		const char *what = names[i].what;
		uint8_t wire[NAME_WIRE_MAX], again[NAME_WIRE_MAX];
		char text[NAME_TEXT_MAX];
		struct name n, m;
		size_t len;

		check(name_from_wire(&n, (const uint8_t *)names[i].wire, names[i].len),
		      what);
		check_hex(n.key, n.len, names[i].key, what);
		check(name_valid(n.key, n.len), what);
		check(name_labels(n.key, n.len) == names[i].labels, what);
		assert_string_equal(name_to_text(text, n.key, n.len), names[i].text);
		len = name_to_wire(wire, n.key, n.len);
		check(len > 0 && len <= names[i].len, what);
		check(name_from_wire(&m, wire, len), what);
		check(m.len == n.len && memcmp(m.key, n.key, n.len) == 0, what);
		check(name_to_wire(again, m.key, m.len) == len, what);
		check(memcmp(again, wire, len) == 0, what);
	}
}

static void wires_that_are_no_names_are_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(bad_wires); i++) {
		/* In memory of its own, for a read past its end to be seen. */
		uint8_t *wire = malloc(bad_wires[i].len + 1);
		struct name n;

		assert_non_null(wire);
		memcpy(wire, bad_wires[i].wire, bad_wires[i].len);
		wire = realloc(wire, bad_wires[i].len + (bad_wires[i].len == 0));
		assert_non_null(wire);
		check(!name_from_wire(&n, wire, bad_wires[i].len), bad_wires[i].what);
		free(wire);
	}
}

static void keys_that_are_not_well_formed_are_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(bad_keys); i++) {
		struct octets o = octets_of(bad_keys[i].hex);
		uint8_t wire[NAME_WIRE_MAX];
		char text[NAME_TEXT_MAX];

		check(!name_valid(o.data, o.len), bad_keys[i].what);
		check(name_to_wire(wire, o.data, o.len) == 0, bad_keys[i].what);
		assert_string_equal(name_to_text(text, o.data, o.len), "(not a name)");
	}
}

/* What a key may hold at the most: OCTETS in labels of 63, the last of LAST. */
static void check_longest(const char *what, uint8_t octet, size_t last, bool good)
{
	uint8_t wire[NAME_WIRE_MAX + 8], back[NAME_WIRE_MAX];
	char text[NAME_TEXT_MAX];
	size_t len = 0;
	struct name n = { 0 };

	for (int i = 0; i < 4; i++) {
		size_t label = i < 3 ? 63 : last;

		wire[len++] = (uint8_t)label;
		memset(wire + len, octet, label);
		len += label;
	}
	wire[len++] = 0;
	check(name_from_wire(&n, wire, len) == good, what);
	if (!good)
		return;
	check(n.len <= NAME_KEY_MAX, what);
	check(name_to_wire(back, n.key, n.len) == len, what);
	check(memcmp(back, wire, len) == 0, what);
	check(strlen(name_to_text(text, n.key, n.len)) + 2 <= NAME_TEXT_MAX, what);
}

static void longest_names_fit(void **state)
{
	(void)state;
	check_longest("254 octets are a name", 'a', 60, true);
	check_longest("255 octets are a name", 'a', 61, true);
	check_longest("256 octets are none", 'a', 62, false);
	check_longest("255 octets of zeros fit the key", 0, 61, true);
	check_longest("255 octets of ones fit the key", 1, 61, true);
	check_longest("255 octets of 255 fit the text", 255, 61, true);
}

static void name_has_127_labels_at_the_most(void **state)
{
	uint8_t wire[NAME_WIRE_MAX];
	struct name n = { .len = 0 };
	struct name m;

	(void)state;
	for (int i = 0; i < NAME_LABELS_MAX; i++)
		assert_true(name_add_label(&n, (const uint8_t *)"A", 1));
	assert_int_equal(name_labels(n.key, n.len), NAME_LABELS_MAX);
	assert_false(name_add_label(&n, (const uint8_t *)"a", 1));
	assert_int_equal(name_to_wire(wire, n.key, n.len), NAME_WIRE_MAX);
	assert_true(name_from_wire(&m, wire, sizeof(wire)));
	assert_int_equal(m.len, n.len);
	assert_memory_equal(m.key, n.key, n.len);
}

static void key_longer_than_any_name_is_refused(void **state)
{
	static uint8_t key[70000];
	uint8_t wire[NAME_WIRE_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(key); i += 2)
		key[i] = 'a';
	assert_int_equal(name_to_wire(wire, key, 254), 255);
	assert_int_equal(name_to_wire(wire, key, 256), 0);
	assert_int_equal(name_to_wire(wire, key, 65536), 0);
	memset(key, 'a', 64);
	key[64] = 0;
	assert_int_equal(name_to_wire(wire, key, 65), 0);
	assert_int_equal(name_to_wire(wire, key + 1, 64), 65);
	memset(key, 1, sizeof(key));
	assert_int_equal(name_to_wire(wire, key, sizeof(key)), 0);
}

static void labels_are_added_below_a_name(void **state)
{
	static const struct {
		const char *what, *to, *label;
		size_t len;
		bool good;
		const char *is;
	} t[] = {
		{ "a label below the root", "", "com", 3, true, "com" },
		{ "a label below a name", "example.com", "www", 3, true,
		  "www.example.com" },
		{ "its case is folded", "example.com", "WwW", 3, true,
		  "www.example.com" },
		{ "its octets are raw", "example", "\0\1.", 3, true,
		  "\\000\\001\\046.example" },
		{ "63 octets are a label", "", A63, 63, true, A63 },
		{ "64 octets are none", "example", A63 "a", 64, false, "example" },
		{ "nothing is none", "example", "", 0, false, "example" },
		{ "a label makes 255 octets full", A63 "." A63 "." A63, A61, 61, true,
		  A61 "." A63 "." A63 "." A63 },
		{ "a label past 255 octets is refused", A63 "." A63 "." A63, A62, 62,
		  false, A63 "." A63 "." A63 },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(t); i++) {
		struct name n = name_of(t[i].to), is = name_of(t[i].is);

		check(name_add_label(&n, (const uint8_t *)t[i].label, t[i].len) ==
			      t[i].good,
		      t[i].what);
		check(n.len == is.len && memcmp(n.key, is.key, n.len) == 0, t[i].what);
	}
}

static int sign(int c)
{
	return (c > 0) - (c < 0);
}

static int memcmp_order(const struct name *a, const struct name *b)
{
	int c = memcmp(a->key, b->key, a->len < b->len ? a->len : b->len);

	return c != 0 ? sign(c) : (a->len > b->len) - (a->len < b->len);
}

static void order_of_keys_is_that_of_rfc_4034(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(canonical_order); i++)
		for (size_t j = 0; j < ROWS(canonical_order); j++) {
			struct name a = name_of(canonical_order[i]);
			struct name b = name_of(canonical_order[j]);
			int want = (i > j) - (i < j);

			if (sign(name_compare(a.key, a.len, b.key, b.len)) != want ||
			    memcmp_order(&a, &b) != want)
				fail_msg("not so: '%s' and '%s' are in order",
					 canonical_order[i], canonical_order[j]);
		}
}

/* A name whose octets and lengths are those where mistakes are made. */
static size_t random_wire(uint8_t wire[static NAME_WIRE_MAX])
{
	static const uint8_t octets[] = {
		0, 1, 2, 'a', 'A', 'z', 'Z', '.', 0x80, 0xff
	};
	size_t len = 0;

	for (uint32_t labels = random_below(6); labels > 0; labels--) {
		uint8_t n = (uint8_t)(1 + random_below(random_below(8) == 0 ? 63 : 4));

		if (len + 2u + n > NAME_WIRE_MAX)
			break;
		wire[len++] = n;
		for (; n > 0; n--)
			wire[len++] = octets[random_below(ROWS(octets))];
	}
	wire[len++] = 0;
	return len;
}

/* Canonical order straight from the words of RFC 4034. */
static int wire_order(const uint8_t *a, const uint8_t *b)
{
	const uint8_t *la[128], *lb[128];
	int na = 0, nb = 0;

	for (; *a != 0; a += *a + 1)
		la[na++] = a;
	for (; *b != 0; b += *b + 1)
		lb[nb++] = b;
	while (na > 0 && nb > 0) {
		const uint8_t *x = la[--na], *y = lb[--nb];

		for (int i = 1; i <= *x && i <= *y; i++) {
			int cx = x[i] >= 'A' && x[i] <= 'Z' ? x[i] + 32 : x[i];
			int cy = y[i] >= 'A' && y[i] <= 'Z' ? y[i] + 32 : y[i];

			if (cx != cy)
				return sign(cx - cy);
		}
		if (*x != *y)
			return sign(*x - *y);
	}
	return sign(na - nb);
}

static void random_names_keep_their_order_and_come_back(void **state)
{
	uint8_t last[NAME_WIRE_MAX] = { 0 }, wire[NAME_WIRE_MAX], back[NAME_WIRE_MAX];
	struct name before = { .len = 0 };

	(void)state;
	for (int i = 0; i < 50000; i++) {
		size_t len = random_wire(wire);
		struct name n;

		assert_true(name_from_wire(&n, wire, len));
		assert_int_equal(name_to_wire(back, n.key, n.len), len);
		assert_int_equal(wire_order(back, wire), 0);
		assert_int_equal(
			sign(name_compare(n.key, n.len, before.key, before.len)),
			wire_order(wire, last));
		assert_int_equal(memcmp_order(&n, &before), wire_order(wire, last));
		memcpy(last, wire, len);
		before = n;
	}
}

static void keys_that_differ_in_any_one_byte_are_told_apart(void **state)
{
	(void)state;
	for (size_t len = 1; len < 40; len++)
		for (size_t at = 0; at < len; at++) {
			uint8_t a[40], b[40];

			memset(a, 'm', len);
			memset(b, 'm', len);
			b[at] = 0xff;
			assert_int_equal(name_compare(a, len, b, len), -1);
			assert_int_equal(name_compare(b, len, a, len), 1);
			assert_int_equal(name_compare(a, len, a, len), 0);
			assert_int_equal(name_compare(a, at, a, len), -1);
			assert_int_equal(name_compare(a, len, a, at), 1);
		}
}

/* Where memory ends: what is before it may be used, what is from it on may not even
 * be read. Keys lie like that at the end of a store. */
static uint8_t *end_of_memory(void)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	uint8_t *at = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	assert_true(at != MAP_FAILED);
	assert_int_equal(mprotect(at + page, page, PROT_NONE), 0);
	return at + page;
}

static size_t random_length(void)
{
	return random_below(random_below(2) == 0 ? 33 : NAME_KEY_MAX + 1);
}

/* A key beside A, which is LEN long: mostly the same up to some byte, where it ends
 * or has another. Returns its length. */
static size_t random_neighbour(uint8_t b[static NAME_KEY_MAX], const uint8_t *a,
			       size_t len)
{
	static const uint8_t octets[] = { 0, 1, 0x7f, 0x80, 0xff };
	size_t b_len = random_below(2) == 0 ? len : random_length();
	size_t same = b_len < len ? b_len : len;

	for (size_t i = 0; i < b_len; i++)
		b[i] = i < same ? a[i] : octets[random_below(ROWS(octets))];
	if (same > 0 && random_below(4) != 0)
		b[random_below((uint32_t)same)] = octets[random_below(ROWS(octets))];
	return b_len;
}

static void keys_at_the_end_of_memory_are_in_the_order_of_memcmp(void **state)
{
	uint8_t *a_end = end_of_memory(), *b_end = end_of_memory();
	unsigned orders[3] = { 0 };

	(void)state;
	for (int i = 0; i < 200000; i++) {
		uint8_t neighbour[NAME_KEY_MAX];
		size_t a_len = random_length(), b_len, n;
		uint8_t *a = a_end - a_len, *b;
		int want;

		for (size_t j = 0; j < a_len; j++)
			a[j] = (uint8_t)random_below(256);
		b_len = random_neighbour(neighbour, a, a_len);
		b = b_end - b_len;
		memcpy(b, neighbour, b_len);
		n = a_len < b_len ? a_len : b_len;
		want = sign(memcmp(a, b, n));
		if (want == 0)
			want = (a_len > b_len) - (a_len < b_len);
		assert_int_equal(sign(name_compare(a, a_len, b, b_len)), want);
		assert_int_equal(sign(name_compare(b, b_len, a, a_len)), -want);
		orders[want + 1]++;
	}
	assert_true(orders[0] > 10000 && orders[1] > 10000 && orders[2] > 10000);
}

static void keys_that_differ_at_any_place_are_told_apart_from_any_start(void **state)
{
	uint8_t *a_end = end_of_memory(), *b_end = end_of_memory();

	(void)state;
	for (size_t at = 0; at < NAME_KEY_MAX; at++) {
		for (size_t tail = 0; tail < 9 && at + tail < NAME_KEY_MAX; tail++) {
			size_t len = at + 1 + tail;
			uint8_t *a = a_end - len, *b = b_end - len - tail;

			memset(a, 'm', len);
			memset(b, 'm', len);
			b[at] = 0xff;
			/* What follows the first difference says nothing. */
			memset(a + at + 1, 0xff, tail);
			assert_int_equal(name_compare(a, len, b, len), -1);
			assert_int_equal(name_compare(b, len, a, len), 1);
			b[at] = 0;
			assert_int_equal(name_compare(a, len, b, len), 1);
			assert_int_equal(name_compare(b, len, a, len), -1);
			assert_int_equal(name_compare(a, at, b, len), -1);
			assert_int_equal(name_compare(a, len, b, at), 1);
			assert_int_equal(name_compare(a, at, b, at), 0);
		}
	}
}

static void what_names_share_is_whole_labels(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(shared); i++) {
		struct name a = name_of(shared[i].a), b = name_of(shared[i].b);
		struct name common = name_of(shared[i].common);

		check(name_common(a.key, a.len, b.key, b.len) == common.len,
		      shared[i].what);
		check(name_common(b.key, b.len, a.key, a.len) == common.len,
		      shared[i].what);
		check(memcmp(a.key, common.key, common.len) == 0, shared[i].what);
	}
}

static void parent_is_a_prefix(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(parents); i++) {
		struct name n = name_of(parents[i].name);
		struct name parent = name_of(parents[i].parent);

		check(name_parent(n.key, n.len) == parent.len, parents[i].what);
		check(memcmp(n.key, parent.key, parent.len) == 0, parents[i].what);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_go_from_the_wire_to_a_key_and_back),
		cmocka_unit_test(wires_that_are_no_names_are_refused),
		cmocka_unit_test(keys_that_are_not_well_formed_are_refused),
		cmocka_unit_test(longest_names_fit),
		cmocka_unit_test(name_has_127_labels_at_the_most),
		cmocka_unit_test(key_longer_than_any_name_is_refused),
		cmocka_unit_test(labels_are_added_below_a_name),
		cmocka_unit_test(order_of_keys_is_that_of_rfc_4034),
		cmocka_unit_test(random_names_keep_their_order_and_come_back),
		cmocka_unit_test(keys_that_differ_in_any_one_byte_are_told_apart),
		cmocka_unit_test(keys_at_the_end_of_memory_are_in_the_order_of_memcmp),
		cmocka_unit_test(
			keys_that_differ_at_any_place_are_told_apart_from_any_start),
		cmocka_unit_test(what_names_share_is_whole_labels),
		cmocka_unit_test(parent_is_a_prefix),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
