// SPDX-License-Identifier: BSD-3-Clause
#include "feed-update.h"

#include <stdlib.h>
#include <string.h>

const char *const outcome_names[OUTCOMES] = { "unchanged", "changed", "held", "failed",
					      "dropped" };

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
	int override = update_feed_find(u, span_of(FEED_OVERRIDE));
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

void outcome_release(struct outcome *o)
{
	feed_list_release(&o->list);
}

static void make_preview(struct feed_update *f, const uint32_t *numbers,
			 struct outcome *o)
{
	preview_init(&o->preview, f->popular);
	if (update_is_first(f->update))
		preview_list(&o->preview, &o->list.list, numbers);
	else
		update_visit(f->update, preview_visit, &o->preview);
}

/* Applies the comparison, or drops it. */
static void settle(struct feed_update *f, struct outcome *o)
{
	const struct feed_list *l = &o->list;
	struct update_from from = {
		.feed = span_of(l->feed->name),
		.source = span_of(l->feed->source),
		.source_digest = { l->digest, sizeof(l->digest) },
	};

	if (f->preview || o->kind == FEED_HELD || o->kind == FEED_UNCHANGED)
		update_refuse(f->update);
	else
		update_accept(f->update, &from);
}

static void compare(struct feed_update *f, struct outcome *o)
{
	struct feed_list *l = &o->list;
	uint8_t number = update_feed(f->update, span_of(l->feed->name));
	uint32_t *numbers = terms_write(&l->terms, f->update);

	if (numbers == NULL && f->update->rc == 0)
		f->update->rc = err_set(f->update->e, ERR_SYSTEM,
					"out of memory for the orders");
	update_compare(f->update, number, &l->list, numbers, &o->counts);
	if (f->update->rc == 0) {
		o->kind = o->counts.added + o->counts.removed + o->counts.changed > 0
				  ? FEED_CHANGED
				  : FEED_UNCHANGED;
		if (f->preview || (f->popular != NULL && o->counts.before > 0))
			make_preview(f, numbers, o);
		feed_guard(f, o);
		settle(f, o);
	}
	free(numbers);
}

void feed_update_read(const struct feed_update *f, const struct conf_feed *feed,
		      struct outcome *o)
{
	struct err why;

	memset(o, 0, sizeof(*o));
	if (feed_list_read(&o->list, f->conf, feed, f->guards, &why) != 0)
		outcome_stop(o, FEED_FAILED, "%s", why.text);
}

void feed_update_take(struct feed_update *f, struct outcome *o)
{
	if (o->kind != FEED_FAILED)
		compare(f, o);
	feed_list_release(&o->list);
}

void feed_update_drop(struct feed_update *f, const struct conf_feed *feed,
		      struct outcome *o)
{
	static const struct list none;
	struct update *u = f->update;
	int number = update_feed_find(u, span_of(feed->name));

	memset(o, 0, sizeof(*o));
	o->list.feed = feed;
	o->kind = FEED_DROPPED;
	if (u->rc == 0 && number < 0)
		u->rc = err_set(u->e, ERR_INPUT, "the store has no feed '%s'",
				feed->name);
	if (u->rc != 0)
		return;
	update_compare(u, (uint8_t)number, &none, NULL, &o->counts);
	if (f->preview)
		make_preview(f, NULL, o);
	settle(f, o);
}
