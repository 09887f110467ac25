// SPDX-License-Identifier: BSD-3-Clause
/* Back to what a past serial said, by undoing what the journal says came after it. */
#include <stdlib.h>
#include <string.h>

#include "update-internal.h"

/* A change to be undone, as it lies in the journal. Nothing is written as long as
 * these are in use, so they stay where they are. */
struct undo {
	const uint8_t *at;
	uint32_t len;
	uint32_t nth; /* the newest is undone first */
};

struct rollback {
	struct update *u;
	uint64_t serial;  /* to which */
	uint64_t emptied; /* the first of later serials that loaded an empty store, or 0
			   */
	struct undo *undos;
	size_t count, room;
	struct changeset changes;
};

static struct span undo_key(const struct undo *undo)
{
	struct bytes b = bytes_from(undo->at, undo->len);

	return get_text(&b);
}

static int compare_undos(const void *pa, const void *pb)
{
	const struct undo *a = pa, *b = pb;
	struct span x = undo_key(a), y = undo_key(b);
	int c = name_compare(x.data, x.len, y.data, y.len);

	return c != 0 ? c : (a->nth > b->nth) - (a->nth < b->nth);
}

static void add_undo(struct rollback *r, const uint8_t *at, size_t len)
{
	struct update *u = r->u;

	if (r->count == r->room) {
		size_t room = r->room + r->room / 2 + 1024;
		struct undo *undos = realloc(r->undos, room * sizeof(*undos));

		if (undos == NULL || room > UINT32_MAX) {
			u->rc = err_set(u->e, ERR_SYSTEM,
					"out of memory for the changes");
			return;
		}
		r->undos = undos;
		r->room = room;
	}
	r->undos[r->count++] = (struct undo){ .at = at, .len = (uint32_t)len };
}

/* Finds the first serial after the one to go back to that loaded an empty store:
 * what came after it need not be undone, as all names go. */
static void find_emptied(struct rollback *r)
{
	struct journal j;

	for (uint64_t s = r->serial + 1; s < r->u->head.serial && r->emptied == 0;
	     s++) {
		if (!update_get_header(r->u, s, &j))
			return;
		if (j.flags & JOURNAL_FIRST_LOAD)
			r->emptied = s;
	}
}

/* Collects the changes of one serial, the last first. */
static void collect_serial(struct rollback *r, uint64_t serial)
{
	size_t first = r->count;
	struct change change;
	struct journal j;
	MDB_val v;

	if (!update_get_header(r->u, serial, &j))
		return;
	if (j.cut) {
		r->u->rc = err_set(r->u->e, ERR_INPUT,
				   "cannot roll back to serial %llu: the changes of "
				   "serial %llu are no longer kept",
				   (unsigned long long)r->serial,
				   (unsigned long long)serial);
		return;
	}
	for (uint32_t part = 1;
	     part <= j.parts && update_get_part(r->u, serial, part, &v); part++) {
		struct bytes b = bytes_from(v.mv_data, v.mv_size);
		const uint8_t *start = b.at;

		for (; r->u->rc == 0 && change_next(&b, &change); start = b.at)
			add_undo(r, start, (size_t)(b.at - start));
		if (b.failed)
			update_damaged(r->u);
	}
	for (size_t i = first, k = r->count; i + 1 < k; i++, k--) {
		struct undo t = r->undos[i];

		r->undos[i] = r->undos[k - 1];
		r->undos[k - 1] = t;
	}
}

static void collect(struct rollback *r)
{
	uint64_t s = r->emptied > 0 ? r->emptied : r->u->head.serial;

	while (--s > r->serial && r->u->rc == 0)
		collect_serial(r, s);
	for (size_t i = 0; i < r->count; i++)
		r->undos[i].nth = (uint32_t)i;
	if (r->count > 1)
		qsort(r->undos, r->count, sizeof(*r->undos), compare_undos);
}

/* All entries of a name, of all feeds. */
struct all {
	unsigned count;
	struct entry at[NAME_ENTRIES_MAX + 2 * CHANGE_ENTRIES_MAX];
};

static void read_all(struct update *u, MDB_val value, struct all *to)
{
	struct bytes b = bytes_from(value.mv_data, value.mv_size);

	to->count = 0;
	get_varuint(&b);
	while (bytes_left(&b) > 0 && !b.failed && to->count < NAME_ENTRIES_MAX)
		to->at[to->count++] = entry_get(&b);
	if (b.failed)
		update_damaged(u);
}

static void undo_change(struct update *u, const struct undo *undo, struct all *to)
{
	struct bytes b = bytes_from(undo->at, undo->len);
	struct change change;

	if (!change_next(&b, &change))
		return;
	for (unsigned i = 0; i < change.come; i++) {
		unsigned k = 0;

		while (k < to->count &&
		       entry_compare(&to->at[k], &change.entries[change.gone + i]) != 0)
			k++;
		if (k == to->count) {
			update_damaged(u);
			return;
		}
		to->at[k] = to->at[--to->count];
	}
	if (to->count + change.gone > NAME_ENTRIES_MAX) {
		update_damaged(u);
		return;
	}
	memcpy(to->at + to->count, change.entries, change.gone * sizeof(*to->at));
	to->count += change.gone;
}

/* Moves FEED's entries at *I of sorted ones to TO. */
static void take_feed(const struct all *from, unsigned *i, unsigned feed,
		      struct entries *to)
{
	to->count = 0;
	while (*i < from->count && from->at[*i].feed == feed &&
	       to->count < CHANGE_ENTRIES_MAX)
		to->at[to->count++] = from->at[(*i)++];
}

/* Adds by what a name's entries differ from what they were, feed by feed. */
static void compare_feeds(struct rollback *r, struct span key, const struct all *now,
			  const struct all *then)
{
	unsigned i = 0, k = 0;

	while ((i < now->count || k < then->count) && r->u->rc == 0) {
		unsigned a = i < now->count ? now->at[i].feed : UINT8_MAX + 1;
		unsigned b = k < then->count ? then->at[k].feed : UINT8_MAX + 1;
		unsigned feed = a < b ? a : b;
		struct changeset was = r->changes;
		struct update_share *s = update_share_by_hand(r->u, (uint8_t)feed);
		struct entries old, new;

		if (s == NULL)
			return;
		take_feed(now, &i, feed, &old);
		take_feed(then, &k, feed, &new);
		update_difference(r->u, &r->changes, key, &old, &new, WITH_SINCE);
		s->counts.added += r->changes.added - was.added;
		s->counts.removed += r->changes.removed - was.removed;
		s->counts.changed += r->changes.changed - was.changed;
	}
}

/* One name: VALUE is what it has now, or NULL; the undos from *I on that are its own
 * make of it what it was, of nothing if all names go. */
static void roll_name(struct rollback *r, struct span key, MDB_val *value, size_t *i)
{
	struct all now = { 0 }, then;

	if (value != NULL)
		read_all(r->u, *value, &now);
	then.count = 0;
	if (r->emptied == 0)
		then = now;
	while (*i < r->count && span_equal(undo_key(&r->undos[*i]), key) &&
	       r->u->rc == 0)
		undo_change(r->u, &r->undos[(*i)++], &then);
	qsort(then.at, then.count, sizeof(*then.at), update_compare_entries);
	compare_feeds(r, key, &now, &then);
}

/* The names that the journal has. */
static void roll_changed(struct rollback *r)
{
	for (size_t i = 0; i < r->count && r->u->rc == 0;) {
		struct span key = undo_key(&r->undos[i]);
		MDB_val v;
		bool there = update_get(r->u, TABLE_NAMES, key.data, key.len, &v) == 0;

		roll_name(r, key, there ? &v : NULL, &i);
	}
}

/* All names, and those that the journal has. */
static void roll_all(struct rollback *r)
{
	struct update *u = r->u;
	MDB_cursor *cursor;
	MDB_val k, v;
	size_t i = 0;
	int rc;

	if (update_failed(u, mdb_cursor_open(u->txn, u->target->store.dbi, &cursor),
			  "read"))
		return;
	rc = store_first(cursor, TABLE_NAMES, &k, &v);
	while (u->rc == 0 && (rc == 0 || i < r->count)) {
		struct span stored = { k.mv_data, k.mv_size };
		struct span undone = i < r->count ? undo_key(&r->undos[i]) : stored;
		int c = rc != 0         ? 1
			: i == r->count ? -1
					: name_compare(stored.data, stored.len,
						       undone.data, undone.len);

		roll_name(r, c <= 0 ? stored : undone, c <= 0 ? &v : NULL, &i);
		if (c <= 0)
			rc = store_next(cursor, TABLE_NAMES, &k, &v);
		if (rc != 0 && rc != MDB_NOTFOUND)
			update_failed(u, rc, "read");
	}
	mdb_cursor_close(cursor);
}

void update_rollback(struct update *u, uint64_t serial)
{
	struct rollback r = { .u = u, .serial = serial };

	if (u->rc == 0 && serial >= u->head.serial)
		u->rc = err_set(u->e, ERR_INPUT, "the store has no serial %llu",
				(unsigned long long)serial);
	if (u->rc == 0 && (u->changed || u->comparing || u->share_count > 0))
		u->rc = err_set(u->e, ERR_INPUT, "a rollback is an update of its own");
	if (u->rc != 0)
		return;
	find_emptied(&r);
	collect(&r);
	if (r.emptied > 0)
		roll_all(&r);
	else
		roll_changed(&r);
	free(r.undos);
	if (u->rc == 0)
		update_apply(u, &r.changes);
	update_keep(u, &r.changes);
	update_restore(u, serial);
}
