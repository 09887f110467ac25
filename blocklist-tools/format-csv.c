// SPDX-License-Identifier: BSD-3-Clause
/* RFC 4180, UTF-8, with a header row that names its columns in any order; only
 * `domain` must be there. An empty field says nothing: the list's default holds. */
#include <csv.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "csv-row.h"
#include "format.h"
#include "utf8.h"

struct csv_reading {
	struct reading *reading;
	struct err *e;
	int rc; /* of the first error; nothing is done after it */
	bool header_read;
	unsigned columns[CSV_COLUMNS]; /* enum csv_column, in the file's order */
	unsigned column_count;
	struct csv_row row;
	uint64_t row_line; /* where the row begins; 0 between rows */
};

/* One name of the header row. */
static void header_field(struct csv_reading *c, struct span text)
{
	const struct source *s = c->reading->source;
	int column = csv_column_find(s, c->row_line, text, c->e);

	if (column < 0)
		c->rc = ERR_INPUT;
	for (unsigned i = 0; c->rc == 0 && i < c->column_count; i++)
		if ((int)c->columns[i] == column)
			c->rc = source_error(s, c->row_line, c->e,
					     "cannot read the list: column '%s' twice",
					     csv_column_names[column]);
	if (c->rc == 0)
		c->columns[c->column_count++] = (unsigned)column;
}

/* Adds the whole header to an error that is about a part of it. */
static void show_header(struct csv_reading *c, struct span line)
{
	size_t len = strlen(c->e->text);
	char safe[UTF8_SAFE_MAX];

	snprintf(c->e->text + len, sizeof(c->e->text) - len, " (the header row: '%s')",
		 utf8_safe(safe, line));
}

static void header_end(struct csv_reading *c)
{
	c->header_read = true;
	for (unsigned i = 0; i < c->column_count; i++)
		if (c->columns[i] == CSV_DOMAIN)
			return;
	c->rc = source_error(c->reading->source, c->row_line, c->e,
			     "cannot read the list: no column 'domain'");
}

/* A row begins, unless one has begun. For libcsv a CR alone ends a row too, so a
 * line may hold several. */
static void row_begin(struct csv_reading *c)
{
	if (c->row_line == 0)
		c->row_line = c->reading->source->line;
}

/* libcsv found a field. */
static void on_field(void *data, size_t len, void *arg)
{
	struct csv_reading *c = arg;
	struct csv_row *row = &c->row;
	struct span text = { data, len };

	if (c->rc != 0)
		return;
	row_begin(c);
	if (!c->header_read)
		header_field(c, text);
	else if (row->fields < c->column_count)
		csv_row_set(row, c->columns[row->fields], text);
	row->fields++;
}

/* libcsv found the end of a row. */
static void on_row(int end, void *arg)
{
	struct csv_reading *c = arg;
	struct reading *r = c->reading;
	struct csv_refusal bad = { REFUSED_NOT, { NULL, 0 } };
	struct listing l;
	struct order order;
	bool odd_idn;

	(void)end;
	if (c->rc != 0)
		return;
	row_begin(c);
	if (!c->header_read) {
		header_end(c);
	} else {
		csv_row_check(&c->row, c->column_count, &bad);
		if (bad.why == REFUSED_NOT)
			csv_row_listing(&c->row, r, &l, &order, &odd_idn, &bad);
		r->line = c->row_line;
		if (bad.why == REFUSED_NOT)
			c->rc = reading_accept(r, &l, odd_idn, c->e);
		else
			report_refuse(r->report, c->row_line, bad.why, bad.text);
	}
	csv_row_clear(&c->row);
	c->row_line = 0;
}

/* Hands one physical line, its end included, to libcsv. */
static int parse_line(struct csv_reading *c, struct csv_parser *p, struct span line)
{
	static const char lf[] = "\n";
	bool in_header = !c->header_read;

	row_begin(c);
	if (csv_parse(p, line.data, line.len, on_field, on_row, c) != line.len ||
	    csv_parse(p, lf, 1, on_field, on_row, c) != 1)
		return source_error(c->reading->source, c->reading->source->line, c->e,
				    "cannot read the list: broken CSV: %s",
				    csv_error(p) == CSV_EPARSE
					    ? "a quote inside a field"
					    : csv_strerror(csv_error(p)));
	if (c->rc != 0 && in_header && c->e != NULL)
		show_header(c, line);
	if (c->rc == 0 && p->entry_pos > SOURCE_LINE_MAX)
		return source_error(c->reading->source, c->row_line, c->e,
				    "cannot read the list: broken CSV: a field longer "
				    "than %d bytes",
				    SOURCE_LINE_MAX);
	return c->rc;
}

static int read_lines(struct csv_reading *c, struct csv_parser *p)
{
	struct report *report = c->reading->report;
	struct span line;
	int rc;

	while ((rc = source_line(c->reading->source, &line, c->e)) > 0) {
		report->lines++;
		if ((c->row_line == 0 && span_trim(line).len == 0) || !c->header_read)
			report->skipped++;
		else
			report->content++;
		if (c->row_line == 0 && span_trim(line).len == 0)
			continue;
		rc = parse_line(c, p, line);
		if (rc != 0)
			return rc;
	}
	if (rc == 0 && csv_fini(p, on_field, on_row, c) != 0)
		rc = source_error(c->reading->source, c->row_line, c->e,
				  "cannot read the list: broken CSV: a quote that "
				  "never ends");
	if (rc == 0 && c->rc == 0 && !c->header_read)
		rc = err_set(c->e, ERR_INPUT, "cannot read '%s': no header row",
			     report->list);
	return rc != 0 ? rc : c->rc;
}

static int read_csv(struct reading *r, struct err *e)
{
	struct csv_reading c;
	struct csv_parser parser;
	int rc;

	memset(&c, 0, offsetof(struct csv_reading, row));
	c.reading = r;
	c.e = e;
	c.row_line = 0;
	csv_row_clear(&c.row);
	if (csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI) != 0)
		return err_set(e, ERR_SYSTEM, "cannot read '%s': out of memory",
			       r->report->list);
	rc = read_lines(&c, &parser);
	csv_free(&parser);
	return rc;
}

static bool has_comma(struct span line)
{
	return memchr(line.data, ',', line.len) != NULL;
}

/* A first line of fields one of which is called "domain", in any case: a column
 * that is not spelled as it should be is told by name then. Other lines with commas,
 * too: no other format has them, and the error names the columns. */
static bool recognise(struct span first)
{
	struct span line = { NULL, 0 }, rest = first;

	while (rest.len > 0 && line.len == 0)
		line = span_trim(span_line(&rest));
	if (line.len > 0 && memchr("{[<|@", line.data[0], 5) != NULL)
		return false;
	while (line.len > 0) {
		const uint8_t *comma = memchr(line.data, ',', line.len);
		size_t len = comma == NULL ? line.len : (size_t)(comma - line.data);
		struct span field = span_trim((struct span){ line.data, len });

		if (field.len == 8 && field.data[0] == '"' && field.data[7] == '"')
			field = (struct span){ field.data + 1, 6 };
		if (field.len == 6 &&
		    strncasecmp((const char *)field.data, "domain", 6) == 0)
			return true;
		len += comma != NULL;
		line = (struct span){ line.data + len, line.len - len };
	}
	return reading_mostly(first, has_comma);
}

const struct format format_csv = {
	.name = "csv",
	.summary = "RFC 4180 with a header row: domain, scope, action, authority, ...",
	.recognise = recognise,
	.read = read_csv,
};
