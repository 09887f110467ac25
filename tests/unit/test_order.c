// SPDX-License-Identifier: BSD-3-Clause
/* order: the structured errors that are prepared for the wire, read by a strict
 * reader of JSON. */
#include "order.h"

#include <jansson.h>

#include "fixture.h"
#include "utf8.h"

/* An encoded order. */
struct encoded {
	uint8_t data[ORDER_MAX];
	struct order order; /* points into it */
};

static void encode(struct encoded *to, const struct order *o)
{
	struct bytes b = bytes_over(to->data, sizeof(to->data));

	order_put(&b, o);
	assert_false(b.failed);
	b = bytes_from(to->data, (size_t)(b.at - to->data));
	to->order = order_get(&b);
	assert_false(b.failed);
	assert_int_equal(bytes_left(&b), 0);
}

/* The object in TEXT; nothing where there is none. It is I-JSON, and minified. */
static json_t *read_strictly(struct span text)
{
	json_t *o;
	char *again;
	json_error_t e;

	if (text.len == 0)
		return NULL;
	assert_true(utf8_printable(text));
	assert_true(text.len <= ORDER_JSON_MAX);
	o = json_loadb((const char *)text.data, text.len, JSON_REJECT_DUPLICATES, &e);
	if (o == NULL || !json_is_object(o))
		fail_msg("'%.*s': %s", (int)text.len, (const char *)text.data, e.text);
	again = json_dumps(o, JSON_COMPACT);
	assert_non_null(again);
	assert_int_equal(strlen(again), text.len);
	free(again);
	return o;
}

#define A50   "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define A150  A50 A50 A50
#define A190  A150 "aaaaaaaaaabbbbbbbbbbccccccccccdddddddddd"
#define EURO  "\xe2\x82\xac"     /* three bytes */
#define SMILE "\xf0\x9f\x98\x80" /* four bytes */

// clang-format off
/* The texts of an order, and both errors as they are. */
static const struct {
	const char *what;
	uint16_t ede;
	const char *authority, *reference, *reason, *contact, *language;
	const char *json, *brief;
} rows[] = {
	{ "an authority's order without words has none", 16, "", "", "", "", "", "",
	  "" },
	{ "an authority alone gives a client nothing to show", 16, "ministry", "", "",
	  "", "", "", "" },
	{ "a language alone is nothing", 16, "", "", "", "", "id", "", "" },
	{ "all of it, in its order", 16, "ministry", "2026/17", "Fraud",
	  "mailto:appeal@notice.example", "id",
	  "{\"c\":[\"mailto:appeal@notice.example\"],\"j\":\"Fraud\","
	  "\"o\":\"ministry\",\"l\":\"id\"}",
	  "{\"c\":[\"mailto:appeal@notice.example\"]}" },
	{ "without a reason the reference is why", 16, "ministry", "2026/17", "", "",
	  "", "{\"j\":\"2026/17\",\"o\":\"ministry\",\"l\":\"en\"}", "" },
	{ "a reason without an authority", 16, "", "", "Fraud", "", "",
	  "{\"j\":\"Fraud\",\"l\":\"en\"}", "" },
	{ "a contact without any words has no language", 16, "", "", "",
	  "tel:+62215550100", "id", "{\"c\":[\"tel:+62215550100\"]}",
	  "{\"c\":[\"tel:+62215550100\"]}" },
	{ "a contact and who decided", 16, "ministry", "", "", "tel:+62215550100", "",
	  "{\"c\":[\"tel:+62215550100\"],\"o\":\"ministry\",\"l\":\"en\"}",
	  "{\"c\":[\"tel:+62215550100\"]}" },
	{ "the language is as it is said", 16, "", "", "Fraud", "", "zh-Hant-TW",
	  "{\"j\":\"Fraud\",\"l\":\"zh-Hant-TW\"}", "" },

	{ "the operator's own decision says so", 15, "", "", "", "", "", "{\"s\":6}",
	  "{\"s\":6}" },
	{ "the operator's own decision with words", 15, "isp", "", "Fraud",
	  "a@notice.example", "",
	  "{\"c\":[\"mailto:a@notice.example\"],\"j\":\"Fraud\",\"s\":6,\"o\":\"isp\","
	  "\"l\":\"en\"}",
	  "{\"c\":[\"mailto:a@notice.example\"],\"s\":6}" },
	{ "the customer's choice has no sub-error", 17, "", "", "Family filter", "", "",
	  "{\"j\":\"Family filter\",\"l\":\"en\"}", "" },
	{ "the customer's choice without words has none", 17, "", "", "", "", "", "",
	  "" },

	{ "a bare address is mail", 16, "", "", "", "appeal@notice.example", "",
	  "{\"c\":[\"mailto:appeal@notice.example\"]}",
	  "{\"c\":[\"mailto:appeal@notice.example\"]}" },
	{ "an address with a plus is mail", 16, "", "", "", "a+b@notice.example", "",
	  "{\"c\":[\"mailto:a+b@notice.example\"]}",
	  "{\"c\":[\"mailto:a+b@notice.example\"]}" },
	{ "a page is no contact that clients take", 16, "", "", "x",
	  "https://notice.example/", "", "{\"j\":\"x\",\"l\":\"en\"}", "" },
	{ "nor one with an at sign", 16, "", "", "x", "http://a@notice.example", "",
	  "{\"j\":\"x\",\"l\":\"en\"}", "" },
	{ "nor is another scheme", 16, "", "", "x", "sips:a@notice.example", "",
	  "{\"j\":\"x\",\"l\":\"en\"}", "" },
	{ "nor a scheme alone", 16, "", "", "x", "mailto:", "",
	  "{\"j\":\"x\",\"l\":\"en\"}", "" },
	{ "nor a number without its scheme", 16, "", "", "x", "+62215550100", "",
	  "{\"j\":\"x\",\"l\":\"en\"}", "" },
	{ "nor words", 16, "", "", "x", "write to a@notice.example", "",
	  "{\"j\":\"x\",\"l\":\"en\"}", "" },
	{ "nor half an address", 16, "", "", "x", "@notice.example", "",
	  "{\"j\":\"x\",\"l\":\"en\"}", "" },
	{ "nor the other half", 16, "", "", "x", "appeal@", "",
	  "{\"j\":\"x\",\"l\":\"en\"}", "" },
	{ "nor two addresses", 16, "", "", "x", "a@notice.example,b@notice.example", "",
	  "{\"j\":\"x\",\"l\":\"en\"}", "" },
	{ "nor what a URI takes for something else", 16, "", "", "x",
	  "a?cc=b@notice.example", "", "{\"j\":\"x\",\"l\":\"en\"}", "" },
	{ "nor what is no URI", 16, "", "", "x", "mailto:\"a\"@notice.example", "",
	  "{\"j\":\"x\",\"l\":\"en\"}", "" },
	{ "nor letters that no URI has", 16, "", "", "x", "b\xc3\xbcro@notice.example",
	  "", "{\"j\":\"x\",\"l\":\"en\"}", "" },
	{ "nor an address that is too long", 16, "", "", "x",
	  A190 "@notice.example", "", "{\"j\":\"x\",\"l\":\"en\"}", "" },

	{ "quotes and strokes are escaped", 16, "the \"M\"", "", "a\\b\"c\\", "", "",
	  "{\"j\":\"a\\\\b\\\"c\\\\\",\"o\":\"the \\\"M\\\"\",\"l\":\"en\"}", "" },
	{ "what else there is stays as it is", 16, "", "", "</script>&' " EURO SMILE,
	  "", "", "{\"j\":\"</script>&' " EURO SMILE "\",\"l\":\"en\"}", "" },
	{ "control characters are left out", 16, "", "", "a\001b\tc\nd\037e", "", "",
	  "{\"j\":\"abcde\",\"l\":\"en\"}", "" },
	{ "a name with an address in it is left out", 16, "ministry https://x.example",
	  "", "x", "", "", "{\"j\":\"x\",\"l\":\"en\"}", "" },
	{ "200 bytes fit", 16, "", "", A190 "0123456789", "", "",
	  "{\"j\":\"" A190 "0123456789\",\"l\":\"en\"}", "" },
	{ "201 bytes are cut", 16, A190 "0123456789X", "", A190 "0123456789X", "", "",
	  "{\"j\":\"" A190 "0123456789\",\"o\":\"" A190 "0123456789\",\"l\":\"en\"}",
	  "" },
	{ "a character is not cut", 16, "", "", A190 "01234567" EURO, "", "",
	  "{\"j\":\"" A190 "01234567\",\"l\":\"en\"}", "" },
	{ "a character that just fits stays", 16, "", "", A190 "0123456" EURO "x", "",
	  "", "{\"j\":\"" A190 "0123456" EURO "\",\"l\":\"en\"}", "" },
	{ "a character of four bytes is not cut", 16, "", "", A190 "0123456" SMILE, "",
	  "", "{\"j\":\"" A190 "0123456\",\"l\":\"en\"}", "" },
	{ "an escape is not cut", 16, "", "", A190 "012345678\"\"", "", "",
	  "{\"j\":\"" A190 "012345678\\\"\",\"l\":\"en\"}", "" },
};
// clang-format on

static void check_text(struct span got, const char *want, const char *what)
{
	if (!span_equal(got, span_of(want)))
		fail_msg("not so: %s: '%.*s'", what, (int)got.len,
			 (const char *)got.data);
	json_decref(read_strictly(got));
}

static void structured_errors_are_as_the_rows_say(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		static struct encoded e;
		struct order o = {
			.ede = rows[i].ede,
			.authority = span_of(rows[i].authority),
			.reference = span_of(rows[i].reference),
			.reason = span_of(rows[i].reason),
			.contact = span_of(rows[i].contact),
			.language = span_of(rows[i].language),
			.json = span_of("not read"),
			.brief_json = span_of("not read"),
		};

		encode(&e, &o);
		check_text(e.order.json, rows[i].json, rows[i].what);
		check_text(e.order.brief_json, rows[i].brief, rows[i].what);
	}
}

/* Whom a client is told to write to, of the contact and the appeal. */
static void appeal_stands_in_for_a_contact_that_is_no_address(void **state)
{
	static const struct {
		const char *what, *contact, *appeal, *text, *brief;
	} t[] = {
		{ "an appeal without a contact", "", "appeal@notice.example",
		  "appeal@notice.example",
		  "{\"c\":[\"mailto:appeal@notice.example\"]}" },
		{ "a contact comes first in the structured error, the appeal in the "
		  "text",
		  "ask@notice.example", "appeal@notice.example",
		  "appeal@notice.example", "{\"c\":[\"mailto:ask@notice.example\"]}" },
		{ "a contact that clients do not take gives way",
		  "https://notice.example/", "tel:+62215550100", "tel:+62215550100",
		  "{\"c\":[\"tel:+62215550100\"]}" },
		{ "an office is in the text only", "", "Second Hall, Room 4",
		  "Second Hall, Room 4", "" },
		{ "without an appeal the contact is where to object",
		  "ask@notice.example", "", "ask@notice.example",
		  "{\"c\":[\"mailto:ask@notice.example\"]}" },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(t); i++) {
		static struct encoded e;
		struct order o = {
			.ede = EDE_CENSORED,
			.contact = span_of(t[i].contact),
			.appeal = span_of(t[i].appeal),
		};

		encode(&e, &o);
		check_text(e.order.brief_json, t[i].brief, t[i].what);
		if (!span_equal(e.order.ede_text, span_of(t[i].text)))
			fail_msg("not so: %s: '%.*s'", t[i].what,
				 (int)e.order.ede_text.len,
				 (const char *)e.order.ede_text.data);
	}
}

/* ---- random texts ---- */

/* A text of whole characters that a list may have, with many that are escaped. */
static struct span random_text(uint8_t *to, size_t most)
{
	static const char *const parts[] = { "\"",  "\\",       "a", " ", EURO,
					     SMILE, "\xc3\xa9", "@", ":", "/" };
	const char *only = parts[random_below(ROWS(parts))];
	bool mixed = random_below(2) == 0;
	size_t len = 0;

	if (random_below(4) == 0)
		most = random_below(20);
	while (most > 0) {
		const char *part = mixed ? parts[random_below(ROWS(parts))] : only;
		size_t n = strlen(part);

		if (len + n > most)
			break;
		memcpy(to + len, part, n);
		len += n;
	}
	return (struct span){ to, len };
}

/* True when the member is a beginning of TEXT of whole characters: all of it, or
 * as much as fits. */
static bool begins_text(const json_t *member, struct span text)
{
	size_t len = json_string_length(member);

	return len <= text.len &&
	       memcmp(json_string_value(member), text.data, len) == 0 &&
	       (len == text.len || len > ORDER_JSON_TEXT_MAX - 4);
}

static void random_texts_make_json_that_holds_them(void **state)
{
	(void)state;
	for (int i = 0; i < 20000; i++) {
		static uint8_t texts[8][1000];
		static struct encoded e;
		struct order o = {
			.ede = (uint16_t)(EDE_BLOCKED + random_below(3)),
			.authority = random_text(texts[0], 1000),
			.category = random_text(texts[1], 1000),
			.reference = random_text(texts[2], 1000),
			.basis = random_text(texts[3], 1000),
			.reason = random_text(texts[4], 1000),
			.contact = random_text(texts[5], 1000),
			.language = span_of(random_below(2) == 0 ? "" : "id"),
			.appeal = random_text(texts[6], 1000),
			.second_reason = random_text(texts[7], 1000),
		};
		struct span why = o.reason.len > 0 ? o.reason : o.reference;
		json_t *all, *brief;

		encode(&e, &o);
		all = read_strictly(e.order.json);
		brief = read_strictly(e.order.brief_json);
		if (why.len > 0)
			assert_true(begins_text(json_object_get(all, "j"), why));
		if (json_object_get(all, "o") != NULL)
			assert_true(
				begins_text(json_object_get(all, "o"), o.authority));
		assert_int_equal(json_object_get(all, "s") != NULL,
				 o.ede == EDE_BLOCKED);
		assert_null(json_object_get(brief, "j"));
		assert_null(json_object_get(brief, "o"));
		assert_null(json_object_get(brief, "l"));
		assert_true(json_equal(json_object_get(brief, "c"),
				       json_object_get(all, "c")) ||
			    json_object_get(all, "c") == NULL);
		json_decref(all);
		json_decref(brief);
	}
}

/* As long as a list lets texts be, and all of it escaped. */
static void longest_texts_of_a_list_fit(void **state)
{
	static const char *const contacts[] = { "\"", "\\", "a" };

	(void)state;
	for (size_t i = 0; i < ROWS(contacts); i++) {
		static struct encoded e;
		static uint8_t quotes[1000], contact[ORDER_JSON_TEXT_MAX];
		struct span text = { quotes, sizeof(quotes) };
		struct order o = {
			.ede = EDE_BLOCKED,
			.authority = text,
			.category = text,
			.reference = text,
			.basis = text,
			.reason = text,
			.contact = { contact, sizeof(contact) },
			.language = span_of("aa-bbbbbbbb-cccccccc-dddddddd-eeeee"),
			.appeal = text,
			.second_reason = text,
			.second_language =
				span_of("aa-bbbbbbbb-cccccccc-dddddddd-eeeee"),
		};

		memset(quotes, '"', sizeof(quotes));
		memset(contact, contacts[i][0], sizeof(contact));
		contact[100] = '@';
		encode(&e, &o);
		json_decref(read_strictly(e.order.json));
		json_decref(read_strictly(e.order.brief_json));
		o.contact = text;
		encode(&e, &o);
		json_decref(read_strictly(e.order.json));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(structured_errors_are_as_the_rows_say),
		cmocka_unit_test(appeal_stands_in_for_a_contact_that_is_no_address),
		cmocka_unit_test(random_texts_make_json_that_holds_them),
		cmocka_unit_test(longest_texts_of_a_list_fit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
