// SPDX-License-Identifier: BSD-3-Clause
/* The part of the filter lists of ad blockers that is about whole names: `||name^`
 * blocks a name and all below it, `@@||name^` passes it. Whatever else there is, parts
 * of pages, hosts that merely begin so, is refused. */
#include <string.h>
#include <strings.h>

#include "format.h"

/* What may follow the $ and leaves a rule one about the whole name. */
static const char *const whole[] = { "important", "all", "document", "doc" };

static bool begins(struct span text, const char *s)
{
	size_t len = strlen(s);

	return text.len >= len && memcmp(text.data, s, len) == 0;
}

static bool is_whole(struct span options)
{
	while (options.len > 0) {
		const uint8_t *comma = memchr(options.data, ',', options.len);
		size_t len =
			comma == NULL ? options.len : (size_t)(comma - options.data);
		bool is = false;

		for (size_t i = 0; i < sizeof(whole) / sizeof(whole[0]); i++)
			is |= len == strlen(whole[i]) &&
			      memcmp(options.data, whole[i], len) == 0;
		if (!is)
			return false;
		len += comma != NULL;
		options = (struct span){ options.data + len, options.len - len };
	}
	return true;
}

/* The name of a rule that is about a name and no less. */
static bool name_of(struct span rule, struct span *ret_name)
{
	const uint8_t *end;
	size_t len;

	if (!begins(rule, "||"))
		return false;
	rule = (struct span){ rule.data + 2, rule.len - 2 };
	end = memchr(rule.data, '^', rule.len);
	if (end == NULL)
		return false;
	len = (size_t)(end - rule.data);
	*ret_name = (struct span){ rule.data, len };
	rule = (struct span){ end + 1, rule.len - len - 1 };
	/* `^|` ends a rule as `^` does. */
	if (begins(rule, "|"))
		rule = (struct span){ rule.data + 1, rule.len - 1 };
	if (rule.len == 0)
		return true;
	return rule.data[0] == '$' &&
	       is_whole((struct span){ rule.data + 1, rule.len - 1 });
}

static bool is_comment(struct span line)
{
	return line.len == 0 || line.data[0] == '!' || begins(line, "# ") ||
	       (line.data[0] == '#' && line.len == 1) ||
	       (line.data[0] == '[' && line.data[line.len - 1] == ']');
}

static int read_adblock(struct reading *r, struct err *e)
{
	struct listing l = { 0 };
	struct span line;
	int rc;

	while ((rc = reading_line(r, &line, e)) > 0) {
		struct span rule = line, name;
		uint8_t action = r->action;

		if (is_comment(line)) {
			r->report->skipped++;
			continue;
		}
		r->report->content++;
		if (begins(rule, "@@")) {
			rule = (struct span){ rule.data + 2, rule.len - 2 };
			action = ACTION_PASS;
		}
		if (name_of(rule, &name))
			rc = reading_take_as(r, name, SCOPE_SUBTREE, action, &l, e);
		else
			report_refuse(r->report, r->source->line, REFUSED_PART_OF_SITE,
				      line);
		if (rc < 0)
			break;
	}
	return rc;
}

static bool is_rule(struct span line)
{
	return begins(line, "||") || begins(line, "@@||");
}

static bool recognise(struct span first)
{
	static const char head[] = "[Adblock";

	if (first.len >= strlen(head) &&
	    strncasecmp((const char *)first.data, head, strlen(head)) == 0)
		return true;
	return reading_mostly(first, is_rule);
}

const struct format format_adblock = {
	.name = "adblock",
	.summary = "||name^ and @@||name^ of filter lists",
	.recognise = recognise,
	.read = read_adblock,
};
