// SPDX-License-Identifier: BSD-3-Clause
#include "past-print.h"

#include <stdio.h>
#include <string.h>

#include "date.h"
#include "journal.h"
#include "utf8.h"

int64_t serial_time(struct reader *r, uint64_t serial)
{
	struct journal j;

	return journal_header(r, serial, &j, NULL) == 0 ? j.time : 0;
}

static void print_one(char sign, struct span key, const struct entry *e)
{
	char name[NAME_TEXT_MAX];

	printf("%c %s (%s, %s)", sign, name_to_text(name, key.data, key.len),
	       scope_names[e->scope], action_names[e->action]);
}

void change_print(const struct change *change)
{
	for (int i = 0; i < change->gone + change->come; i++) {
		print_one(i < change->gone ? '-' : '+', change->key,
			  &change->entries[i]);
		putchar('\n');
	}
}

static void feed_of(struct reader *r, const struct entry *e,
		    char text[static UTF8_SAFE_MAX])
{
	struct feed f = { 0 };

	reader_feed(r, e->feed, &f, NULL);
	utf8_safe(text, f.name);
}

/* Prints ", feed 'F', AUTHORITY, ORDER". */
static void print_whose(struct reader *r, const struct entry *e)
{
	char text[UTF8_SAFE_MAX];
	struct order o = { 0 };

	feed_of(r, e, text);
	printf(", feed '%s'", text);
	reader_order(r, e->order, &o, NULL);
	if (o.authority.len > 0)
		printf(", %s", utf8_safe(text, o.authority));
	if (o.reference.len > 0)
		printf(", order %s", utf8_safe(text, o.reference));
}

void entry_print(struct reader *r, char sign, struct span key, const struct entry *e)
{
	print_one(sign, key, e);
	print_whose(r, e);
}

json_t *entry_json(struct reader *r, struct span key, const struct entry *e)
{
	char name[NAME_TEXT_MAX], feed[UTF8_SAFE_MAX];
	struct order o = { 0 };

	feed_of(r, e, feed);
	reader_order(r, e->order, &o, NULL);
	return json_pack("{s:s,s:s,s:s,s:s,s:o,s:o}", "name",
			 name_to_text(name, key.data, key.len), "scope",
			 scope_names[e->scope], "action", action_names[e->action],
			 "feed", feed, "authority", json_span(o.authority), "order",
			 json_span(o.reference));
}

/* When an entry began to count: when it was committed, or its order became effective
 * after that. */
static int64_t began(struct reader *r, const struct past *p)
{
	int64_t at = serial_time(r, p->entry.since);
	struct order o = { 0 };

	reader_order(r, p->entry.order, &o, NULL);
	return o.effective > at ? o.effective : at;
}

/* When it no longer counted: when it was taken away, or its order expired before. */
static int64_t ended(struct reader *r, const struct past *p)
{
	int64_t at = serial_time(r, p->until);
	struct order o = { 0 };

	reader_order(r, p->entry.order, &o, NULL);
	return o.expires != 0 && o.expires < at ? o.expires : at;
}

/* Calls SHOW for all tombstones of a name and of those above it, the nearest name and
 * the newest first. */
typedef void show_past(struct reader *r, struct span key, const struct past *p,
		       void *arg);

static int each_past(struct reader *r, const struct name *n, show_past *show, void *arg,
		     struct err *e)
{
	struct past all[PAST_MAX];
	size_t len = n->len;
	int total = 0;

	for (; len > 0; len = name_parent(n->key, len)) {
		int count = past_read(r, n->key, len, all, e);

		if (count < 0)
			return count;
		total += count;
		while (count-- > 0)
			/* Of one above, only what covered this name is meant. */
			if (all[count].entry.scope == SCOPE_SUBTREE ||
			    (all[count].entry.scope == SCOPE_EXACT) == (len == n->len))
				show(r, (struct span){ n->key, len }, &all[count], arg);
	}
	return total;
}

static void print_past(struct reader *r, struct span key, const struct past *p,
		       void *arg)
{
	char name[NAME_TEXT_MAX], from[DATE_TEXT], to[DATE_TEXT];
	int64_t start = began(r, p), end = ended(r, p);

	(void)arg;
	printf("  %-11s%s (%s, %s)", "was", name_to_text(name, key.data, key.len),
	       scope_names[p->entry.scope], action_names[p->entry.action]);
	print_whose(r, &p->entry);
	if (end < start)
		printf(": never in force, serial %u to %u\n", p->entry.since, p->until);
	else
		printf(": from %s to %s (serial %u to %u)\n",
		       date_text(from, start) == NULL ? "?" : from,
		       date_text(to, end) == NULL ? "?" : to, p->entry.since, p->until);
}

int past_print(struct reader *r, const struct name *n, struct err *e)
{
	return each_past(r, n, print_past, NULL, e);
}

static void add_past(struct reader *r, struct span key, const struct past *p, void *arg)
{
	json_t *one = entry_json(r, key, &p->entry);

	json_object_set_new(one, "since", json_time(began(r, p)));
	json_object_set_new(one, "until", json_time(ended(r, p)));
	json_object_set_new(one, "since_serial", json_integer(p->entry.since));
	json_object_set_new(one, "until_serial", json_integer(p->until));
	json_array_append_new(arg, one);
}

json_t *past_json(struct reader *r, const struct name *n)
{
	json_t *all = json_array();

	each_past(r, n, add_past, all, NULL);
	return all;
}
