// SPDX-License-Identifier: BSD-3-Clause
#include "lookup.h"

#include <string.h>

struct search {
	struct reader *reader;
	size_t len; /* of the name asked for */
	int64_t now;
	unsigned best; /* rank of the feed that decides so far; 256 is none */
	struct verdict *verdict;
	lookup_visit *visit;
	void *arg;
	struct err *e;
};

/* Moves to the greatest listed key <= KEY. Returns 0 or LMDB's error. */
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

/* Weighs one name's entries. They are in order of precedence inside a feed, so
 * the first that counts decides for its feed. */
static int weigh(struct search *s, size_t len, struct bytes entries)
{
	while (bytes_left(&entries) > 0) {
		struct match m = { .entry = entry_get(&entries), .len = len };
		unsigned rank = s->reader->now.rank[m.entry.feed];
		int rc;

		if (entries.failed)
			return damaged(s);
		m.scoped = in_scope(m.entry.scope, len == s->len);
		if (s->visit == NULL && (!m.scoped || rank >= s->best))
			continue;
		rc = reader_order(s->reader, m.entry.order, &m.order, s->e);
		if (rc != 0)
			return rc;
		m.active = order_active(&m.order, s->now);
		if (s->visit != NULL)
			s->visit(s->arg, &m);
		if (m.scoped && m.active && rank < s->best) {
			s->best = rank;
			*s->verdict = (struct verdict){ true, m };
		}
	}
	return 0;
}

/* The listed name of that key, and the length of its nearest listed ancestor. */
static int get_name(struct search *s, const uint8_t *key, size_t len,
		    struct bytes *entries, size_t *above)
{
	struct reader *r = s->reader;
	MDB_val k = { len, (void *)(uintptr_t)key }, v;
	int rc = mdb_get(r->txn, r->store->dbi[DB_NAMES], &k, &v);

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
int lookup(struct reader *r, const uint8_t *key, size_t len, int64_t now,
	   struct verdict *v, lookup_visit *visit, void *arg, struct err *e)
{
	struct search s = {
		.reader = r,
		.len = len,
		.now = now,
		.best = 256,
		.verdict = v,
		.visit = visit,
		.arg = arg,
		.e = e,
	};
	struct bytes entries;
	size_t common, above;
	MDB_val k, value;
	int rc = len == 0 ? MDB_NOTFOUND : floor_of(r->names, key, len, &k, &value);

	v->found = false;
	if (rc != 0)
		return rc == MDB_NOTFOUND ? 0
					  : store_error(e, rc, r->store->path, "read");
	common = name_common(key, len, k.mv_data, k.mv_size);
	entries = bytes_from(value.mv_data, value.mv_size);
	above = get_varuint(&entries);
	if (above >= k.mv_size)
		return damaged(&s);
	if (common == k.mv_size)
		rc = weigh(&s, common, entries);
	/* Up from p, over those of its ancestors that are not the key's, too. */
	while (rc == 0 && above > 0 && (visit != NULL || s.best > r->now.top_rank)) {
		size_t at = above;

		rc = get_name(&s, k.mv_data, at, &entries, &above);
		if (rc == 0 && at <= common)
			rc = weigh(&s, at, entries);
	}
	return rc;
}
