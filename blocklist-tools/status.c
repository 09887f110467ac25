// SPDX-License-Identifier: BSD-3-Clause
#include "status.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "conf-value.h"
#include "view.h"

static void problem(struct status *s, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
static void problem(struct status *s, const char *format, ...)
{
	va_list args;

	if (s->problem_count == STATUS_MAX)
		return;
	va_start(args, format);
	vsnprintf(s->problems[s->problem_count++], STATUS_PROBLEM, format, args);
	va_end(args);
}

static struct status_feed *feed_of(struct status *s, struct span name)
{
	struct status_feed *f;

	for (unsigned i = 0; i < s->feed_count; i++)
		if (span_equal(span_of(s->feeds[i].name), name))
			return &s->feeds[i];
	if (s->feed_count == STATUS_MAX)
		return NULL;
	f = &s->feeds[s->feed_count++];
	snprintf(f->name, sizeof(f->name), "%.*s", (int)name.len,
		 (const char *)name.data);
	f->rank = UINT8_MAX;
	return f;
}

static int look_at_store(struct status *s, struct err *e)
{
	AUTO(view) v = { 0 };
	int rc = view_open(&v, s->store, e);

	if (rc == 0)
		rc = reader_head(&v.reader, &s->head, e);
	for (int i = 0; rc == 0 && i <= UINT8_MAX; i++) {
		struct feed feed;
		struct status_feed *f;

		if (reader_feed(&v.reader, (uint8_t)i, &feed, NULL) != 0)
			continue;
		f = feed_of(s, feed.name);
		if (f == NULL)
			continue;
		f->stored = true;
		f->rank = feed.rank;
		f->flags = feed.flags;
		f->entries = feed.entries;
	}
	return rc;
}

static void look_at_conf(struct status *s, const struct conf *c)
{
	for (unsigned i = 0; i < c->feeds_count; i++) {
		struct status_feed *f = feed_of(s, span_of(c->feeds[i].name));

		if (f == NULL)
			continue;
		f->configured = true;
		if (c->feeds[i].max_age != NULL)
			f->max_age = conf_seconds(c->feeds[i].max_age);
	}
}

static void look_at_resolver(void *arg, const struct state_file *file)
{
	struct status *s = arg;
	struct status_resolver *r = &s->resolvers[s->resolver_count];
	uint32_t store = atomic_load(&file->store);

	if (s->resolver_count == STATUS_MAX)
		return;
	s->resolver_count++;
	r->pid = file->pid;
	r->store = store < STORE_STATES ? (enum store_state)store : STORE_BROKEN;
	r->serial = atomic_load(&file->serial);
	r->enforced = atomic_load(&file->enforced);
	r->enforced_at = atomic_load(&file->enforced_at) / 1000000;
	snprintf(r->error, sizeof(r->error), "%.511s", file->error);
}

int64_t status_age(const struct status *s, const struct status_feed *f)
{
	return f->state.good == 0 ? -1 : s->now - f->state.written;
}

static void judge_feed(struct status *s, const struct status_feed *f)
{
	const struct feed_state *st = &f->state;

	if (!f->configured) {
		if (f->entries > 0 && strcmp(f->name, FEED_OVERRIDE) != 0)
			problem(s,
				"feed '%s' is in the store and not in the "
				"configuration: its %llu entries stay until 'palang "
				"update --drop %s'",
				f->name, (unsigned long long)f->entries, f->name);
		return;
	}
	if (st->error[0] != '\0')
		problem(s, "feed '%s' %s: %s", f->name, st->held ? "is held" : "failed",
			st->error);
	else if (st->good == 0)
		problem(s, "feed '%s' has never been read", f->name);
	if (f->max_age > 0 && status_age(s, f) > f->max_age)
		problem(s, "feed '%s' is %lld hours old, more than %lld", f->name,
			(long long)status_age(s, f) / 3600,
			(long long)f->max_age / 3600);
}

static void judge_resolver(struct status *s, const struct status_resolver *r)
{
	if (r->store != STORE_SERVING)
		problem(s, "resolver %lld does not serve the store: %s",
			(long long)r->pid,
			r->error[0] != '\0' ? r->error : store_state_names[r->store]);
	else if (r->enforced < s->head.serial)
		problem(s, "resolver %lld enforces serial %llu, not %llu",
			(long long)r->pid, (unsigned long long)r->enforced,
			(unsigned long long)s->head.serial);
}

static int by_rank(const void *a, const void *b)
{
	const struct status_feed *x = a, *y = b;

	return x->rank != y->rank ? (int)x->rank - (int)y->rank
				  : strcmp(x->name, y->name);
}

int status_look(struct status *s, const char *store, const struct conf *conf,
		struct err *e)
{
	struct feed_states states;
	int rc;

	memset(s, 0, sizeof(*s));
	s->store = store;
	s->now = time(NULL);
	rc = feed_states_load(&states, store, e);
	if (rc == 0)
		rc = look_at_store(s, e);
	if (rc == 0 && conf != NULL)
		look_at_conf(s, conf);
	for (unsigned i = 0; rc == 0 && i < s->feed_count; i++) {
		const struct feed_state *f = feed_state_find(&states, s->feeds[i].name);

		if (f != NULL)
			s->feeds[i].state = *f;
	}
	feed_states_release(&states);
	if (rc == 0 && state_each(store, look_at_resolver, s, e) < 0)
		rc = e->code;
	if (rc != 0)
		return rc;
	qsort(s->feeds, s->feed_count, sizeof(*s->feeds), by_rank);
	for (unsigned i = 0; conf != NULL && i < s->feed_count; i++)
		judge_feed(s, &s->feeds[i]);
	for (unsigned i = 0; i < s->resolver_count; i++)
		judge_resolver(s, &s->resolvers[i]);
	return 0;
}
