// SPDX-License-Identifier: BSD-3-Clause
/* Names as JSON: an array of them, or an object whose members are such arrays. What
 * a member is called says whether its names are blocked or passed. An element may also
 * be an object with the columns of CSV lists. */
#include <string.h>

#include "format.h"
#include "json-row.h"
#include "json-source.h"
#include "utf8.h"

static const struct {
	const char *member;
	bool passes;
} members[] = {
	{ "deny", false },     { "denySub", false },   { "block", false },
	{ "denylist", false }, { "blocklist", false }, { "blacklist", false },
	{ "domains", false },  { "names", false },     { "allow", true },
	{ "allowlist", true }, { "whitelist", true },  { "pass", true },
};

struct json_list {
	struct reading *reading;
	struct listing listing;
	struct csv_row row;
	uint8_t action; /* the list's own */
};

/* Sets *RET_PASSES. Returns false when MEMBER is not known. */
static bool find_member(const char *member, bool *ret_passes)
{
	*ret_passes = false;
	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
		if (member != NULL && strcmp(member, members[i].member) == 0) {
			*ret_passes = members[i].passes;
			return true;
		}
	return member == NULL;
}

static int take(void *arg, const struct json_element *el, struct err *e)
{
	struct json_list *j = arg;
	struct reading *r = j->reading;
	char safe[UTF8_SAFE_MAX];
	bool passes;
	int rc = 0;

	if (!el->of_array)
		return 0; /* a version, a date, a title */
	if (!find_member(el->member, &passes))
		return source_error(r->source, el->line, e,
				    "cannot read the list: unknown member '%s'",
				    utf8_safe(safe, span_of(el->member)));
	r->action = passes ? ACTION_PASS : j->action;
	if (json_is_string(el->value)) {
		struct span text = { (const uint8_t *)json_string_value(el->value),
				     json_string_length(el->value) };

		rc = reading_take_at(r, span_trim(text), el->line, &j->listing, e);
	} else if (json_is_object(el->value)) {
		rc = json_row_take(r, &j->row, el->value, el->line, e);
	} else {
		report_refuse(r->report, el->line, REFUSED_NOT_TEXT, span_of("?"));
	}
	r->action = j->action;
	return rc;
}

static int read_json(struct reading *r, struct err *e)
{
	struct json_list j = { .reading = r, .action = r->action };
	int rc = json_source_read(r->source, take, &j, e);

	reading_document_end(r);
	return rc;
}

/* An array whose first element is a string or an object with a domain, or an object
 * with one of the members. */
static bool recognise(struct span first)
{
	uint8_t c = json_first(first);

	if (c == '[') {
		const uint8_t *open = memchr(first.data, '[', first.len);
		struct span rest = { open + 1,
				     first.len - (size_t)(open + 1 - first.data) };

		c = json_first(rest);
		return c == '"' || (c == '{' && json_has_member(rest, "domain"));
	}
	for (size_t i = 0; c == '{' && i < sizeof(members) / sizeof(members[0]); i++)
		if (json_has_member(first, members[i].member))
			return true;
	return false;
}

const struct format format_json = {
	.name = "json",
	.summary = "a JSON array of names, or an object of them: deny, allow, ...",
	.recognise = recognise,
	.read = read_json,
};
