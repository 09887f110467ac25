// SPDX-License-Identifier: BSD-3-Clause
/* The register of illegal lenders of Indonesia's financial authority (OJK), as JSON:
 * entities with their web addresses. Only an address that is a whole site becomes an
 * entry; most are pages in app stores and on social networks. Names, telephones, mail
 * and street addresses of people are in the same objects: nothing of it is kept. */
#include "date.h"
#include "format.h"
#include "json-source.h"

struct ojk {
	struct reading *reading;
	struct listing listing;
	struct order order;
};

/* The order of an entity. Returns why it is none. */
static enum refusal read_order(const json_t *entity, struct order *o,
			       struct span *ret_text)
{
	char buffer[32];
	struct span date;

	*o = (struct order){ 0 };
	*ret_text = span_of("description");
	if (!json_text(entity, "description", buffer, sizeof(buffer), &o->reference) ||
	    !json_text(entity, "entity_type", buffer, sizeof(buffer), &o->category) ||
	    !json_text(entity, "input_date", buffer, sizeof(buffer), &date))
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
	why = read_order(el->value, &o->order, &text);
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
