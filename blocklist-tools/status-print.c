// SPDX-License-Identifier: BSD-3-Clause
/* What `palang status` found, printed. */
#include <stdio.h>
#include <string.h>

#include "date.h"
#include "json.h"
#include "status.h"
#include "utf8.h"

typedef unsigned long long ull;

/* "5d", "3h", "12m", "8s"; "-" for less than nothing. */
static const char *age_text(char text[static 32], int64_t seconds)
{
	if (seconds < 0)
		snprintf(text, 32, "-");
	else if (seconds >= 2 * 86400)
		snprintf(text, 32, "%lldd", (long long)seconds / 86400);
	else if (seconds >= 2 * 3600)
		snprintf(text, 32, "%lldh", (long long)seconds / 3600);
	else if (seconds >= 120)
		snprintf(text, 32, "%lldm", (long long)seconds / 60);
	else
		snprintf(text, 32, "%llds", (long long)seconds);
	return text;
}

static const char *feed_word(const struct status_feed *f)
{
	if (f->state.error[0] != '\0')
		return f->state.held ? "held" : "failed";
	return f->state.good != 0 ? "taken" : "-";
}

static void print_feeds(const struct status *s)
{
	if (s->feed_count > 0)
		printf("%4s  %-20s %10s %6s %6s  %-6s %s\n", "rank", "feed", "entries",
		       "age", "limit", "last", "flags");
	for (unsigned i = 0; i < s->feed_count; i++) {
		const struct status_feed *f = &s->feeds[i];
		char age[32], limit[32], name[UTF8_SAFE_MAX];

		if (f->stored)
			printf("%4u", f->rank);
		else
			printf("%4s", "-");
		printf("  %-20s %10llu %6s %6s  %-6s %s%s%s\n",
		       utf8_safe(name, span_of(f->name)), (ull)f->entries,
		       age_text(age, status_age(s, f)),
		       age_text(limit, f->max_age > 0 ? f->max_age : -1), feed_word(f),
		       (f->flags & FEED_SHADOW) != 0 ? "shadow " : "",
		       (f->flags & FEED_TARGETS) != 0 ? "cname-targets " : "",
		       strcmp(f->name, FEED_OVERRIDE) == 0 ? "by hand" : "");
	}
}

void status_print(const struct status *s)
{
	char text[DATE_TEXT];

	printf("store %s: serial %llu of %s, %llu names\n", s->store,
	       (ull)s->head.serial, date_text(text, s->head.committed),
	       (ull)s->head.names);
	print_feeds(s);
	for (unsigned i = 0; i < s->resolver_count; i++) {
		const struct status_resolver *r = &s->resolvers[i];

		printf("resolver %lld: %s, enforces serial %llu since %s\n",
		       (long long)r->pid, store_state_names[r->store], (ull)r->enforced,
		       r->enforced_at == 0 ? "never" : date_text(text, r->enforced_at));
	}
	if (s->resolver_count == 0)
		puts("no resolver is running");
	for (unsigned i = 0; i < s->problem_count; i++)
		printf("look: %s\n", s->problems[i]);
}

static json_t *json_feed(const struct status *s, const struct status_feed *f)
{
	int64_t age = status_age(s, f);

	return json_pack(
		"{s:s,s:b,s:b,s:i,s:I,s:b,s:b,s:s,s:o,s:o,s:o,s:o,s:o,s:o,s:I,s:o}",
		"feed", f->name, "stored", f->stored, "configured", f->configured,
		"rank", f->stored ? f->rank : -1, "entries", (json_int_t)f->entries,
		"shadow", (f->flags & FEED_SHADOW) != 0, "cname_targets",
		(f->flags & FEED_TARGETS) != 0, "last", feed_word(f), "tried",
		json_time(f->state.tried), "taken", json_time(f->state.good), "written",
		json_time(f->state.written), "age",
		age < 0 ? json_null() : json_integer(age), "max_age",
		f->max_age > 0 ? json_integer(f->max_age) : json_null(), "sha256",
		json_span(span_of(f->state.digest)), "refused",
		(json_int_t)f->state.refused, "error",
		json_span(span_of(f->state.error)));
}

static json_t *json_resolver(const struct status *s, const struct status_resolver *r)
{
	return json_pack("{s:I,s:s,s:I,s:I,s:o,s:b,s:o}", "pid", (json_int_t)r->pid,
			 "store", store_state_names[r->store], "serial",
			 (json_int_t)r->serial, "enforced", (json_int_t)r->enforced,
			 "enforced_at", json_time(r->enforced_at), "current",
			 r->enforced >= s->head.serial, "error",
			 json_span(span_of(r->error)));
}

void status_print_json(const struct status *s)
{
	json_t *feeds = json_array(), *resolvers = json_array();
	json_t *problems = json_array();

	for (unsigned i = 0; i < s->feed_count; i++)
		json_array_append_new(feeds, json_feed(s, &s->feeds[i]));
	for (unsigned i = 0; i < s->resolver_count; i++)
		json_array_append_new(resolvers, json_resolver(s, &s->resolvers[i]));
	for (unsigned i = 0; i < s->problem_count; i++)
		json_array_append_new(problems, json_span(span_of(s->problems[i])));
	json_print(json_pack("{s:o,s:I,s:o,s:I,s:b,s:o,s:o,s:o}", "store",
			     json_span(span_of(s->store)), "serial",
			     (json_int_t)s->head.serial, "committed",
			     json_time(s->head.committed), "names",
			     (json_int_t)s->head.names, "good", s->problem_count == 0,
			     "feeds", feeds, "resolvers", resolvers, "look", problems));
}
