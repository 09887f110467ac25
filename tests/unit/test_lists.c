// SPDX-License-Identifier: BSD-3-Clause
/* format-dnsmasq, format-unbound, format-adblock, format-wildcard, format-adm: whole
 * lists. */
#include "seen.h"

// clang-format off
static const struct list_case lists[] = {
	{ "dnsmasq", "dnsmasq",
	  "# x\naddress=/a.example/192.0.2.1\naddress=/b.example/#\n"
	  "address=/c.example/\nlocal=/d.example/\nserver=/e.example/\n"
	  "server=/f.example/#\nADDRESS=/g.example/#\n",
	  "a.example\nb.example\nc.example nxdomain\nd.example nxdomain\n"
	  "e.example nxdomain\nf.example pass\n8: not-blocking: ADDRESS=/g.example/#\n"
	  "" },
	{ "dnsmasq: several names in a line", "dnsmasq",
	  "address=/a.example/B.Example./192.0.2.1/0.0.0.0\n"
	  "local=/c.example/*.d.example/\n",
	  "a.example\nb.example\n1: ip-address: 192.0.2.1\n"
	  "c.example nxdomain\nd.example below nxdomain\n" },
	{ "dnsmasq: what blocks nothing", "dnsmasq",
	  "local=/a.example/\nlocal=/b.example/\nlocal=/c.example/\nlocal=/d.example/\n"
	  "server=/e.example/192.0.2.53\nserver=192.0.2.53\nport=53\nlocal=//\n"
	  "local=/#/\naddress=/\ncache-size=1 # x\n",
	  "a.example nxdomain\nb.example nxdomain\nc.example nxdomain\n"
	  "d.example nxdomain\n5: not-blocking: e.example\n"
	  "6: not-blocking: server=192.0.2.53\n7: not-blocking: port=53\n"
	  "8: empty-label: \n9: root: #\n10: not-blocking: address=/\n"
	  "11: not-blocking: cache-size=1\n" },
	{ "unbound: types of zones", "unbound",
	  "server:\n\tlocal-zone: \"a.example.\" always_nxdomain\n"
	  "local-zone: b.example always_null\nlocal-zone: 'c.example' redirect\n"
	  "local-zone: d.example. static\nlocal-zone: e.example refuse # x\n"
	  "local-zone: f.example always_refuse\nlocal-zone: g.example deny\n"
	  "local-zone: h.example always_deny\nlocal-zone: i.example always_nodata\n"
	  "local-zone: j.example always_transparent\nLOCAL-ZONE: k.example REDIRECT\n"
	  "local-zone: l.example inform_deny\nlocal-zone: m.example inform_redirect\n",
	  "a.example nxdomain\nb.example\nc.example\nd.example nxdomain\n"
	  "e.example refused\nf.example refused\ng.example drop\nh.example drop\n"
	  "i.example nodata\nj.example pass\nk.example\nl.example drop\nm.example\n" },
	{ "unbound: types that do not block", "unbound",
	  "local-zone: a.example transparent\nlocal-zone: b.example typetransparent\n"
	  "local-zone: c.example inform\nlocal-zone: d.example nodefault\n"
	  "local-zone: e.example\nlocal-zone: f.example block\n"
	  "local-zone: g.example redirect\nlocal-data-ptr: \"192.0.2.1 h.example\"\n"
	  "include: x.conf\n",
	  "1: not-blocking: a.example\n2: not-blocking: b.example\n"
	  "3: not-blocking: c.example\n4: not-blocking: d.example\n"
	  "5: not-blocking: e.example\n6: not-blocking: f.example\ng.example\n"
	  "8: not-blocking: local-data-ptr: \"192.0.2.1 h.example\"\n"
	  "9: not-blocking: include: x.conf\n" },
	{ "unbound: the data of a zone is a part of it", "unbound",
	  "local-zone: \"a.example\" redirect\nlocal-data: \"a.example A 192.0.2.1\"\n"
	  "local-data: \"A.example. 60 IN AAAA 2001:db8::1\"\n"
	  "local-data: 'b.example A 192.0.2.1'\n"
	  "local-zone: \"c.example\" static\nlocal-data: \"c.example A 192.0.2.1\"\n",
	  "a.example\nb.example exact\nc.example nxdomain\nc.example exact\n" },
	{ "adblock", "adblock",
	  "[Adblock Plus]\n! x\n# x\n||a.example^\n@@||b.example^\n"
	  "||C.Example^$important\n"
	  "||d.example^$all,document\n||*.e.example^\n||f.example^|\n",
	  "a.example\nb.example pass\nc.example\nd.example\ne.example below\n"
	  "f.example\n" },
	{ "adblock: less or more than a name", "adblock",
	  "||a.example^\n||b.example^$third-party\n||c.example/x^\n||d.example\n"
	  "##.banner\ne.example##.x\n|https://f.example^\ng.example\n/ads/\n"
	  "||h.example^$important,script\n||i.*^\n||192.0.2.1^\n||j.example^x\n"
	  "@@||co.example^\n||co.example^\n",
	  "a.example\n2: part-of-site: ||b.example^$third-party\n"
	  "3: url-path: c.example/x\n4: part-of-site: ||d.example\n"
	  "5: part-of-site: ##.banner\n6: part-of-site: e.example##.x\n"
	  "7: part-of-site: |https://f.example^\n8: part-of-site: g.example\n"
	  "9: part-of-site: /ads/\n10: part-of-site: ||h.example^$important,script\n"
	  "11: not-a-name: i.*\n12: ip-address: 192.0.2.1\n"
	  "13: part-of-site: ||j.example^x\n"
	  "14: public-suffix: co.example\n15: public-suffix: co.example\n" },
	{ "adm", "adm",
	  "0000350_2026.29.08\r\nscommesse.example\r\nwww.gioco.example\r\n\r\n",
	  "scommesse.example\nwww.gioco.example\n" },
	{ "agcom", "adm", "\n57_2026.29.08\na.example\n58_2026.30.08\n",
	  "a.example\n4: numeric-tld: 58_2026.30.08\n" },
	{ "what begins nearly so is no head", "domains", "a.example\n57_2026.29.8\n",
	  "a.example\n2: numeric-tld: 57_2026.29.8\n" },
};

static const struct list_case stars[] = {
	{ "*.name means the name, too", "wildcard",
	  "# x\n*.a.example\nb.example # x\n*.*.c.example\nhttps://d.example/\n",
	  "a.example\nb.example\nc.example below\nd.example\n" },
};
// clang-format on

static void lists_are_read(void **state)
{
	(void)state;
	check_lists(lists, sizeof(lists) / sizeof(lists[0]));
	check_lists_as(word_find(format_names, FORMATS, span_of("wildcard")), stars,
		       sizeof(stars) / sizeof(stars[0]));
}

/* What the list leaves open is as the reader is told; what it says is not. */
static void a_list_that_says_nothing_takes_the_default(void **state)
{
	static const char in[] = "||a.example^\n@@||b.example^\n";
	struct seen seen = { .used = 0 };
	struct report report = { .on_refused = on_refused, .arg = &seen };
	struct reading r = {
		.guards = &guards,
		.scope = SCOPE_EXACT,
		.action = ACTION_NODATA,
		.sink = { accept, &seen },
		.report = &report,
	};
	char path[64];
	int fd = make_file(path, in, sizeof(in) - 1);

	(void)state;
	assert_int_equal(list_read(&r, path, -1, NULL), 0);
	assert_string_equal(seen.text, "a.example nodata\nb.example pass\n");
	close(fd);
}

static void joined_records_are_counted(void **state)
{
	static const char in[] = "local-zone: a.example redirect\n"
				 "local-data: \"a.example A 192.0.2.1\"\n"
				 "local-data: \"x.a.example A 192.0.2.1\"\n";
	struct seen seen;
	struct report report;

	(void)state;
	assert_int_equal(read_text(in, sizeof(in) - 1, -1, &seen, &report, NULL), 0);
	assert_int_equal(report.accepted, 1);
	assert_int_equal(report.joined, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lists_are_read),
		cmocka_unit_test(a_list_that_says_nothing_takes_the_default),
		cmocka_unit_test(joined_records_are_counted),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
