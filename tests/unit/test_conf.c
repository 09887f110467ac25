// SPDX-License-Identifier: BSD-3-Clause
/* conf-value, limit: durations, sizes, shares, and the window they make. */
#include "fixture.h"

#include "limit.h"

// clang-format off
static const struct {
	const char *text;
	int64_t ms; /* -1: none */
} durations[] = {
	{ "0s", 0 }, { "500ms", 500 }, { "10s", 10000 }, { "15m", 900000 },
	{ "24h", 86400000 }, { "400d", 34560000000 }, { "2w", 1209600000 },
	{ "", -1 }, { "10", -1 }, { "s", -1 }, { "10 s", -1 }, { "-1s", -1 },
	{ "1.5h", -1 }, { "10S", -1 }, { "10min", -1 }, { "1h30m", -1 },
	{ "999999999999999999w", -1 }, { "9999999999999999999s", -1 },
};
static const struct {
	const char *text;
	uint64_t bytes; /* UINT64_MAX: none */
} sizes[] = {
	{ "0", 0 }, { "4096", 4096 }, { "64K", 65536 }, { "500M", 524288000 },
	{ "1G", 1073741824 }, { "2T", 2199023255552 },
	{ "", UINT64_MAX }, { "G", UINT64_MAX }, { "1g", UINT64_MAX },
	{ "1GB", UINT64_MAX }, { "-1", UINT64_MAX }, { "1.5G", UINT64_MAX },
	{ "999999999999999999T", UINT64_MAX },
};
static const struct {
	const char *text;
	int64_t of; /* of 1000; -1: none */
} shares[] = {
	{ "5%", 50 }, { "0.5%", 5 }, { "0.25%", 2 }, { "0.125%", 1 }, { "100%", 1000 },
	{ "300%", 3000 }, { "0%", 0 }, { "1.05%", 10 }, { "7", 7 }, { "10000", 10000 },
	{ "", -1 }, { "%", -1 }, { "5 %", -1 }, { ".5%", -1 }, { "5.%", -1 },
	{ "0.0001%", -1 }, { "1.5", -1 }, { "-5%", -1 }, { "5%%", -1 },
	{ "99999999999%", -1 },
};
static const struct {
	const char *url, *host; /* NULL: none */
} urls[] = {
	{ "https://lists.example/x.txt", "lists.example" },
	{ "http://lists.example", "lists.example" },
	{ "HTTPS://Lists.example:8443/x?y#z", "Lists.example" },
	{ "https://lists.example?x", "lists.example" },
	{ "https://user@lists.example/x", NULL }, { "ftp://lists.example/x", NULL },
	{ "lists.example/x", NULL }, { "https:///x", NULL }, { "", NULL },
};
// clang-format on

static void values_are_what_they_say(void **state)
{
	int64_t ms;
	uint64_t bytes;
	struct share s;
	char host[256];

	(void)state;
	for (size_t i = 0; i < ROWS(durations); i++) {
		bool is = conf_duration(durations[i].text, &ms);

		check(is == (durations[i].ms >= 0), durations[i].text);
		check(!is || ms == durations[i].ms, durations[i].text);
	}
	for (size_t i = 0; i < ROWS(sizes); i++) {
		bool is = conf_size(sizes[i].text, &bytes);

		check(is == (sizes[i].bytes != UINT64_MAX), sizes[i].text);
		check(!is || bytes == sizes[i].bytes, sizes[i].text);
	}
	for (size_t i = 0; i < ROWS(shares); i++) {
		bool is = conf_share(shares[i].text, &s);

		check(is == (shares[i].of >= 0), shares[i].text);
		check(!is || share_of(&s, 1000) == (uint64_t)shares[i].of,
		      shares[i].text);
	}
	for (size_t i = 0; i < ROWS(urls); i++) {
		bool is = conf_url_host(urls[i].url, host);

		check(is == (urls[i].host != NULL), urls[i].url);
		check(!is || strcmp(host, urls[i].host) == 0, urls[i].url);
	}
}

static void a_share_of_very_many_names_is_exact(void **state)
{
	struct share s;

	(void)state;
	assert_true(conf_share("5%", &s));
	assert_int_equal(share_of(&s, 20000000), 1000000);
	assert_int_equal(share_of(&s, UINT64_MAX), UINT64_MAX / 20);
}

static void limits_are_those_of_the_profile_and_of_the_feed(void **state)
{
	struct conf_feed f = { .profile = (char[]){ "default" } };
	struct limits l = limit_of(&f);

	(void)state;
	assert_int_equal(limit_added(&l, 0), 50);
	assert_int_equal(limit_added(&l, 1020), 51);
	assert_int_equal(limit_removed(&l, 4900), 50);
	assert_int_equal(limit_removed(&l, 10000000), 100000);
	assert_int_equal(l.names, 1);
	f.profile = (char[]){ "trustpositif" };
	l = limit_of(&f);
	assert_int_equal(limit_added(&l, 10), 10000);
	assert_int_equal(limit_removed(&l, 10000000), 150);
	assert_int_equal(l.names, 1000);
	f.limits = (struct conf_limits){
		.removed = (char[]){ "1%" },
		.floor = (char[]){ "7" },
		.names = (char[]){ "3" },
		.popular = (char[]){ "0" },
		.bad_lines = (char[]){ "2%" },
	};
	l = limit_of(&f);
	assert_int_equal(limit_added(&l, 10), 10000);
	assert_int_equal(limit_removed(&l, 100), 7);
	assert_int_equal(limit_removed(&l, 10000), 100);
	assert_int_equal(l.names, 3);
	assert_int_equal(l.popular, 0);
	assert_int_equal(l.bad_lines.count, 2000);
	assert_null(limit_profile("none"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_are_what_they_say),
		cmocka_unit_test(a_share_of_very_many_names_is_exact),
		cmocka_unit_test(limits_are_those_of_the_profile_and_of_the_feed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
