// SPDX-License-Identifier: BSD-3-Clause
/* format-jsonl, format-json, format-certpl, format-certpl-log, format-ojk,
 * format-hazard, format-rkn, json-source, xml-source: whole documents. */
#include "seen.h"

// clang-format off
#define XML "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
#define POSITION(inside) "<PozycjaRejestru Lp=\"1\">" inside "</PozycjaRejestru>\n"
#define REJESTR(inside) \
	XML "<Rejestr xmlns=\"http://hazard.example/\">\n" inside "</Rejestr>\n"
#define LOG(id, domain, action)                                                        \
	"{\"RegisterPositionId\":" id ",\"DomainAddress\":\"" domain                  \
	"\",\"ActionType\":\"" action "\"}\n"
#define TEN(s) s s s s s s s s s s
#define RKN_HEAD "<?xml version=\"1.0\" encoding=\"windows-1251\"?>\n" \
	"<reg:register xmlns:reg=\"http://rsoc.example/reg\" formatVersion=\"2.4\">\n"

static const struct list_case lists[] = {
	{ "jsonl", "jsonl",
	  "{\"domain\":\"a.example\"}\n\n{\"domain\":\"*.b.example\","
	  "\"scope\":null}\r\n"
	  "{\"domain\":\"c.example\",\"scope\":\"exact\",\"action\":\"nxdomain\","
	  "\"authority\":\"Ministry\",\"order\":12,\"issued\":\"2026-11-23\","
	  "\"ede\":16,"
	  "\"notice\":[\"192.0.2.1\",\"2001:db8::1\"]}\n",
	  "a.example\nb.example below\n"
	  "c.example exact nxdomain notice=192.0.2.1 2001:db8::1 authority=Ministry "
	  "reference=12 ede=16 issued=1795392000\n" },
	{ "jsonl with faults", "jsonl",
	  "{\"domain\":\"a.example\",\"scope\":\"all\"}\n{\"order\":\"1\","
	  "\"domain\":\"\"}\n"
	  "{\"domain\":[\"b.example\"]}\n{\"domain\":\"192.0.2.1\"}\n"
	  "{\"domain\":\"c.example\",\"reason\":\"a\\nb\"}\n{\"domain\":\"d.example\"}",
	  "1: bad-scope: all\n2: no-name: \n3: not-text: domain\n"
	  "4: ip-address: 192.0.2.1\n5: bad-text: a\\x0ab\nd.example\n" },
	{ "an array of names", "json",
	  "[\n \"a.example\", \"B.example.\",\n"
	  "\"https://c.example/x\" , \"*.d.example\",7]\n",
	  "a.example\nb.example\n3: url-path: https://c.example/x\nd.example below\n"
	  "3: not-text: ?\n" },
	{ "an object of arrays", "json",
	  "{\"version\":2,\"allow\":[\"a.example\",\"co.example\"],"
	  "\"deny\":[\"b.example\"],"
	  "\"denySub\":[\"c.example/x\"],\"about\":{\"x\":[1,\"]\"]}}",
	  "a.example pass\n1: public-suffix: co.example\nb.example\n"
	  "1: url-path: c.example/x\n" },
	{ "an array of objects", "json",
	  "[{\"domain\":\"a.example\","
	  "\"order\":\"1/2026\"},\n{\"domain\":\"\\u00fc.example\"}]",
	  "a.example reference=1/2026\nxn--tda.example\n" },
	{ "strings that look like something else", "json",
	  "[\"a.example\",\"]\",\"\\\"\",\"{\",\"\\\\\",\"b.example\"]",
	  "a.example\n1: not-a-name: ]\n1: not-a-name: \"\n1: not-a-name: {\n"
	  "1: not-a-name: \\\nb.example\n" },
	{ "certpl", "certpl",
	  "[{\"RegisterPositionId\": 1001, \"DomainAddress\": \"a.example\",\n"
	  "\"InsertDate\": \"2026-11-23T11:00:00\", \"DeleteDate\": null},\n"
	  "{\"RegisterPositionId\": 1000, \"DomainAddress\": \"b.example\",\n"
	  "\"InsertDate\": \"2026-11-23T11:00:00\", \"DeleteDate\": \""
	  "2026-11-23T12:00:00\"}]",
	  "a.example reference=1001 issued=1795428000 effective=1795428000\n"
	  "b.example reference=1000 issued=1795428000 effective=1795428000 "
	  "expires=1795431600\n" },
	{ "certpl with faults", "certpl",
	  "[{\"RegisterPositionId\":1,\"DomainAddress\":\"a.example\","
	  "\"InsertDate\":\"x\"},\n"
	  "{\"RegisterPositionId\":2,\"DomainAddress\":\"\"},\n"
	  "{\"RegisterPositionId\":3,\"DomainAddress\":[]},\n\"x\",\n"
	  "{\"RegisterPositionId\":4,\"DomainAddress\":\"d.example\","
	  "\"InsertDate\":\"2026-01-02\",\"DeleteDate\":\"2026-01-01\"},\n"
	  "{\"RegisterPositionId\":5,\"DomainAddress\":\"e.example\"}]",
	  "1: bad-date: x\n2: no-name: 2\n3: not-text: DomainAddress\n"
	  "4: not-text: RegisterPositionId\n5: date-order: 4\ne.example reference=5\n"
	  "" },
	{ "certpl with numbers for texts", "certpl",
	  "[{\"RegisterPositionId\":1001,\"DomainAddress\":12},\n"
	  "{\"RegisterPositionId\":1002,\"DomainAddress\":\"a.example\"}]",
	  "1: numeric-tld: 12\na.example reference=1002\n" },
	{ "certpl with tabs", "certpl",
	  "\xef\xbb\xbfRegisterPositionId\tDomainAddress\tInsertDate\tDeleteDate\r\n"
	  "1001\ta.example\t2026-11-23T11:00:00\t\r\n"
	  "1000\tb.example\t2026-11-23T11:00:00\t2026-11-23T12:00:00\r\n"
	  "999\tc.example\r\n998\td.example\t\t\tx\r\n",
	  "a.example reference=1001 issued=1795428000 effective=1795428000\n"
	  "b.example reference=1000 issued=1795428000 effective=1795428000 "
	  "expires=1795431600\nc.example reference=999\n"
	  "5: too-many-fields: d.example\n" },
	{ "the log of certpl", "certpl-log",
	  LOG("1", "a.example", "block")
	  LOG("2", "b.example", "block")
	  LOG("1", "a.example", "unblock")
	  LOG("3", "b.example", "block")
	  LOG("2", "b.example", "unblock")
	  LOG("4", "c.example", "hide")
	  LOG("5", "d.example", "unblock")
	  LOG("5", "d.example", "block")
	  LOG("5", "d.example", "block")
	  LOG("6", "co.example", "block"),
	  "6: bad-state: c.example\nb.example reference=3\nd.example reference=5\n"
	  "10: public-suffix: co.example\n" },
	{ "ojk", "ojk",
	  "{\"data\":[{\"id\":1,\"name\":\"X\",\"email\":[\"a@mail.example\"],"
	  "\"phone\":[\"1\"],\"web\":[\"https://a.example/\",\n"
	  "\"https://play.example/store?id=x\",\"b.example, c.example\"],"
	  "\"entity_type\":\"Fintech Ilegal\",\"input_date\":\"31/12/2025\","
	  "\"description\":\"SP 01/SWI/I/2026\"},\n{\"id\":2,\"web\":[]},\n"
	  "{\"id\":3,\"web\":[\"d.example\"],\"input_date\":\"2026\"}]}",
	  "a.example category=Fintech Ilegal reference=SP 01/SWI/I/2026 "
	  "issued=1767139200\n1: url-path: https://play.example/store?id=x\n"
	  "1: not-a-name: b.example, c.example\n4: bad-date: 2026\n" },
	{ "ojk with numbers for texts", "ojk",
	  "{\"data\":[{\"web\":[\"a.example\"],\"entity_type\":7,"
	  "\"description\":123456},\n{\"web\":[\"b.example\"],"
	  "\"description\":12,\"input_date\":31}]}",
	  "a.example category=7 reference=123456\n2: bad-date: 31\n" },
	{ "hazard", "hazard",
	  REJESTR(POSITION("<AdresDomeny>kasyno.example</AdresDomeny>\n"
			   "<DataWpisu>2026-11-23T11:00:00</DataWpisu>\n")
		  POSITION("<DataWpisu>2026-11-23T11:00:00</DataWpisu>"
			   "<AdresDomeny> za\xc5\xbc\xc3\xb3\xc5\x82\xc4\x87.example "
	  "</AdresDomeny>"
			   "<DataWykreslenia>2026-11-23T12:00:00</DataWykreslenia>")),
	  "kasyno.example issued=1795428000 effective=1795428000\n"
	  "xn--za-6ja4f8n1l.example issued=1795428000 effective=1795428000 "
	  "expires=1795431600\n" },
	{ "hazard with faults", "hazard",
	  REJESTR(POSITION("<AdresDomeny>a.example/x</AdresDomeny>")
		  POSITION("<AdresDomeny/>")
		  POSITION("<AdresDomeny>b.example</AdresDomeny><DataWpisu>"
	  "x</DataWpisu>")
		  POSITION("<AdresDomeny><![CDATA[c.example]]></AdresDomeny>")),
	  "3: url-path: a.example/x\n4: no-name: \n5: bad-date: x\nc.example\n" },
	{ "rkn", "rkn",
	  RKN_HEAD
	  "<content id=\"77\" includeTime=\"2026-11-23T13:00:00\" blockType=\"domain\""
	  ">\n"
	  "<decision date=\"2026-11-23\" number=\"1-2-3\" org=\"\xce\xd0\xc3\"/>\n"
	  "<domain><![CDATA[a.example]]></domain><ip>192.0.2.10</ip></content>\n"
	  "<content id=\"78\" blockType=\"domain-mask\"><domain>*.b.example</domain>"
	  "<domain>c.example</domain></content>\n"
	  "<content id=\"79\"><url>http://d.example/x</url><domain>d.example</domain>"
	  "<ip>192.0.2.1</ip></content>\n"
	  "<content id=\"80\" blockType=\"ip\"><ip>192.0.2.2</ip></content>\n"
	  "<content id=\"81\" blockType=\"domain\"><domain>\xef\xf0\xe8"
	  ".example</domain>"
	  "</content>\n</reg:register>\n",
	  "a.example exact authority=\xd0\x9e\xd0\xa0\xd0\x93 reference=1-2-3 "
	  "issued=1795392000 effective=1795428000\n"
	  "b.example below\nc.example\n7: url-order: http://d.example/x\n"
	  "8: ip-address: 192.0.2.2\nxn--h1and.example exact\n" },
	{ "rkn with faults", "rkn",
	  RKN_HEAD "<content blockType=\"domain\" includeTime=\"x\"><domain>"
	  "a.example</domain>"
	  "</content>\n<content blockType=\"domain\"/>\n"
	  "<content blockType=\"domain\"><domain>b.example</domain></content>"
	  "</reg:register>",
	  "3: bad-date: x\n4: no-name: \nb.example exact\n" },
	{ "rkn with a number that is too long", "rkn",
	  RKN_HEAD "<content blockType=\"domain\"><decision number=\""
	  TEN(TEN(TEN("x"))) "x\"/><domain>a.example</domain></content>"
	  "<content blockType=\"domain\"><decision number=\"1\"/>"
	  "<domain>b.example</domain></content></reg:register>",
	  "3: field-too-long: " TEN(TEN("xx")) "xxxx...\n"
	  "b.example exact reference=1\n" },
};
// clang-format on

static void documents_are_read(void **state)
{
	(void)state;
	check_lists(lists, sizeof(lists) / sizeof(lists[0]));
}

// clang-format off
static const struct broken_case broken[] = {
	{ "jsonl with an unknown column",
	  "{\"domain\":\"a.example\",\"colour\":\"red\"}\n",
	  ":1: cannot read the list: unknown column 'colour'" },
	{ "jsonl with a column about persons",
	  "{\"domain\":\"a.example\"}\n{\"domain\":\"b.example\",\"E-Mail\":\"x\"}\n",
	  ":2: cannot read the list: a column about persons: 'E-Mail'; nothing about "
	  "persons is stored" },
	{ "csv with a column about persons", "domain,owner_name\na.example,x\n",
	  ":1: cannot read the list: a column about persons: 'owner_name'; nothing" },
	{ "jsonl with a member twice",
	  "{\"domain\":\"a.example\"}\n{\"domain\":\"b.example\","
	  "\"domain\":\"c.example\"}\n",
	  ":2: cannot read the list: broken JSON: duplicate object key" },
	{ "jsonl with a cut line", "{\"domain\":\"a.example\"}\n{\"domain\":\"b.ex",
	  ":2: cannot read the list: broken JSON: " },
	{ "jsonl with something else", "{\"domain\":\"a.example\"}\n[]\n",
	  ":2: cannot read the list: broken JSON: not an object" },
	{ "a cut array", "[\"a.example\",\n\"b.example\"",
	  ":2: cannot read the list: the file is cut: its JSON does not end" },
	{ "a cut string", "[\"a.example\",\"b.exa",
	  ":1: cannot read the list: the file is cut: its JSON does not end" },
	{ "a cut object", "{\"deny\":[\"a.example\"]\n",
	  ":2: cannot read the list: the file is cut: its JSON does not end" },
	{ "two documents", "[\"a.example\"]\n[\"b.example\"]\n",
	  ":2: cannot read the list: broken JSON: something follows the document" },
	{ "a comma too many",
	  "[\"a.example\",]\n", ":1: cannot read the list: broken JSON: " },
	{ "no comma", "[\"a.example\" \"b.example\"]\n",
	  ":1: cannot read the list: broken JSON: a character where none may be" },
	{ "bad UTF-8",
	  "[\"a.example\",\n\"\xff\"]\n", ":2: cannot read the list: broken JSON: " },
	{ "an array that is not known",
	  "{\"deny\":[\"a.example\"],\n\"fuzzy\":[\"b.example\"]}",
	  ":2: cannot read the list: unknown member 'fuzzy'" },
	{ "only what is unblocked",
	  "{\"DomainAddress\":\"a.example\",\"ActionType\":\"block\"}\n"
	  "{\"DomainAddress\":\"a.example\",\"ActionType\":\"unblock\"}\n",
	  "no entries in '" },
	{ "tabs with an unknown column", "DomainAddress\tOwner\na.example\tx\n",
	  ":1: cannot read the list: unknown column 'Owner'" },
	{ "a document type", XML "<!DOCTYPE Rejestr>\n<Rejestr></Rejestr>",
	  ":2: cannot read the list: broken XML: a document type is not taken" },
	{ "tags that do not match", XML "<Rejestr>\n<a></b></Rejestr>",
	  ":3: cannot read the list: broken XML: mismatched tag" },
	{ "an encoding that is not known",
	  "<?xml version=\"1.0\" encoding=\"nonsense\"?>\n<Rejestr></Rejestr>",
	  ":1: cannot read the list: broken XML: unknown encoding" },
	{ "XML that is cut", XML "<Rejestr>\n<PozycjaRejestru><AdresDomeny>a.exam",
	  ":3: cannot read the list: the file is cut: its XML does not end" },
	{ "an empty register", REJESTR(""), "no entries in '" },
};
// clang-format on

static void broken_documents_are_errors(void **state)
{
	(void)state;
	check_broken(broken, sizeof(broken) / sizeof(broken[0]));
}

static void the_lines_of_a_log_add_up(void **state)
{
	static const char in[] =
		"{\"DomainAddress\":\"a.example\",\"ActionType\":\"block\"}\n"
		"{\"DomainAddress\":\"a.example\",\"ActionType\":\"block\"}\n"
		"{\"DomainAddress\":\"b.example\",\"ActionType\":\"block\"}\n"
		"{\"DomainAddress\":\"b.example\",\"ActionType\":\"unblock\"}\n"
		"{\"DomainAddress\":\"c.example\",\"ActionType\":\"unblock\"}\n";
	struct seen seen;
	struct report report;

	(void)state;
	assert_int_equal(read_text(in, sizeof(in) - 1, -1, &seen, &report, NULL), 0);
	assert_int_equal(report.names, 5);
	assert_int_equal(report.accepted, 1);
	assert_int_equal(report.joined, 1);
	assert_int_equal(report.lifted, 3);
}

/* Many values, and one across each border of blocks. */
static void blocks_do_not_show(void **state)
{
	const size_t count = 200000;
	char *in = malloc(count * 24 + 2);
	struct seen seen;
	struct report report;
	struct err e = { 0 };
	size_t used = 1;

	(void)state;
	assert_non_null(in);
	in[0] = '[';
	for (size_t i = 0; i < count; i++)
		used += (size_t)snprintf(in + used, 24, "%s\"n%zu.example\"",
					 i % 3 == 0 ? "\n" : " ", i);
	for (size_t i = 1, n = 0; i < used; i++)
		if (in[i] == '"' && ++n % 2 == 1 && n > 1)
			in[i - 1] = ',';
	in[used++] = ']';
	assert_int_equal(read_text(in, used, -1, &seen, &report, &e), 0);
	assert_int_equal(report.accepted, count);
	free(in);
}

static void an_endless_value_ends_the_reading(void **state)
{
	const size_t room = (size_t)3 << 20;
	char *in = malloc(room);
	struct seen seen;
	struct report report;
	struct err e = { 0 };

	(void)state;
	assert_non_null(in);
	memset(in, 'x', room);
	memcpy(in, "[\"", 2);
	assert_int_equal(read_text(in, room, -1, &seen, &report, &e), ERR_INPUT);
	assert_non_null(strstr(e.text, ":1: cannot read the list: broken JSON: a value "
				       "of more than 1 MiB"));
	free(in);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(documents_are_read),
		cmocka_unit_test(broken_documents_are_errors),
		cmocka_unit_test(the_lines_of_a_log_add_up),
		cmocka_unit_test(blocks_do_not_show),
		cmocka_unit_test(an_endless_value_ends_the_reading),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
