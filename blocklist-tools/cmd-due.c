// SPDX-License-Identifier: BSD-3-Clause
/* palang due: orders that somebody has to look at. */
#include <string.h>
#include <time.h>

#include "cmd.h"
#include "conf-value.h"
#include "csv-row.h"
#include "date.h"
#include "due.h"
#include "json.h"
#include "utf8.h"
#include "view.h"

static const char *store, *within = "30d";
static bool json, csv;

static const struct opt opts[] = {
	STRING('o', "store", "STORE", &store, "directory of the store (PALANG_STORE)"),
	STRING('w', "within", "TIME", &within,
	       "what is due before then: 12h, 30d (30d)"),
	FLAG('j', "json", &json, "print one JSON object a line"),
	FLAG(0, "csv", &csv, "print a CSV table"),
	OPTS_END,
};

static const char *const columns[] = {
	"due",     "overdue", "why",   "authority", "order",  "issued",
	"expires", "review",  "names", "feed",      "domain", "reason",
};
#define COLUMNS (sizeof(columns) / sizeof(columns[0]))

/* An order that is due, and what is said of it. */
struct item {
	const struct due *due;
	struct order order;
	bool over;
	char feed[UTF8_SAFE_MAX], name[NAME_TEXT_MAX];
	char at[DATE_TEXT], issued[DATE_TEXT], expires[DATE_TEXT], review[DATE_TEXT];
};

static int load(struct item *i, const struct due *d, struct reader *r, int64_t now,
		struct err *e)
{
	struct feed f = { 0 };
	int rc = reader_order(r, d->order, &i->order, e);

	if (rc == 0)
		rc = reader_feed(r, d->feed, &f, e);
	i->due = d;
	i->over = d->at <= now;
	utf8_safe(i->feed, f.name);
	name_to_text(i->name, d->name.data, d->name.len);
	date_text(i->at, d->at);
	return rc;
}

static struct span date_span(char text[static DATE_TEXT], int64_t at)
{
	return span_of(date_text(text, at));
}

static void print_csv(struct item *i)
{
	char names[24];
	struct span fields[COLUMNS] = {
		span_of(i->at),
		span_of(i->over ? "yes" : "no"),
		span_of(due_names[i->due->why]),
		i->order.authority,
		i->order.reference,
		date_span(i->issued, i->order.issued),
		date_span(i->expires, i->order.expires),
		date_span(i->review, i->order.review),
		span_of(names),
		span_of(i->feed),
		span_of(i->name),
		i->order.reason,
	};

	snprintf(names, sizeof(names), "%llu", (unsigned long long)i->due->names);
	fields[8] = span_of(names);
	for (size_t c = 0; c < COLUMNS; c++) {
		csv_print(stdout, fields[c]);
		putchar(c + 1 < COLUMNS ? ',' : '\n');
	}
}

static void print_json(struct item *i)
{
	json_t *object = json_pack("{s:s,s:b,s:s,s:I,s:s,s:s}", "due", i->at, "overdue",
				   i->over, "why", due_names[i->due->why], "names",
				   (json_int_t)i->due->names, "feed", i->feed, "domain",
				   i->name);

	json_object_update_new(object, json_order(&i->order));
	json_print(object);
}

static void print_text(struct item *i)
{
	char authority[UTF8_SAFE_MAX], number[UTF8_SAFE_MAX];
	const struct order *o = &i->order;

	printf("%s%s %s: %s%s%s%s%llu name%s, such as %s; feed '%s'\n", i->at,
	       i->over ? " over," : "", due_names[i->due->why],
	       utf8_safe(authority, o->authority), o->authority.len > 0 ? "; " : "",
	       utf8_safe(number, o->reference), o->reference.len > 0 ? "; " : "",
	       (unsigned long long)i->due->names, i->due->names == 1 ? "" : "s",
	       i->name, i->feed);
}

static int print_all(const struct dues *d, struct reader *r, int64_t now, struct err *e)
{
	int rc = 0;

	if (csv)
		for (size_t c = 0; c < COLUMNS; c++)
			printf("%s%c", columns[c], c + 1 < COLUMNS ? ',' : '\n');
	for (size_t n = 0; n < d->count && rc == 0; n++) {
		struct item i;

		rc = load(&i, &d->at[n], r, now, e);
		if (rc == 0)
			(csv ? print_csv : json ? print_json : print_text)(&i);
	}
	return rc;
}

static int find_and_print(int64_t span, size_t *ret_count, struct err *e)
{
	AUTO(view) v = { 0 };
	AUTO(dues) d = { 0 };
	int64_t now = time(NULL);
	int rc = view_open(&v, store, e);

	if (rc == 0)
		rc = dues_find(&d, &v.reader, now, now + span, e);
	if (rc == 0)
		rc = print_all(&d, &v.reader, now, e);
	*ret_count = d.count;
	return rc;
}

static int run(int count, char **operands)
{
	struct err e = { 0 };
	size_t found;
	int64_t ms;

	(void)count;
	(void)operands;
	store = cmd_store(store);
	if (!conf_duration(within, &ms))
		return cmd_usage(&cmd_due,
				 "--within needs a duration such as 12h or 30d");
	if (json && csv)
		return cmd_usage(&cmd_due, "--json and --csv exclude each other");
	if (find_and_print(ms / 1000, &found, &e) != 0) {
		cmd_complain(e.text);
		return CMD_USAGE;
	}
	return found > 0 ? CMD_FAILED : CMD_OK;
}

const struct cmd cmd_due = {
	.name = "due",
	.synopsis = "[options]",
	.summary = "list orders to be reviewed, that end, or that never do",
	.opts = opts,
	.operands_min = 0,
	.operands_max = 0,
	.run = run,
};
