// SPDX-License-Identifier: BSD-3-Clause
#include "json-row.h"

#include <stdio.h>
#include <string.h>

#include "json-source.h"

/* The addresses of a notice, which may be an array: separated by blanks, as in CSV. */
static bool join(const json_t *array, char *out, size_t room)
{
	size_t used = 0, i;
	const json_t *value;

	out[0] = '\0';
	json_array_foreach(array, i, value)
	{
		int n = snprintf(out + used, room - used, "%s%s", used > 0 ? " " : "",
				 json_is_string(value) ? json_string_value(value) : "");

		if (!json_is_string(value) || n < 0 || (size_t)n >= room - used)
			return false;
		used += (size_t)n;
	}
	return true;
}

/* Puts a member into the row. Returns false for a value that is no text. */
static bool set(struct csv_row *row, const json_t *object, const char *name,
		const json_t *value, enum csv_column column)
{
	char buffer[CSV_FIELD_MAX + 2];
	struct span text;

	if (json_is_array(value) && column == CSV_NOTICE) {
		if (!join(value, buffer, sizeof(buffer)))
			return false;
		text = span_of(buffer);
	} else if (!json_text(object, name, buffer, sizeof(buffer), &text)) {
		return false;
	}
	csv_row_set(row, column, text);
	return true;
}

int json_row_take(struct reading *r, struct csv_row *row, const json_t *object,
		  uint64_t line, struct err *e)
{
	struct csv_refusal bad = { REFUSED_NOT, { NULL, 0 } };
	struct listing l;
	struct order order;
	const char *name;
	json_t *value;
	bool odd_idn;

	csv_row_clear(row);
	json_object_foreach((json_t *)object, name, value)
	{
		int column = csv_column_find(r->source, line, span_of(name), e);

		if (column < 0)
			return ERR_INPUT;
		if (!set(row, object, name, value, (enum csv_column)column))
			bad = (struct csv_refusal){ REFUSED_NOT_TEXT, span_of(name) };
	}
	if (bad.why == REFUSED_NOT && row->len[CSV_DOMAIN] == 0)
		bad = (struct csv_refusal){ REFUSED_NO_NAME, { NULL, 0 } };
	csv_row_check(row, 0, &bad);
	if (bad.why == REFUSED_NOT)
		csv_row_listing(row, r, &l, &order, &odd_idn, &bad);
	r->line = line;
	if (bad.why == REFUSED_NOT)
		return reading_accept(r, &l, odd_idn, e);
	report_refuse(r->report, line, bad.why, bad.text);
	return 0;
}
