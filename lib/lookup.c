// SPDX-License-Identifier: BSD-3-Clause
#include "lookup.h"

#include <string.h>

struct search {
	struct reader *reader;
	size_t len; /* of the name asked for */
	int64_t now;
	bool target;
	unsigned best;   /* rank of the feed that decides so far; 256 is none */
	unsigned shadow; /* the same of the feeds in shadow mode */
	struct verdict *verdict;
	lookup_visit *visit;
	void *arg;
	struct err *e;
};

/* Moves to the greatest key <= KEY. Returns 0 or LMDB's error. */
static int floor_of(MDB_cursor *c, const uint8_t *key, size_t len, MDB_val *k,
		    MDB_val *v)
{
	int rc;

	*k = (MDB_val){ len, (void *)(uintptr_t)key };
	rc = mdb_cursor_get(c, k, v, MDB_SET_RANGE);
	if (rc == MDB_NOTFOUND)
		return mdb_cursor_get(c, k, v, MDB_LAST);
	if (rc != 0 || (k->mv_size == len && memcmp(k->mv_data, key, len) == 0))
		return rc;
	return mdb_cursor_get(c, k, v, MDB_PREV);
}

static int damaged(struct search *s)
{
	return err_set(s->e, ERR_DAMAGED, "store '%s' is damaged: a bad names record",
		       s->reader->store->path);
}

static bool in_scope(uint8_t scope, bool at_name)
{
	return scope == SCOPE_SUBTREE || (scope == SCOPE_EXACT) == at_name;
}

/* What M can still decide: the rank it has to be below, or NULL for nothing. */
static unsigned *contest(struct search *s, const struct match *m, unsigned rank)
{
	uint8_t flags = s->reader->now.flags[m->entry.feed];

	if (!m->scoped || rank >= s->best ||
	    (s->target && !(flags & FEED_TARGETS) && m->entry.action != ACTION_PASS))
		return NULL;
	if (!(flags & FEED_SHADOW))
		return &s->best;
	return rank < s->shadow ? &s->shadow : NULL;
}

/* Weighs one name's entries. They are in order of precedence inside a feed, so
 * the first that counts decides for its feed. */
static int weigh(struct search *s, size_t len, struct bytes entries)
{
	while (bytes_left(&entries) > 0) {
		struct match m = { .entry = entry_get(&entries), .len = len };
		unsigned rank = s->reader->now.rank[m.entry.feed], *best;
		int rc;

		if (entries.failed)
			return damaged(s);
		m.scoped = in_scope(m.entry.scope, len == s->len);
		best = contest(s, &m, rank);
		if (s->visit == NULL && best == NULL)
			continue;
		rc = reader_order(s->reader, m.entry.order, &m.order, s->e);
		if (rc != 0)
			return rc;
		m.active = order_active(&m.order, s->now);
		if (s->visit != NULL)
			s->visit(s->arg, &m);
		if (best == NULL || !m.active)
			continue;
		*best = rank;
		if (best == &s->best)
			s->verdict->match = m;
		else
			s->verdict->shadow = m;
	}
	return 0;
}

/* The listed name of that key, and the length of its nearest listed ancestor. */
static int get_name(struct search *s, const uint8_t *key, size_t len,
		    struct bytes *entries, size_t *above)
{
	struct reader *r = s->reader;
	MDB_val v;
	int rc = store_get(r->store, r->txn, TABLE_NAMES, key, len, &v);

	if (rc != 0)
		return rc == MDB_NOTFOUND
			       ? damaged(s)
			       : store_error(s->e, rc, r->store->path, "read");
	*entries = bytes_from(v.mv_data, v.mv_size);
	*above = get_varuint(entries);
	return *above < len ? 0 : damaged(s);
}

/* One descent finds p, the greatest listed key <= the key asked for. Every
 * listed ancestor of the key is p or an ancestor of p: keys with a prefix are
 * contiguous and start at it. Each record says how long its nearest listed
 * ancestor's key is, so nothing is looked for that is not there. */
static int search(struct search *s, const uint8_t *key)
{
	struct reader *r = s->reader;
	struct bytes entries;
	size_t common, above;
	MDB_val k, value;
	int rc = s->len == 0 ? MDB_NOTFOUND
			     : floor_of(r->names, key, s->len, &k, &value);

	/* Before the first name come records of other tables. */
	if (rc == 0 && *(const uint8_t *)k.mv_data == 0)
		rc = MDB_NOTFOUND;
	if (rc != 0)
		return rc == MDB_NOTFOUND
			       ? 0
			       : store_error(s->e, rc, r->store->path, "read");
	if (k.mv_size > NAME_KEY_MAX)
		return damaged(s);
	entries = bytes_from(value.mv_data, value.mv_size);
	above = get_varuint(&entries);
	if (above >= k.mv_size)
		return damaged(s);
	if (k.mv_size <= s->len && memcmp(k.mv_data, key, k.mv_size) == 0) {
		common = k.mv_size;
		rc = weigh(s, common, entries);
	} else {
		/* Nearly always nothing is listed above p either. */
		common = above > 0 ? name_common(key, s->len, k.mv_data, k.mv_size) : 0;
	}
	/* Up from p, over those of its ancestors that are not the key's, too. */
	while (rc == 0 && above > 0 &&
	       (s->visit != NULL || s->best > r->now.top_rank)) {
		size_t at = above;

		rc = get_name(s, k.mv_data, at, &entries, &above);
		if (rc == 0 && at <= common)
			rc = weigh(s, at, entries);
	}
	return rc;
}

static int decide(struct search *s, const uint8_t *key, struct verdict *v)
{
	int rc;

	s->best = s->shadow = 256;
	s->verdict = v;
	rc = search(s, key);
	v->found = s->best < 256;
	v->shadowed = s->shadow < s->best;
	return rc;
}

int lookup(struct reader *r, const uint8_t *key, size_t len, int64_t now,
	   struct verdict *v, lookup_visit *visit, void *arg, struct err *e)
{
	struct search s = {
		.reader = r,
		.len = len,
		.now = now,
		.visit = visit,
		.arg = arg,
		.e = e,
	};

	return decide(&s, key, v);
}

int lookup_target(struct reader *r, const uint8_t *key, size_t len, int64_t now,
		  struct verdict *v, struct err *e)
{
	struct search s = {
		.reader = r, .len = len, .now = now, .target = true, .e = e
	};

	return decide(&s, key, v);
}
