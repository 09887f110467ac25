// SPDX-License-Identifier: BSD-3-Clause
/* Lines of a configuration of Unbound: local-zone with the types that block, or that
 * pass, and local-data. Data of a zone that answers with it is a part of that zone;
 * other data is an exact entry, as Unbound has it. */
#include <string.h>
#include <strings.h>

#include "format.h"

/* An action of its own, or: */
enum {
	AS_LIST = ACTIONS, /* the list's: the zone answers with data, or addresses */
	BLOCKS_NOTHING
};

static const struct {
	const char *type;
	int action;
	bool data; /* local-data at the name itself is answered besides */
} types[] = {
	{ "always_nxdomain", ACTION_NXDOMAIN, false },
	{ "always_null", AS_LIST, false },
	{ "redirect", AS_LIST, false },
	{ "inform_redirect", AS_LIST, false },
	{ "static", ACTION_NXDOMAIN, true },
	{ "always_nodata", ACTION_NODATA, false },
	{ "refuse", ACTION_REFUSED, true },
	{ "always_refuse", ACTION_REFUSED, false },
	{ "deny", ACTION_DROP, true },
	{ "inform_deny", ACTION_DROP, true },
	{ "always_deny", ACTION_DROP, false },
	{ "always_transparent", ACTION_PASS, false },
};

/* What the lines before have said. */
struct zone {
	struct name name; /* of the last local-zone */
	bool whole;       /* its data adds nothing */
};

/* Takes a word or a text in quotes off *REST. */
static struct span take_value(struct span *rest)
{
	struct span text = span_trim(*rest);
	const uint8_t *end;

	if (text.len == 0 || (text.data[0] != '"' && text.data[0] != '\''))
		return span_word(rest);
	end = memchr(text.data + 1, text.data[0], text.len - 1);
	if (end == NULL)
		end = text.data + text.len;
	*rest = (struct span){ end, text.len - (size_t)(end - text.data) };
	if (rest->len > 0)
		*rest = (struct span){ end + 1, rest->len - 1 };
	return (struct span){ text.data + 1, (size_t)(end - text.data) - 1 };
}

static bool is_word(struct span text, const char *word)
{
	return text.len == strlen(word) &&
	       strncasecmp((const char *)text.data, word, text.len) == 0;
}

static int read_zone(struct reading *r, struct span rest, struct zone *zone,
		     struct listing *l, struct err *e)
{
	struct span name = take_value(&rest), type = take_value(&rest);
	size_t i = 0;
	int rc;

	zone->name.len = 0;
	while (i < sizeof(types) / sizeof(types[0]) && !is_word(type, types[i].type))
		i++;
	if (i == sizeof(types) / sizeof(types[0])) {
		report_refuse(r->report, r->source->line, REFUSED_NOT_BLOCKING, name);
		return 0;
	}
	l->name.len = 0;
	rc = reading_take_as(r, name, SCOPE_SUBTREE,
			     types[i].action == AS_LIST ? r->action
							: (uint8_t)types[i].action,
			     l, e);
	zone->name = l->name;
	zone->whole = !types[i].data;
	return rc;
}

static int read_data(struct reading *r, struct span rest, const struct zone *zone,
		     struct listing *l, struct err *e)
{
	struct span data = take_value(&rest), name = span_word(&data);
	struct domain d;

	if (zone->whole && zone->name.len > 0 &&
	    domain_parse(&d, name) == REFUSED_NOT && !d.below &&
	    d.name.len >= zone->name.len &&
	    memcmp(d.name.key, zone->name.key, zone->name.len) == 0) {
		r->report->names++;
		r->report->joined++;
		return 0;
	}
	return reading_take_as(r, name, SCOPE_EXACT, r->action, l, e);
}

static int read_unbound(struct reading *r, struct err *e)
{
	struct zone zone = { .name = { .len = 0 } };
	struct listing l = { 0 };
	struct span line;
	int rc;

	while ((rc = reading_line(r, &line, e)) > 0) {
		struct span rest = line = span_cut_comment(line), word;

		word = span_word(&rest);
		/* The head of a clause, such as `server:`. */
		if (line.len == 0 ||
		    (word.data[word.len - 1] == ':' && span_trim(rest).len == 0)) {
			r->report->skipped++;
			continue;
		}
		r->report->content++;
		if (is_word(word, "local-zone:"))
			rc = read_zone(r, rest, &zone, &l, e);
		else if (is_word(word, "local-data:"))
			rc = read_data(r, rest, &zone, &l, e);
		else
			report_refuse(r->report, r->source->line, REFUSED_NOT_BLOCKING,
				      line);
		if (rc < 0)
			break;
	}
	return rc;
}

static bool is_local(struct span line)
{
	struct span word = span_word(&line);

	return is_word(word, "local-zone:") || is_word(word, "local-data:");
}

static bool recognise(struct span first)
{
	return reading_mostly(first, is_local);
}

const struct format format_unbound = {
	.name = "unbound",
	.summary = "local-zone and local-data of Unbound",
	.recognise = recognise,
	.read = read_unbound,
};
