// SPDX-License-Identifier: BSD-3-Clause
/* From what a feed says now to a changeset, and what becomes of it. */
#include <stdlib.h>
#include <string.h>

#include "update-internal.h"

/* A list with less than such a part of the store's names is short. */
#define SHORT 16

/* How many listings ahead memory is fetched. */
#define AHEAD 16

int update_compare_entries(const void *a, const void *b)
{
	return entry_compare(a, b);
}

/* Latches that a name has more entries of a feed than a change can hold. */
static void too_many(struct update *u, struct span key)
{
	char text[NAME_TEXT_MAX];

	if (u->rc == 0)
		u->rc = err_set(u->e, ERR_INPUT,
				"'%s' is listed with more than %u different terms",
				name_to_text(text, key.data, key.len),
				CHANGE_ENTRIES_MAX);
}

void update_take(struct update *u, size_t *i, struct entries *to)
{
	const struct list *list = u->list;
	struct span key = list_key(list, *i);
	struct entry *e;

	to->count = 0;
	do {
		if (to->count == CHANGE_ENTRIES_MAX) {
			too_many(u, key);
			return;
		}
		list_expect(list, *i + AHEAD);
		e = &to->at[to->count++];
		*e = list_entry(list, (*i)++);
		e->feed = u->feed;
		e->since = (uint32_t)u->head.serial;
		e->order = u->numbers[e->order];
	} while (*i < list->count && span_equal(list_key(list, *i), key));
	if (to->count > 1)
		qsort(to->at, to->count, sizeof(*to->at), update_compare_entries);
}

void update_difference(struct update *u, struct changeset *to, struct span key,
		       const struct entries *old, const struct entries *new,
		       enum difference kind)
{
	struct change change; /* large, and most names have none */
	struct entry come[CHANGE_ENTRIES_MAX];
	unsigned i = 0, j = 0;

	change.key = key;
	change.gone = change.come = 0;
	while (i < old->count || j < new->count) {
		const struct entry *a = &old->at[i], *b = &new->at[j];
		int c = i == old->count   ? 1
			: j == new->count ? -1
					  : entry_compare(a, b);
		bool other = c == 0 && kind == WITH_SINCE && a->since != b->since;

		if (c < 0 || other)
			change.entries[change.gone++] = *a;
		if (c > 0 || other)
			come[change.come++] = *b;
		i += c <= 0;
		j += c >= 0;
	}
	if (change.gone == 0 && change.come == 0)
		return;
	memcpy(change.entries + change.gone, come, change.come * sizeof(*come));
	if (old->count == 0)
		to->added++;
	else if (new->count == 0)
		to->removed++;
	else
		to->changed++;
	if (u->rc == 0)
		u->rc = changeset_add(to, &change, u->e);
}

/* FEED's own entries of a name's value; the others stay as they are. */
static void own_entries(struct update *u, MDB_val value, uint8_t feed,
			struct entries *to)
{
	struct bytes b = bytes_from(value.mv_data, value.mv_size);

	get_varuint(&b); /* the nearest listed ancestor */
	while (bytes_left(&b) > 0 && !b.failed) {
		struct entry e = entry_get(&b);

		if (e.feed == feed && to->count < CHANGE_ENTRIES_MAX)
			to->at[to->count++] = e;
	}
	if (b.failed)
		update_damaged(u);
}

/* Walks the names of the store and of the list side by side. */
static void compare_all(struct update *u)
{
	const struct list *list = u->list;
	struct entries old, new;
	MDB_cursor *cursor;
	MDB_val k, v;
	size_t i = 0;
	int rc;

	if (update_failed(u, mdb_cursor_open(u->txn, u->target->store.dbi, &cursor),
			  "read"))
		return;
	rc = store_first(cursor, TABLE_NAMES, &k, &v);
	while (u->rc == 0 && (rc == 0 || i < list->count)) {
		struct span stored = { k.mv_data, k.mv_size };
		struct span listed = i < list->count ? list_key(list, i) : stored;
		int c = rc != 0            ? 1
			: i == list->count ? -1
					   : name_compare(stored.data, stored.len,
							  listed.data, listed.len);

		old.count = new.count = 0;
		if (c <= 0)
			own_entries(u, v, u->feed, &old);
		if (c >= 0)
			update_take(u, &i, &new);
		u->counts.before += old.count > 0;
		update_difference(u, &u->found, c <= 0 ? stored : listed, &old, &new,
				  WITHOUT_SINCE);
		if (c <= 0)
			rc = store_next(cursor, TABLE_NAMES, &k, &v);
		if (rc != 0 && rc != MDB_NOTFOUND)
			update_failed(u, rc, "read");
	}
	mdb_cursor_close(cursor);
}

/* Looks up the names of a list that is short beside the store. Returns true when
 * all that the feed has now was met, so that nothing of it is to go: then there is
 * no need to walk through the others' names. */
static bool compare_listed(struct update *u, uint64_t has)
{
	const struct list *list = u->list;
	struct entries old, new;
	uint64_t met = 0;
	size_t i = 0;

	while (u->rc == 0 && i < list->count) {
		struct span key = list_key(list, i);
		MDB_val v;

		old.count = 0;
		update_take(u, &i, &new);
		if (update_get(u, TABLE_NAMES, key.data, key.len, &v) == 0)
			own_entries(u, v, u->feed, &old);
		u->counts.before += old.count > 0;
		update_difference(u, &u->found, key, &old, &new, WITHOUT_SINCE);
		met += old.count;
	}
	if (met == has)
		return true;
	changeset_release(&u->found);
	u->counts.before = 0;
	return false;
}

static struct update_share *find_share(struct update *u, uint8_t feed)
{
	for (unsigned i = 0; i < u->share_count; i++)
		if (u->shares[i].feed == feed)
			return &u->shares[i];
	return NULL;
}

static struct update_share *make_share(struct update *u, uint8_t feed)
{
	struct update_share *s = find_share(u, feed), *shares;

	if (s != NULL || u->rc != 0)
		return s;
	shares = realloc(u->shares, (u->share_count + 1) * sizeof(*shares));
	if (shares == NULL) {
		u->rc = err_set(u->e, ERR_SYSTEM, "out of memory for the feeds");
		return NULL;
	}
	u->shares = shares;
	s = &shares[u->share_count++];
	*s = (struct update_share){ .feed = feed };
	return s;
}

static void set_from(struct update *u, struct update_share *s,
		     const struct update_from *from)
{
	size_t room = 6 + from->feed.len + from->source.len + from->source_digest.len;
	uint8_t *at = malloc(room);
	struct bytes b = bytes_over(at, room);

	if (at == NULL) {
		u->rc = err_set(u->e, ERR_SYSTEM, "out of memory for the feeds");
		return;
	}
	put_text(&b, from->feed);
	put_text(&b, from->source);
	put_text(&b, from->source_digest);
	if (b.failed && u->rc == 0)
		u->rc = err_set(u->e, ERR_INPUT, "the source of a feed is too long");
	free(s->from);
	s->from = at;
	s->from_len = room;
}

bool update_is_first(const struct update *u)
{
	/* Names that went in this update have to be spelled out. */
	return u->empty && u->head.names == 0;
}

/* How many names the sorted list has. */
static uint64_t count_names(const struct list *list)
{
	uint64_t names = 0;

	for (size_t i = 0; i < list->count; i++) {
		list_expect(list, i + AHEAD);
		names +=
			i == 0 || !span_equal(list_key(list, i - 1), list_key(list, i));
	}
	return names;
}

/* Latches that a comparison is waiting. */
static void check_free(struct update *u)
{
	if (u->rc == 0 && u->comparing)
		u->rc = err_set(u->e, ERR_INPUT,
				"a comparison was neither accepted nor refused");
}

void update_compare(struct update *u, uint8_t feed, const struct list *list,
		    const uint32_t *numbers, struct update_counts *counts)
{
	uint8_t record[FEED_MAX];
	struct feed f;

	if (counts != NULL)
		*counts = (struct update_counts){ 0 };
	check_free(u);
	if (u->rc == 0 && find_share(u, feed) != NULL)
		u->rc = err_set(u->e, ERR_INPUT, "a feed twice in an update");
	if (!update_get_feed(u, feed, record, &f))
		return;
	u->comparing = true;
	u->feed = feed;
	u->list = list;
	u->numbers = numbers;
	u->counts = (struct update_counts){ 0 };
	if (update_is_first(u)) {
		if (counts != NULL)
			counts->added = count_names(list);
		return;
	}
	if (list->count >= u->head.names / SHORT || !compare_listed(u, f.entries))
		compare_all(u);
	u->counts.added = u->found.added;
	u->counts.removed = u->found.removed;
	u->counts.changed = u->found.changed;
	if (counts != NULL)
		*counts = u->counts;
}

void update_visit(struct update *u, journal_visit *visit, void *arg)
{
	struct bytes b = bytes_from(u->found.data, u->found.used);
	struct change change;

	while (u->rc == 0 && change_next(&b, &change))
		if (!visit(arg, &change))
			return;
}

void update_keep(struct update *u, struct changeset *c)
{
	if (u->rc == 0 && !(u->flags & JOURNAL_FIRST_LOAD))
		u->rc = changeset_join(&u->changes, c, u->e);
	changeset_release(c);
}

void update_accept(struct update *u, const struct update_from *from)
{
	struct update_share *s;

	if (u->rc == 0 && !u->comparing)
		u->rc = err_set(u->e, ERR_INPUT, "there is no comparison to accept");
	s = make_share(u, u->feed);
	if (s == NULL || u->rc != 0)
		return;
	set_from(u, s, from);
	if (update_is_first(u))
		update_feed_count(u, u->feed, update_load(u));
	else
		update_apply(u, &u->found);
	s->counts = u->counts;
	update_keep(u, &u->found);
	u->comparing = false;
}

void update_refuse(struct update *u)
{
	changeset_release(&u->found);
	u->comparing = false;
}

struct update_share *update_share_by_hand(struct update *u, uint8_t feed)
{
	struct update_share *s = find_share(u, feed);
	uint8_t record[FEED_MAX];
	struct feed f;

	check_free(u);
	if (u->rc == 0 && s != NULL && !s->by_hand)
		u->rc = err_set(u->e, ERR_INPUT, "a feed twice in an update");
	if (u->rc != 0 || s != NULL || !update_get_feed(u, feed, record, &f))
		return s;
	s = make_share(u, feed);
	if (s != NULL) {
		s->by_hand = true;
		set_from(u, s, &(struct update_from){ .feed = f.name });
	}
	return s;
}

void update_name(struct update *u, uint8_t feed, struct span key,
		 const struct entry *entries, unsigned count)
{
	struct entries old = { 0 }, new = { .count = count };
	struct update_share *s = update_share_by_hand(u, feed);
	AUTO(changeset) c = { 0 };
	MDB_val v;

	if (count > CHANGE_ENTRIES_MAX)
		too_many(u, key);
	if (u->rc != 0)
		return;
	for (unsigned i = 0; i < count; i++) {
		new.at[i] = entries[i];
		new.at[i].feed = feed;
		new.at[i].since = (uint32_t)u->head.serial;
	}
	qsort(new.at, count, sizeof(*new.at), update_compare_entries);
	if (update_get(u, TABLE_NAMES, key.data, key.len, &v) == 0)
		own_entries(u, v, feed, &old);
	update_difference(u, &c, key, &old, &new, WITHOUT_SINCE);
	update_apply(u, &c);
	s->counts.added += c.added;
	s->counts.removed += c.removed;
	s->counts.changed += c.changed;
	update_keep(u, &c);
}
