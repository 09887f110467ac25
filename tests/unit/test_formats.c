// SPDX-License-Identifier: BSD-3-Clause
/* format-domains, format-hosts, report: whole lists. */
#include "seen.h"

// clang-format off
static const struct list_case lists[] = {
	{ "plain names", "domains", "a.example\nB.example.\n",
	  "a.example\nb.example\n" },
	{ "comments and blanks", "domains",
	  "# x\n! x\n; x\n\n \t\n  # x\n\ta.example \t\nb.example # x\nc.example\t#x\n",
	  "a.example\nb.example\nc.example\n" },
	{ "a # inside a word is no comment", "domains", "a.example\nb.example#x\n",
	  "a.example\n2: url-fragment: b.example#x\n" },
	{ "a star", "domains", "*.a.example\n", "a.example below\n" },
	{ "refusals name their line", "domains",
	  "# x\r\na.example\r\n192.0.2.1\r\nhttps://a.example/x\r\n",
	  "a.example\n3: ip-address: 192.0.2.1\n4: url-path: https://a.example/x\n" },
	{ "a public suffix", "domains",
	  "co.example\nshop.co.example\nhosting.example\nshop.hosting.example\n",
	  "1: public-suffix: co.example\nshop.co.example\n"
	  "3: public-suffix: hosting.example\nshop.hosting.example\n" },
	{ "all of a public suffix", "domains", "a.example\n*.hosting.example\n",
	  "a.example\n2: public-suffix: *.hosting.example\n" },
	{ "text that a terminal must not see", "domains",
	  "a.example\n\x1b[2Jb.example\n",
	  "a.example\n2: not-a-name: \\x1b[2Jb.example\n" },
	{ "hosts", "hosts",
	  "# x\n127.0.0.1 localhost\n::1 ip6-localhost ip6-loopback\n"
	  "0.0.0.0 a.example b.example # x\n0.0.0.0\tc.example#x\n",
	  "a.example\nb.example\nc.example\n" },
	{ "hosts of the system", "hosts",
	  "255.255.255.255 broadcasthost\nfe80::1%lo0 localhost\n0.0.0.0 0.0.0.0\n"
	  "127.0.0.1 localhost.localdomain LOCAL\n0.0.0.0 a.example\n"
	  "2001:db8::1 b.example\n192.0.2.1 c.example\n",
	  "a.example\nb.example\nc.example\n" },
	{ "hosts with faults", "hosts",
	  "0.0.0.0 a.example\n0.0.0.0 b.example\n0.0.0.0 c..example d.example\n"
	  "e.example\n0.0.0.0\n0.0.0.0 192.0.2.1\n0.0.0.0 https://a.example/x\n",
	  "a.example\nb.example\n3: empty-label: c..example\nd.example\n"
	  "4: no-address: e.example\n5: no-host: 0.0.0.0\n6: ip-address: 192.0.2.1\n"
	  "7: url-path: https://a.example/x\n" },
};
// clang-format on

static void lists_are_read(void **state)
{
	(void)state;
	check_lists(lists, sizeof(lists) / sizeof(lists[0]));
}

// clang-format off
static const struct broken_case broken[] = {
	{ "only comments", "# x\n\n", "no entries in '" },
	{ "only refusals", "https://a.example/x\nhttps://b.example/?y\n"
			   "https://c.example/z\n",
	  ": 3 refused, 2 of them: URL with a path" },
	{ "addresses", "192.0.2.1\n2001:db8::1\n198.51.100.0/24\n",
	  ": a list of IP addresses, not of names: " },
	{ "addresses, and what is found among them",
	  "192.0.2.10\n198.51.100.7\n225.223.48\n10.0.0.1\ntoko-contoh.example\n",
	  ": a list of IP addresses, not of names: " },
	{ "YAML", "---\n- name: a.example\n  url: http://a.example\n  category: x\n"
		  "- name: b.example\n  url: http://b.example\n",
	  ": YAML, not a list of names" },
	{ "regular expressions", "^a\\.example$\n(^|\\.)b\\.example$\n"
	  "\\.c\\.example$\n",
	  ": regular expressions, not a list of names" },
	{ "match patterns", "*://*.a.example/*\n*://b.example/*\n",
	  ": match patterns of uBlacklist, not a list of names" },
	{ "a key", "-----BEGIN CERTIFICATE-----\n", ": a certificate or key" },
	{ "XML", "<?xml version=\"1.0\"?>\n<rss version=\"2.0\">\n",
	  ": XML of a kind that no list format is made of" },
	{ "JSON", "{\"colours\": [\"red\"]}\n",
	  ": JSON of a kind that no list format is made of" },
	{ "a table with semicolons", "1234 ;202608291000 ;x\nhttp://a.example/ ;b ;c\n",
	  ": fields separated by semicolons or tabs" },
	{ "a table without a column for names",
	  "url,code,date_added\nhttps://a.example/,NEWS,2026-01-01\n",
	  ":1: cannot read the list: unknown column 'url' (the header row: "
	  "'url,code,date_added')" },
};
// clang-format on

static void broken_lists_are_errors(void **state)
{
	(void)state;
	check_broken(broken, sizeof(broken) / sizeof(broken[0]));
}

/* COUNT names, the first BAD of which are written as TEXT. */
static int read_many(size_t count, size_t bad, const char *text, struct err *e)
{
	struct seen seen;
	struct report report;
	char *in = malloc(count * 32);
	size_t used = 0;
	int rc;

	assert_non_null(in);
	for (size_t i = 0; i < count; i++)
		used += i < bad ? (size_t)snprintf(in + used, 32, "%s\n", text)
				: (size_t)snprintf(in + used, 32, "n%zu.example\n", i);
	rc = read_text(in, used, -1, &seen, &report, e);
	free(in);
	return rc;
}

static void too_many_bad_lines_refuse_the_list(void **state)
{
	static const struct {
		const char *what, *text;
		size_t count, bad;
		int rc;
	} t[] = {
		{ "nine of twenty are too few to tell", "a b", 20, 9, 0 },
		{ "ten of twenty", "a b", 20, 10, ERR_INPUT },
		{ "1 % is tolerated", "a..b.example", 1000, 10, 0 },
		{ "more is not", "a..b.example", 1000, 11, ERR_INPUT },
		{ "addresses are no sign of a broken file", "192.0.2.1", 100, 60, 0 },
		{ "pages are none", "https://a.example/x", 100, 99, 0 },
		{ "all pages are no list", "https://a.example/x", 100, 100, ERR_INPUT },
	};
	struct err e = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++)
		if (read_many(t[i].count, t[i].bad, t[i].text, &e) != t[i].rc)
			fail_msg("%s", t[i].what);
	read_many(1000, 11, "a..b.example", &e);
	assert_non_null(strstr(e.text, ": 11 of 1000 lines are not names (more than "
				       "1 %): refusing the list"));
}

static int give_up(void *arg, const struct listing *l, struct err *e)
{
	(void)l;
	return ++*(int *)arg == 2 ? err_set(e, ERR_SYSTEM, "full") : 0;
}

// clang-format off
/* Three names in each format; the order of rows does not matter. */
static const struct {
	const char *format, *in;
} threes[] = {
	{ "csv", "domain\na.example\nb.example\nc.example\n" },
	{ "jsonl", "{\"domain\":\"a.example\"}\n{\"domain\":\"b.example\"}\n"
		   "{\"domain\":\"c.example\"}\n" },
	{ "certpl", "[{\"RegisterPositionId\":1,\"DomainAddress\":\"a.example\"},"
		    "{\"RegisterPositionId\":2,\"DomainAddress\":\"b.example\"},"
		    "{\"RegisterPositionId\":3,\"DomainAddress\":\"c.example\"}]" },
	{ "certpl-log",
	  "{\"DomainAddress\":\"a.example\",\"ActionType\":\"block\"}\n"
	  "{\"DomainAddress\":\"b.example\",\"ActionType\":\"block\"}\n"
	  "{\"DomainAddress\":\"c.example\",\"ActionType\":\"block\"}\n" },
	{ "ojk", "{\"data\":[{\"entity_type\":\"x\",\"web\":[\"a.example\",\""
	  "b.example\"]},"
		 "{\"entity_type\":\"x\",\"web\":[\"https://c.example/\"]}]}" },
	{ "json", "[\"a.example\",\"b.example\",\"c.example\"]" },
	{ "hazard", "<Rejestr>"
		    "<PozycjaRejestru><AdresDomeny>a.example</AdresDomeny>"
	  "</PozycjaRejestru>"
		    "<PozycjaRejestru><AdresDomeny>b.example</AdresDomeny>"
	  "</PozycjaRejestru>"
		    "<PozycjaRejestru><AdresDomeny>c.example</AdresDomeny>"
	  "</PozycjaRejestru>"
		    "</Rejestr>" },
	{ "rkn", "<register><content blockType=\"domain\"><domain>a.example</domain>"
		 "<domain>b.example</domain><domain>c.example</domain></content>"
	  "</register>" },
	{ "hosts", "0.0.0.0 a.example b.example c.example\n" },
	{ "unbound", "local-zone: a.example redirect\nlocal-zone: b.example redirect\n"
		     "local-zone: c.example redirect\n" },
	{ "dnsmasq", "address=/a.example/b.example/c.example/0.0.0.0\n" },
	{ "adblock", "||a.example^\n||b.example^\n||c.example^\n" },
	{ "adm", "1_2026.29.08\na.example\nb.example\nc.example\n" },
	{ "rpz", "a.example A 192.0.2.1\nb.example A 192.0.2.1\n"
	  "c.example A 192.0.2.1\n" },
	{ "wildcard", "*.a.example\n*.b.example\n*.c.example\n" },
	{ "domains", "a.example\nb.example\nc.example\n" },
};
// clang-format on

static void the_sink_can_end_the_reading(void **state)
{
	(void)state;
	assert_int_equal(sizeof(threes) / sizeof(threes[0]), FORMATS);
	for (int i = 0; i < FORMATS; i++) {
		char path[64];
		int fd = make_file(path, threes[i].in, strlen(threes[i].in)), taken = 0;
		struct report report = { 0 };
		struct reading r = {
			.guards = &guards,
			.scope = SCOPE_SUBTREE,
			.action = ACTION_NOTICE,
			.sink = { give_up, &taken },
			.report = &report,
		};
		struct err e;

		assert_string_equal(threes[i].format, format_names[i]);
		assert_int_equal(list_read(&r, path, i, &e), ERR_SYSTEM);
		assert_string_equal(e.text, "full");
		assert_int_equal(taken, 2);
		close(fd);
	}
}

/* A program has made a list that is so long: it ends its lines. */
static void a_long_list_whose_last_line_is_cut_is_refused(void **state)
{
	struct seen seen;
	struct report report;
	struct err e = { 0 };
	char in[20000];
	size_t used = 0;

	(void)state;
	for (int i = 0; i < 1001; i++)
		used += (size_t)snprintf(in + used, sizeof(in) - used, "n%d.example\n",
					 i);
	assert_int_equal(read_text(in, used, -1, &seen, &report, &e), 0);
	assert_int_equal(read_text(in, used - 5, -1, &seen, &report, &e), ERR_INPUT);
	assert_non_null(strstr(e.text, ":1001: cannot read the list: the file is cut: "
				       "its last line does not end"));
	used -= strlen("n1000.example\n");
	assert_int_equal(read_text(in, used - 1, -1, &seen, &report, &e), 0);
	assert_true(report.unterminated);
}

static void formats_have_their_names(void **state)
{
	(void)state;
	for (int i = 0; i < FORMATS; i++)
		assert_string_equal(formats[i]->name, format_names[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lists_are_read),
		cmocka_unit_test(broken_lists_are_errors),
		cmocka_unit_test(too_many_bad_lines_refuse_the_list),
		cmocka_unit_test(the_sink_can_end_the_reading),
		cmocka_unit_test(a_long_list_whose_last_line_is_cut_is_refused),
		cmocka_unit_test(formats_have_their_names),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
