// SPDX-License-Identifier: BSD-3-Clause
/* The guards of an update: what of a feed's changes is held, and why. */
#include <stdarg.h>
#include <string.h>

#include "feed-update.h"

typedef unsigned long long ull;

/* How many serials back a rollback is looked for. */
#define ROLLBACKS_BACK 1000

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

void outcome_stop(struct outcome *o, enum outcome_kind kind, const char *format, ...)
{
	va_list args;

	o->kind = kind;
	va_start(args, format);
	vsnprintf(o->why, sizeof(o->why), format, args);
	va_end(args);
}

/* What no reason overrides: a name that no list may block. */
static void hold_by_guards(struct feed_update *f, struct outcome *o)
{
	char text[NAME_TEXT_MAX];
	struct name name;
	enum refusal why;

	if (!feed_update_guarded(f->update, f->guards, &name, &why))
		return;
	outcome_stop(o, FEED_HELD, "'%.200s' may not be blocked: %s",
		     name_to_text(text, name.key, name.len), refusal_rows[why].text);
}

/* What looks like an accident. The first load of a feed has no window: it has to have
 * as many names as such a list has at the least. */
static void hold_by_limits(const struct feed_state *state, struct outcome *o)
{
	const struct feed_list *l = &o->list;
	const struct update_counts *n = &o->counts;
	uint64_t names = n->before + n->added - n->removed;

	o->max_added = limit_added(&l->limits, n->before);
	o->max_removed = limit_removed(&l->limits, n->before);
	if (names < l->limits.names)
		outcome_stop(o, FEED_HELD,
			     "%llu names are fewer than the %llu of such a list",
			     (ull)names, (ull)l->limits.names);
	else if (n->before == 0)
		return;
	else if (n->added > o->max_added)
		outcome_stop(o, FEED_HELD,
			     "%llu names would come, more than %llu at once",
			     (ull)n->added, (ull)o->max_added);
	else if (n->removed > o->max_removed)
		outcome_stop(o, FEED_HELD,
			     "%llu names would go, more than %llu at once",
			     (ull)n->removed, (ull)o->max_removed);
	else if (n->changed > o->max_added)
		outcome_stop(
			o, FEED_HELD,
			"%llu names would change their terms, more than %llu at once",
			(ull)n->changed, (ull)o->max_added);
	else if (o->preview.hits > l->limits.popular)
		outcome_stop(o, FEED_HELD,
			     "%llu popular names would be blocked, as '%s', more than "
			     "%llu at "
			     "once",
			     (ull)o->preview.hits, o->preview.best[0].popular,
			     (ull)l->limits.popular);
	else if (l->unterminated && state != NULL && state->good != 0 &&
		 !state->unterminated)
		outcome_stop(o, FEED_HELD,
			     "the last line does not end, as it did before: the file "
			     "is cut");
}

/* What the journal says of a feed in one serial. */
static bool find_share(const struct journal *j, struct span feed,
		       struct journal_feed *ret_share)
{
	struct bytes b = bytes_from(j->feeds.data, j->feeds.len);

	while (journal_feed_next(&b, ret_share))
		if (span_equal(ret_share->feed, feed))
			return true;
	return false;
}

/* The serial of the rollback that undid the very list that the feed has again; 0 when
 * there was none. That is the list taken last before the rollback. */
static uint64_t rolled_back(struct reader *r, uint64_t serial, const struct outcome *o)
{
	struct span feed = span_of(o->list.feed->name),
		    digest = { o->list.digest, SOURCE_DIGEST };
	uint64_t rollback = 0;

	for (unsigned i = 0; i < ROLLBACKS_BACK && serial > 0; i++, serial--) {
		struct journal_feed share;
		struct journal j;

		if (journal_header(r, serial, &j, NULL) != 0)
			return 0;
		if (!find_share(&j, feed, &share))
			continue;
		if (span_equal(j.verb, span_of("rollback")))
			rollback = serial;
		else if (span_equal(share.source_digest, digest))
			return rollback;
		else if (share.source_digest.len > 0)
			rollback = 0;
	}
	return 0;
}

static void hold_rolled_back(struct feed_update *f, struct outcome *o)
{
	AUTO(reader) r = { 0 };
	struct err e = { 0 };
	uint64_t serial;

	if (f->update->target->fresh)
		return;
	if (reader_init(&r, &f->update->target->store, &e) != 0 ||
	    reader_begin(&r, &e) != 0) {
		outcome_stop(o, FEED_HELD, "cannot see whether it was rolled back: %s",
			     e.text);
		return;
	}
	serial = rolled_back(&r, f->update->head.serial - 1, o);
	reader_end(&r);
	if (serial != 0)
		outcome_stop(o, FEED_HELD,
			     "it is the list that serial %llu rolled back",
			     (ull)serial);
}

void feed_guard(struct feed_update *f, struct outcome *o)
{
	if (o->kind == FEED_CHANGED)
		hold_rolled_back(f, o);
	if (o->kind != FEED_HELD)
		hold_by_limits(feed_state_find(f->states, o->list.feed->name), o);
	if (o->kind == FEED_HELD && f->accepted != NULL)
		o->kind = FEED_CHANGED;
	hold_by_guards(f, o);
}
