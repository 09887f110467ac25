// SPDX-License-Identifier: BSD-3-Clause
/* One name a line. A line that begins with `#`, `!` or `;` is a comment, and so is
 * the rest of a line from a `#` that follows a blank. */
#include "format.h"

static int read_domains(struct reading *r, struct err *e)
{
	struct listing l;
	struct span line;
	int rc;

	l.order = NULL;
	l.notice = (struct span){ NULL, 0 };
	while ((rc = reading_line(r, &line, e)) > 0) {
		if (line.len == 0 || line.data[0] == '#' || line.data[0] == '!' ||
		    line.data[0] == ';') {
			r->report->skipped++;
			continue;
		}
		r->report->content++;
		rc = reading_take(r, span_cut_comment(line), &l, e);
		if (rc != 0)
			break;
	}
	return rc;
}

static bool recognise(struct span first)
{
	(void)first;
	return true;
}

const struct format format_domains = {
	.name = "domains",
	.summary = "one name a line",
	.recognise = recognise,
	.read = read_domains,
};
