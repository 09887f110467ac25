// SPDX-License-Identifier: BSD-3-Clause
#include "list.h"

#include <endian.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define HEAD 3 /* scope and action, length */

/* In the place of an order's number: to be dropped. */
#define DUPLICATE UINT32_MAX

/* Below this many items a thread of its own costs more than it gains. */
#define THREAD_MIN 100000

void list_release(struct list *l)
{
	free(l->items);
	free(l->bytes);
	*l = (struct list){ 0 };
}

static uint8_t terms_of(unsigned scope, unsigned action)
{
	return (uint8_t)(scope << 4 | action);
}

static bool make_room(void **data, size_t *room, size_t need, size_t size)
{
	size_t more = *room + *room / 2 + 4096;
	void *p;

	if (need <= *room)
		return true;
	if (more < need)
		more = need;
	p = realloc(*data, more * size);
	if (p == NULL)
		return false;
	*data = p;
	*room = more;
	return true;
}

/* Eight bytes of a key from DEPTH on, most significant first; zeros past its
 * end. A key never holds two zeros in a row, so the padding is told apart. */
static uint64_t word_at(const uint8_t *record, size_t depth)
{
	size_t len = (size_t)(record[1] << 8 | record[2]);
	uint64_t word = 0;

	if (depth < len)
		memcpy(&word, record + HEAD + depth, len - depth < 8 ? len - depth : 8);
	return be64toh(word);
}

int list_add(struct list *l, const struct name *n, enum scope scope, enum action action,
	     uint32_t order, struct err *e)
{
	uint8_t *to;

	if (l->used + HEAD + n->len > UINT32_MAX)
		return err_set(e, ERR_INPUT, "the list holds more than 4 GiB of names");
	if (!make_room((void **)&l->items, &l->room, l->count + 1, sizeof(*l->items)) ||
	    !make_room((void **)&l->bytes, &l->bytes_room, l->used + HEAD + n->len, 1))
		return err_set(e, ERR_SYSTEM, "out of memory after %zu names",
			       l->count);
	to = l->bytes + l->used;
	to[0] = terms_of(scope, action);
	to[1] = (uint8_t)(n->len >> 8);
	to[2] = (uint8_t)n->len;
	memcpy(to + HEAD, n->key, n->len);
	l->items[l->count++] = (struct list_item){
		.at = (uint32_t)l->used,
		.order = order,
	};
	l->used += HEAD + n->len;
	return 0;
}

void list_expect(const struct list *l, size_t i)
{
	if (i < l->count)
		__builtin_prefetch(l->bytes + l->items[i].at);
}

struct span list_key(const struct list *l, size_t i)
{
	const uint8_t *record = l->bytes + l->items[i].at;

	return (struct span){ record + HEAD, (size_t)(record[1] << 8 | record[2]) };
}

struct entry list_entry(const struct list *l, size_t i)
{
	uint8_t terms = l->bytes[l->items[i].at];

	return (struct entry){
		.scope = terms >> 4,
		.action = terms & 15,
		.order = l->items[i].order,
	};
}

/* A run of items whose keys are equal before DEPTH, to be sorted. */
struct run {
	uint8_t *bytes;
	struct list_item *items;
	size_t count, depth;
	int threads; /* how many it may use */
};

static void sort_run(struct run r);

static void *sort_thread(void *arg)
{
	sort_run(*(struct run *)arg);
	return NULL;
}

static void swap(struct list_item *a, struct list_item *b)
{
	struct list_item t = *a;

	*a = *b;
	*b = t;
}

/* Equal keys: by terms, for duplicates to come together. */
static int compare_terms(const struct run *r, const struct list_item *a,
			 const struct list_item *b)
{
	int c = r->bytes[a->at] - r->bytes[b->at];

	return c != 0 ? c : (a->order > b->order) - (a->order < b->order);
}

static int compare_items(const void *a, const void *b, void *run)
{
	return compare_terms(run, a, b);
}

/* Two listings of one name that are together one of its subtree. With a third it
 * would not be the same: the third could come between them in precedence. */
static bool is_pair(uint8_t a, uint8_t b)
{
	return a >> 4 == SCOPE_EXACT && b >> 4 == SCOPE_BELOW && (a & 15) == (b & 15);
}

/* Items of one name: sorts them by terms and marks what is there twice. To mark
 * it here, where the names are known to be equal, spares a walk through memory. */
static void sort_terms(struct run r)
{
	struct list_item *first = &r.items[0], *kept = first, *before = NULL;
	size_t left = 1;

	qsort_r(r.items, r.count, sizeof(*r.items), compare_items, &r);
	for (size_t i = 1; i < r.count; i++) {
		if (compare_terms(&r, kept, &r.items[i]) == 0) {
			r.items[i].order = DUPLICATE;
			continue;
		}
		before = kept;
		kept = &r.items[i];
		left++;
	}
	if (left == 2 && before != NULL && before->order == kept->order &&
	    is_pair(r.bytes[before->at], r.bytes[kept->at])) {
		r.bytes[first->at] = terms_of(SCOPE_SUBTREE, r.bytes[first->at] & 15);
		kept->order = DUPLICATE;
	}
}

/* The items' keys agree in eight bytes more: go on with the next eight. Two zeros
 * at the end are padding: the keys end here, all the same. */
static void sort_deeper(struct run r)
{
	if (r.count < 2)
		return;
	if ((r.items[0].word & 0xffff) == 0) {
		sort_terms(r);
		return;
	}
	r.depth += 8;
	for (size_t i = 0; i < r.count; i++)
		r.items[i].word = word_at(r.bytes + r.items[i].at, r.depth);
	sort_run(r);
}

static void sort_few(struct run r)
{
	size_t start = 0;

	for (size_t i = 1; i < r.count; i++)
		for (size_t j = i; j > 0 && r.items[j - 1].word > r.items[j].word; j--)
			swap(&r.items[j - 1], &r.items[j]);
	for (size_t i = 1; i <= r.count; i++) {
		if (i < r.count && r.items[i].word == r.items[start].word)
			continue;
		sort_deeper((struct run){ r.bytes, r.items + start, i - start, r.depth,
					  0 });
		start = i;
	}
}

/* Some item's word; which one cannot be foretold from the list, so that no list
 * can be made to sort slowly. */
static uint64_t pick_pivot(const struct run *r)
{
	static _Thread_local uint64_t seed;

	if (seed == 0)
		seed = ((uint64_t)(uintptr_t)&seed ^ (uint64_t)time(NULL) << 32) | 1;
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return r->items[seed % r->count].word;
}

/* Splits into what is less than, equal to and greater than a pivot. */
static void split(struct run r, struct run *less, struct run *equal,
		  struct run *greater)
{
	uint64_t pivot = pick_pivot(&r);
	size_t low = 0, high = r.count, i = 0;

	while (i < high) {
		if (r.items[i].word < pivot)
			swap(&r.items[low++], &r.items[i++]);
		else if (r.items[i].word > pivot)
			swap(&r.items[i], &r.items[--high]);
		else
			i++;
	}
	*less = *equal = *greater = r;
	less->count = low;
	equal->items = r.items + low;
	equal->count = high - low;
	greater->items = r.items + high;
	greater->count = r.count - high;
}

/* Quicksort in three parts on the current words, then deeper where equal. The
 * stack holds the smaller parts only. */
static void sort_run(struct run r)
{
	while (r.count > 24) {
		struct run small, equal, large;
		pthread_t thread;
		bool threaded = false;

		split(r, &small, &equal, &large);
		if (small.count > large.count) {
			r = small;
			small = large;
			large = r;
		}
		if (r.threads > 1 && small.count > THREAD_MIN) {
			small.threads = equal.threads = large.threads = r.threads / 2;
			threaded =
				pthread_create(&thread, NULL, sort_thread, &small) == 0;
		}
		if (!threaded)
			sort_run(small);
		sort_deeper(equal);
		r = large;
		if (threaded) {
			sort_run(r);
			pthread_join(thread, NULL);
			return;
		}
	}
	sort_few(r);
}

void list_sort(struct list *l)
{
	size_t kept = 0;

	/* Anew: a list that was sorted before holds words from deeper in the keys. */
	for (size_t i = 0; i < l->count; i++)
		l->items[i].word = word_at(l->bytes + l->items[i].at, 0);
	sort_run((struct run){ l->bytes, l->items, l->count, 0, 4 });
	for (size_t i = 0; i < l->count; i++)
		if (l->items[i].order != DUPLICATE)
			l->items[kept++] = l->items[i];
	l->duplicates += l->count - kept;
	l->count = kept;
}
