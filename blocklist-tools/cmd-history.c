// SPDX-License-Identifier: BSD-3-Clause
/* palang history: the serials of a store, what one of them changed, or what ever
 * happened to a name. */
#include <stdlib.h>
#include <string.h>

#include "cmd.h"
#include "date.h"
#include "domain.h"
#include "events.h"
#include "journal.h"
#include "past-print.h"
#include "serial.h"
#include "utf8.h"
#include "view.h"

static const char *store;
static uint32_t last;
static bool json;

static const struct opt opts[] = {
	STRING('o', "store", "STORE", &store, "directory of the store (PALANG_STORE)"),
	NUMBER('n', "last", "N", &last, 1, UINT32_MAX, "the last N serials only"),
	FLAG('j', "json", &json, "print JSON objects, one a line"),
	OPTS_END,
};

static json_t *json_feeds(const struct journal *j)
{
	struct bytes b = bytes_from(j->feeds.data, j->feeds.len);
	json_t *all = json_array();
	struct journal_feed f;

	while (journal_feed_next(&b, &f)) {
		char digest[2 * JOURNAL_DIGEST + 1] = "";

		for (size_t i = 0; i < f.source_digest.len && i < JOURNAL_DIGEST; i++)
			snprintf(digest + 2 * i, 3, "%02x", f.source_digest.data[i]);
		json_array_append_new(
			all,
			json_pack("{s:o,s:o,s:o,s:I,s:I,s:I}", "feed",
				  json_span(f.feed), "source", json_span(f.source),
				  "source_sha256", json_span(span_of(digest)), "added",
				  (json_int_t)f.added, "removed", (json_int_t)f.removed,
				  "changed", (json_int_t)f.changed));
	}
	return all;
}

/* What became another record: its table, and for a setting its name. */
static json_t *json_records(const struct journal *j)
{
	struct bytes b = bytes_from(j->records.data, j->records.len);
	json_t *all = json_array();
	struct journal_record r;

	while (journal_record_next(&b, &r)) {
		char text[300] = "setting";

		if (r.table == TABLE_META)
			snprintf(text, sizeof(text), "%.*s", (int)r.key.len,
				 (const char *)r.key.data);
		else if (r.table == TABLE_FEEDS || r.table == TABLE_NOTICES) {
			struct bytes v = bytes_from(r.after.data, r.after.len);
			struct span name = get_text(&v);

			snprintf(text, sizeof(text), "%s %.*s",
				 r.table == TABLE_FEEDS ? "feed" : "notice",
				 (int)name.len, (const char *)name.data);
		}
		json_array_append_new(all, json_span(span_of(text)));
	}
	return all;
}

static json_t *json_serial(const struct journal *j)
{
	return json_pack("{s:I,s:o,s:o,s:o,s:I,s:I,s:I,s:b,s:b,s:o,s:o}", "serial",
			 (json_int_t)j->serial, "time", json_time(j->time), "verb",
			 json_span(j->verb), "reason", json_span(j->reason), "added",
			 (json_int_t)j->added, "removed", (json_int_t)j->removed,
			 "changed", (json_int_t)j->changed, "first_load",
			 (j->flags & JOURNAL_FIRST_LOAD) != 0, "cut", j->cut, "feeds",
			 json_feeds(j), "settings", json_records(j));
}

static void print_serial(const struct journal *j)
{
	struct bytes b = bytes_from(j->feeds.data, j->feeds.len);
	char time[DATE_TEXT], text[UTF8_SAFE_MAX];
	json_t *settings = json_records(j);
	struct journal_feed f;

	printf("serial %llu  %s  %s: %llu names added, %llu removed, %llu "
	       "changed%s%s\n",
	       (unsigned long long)j->serial,
	       date_text(time, j->time) == NULL ? "?" : time, utf8_safe(text, j->verb),
	       (unsigned long long)j->added, (unsigned long long)j->removed,
	       (unsigned long long)j->changed,
	       j->flags & JOURNAL_FIRST_LOAD ? " (first load)" : "",
	       j->cut ? " (its changes are no longer kept)" : "");
	if (j->reason.len > 0)
		printf("  reason   %s\n", utf8_safe(text, j->reason));
	while (journal_feed_next(&b, &f)) {
		printf("  feed     '%s': %llu added, %llu removed, %llu changed",
		       utf8_safe(text, f.feed), (unsigned long long)f.added,
		       (unsigned long long)f.removed, (unsigned long long)f.changed);
		if (f.source.len > 0)
			printf(", from %s", utf8_safe(text, f.source));
		putchar('\n');
	}
	for (size_t i = 0; i < json_array_size(settings); i++)
		printf("  setting  %s\n",
		       json_string_value(json_array_get(settings, i)));
	json_decref(settings);
}

static int show_serials(struct reader *r, struct err *e)
{
	uint64_t now = r->now.serial, s = last == 0 || last > now ? 1 : now - last + 1;

	for (; s <= now; s++) {
		struct journal j;
		int rc = journal_header(r, s, &j, e);

		if (rc != 0)
			return rc;
		if (json)
			json_print(json_serial(&j));
		else
			print_serial(&j);
	}
	return 0;
}

/* One entry that came or went, with the serial it did and, unless it is NULL, what the
 * journal says of that. */
static void print_event(struct reader *r, const struct event *event,
			const struct journal *j)
{
	struct span key = { event->key, event->len };
	char time[DATE_TEXT], text[UTF8_SAFE_MAX];

	if (json) {
		json_t *o = entry_json(r, key, &event->entry);

		json_object_set_new(o, "serial",
				    json_integer((json_int_t)event->serial));
		json_object_set_new(o, "time",
				    json_time(serial_time(r, event->serial)));
		json_object_set_new(o, "came", json_boolean(event->came));
		if (j != NULL) {
			json_object_set_new(o, "verb", json_span(j->verb));
			json_object_set_new(o, "reason", json_span(j->reason));
		}
		json_print(o);
		return;
	}
	printf("serial %llu  %s  ", (unsigned long long)event->serial,
	       date_text(time, serial_time(r, event->serial)) == NULL ? "?" : time);
	entry_print(r, event->came ? '+' : '-', key, &event->entry);
	putchar('\n');
	if (j != NULL && j->reason.len > 0)
		printf("  reason   %s\n", utf8_safe(text, j->reason));
}

static void show_event(struct reader *r, const struct event *event)
{
	print_event(r, event, NULL);
}

static void show_why(struct reader *r, const struct event *event)
{
	struct journal j;
	bool told = journal_header(r, event->serial, &j, NULL) == 0;

	print_event(r, event, told ? &j : NULL);
}

static bool show_change(void *arg, const struct change *change)
{
	struct event event = { .key = change->key.data, .len = change->key.len };
	struct reader *r = ((void **)arg)[0];

	event.serial = *(uint64_t *)((void **)arg)[1];
	for (int i = 0; i < change->gone + change->come; i++) {
		event.came = i >= change->gone;
		event.entry = change->entries[i];
		show_event(r, &event);
	}
	return true;
}

static int show_serial(struct reader *r, uint64_t serial, struct err *e)
{
	void *arg[] = { r, &serial };
	struct journal j;
	int rc = journal_header(r, serial, &j, e);

	if (rc != 0)
		return rc;
	if (json)
		json_print(json_serial(&j));
	else
		print_serial(&j);
	if (j.flags & JOURNAL_FIRST_LOAD)
		return events_of_load(r, serial, show_event, e);
	return j.cut ? 0 : journal_read(r, serial, &j, show_change, arg, e);
}

static int show_name(struct reader *r, const char *text, struct err *e)
{
	struct domain d = { 0 };
	enum refusal why = domain_parse(&d, span_of(text));
	char safe[UTF8_SAFE_MAX];

	if (why != REFUSED_NOT && why != REFUSED_TLD)
		return err_set(e, ERR_INPUT, "cannot ask about '%s': %s",
			       utf8_safe(safe, span_of(text)), refusal_rows[why].text);
	return events_of_name(r, &d.name, show_why, e);
}

static int show(int count, char **operands, struct err *e)
{
	AUTO(view) v = { 0 };
	uint64_t serial;
	int rc = view_open(&v, store, e);

	if (rc != 0)
		return rc;
	if (count == 0)
		return show_serials(&v.reader, e);
	if (serial_parse(operands[0], &serial))
		return show_serial(&v.reader, serial, e);
	return show_name(&v.reader, operands[0], e);
}

static int run(int count, char **operands)
{
	struct err e = { 0 };

	store = cmd_store(store);
	if (show(count, operands, &e) == 0)
		return CMD_OK;
	cmd_complain(e.text);
	return CMD_FAILED;
}

const struct cmd cmd_history = {
	.name = "history",
	.synopsis = "[options] [NAME | SERIAL]",
	.summary = "tell what serials changed, and what ever happened to a name",
	.opts = opts,
	.operands_min = 0,
	.operands_max = 1,
	.run = run,
};
