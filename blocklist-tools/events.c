// SPDX-License-Identifier: BSD-3-Clause
#include "events.h"

#include <stdlib.h>
#include <string.h>

#include "journal.h"
#include "past.h"
#include "walk.h"

struct events {
	struct reader *reader;
	const struct name *name;
	uint64_t serial; /* whose changes are read */
	struct event *at;
	size_t count, room;
	bool full; /* without memory */
};

static void events_release(struct events *s)
{
	free(s->at);
	*s = (struct events){ 0 };
}

static bool same(const struct event *a, const struct event *b)
{
	return a->serial == b->serial && a->len == b->len && a->came == b->came &&
	       entry_compare(&a->entry, &b->entry) == 0;
}

static void add(struct events *s, const struct event *event)
{
	for (size_t i = 0; i < s->count; i++)
		if (same(&s->at[i], event))
			return;
	if (s->count == s->room) {
		size_t room = s->room * 2 + 64;
		struct event *at = realloc(s->at, room * sizeof(*at));

		s->full |= at == NULL;
		if (at == NULL)
			return;
		s->at = at;
		s->room = room;
	}
	s->at[s->count++] = *event;
}

/* True when the journal does not spell out what a serial changed. */
static bool is_silent(struct reader *r, uint64_t serial)
{
	struct journal j;

	return journal_header(r, serial, &j, NULL) != 0 || j.cut ||
	       (j.flags & JOURNAL_FIRST_LOAD) != 0;
}

/* An entry says itself which serial brought it. */
static void add_birth(struct events *s, size_t len, const struct entry *e)
{
	struct event event = { e->since, s->name->key, len, true, *e };

	if (is_silent(s->reader, e->since))
		add(s, &event);
}

static bool add_change(void *arg, const struct change *change)
{
	struct events *s = arg;
	const struct name *n = s->name;
	size_t len = change->key.len;
	struct event event = { s->serial, n->key, len, false, { 0 } };

	if (len > n->len || memcmp(n->key, change->key.data, len) != 0)
		return true;
	for (int i = 0; i < change->gone + change->come; i++) {
		event.came = i >= change->gone;
		event.entry = change->entries[i];
		add(s, &event);
		if (!event.came)
			add_birth(s, len, &event.entry);
	}
	return true;
}

static int read_journal(struct events *s, struct err *e)
{
	for (s->serial = 1; s->serial <= s->reader->now.serial; s->serial++) {
		struct journal j;
		int rc = journal_read(s->reader, s->serial, &j, add_change, s, e);

		if (rc != 0 && rc != ERR_MISSING)
			return rc;
	}
	return 0;
}

/* What the name and those above it have now, and had. */
static int read_names(struct events *s, struct err *e)
{
	struct reader *r = s->reader;
	const struct name *n = s->name;

	for (size_t len = n->len; len > 0; len = name_parent(n->key, len)) {
		struct past all[PAST_MAX];
		int count = past_read(r, n->key, len, all, e);
		MDB_val v;

		if (count < 0)
			return count;
		while (count-- > 0) {
			struct event event = { all[count].until, n->key, len, false,
					       all[count].entry };

			add_birth(s, len, &all[count].entry);
			if (is_silent(r, event.serial))
				add(s, &event);
		}
		if (store_get(r->store, r->txn, TABLE_NAMES, n->key, len, &v) == 0) {
			struct bytes b = bytes_from(v.mv_data, v.mv_size);

			get_varuint(&b);
			while (bytes_left(&b) > 0 && !b.failed) {
				struct entry entry = entry_get(&b);

				add_birth(s, len, &entry);
			}
		}
	}
	return 0;
}

/* By serial; in one, what went before what came. */
static int compare(const void *pa, const void *pb)
{
	const struct event *a = pa, *b = pb;

	if (a->serial != b->serial)
		return a->serial < b->serial ? -1 : 1;
	if (a->len != b->len)
		return a->len < b->len ? -1 : 1;
	return a->came != b->came ? a->came - b->came
				  : entry_compare(&a->entry, &b->entry);
}

int events_of_name(struct reader *r, const struct name *n, event_show *show,
		   struct err *e)
{
	AUTO(events) s = { .reader = r, .name = n };
	int rc = read_journal(&s, e);

	if (rc == 0)
		rc = read_names(&s, e);
	if (rc == 0 && s.full)
		rc = err_set(e, ERR_SYSTEM, "out of memory for the history");
	if (rc != 0)
		return rc;
	if (s.count > 1)
		qsort(s.at, s.count, sizeof(*s.at), compare);
	for (size_t i = 0; i < s.count; i++)
		show(r, &s.at[i]);
	return 0;
}

static void show_born(struct reader *r, uint64_t serial, const struct walk *w,
		      unsigned i, event_show *show)
{
	struct event event = { serial, w->key.data, w->key.len, true, w->entries[i] };

	if (event.entry.since == serial)
		show(r, &event);
}

int events_of_load(struct reader *r, uint64_t serial, event_show *show, struct err *e)
{
	struct walk w;
	int rc = walk_begin(&w, r, 0, true, e);

	if (rc == 0)
		while ((rc = walk_next(&w, e)) > 0)
			for (unsigned i = 0; i < w.count; i++)
				show_born(r, serial, &w, i, show);
	walk_release(&w);
	return rc;
}
