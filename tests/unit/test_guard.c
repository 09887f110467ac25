// SPDX-License-Identifier: BSD-3-Clause
/* guard, authority: what no list may block, and for whom it may speak. */
#include "seen.h"

static void protect(struct guards *g, const char *text, enum refusal why)
{
	struct domain d;
	enum refusal is = domain_parse(&d, span_of(text));

	assert_true(is == REFUSED_NOT || is == REFUSED_TLD);
	assert_int_equal(guards_add(g, &d.name, why, NULL), 0);
}

static enum refusal judge(const struct guards *g, const char *text, enum action action)
{
	struct domain d;
	enum refusal is = domain_parse(&d, span_of(text));

	assert_true(is == REFUSED_NOT || is == REFUSED_TLD);
	return guards_judge(g, &d.name, action);
}

// clang-format off
static const struct {
	const char *what, *name;
	enum action action;
	enum refusal why;
	const char *by;
} cases[] = {
	{ "itself", "pay.bank.example", ACTION_NOTICE, REFUSED_PROTECTED,
	  "pay.bank.example" },
	{ "above", "bank.example", ACTION_NXDOMAIN, REFUSED_PROTECTED,
	  "pay.bank.example" },
	{ "below", "www.eu.pay.bank.example", ACTION_DROP, REFUSED_PROTECTED,
	  "pay.bank.example" },
	{ "beside", "shop.bank.example", ACTION_NOTICE, REFUSED_NOT, "." },
	{ "a label that begins alike", "bank.example.test", ACTION_NOTICE, REFUSED_NOT,
	  "." },
	{ "a label that ends alike", "mybank.example", ACTION_NOTICE, REFUSED_NOT,
	  "." },
	{ "a label that is longer", "banks.example", ACTION_NOTICE, REFUSED_NOT, "." },
	{ "a notice page", "notice.isp.test", ACTION_NOTICE, REFUSED_OWN_HOST,
	  "notice.isp.test" },
	{ "above a notice page", "isp.test", ACTION_NOTICE, REFUSED_OWN_HOST,
	  "notice.isp.test" },
	{ "what never blocks", "bank.example", ACTION_PASS, REFUSED_NOT,
	  "pay.bank.example" },
	{ "what never blocks a notice page", "notice.isp.test", ACTION_PASS,
	  REFUSED_NOT, "notice.isp.test" },
	{ "a public suffix", "co.example", ACTION_NOTICE, REFUSED_SUFFIX, "." },
	{ "a public suffix that passes", "co.example", ACTION_PASS, REFUSED_SUFFIX,
	  "." },
	{ "below a public suffix", "a.co.example", ACTION_NOTICE, REFUSED_NOT, "." },
	{ "a public suffix above a protected name", "hosting.example", ACTION_NOTICE,
	  REFUSED_PROTECTED, "me.hosting.example" },
	{ "its neighbour", "you.hosting.example", ACTION_NOTICE, REFUSED_NOT, "." },
	{ "nothing of it", "a.test", ACTION_NOTICE, REFUSED_NOT, "." },
};
// clang-format on

static void what_is_related_to_a_protected_name_is_refused(void **state)
{
	char text[NAME_TEXT_MAX];
	struct domain d;
	struct span by;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (judge(&guards, cases[i].name, cases[i].action) != cases[i].why)
			fail_msg("%s", cases[i].what);
		domain_parse(&d, span_of(cases[i].name));
		by = guards_by(&guards, &d.name);
		if (strcmp(name_to_text(text, by.data, by.len), cases[i].by) != 0)
			fail_msg("%s: by %s", cases[i].what, text);
	}
}

static void without_protected_names_only_suffixes_are_refused(void **state)
{
	AUTO(guards) g;

	(void)state;
	assert_int_equal(guards_load(&g, NULL, NULL), 0);
	assert_int_equal(guards_seal(&g, NULL), 0);
	assert_int_equal(judge(&g, "bank.example", ACTION_NOTICE), REFUSED_NOT);
	assert_int_equal(judge(&g, "test", ACTION_NOTICE), REFUSED_SUFFIX);
}

static void a_whole_top_level_domain_can_be_protected(void **state)
{
	AUTO(guards) g;

	(void)state;
	assert_int_equal(guards_load(&g, NULL, NULL), 0);
	protect(&g, "gov", REFUSED_PROTECTED);
	protect(&g, "www.bank.example", REFUSED_PROTECTED);
	assert_int_equal(guards_seal(&g, NULL), 0);
	assert_int_equal(judge(&g, "a.gov", ACTION_NOTICE), REFUSED_PROTECTED);
	assert_int_equal(judge(&g, "gov", ACTION_NOTICE), REFUSED_PROTECTED);
	assert_int_equal(judge(&g, "gov.test", ACTION_NOTICE), REFUSED_NOT);
	assert_int_equal(judge(&g, "example", ACTION_NOTICE), REFUSED_PROTECTED);
	assert_int_equal(judge(&g, "a.example", ACTION_NOTICE), REFUSED_NOT);
}

/* A name of one to four labels of which there are few. */
static void random_name(char text[static 64])
{
	int labels = 1 + rand() % 4;

	for (int i = 0; i < labels; i++) {
		*text++ = "ab"[rand() % 2];
		*text++ = "abc"[rand() % 3];
		*text++ = '.';
	}
	text[-1] = '\0';
}

static bool related(const struct name *a, const struct name *b)
{
	size_t common = name_common(a->key, a->len, b->key, b->len);

	return common == a->len || common == b->len;
}

static void the_search_finds_what_a_comparison_with_each_finds(void **state)
{
	AUTO(guards) g;

	(void)state;
	assert_int_equal(guards_load(&g, NULL, NULL), 0);
	srand(1);
	for (int round = 0; round < 300; round++) {
		struct domain protected[30], d;
		int count = 1 + rand() % 30;
		char text[64];

		g.count = g.used = 0; /* loading suffixes takes long */
		for (int i = 0; i < count; i++) {
			random_name(text);
			protect(&g, text, REFUSED_PROTECTED);
			domain_parse(&protected[i], span_of(text));
		}
		assert_int_equal(guards_seal(&g, NULL), 0);
		for (int i = 0; i < 200; i++) {
			bool is = false;
			enum refusal why;

			random_name(text);
			domain_parse(&d, span_of(text));
			for (int j = 0; j < count; j++)
				is |= related(&d.name, &protected[j].name);
			why = guards_judge(&g, &d.name, ACTION_NOTICE);
			if (is != (why == REFUSED_PROTECTED))
				fail_msg("%s in round %d", text, round);
			assert_int_equal(is, guards_by(&g, &d.name).len > 0);
		}
	}
}

// clang-format off
static const struct list_case lists[] = {
	{ "protected names of a list", "domains",
	  "a.example\nBANK.example.\n*.pay.bank.example\nb.example\n",
	  "a.example\n2: protected: BANK.example.\n3: protected: *.pay.bank.example\n"
	  "b.example\n" },
	{ "protected names of a hosts file", "hosts",
	  "0.0.0.0 a.example pay.bank.example b.example\n0.0.0.0 isp.test\n",
	  "a.example\n1: protected: pay.bank.example\nb.example\n"
	  "2: own-host: isp.test\n" },
	{ "protected names of a CSV list", "csv",
	  "domain,action,reason\na.example,,\n\nbank.example,,\"one\"\n"
	  "bank.example,pass,\nbank.example,block,\n",
	  "a.example\n4: protected: bank.example\nbank.example pass\n"
	  "6: bad-action: block\n" },
	{ "authorities", "csv",
	  "domain,authority\na.example,Ministry\nb.example,\nc.example,Court\n"
	  "d.example,ministry\n",
	  "a.example authority=Ministry\nb.example\n4: other-authority: Court\n"
	  "5: other-authority: ministry\n" },
};
// clang-format on

static void lists_are_refused_what_they_may_not_say(void **state)
{
	(void)state;
	check_lists(lists, sizeof(lists) / sizeof(lists[0]));
}

// clang-format off
static const struct broken_case broken[] = {
	{ "a list of protected names", "bank.example\npay.bank.example\n",
	  "no entries in '" },
};
// clang-format on

static void a_list_of_protected_names_is_none(void **state)
{
	(void)state;
	check_broken(broken, sizeof(broken) / sizeof(broken[0]));
}

static int setup_guards(void **state)
{
	static struct authority authority;
	static struct authorities all = { &authority, 1 };
	int rc = setup(state);

	authority.name = span_of("Ministry");
	authorities = &all;
	protect(&guards, "pay.bank.example", REFUSED_PROTECTED);
	protect(&guards, "eu.pay.bank.example", REFUSED_PROTECTED);
	protect(&guards, "me.hosting.example", REFUSED_PROTECTED);
	protect(&guards, "notice.isp.test", REFUSED_OWN_HOST);
	return rc != 0 ? rc : guards_seal(&guards, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_related_to_a_protected_name_is_refused),
		cmocka_unit_test(without_protected_names_only_suffixes_are_refused),
		cmocka_unit_test(a_whole_top_level_domain_can_be_protected),
		cmocka_unit_test(the_search_finds_what_a_comparison_with_each_finds),
		cmocka_unit_test(lists_are_refused_what_they_may_not_say),
		cmocka_unit_test(a_list_of_protected_names_is_none),
	};

	return cmocka_run_group_tests(tests, setup_guards, teardown);
}
