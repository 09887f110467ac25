// SPDX-License-Identifier: BSD-3-Clause
#include "update-print.h"

#include <string.h>
#include <time.h>

#include "date.h"
#include "json.h"

typedef unsigned long long ull;

static void print_refused(const struct outcome *o)
{
	uint64_t refused = report_refused(&o->list.sum);

	if (refused > 0)
		fprintf(stderr, "%s: %llu refused: 'palang check' tells which\n",
			o->list.feed->name, (ull)refused);
	for (unsigned i = 0; i < o->list.example_count; i++)
		fprintf(stderr, "%s:%llu: %s: '%s'\n", o->list.examples[i].file,
			(ull)o->list.examples[i].line,
			refusal_rows[o->list.examples[i].why].text,
			o->list.examples[i].text);
}

/* How old is what the feed blocks by now. */
static void print_stays(const struct outcome *o, const struct feed_state *state)
{
	char text[DATE_TEXT];

	if (state == NULL || state->good == 0) {
		fprintf(stderr, "%s: nothing of it has been taken yet\n",
			o->list.feed->name);
		return;
	}
	fprintf(stderr, "%s: what was written at %s stays, %lld hours ago\n",
		o->list.feed->name, date_text(text, state->written),
		((long long)time(NULL) - (long long)state->written) / 3600);
}

void update_print_outcome(const struct outcome *o, const struct feed_state *state,
			  bool accepted)
{
	const char *name = o->list.feed->name;

	print_refused(o);
	if (o->kind == FEED_FAILED) {
		fprintf(stderr, "%s: failed: %s\n", name, o->why);
		print_stays(o, state);
		return;
	}
	if (o->kind == FEED_DROPPED) {
		fprintf(stderr, "%s: dropped, with %llu names\n", name,
			(ull)o->counts.removed);
		return;
	}
	if (o->kind == FEED_UNCHANGED) {
		fprintf(stderr, "%s: unchanged, %llu names\n", name,
			(ull)o->counts.before);
		return;
	}
	fprintf(stderr,
		"%s: %llu names before: %llu added, %llu removed, %llu changed\n", name,
		(ull)o->counts.before, (ull)o->counts.added, (ull)o->counts.removed,
		(ull)o->counts.changed);
	if (o->kind == FEED_HELD) {
		fprintf(stderr,
			"%s: held: %s\n"
			"%s: look at it with 'palang update --dry-run %s'; take it "
			"with "
			"'palang update --accept-change REASON %s'\n",
			name, o->why, name, name, name);
		print_stays(o, state);
	} else if (accepted && o->why[0] != '\0') {
		fprintf(stderr, "%s: taken in spite of: %s\n", name, o->why);
	}
}

static void print_examples(const char *what, const struct preview_examples *x)
{
	if (x->seen == 0)
		return;
	printf("  %s, %u of %llu:\n", what, x->count, (ull)x->seen);
	for (unsigned i = 0; i < x->count; i++)
		printf("    %s\n", x->at[i]);
}

/* The order of that number, as the update has it. Its spans point into *B's bytes. */
static struct order find_order(struct update *u, uint32_t number)
{
	uint8_t key[4];
	struct bytes k = bytes_over(key, sizeof(key)), b;
	struct order none = { 0 };
	MDB_val v;

	put_u32(&k, number);
	if (u->txn == NULL || store_get(&u->target->store, u->txn, TABLE_ORDERS, key,
					sizeof(key), &v) != 0)
		return none;
	b = bytes_from(v.mv_data, v.mv_size);
	return order_get(&b);
}

static const char *or_dash(char safe[static UTF8_SAFE_MAX], struct span text)
{
	return text.len == 0 ? "-" : utf8_safe(safe, text);
}

static void print_orders(struct update *u, const struct preview *p)
{
	char authority[UTF8_SAFE_MAX], reference[UTF8_SAFE_MAX];
	char category[UTF8_SAFE_MAX];

	if (p->order_count > 0)
		puts("  by order (authority, reference, category):");
	for (unsigned i = 0; i < p->order_count; i++) {
		struct order o = find_order(u, p->orders[i].number);

		printf("    +%llu -%llu  %s; %s; %s\n", (ull)p->orders[i].come,
		       (ull)p->orders[i].gone, or_dash(authority, o.authority),
		       or_dash(reference, o.reference), or_dash(category, o.category));
	}
	if (p->order_changes > 0)
		printf("    %llu more, of other orders\n", (ull)p->order_changes);
}

static void print_guarded(const struct outcome *o)
{
	uint64_t all = 0;

	for (int i = 0; i < REFUSALS; i++)
		all += feed_by_guard((enum refusal)i) ? o->list.sum.refused[i] : 0;
	if (all == 0)
		return;
	printf("  refused by guards, %u of %llu:\n", o->list.example_count, (ull)all);
	for (unsigned i = 0; i < o->list.example_count; i++)
		printf("    %s (%s), %s line %llu\n", o->list.examples[i].text,
		       refusal_rows[o->list.examples[i].why].word,
		       o->list.examples[i].file, (ull)o->list.examples[i].line);
}

void update_print_preview(struct update *u, const struct outcome *o)
{
	const struct preview *p = &o->preview;

	printf("%s: %s%s\n", o->list.feed->name,
	       o->kind == FEED_DROPPED ? "would be " : "",
	       o->kind == FEED_CHANGED ? "would change" : outcome_names[o->kind]);
	if (o->why[0] != '\0')
		printf("  %s: %s\n",
		       o->kind == FEED_CHANGED ? "in spite of" : "because", o->why);
	print_guarded(o);
	if (o->kind == FEED_FAILED)
		return;
	printf("  names: %llu now, %llu would come, %llu go, %llu change; "
	       "%llu refused\n",
	       (ull)o->counts.before, (ull)o->counts.added, (ull)o->counts.removed,
	       (ull)o->counts.changed, (ull)report_refused(&o->list.sum));
	if (o->kind == FEED_DROPPED)
		puts("  window: none, the feed is dropped");
	else if (o->counts.before > 0)
		printf("  window: +%llu -%llu\n", (ull)o->max_added,
		       (ull)o->max_removed);
	else
		puts("  window: none, it is the first load of the feed");
	print_examples("come", &p->added);
	print_examples("go", &p->removed);
	print_examples("change", &p->changed);
	if (p->hits > 0)
		printf("  popular names blocked, %u of %llu:\n", p->hit_count,
		       (ull)p->hits);
	for (unsigned i = 0; i < p->hit_count; i++)
		printf("    %u %s by %s\n", p->best[i].rank, p->best[i].popular,
		       p->best[i].entry);
	print_orders(u, p);
}

static json_t *json_examples(const struct preview_examples *x)
{
	json_t *all = json_array();

	for (unsigned i = 0; i < x->count; i++)
		json_array_append_new(all, json_string(x->at[i]));
	return all;
}

static json_t *json_popular(const struct preview *p)
{
	json_t *all = json_array();

	for (unsigned i = 0; i < p->hit_count; i++)
		json_array_append_new(all, json_pack("{s:I,s:s,s:s}", "rank",
						     (json_int_t)p->best[i].rank,
						     "name", p->best[i].popular,
						     "entry", p->best[i].entry));
	return all;
}

static json_t *json_orders(struct update *u, const struct preview *p)
{
	json_t *all = json_array();

	for (unsigned i = 0; i < p->order_count; i++) {
		struct order o = find_order(u, p->orders[i].number);
		json_t *one = json_order(&o);

		json_object_set_new(one, "come",
				    json_integer((json_int_t)p->orders[i].come));
		json_object_set_new(one, "gone",
				    json_integer((json_int_t)p->orders[i].gone));
		json_array_append_new(all, one);
	}
	return all;
}

static json_t *json_refused(const struct outcome *o)
{
	json_t *all = json_object();

	for (int i = 0; i < REFUSALS; i++)
		if (o->list.sum.refused[i] > 0)
			json_object_set_new(
				all, refusal_rows[i].word,
				json_integer((json_int_t)o->list.sum.refused[i]));
	return all;
}

static json_t *json_guarded(const struct outcome *o)
{
	json_t *all = json_array();

	for (unsigned i = 0; i < o->list.example_count; i++)
		json_array_append_new(
			all,
			json_pack("{s:o,s:I,s:s,s:s}", "file",
				  json_span(span_of(o->list.examples[i].file)), "line",
				  (json_int_t)o->list.examples[i].line, "reason",
				  refusal_rows[o->list.examples[i].why].word, "text",
				  o->list.examples[i].text));
	return all;
}

json_t *update_json(struct update *u, const struct outcome *o, bool preview)
{
	const struct preview *p = &o->preview;
	json_t *all = json_pack(
		"{s:s,s:s,s:o,s:I,s:I,s:I,s:I,s:I,s:I,s:o,s:o}", "feed",
		o->list.feed->name, "state", outcome_names[o->kind], "why",
		json_span(span_of(o->why)), "before", (json_int_t)o->counts.before,
		"added", (json_int_t)o->counts.added, "removed",
		(json_int_t)o->counts.removed, "changed", (json_int_t)o->counts.changed,
		"max_added", (json_int_t)o->max_added, "max_removed",
		(json_int_t)o->max_removed, "refused", json_refused(o), "guarded",
		json_guarded(o));

	if (!preview)
		return all;
	json_object_set_new(all, "come", json_examples(&p->added));
	json_object_set_new(all, "go", json_examples(&p->removed));
	json_object_set_new(all, "change", json_examples(&p->changed));
	json_object_set_new(all, "popular", json_popular(p));
	json_object_set_new(all, "popular_count", json_integer((json_int_t)p->hits));
	json_object_set_new(all, "orders", json_orders(u, p));
	return all;
}
