// SPDX-License-Identifier: BSD-3-Clause
#include "preview.h"

#include <stdio.h>
#include <string.h>

void preview_init(struct preview *p, const struct list *popular)
{
	memset(p, 0, sizeof(*p));
	p->popular = popular;
	p->random = 0x9e3779b97f4a7c15u; /* the same examples each time */
}

static uint64_t draw(struct preview *p)
{
	p->random ^= p->random << 13;
	p->random ^= p->random >> 7;
	p->random ^= p->random << 17;
	return p->random;
}

static void name_text(char text[static 256], struct span key)
{
	char whole[NAME_TEXT_MAX];

	snprintf(text, 256, "%s", name_to_text(whole, key.data, key.len));
}

static void add_example(struct preview *p, struct preview_examples *x, struct span key)
{
	uint64_t place = x->seen++;

	if (place >= PREVIEW_EXAMPLES)
		place = draw(p) % x->seen;
	if (place >= PREVIEW_EXAMPLES)
		return;
	name_text(x->at[place], key);
	if (x->count < PREVIEW_EXAMPLES)
		x->count++;
}

static void add_hit(struct preview *p, uint32_t rank, struct span popular,
		    struct span entry)
{
	unsigned i =
		p->hit_count < PREVIEW_EXAMPLES ? p->hit_count++ : PREVIEW_EXAMPLES;

	p->hits++;
	if (i == PREVIEW_EXAMPLES && p->best[i - 1].rank <= rank)
		return;
	if (i == PREVIEW_EXAMPLES)
		i--;
	for (; i > 0 && p->best[i - 1].rank > rank; i--)
		p->best[i] = p->best[i - 1];
	p->best[i].rank = rank;
	name_text(p->best[i].popular, popular);
	name_text(p->best[i].entry, entry);
}

static bool is_above(struct span a, struct span b)
{
	return a.len <= b.len && memcmp(a.data, b.data, a.len) == 0;
}

/* The popular names that an entry of KEY with this scope blocks: they stand one after
 * the other, as their keys begin with it. */
static void look_for_popular(struct preview *p, struct span key, enum scope scope)
{
	size_t low = 0, high = p->popular->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		struct span at = list_key(p->popular, middle);

		if (name_compare(at.data, at.len, key.data, key.len) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < p->popular->count; low++) {
		struct span at = list_key(p->popular, low);
		bool itself = at.len == key.len;

		if (!is_above(key, at))
			return;
		if (itself ? scope != SCOPE_BELOW : scope != SCOPE_EXACT)
			add_hit(p, list_entry(p->popular, low).order, at, key);
	}
}

static void count_order(struct preview *p, uint32_t number, bool comes)
{
	unsigned i = 0;

	while (i < p->order_count && p->orders[i].number != number)
		i++;
	if (i == PREVIEW_ORDERS) {
		p->order_changes++;
		return;
	}
	if (i == p->order_count)
		p->orders[p->order_count++] = (struct preview_order){ number, 0, 0 };
	if (comes)
		p->orders[i].come++;
	else
		p->orders[i].gone++;
}

static void take(struct preview *p, struct span key, const struct entry *e, bool comes)
{
	count_order(p, e->order, comes);
	if (comes && e->action != ACTION_PASS && p->popular != NULL)
		look_for_popular(p, key, (enum scope)e->scope);
}

bool preview_visit(void *preview, const struct change *change)
{
	struct preview *p = preview;

	add_example(p,
		    change->gone == 0   ? &p->added
		    : change->come == 0 ? &p->removed
					: &p->changed,
		    change->key);
	for (unsigned i = 0; i < change->gone + change->come; i++)
		take(p, change->key, &change->entries[i], i >= change->gone);
	return true;
}

void preview_list(struct preview *p, const struct list *list, const uint32_t *numbers)
{
	struct span last = { NULL, 0 };

	for (size_t i = 0; i < list->count; i++) {
		struct span key = list_key(list, i);
		struct entry e = list_entry(list, i);

		if (!span_equal(key, last))
			add_example(p, &p->added, key);
		last = key;
		e.order = numbers[e.order];
		take(p, key, &e, true);
	}
}
