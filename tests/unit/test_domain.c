// SPDX-License-Identifier: BSD-3-Clause
/* domain, idn, suffix: the text of one entry as a name. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "date.h"
#include "domain.h"
#include "suffix.h"
#include "utf8.h"

/* As many bytes. */
#define L49 "aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeee"
#define L50 "aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeee"
#define L63 L50 "ffffffffffggg"

#define BUECHER                                                                        \
	"b\xc3\xbc"                                                                    \
	"cher"

enum { BELOW = 1, ODD = 2 };

// clang-format off
/* What is a name, and its form in the store. */
static const struct {
	const char *what, *in, *name;
	int flags;
} good[] = {
	{ "a plain name", "example.com", "example.com", 0 },
	{ "case is folded", "WWW.Example.COM", "www.example.com", 0 },
	{ "the final dot is dropped", "example.com.", "example.com", 0 },
	{ "underscores are allowed", "_dmarc.a_b.example.com",
	  "_dmarc.a_b.example.com", 0 },
	{ "hyphens may stand anywhere", "-a-.b--c.example", "-a-.b--c.example", 0 },
	{ "labels of digits", "123.456.example", "123.456.example", 0 },
	{ "a label of 63 bytes", L63 ".example", L63 ".example", 0 },
	{ "a name of 255 octets", L49 "." L49 "." L49 "." L49 "." L49 ".com",
	  L49 "." L49 "." L49 "." L49 "." L49 ".com", 0 },
	{ "a star means below", "*.example.com", "example.com", BELOW },
	{ "a star in a URL", "https://*.example.com/", "example.com", BELOW },
	{ "an escape by number", "a\\032b.example.com", "a\\032b.example.com", 0 },
	{ "an escaped letter is folded", "\\065.example.com", "a.example.com", 0 },
	{ "an escaped dot is no dot", "a\\.b.example.com", "a\\.b.example.com", 0 },
	{ "an escaped star is a label", "\\*.example.com", "*.example.com", 0 },
	{ "any octet may be escaped", "\\000\\001\\255.example",
	  "\\000\\001\\255.example", 0 },
	{ "an escaped colon", "a\\:b.example", "a:b.example", 0 },
	{ "Unicode", BUECHER ".example", "xn--bcher-kva.example", 0 },
	{ "Unicode is folded", "B\xc3\x9c" "CHER.Example", "xn--bcher-kva.example", 0 },
	{ "Unicode is composed", "bu\xcc\x88" "cher.example",
	  "xn--bcher-kva.example", 0 },
	{ "sharp s is kept", "fa\xc3\x9f.example", "xn--fa-hia.example", 0 },
	{ "final sigma is kept", "\xce\xb2\xcf\x8c\xce\xbb\xce\xbf\xcf\x82.example",
	  "xn--nxasmm1c.example", 0 },
	{ "U+3002 is a dot", "example\xe3\x80\x82" "com", "example.com", 0 },
	{ "U+FF0E is a dot", "www\xef\xbc\x8e" "example.com", "www.example.com", 0 },
	{ "U+FF61 is a dot", "www.example\xef\xbd\xa1" "com\xef\xbd\xa1",
	  "www.example.com", 0 },
	{ "full-width letters", "\xef\xbd\x85xample.com", "example.com", 0 },
	{ "underscore beside Unicode", "_dmarc." BUECHER ".example",
	  "_dmarc.xn--bcher-kva.example", 0 },
	{ "hyphens beside Unicode", "-a-." BUECHER ".example",
	  "-a-.xn--bcher-kva.example", 0 },
	{ "a valid A-label", "XN--bcher-KVA.example", "xn--bcher-kva.example", 0 },
	{ "an A-label that does not decode", "xn--zzzzzzz99999.example",
	  "xn--zzzzzzz99999.example", ODD },
	{ "an A-label of ASCII only", "xn--abc-.example", "xn--abc-.example", ODD },
	{ "a URL that is a host", "http://example.com", "example.com", 0 },
	{ "a URL with the root path", "HTTPS://Example.com/", "example.com", 0 },
	{ "a host and a slash", "example.com/", "example.com", 0 },
	{ "a URL in Unicode", "https://" BUECHER ".example/",
	  "xn--bcher-kva.example", 0 },
};

static const struct {
	const char *what, *in;
	enum refusal why;
} bad[] = {
	{ "nothing", "", REFUSED_EMPTY_LABEL },
	{ "the root", ".", REFUSED_ROOT },
	{ "all names", "*", REFUSED_ROOT },
	{ "all names with a dot", "*.", REFUSED_ROOT },
	{ "an ideographic dot alone", "\xe3\x80\x82", REFUSED_ROOT },
	{ "a top-level domain", "com", REFUSED_TLD },
	{ "a top-level domain and its dot", "com.", REFUSED_TLD },
	{ "all of a top-level domain", "*.com", REFUSED_TLD },
	{ "a Unicode top-level domain", "\xe4\xb8\xad\xe5\x9b\xbd", REFUSED_TLD },
	{ "a URL of a top-level domain", "http://com/", REFUSED_TLD },
	{ "an empty label", "a..example", REFUSED_EMPTY_LABEL },
	{ "a leading dot", ".example.com", REFUSED_EMPTY_LABEL },
	{ "two dots at the end", "example.com..", REFUSED_EMPTY_LABEL },
	{ "two dots", "..", REFUSED_EMPTY_LABEL },
	{ "a label that is mapped away", "a.\xc2\xad.example", REFUSED_EMPTY_LABEL },
	{ "a label of 64 bytes", L63 "g.example", REFUSED_LABEL_LENGTH },
	{ "a Unicode label that gets too long",
	  "\xc3\xa9" L63 ".example", REFUSED_LABEL_LENGTH },
	{ "a name of 256 octets", L50 "." L49 "." L49 "." L49 "." L49 ".com",
	  REFUSED_NAME_LENGTH },
	{ "a blank inside", "a b.example", REFUSED_NOT_A_NAME },
	{ "adblock", "||example.com^", REFUSED_NOT_A_NAME },
	{ "an adblock exception", "@@||example.com^", REFUSED_NOT_A_NAME },
	{ "dnsmasq", "address=/example.com/", REFUSED_NOT_A_NAME },
	{ "a match pattern", "*://*.example.com/*", REFUSED_NOT_A_NAME },
	{ "a star inside", "a*.example.com", REFUSED_NOT_A_NAME },
	{ "two stars", "*.*.example.com", REFUSED_NOT_A_NAME },
	{ "an escape beyond 255", "a\\256.example", REFUSED_NOT_A_NAME },
	{ "an escape cut off", "a.example\\", REFUSED_NOT_A_NAME },
	{ "an escape of two digits", "\\12.example", REFUSED_NOT_A_NAME },
	{ "an escape of half a character", "\\\xc3\xbc.example", REFUSED_NOT_A_NAME },
	{ "a control character", "a\x1b[31m.example", REFUSED_NOT_A_NAME },
	{ "Latin-1", "b\xfc" "cher.example", REFUSED_UTF8 },
	{ "overlong UTF-8", "a\xc0\xae" "b.example", REFUSED_UTF8 },
	{ "a surrogate", "a\xed\xa0\x80.example", REFUSED_UTF8 },
	{ "UTF-8 cut off", "a.example\xe3\x80", REFUSED_UTF8 },
	{ "a full-width slash", "example.com\xef\xbc\x8fpath", REFUSED_IDNA },
	{ "a digit with a dot in it", "\xe2\x92\x88x.example", REFUSED_IDNA },
	{ "a symbol", "\xe2\x98\x83.example", REFUSED_IDNA },
	{ "an escape in a Unicode label", "b\xc3\xbc\\099her.example", REFUSED_IDNA },
	{ "a path", "https://example.com/page", REFUSED_URL_PATH },
	{ "a path without a scheme", "example.com/page", REFUSED_URL_PATH },
	{ "a second slash", "https://example.com//", REFUSED_URL_PATH },
	{ "a query", "https://example.com?x=1", REFUSED_URL_QUERY },
	{ "a query after the slash", "https://example.com/?x=1", REFUSED_URL_QUERY },
	{ "a fragment", "https://example.com/#x", REFUSED_URL_FRAGMENT },
	{ "a port", "https://example.com:8443/", REFUSED_URL_PORT },
	{ "a port without a scheme", "example.com:80", REFUSED_URL_PORT },
	{ "a port that is none", "example.com:http", REFUSED_NOT_A_NAME },
	{ "a user", "https://user@example.com/", REFUSED_URL_USER },
	{ "a user and a password", "https://u:p@example.com/x", REFUSED_URL_USER },
	{ "another scheme", "ftp://example.com/", REFUSED_URL_SCHEME },
	{ "a scheme and no host", "https://", REFUSED_EMPTY_LABEL },
	{ "a path on a bad host", "https://a b.example/x", REFUSED_NOT_A_NAME },
	{ "IPv4", "192.0.2.1", REFUSED_ADDRESS },
	{ "IPv4 with a final dot", "192.0.2.1.", REFUSED_ADDRESS },
	{ "an IPv4 network", "192.0.2.0/24", REFUSED_ADDRESS },
	{ "an IPv4 URL", "http://192.0.2.1/page", REFUSED_ADDRESS },
	{ "IPv4 in full-width digits",
	  "\xef\xbc\x91\xef\xbc\x99\xef\xbc\x92.0.2.1", REFUSED_ADDRESS },
	{ "IPv6", "2001:db8::1", REFUSED_ADDRESS },
	{ "IPv6 in brackets", "[2001:db8::1]", REFUSED_ADDRESS },
	{ "an IPv6 network", "2001:db8::/32", REFUSED_ADDRESS },
	{ "an IPv6 URL", "http://[2001:db8::1]/", REFUSED_ADDRESS },
	{ "an address cut off", "198.51.100", REFUSED_NUMBER },
	{ "an address out of range", "192.0.2.999", REFUSED_NUMBER },
	{ "the date line of a list", "0000350_2026.29.08", REFUSED_NUMBER },
	{ "a number", "42", REFUSED_NUMBER },
};
// clang-format on

static void names_are_understood(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		struct domain d;
		char text[NAME_TEXT_MAX];
		enum refusal why = domain_parse(&d, span_of(good[i].in));

		if (why != REFUSED_NOT)
			fail_msg("%s: refused: %s", good[i].what,
				 refusal_rows[why].text);
		name_to_text(text, d.name.key, d.name.len);
		if (strcmp(text, good[i].name) != 0)
			fail_msg("%s: got %s", good[i].what, text);
		if (d.below != ((good[i].flags & BELOW) != 0) ||
		    d.odd_idn != ((good[i].flags & ODD) != 0))
			fail_msg("%s: below %d, odd_idn %d", good[i].what, d.below,
				 d.odd_idn);
		assert_true(name_valid(d.name.key, d.name.len));
	}
}

static void others_are_refused_with_their_reason(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct domain d;
		enum refusal why = domain_parse(&d, span_of(bad[i].in));

		if (why != bad[i].why)
			fail_msg("%s: got '%s'", bad[i].what,
				 why == REFUSED_NOT ? "accepted"
						    : refusal_rows[why].text);
	}
}

static void every_reason_has_a_row(void **state)
{
	(void)state;
	for (int i = REFUSED_NOT + 1; i < REFUSALS; i++) {
		assert_non_null(refusal_rows[i].word);
		assert_non_null(refusal_rows[i].text);
		for (int j = REFUSED_NOT + 1; j < i; j++)
			assert_string_not_equal(refusal_rows[i].word,
						refusal_rows[j].word);
	}
}

// clang-format off
static const struct {
	const char *name;
	bool suffix;
} suffix_cases[] = {
	{ "co.example", true },        { "shop.co.example", false },
	{ "hosting.example", true },   { "shop.hosting.example", false },
	{ "a.wild.example", true },    { "b.a.wild.example", false },
	{ "not.wild.example", false }, { "example.net", false },
	{ BUECHER ".example", true },  { "xn--bcher-kva.example", true },
	{ "a." BUECHER ".example", false },
};
// clang-format on

/* A public suffix list of our own, in a file. */
static const char list_text[] =
	"// ===BEGIN ICANN DOMAINS===\n"
	"com\n\nexample\nco.example\n"
	"*.wild.example\n!not.wild.example\n" BUECHER ".example\n"
	"// ===END ICANN DOMAINS===\n"
	"// ===BEGIN PRIVATE DOMAINS===\n"
	"hosting.example\n"
	"// ===END PRIVATE DOMAINS===\n";

static void public_suffixes_are_known(void **state)
{
	char path[64];
	int fd = memfd_create("suffixes", MFD_CLOEXEC);
	AUTO(suffixes) s;
	struct err e;

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(write(fd, list_text, strlen(list_text)), strlen(list_text));
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	assert_int_equal(suffixes_load(&s, path, &e), 0);
	close(fd);
	assert_non_null(s.rules);
	for (size_t i = 0; i < sizeof(suffix_cases) / sizeof(suffix_cases[0]); i++) {
		struct domain d;

		assert_int_equal(domain_parse(&d, span_of(suffix_cases[i].name)),
				 REFUSED_NOT);
		if (suffixes_match(&s, &d.name) != suffix_cases[i].suffix)
			fail_msg("%s", suffix_cases[i].name);
	}
	suffixes_release(&s);
	assert_int_equal(suffixes_load(&s, "/nonexistent", &e), ERR_SYSTEM);
}

/* Whatever the system's own list says, the table in front of libpsl changes no
 * answer: for each rule its name, two levels below, and its parent. */
static void table_agrees_with_libpsl(void **state)
{
	static const char *const prefixes[] = { "", "a.", "a.b." };
	AUTO(suffixes) s;
	struct suffixes slow;
	struct err e;
	size_t hits = 0;

	(void)state;
	assert_int_equal(suffixes_load(&s, NULL, &e), 0);
	if (s.rules == NULL)
		skip();
	slow = s;
	slow.rules = NULL;
	for (size_t i = 0; i < s.room * 3; i++) {
		const struct suffix_rule *r = &s.rules[i / 3];
		struct name n;
		bool is;

		if (r->at == 0)
			continue;
		memcpy(n.key, s.keys + r->at, r->len);
		n.len = r->len;
		for (const char *p = prefixes[i % 3]; *p != '\0'; p += 2)
			assert_true(name_add_label(&n, (const uint8_t *)p, 1));
		is = suffixes_match(&s, &n);
		hits += is;
		assert_int_equal(is, suffixes_match(&slow, &n));
		n.len = (uint16_t)name_parent(n.key, n.len);
		assert_int_equal(suffixes_match(&s, &n), suffixes_match(&slow, &n));
	}
	assert_true(hits >= s.count / 2);
}

static void dates_are_read(void **state)
{
	static const struct {
		const char *in;
		int64_t seconds; /* 0: refused */
	} t[] = {
		{ "2026-11-23", 1795392000 },
		{ "2026-11-23T10:00:00Z", 1795428000 },
		{ "2026-11-23T10:00:00+07:00", 1795402800 },
		{ "2026-11-23T10:00:00-02:30", 1795437000 },
		{ "2028-02-29", 1835395200 },
		{ "2026-02-29", 0 },
		{ "2026-13-01", 0 },
		{ "2026-00-10", 0 },
		{ "2026-01-32", 0 },
		{ "2026-1-1", 0 },
		{ "23/11/2026", 0 },
		{ "2026-11-23T10:00:00", 0 },
		{ "2026-11-23T10:00Z", 0 },
		{ "2026-11-23T24:00:00Z", 0 },
		{ "2026-11-23T10:00:60Z", 0 },
		{ "2026-11-23T10:00:00+7", 0 },
		{ "2026-11-23T10:00:00+24:00", 0 },
		{ "2026-11-23 10:00:00Z", 0 },
		{ "2026-11-23Z", 0 },
		{ "1970-01-01", 0 },
		{ "1969-12-31", 0 },
		{ "", 0 },
		{ "2026", 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		int64_t seconds = 0;
		bool ok = date_parse(span_of(t[i].in), &seconds);

		if (ok != (t[i].seconds != 0) || (ok && seconds != t[i].seconds))
			fail_msg("%s: %lld", t[i].in, (long long)seconds);
	}
}

static void texts_are_made_safe(void **state)
{
	static const struct {
		const char *in, *out;
	} t[] = {
		{ BUECHER ".example", BUECHER ".example" },
		{ "\x1b[31mred", "\\x1b[31mred" },
		{ "a\xff"
		  "b",
		  "a\\xff"
		  "b" },
		{ "a\xc2\x9b"
		  "b",
		  "a\\xc2\\x9b"
		  "b" },
		{ "\xe2\x80\xae"
		  "a",
		  "\\xe2\\x80\\xae"
		  "a" },
	};
	char out[UTF8_SAFE_MAX], big[1000];

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++)
		assert_string_equal(utf8_safe(out, span_of(t[i].in)), t[i].out);
	memset(big, 0xff, sizeof(big));
	utf8_safe(out, (struct span){ (const uint8_t *)big, sizeof(big) });
	assert_int_equal(strlen(out), 207);
	assert_string_equal(out + 204, "...");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_understood),
		cmocka_unit_test(others_are_refused_with_their_reason),
		cmocka_unit_test(every_reason_has_a_row),
		cmocka_unit_test(public_suffixes_are_known),
		cmocka_unit_test(table_agrees_with_libpsl),
		cmocka_unit_test(dates_are_read),
		cmocka_unit_test(texts_are_made_safe),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
