// SPDX-License-Identifier: BSD-3-Clause
#include "due.h"

#include <stdlib.h>
#include <string.h>

#include "journal.h"

const char *const due_names[DUES] = {
	[DUE_REVIEW] = "review",
	[DUE_EXPIRY] = "expires",
	[DUE_ENDLESS_ORDER] = "no end",
};

/* What the names say of an order. */
struct tally {
	uint64_t names;
	uint32_t since; /* the first serial */
	uint8_t feed;
	uint16_t name_len; /* of a name, at the end of all names so far */
	size_t name_at;
};

struct search {
	struct dues *dues;
	struct reader *reader;
	struct tally *tallies; /* by order number */
	uint32_t orders;
	size_t used, room; /* of the names */
	int64_t now, until;
};

static bool keep_name(struct search *s, struct tally *t, struct span key)
{
	if (s->room - s->used < key.len) {
		size_t room = s->room * 2 + NAME_KEY_MAX;
		uint8_t *names = realloc(s->dues->names, room);

		if (names == NULL)
			return false;
		s->dues->names = names;
		s->room = room;
	}
	t->name_at = s->used;
	t->name_len = (uint16_t)key.len;
	memcpy(s->dues->names + s->used, key.data, key.len);
	s->used += key.len;
	return true;
}

static int count_entry(struct search *s, const struct entry *entry, struct span key,
		       struct err *e)
{
	struct tally *t;

	if (entry->order > s->orders)
		return err_set(e, ERR_DAMAGED,
			       "store '%s' is damaged: an entry without an order",
			       s->reader->store->path);
	t = &s->tallies[entry->order];
	if (t->names == 0 && !keep_name(s, t, key))
		return err_set(e, ERR_SYSTEM, "out of memory for names");
	if (t->names++ == 0)
		t->feed = entry->feed;
	if (t->since == 0 || entry->since < t->since)
		t->since = entry->since;
	return 0;
}

static int count_name(struct search *s, const struct walk *w, struct err *e)
{
	int rc = 0;

	for (unsigned i = 0; i < w->count && rc == 0; i++)
		rc = count_entry(s, &w->entries[i], w->key, e);
	return rc;
}

/* Counts the entries of each order. */
static int count_names(struct search *s, struct err *e)
{
	struct walk w;
	int rc = walk_begin(&w, s->reader, s->now, true, e);

	if (rc == 0)
		while ((rc = walk_next(&w, e)) > 0)
			if ((rc = count_name(s, &w, e)) != 0)
				break;
	walk_release(&w);
	return rc;
}

/* Since when the order is known: its date, or when its first name came. */
static int64_t began(struct search *s, const struct order *o, const struct tally *t)
{
	struct journal j = { 0 };

	if (o->issued != 0)
		return o->issued;
	return journal_header(s->reader, t->since, &j, NULL) == 0 ? j.time : s->now;
}

/* Why the order is due first, and when. Returns false when it is not. */
static bool is_due(struct search *s, const struct order *o, const struct tally *t,
		   struct due *d)
{
	d->at = INT64_MAX;
	if (o->review != 0) {
		d->why = DUE_REVIEW;
		d->at = o->review;
	}
	if (o->expires != 0 && o->expires < d->at) {
		d->why = DUE_EXPIRY;
		d->at = o->expires;
	}
	/* A list that names no decision has none that could be looked at. */
	if (d->at == INT64_MAX && (o->issued != 0 || o->reference.len > 0)) {
		d->why = DUE_ENDLESS_ORDER;
		d->at = began(s, o, t) + DUE_ENDLESS;
	}
	return d->at < (d->why == DUE_ENDLESS_ORDER ? s->now : s->until);
}

static int compare(const void *a, const void *b)
{
	const struct due *x = a, *y = b;

	if (x->at != y->at)
		return x->at < y->at ? -1 : 1;
	return (x->order > y->order) - (x->order < y->order);
}

static int collect(struct search *s, struct err *e)
{
	struct dues *d = s->dues;
	size_t room = 0;

	for (uint32_t i = 1; i <= s->orders; i++) {
		const struct tally *t = &s->tallies[i];
		struct due due = { .order = i, .names = t->names, .feed = t->feed };
		struct order o;
		int rc = t->names == 0 ? 0 : reader_order(s->reader, i, &o, e);

		if (rc != 0)
			return rc;
		if (t->names == 0 || !is_due(s, &o, t, &due))
			continue;
		if (d->count == room) {
			struct due *more;

			room = room * 2 + 64;
			more = realloc(d->at, room * sizeof(*more));
			if (more == NULL)
				return err_set(e, ERR_SYSTEM,
					       "out of memory for orders");
			d->at = more;
		}
		due.name = (struct span){ d->names + t->name_at, t->name_len };
		d->at[d->count++] = due;
	}
	if (d->count > 0)
		qsort(d->at, d->count, sizeof(*d->at), compare);
	return 0;
}

int dues_find(struct dues *d, struct reader *r, int64_t now, int64_t until,
	      struct err *e)
{
	struct search s = { .dues = d, .reader = r, .now = now, .until = until };
	struct head h;
	int rc = reader_head(r, &h, e);

	*d = (struct dues){ 0 };
	if (rc != 0)
		return rc;
	s.orders = h.orders;
	s.tallies = calloc((size_t)h.orders + 1, sizeof(*s.tallies));
	if (s.tallies == NULL)
		return err_set(e, ERR_SYSTEM, "out of memory for orders");
	rc = count_names(&s, e);
	if (rc == 0)
		rc = collect(&s, e);
	free(s.tallies);
	return rc;
}

void dues_release(struct dues *d)
{
	free(d->at);
	free(d->names);
	*d = (struct dues){ 0 };
}
