// SPDX-License-Identifier: BSD-3-Clause
/* format-rpz, rpz-zone, rpz-record: whole zones. */
#include "seen.h"

// clang-format off
#define SOA "localhost. admin.example. ( 26081205 120 60 ; x\n 2592000 900 )\n"

static const struct list_case zones[] = {
	{ "a master file", "rpz",
	  "$ORIGIN rpz.example.\n$TTL 900\n@ IN SOA " SOA "    IN NS  localhost.\n"
	  "toko.example IN CNAME notice.example.\n"
	  "*.toko.example IN CNAME notice.example.\n",
	  "toko.example\n" },
	{ "what dig prints of a transfer", "rpz",
	  "; <<>> DiG 9.18 <<>> axfr rpz.example\n;; global options: +cmd\n"
	  "rpz.example. 900 IN SOA localhost. a.example. 26081205 120 60 2592000 900\n"
	  "rpz.example.\t900\tIN\tNS\tlocalhost.\n"
	  "toko.example.RPZ.example.\t3600\tIN\tCNAME\tnotice.example.\n"
	  "*.toko.example.rpz.example. 3600 IN CNAME notice.example.\n"
	  "rpz.example. 900 IN SOA localhost. a.example. 26081205 120 60 2592000 900\n"
	  ";; Query time: 1 msec\n;; XFR size: 5 records (messages 1, bytes 300)\n",
	  "toko.example\n" },
	{ "without a head", "rpz", "a.example CNAME .\nb.example CNAME .\n",
	  "a.example exact nxdomain\nb.example exact nxdomain\n" },
	{ "actions", "rpz",
	  "$TTL 60\na.example CNAME .\nb.example CNAME *.\n"
	  "c.example CNAME rpz-passthru.\n"
	  "d.example CNAME RPZ-Drop.\ne.example CNAME rpz-tcp-only.\n"
	  "f.example A 192.0.2.1\nf.example AAAA 2001:db8::1\n*.f.example A 192.0.2.1\n"
	  "g.example TXT \"x ; y\" ; z\nh.example CNAME h.example.\n"
	  "i.example CNAME notice.example.\nj.example CNAME rpz-other.\n"
	  "k.example CNAME rpz-passthru\nl.example CNAME *.garden.example.\n"
	  "*.m.example CNAME *.m.example.\n",
	  "a.example exact nxdomain\nb.example exact nodata\nc.example exact pass\n"
	  "6: tcp-only: e.example\n"
	  "d.example exact drop\nf.example\ng.example exact\nh.example exact pass\n"
	  "13: bad-rpz-action: j.example\n14: bad-rpz-action: k.example\n"
	  "i.example exact\nl.example exact\nm.example below\n" },
	{ "pairs become one entry, others do not", "rpz",
	  "$TTL 60\na.example CNAME .\n*.a.example CNAME .\n*.b.example CNAME .\n"
	  "b.example CNAME .\nc.example CNAME .\n*.c.example CNAME *.\n"
	  "*.d.example CNAME .\n"
	  "e.example CNAME .\nf.example CNAME .\n*.e.example CNAME .\n",
	  "a.example nxdomain\nb.example nxdomain\nc.example exact nxdomain\n"
	  "c.example below nodata\nd.example below nxdomain\ne.example exact nxdomain\n"
	  "f.example exact nxdomain\ne.example below nxdomain\n" },
	{ "other triggers", "rpz",
	  "$TTL 60\na.example CNAME .\n24.0.2.0.192.rpz-ip CNAME .\n"
	  "32.1.2.0.192.rpz-client-ip CNAME rpz-drop.\n"
	  "ns.b.example.rpz-nsdname CNAME .\n"
	  "48.zz.db8.2001.RPZ-NSIP CNAME .\n",
	  "3: other-trigger: 24.0.2.0.192.rpz-ip\n"
	  "4: other-trigger: 32.1.2.0.192.rpz-client-ip\n"
	  "5: other-trigger: ns.b.example.rpz-nsdname\n"
	  "6: other-trigger: 48.zz.db8.2001.RPZ-NSIP\na.example exact nxdomain\n" },
	{ "origins below the apex", "rpz",
	  "$ORIGIN .\n$TTL 60\nrpz.example 60 IN SOA a. b. 1 2 3 4 5\n"
	  "\t\tNS localhost.\n"
	  "$ORIGIN rpz.example.\na.example CNAME .\n$ORIGIN b.example.rpz.example.\n"
	  "www CNAME .\n* CNAME .\n@ CNAME .\n$ORIGIN c\nd CNAME .\n",
	  "a.example exact nxdomain\nwww.b.example exact nxdomain\nb.example nxdomain\n"
	  "d.c.b.example exact nxdomain\n" },
	{ "an origin without a SOA", "rpz",
	  "$ORIGIN rpz.example.\na.example CNAME .\nb.example.rpz.example. CNAME .\n",
	  "a.example exact nxdomain\nb.example exact nxdomain\n" },
	{ "owners that are left out", "rpz",
	  "$TTL 60\na.example A 192.0.2.1\n\tAAAA 2001:db8::1\n  60 IN A 192.0.2.2\n"
	  "a..b A 192.0.2.1\n  AAAA 2001:db8::1\n",
	  "5: empty-label: a..b\n6: empty-label: a..b\na.example exact\n" },
	{ "TTL and class in either order", "rpz",
	  "a.example 60 IN CNAME .\nb.example IN 60 CNAME .\nc.example 1h CNAME .\n"
	  "d.example cname .\ne.example CH CNAME .\n",
	  "a.example exact nxdomain\nb.example exact nxdomain\n"
	  "c.example exact nxdomain\n"
	  "5: bad-record: .\nd.example exact nxdomain\n" },
	{ "names that the library would take for others", "rpz",
	  "$ORIGIN rpz.example.\n$TTL 60\na.example CNAME .\n@x.example CNAME .\n"
	  "b\\.c.example CNAME .\n\\@d.example CNAME .\n",
	  "4: url-user: @x.example\na.example exact nxdomain\n"
	  "b\\.c.example exact nxdomain\n\\@d.example exact nxdomain\n" },
	{ "what is no record", "rpz",
	  "$TTL 60\na.example CNAME .\nb.example CNAME\nc.example A 192.0.2\n"
	  "d.example A\ne.example CNAME x y\nf.example NONSENSE x\ng.example\n"
	  "h.example MX 10 mail.example.\n",
	  "3: bad-record: b.example\n4: bad-record: 192.0.2\n5: bad-record: d.example\n"
	  "6: bad-record: x y\n7: bad-record: x\n8: bad-record: g.example\n"
	  "a.example exact nxdomain\nh.example exact\n" },
	{ "records that signed zones have", "rpz",
	  "rpz.example. 60 IN SOA a. b. 1 2 3 4 5\nrpz.example. DNSKEY 256 3 8 AQAB\n"
	  "a.example.rpz.example. CNAME .\n"
	  "a.example.rpz.example. NSEC b.rpz.example. A\n"
	  "rpz.example. ZONEMD 1 1 1 00\nrpz.example. TXT \"x\"\n"
	  "other.example. CNAME .\n",
	  "6: root: \"x\"\n7: outside-zone: other.example.\na.example exact nxdomain\n"
	  "" },
	{ "parentheses and comments", "rpz",
	  "; x\n\n$TTL 60 ; x\na.example ( ; x\n  CNAME ; x\n . ) ; x\n"
	  "b.example TXT ( \"(\" ; x )\n  \"y\" )\n",
	  "a.example exact nxdomain\nb.example exact\n" },
};

// clang-format on

static void zones_are_read(void **state)
{
	(void)state;
	check_lists(zones, sizeof(zones) / sizeof(zones[0]));
}

// clang-format off
static const struct broken_case broken[] = {
	{ "a zone without policy",
	  "rpz.example. 60 IN SOA a. b. 1 2 3 4 5\nrpz.example. 60 IN NS localhost.\n"
	  "rpz.example. 60 IN SOA a. b. 1 2 3 4 5\n",
	  ": the zone has a SOA and no policy; perhaps its primary has not approved" },
	{ "an incremental transfer",
	  "z.example. 60 IN SOA a. b. 3 2 3 4 5\nz.example. 60 IN SOA a. b. 2 2 3 4 5\n"
	  "old.example.z.example. 60 IN CNAME .\nz.example. 60 IN SOA a. b. 3 2 3 4 5\n"
	  "new.example.z.example. 60 IN CNAME .\n"
	  "z.example. 60 IN SOA a. b. 3 2 3 4 5\n",
	  ":2: cannot read the list: an incremental transfer (IXFR)" },
	{ "something after the end",
	  "z.example. 60 IN SOA a. b. 3 2 3 4 5\nz.example. 60 IN SOA a. b. 3 2 3 4 5\n"
	  "a.example.z.example. 60 IN CNAME .\n",
	  ":3: cannot read the list: records follow the SOA that ends the transfer" },
	{ "a cut transfer",
	  "; <<>> DiG 9.18 <<>> axfr z.example\nz.example. 60 IN SOA a. b. 3 2 3 4 5\n"
	  "a.example.z.example. 60 IN CNAME .\n",
	  ":3: cannot read the list: the file is cut: dig does not say that" },
	{ "a failed transfer",
	  "; <<>> DiG 9.18 <<>> axfr z.example\n;; global options: +cmd\n"
	  "; Transfer failed.\n"
	  "a.example CNAME .\n",
	  ":3: cannot read the list: the zone transfer failed" },
	{ "a parenthesis that never closes",
	  "a.example CNAME .\n@ IN SOA a. b. ( 1 2 3\n",
	  ":2: cannot read the list: the file is cut: a parenthesis never closes" },
	{ "an absolute name of no zone", "a.example. CNAME .\nb.example. CNAME .\n",
	  ":1: cannot read the list: an absolute name, and neither $ORIGIN nor SOA" },
	{ "a file to include", "$TTL 60\na.example CNAME .\n$INCLUDE other\n",
	  ":3: cannot read the list: $INCLUDE is not taken" },
	{ "names to generate", "$TTL 60\n$GENERATE 1-9 a$.example CNAME .\n",
	  ":2: cannot read the list: $GENERATE is not taken" },
	{ "a directive that is not clean", "$TTL 60\n$\033[1m 1\na.example CNAME .\n",
	  ":2: cannot read the list: $\\x1b[1m is not taken" },
	{ "an origin of nothing", "$ORIGIN\na.example CNAME .\n",
	  ":1: cannot read the list: $ORIGIN without an absolute name" },
	{ "a relative origin of nothing", "$ORIGIN a\nb.example CNAME .\n",
	  ":1: cannot read the list: $ORIGIN without an absolute name" },
};
// clang-format on

static void broken_zones_are_errors(void **state)
{
	(void)state;
	check_broken(broken, sizeof(broken) / sizeof(broken[0]));
}

static void records_are_counted(void **state)
{
	static const char in[] = "; x\n$TTL 60\n@ SOA a. b. (\n1 2 3 4 5 )\n@ NS x.\n\n"
				 "a.example A 192.0.2.1\na.example AAAA 2001:db8::1\n"
				 "*.a.example A 192.0.2.1\nco.example CNAME .\n";
	struct seen seen;
	struct report report;

	(void)state;
	assert_int_equal(read_text(in, sizeof(in) - 1, -1, &seen, &report, NULL), 0);
	assert_string_equal(seen.text, "a.example\n10: public-suffix: co.example\n");
	assert_int_equal(report.lines, 10);
	assert_int_equal(report.skipped, 6);
	assert_int_equal(report.accepted, 1);
	assert_int_equal(report.joined, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(zones_are_read),
		cmocka_unit_test(broken_zones_are_errors),
		cmocka_unit_test(records_are_counted),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
