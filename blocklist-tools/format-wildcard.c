// SPDX-License-Identifier: BSD-3-Clause
/* `*.name` a line, in lists in which it means the name and all below it. In every
 * other format it means only what is below, as in a zone: so this one is never
 * recognised, but has to be asked for. */
#include <string.h>

#include "format.h"

static int read_wildcard(struct reading *r, struct err *e)
{
	struct listing l = { 0 };
	struct span line;
	int rc;

	while ((rc = reading_line(r, &line, e)) > 0) {
		line = span_cut_comment(line);
		if (line.len == 0 || line.data[0] == '!' || line.data[0] == ';') {
			r->report->skipped++;
			continue;
		}
		r->report->content++;
		if (line.len > 2 && memcmp(line.data, "*.", 2) == 0)
			line = (struct span){ line.data + 2, line.len - 2 };
		rc = reading_take_as(r, line, SCOPE_SUBTREE, r->action, &l, e);
		if (rc != 0)
			break;
	}
	return rc;
}

static bool recognise(struct span first)
{
	(void)first;
	return false;
}

const struct format format_wildcard = {
	.name = "wildcard",
	.summary = "*.name a line, meaning the name and what is below it",
	.recognise = recognise,
	.read = read_wildcard,
};
