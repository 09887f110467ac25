// SPDX-License-Identifier: BSD-3-Clause
/* palang check: reads lists as `compile` would, and only reports. */
#include "cmd.h"
#include "format.h"
#include "guard-conf.h"
#include "json.h"
#include "refusals.h"
#include "utf8.h"

static int format = -1, refused_format = -1;
static const char *path;
static bool json;
static struct refusals refusals; /* where they are to be grouped */

static const struct opt opts[] = {
	STRING('c', "config", "FILE", &path,
	       "refuse also what this configuration protects"),
	WORD('f', "format", "FORMAT", &format, format_names, FORMATS,
	     "format of the lists, instead of recognising it"),
	FLAG('j', "json", &json, "print one JSON object a line"),
	WORD(0, "refused-format", "FORMAT", &refused_format, refusals_format_names,
	     REFUSALS_FORMATS, "print what is refused grouped by reason"),
	OPTS_END,
};

static int accept_nothing(void *arg, const struct listing *l, struct err *e)
{
	(void)arg;
	(void)l;
	(void)e;
	return 0;
}

static const char *safe(char out[static UTF8_SAFE_MAX], const char *text)
{
	return utf8_safe(out, span_of(text));
}

static void on_refused(void *arg, const struct refused *r)
{
	char list[UTF8_SAFE_MAX];

	(void)arg;
	if (refused_format >= 0) {
		refusals_add(&refusals, r);
		return;
	}
	if (!json) {
		report_print_refused(stdout, r);
		return;
	}
	json_print(json_pack("{s:s,s:I,s:s,s:s,s:s}", "file", safe(list, r->list),
			     "line", (json_int_t)r->line, "reason",
			     refusal_rows[r->why].word, "message",
			     refusal_rows[r->why].text, "text", r->text));
}

static json_t *refused_json(const struct report *r)
{
	json_t *object = json_object();

	for (int i = 0; i < REFUSALS; i++)
		if (r->refused[i] > 0)
			json_object_set_new(object, refusal_rows[i].word,
					    json_integer((json_int_t)r->refused[i]));
	return object;
}

static void print_summary_json(const struct report *r, const struct err *e)
{
	char list[UTF8_SAFE_MAX], error[UTF8_SAFE_MAX], digest[2 * SOURCE_DIGEST + 1];

	for (int i = 0; i < SOURCE_DIGEST; i++)
		snprintf(digest + 2 * i, 3, "%02x", r->digest[i]);
	json_print(json_pack(
		"{s:s,s:s?,s:b,s:s?,s:s?,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:o,s:I,s:"
		"b}",
		"file", safe(list, r->list), "format", r->format, "usable", e == NULL,
		"error", e == NULL ? NULL : safe(error, e->text), "sha256",
		e == NULL ? digest : NULL, "bytes", (json_int_t)r->bytes, "lines",
		(json_int_t)r->lines, "skipped", (json_int_t)r->skipped, "content",
		(json_int_t)r->content, "names", (json_int_t)r->names, "accepted",
		(json_int_t)r->accepted, "local", (json_int_t)r->local, "joined",
		(json_int_t)r->joined, "lifted", (json_int_t)r->lifted, "refused",
		refused_json(r), "odd_idn", (json_int_t)r->odd_idn, "unterminated",
		r->unterminated));
}

/* Returns true when the list is usable and nothing of it was refused. */
static bool check_list(const struct guards *guards, const char *path)
{
	struct report report = { .on_refused = on_refused };
	struct reading r = {
		.guards = guards,
		.scope = SCOPE_SUBTREE,
		.action = ACTION_NOTICE,
		.sink = { accept_nothing, NULL },
		.report = &report,
	};
	struct err e;
	int rc = list_read(&r, path, format, &e);

	if (refused_format >= 0)
		refusals_end_list(&refusals, &report, rc == 0);
	if (json && refused_format < 0)
		print_summary_json(&report, rc == 0 ? NULL : &e);
	else if (report.format != NULL)
		report_print(stderr, &report);
	if (rc != 0)
		cmd_complain(e.text);
	return rc == 0 && report_refused(&report) == 0;
}

static int load_guards(struct guards *g, struct err *e)
{
	AUTO(conf_held) held = { NULL };
	int rc;

	if (path == NULL)
		return guards_load(g, NULL, e);
	rc = conf_load(&held.conf, path, e);
	return rc != 0 ? rc : guard_conf(g, held.conf, e);
}

static int run(int count, char **operands)
{
	AUTO(guards) guards = { .count = 0 };
	struct err e;
	int rc = CMD_OK;

	if (load_guards(&guards, &e) != 0) {
		cmd_complain(e.text);
		return CMD_FAILED;
	}
	for (int i = 0; i < count; i++)
		if (!check_list(&guards, operands[i]))
			rc = CMD_FAILED;
	if (refused_format >= 0 &&
	    refusals_print(&refusals, (enum refusals_format)refused_format, stdout,
			   "standard output", &e) != 0) {
		cmd_complain(e.text);
		rc = CMD_FAILED;
	}
	refusals_release(&refusals);
	return rc;
}

const struct cmd cmd_check = {
	.name = "check",
	.synopsis = "[options] LIST...",
	.summary = "read lists and report what would be refused, and why",
	.opts = opts,
	.operands_min = 1,
	.operands_max = -1,
	.run = run,
};
