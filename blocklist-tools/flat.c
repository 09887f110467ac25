// SPDX-License-Identifier: BSD-3-Clause
/* Feeds that match a name match what is below it as well, so on the way down the rank
 * that decides only ever gets better, and an entry decides when its rank is as good as
 * that of the one above: nothing has to be kept of those that are outdone. */
#include "flat.h"

#include <string.h>

static int shown_action(const struct walk *w, const struct entry *entry,
			const struct order *o, uint8_t *ret_action, struct err *e)
{
	struct notice n = { 0 };
	int rc = 0;

	*ret_action = entry->action;
	if (entry->action == ACTION_NXDOMAIN && entry->scope == SCOPE_EXACT)
		*ret_action = ACTION_NODATA;
	if (entry->action != ACTION_NOTICE)
		return 0;
	if (o->notice != 0)
		rc = reader_notice(w->reader, o->notice, &n, e);
	if (n.v4_count + n.v6_count == 0)
		*ret_action = ACTION_NODATA;
	return rc;
}

/* The first entry of the best feed, of those whose scope is not NOT, if its rank is as
 * good as that of ABOVE; else ABOVE. */
static int decide(const struct walk *w, enum scope not, const struct said *above,
		  struct said *ret, struct err *e)
{
	const struct entry *best = NULL;
	unsigned rank = above->found ? above->rank + 1u : 256;
	struct order o;
	int rc;

	*ret = *above;
	for (unsigned i = 0; i < w->count; i++) {
		const struct entry *entry = &w->entries[i];

		if (entry->scope != not &&w->reader->now.rank[entry->feed] < rank) {
			best = entry;
			rank = w->reader->now.rank[entry->feed];
		}
	}
	if (best == NULL)
		return 0;
	rc = reader_order(w->reader, best->order, &o, e);
	if (rc != 0)
		return rc;
	*ret = (struct said){ true, (uint8_t)rank, 0, o.notice };
	return shown_action(w, best, &o, &ret->action, e);
}

int flat_next(struct flat *f, const struct walk *w, struct said *above,
	      struct said *self, struct said *below, struct err *e)
{
	size_t common = name_common(f->key, f->len, w->key.data, w->key.len);
	int rc;

	while (f->depth > 0 && f->levels[f->depth - 1].len > common)
		f->depth--;
	*above = f->depth > 0 ? f->levels[f->depth - 1].below : (struct said){ 0 };
	rc = decide(w, SCOPE_BELOW, above, self, e);
	if (rc == 0)
		rc = decide(w, SCOPE_EXACT, above, below, e);
	f->levels[f->depth++] = (struct flat_level){ w->key.len, *below };
	memcpy(f->key, w->key.data, w->key.len);
	f->len = w->key.len;
	return rc;
}
