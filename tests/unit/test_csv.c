// SPDX-License-Identifier: BSD-3-Clause
/* format-csv, csv-row: whole lists. */
#include "seen.h"

// clang-format off
#define HEAD \
	"domain,scope,action,authority,order,issued,effective,expires,notice,reason\n"

static const struct list_case lists[] = {
	{ "a CSV of names", "csv", "domain\na.example\n\n*.b.example\n",
	  "a.example\nb.example below\n" },
	{ "columns in any order, quotes, blanks", "csv",
	  "authority,\"domain\"\r\n"
	  "\"Ministry of \"\"Examples\"\", Jakarta\", a.example \r\n",
	  "a.example authority=Ministry of \"Examples\", Jakarta\n" },
	{ "all about an order", "csv",
	  "domain,scope,action,authority,category,order,basis,reason,issued,effective,"
	  "expires,notice,contact\n"
	  "toko-palsu.example,exact,nxdomain,Ministry,fake-shop,12/2026,Law 1,Fraud,"
	  "2026-11-23,2026-11-23T10:00:00Z,2026-11-23T10:00:00-02:30,"
	  "192.0.2.1 2001:db8::1,appeal@example.org\n",
	  "toko-palsu.example exact nxdomain notice=192.0.2.1 2001:db8::1 "
	  "authority=Ministry category=fake-shop reference=12/2026 basis=Law 1 "
	  "reason=Fraud contact=appeal@example.org issued=1795392000 "
	  "effective=1795428000 expires=1795437000\n" },
	{ "empty fields say nothing", "csv", HEAD "a.example,,,,,,,,,\n",
	  "a.example\n" },
	{ "a pass", "csv", HEAD "a.example,,pass,,,,,,,\n", "a.example pass\n" },
	{ "a star and its scope", "csv", HEAD "*.a.example,below,,,,,,,,\n",
	  "a.example below\n" },
	{ "a star and another scope", "csv", HEAD "a.example,,,,,,,,,\n"
						  "*.a.example,exact,,,,,,,,\n",
	  "a.example\n3: scope-and-star: exact\n" },
	{ "bad fields", "csv",
	  HEAD "a.example,,,,,,,,,\n"
	       "b.example,all,,,,,,,,\n"
	       "c.example,,block,,,,,,,\n"
	       "d.example,,,,,23/11/2026,,,,\n"
	       "e.example,,,,,,2026-11-24,2026-11-23,,\n"
	       "f.example,,,,,,,,192.0.2.300,\n"
	       "g.example,,,,,,,,192.0.2.1;192.0.2.2,\n"
	       "192.0.2.1,,,,,,,,,\n"
	       ",,,,,,,,,\n",
	  "a.example\n"
	  "3: bad-scope: all\n4: bad-action: block\n5: bad-date: 23/11/2026\n"
	  "6: date-order: 2026-11-23\n7: bad-notice: 192.0.2.300\n"
	  "8: bad-notice: 192.0.2.1;192.0.2.2\n9: ip-address: 192.0.2.1\n"
	  "10: empty-label: \n" },
	{ "too few and too many fields", "csv",
	  "domain,scope\na.example,exact\nb.example\nc.example,exact,x\nd.example,\n",
	  "a.example exact\n"
	  "3: too-few-fields: b.example\n4: too-many-fields: c.example\n"
	  "d.example\n" },
	{ "a row over several lines begins at its first", "csv",
	  "domain,reason\na.example,\"one\ntwo\n\nthree\"\nb.example,fine\n"
	  "\"c\n.example\",x\n192.0.2.1,x\n",
	  "2: bad-text: one\\x0atwo\\x0a\\x0athree\nb.example reason=fine\n"
	  "7: not-a-name: c\\x0a.example\n9: ip-address: 192.0.2.1\n" },
	{ "text that is not clean", "csv",
	  "domain,reason\na.example,x\nb.example,\x1b[31m\nc.example,\xff\n",
	  "a.example reason=x\n3: bad-text: \\x1b[31m\n4: bad-text: \\xff\n" },
	{ "a CR alone ends a row too", "csv", "domain,reason\na.example,x\rb.example\n",
	  "a.example reason=x\n2: too-few-fields: b.example\n" },
	{ "a language and a code", "csv",
	  "domain,reason,language,ede\na.example,Fraud,id,17\nb.example,,,15\n"
	  "c.example,,zh-Hant-TW,\nd.example,,x-abcdefgh-1,16\n",
	  "a.example reason=Fraud language=id ede=17\nb.example ede=15\n"
	  "c.example language=zh-Hant-TW\nd.example language=x-abcdefgh-1 ede=16\n" },
	{ "what is no language", "csv",
	  "domain,language\na.example,i\nb.example,bahasa indonesia\n"
	  "c.example,indonesian\nd.example,id-\ne.example,-id\nf.example,id--ID\n"
	  "g.example,1d\nh.example,id_ID\ni.example,en-abcdefghi\n"
	  "j.example,aa-bbbbbbbb-cccccccc-dddddddd-eeeee\n"
	  "k.example,aa-bbbbbbbb-cccccccc-dddddddd-eeeeee\nl.example,\xc3\xa9n\n",
	  "2: bad-language: i\n3: bad-language: bahasa indonesia\n"
	  "4: bad-language: indonesian\n5: bad-language: id-\n"
	  "6: bad-language: -id\n7: bad-language: id--ID\n"
	  "8: bad-language: 1d\n9: bad-language: id_ID\n"
	  "10: bad-language: en-abcdefghi\n"
	  "j.example language=aa-bbbbbbbb-cccccccc-dddddddd-eeeee\n"
	  "12: bad-language: aa-bbbbbbbb-cccccccc-dddddddd-eeeeee\n"
	  "13: bad-language: \xc3\xa9n\n" },
	{ "what is no code", "csv",
	  "domain,ede\na.example,4\nb.example,14\nc.example,18\nd.example,015\n"
	  "e.example,15x\nf.example,Blocked\ng.example,-15\nh.example,65551\n"
	  "i.example, 16 \n",
	  "2: bad-ede: 4\n3: bad-ede: 14\n4: bad-ede: 18\n5: bad-ede: 015\n"
	  "6: bad-ede: 15x\n7: bad-ede: Blocked\n8: bad-ede: -15\n"
	  "9: bad-ede: 65551\ni.example ede=16\n" },
	{ "code points that are no characters", "csv",
	  "domain,reason\na.example,\xef\xbf\xbe\nb.example,\xef\xb7\x90\n"
	  "c.example,\xf0\x9f\xbf\xbf\nd.example,\xef\xbf\xbd\n",
	  "2: bad-text: \\xef\\xbf\\xbe\n3: bad-text: \\xef\\xb7\\x90\n"
	  "4: bad-text: \\xf0\\x9f\\xbf\\xbf\nd.example reason=\xef\xbf\xbd\n" },
	{ "a review, an appeal and a second language", "csv",
	  "domain,reason,review,appeal,second-reason,second-language\n"
	  "a.example,Fraud,2027-01-31,appeal@notice.example,Penipuan,id\n"
	  "b.example,,2027-02-30,,,\nc.example,,,,Penipuan,bahasa indonesia\n",
	  "a.example reason=Fraud appeal=appeal@notice.example "
	  "second_reason=Penipuan second_language=id review=1801353600\n"
	  "3: bad-date: 2027-02-30\n4: bad-language: bahasa indonesia\n" },
	{ "no end at the last line", "csv", "domain,reason\na.example,x",
	  "a.example reason=x\n" },
};
// clang-format on

static void lists_are_read(void **state)
{
	(void)state;
	check_lists(lists, sizeof(lists) / sizeof(lists[0]));
}

// clang-format off
static const struct broken_case broken[] = {
	{ "an unknown column", "domain,colour\n",
	  ":1: cannot read the list: unknown column "
						  "'colour'" },
	{ "a column in capitals", "Domain\n", ": unknown column 'Domain'" },
	{ "a column twice", "domain,scope,domain\n", ": column 'domain' twice" },
	{ "an unnamed column", "domain,,scope\n", ": unknown column ''" },
	{ "a quote that never ends", "domain,reason\na.example,x\nb.example,\"x\nc\n",
	  ":3: cannot read the list: broken CSV: a quote that never ends" },
	{ "a quote inside a field", "domain,reason\na.example,x\nb.example,x\"y\"\n",
	  ":3: cannot read the list: broken CSV: a quote inside a field" },
};
// clang-format on

static void broken_lists_are_errors(void **state)
{
	(void)state;
	check_broken(broken, sizeof(broken) / sizeof(broken[0]));
}

static void a_csv_needs_a_domain_column(void **state)
{
	static const char in[] = "scope,action\nexact,drop\n";
	struct seen seen;
	struct report report;
	struct err e = { 0 };

	(void)state;
	assert_int_equal(read_text(in, sizeof(in) - 1, 0, &seen, &report, &e),
			 ERR_INPUT);
	assert_non_null(strstr(e.text, ":1: cannot read the list: no column 'domain'"));
	assert_int_equal(read_text("\n\n", 2, 0, &seen, &report, &e), ERR_INPUT);
	assert_non_null(strstr(e.text, "no header row"));
}

static void long_fields_are_refused(void **state)
{
	struct seen seen;
	struct report report;
	struct err e;
	char in[3000], x[1002];

	(void)state;
	memset(x, 'x', sizeof(x));
	snprintf(in, sizeof(in),
		 "domain,reason\na.example,%.1000s\nb.example,%.1001s\n", x, x);
	assert_int_equal(read_text(in, strlen(in), -1, &seen, &report, &e), 0);
	assert_int_equal(report.accepted, 1);
	assert_int_equal(report.refused[REFUSED_FIELD_LENGTH], 1);
}

static void endless_fields_end_the_reading(void **state)
{
	struct seen seen;
	struct report report;
	struct err e = { 0 };
	size_t room = 200000;
	char *in = malloc(room);

	(void)state;
	assert_non_null(in);
	for (size_t i = 0; i < room; i++)
		in[i] = i % 50 == 0 ? '\n' : 'x';
	memcpy(in, "domain\n\"", 8);
	assert_int_equal(read_text(in, room, 0, &seen, &report, &e), ERR_INPUT);
	assert_non_null(strstr(e.text, ":2: cannot read the list: broken CSV: a field "
				       "longer than 65536 bytes"));
	free(in);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lists_are_read),
		cmocka_unit_test(broken_lists_are_errors),
		cmocka_unit_test(a_csv_needs_a_domain_column),
		cmocka_unit_test(long_fields_are_refused),
		cmocka_unit_test(endless_fields_end_the_reading),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
