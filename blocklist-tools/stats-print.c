// SPDX-License-Identifier: BSD-3-Clause
/* The counters as text, as JSON and for Prometheus: one table of figures and one
 * way to group serve all three. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "stats.h"
#include "utf8.h"

#define TOP_SHOWN 20

/* The figures of a resolver, in one table: name for machines, words for people. */
struct figure {
	const char *name, *words;
	bool counter; /* else a gauge */
	uint64_t (*value)(const struct sums *r);
};

#define VALUE(field)                                                                   \
	static uint64_t value_##field(const struct sums *r)                            \
	{                                                                              \
		return (uint64_t)r->field;                                             \
	}
VALUE(queries)
VALUE(errors)
VALUE(failed_open)
VALUE(failed_closed)
VALUE(late)
VALUE(exempted)
VALUE(shadowed)
VALUE(targets)
VALUE(evicted)
VALUE(serial)
VALUE(enforced)
VALUE(started)
#undef VALUE

static uint64_t value_serving(const struct sums *r)
{
	return r->store == STORE_SERVING;
}

static const struct figure figures[] = {
	{ "queries", "client queries looked up", true, value_queries },
	{ "errors", "look-ups that failed", true, value_errors },
	{ "failed_open", "queries let through without a store", true,
	  value_failed_open },
	{ "failed_closed", "queries answered SERVFAIL without a store", true,
	  value_failed_closed },
	{ "late", "answers caught after their name was listed", true, value_late },
	{ "exempted", "blocked names answered truly to exempt clients", true,
	  value_exempted },
	{ "shadowed", "queries that a feed in shadow mode would decide", true,
	  value_shadowed },
	{ "targets", "queries blocked for the target of an alias", true,
	  value_targets },
	{ "evicted", "cached messages dropped", true, value_evicted },
	{ "serial", "serial that answers follow", false, value_serial },
	{ "enforced_serial", "serial that is enforced", false, value_enforced },
	{ "store_serving", "1 when a store is served", false, value_serving },
	{ "start_time_seconds", "when the resolver loaded the module", false,
	  value_started },
};
#define FIGURES (sizeof(figures) / sizeof(figures[0]))

/* Sums by authority or category, which an order's number stands for. */
struct group {
	char name[UTF8_SAFE_MAX];
	uint64_t hits;
};

struct groups {
	struct group *at;
	size_t count;
};

static void add_group(struct groups *g, struct span name, uint64_t hits)
{
	char text[UTF8_SAFE_MAX];
	struct group *at;

	utf8_safe(text, name.len > 0 ? name : span_of("none"));
	for (size_t i = 0; i < g->count; i++)
		if (strcmp(g->at[i].name, text) == 0) {
			g->at[i].hits += hits;
			return;
		}
	at = realloc(g->at, (g->count + 1) * sizeof(*at));
	if (at == NULL)
		return;
	g->at = at;
	memcpy(at[g->count].name, text, sizeof(text));
	at[g->count++].hits = hits;
}

enum grouping {
	BY_ACTION,
	BY_FEED,
	BY_SHADOW_FEED,
	BY_AUTHORITY,
	BY_CATEGORY,
	BY_ORDER,
	GROUPINGS,
};
static const char *const grouping_names[GROUPINGS] = {
	"action", "feed", "shadow_feed", "authority", "category", "order",
};

static void group_orders(const struct stats *s, const struct sums *r, enum grouping by,
			 struct groups *g)
{
	struct head h = { 0 };

	if (s->reader != NULL)
		reader_head(s->reader, &h, NULL);
	for (uint32_t i = 0; i < STATE_ORDERS; i++) {
		struct order o = { 0 };

		/* Zeros are shown, too, for every order that there is. */
		if (r->orders[i] == 0 && (i == 0 || i > h.orders))
			continue;
		if (i > 0 && s->reader != NULL)
			reader_order(s->reader, i, &o, NULL);
		add_group(g,
			  by == BY_AUTHORITY  ? o.authority
			  : by == BY_CATEGORY ? o.category
					      : o.reference,
			  r->orders[i]);
	}
}

static void group(const struct stats *s, const struct sums *r, enum grouping by,
		  struct groups *g)
{
	if (by == BY_ACTION) {
		for (int i = 0; i < ACTIONS; i++)
			add_group(g, span_of(action_names[i]), r->verdicts[i]);
	} else if (by == BY_FEED || by == BY_SHADOW_FEED) {
		const uint64_t *hits = by == BY_FEED ? r->feeds : r->shadow_feeds;

		for (int i = 0; i < 256; i++) {
			struct feed f = { 0 };

			/* Zeros are shown, too, of the feeds that are so now. */
			if (s->reader != NULL &&
			    reader_feed(s->reader, (uint8_t)i, &f, NULL) == 0 &&
			    (hits[i] > 0 ||
			     !(f.flags & FEED_SHADOW) == (by == BY_FEED)))
				add_group(g, f.name, hits[i]);
		}
	} else {
		group_orders(s, r, by, g);
	}
}

void stats_print_text(const struct stats *s)
{
	char name[NAME_TEXT_MAX];

	if (s->count == 0)
		puts("no resolver runs with this store");
	for (size_t i = 0; i < s->count; i++) {
		const struct sums *r = &s->resolvers[i];

		printf("resolver, process %lld, %u thread%s, store %s\n", r->pid,
		       r->threads, r->threads == 1 ? "" : "s",
		       store_state_names[r->store % STORE_STATES]);
		if (r->error[0] != '\0')
			printf("  %s\n", r->error);
		for (size_t j = 0; j < FIGURES; j++)
			printf("  %14llu  %s\n",
			       (unsigned long long)figures[j].value(r),
			       figures[j].words);
		for (int by = 0; by < GROUPINGS; by++) {
			struct groups g = { 0 };

			group(s, r, (enum grouping)by, &g);
			printf("  by %s:\n", grouping_names[by]);
			for (size_t j = 0; j < g.count; j++)
				printf("  %14llu  %s\n",
				       (unsigned long long)g.at[j].hits, g.at[j].name);
			free(g.at);
		}
	}
	if (s->top_count > 0)
		puts("blocked names asked for most (at the least):");
	for (size_t i = 0; i < s->top_count && i < TOP_SHOWN; i++)
		printf("  %14llu  %s\n", (unsigned long long)s->top[i].hits,
		       name_to_text(name, s->top[i].name.key, s->top[i].name.len));
}

static json_t *json_groups(const struct stats *s, const struct sums *r,
			   enum grouping by)
{
	json_t *object = json_object();
	struct groups g = { 0 };

	group(s, r, by, &g);
	for (size_t i = 0; i < g.count; i++)
		json_object_set_new(object, g.at[i].name,
				    json_integer((json_int_t)g.at[i].hits));
	free(g.at);
	return object;
}

void stats_print_json(const struct stats *s)
{
	json_t *resolvers = json_array(), *top = json_array();
	char text[NAME_TEXT_MAX];

	for (size_t i = 0; i < s->count; i++) {
		const struct sums *r = &s->resolvers[i];
		json_t *o = json_pack(
			"{s:I,s:s,s:s}", "pid", (json_int_t)r->pid, "store",
			store_state_names[r->store % STORE_STATES], "error", r->error);

		for (size_t j = 0; j < FIGURES; j++)
			json_object_set_new(
				o, figures[j].name,
				json_integer((json_int_t)figures[j].value(r)));
		for (int by = 0; by < GROUPINGS; by++)
			json_object_set_new(o, grouping_names[by],
					    json_groups(s, r, (enum grouping)by));
		json_array_append_new(resolvers, o);
	}
	for (size_t i = 0; i < s->top_count && i < TOP_SHOWN; i++)
		json_array_append_new(top,
				      json_pack("{s:s,s:I}", "name",
						name_to_text(text, s->top[i].name.key,
							     s->top[i].name.len),
						"hits", (json_int_t)s->top[i].hits));
	json_print(json_pack("{s:o,s:o}", "resolvers", resolvers, "top", top));
}

/* A label's value in the text format of Prometheus. */
static void print_label(const char *text)
{
	for (; *text != '\0'; text++) {
		if (*text == '"' || *text == '\\')
			putchar('\\');
		putchar(*text);
	}
}

void stats_print_prometheus(const struct stats *s)
{
	printf("# HELP palang_resolvers resolvers that run with this store\n"
	       "# TYPE palang_resolvers gauge\npalang_resolvers %zu\n",
	       s->count);
	for (size_t j = 0; j < FIGURES; j++) {
		const char *suffix = figures[j].counter ? "_total" : "";

		printf("# HELP palang_%s%s %s\n# TYPE palang_%s%s %s\n",
		       figures[j].name, suffix, figures[j].words, figures[j].name,
		       suffix, figures[j].counter ? "counter" : "gauge");
		for (size_t i = 0; i < s->count; i++)
			printf("palang_%s%s{pid=\"%lld\"} %llu\n", figures[j].name,
			       suffix, s->resolvers[i].pid,
			       (unsigned long long)figures[j].value(&s->resolvers[i]));
	}
	for (int by = 0; by < GROUPINGS; by++) {
		printf("# HELP palang_verdicts_by_%s_total verdicts by %s\n"
		       "# TYPE palang_verdicts_by_%s_total counter\n",
		       grouping_names[by], grouping_names[by], grouping_names[by]);
		for (size_t i = 0; i < s->count; i++) {
			struct groups g = { 0 };

			group(s, &s->resolvers[i], (enum grouping)by, &g);
			for (size_t j = 0; j < g.count; j++) {
				printf("palang_verdicts_by_%s_total{pid=\"%lld\",%s=\"",
				       grouping_names[by], s->resolvers[i].pid,
				       grouping_names[by]);
				print_label(g.at[j].name);
				printf("\"} %llu\n", (unsigned long long)g.at[j].hits);
			}
			free(g.at);
		}
	}
}
