// SPDX-License-Identifier: BSD-3-Clause
/* Texts of the Italian authorities ADM and AGCOM: one name a line, below a line that
 * numbers and dates the list, such as 0000350_2026.29.08 (year, day, month). The
 * number is of the list, not of an order: were it kept with each entry, each new list
 * would change all of them. */
#include "format.h"

/* A number, '_' and a date. */
static bool is_head(struct span line)
{
	static const char form[] = "_dddd.dd.dd";
	size_t digits = 0;

	while (digits < line.len && line.data[digits] >= '0' &&
	       line.data[digits] <= '9')
		digits++;
	if (digits == 0 || line.len - digits != sizeof(form) - 1)
		return false;
	for (size_t i = 0; i < sizeof(form) - 1; i++) {
		uint8_t c = line.data[digits + i];

		if (form[i] == 'd' ? c < '0' || c > '9' : c != (uint8_t)form[i])
			return false;
	}
	return true;
}

static int read_adm(struct reading *r, struct err *e)
{
	struct listing l = { 0 };
	struct span line;
	bool head = true;
	int rc;

	while ((rc = reading_line(r, &line, e)) > 0) {
		if (line.len == 0 || (head && is_head(line))) {
			r->report->skipped++;
			head &= line.len == 0;
			continue;
		}
		head = false;
		r->report->content++;
		rc = reading_take(r, line, &l, e);
		if (rc != 0)
			break;
	}
	return rc;
}

static bool recognise(struct span first)
{
	struct span line = { NULL, 0 };

	while (first.len > 0 && line.len == 0)
		line = span_trim(span_line(&first));
	return is_head(line);
}

const struct format format_adm = {
	.name = "adm",
	.summary = "names below a line such as 0000350_2026.29.08 (Italy)",
	.recognise = recognise,
	.read = read_adm,
};
