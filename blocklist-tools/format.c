// SPDX-License-Identifier: BSD-3-Clause
#include "format.h"

#include <string.h>

#include "kind.h"
#include "utf8.h"

/* How many lines it takes to recognise a format. */
#define SAMPLE 100

/* A text list that has more lines than this ends its last line, unless it was cut: a
 * program has made it. */
#define UNTERMINATED_MAX 1000

/* The first that recognises a list is taken; format_domains recognises any. */
const struct format *const formats[FORMATS] = {
	&format_csv,   &format_jsonl,   &format_certpl,   &format_certpl_log,
	&format_ojk,   &format_json,    &format_hazard,   &format_rkn,
	&format_hosts, &format_unbound, &format_dnsmasq,  &format_adblock,
	&format_adm,   &format_rpz,     &format_wildcard, &format_domains,
};
const char *const format_names[FORMATS] = {
	"csv",    "jsonl", "certpl",   "certpl-log", "ojk",     "json",
	"hazard", "rkn",   "hosts",    "unbound",    "dnsmasq", "adblock",
	"adm",    "rpz",   "wildcard", "domains",
};

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

struct span span_cut_comment(struct span line)
{
	const uint8_t *hash = line.data, *end = line.data + line.len;

	while ((hash = memchr(hash, '#', (size_t)(end - hash))) != NULL) {
		if (hash == line.data || is_blank(hash[-1]))
			return span_trim(
				(struct span){ line.data, (size_t)(hash - line.data) });
		hash++;
	}
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
	r->report->starred += l->scope == SCOPE_BELOW;
	return r->sink.accept(r->sink.arg, l, e);
}

int reading_take_at(struct reading *r, struct span text, uint64_t line,
		    struct listing *l, struct err *e)
{
	bool odd_idn;
	enum refusal why = reading_name(r, text, l, &odd_idn);

	r->line = line;
	if (why == REFUSED_NOT)
		return reading_accept(r, l, odd_idn, e);
	report_refuse(r->report, line, why, text);
	return 0;
}

int reading_take(struct reading *r, struct span text, struct listing *l, struct err *e)
{
	return reading_take_at(r, text, r->source->line, l, e);
}

int reading_take_as(struct reading *r, struct span text, uint8_t scope, uint8_t action,
		    struct listing *l, struct err *e)
{
	uint8_t list_scope = r->scope, list_action = r->action;
	int rc;

	r->scope = scope;
	r->action = action;
	rc = reading_take(r, text, l, e);
	r->scope = list_scope;
	r->action = list_action;
	return rc;
}

enum refusal reading_check_order(const struct order *o, struct span *ret_text)
{
#define CHECK(name)                                                                    \
	*ret_text = o->name;                                                           \
	if (o->name.len > ORDER_FIELD_MAX)                                             \
		return REFUSED_FIELD_LENGTH;                                           \
	if (!utf8_printable(o->name))                                                  \
		return REFUSED_FIELD_TEXT;
	ORDER_TEXTS(CHECK)
#undef CHECK
	*ret_text = o->reference;
	return o->effective != 0 && o->expires != 0 && o->effective >= o->expires
		       ? REFUSED_DATES
		       : REFUSED_NOT;
}

void reading_document_end(struct reading *r)
{
	r->report->lines = r->source->line + r->source->unterminated;
	r->report->content = r->report->lines;
	/* The document itself says where it ends. */
	r->source->unterminated = false;
}

bool reading_mostly(struct span first, bool (*is)(struct span line))
{
	unsigned seen = 0, counted = 0;

	while (first.len > 0 && seen < SAMPLE) {
		struct span line = span_trim(span_line(&first));

		if (line.len == 0 || memchr("#!;", line.data[0], 3) != NULL)
			continue;
		seen++;
		counted += is(line);
	}
	return counted * 2 > seen;
}

static const struct format *recognise(struct span first)
{
	for (int i = 0; i < FORMATS; i++)
		if (formats[i]->recognise(first))
			return formats[i];
	return &format_domains;
}

/* What makes a list that was read to its end no list after all. */
static int check_end(const struct reading *r, struct err *e)
{
	const struct report *report = r->report;

	if (report->unterminated && report->lines > UNTERMINATED_MAX)
		return source_error(r->source, r->source->line, e,
				    "cannot read the list: the file is cut: its last "
				    "line does not end");
	return report_verdict(report, e);
}

static int read_source(struct reading *r, int format, struct err *e)
{
	struct span first = source_peek(r->source);
	const struct format *f = format >= 0 ? formats[format] : recognise(first);
	const char *kind = f == &format_domains ? kind_of_text(first) : NULL;
	int rc;

	if (kind != NULL)
		return err_set(e, ERR_INPUT, "cannot read '%s': %s", r->report->list,
			       kind);
	r->report->format = f->name;
	rc = f->read(r, e);
	r->report->bytes = r->source->bytes;
	r->report->unterminated = r->source->unterminated;
	if (rc == 0)
		rc = source_digest(r->source, r->report->digest, e);
	return rc != 0 ? rc : check_end(r, e);
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
