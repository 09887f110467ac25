// SPDX-License-Identifier: BSD-3-Clause
#include "verdict.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "date.h"
#include "journal.h"
#include "json.h"
#include "past-print.h"
#include "utf8.h"

/* Room for the addresses of a notice. */
#define ADDRESSES_TEXT (2 * NOTICE_ADDRESSES_MAX * INET6_ADDRSTRLEN)

static void collect(void *arg, const struct match *match)
{
	struct answer *a = arg;

	if (a->count < ANSWER_MATCHES_MAX)
		a->matches[a->count] = *match;
	a->count++;
}

int answer_find(struct answer *a, struct reader *r, const struct name *n, int64_t now,
		struct err *e)
{
	a->reader = r;
	a->name = *n;
	a->now = now;
	a->count = 0;
	return lookup(r, n->key, n->len, now, &a->verdict, collect, a, e);
}

/* Since when the entry counts: when it was committed, or its order became
 * effective after that. 0 when the journal does not reach back to it. */
static int64_t since(const struct answer *a, const struct match *m)
{
	int64_t time = serial_time(a->reader, m->entry.since);

	return time == 0 || m->order.effective <= time ? time : m->order.effective;
}

static void feed_name(const struct answer *a, const struct match *m,
		      char text[static UTF8_SAFE_MAX])
{
	struct feed f = { 0 };

	reader_feed(a->reader, m->entry.feed, &f, NULL);
	utf8_safe(text, f.name);
}

/* True when the entry was made by palang allow or palang block. */
static bool by_hand(const struct answer *a, const struct match *m)
{
	struct feed f = { 0 };

	return reader_feed(a->reader, m->entry.feed, &f, NULL) == 0 &&
	       span_equal(f.name, span_of(FEED_OVERRIDE));
}

static const char *addresses_text(const struct answer *a, const struct match *m,
				  char text[static ADDRESSES_TEXT])
{
	char address[INET6_ADDRSTRLEN];
	struct notice n = { 0 };
	size_t used = 0;

	text[0] = '\0';
	if (m->order.notice != 0)
		reader_notice(a->reader, m->order.notice, &n, NULL);
	for (int i = 0; i < n.v4_count + n.v6_count; i++) {
		bool four = i < n.v4_count;
		const void *at = four ? n.v4[i] : n.v6[i - n.v4_count];

		inet_ntop(four ? AF_INET : AF_INET6, at, address, sizeof(address));
		used += (size_t)snprintf(text + used, ADDRESSES_TEXT - used, "%s%s",
					 i > 0 ? " " : "", address);
	}
	return text;
}

/* Why an entry does not decide; NULL for the one that does. */
static const char *setback(const struct answer *a, const struct match *m)
{
	const struct match *won = &a->verdict.match;

	if (a->verdict.found && m->len == won->len &&
	    entry_compare(&m->entry, &won->entry) == 0)
		return NULL;
	if (!m->scoped)
		return "its scope does not cover this name";
	if (!m->active)
		return m->order.effective > a->now ? "its order is not effective yet"
						   : "its order has expired";
	if (a->reader->now.flags[m->entry.feed] & FEED_SHADOW)
		return "its feed is in shadow mode";
	if (m->entry.feed != won->entry.feed)
		return by_hand(a, won) ? "overridden by hand"
				       : "another feed comes first";
	return m->len != won->len ? "a more specific name decides"
				  : "another entry comes first";
}

static void print_field(const char *label, const char *value)
{
	if (value != NULL && value[0] != '\0')
		printf("  %-11s%s\n", label, value);
}

static void print_span(const char *label, struct span value)
{
	char text[UTF8_SAFE_MAX];

	print_field(label, utf8_safe(text, value));
}

/* The reason in the second language, which it names if it is said. */
static void print_second(const struct order *o)
{
	char reason[UTF8_SAFE_MAX], language[UTF8_SAFE_MAX];

	if (o->second_reason.len == 0)
		return;
	printf("  %-11s%s", "reason", utf8_safe(reason, o->second_reason));
	if (o->second_language.len > 0)
		printf(" (%s)", utf8_safe(language, o->second_language));
	putchar('\n');
}

static void print_winner(const struct answer *a)
{
	const struct match *m = &a->verdict.match;
	const struct order *o = &m->order;
	char name[NAME_TEXT_MAX], feed[UTF8_SAFE_MAX], at[DATE_TEXT], until[DATE_TEXT];
	char addresses[ADDRESSES_TEXT];
	const char *began = date_text(at, since(a, m)),
		   *ends = date_text(until, o->expires);

	feed_name(a, m, feed);
	printf("  %-11s%s (%s), feed '%s'\n", "entry",
	       name_to_text(name, a->name.key, m->len), scope_names[m->entry.scope],
	       feed);
	print_field("action", action_names[m->entry.action]);
	if (m->entry.action == ACTION_NOTICE)
		print_field("notice", addresses_text(a, m, addresses));
	print_span("authority", o->authority);
	print_span("category", o->category);
	print_span("order", o->reference);
	print_span("basis", o->basis);
	print_span("reason", o->reason);
	print_second(o);
	print_span("contact", o->contact);
	print_span("appeal", o->appeal);
	printf("  %-11s%s (serial %u)\n", "since", began == NULL ? "unknown" : began,
	       m->entry.since);
	print_field("until", ends == NULL ? "no end date" : ends);
	print_field("review", date_text(until, o->review));
}

void answer_print(const struct answer *a)
{
	char name[NAME_TEXT_MAX], feed[UTF8_SAFE_MAX];

	bool hand = a->verdict.found && by_hand(a, &a->verdict.match);

	printf("%s is %s\n", name_to_text(name, a->name.key, a->name.len),
	       verdict_blocks(&a->verdict) ? hand ? "blocked by hand" : "blocked"
	       : !a->verdict.found         ? "not blocked"
	       : hand                      ? "not blocked: it is allowed by hand"
					   : "not blocked: an entry lets it pass");
	if (a->verdict.found)
		print_winner(a);
	for (size_t i = 0; i < a->count && i < ANSWER_MATCHES_MAX; i++) {
		const struct match *m = &a->matches[i];
		const char *why = setback(a, m);

		if (why == NULL)
			continue;
		feed_name(a, m, feed);
		printf("  %-11s%s (%s, %s), feed '%s': %s\n", "also",
		       name_to_text(name, a->name.key, m->len),
		       scope_names[m->entry.scope], action_names[m->entry.action], feed,
		       why);
	}
	if (a->count > ANSWER_MATCHES_MAX)
		printf("  %-11s%zu entries more\n", "also",
		       a->count - ANSWER_MATCHES_MAX);
	past_print(a->reader, &a->name, NULL);
	printf("  %-11s%llu\n", "serial", (unsigned long long)a->reader->now.serial);
}

/* What can be said of an entry. The keys stay the same, whether there is one or M is
 * NULL: null where there is nothing to say. */
static json_t *json_match(const struct answer *a, const struct match *m)
{
	static const struct order nothing;
	const struct order *o = m == NULL ? &nothing : &m->order;
	char name[NAME_TEXT_MAX], feed[UTF8_SAFE_MAX], addresses[ADDRESSES_TEXT];
	json_t *all = json_pack("{s:n,s:n,s:n,s:n,s:n}", "match", "action", "scope",
				"feed", "notice");

	if (m != NULL) {
		feed_name(a, m, feed);
		json_object_update_new(
			all, json_pack("{s:s,s:s,s:s,s:s,s:s}", "match",
				       name_to_text(name, a->name.key, m->len),
				       "action", action_names[m->entry.action], "scope",
				       scope_names[m->entry.scope], "feed", feed,
				       "notice", addresses_text(a, m, addresses)));
	}
	json_object_update_new(all, json_order(o));
	json_object_set_new(all, "since",
			    m == NULL ? json_null() : json_time(since(a, m)));
	json_object_set_new(all, "since_serial",
			    m == NULL ? json_null()
				      : json_integer((json_int_t)m->entry.since));
	return all;
}

void answer_print_json(const struct answer *a)
{
	char name[NAME_TEXT_MAX];
	json_t *others = json_array(), *all;

	for (size_t i = 0; i < a->count && i < ANSWER_MATCHES_MAX; i++) {
		const char *why = setback(a, &a->matches[i]);
		json_t *entry = why == NULL ? NULL : json_match(a, &a->matches[i]);

		if (entry == NULL)
			continue;
		json_object_set_new(entry, "outdone", json_string(why));
		json_array_append_new(others, entry);
	}
	all = json_pack("{s:s,s:b}", "name",
			name_to_text(name, a->name.key, a->name.len), "blocked",
			verdict_blocks(&a->verdict));
	json_object_update_new(
		all, json_match(a, a->verdict.found ? &a->verdict.match : NULL));
	json_object_set_new(
		all, "by_hand",
		json_boolean(a->verdict.found && by_hand(a, &a->verdict.match)));
	json_object_set_new(all, "serial",
			    json_integer((json_int_t)a->reader->now.serial));
	json_object_set_new(all, "others", others);
	json_object_set_new(all, "past", past_json(a->reader, &a->name));
	json_print(all);
}
