// SPDX-License-Identifier: BSD-3-Clause
/* The register of illegal lenders of Indonesia's financial authority (OJK), as JSON:
 * entities with their web addresses. Only an address that is a whole site becomes an
 * entry; most are pages in app stores and on social networks. Names, telephones, mail
 * and street addresses of people are in the same objects: nothing of it is kept. */
#include "date.h"
#include "format.h"
#include "json-source.h"

/* For a number as text. */
struct number {
	char text[32];
};

struct ojk {
	struct reading *reading;
	struct listing listing;
	struct order order;
	/* What the order's texts may point to. */
	struct number reference, category, date;
};

static bool get(const json_t *entity, const char *member, struct number *n,
		struct span *ret_text)
{
	return json_text(entity, member, n->text, sizeof(n->text), ret_text);
}

/* The order of an entity. Returns why it is none, and then what it is about. */
static enum refusal read_order(struct ojk *ojk, const json_t *entity,
			       struct span *ret_text)
{
	struct order *o = &ojk->order;
	struct span date;

	*o = (struct order){ 0 };
	*ret_text = span_of("description");
	if (!get(entity, "description", &ojk->reference, &o->reference) ||
	    !get(entity, "entity_type", &ojk->category, &o->category) ||
	    !get(entity, "input_date", &ojk->date, &date))
		return REFUSED_NOT_TEXT;
	*ret_text = date;
	if (date.len > 0 && !date_parse_day_first(date, &o->issued))
		return REFUSED_DATE;
	return reading_check_order(o, ret_text);
}

static int take_address(struct ojk *o, const json_t *value, uint64_t line,
			struct err *e)
{
	struct reading *r = o->reading;
	struct span text;

	if (!json_is_string(value)) {
		report_refuse(r->report, line, REFUSED_NOT_TEXT, span_of("web"));
		return 0;
	}
	text = (struct span){ (const uint8_t *)json_string_value(value),
			      json_string_length(value) };
	return reading_take_at(r, span_trim(text), line, &o->listing, e);
}

static int take(void *arg, const struct json_element *el, struct err *e)
{
	struct ojk *o = arg;
	const json_t *web = json_object_get(el->value, "web"), *value;
	struct span text;
	enum refusal why;
	size_t i;
	int rc = 0;

	if (!el->of_array || !json_is_array(web))
		return 0;
	why = read_order(o, el->value, &text);
	o->listing.order = &o->order;
	json_array_foreach(web, i, value)
	{
		if (why != REFUSED_NOT)
			report_refuse(o->reading->report, el->line, why, text);
		else
			rc = take_address(o, value, el->line, e);
		if (rc != 0)
			break;
	}
	return rc;
}

static int read_ojk(struct reading *r, struct err *e)
{
	struct ojk o = { .reading = r };
	int rc = json_source_read(r->source, take, &o, e);

	reading_document_end(r);
	return rc;
}

static bool recognise(struct span first)
{
	uint8_t c = json_first(first);

	return (c == '{' || c == '[') && json_has_member(first, "entity_type") &&
	       json_has_member(first, "web");
}

const struct format format_ojk = {
	.name = "ojk",
	.summary = "JSON of entities with web addresses (Indonesia, OJK)",
	.recognise = recognise,
	.read = read_ojk,
};
