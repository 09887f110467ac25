// SPDX-License-Identifier: BSD-3-Clause
/* The warning list of CERT Polska: a JSON array of positions, or the file that is
 * called CSV there and is separated by tabs. A position's number is the order's
 * reference. It counts from its InsertDate to its DeleteDate: the file holds all that
 * ever were listed. */
#include <string.h>
#include <strings.h>

#include "certpl.h"
#include "date.h"
#include "format.h"
#include "json-source.h"
#include "utf8.h"

enum { ID, DOMAIN, INSERT, DELETE, COLUMNS };

static const char *const columns[COLUMNS] = {
	[ID] = CERTPL_ID,
	[DOMAIN] = CERTPL_DOMAIN,
	[INSERT] = CERTPL_INSERT,
	[DELETE] = CERTPL_DELETE,
};

struct certpl {
	struct reading *reading;
	struct listing listing;
	struct order order;
	int order_of_columns[COLUMNS]; /* of the file with tabs */
	int count;
};

/* One position of the list, which begins in LINE. */
static int take_position(struct certpl *c, const struct span *fields, uint64_t line,
			 struct err *e)
{
	struct order *o = &c->order;
	struct span text = fields[INSERT];
	enum refusal why = REFUSED_NOT;

	*o = (struct order){ .reference = fields[ID] };
	if (text.len > 0 && !date_parse_at(text, DATE_WARSAW, &o->issued))
		why = REFUSED_DATE;
	o->effective = o->issued;
	if (why == REFUSED_NOT && fields[DELETE].len > 0) {
		text = fields[DELETE];
		if (!date_parse_at(text, DATE_WARSAW, &o->expires))
			why = REFUSED_DATE;
	}
	if (why == REFUSED_NOT)
		why = reading_check_order(o, &text);
	if (why == REFUSED_NOT && fields[DOMAIN].len == 0) {
		why = REFUSED_NO_NAME;
		text = fields[ID];
	}
	c->listing.order = o;
	if (why == REFUSED_NOT)
		return reading_take_at(c->reading, fields[DOMAIN], line, &c->listing,
				       e);
	report_refuse(c->reading->report, line, why, text);
	return 0;
}

static int take_element(void *arg, const struct json_element *el, struct err *e)
{
	struct certpl *c = arg;
	char numbers[COLUMNS][CERTPL_ID_ROOM];
	struct span fields[COLUMNS];

	for (int i = 0; i < COLUMNS; i++)
		if (!json_is_object(el->value) ||
		    !json_text(el->value, columns[i], numbers[i], CERTPL_ID_ROOM,
			       &fields[i])) {
			report_refuse(c->reading->report, el->line, REFUSED_NOT_TEXT,
				      span_of(columns[i]));
			return 0;
		}
	return take_position(c, fields, el->line, e);
}

/* Takes the text before the next tab off *REST. */
static struct span take_field(struct span *rest)
{
	const uint8_t *tab =
		rest->len == 0 ? NULL : memchr(rest->data, '\t', rest->len);
	size_t len = tab == NULL ? rest->len : (size_t)(tab - rest->data);
	struct span field = { rest->data, len };

	len += tab != NULL;
	*rest = (struct span){ rest->data + len, rest->len - len };
	return span_trim(field);
}

static int column_of(struct span text)
{
	for (int i = 0; i < COLUMNS; i++)
		if (text.len == strlen(columns[i]) &&
		    strncasecmp((const char *)text.data, columns[i], text.len) == 0)
			return i;
	return -1;
}

static int read_head(struct certpl *c, struct span line, struct err *e)
{
	const struct source *s = c->reading->source;
	bool domain = false;

	while (line.len > 0) {
		struct span text = take_field(&line);
		char safe[UTF8_SAFE_MAX];
		int column = column_of(text);

		if (column < 0 || c->count == COLUMNS)
			return source_error(s, s->line, e,
					    "cannot read the list: unknown column '%s'",
					    utf8_safe(safe, text));
		c->order_of_columns[c->count++] = column;
		domain |= column == DOMAIN;
	}
	return domain ? 0
		      : source_error(s, s->line, e,
				     "cannot read the list: no column '" CERTPL_DOMAIN
				     "'");
}

static int read_tabs(struct certpl *c, struct err *e)
{
	struct reading *r = c->reading;
	struct span line;
	int rc;

	while ((rc = source_line(r->source, &line, e)) > 0) {
		struct span fields[COLUMNS] = { { NULL, 0 } };

		r->report->lines++;
		if (span_trim(line).len == 0 || c->count == 0)
			r->report->skipped++;
		else
			r->report->content++;
		if (span_trim(line).len == 0)
			continue;
		if (c->count == 0) {
			rc = read_head(c, line, e);
		} else {
			for (int i = 0; i < c->count; i++)
				fields[c->order_of_columns[i]] = take_field(&line);
			if (line.len > 0) {
				report_refuse(r->report, r->source->line,
					      REFUSED_MANY_FIELDS, fields[DOMAIN]);
				continue;
			}
			rc = take_position(c, fields, r->source->line, e);
		}
		if (rc != 0)
			break;
	}
	return rc;
}

static int read_certpl(struct reading *r, struct err *e)
{
	struct certpl c = { .reading = r };
	int rc;

	if (json_first(source_peek(r->source)) != '[')
		return read_tabs(&c, e);
	rc = json_source_read(r->source, take_element, &c, e);
	reading_document_end(r);
	return rc;
}

static bool recognise(struct span first)
{
	struct span line = { NULL, 0 };

	if (json_first(first) == '[')
		return json_has_member(first, CERTPL_ID) &&
		       !json_has_member(first, CERTPL_ACTION);
	while (first.len > 0 && line.len == 0)
		line = span_trim(span_line(&first));
	while (line.len > 0)
		if (column_of(take_field(&line)) == DOMAIN)
			return true;
	return false;
}

const struct format format_certpl = {
	.name = "certpl",
	.summary = "the list of CERT Polska, as JSON or with tabs",
	.recognise = recognise,
	.read = read_certpl,
};
