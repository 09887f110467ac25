// SPDX-License-Identifier: BSD-3-Clause
#include "feed-update.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

typedef unsigned long long ull;

const char *const outcome_names[OUTCOMES] = { "unchanged", "changed", "held",
					      "failed" };

static void write_notices(struct update *u, const struct conf *c)
{
	for (unsigned i = 0; i < c->notices_count; i++) {
		const struct conf_notice *n = &c->notices[i];
		struct notice notice = {
			.name = span_of(n->name),
			.ttl = (uint32_t)conf_seconds(n->ttl),
		};

		for (unsigned j = 0; j < n->addresses_count; j++)
			if (!notice_add(&notice, n->addresses[j]) && u->rc == 0)
				u->rc = err_set(u->e, ERR_INPUT,
						"notice '%s': '%s' is an address too "
						"many",
						n->name, n->addresses[j]);
		update_notice(u, &notice);
	}
}

static void write_exempt(struct update *u, const struct conf *c)
{
	struct netblock *blocks = calloc(c->exempt_count + 1, sizeof(*blocks));

	if (blocks == NULL && u->rc == 0)
		u->rc = err_set(u->e, ERR_SYSTEM, "out of memory for netblocks");
	for (unsigned i = 0; blocks != NULL && i < c->exempt_count; i++)
		netblock_parse(&blocks[i], span_of(c->exempt[i]), NULL);
	if (blocks != NULL)
		update_exempt(u, blocks, c->exempt_count);
	free(blocks);
}

/* Feeds have the order of the configuration; what is done by hand comes before them,
 * and feeds that it does not name come after them. */
static void write_feeds(struct update *u, const struct conf *c)
{
	int override = update_feed_find(u, span_of(CONF_OVERRIDE));
	uint8_t rank = 0;

	if (override >= 0)
		update_feed_rank(u, (uint8_t) override, rank++);
	for (unsigned i = 0; i < c->feeds_count; i++) {
		const struct conf_feed *f = &c->feeds[i];
		uint8_t number = update_feed(u, span_of(f->name));
		uint8_t flags = (conf_yes(f->shadow) ? FEED_SHADOW : 0) |
				(conf_yes(f->cname_targets) ? FEED_TARGETS : 0);

		update_feed_rank(u, number, rank++);
		update_feed_flags(u, number, flags, FEED_FLAGS);
	}
}

void feed_update_settings(struct feed_update *f)
{
	const struct conf *c = f->conf;

	update_on_error(f->update, (enum on_error)word_find(on_error_names, ON_ERRORS,
							    span_of(c->on_error)));
	update_structured(f->update,
			  (enum structured)word_find(structured_names, STRUCTUREDS,
						     span_of(c->structured_errors)));
	write_exempt(f->update, c);
	write_notices(f->update, c);
	write_feeds(f->update, c);
}

struct guarding {
	const struct guards *guards;
	struct name name;
	enum refusal why;
};

static bool guard_change(void *arg, const struct change *change)
{
	struct guarding *g = arg;

	g->name.len = (uint16_t)change->key.len;
	memcpy(g->name.key, change->key.data, change->key.len);
	for (unsigned i = change->gone; i < change->gone + change->come; i++) {
		g->why = guards_judge(g->guards, &g->name,
				      (enum action)change->entries[i].action);
		if (g->why != REFUSED_NOT)
			return false;
	}
	return true;
}

bool feed_update_guarded(struct update *u, const struct guards *g,
			 struct name *ret_name, enum refusal *ret_why)
{
	struct guarding guarding = { .guards = g, .why = REFUSED_NOT };

	update_visit(u, guard_change, &guarding);
	*ret_name = guarding.name;
	*ret_why = guarding.why;
	return guarding.why != REFUSED_NOT;
}

static void stop(struct outcome *o, enum outcome_kind kind, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
static void stop(struct outcome *o, enum outcome_kind kind, const char *format, ...)
{
	va_list args;

	o->kind = kind;
	va_start(args, format);
	vsnprintf(o->why, sizeof(o->why), format, args);
	va_end(args);
}

/* What no reason overrides: a name that no list may block. */
static bool held_by_guards(struct feed_update *f, struct outcome *o)
{
	char text[NAME_TEXT_MAX];
	struct name name;
	enum refusal why;

	if (!feed_update_guarded(f->update, f->guards, &name, &why))
		return false;
	stop(o, FEED_HELD, "'%.200s' may not be blocked: %s",
	     name_to_text(text, name.key, name.len), refusal_rows[why].text);
	return true;
}

/* What looks like an accident. The first load of a feed has no window: it has to have
 * as many names as such a list has at the least. */
static bool held_by_limits(const struct feed_list *l, const struct feed_state *state,
			   struct outcome *o)
{
	const struct update_counts *n = &o->counts;
	uint64_t names = n->before + n->added - n->removed;

	o->max_added = limit_added(&l->limits, n->before);
	o->max_removed = limit_removed(&l->limits, n->before);
	if (names < l->limits.names)
		stop(o, FEED_HELD, "%llu names are fewer than the %llu of such a list",
		     (ull)names, (ull)l->limits.names);
	else if (n->before == 0)
		return false;
	else if (n->added > o->max_added)
		stop(o, FEED_HELD, "%llu names would come, more than %llu at once",
		     (ull)n->added, (ull)o->max_added);
	else if (n->removed > o->max_removed)
		stop(o, FEED_HELD, "%llu names would go, more than %llu at once",
		     (ull)n->removed, (ull)o->max_removed);
	else if (n->changed > o->max_added)
		stop(o, FEED_HELD,
		     "%llu names would change their terms, more than %llu at once",
		     (ull)n->changed, (ull)o->max_added);
	else if (l->unterminated && state != NULL && state->good != 0 &&
		 !state->unterminated)
		stop(o, FEED_HELD,
		     "the last line does not end, as it did before: the file is cut");
	return o->kind == FEED_HELD;
}

static void make_preview(struct feed_update *f, const struct feed_list *l,
			 const uint32_t *numbers, struct outcome *o)
{
	preview_init(&o->preview, f->popular);
	if (update_is_first(f->update))
		preview_list(&o->preview, &l->list, numbers);
	else
		update_visit(f->update, preview_visit, &o->preview);
}

/* Applies the comparison, or drops it. */
static void settle(struct feed_update *f, struct outcome *o)
{
	struct update_from from = {
		.feed = span_of(o->feed->name),
		.source = span_of(o->feed->source),
		.source_digest = { o->digest, sizeof(o->digest) },
	};

	if (f->preview || o->kind == FEED_HELD || o->kind == FEED_UNCHANGED)
		update_refuse(f->update);
	else
		update_accept(f->update, &from);
}

static void compare(struct feed_update *f, struct feed_list *l, struct outcome *o)
{
	const struct feed_state *state = feed_state_find(f->states, o->feed->name);
	uint8_t number = update_feed(f->update, span_of(o->feed->name));
	uint32_t *numbers = terms_write(&l->terms, f->update);

	if (numbers == NULL && f->update->rc == 0)
		f->update->rc = err_set(f->update->e, ERR_SYSTEM,
					"out of memory for the orders");
	update_compare(f->update, number, &l->list, numbers, &o->counts);
	if (f->update->rc == 0) {
		o->kind = o->counts.added + o->counts.removed + o->counts.changed > 0
				  ? FEED_CHANGED
				  : FEED_UNCHANGED;
		if (f->preview)
			make_preview(f, l, numbers, o);
		if (held_by_limits(l, state, o) && f->accepted != NULL)
			o->kind = FEED_CHANGED;
		held_by_guards(f, o);
		settle(f, o);
	}
	free(numbers);
}

void feed_update_take(struct feed_update *f, const struct conf_feed *feed,
		      struct outcome *o)
{
	AUTO(feed_list) l;
	struct err why;
	int rc;

	memset(o, 0, sizeof(*o));
	o->feed = feed;
	rc = feed_list_read(&l, f->conf, feed, f->guards, &why);
	o->sum = l.sum;
	o->example_count = l.example_count;
	memcpy(o->examples, l.examples, sizeof(o->examples));
	memcpy(o->digest, l.digest, sizeof(o->digest));
	o->written = l.written;
	o->unterminated = l.unterminated;
	if (rc != 0)
		stop(o, FEED_FAILED, "%s", why.text);
	else
		compare(f, &l, o);
}
