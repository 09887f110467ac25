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
static int floor_of(MDB_cursor *c, const uint8_t *key, size_t len, MDB_val *k, MDB_val *v)
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
			return err_set(s->e, ERR_DAMAGED,
				       "store '%s' is damaged: a bad names record",
				       s->reader->store->path);
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

/* One descent finds p, the greatest listed key <= the key asked for. Every
 * listed ancestor of the key is p or an ancestor of p: keys with a prefix are
 * contiguous and start at it. So the search goes on only from what both share,
 * and ends where no listed name is that short. */
int lookup(struct reader *r, const uint8_t *key, size_t len, int64_t now,
	   struct verdict *v, lookup_visit *visit, void *arg, struct err *e)
{
	struct search s = {
		.reader = r, .len = len, .now = now, .best = 256, .verdict = v,
		.visit = visit, .arg = arg, .e = e,
	};
	size_t probe = len;

	v->found = false;
	while (probe > 0 && name_labels(key, probe) >= r->now.min_depth) {
		MDB_val k, value;
		int rc = floor_of(r->names, key, probe, &k, &value);

		if (rc == MDB_NOTFOUND)
			break;
		if (rc != 0)
			return store_error(e, rc, r->store->path, "read");
		probe = name_common(key, probe, k.mv_data, k.mv_size);
		if (probe < k.mv_size)
			continue;
		rc = weigh(&s, probe, bytes_from(value.mv_data, value.mv_size));
		if (rc != 0)
			return rc;
		if (visit == NULL && s.best <= r->now.top_rank)
			break;
		probe = name_parent(key, probe);
	}
	return 0;
}
