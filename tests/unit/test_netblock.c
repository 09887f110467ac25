// SPDX-License-Identifier: BSD-3-Clause
/* netblock: what is one, and whether an address is in any of them, against a plain
 * search bit by bit. */
#include "netblock.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include "fixture.h"

// clang-format off
/* TEXT is the block as it is written back; NULL: MESSAGE says why it is none. */
static const struct {
	const char *what, *in, *text, *message;
} rows[] = {
	{ "an IPv4 block is one", "192.0.2.0/24", "192.0.2.0/24", NULL },
	{ "an IPv6 block is one", "2001:db8::/32", "2001:db8::/32", NULL },
	{ "an IPv4 address is a block of itself", "192.0.2.1", "192.0.2.1", NULL },
	{ "all bits are an address", "192.0.2.1/32", "192.0.2.1", NULL },
	{ "an IPv6 address is a block of itself", "2001:DB8:0::1", "2001:db8::1",
	  NULL },
	{ "all bits are an IPv6 address", "2001:db8::1/128", "2001:db8::1", NULL },
	{ "a prefix may end inside an octet", "192.0.2.128/25", "192.0.2.128/25",
	  NULL },
	{ "an IPv6 prefix may end inside an octet", "2001:db8:8000::/33",
	  "2001:db8:8000::/33", NULL },
	{ "all of IPv4 is a block", "0.0.0.0/0", "0.0.0.0/0", NULL },
	{ "all of IPv6 is a block", "::/0", "::/0", NULL },
	{ "an IPv4 address in an IPv6 one is what it holds", "::ffff:192.0.2.1",
	  "192.0.2.1", NULL },
	{ "a block of such is what it holds", "::ffff:192.0.2.0/120", "192.0.2.0/24",
	  NULL },
	{ "the block of all such is all of IPv4", "::ffff:0:0/96", "0.0.0.0/0", NULL },
	{ "a wider one is of IPv6", "::fffe:0:0/95", "::fffe:0:0/95", NULL },
	{ "the longest text fits", "2001:0db8:0000:0000:0000:0000:255.255.255.255/128",
	  "2001:db8::ffff:ffff", NULL },

	{ "nothing is none", "", NULL, "'' is not a netblock" },
	{ "a name is none", "client.example", NULL,
	  "'client.example' is not a netblock" },
	{ "three numbers are none", "192.0.2/24", NULL, "is not a netblock" },
	{ "a number above 255 is none", "192.0.2.256", NULL, "is not a netblock" },
	{ "an address with a zone is none", "fe80::1%lo", NULL, "is not a netblock" },
	{ "a blank is none", " 192.0.2.1", NULL, "is not a netblock" },
	{ "a list is none", "192.0.2.1,192.0.2.2", NULL, "is not a netblock" },
	{ "a prefix alone is none", "/24", NULL, "'/24' is not a netblock" },
	{ "a text that is too long is none",
	  "2001:0db8:0000:0000:0000:0000:255.255.255.255/0000000000000000128", NULL,
	  "is not a netblock" },
	{ "no prefix behind the stroke", "192.0.2.0/", NULL,
	  "'192.0.2.0/' has no such prefix length" },
	{ "33 bits of IPv4", "192.0.2.0/33", NULL, "has no such prefix length" },
	{ "129 bits of IPv6", "2001:db8::/129", NULL, "has no such prefix length" },
	{ "a prefix below nothing", "192.0.2.0/-1", NULL, "has no such prefix length" },
	{ "a prefix with a sign", "192.0.2.0/+24", NULL, "has no such prefix length" },
	{ "a prefix with a blank", "192.0.2.0/ 24", NULL, "has no such prefix length" },
	{ "a prefix with something behind", "192.0.2.0/24x", NULL,
	  "has no such prefix length" },
	{ "two prefixes", "192.0.2.0/24/24", NULL, "has no such prefix length" },
	{ "a mask", "192.0.2.0/255.255.255.0", NULL, "has no such prefix length" },
	{ "a prefix that no number holds", "192.0.2.0/99999999999999999999999", NULL,
	  "has no such prefix length" },
	{ "a bit behind the prefix", "192.0.2.1/24", NULL,
	  "'192.0.2.1/24' has bits set behind its prefix" },
	{ "a bit right behind the prefix", "192.0.2.128/24", NULL, "has bits set" },
	{ "a bit behind no prefix", "128.0.0.0/0", NULL, "has bits set" },
	{ "a bit in the same octet", "192.0.2.1/31", NULL, "has bits set" },
	{ "a bit of IPv6 behind the prefix", "2001:db8::1/32", NULL, "has bits set" },
	{ "a bit of IPv6 in the same octet", "2001:db8::/28", NULL, "has bits set" },
	{ "a bit of what an IPv6 address holds", "::ffff:192.0.2.1/120", NULL,
	  "has bits set" },
};
// clang-format on

static void texts_are_blocks_or_are_told(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		char text[NETBLOCK_TEXT_MAX];
		struct netblock b;
		struct err e = { 0 };
		int rc = netblock_parse(&b, span_of(rows[i].in), &e);

		if (rows[i].text == NULL) {
			check(rc == ERR_INPUT, rows[i].what);
			if (strstr(e.text, rows[i].message) == NULL)
				fail_msg("not so: %s: '%s'", rows[i].what, e.text);
			continue;
		}
		check(rc == 0, rows[i].what);
		if (strcmp(netblock_to_text(text, &b), rows[i].text) != 0)
			fail_msg("not so: %s: '%s'", rows[i].what, text);
	}
}

static void only_the_span_is_read(void **state)
{
	static const char text[] = "192.0.2.0/241";
	struct netblock b;

	(void)state;
	assert_int_equal(
		netblock_parse(&b, (struct span){ (const uint8_t *)text, 12 }, NULL),
		0);
	assert_int_equal(b.prefix, 24);
}

/* ---- records ---- */

/* An encoded record of the blocks that TEXT lists. */
struct record {
	uint8_t data[4 + NETBLOCKS_MAX * 17];
	struct netblocks blocks;
};

static void encode(struct record *r, struct netblock *blocks, size_t count)
{
	struct bytes b = bytes_over(r->data, sizeof(r->data));

	netblocks_put(&b, blocks, count);
	assert_false(b.failed);
	b = bytes_from(r->data, (size_t)(b.at - r->data));
	r->blocks = netblocks_get(&b);
	assert_false(b.failed);
	assert_int_equal(bytes_left(&b), 0);
}

static void encode_text(struct record *r, const char *text)
{
	struct netblock blocks[20];
	size_t count = 0;
	char word[80];
	int used;

	for (; sscanf(text, " %79s%n", word, &used) == 1; text += used) {
		assert_true(count < ROWS(blocks));
		assert_int_equal(netblock_parse(&blocks[count++], span_of(word), NULL),
				 0);
	}
	encode(r, blocks, count);
}

static void blocks_are_kept_sorted_and_once(void **state)
{
	static const struct {
		const char *what, *in, *out;
	} t[] = {
		{ "no blocks are none", "", "" },
		{ "blocks are sorted by their address", "198.51.100.0/24 192.0.2.0/24",
		  "192.0.2.0/24 198.51.100.0/24" },
		{ "IPv4 comes before IPv6", "2001:db8::/32 192.0.2.1",
		  "192.0.2.1 2001:db8::/32" },
		{ "the same block is kept once", "192.0.2.0/24 192.0.2.0/24",
		  "192.0.2.0/24" },
		{ "what is inside another is not kept",
		  "192.0.2.7 192.0.2.0/24 192.0.2.128/25", "192.0.2.0/24" },
		{ "nor what begins where the other begins", "192.0.2.0/25 192.0.2.0/24",
		  "192.0.2.0/24" },
		{ "nor what is inside of what is inside",
		  "192.0.2.0/26 192.0.2.0/24 192.0.2.0/25 192.0.2.64/26",
		  "192.0.2.0/24" },
		{ "neighbours are kept both", "192.0.2.0/25 192.0.2.128/25",
		  "192.0.2.0/25 192.0.2.128/25" },
		{ "all of IPv4 is one block", "192.0.2.0/24 0.0.0.0/0 2001:db8::1",
		  "0.0.0.0/0 2001:db8::1" },
		{ "all of IPv6 leaves IPv4 alone", "2001:db8::/32 ::/0 192.0.2.1",
		  "192.0.2.1 ::/0" },
		{ "an IPv6 block inside another is not kept",
		  "2001:db8:1::/48 2001:db8::/32 2001:db8::1", "2001:db8::/32" },
		{ "a block in the form of IPv6 is inside one of IPv4",
		  "::ffff:192.0.2.1 192.0.2.0/24", "192.0.2.0/24" },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(t); i++) {
		struct record r;
		char text[400] = "", one[NETBLOCK_TEXT_MAX];

		encode_text(&r, t[i].in);
		for (size_t j = 0; j < netblocks_count(&r.blocks); j++) {
			struct netblock b = netblocks_at(&r.blocks, j);
			size_t used = strlen(text);

			snprintf(text + used, sizeof(text) - used, "%s%s",
				 j > 0 ? " " : "", netblock_to_text(one, &b));
		}
		if (strcmp(text, t[i].out) != 0)
			fail_msg("not so: %s: '%s'", t[i].what, text);
	}
}

/* ---- addresses ---- */

/* A socket address of either family. */
union address {
	struct sockaddr any;
	struct sockaddr_in four;
	struct sockaddr_in6 six;
};

static union address address_of(uint8_t family, const uint8_t *octets)
{
	union address a;

	memset(&a, 0, sizeof(a));
	if (family == 4) {
		a.four.sin_family = AF_INET;
		memcpy(&a.four.sin_addr, octets, 4);
	} else {
		a.six.sin6_family = AF_INET6;
		memcpy(&a.six.sin6_addr, octets, 16);
	}
	return a;
}

static void addresses_are_in_blocks_or_not(void **state)
{
	static const struct {
		const char *what, *blocks, *address;
		bool in;
	} t[] = {
		{ "nobody is in no block", "", "192.0.2.1", false },
		{ "nobody of IPv6 is in no block", "", "2001:db8::1", false },
		{ "the first address is in", "192.0.2.0/24", "192.0.2.0", true },
		{ "the last address is in", "192.0.2.0/24", "192.0.2.255", true },
		{ "the address before is not", "192.0.2.0/24", "192.0.1.255", false },
		{ "the address behind is not", "192.0.2.0/24", "192.0.3.0", false },
		{ "an address is in its own block", "192.0.2.7", "192.0.2.7", true },
		{ "its neighbour is not", "192.0.2.7", "192.0.2.8", false },
		{ "the block before does not hide it",
		  "192.0.2.0/24 192.0.2.0/32 198.51.100.0/24", "192.0.2.9", true },
		{ "between two blocks nobody is in", "192.0.2.0/25 198.51.100.0/24",
		  "192.0.2.200", false },
		{ "everybody is in all of IPv4", "0.0.0.0/0", "255.255.255.255", true },
		{ "all of IPv4 is nobody of IPv6", "0.0.0.0/0", "2001:db8::1", false },
		{ "all of IPv6 is nobody of IPv4", "::/0", "192.0.2.1", false },
		{ "an IPv6 address is in", "2001:db8::/32", "2001:db8:ffff::1", true },
		{ "the IPv6 address behind is not", "2001:db8::/32",
		  "2001:db9::", false },
		{ "an IPv4 client of an IPv6 socket is in", "192.0.2.0/24",
		  "::ffff:192.0.2.1", true },
		{ "another IPv4 client of an IPv6 socket is not", "192.0.2.0/24",
		  "::ffff:192.0.3.1", false },
		{ "all of IPv6 is nobody of IPv4 at an IPv6 socket", "::/0",
		  "::ffff:192.0.2.1", false },
		{ "a block written as IPv6 has the IPv4 client", "::ffff:192.0.2.0/120",
		  "192.0.2.1", true },
		{ "and the one of an IPv6 socket", "::ffff:192.0.2.0/120",
		  "::ffff:192.0.2.1", true },
		{ "what only looks like IPv4 is IPv6", "192.0.2.0/24", "::192.0.2.1",
		  false },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(t); i++) {
		struct record r;
		uint8_t octets[16];
		union address a;

		encode_text(&r, t[i].blocks);
		if (inet_pton(AF_INET, t[i].address, octets) == 1)
			a = address_of(4, octets);
		else if (inet_pton(AF_INET6, t[i].address, octets) == 1)
			a = address_of(6, octets);
		else
			fail_msg("the test's own address is wrong");
		check(netblocks_have(&r.blocks, &a.any) == t[i].in, t[i].what);
	}
}

static void other_families_are_in_no_block(void **state)
{
	struct sockaddr_storage unix_client = { .ss_family = AF_UNIX };
	struct record r;

	(void)state;
	encode_text(&r, "0.0.0.0/0 ::/0");
	assert_false(netblocks_have(&r.blocks, (struct sockaddr *)&unix_client));
}

/* ---- random ones ---- */

static bool bit(const uint8_t *octets, unsigned i)
{
	return octets[i / 8] >> (7 - i % 8) & 1;
}

static bool plain_in(const struct netblock *b, uint8_t family, const uint8_t *octets)
{
	if (b->family != family)
		return false;
	for (unsigned i = 0; i < b->prefix; i++)
		if (bit(b->address, i) != bit(octets, i))
			return false;
	return true;
}

/* Octets of a world so small that blocks are often inside others. */
static void random_octets(uint8_t octets[static 16])
{
	static const uint8_t values[] = { 0, 1, 2, 0x7f, 0x80, 0x81, 0xff };

	for (int i = 0; i < 16; i++)
		octets[i] = values[random_below(i < 2 ? 3 : ROWS(values))];
}

static struct netblock random_block(void)
{
	struct netblock b = { .family = random_below(2) == 0 ? 4 : 6 };
	unsigned bits = b.family == 4 ? 32 : 128;

	random_octets(b.address);
	b.prefix = (uint8_t)(random_below(3) == 0 ? bits : random_below(bits + 1));
	for (unsigned i = b.prefix; i < 128; i++)
		b.address[i / 8] &= (uint8_t) ~(0x80 >> i % 8);
	return b;
}

/* The address itself, or one at an edge of a block or beside it. */
static void pick_octets(uint8_t octets[static 16], const struct netblock *b)
{
	unsigned bits = b->family == 4 ? 32 : 128, kind = random_below(4), i;

	memcpy(octets, b->address, 16);
	if (kind >= 1)
		for (i = b->prefix; i < bits; i++)
			if (kind == 1 || random_below(2) == 0)
				octets[i / 8] |= (uint8_t)(0x80 >> i % 8);
	if (kind == 3 && b->prefix > 0) {
		i = b->prefix - 1;
		octets[i / 8] ^= (uint8_t)(0x80 >> i % 8);
	}
}

static void random_blocks_have_whom_a_plain_search_finds(void **state)
{
	static struct netblock blocks[NETBLOCKS_MAX], sorted[NETBLOCKS_MAX];
	static const size_t sizes[] = { 1,  2,  3,  4,   5,   7,   8,    9,
					16, 33, 64, 100, 250, 500, 1000, 1000 };
	size_t found = 0, missed = 0;

	(void)state;
	for (size_t round = 0; round < 20 * ROWS(sizes); round++) {
		size_t count = sizes[round % ROWS(sizes)];
		static struct record r;

		for (size_t i = 0; i < count; i++)
			blocks[i] = random_block();
		memcpy(sorted, blocks, count * sizeof(*blocks));
		encode(&r, sorted, count);
		for (size_t i = 0; i < 200; i++) {
			const struct netblock *b =
				&blocks[random_below((uint32_t)count)];
			uint8_t octets[16];
			union address a;
			bool want = false;

			if (random_below(4) == 0)
				random_octets(octets);
			else
				pick_octets(octets, b);
			a = address_of(b->family, octets);
			for (size_t j = 0; j < count && !want; j++)
				want = plain_in(&blocks[j], b->family, octets);
			assert_int_equal(netblocks_have(&r.blocks, &a.any), want);
			found += want;
			missed += !want;
		}
	}
	/* Neither side is tried for nothing. */
	assert_true(found > 5000 && missed > 5000);
}

/* ---- damage ---- */

/* A search through whatever bytes ends, and reads none outside of them. */
static void damaged_records_are_refused_or_harmless(void **state)
{
	struct record r;
	size_t len;

	(void)state;
	encode_text(&r, "192.0.2.0/24 198.51.100.7 2001:db8::/32 2001:db8:1::1 ::/1");
	len = 4 + r.blocks.v4.len + r.blocks.v6.len;
	for (size_t i = 0; i < 20000; i++) {
		size_t cut = i <= len ? i : len;
		uint8_t *data = malloc(cut + 1), octets[16];
		struct bytes b;
		struct netblocks n;
		char text[NETBLOCK_TEXT_MAX];

		assert_non_null(data);
		memcpy(data, r.data, cut);
		if (i > len)
			for (uint32_t k = 1 + random_below(4); k > 0; k--)
				data[random_below((uint32_t)len)] =
					(uint8_t)random_below(256);
		b = bytes_from(data, cut);
		n = netblocks_get(&b);
		assert_true(i >= len || b.failed);
		assert_true(!b.failed || netblocks_count(&n) == 0);
		random_octets(octets);
		for (uint8_t family = 4; family <= 6; family += 2) {
			union address a = address_of(family, octets);

			netblocks_have(&n, &a.any);
		}
		for (size_t k = 0; k < netblocks_count(&n); k++) {
			struct netblock block = netblocks_at(&n, k);

			netblock_to_text(text, &block);
		}
		free(data);
	}
}

static void prefix_of_a_damaged_record_has_nobody(void **state)
{
	struct octets o = octets_of("0001 c0000200 21 0001 "
				    "20010db8000000000000000000000000 81");
	struct bytes b = bytes_from(o.data, o.len);
	struct netblocks n = netblocks_get(&b);
	union address a = address_of(4, o.data + 2), six = address_of(6, o.data + 9);

	(void)state;
	assert_false(b.failed);
	assert_int_equal(netblocks_count(&n), 2);
	assert_false(netblocks_have(&n, &a.any));
	assert_false(netblocks_have(&n, &six.any));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts_are_blocks_or_are_told),
		cmocka_unit_test(only_the_span_is_read),
		cmocka_unit_test(blocks_are_kept_sorted_and_once),
		cmocka_unit_test(addresses_are_in_blocks_or_not),
		cmocka_unit_test(other_families_are_in_no_block),
		cmocka_unit_test(random_blocks_have_whom_a_plain_search_finds),
		cmocka_unit_test(damaged_records_are_refused_or_harmless),
		cmocka_unit_test(prefix_of_a_damaged_record_has_nobody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
