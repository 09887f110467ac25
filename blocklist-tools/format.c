// SPDX-License-Identifier: BSD-3-Clause
#include "format.h"

#include <string.h>

/* The first that recognises a list is taken; format_domains recognises any. */
const struct format *const formats[FORMATS] = {
	&format_csv,
	&format_hosts,
	&format_domains,
};
const char *const format_names[FORMATS] = { "csv", "hosts", "domains" };

static bool is_blank(uint8_t c)
{
	return c == ' ' || c == '\t';
}

struct span span_trim(struct span text)
{
	while (text.len > 0 && is_blank(text.data[0])) {
		text.data++;
		text.len--;
	}
	while (text.len > 0 && is_blank(text.data[text.len - 1]))
		text.len--;
	return text;
}

struct span span_word(struct span *rest)
{
	struct span text = span_trim(*rest);
	size_t len = 0;

	while (len < text.len && !is_blank(text.data[len]))
		len++;
	*rest = (struct span){ text.data + len, text.len - len };
	return (struct span){ text.data, len };
}

struct span span_line(struct span *rest)
{
	const uint8_t *lf = memchr(rest->data, '\n', rest->len);
	size_t len = lf == NULL ? rest->len : (size_t)(lf - rest->data);
	struct span line = { rest->data, len };

	len += lf != NULL;
	*rest = (struct span){ rest->data + len, rest->len - len };
	if (line.len > 0 && line.data[line.len - 1] == '\r')
		line.len--;
	return line;
}

int reading_line(struct reading *r, struct span *line, struct err *e)
{
	int rc = source_line(r->source, line, e);

	if (rc == 1) {
		*line = span_trim(*line);
		r->report->lines++;
	}
	return rc;
}

enum refusal reading_name(struct reading *r, struct span text, struct listing *l,
			  bool *ret_odd_idn)
{
	struct domain d;
	enum refusal why = domain_parse(&d, text);

	r->line = r->source->line;
	r->text = text;
	if (why != REFUSED_NOT)
		return why;
	l->name.len = d.name.len;
	memcpy(l->name.key, d.name.key, d.name.len);
	l->scope = d.below ? SCOPE_BELOW : r->scope;
	l->action = r->action;
	*ret_odd_idn = d.odd_idn;
	return REFUSED_NOT;
}

static bool may_speak(const struct reading *r, struct span authority)
{
	return authority.len == 0 ||
	       authorities_find(r->authorities, authority) != NULL;
}

int reading_accept(struct reading *r, const struct listing *l, bool odd_idn,
		   struct err *e)
{
	enum refusal why = guards_judge(r->guards, &l->name, (enum action)l->action);

	if (why != REFUSED_NOT) {
		report_refuse(r->report, r->line, why, r->text);
		return 0;
	}
	if (r->authorities != NULL && l->order != NULL &&
	    !may_speak(r, l->order->authority)) {
		report_refuse(r->report, r->line, REFUSED_AUTHORITY,
			      l->order->authority);
		return 0;
	}
	r->report->names++;
	r->report->accepted++;
	r->report->odd_idn += odd_idn;
	return r->sink.accept(r->sink.arg, l, e);
}

int reading_take(struct reading *r, struct span text, struct listing *l, struct err *e)
{
	bool odd_idn;
	enum refusal why = reading_name(r, text, l, &odd_idn);

	if (why == REFUSED_NOT)
		return reading_accept(r, l, odd_idn, e);
	report_refuse(r->report, r->source->line, why, text);
	return 0;
}

static const struct format *recognise(struct span first)
{
	for (int i = 0; i < FORMATS; i++)
		if (formats[i]->recognise(first))
			return formats[i];
	return &format_domains;
}

static int read_source(struct reading *r, int format, struct err *e)
{
	const struct format *f =
		format >= 0 ? formats[format] : recognise(source_peek(r->source));
	int rc;

	r->report->format = f->name;
	rc = f->read(r, e);
	r->report->bytes = r->source->bytes;
	r->report->unterminated = r->source->unterminated;
	if (rc == 0)
		rc = source_digest(r->source, r->report->digest, e);
	return rc != 0 ? rc : report_verdict(r->report, e);
}

int list_read(struct reading *r, const char *path, int format, struct err *e)
{
	AUTO(source) source;
	int rc;

	*r->report = (struct report){
		.on_refused = r->report->on_refused,
		.arg = r->report->arg,
		.malformed_max = r->report->malformed_max,
	};
	rc = source_open(&source, path, e);
	r->source = &source;
	r->report->list = source.label;
	if (rc == 0)
		rc = read_source(r, format, e);
	r->source = NULL;
	return rc;
}
