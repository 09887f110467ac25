// SPDX-License-Identifier: BSD-3-Clause
/* Lines of a configuration of dnsmasq(8): `address=/name/ADDRESS`, `local=/name/` and
 * `server=/name/`. Each is about a name and all below it. Like that of a hosts file,
 * the address says nothing. */
#include <string.h>

#include "format.h"

enum setting { ADDRESS, LOCAL, SERVER, OTHER };

static const char *const settings[] = { "address=", "local=", "server=" };

/* Takes the setting's word and the = off *LINE. */
static enum setting setting_of(struct span *line)
{
	for (int i = 0; i < OTHER; i++) {
		size_t len = strlen(settings[i]);

		if (line->len >= len && memcmp(line->data, settings[i], len) == 0) {
			*line = (struct span){ line->data + len, line->len - len };
			return (enum setting)i;
		}
	}
	return OTHER;
}

/* What is answered for the names of a line, given what stands behind them; -1 where it
 * blocks nothing. */
static int action_of(enum setting setting, struct span target, uint8_t fallback)
{
	if (target.len == 0)
		return ACTION_NXDOMAIN;
	if (setting == ADDRESS)
		return fallback;
	/* The ordinary servers: an exception from what is said of a name above. */
	return target.len == 1 && target.data[0] == '#' ? ACTION_PASS : -1;
}

/* The names between the slashes of TEXT, which begins with one. */
static int read_names(struct reading *r, enum setting setting, struct span text,
		      struct listing *l, struct err *e)
{
	const uint8_t *last = memrchr(text.data, '/', text.len);
	struct span target = { last + 1, text.len - (size_t)(last + 1 - text.data) };
	int action = action_of(setting, target, r->action), rc = 0;
	const uint8_t *at = text.data + 1;

	while (rc == 0 && at <= last) {
		const uint8_t *slash = memchr(at, '/', (size_t)(last + 1 - at));
		struct span name = { at, (size_t)(slash - at) };

		at = slash + 1;
		if (action < 0)
			report_refuse(r->report, r->source->line, REFUSED_NOT_BLOCKING,
				      name);
		else if (name.len == 1 && name.data[0] == '#')
			report_refuse(r->report, r->source->line, REFUSED_ROOT, name);
		else
			rc = reading_take_as(r, name, SCOPE_SUBTREE, (uint8_t)action, l,
					     e);
	}
	return rc;
}

static int read_dnsmasq(struct reading *r, struct err *e)
{
	struct listing l = { 0 };
	struct span line;
	int rc;

	while ((rc = reading_line(r, &line, e)) > 0) {
		struct span rest = line = span_cut_comment(line);
		enum setting setting;

		if (line.len == 0) {
			r->report->skipped++;
			continue;
		}
		r->report->content++;
		setting = setting_of(&rest);
		rest = span_trim(rest);
		if (setting == OTHER || rest.len < 2 || rest.data[0] != '/' ||
		    memchr(rest.data + 1, '/', rest.len - 1) == NULL)
			report_refuse(r->report, r->source->line, REFUSED_NOT_BLOCKING,
				      line);
		else
			rc = read_names(r, setting, rest, &l, e);
		if (rc < 0)
			break;
	}
	return rc;
}

static bool is_setting(struct span line)
{
	return setting_of(&line) != OTHER && line.len > 0 && line.data[0] == '/';
}

static bool recognise(struct span first)
{
	return reading_mostly(first, is_setting);
}

const struct format format_dnsmasq = {
	.name = "dnsmasq",
	.summary = "address=/name/..., local=/name/, server=/name/",
	.recognise = recognise,
	.read = read_dnsmasq,
};
