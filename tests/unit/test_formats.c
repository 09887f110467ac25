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
	{ "only refusals", "192.0.2.1\n", "no entries in '" },
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

static void the_sink_can_end_the_reading(void **state)
{
	static const char *const in[] = {
		"domain\na.example\nb.example\nc.example\n",
		"0.0.0.0 a.example b.example c.example\n",
		"a.example\nb.example\nc.example\n",
	};

	(void)state;
	for (int i = 0; i < FORMATS; i++) {
		char path[64];
		int fd = make_file(path, in[i], strlen(in[i])), taken = 0;
		struct report report = { 0 };
		struct reading r = {
			.guards = &guards,
			.sink = { give_up, &taken },
			.report = &report,
		};
		struct err e;

		assert_int_equal(list_read(&r, path, i, &e), ERR_SYSTEM);
		assert_string_equal(e.text, "full");
		assert_int_equal(taken, 2);
		close(fd);
	}
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
		cmocka_unit_test(formats_have_their_names),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
