// SPDX-License-Identifier: BSD-3-Clause
/* palang overrides: what is allowed and blocked by hand. */
#include <string.h>
#include <time.h>

#include "cmd.h"
#include "date.h"
#include "journal.h"
#include "json.h"
#include "utf8.h"
#include "view.h"
#include "walk.h"

static const char *store;
static bool json;

static const struct opt opts[] = {
	STRING('o', "store", "STORE", &store, "directory of the store (PALANG_STORE)"),
	FLAG('j', "json", &json, "print one JSON object a line"),
	OPTS_END,
};

static void print_entry(const struct walk *w, const struct entry *entry,
			const struct order *o, int64_t since)
{
	char name[NAME_TEXT_MAX], began[DATE_TEXT], end[DATE_TEXT];
	char reason[UTF8_SAFE_MAX], authority[UTF8_SAFE_MAX], number[UTF8_SAFE_MAX];
	const char *from = date_text(began, since), *until = date_text(end, o->expires);

	printf("%s: %s (%s, %s) since %s, %s%s%s\n",
	       name_to_text(name, w->key.data, w->key.len),
	       entry->action == ACTION_PASS ? "allowed" : "blocked",
	       scope_names[entry->scope], action_names[entry->action],
	       from == NULL ? "unknown" : from,
	       until == NULL ? "without end" : "until ", until == NULL ? "" : until,
	       order_active(o, w->now) ? "" : ": over");
	printf("  %s%s%s%s%s\n", utf8_safe(reason, o->reason),
	       o->authority.len > 0 ? "; " : "", utf8_safe(authority, o->authority),
	       o->reference.len > 0 ? "; " : "", utf8_safe(number, o->reference));
}

static void print_json(const struct walk *w, const struct entry *entry,
		       const struct order *o, int64_t since)
{
	char name[NAME_TEXT_MAX];
	json_t *object = json_pack(
		"{s:s,s:b,s:s,s:s,s:b,s:o,s:I}", "name",
		name_to_text(name, w->key.data, w->key.len), "allowed",
		entry->action == ACTION_PASS, "action", action_names[entry->action],
		"scope", scope_names[entry->scope], "in_force", order_active(o, w->now),
		"since", json_time(since), "since_serial", (json_int_t)entry->since);

	json_object_update_new(object, json_order(o));
	json_print(object);
}

static int print_name(struct walk *w, struct err *e)
{
	int rc = 0;

	for (unsigned i = 0; i < w->count && rc == 0; i++) {
		const struct entry *entry = &w->entries[i];
		struct journal j = { 0 };
		struct order o;

		rc = reader_order(w->reader, entry->order, &o, e);
		if (rc != 0)
			break;
		if (journal_header(w->reader, entry->since, &j, NULL) != 0)
			j.time = 0;
		(json ? print_json : print_entry)(w, entry, &o, j.time);
	}
	return rc;
}

static int print_all(struct err *e)
{
	AUTO(view) v = { 0 };
	struct walk w;
	struct feed f;
	int rc = view_open(&v, store, e);

	if (rc != 0)
		return rc;
	rc = walk_begin(&w, &v.reader, time(NULL), true, e);
	for (int i = 0; i <= UINT8_MAX; i++)
		w.wanted[i] = reader_feed(&v.reader, (uint8_t)i, &f, NULL) == 0 &&
			      f.entries > 0 &&
			      span_equal(f.name, span_of(FEED_OVERRIDE));
	/* Without such a feed there is nothing to walk for. */
	if (rc == 0 && memchr(w.wanted, true, sizeof(w.wanted)) != NULL)
		while ((rc = walk_next(&w, e)) > 0)
			if ((rc = print_name(&w, e)) != 0)
				break;
	walk_release(&w);
	return rc;
}

static int run(int count, char **operands)
{
	struct err e = { 0 };

	(void)count;
	(void)operands;
	store = cmd_store(store);
	if (print_all(&e) == 0)
		return CMD_OK;
	cmd_complain(e.text);
	return CMD_FAILED;
}

const struct cmd cmd_overrides = {
	.name = "overrides",
	.synopsis = "[options]",
	.summary = "list what is allowed and blocked by hand",
	.opts = opts,
	.operands_min = 0,
	.operands_max = 0,
	.run = run,
};
