// SPDX-License-Identifier: BSD-3-Clause
/* JSON Lines: an object a line, with the columns of CSV lists as its members. */
#include "format.h"
#include "json-row.h"
#include "json-source.h"

static int read_jsonl(struct reading *r, struct err *e)
{
	struct csv_row row;
	struct span line;
	int rc;

	while ((rc = reading_line(r, &line, e)) > 0) {
		json_t *object;

		if (line.len == 0) {
			r->report->skipped++;
			continue;
		}
		r->report->content++;
		object = json_source_object(r->source, line, r->source->line, e);
		if (object == NULL)
			return ERR_INPUT;
		rc = json_row_take(r, &row, object, r->source->line, e);
		json_decref(object);
		if (rc != 0)
			return rc;
	}
	/* An object that was closed is whole. */
	r->source->unterminated = false;
	return rc;
}

static bool recognise(struct span first)
{
	struct span line = { NULL, 0 };

	if (json_first(first) != '{')
		return false;
	while (first.len > 0 && line.len == 0)
		line = span_trim(span_line(&first));
	return line.data[line.len - 1] == '}' && json_has_member(line, "domain");
}

const struct format format_jsonl = {
	.name = "jsonl",
	.summary = "a JSON object a line, with the columns of csv as members",
	.recognise = recognise,
	.read = read_jsonl,
};
