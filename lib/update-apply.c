// SPDX-License-Identifier: BSD-3-Clause
/* From a changeset to the names: each name's entries, and for a name that comes or
 * goes, what the names below it say of their nearest listed ancestor. */
#include <stdlib.h>
#include <string.h>

#include "past.h"
#include "update-internal.h"

/* A name's value, taken apart. */
struct value {
	size_t above; /* length of the nearest listed ancestor's key */
	struct entry entries[NAME_ENTRIES_MAX + CHANGE_ENTRIES_MAX];
	unsigned count;
};

/* Reads the value without the entries that go. */
static void read_value(struct update *u, MDB_val v, const struct change *change,
		       struct value *value)
{
	struct bytes b = bytes_from(v.mv_data, v.mv_size);
	unsigned gone = 0;

	value->count = 0;
	value->above = get_varuint(&b);
	while (bytes_left(&b) > 0 && !b.failed && value->count < NAME_ENTRIES_MAX) {
		struct entry *e = &value->entries[value->count];

		*e = entry_get(&b);
		if (gone < change->gone &&
		    entry_compare(e, &change->entries[gone]) == 0)
			gone++;
		else
			value->count++;
	}
	if (b.failed || gone != change->gone)
		update_damaged(u);
}

/* The length of the nearest listed ancestor of a name that is not listed yet. */
static size_t find_above(struct update *u, struct span key)
{
	size_t len = key.len;
	MDB_val v;

	while ((len = name_parent(key.data, len)) > 0)
		if (update_get(u, TABLE_NAMES, key.data, len, &v) == 0 || u->rc != 0)
			break;
	return len;
}

/* Writes a name's value. */
static void write_value(struct update *u, struct span key, struct value *value)
{
	uint8_t data[NAME_VALUE_MAX];
	struct bytes b = bytes_over(data, sizeof(data));

	if (value->count > NAME_ENTRIES_MAX && u->rc == 0)
		u->rc = err_set(u->e, ERR_INPUT,
				"a name has more than %u entries in all feeds",
				NAME_ENTRIES_MAX);
	if (u->rc != 0)
		return;
	qsort(value->entries, value->count, sizeof(*value->entries),
	      update_compare_entries);
	put_varuint(&b, (uint32_t)value->above);
	for (unsigned i = 0; i < value->count; i++)
		entry_put(&b, &value->entries[i]);
	update_put(u, TABLE_NAMES, key.data, key.len, data, (size_t)(b.at - data));
}

/* A name below KEY has a new nearest ancestor: writes its value anew. */
static void set_above(struct update *u, MDB_cursor *cursor, MDB_val k, MDB_val v,
		      size_t above)
{
	uint8_t data[NAME_VALUE_MAX], key[NAME_KEY_MAX];
	struct bytes from = bytes_from(v.mv_data, v.mv_size);
	struct bytes to = bytes_over(data, sizeof(data));

	/* Out of the page, in which a value of another length moves things. */
	memcpy(key, k.mv_data, k.mv_size);
	k.mv_data = key;
	get_varuint(&from);
	put_varuint(&to, (uint32_t)above);
	put_data(&to, from.at, bytes_left(&from));
	v = (MDB_val){ (size_t)(to.at - data), data };
	if (from.failed || to.failed)
		update_damaged(u);
	else
		update_failed(u, mdb_cursor_put(cursor, &k, &v, MDB_CURRENT), "write");
}

/* KEY came, or went: names below it whose nearest listed ancestor was FROM long
 * now have one of TO. */
static void adopt(struct update *u, struct span key, size_t from, size_t to)
{
	MDB_val k = { key.len, (void *)(uintptr_t)key.data }, v;
	MDB_cursor *cursor;
	int rc;

	if (u->rc != 0 ||
	    update_failed(u, mdb_cursor_open(u->txn, u->target->store.dbi, &cursor),
			  "write"))
		return;
	for (rc = mdb_cursor_get(cursor, &k, &v, MDB_SET_RANGE); rc == 0 && u->rc == 0;
	     rc = mdb_cursor_get(cursor, &k, &v, MDB_NEXT)) {
		struct bytes b = bytes_from(v.mv_data, v.mv_size);

		if (k.mv_size < key.len || memcmp(k.mv_data, key.data, key.len) != 0)
			break;
		if (k.mv_size > NAME_KEY_MAX)
			update_damaged(u);
		else if (k.mv_size > key.len && get_varuint(&b) == from)
			set_above(u, cursor, k, v, to);
	}
	if (rc != 0 && rc != MDB_NOTFOUND)
		update_failed(u, rc, "read");
	mdb_cursor_close(cursor);
}

static void apply_change(struct update *u, const struct change *change)
{
	struct span key = change->key;
	MDB_val k = { key.len, (void *)(uintptr_t)key.data }, v;
	struct value value = { 0 };
	bool listed = update_get(u, TABLE_NAMES, key.data, key.len, &v) == 0;

	if (listed)
		read_value(u, v, change, &value);
	else
		value.above = find_above(u, key);
	if (!listed && change->gone > 0)
		update_damaged(u);
	if (u->rc != 0)
		return;
	memcpy(value.entries + value.count, change->entries + change->gone,
	       change->come * sizeof(*value.entries));
	value.count += change->come;
	if (value.count > 0) {
		write_value(u, key, &value);
	} else if (listed) {
		update_failed(u, mdb_del(u->txn, u->target->store.dbi, &k, NULL),
			      "write");
		u->head.names--;
		adopt(u, key, key.len, value.above);
	}
	if (!listed && value.count > 0) {
		u->head.names++;
		adopt(u, key, value.above, key.len);
	}
}

/* True when the Ith entry that goes comes back in the same change, with another
 * serial. */
static bool comes_back(const struct change *change, unsigned i)
{
	for (unsigned j = 0; j < change->come; j++)
		if (entry_compare(&change->entries[i],
				  &change->entries[change->gone + j]) == 0)
			return true;
	return false;
}

/* Leaves a tombstone for each entry that goes; of more than fit, the oldest are
 * dropped. */
static void bury(struct update *u, const struct change *change)
{
	struct past all[PAST_MAX + CHANGE_ENTRIES_MAX];
	uint8_t value[PAST_VALUE_MAX];
	struct bytes to = bytes_over(value, sizeof(value)), from;
	unsigned count = 0, buried = 0;
	struct span key = change->key;
	MDB_val v = { 0 };

	if (change->gone == 0)
		return;
	update_get(u, TABLE_PAST, key.data, key.len, &v);
	from = bytes_from(v.mv_data, v.mv_size);
	while (count < PAST_MAX && past_next(&from, &all[count]))
		count++;
	for (unsigned i = 0; i < change->gone; i++)
		if (!comes_back(change, i) &&
		    change->entries[i].since != (uint32_t)u->head.serial) {
			all[count++] = (struct past){ change->entries[i],
						      (uint32_t)u->head.serial };
			buried++;
		}
	if (buried == 0)
		return;
	for (unsigned i = count > PAST_MAX ? count - PAST_MAX : 0; i < count; i++)
		past_put(&to, &all[i]);
	update_put(u, TABLE_PAST, key.data, key.len, value, (size_t)(to.at - value));
}

void update_apply(struct update *u, const struct changeset *changes)
{
	struct bytes b = bytes_from(changes->data, changes->used);
	int64_t grown[FEEDS_MAX + 1] = { 0 };
	struct change change;

	while (u->rc == 0 && change_next(&b, &change)) {
		apply_change(u, &change);
		bury(u, &change);
		for (unsigned i = 0; i < change.gone; i++)
			grown[change.entries[i].feed]--;
		for (unsigned i = 0; i < change.come; i++)
			grown[change.entries[change.gone + i].feed]++;
	}
	for (unsigned feed = 0; feed <= FEEDS_MAX; feed++)
		update_feed_count(u, (uint8_t)feed, grown[feed]);
}
