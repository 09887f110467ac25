// SPDX-License-Identifier: BSD-3-Clause
/* A model of a store's names: what is listed, in a plain sorted array, and how one
 * update and one serial of the journal change it. A store is compared with it
 * record by record. Included once by the test program that needs it. */
#ifndef PALANG_MODEL_H
#define PALANG_MODEL_H

#include "scratch.h"

/* One entry of one name. */
struct fact {
	struct name name;
	struct entry entry;
};

struct model {
	struct fact *facts;
	size_t count, room;
};

static inline void model_release(struct model *m)
{
	free(m->facts);
	*m = (struct model){ 0 };
}

static void model_add(struct model *m, struct span key, struct entry entry)
{
	if (m->count == m->room) {
		m->room = m->room * 2 + 64;
		m->facts = realloc(m->facts, m->room * sizeof(*m->facts));
		assert_non_null(m->facts);
	}
	m->facts[m->count].entry = entry;
	m->facts[m->count].name.len = (uint16_t)key.len;
	memcpy(m->facts[m->count].name.key, key.data, key.len);
	m->count++;
}

static int compare_facts(const void *pa, const void *pb)
{
	const struct fact *a = pa, *b = pb;
	size_t n = a->name.len < b->name.len ? a->name.len : b->name.len;
	int c = memcmp(a->name.key, b->name.key, n);

	if (c == 0)
		c = a->name.len - b->name.len;
	return c != 0 ? c : entry_compare(&a->entry, &b->entry);
}

static void model_sort(struct model *m)
{
	if (m->count > 1)
		qsort(m->facts, m->count, sizeof(*m->facts), compare_facts);
}

static bool same_name(const struct fact *a, const struct fact *b)
{
	return a->name.len == b->name.len &&
	       memcmp(a->name.key, b->name.key, a->name.len) == 0;
}

/* The fact that is equal to F but for `since`; NULL for none. */
static struct fact *model_find(const struct model *m, const struct fact *f)
{
	return m->count == 0 ? NULL
			     : bsearch(f, m->facts, m->count, sizeof(*m->facts),
				       compare_facts);
}

/* Makes FEED's facts those of a list that is in the store now as SERIAL. What was
 * there already keeps its serial. */
UNUSED static void model_load(struct model *m, uint8_t feed, const struct load *l,
			      uint64_t serial)
{
	struct model next = { 0 };

	for (size_t i = 0; i < m->count; i++)
		if (m->facts[i].entry.feed != feed)
			model_add(&next,
				  (struct span){ m->facts[i].name.key,
						 m->facts[i].name.len },
				  m->facts[i].entry);
	for (size_t i = 0; i < l->list.count; i++) {
		struct entry e = list_entry(&l->list, i);
		struct fact *before;

		e.feed = feed;
		e.order = l->numbers[e.order];
		e.since = (uint32_t)serial;
		model_add(&next, list_key(&l->list, i), e);
		before = model_find(m, &next.facts[next.count - 1]);
		if (before != NULL)
			next.facts[next.count - 1].entry.since = before->entry.since;
	}
	model_sort(&next);
	model_release(m);
	*m = next;
}

/* Length of the nearest name above the Ith that is in the model. */
static size_t model_above(const struct model *m, size_t i)
{
	const struct name *n = &m->facts[i].name;

	while (i-- > 0) {
		const struct name *p = &m->facts[i].name;

		if (p->len < n->len && memcmp(p->key, n->key, p->len) == 0)
			return p->len;
	}
	return 0;
}

/* The model of what the store holds; each name's nearest ancestor is checked. */
static void model_read(struct model *m, struct reader *r)
{
	MDB_cursor *cursor;
	MDB_val k, v;
	int rc;

	assert_int_equal(mdb_cursor_open(r->txn, r->store->dbi, &cursor), 0);
	for (rc = store_first(cursor, TABLE_NAMES, &k, &v); rc == 0;
	     rc = store_next(cursor, TABLE_NAMES, &k, &v)) {
		struct bytes b = bytes_from(v.mv_data, v.mv_size);
		size_t above = get_varuint(&b);

		assert_true(name_valid(k.mv_data, k.mv_size));
		assert_true(bytes_left(&b) > 0);
		while (bytes_left(&b) > 0) {
			struct entry e = entry_get(&b);

			assert_false(b.failed);
			model_add(m, (struct span){ k.mv_data, k.mv_size }, e);
		}
		assert_int_equal(above, model_above(m, m->count - 1));
	}
	mdb_cursor_close(cursor);
}

/* Compares two models, with the serials. */
static void check_same(const struct model *got, const struct model *want,
		       const char *what)
{
	char text[NAME_TEXT_MAX];

	for (size_t i = 0; i < got->count || i < want->count; i++) {
		const struct fact *a = &got->facts[i], *b = &want->facts[i];

		if (i < got->count && i < want->count && compare_facts(a, b) == 0 &&
		    a->entry.since == b->entry.since)
			continue;
		if (i >= got->count || (i < want->count && compare_facts(a, b) > 0))
			fail_msg("not so: %s: '%s' is missing", what,
				 name_to_text(text, b->name.key, b->name.len));
		fail_msg("not so: %s: '%s' should not be there, or not so", what,
			 name_to_text(text, a->name.key, a->name.len));
	}
}

/* Compares the store with the model: names, entries, counts. */
UNUSED static void check_store(struct reader *r, const struct model *m,
			       const char *what)
{
	AUTO(model) got = { 0 };
	uint64_t names = 0, entries[256] = { 0 };
	struct head h;
	struct feed f;

	assert_int_equal(reader_begin(r, NULL), 0);
	model_read(&got, r);
	check_same(&got, m, what);
	for (size_t i = 0; i < m->count; i++) {
		names += i == 0 || !same_name(&m->facts[i - 1], &m->facts[i]);
		entries[m->facts[i].entry.feed]++;
	}
	assert_int_equal(reader_head(r, &h, NULL), 0);
	check(h.names == names, what);
	for (unsigned i = 0; reader_feed(r, (uint8_t)i, &f, NULL) == 0; i++)
		check(f.entries == entries[i], what);
	reader_end(r);
}

/* A change of the journal, done to a model whose facts stay in order only after
 * model_sort(). */
UNUSED static bool model_change(void *arg, const struct change *change)
{
	struct model *m = arg;

	for (unsigned i = 0; i < change->gone; i++) {
		struct fact f = { .entry = change->entries[i] };
		struct fact *found;

		f.name.len = (uint16_t)change->key.len;
		memcpy(f.name.key, change->key.data, change->key.len);
		model_sort(m);
		found = model_find(m, &f);
		assert_non_null(found);
		assert_int_equal(found->entry.since, f.entry.since);
		*found = m->facts[--m->count];
	}
	for (unsigned i = 0; i < change->come; i++)
		model_add(m, change->key, change->entries[change->gone + i]);
	return true;
}

#endif
