// SPDX-License-Identifier: BSD-3-Clause
#include "net.h"

#include <stdlib.h>

#include "journal.h"
#include "walk.h"

struct netting {
	struct net *net;
	struct reader *reader;
	uint64_t from, to, serial; /* whose changes are read */
	bool *loads;               /* by serial: a first load between the two */
	bool failed;               /* without memory */
	uint32_t nth;
};

void net_release(struct net *n)
{
	free(n->at);
	*n = (struct net){ 0 };
}

static void add(struct netting *t, struct span key, const struct entry *entry,
		bool came, uint32_t nth)
{
	struct net *n = t->net;

	if (n->count == n->room) {
		size_t room = n->room + n->room / 2 + 1024;
		struct net_entry *at = realloc(n->at, room * sizeof(*at));

		t->failed |= at == NULL;
		if (at == NULL)
			return;
		n->at = at;
		n->room = room;
	}
	n->at[n->count++] = (struct net_entry){ key, *entry, came, nth };
}

/* An entry of a first load between the two serials came with it, before all that
 * happened later. */
static void add_loaded(struct netting *t, struct span key, const struct entry *entry)
{
	if (entry->since > t->from && entry->since <= t->to && t->loads[entry->since])
		add(t, key, entry, true, 0);
}

static bool add_change(void *arg, const struct change *change)
{
	struct netting *t = arg;

	for (int i = 0; i < change->gone + change->come; i++) {
		bool came = i >= change->gone;

		if (!came)
			add_loaded(t, change->key, &change->entries[i]);
		if (t->serial <= t->to)
			add(t, change->key, &change->entries[i], came, ++t->nth);
	}
	return !t->failed;
}

static int compare_same(const struct net_entry *a, const struct net_entry *b)
{
	int c = name_compare(a->key.data, a->key.len, b->key.data, b->key.len);

	return c != 0 ? c : entry_compare(&a->entry, &b->entry);
}

static int compare(const void *pa, const void *pb)
{
	const struct net_entry *a = pa, *b = pb;
	int c = compare_same(a, b);

	return c != 0 ? c : (a->nth > b->nth) - (a->nth < b->nth);
}

/* Of all that happened to an entry, the first says whether it was there before, and
 * the last whether it is there after. */
static void settle(struct net *n)
{
	size_t kept = 0;

	if (n->count > 1)
		qsort(n->at, n->count, sizeof(*n->at), compare);
	for (size_t i = 0, end; i < n->count; i = end) {
		bool before = !n->at[i].came, after;

		for (end = i + 1;
		     end < n->count && compare_same(&n->at[i], &n->at[end]) == 0;)
			end++;
		after = n->at[end - 1].came;
		if (before == after)
			continue;
		n->at[kept] = n->at[i];
		n->at[kept++].came = after;
	}
	n->count = kept;
}

static int find_loads(struct netting *t, bool *ret_any, struct err *e)
{
	struct journal j;
	int rc = 0;

	*ret_any = false;
	for (uint64_t s = t->from + 1; s <= t->to && rc == 0; s++) {
		rc = journal_header(t->reader, s, &j, e);
		t->loads[s] = rc == 0 && (j.flags & JOURNAL_FIRST_LOAD) != 0;
		*ret_any |= t->loads[s];
	}
	return rc;
}

static int add_listed(struct netting *t, struct err *e)
{
	struct walk w;
	int rc = walk_begin(&w, t->reader, 0, true, e);

	if (rc == 0)
		while ((rc = walk_next(&w, e)) > 0)
			for (unsigned i = 0; i < w.count; i++)
				add_loaded(t, w.key, &w.entries[i]);
	walk_release(&w);
	return rc;
}

int net_read(struct net *n, struct reader *r, uint64_t from, uint64_t to, struct err *e)
{
	struct netting t = { .net = n, .reader = r, .from = from, .to = to };
	uint64_t last = to;
	struct journal j;
	bool any;
	int rc;

	t.loads = calloc(to + 1, sizeof(*t.loads));
	if (t.loads == NULL)
		return err_set(e, ERR_SYSTEM, "out of memory for the changes");
	rc = find_loads(&t, &any, e);
	/* What a first load brought is still there, or went after it. */
	if (any)
		last = r->now.serial;
	for (t.serial = from + 1; t.serial <= last && rc == 0; t.serial++)
		rc = journal_read(r, t.serial, &j, add_change, &t, e);
	if (rc == 0 && any)
		rc = add_listed(&t, e);
	free(t.loads);
	if (rc == 0 && t.failed)
		rc = err_set(e, ERR_SYSTEM, "out of memory for the changes");
	settle(n);
	return rc;
}

const struct net_entry *net_find(const struct net *n, struct span key,
				 const struct entry *entry)
{
	struct net_entry wanted = { .key = key, .entry = *entry };
	size_t low = 0, high = n->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int c = compare_same(&n->at[middle], &wanted);

		if (c == 0)
			return &n->at[middle];
		if (c < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}
