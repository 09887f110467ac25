// SPDX-License-Identifier: BSD-3-Clause
/* palang stats: what resolvers count, as text, JSON or for Prometheus. One table
 * of figures serves all three. */
#include <stdlib.h>
#include <string.h>

#include "cmd.h"
#include "json.h"
#include "state.h"
#include "store.h"
#include "utf8.h"

enum style { TEXT, JSON, PROMETHEUS, STYLES };
static const char *const style_names[STYLES] = { "text", "json", "prometheus" };

#define TOP_SHOWN 20

static const char *store;
static int style = TEXT;

static const struct opt opts[] = {
	STRING('o', "store", "STORE", &store, "directory of the store (PALANG_STORE)"),
	WORD('f', "format", "FORMAT", &style, style_names, STYLES,
	     "text, json or prometheus (text)"),
	OPTS_END,
};

/* One resolver's threads added up. */
struct sums {
	long long pid;
	int64_t started, enforced_at;
	uint64_t serial, enforced, evicted, eviction_us;
	uint32_t store, threads;
	char error[sizeof(((struct state_file *)0)->error)];
	uint64_t queries, verdicts[ACTIONS], errors, failed_open, failed_closed, late;
	uint64_t feeds[256];
	uint64_t orders[STATE_ORDERS];
};

struct top {
	struct name name;
	uint64_t hits;
};

struct stats {
	struct sums *resolvers;
	size_t count;
	struct top *top;
	size_t top_count;
	struct reader *reader; /* begun, or NULL without a readable store */
};

static uint64_t read_counter(const counter *c)
{
	return atomic_load_explicit((counter *)(uintptr_t)c, memory_order_relaxed);
}

static void add_top(struct stats *s, const uint8_t *key, size_t len, uint32_t hits)
{
	struct top *top;

	for (size_t i = 0; i < s->top_count; i++)
		if (s->top[i].name.len == len && memcmp(s->top[i].name.key, key, len) == 0) {
			s->top[i].hits += hits;
			return;
		}
	top = realloc(s->top, (s->top_count + 1) * sizeof(*top));
	if (top == NULL)
		return;
	s->top = top;
	top[s->top_count].name.len = (uint16_t)len;
	memcpy(top[s->top_count].name.key, key, len);
	top[s->top_count++].hits = hits;
}

/* A slot may be written while it is read: then it is passed over. */
static void read_top(struct stats *s, const struct state_thread *t)
{
	for (size_t i = 0; i < STATE_TOP; i++) {
		struct state_name n;
		uint32_t before = atomic_load((_Atomic uint32_t *)(uintptr_t)&t->top[i].version);

		memcpy(&n, &t->top[i], sizeof(n));
		if (n.hits > 0 && n.len <= STATE_TOP_KEY && before % 2 == 0 &&
		    before == atomic_load((_Atomic uint32_t *)(uintptr_t)&t->top[i].version) &&
		    name_valid(n.key, n.len))
			add_top(s, n.key, n.len, n.hits);
	}
}

static void add_thread(struct sums *r, const struct state_thread *t)
{
	r->queries += read_counter(&t->queries);
	r->errors += read_counter(&t->errors);
	r->failed_open += read_counter(&t->failed_open);
	r->failed_closed += read_counter(&t->failed_closed);
	r->late += read_counter(&t->late);
	for (int i = 0; i < ACTIONS; i++)
		r->verdicts[i] += read_counter(&t->verdicts[i]);
	for (int i = 0; i < 256; i++)
		r->feeds[i] += read_counter(&t->feeds[i]);
	for (int i = 0; i < STATE_ORDERS; i++)
		r->orders[i] += read_counter(&t->orders[i]);
}

static void add_resolver(void *arg, const struct state_file *f)
{
	struct stats *s = arg;
	struct sums *all = realloc(s->resolvers, (s->count + 1) * sizeof(*all)), *r;

	if (all == NULL)
		return;
	s->resolvers = all;
	r = &all[s->count++];
	memset(r, 0, sizeof(*r));
	r->pid = f->pid;
	r->started = f->started;
	r->enforced_at = f->enforced_at;
	r->serial = read_counter(&f->serial);
	r->enforced = read_counter(&f->enforced);
	r->evicted = read_counter(&f->evicted);
	r->eviction_us = read_counter(&f->eviction_us);
	r->store = f->store;
	r->threads = f->threads;
	memcpy(r->error, f->error, sizeof(r->error) - 1);
	for (uint32_t i = 0; i < f->threads; i++) {
		add_thread(r, &f->thread[i]);
		read_top(s, &f->thread[i]);
	}
}

static int compare_top(const void *a, const void *b)
{
	const struct top *x = a, *y = b;

	return (x->hits < y->hits) - (x->hits > y->hits);
}

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
	{ "failed_open", "queries let through without a store", true, value_failed_open },
	{ "failed_closed", "queries answered SERVFAIL without a store", true,
	  value_failed_closed },
	{ "late", "answers caught after their name was listed", true, value_late },
	{ "evicted", "cached messages dropped", true, value_evicted },
	{ "serial", "serial that answers follow", false, value_serial },
	{ "enforced_serial", "serial that is enforced", false, value_enforced },
	{ "store_serving", "1 when a store is served", false, value_serving },
	{ "start_time_seconds", "when the resolver loaded the module", false, value_started },
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

enum grouping { BY_ACTION, BY_FEED, BY_AUTHORITY, BY_CATEGORY, BY_ORDER, GROUPINGS };
static const char *const grouping_names[GROUPINGS] = {
	"action", "feed", "authority", "category", "order",
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
		add_group(g, by == BY_AUTHORITY ? o.authority
			     : by == BY_CATEGORY ? o.category : o.reference,
			  r->orders[i]);
	}
}

static void group(const struct stats *s, const struct sums *r, enum grouping by,
		  struct groups *g)
{
	if (by == BY_ACTION) {
		for (int i = 0; i < ACTIONS; i++)
			add_group(g, span_of(action_names[i]), r->verdicts[i]);
	} else if (by == BY_FEED) {
		for (int i = 0; i < 256; i++) {
			struct feed f = { 0 };

			if (s->reader != NULL &&
			    reader_feed(s->reader, (uint8_t)i, &f, NULL) == 0)
				add_group(g, f.name, r->feeds[i]);
		}
	} else {
		group_orders(s, r, by, g);
	}
}

static void print_text(const struct stats *s)
{
	char name[NAME_TEXT_MAX];

	if (s->count == 0)
		puts("no resolver runs with this store");
	for (size_t i = 0; i < s->count; i++) {
		const struct sums *r = &s->resolvers[i];

		printf("resolver, process %lld, %u thread%s, store %s\n", r->pid, r->threads,
		       r->threads == 1 ? "" : "s", store_state_names[r->store % STORE_STATES]);
		if (r->error[0] != '\0')
			printf("  %s\n", r->error);
		for (size_t j = 0; j < FIGURES; j++)
			printf("  %14llu  %s\n",
			       (unsigned long long)figures[j].value(r), figures[j].words);
		for (int by = 0; by < GROUPINGS; by++) {
			struct groups g = { 0 };

			group(s, r, (enum grouping)by, &g);
			printf("  by %s:\n", grouping_names[by]);
			for (size_t j = 0; j < g.count; j++)
				printf("  %14llu  %s\n", (unsigned long long)g.at[j].hits,
				       g.at[j].name);
			free(g.at);
		}
	}
	if (s->top_count > 0)
		puts("blocked names asked for most (at the least):");
	for (size_t i = 0; i < s->top_count && i < TOP_SHOWN; i++)
		printf("  %14llu  %s\n", (unsigned long long)s->top[i].hits,
		       name_to_text(name, s->top[i].name.key, s->top[i].name.len));
}

static json_t *json_groups(const struct stats *s, const struct sums *r, enum grouping by)
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

static void print_json(const struct stats *s)
{
	json_t *resolvers = json_array(), *top = json_array();
	char text[NAME_TEXT_MAX];

	for (size_t i = 0; i < s->count; i++) {
		const struct sums *r = &s->resolvers[i];
		json_t *o = json_pack("{s:I,s:s,s:s}", "pid", (json_int_t)r->pid, "store",
				      store_state_names[r->store % STORE_STATES], "error",
				      r->error);

		for (size_t j = 0; j < FIGURES; j++)
			json_object_set_new(o, figures[j].name,
					    json_integer((json_int_t)figures[j].value(r)));
		for (int by = 0; by < GROUPINGS; by++)
			json_object_set_new(o, grouping_names[by],
					    json_groups(s, r, (enum grouping)by));
		json_array_append_new(resolvers, o);
	}
	for (size_t i = 0; i < s->top_count && i < TOP_SHOWN; i++)
		json_array_append_new(top,
			json_pack("{s:s,s:I}", "name",
				  name_to_text(text, s->top[i].name.key, s->top[i].name.len),
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

static void print_prometheus(const struct stats *s)
{
	printf("# HELP palang_resolvers resolvers that run with this store\n"
	       "# TYPE palang_resolvers gauge\npalang_resolvers %zu\n", s->count);
	for (size_t j = 0; j < FIGURES; j++) {
		const char *suffix = figures[j].counter ? "_total" : "";

		printf("# HELP palang_%s%s %s\n# TYPE palang_%s%s %s\n", figures[j].name,
		       suffix, figures[j].words, figures[j].name, suffix,
		       figures[j].counter ? "counter" : "gauge");
		for (size_t i = 0; i < s->count; i++)
			printf("palang_%s%s{pid=\"%lld\"} %llu\n", figures[j].name, suffix,
			       s->resolvers[i].pid,
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

static int run(int count, char **operands)
{
	static void (*const print[STYLES])(const struct stats *) = {
		print_text, print_json, print_prometheus,
	};
	AUTO(store) opened = { 0 };
	AUTO(reader) reader = { 0 };
	struct stats s = { 0 };
	struct err e = { 0 };

	(void)count;
	(void)operands;
	store = cmd_store(store);
	if (state_each(store, add_resolver, &s, &e) < 0) {
		cmd_complain(e.text);
		return CMD_FAILED;
	}
	/* The counters are told even when the store that gives them names is not
	 * readable: that may be the very trouble. */
	if (store_open(&opened, store, STORE_READ, &e) == 0 &&
	    reader_init(&reader, &opened, &e) == 0 && reader_begin(&reader, &e) == 0)
		s.reader = &reader;
	else
		cmd_complain(e.text);
	if (s.top_count > 0)
		qsort(s.top, s.top_count, sizeof(*s.top), compare_top);
	print[style](&s);
	reader_end(&reader);
	free(s.resolvers);
	free(s.top);
	return CMD_OK;
}

const struct cmd cmd_stats = {
	.name = "stats",
	.synopsis = "[options]",
	.summary = "print what the resolvers of a store count",
	.opts = opts,
	.operands_min = 0,
	.operands_max = 0,
	.run = run,
};
