// SPDX-License-Identifier: BSD-3-Clause
#include "guard.h"

#include <stdlib.h>
#include <string.h>

#include "key-hash.h"

/* Names that are related share their first labels. With two of them looked up in a
 * table of bits, nearly no name of a list is searched for. */
#define HEAD_LABELS 2

int guards_load(struct guards *g, const char *suffixes, struct err *e)
{
	*g = (struct guards){ .head_labels = HEAD_LABELS };
	return suffixes_load(&g->suffixes, suffixes, e);
}

void guards_release(struct guards *g)
{
	suffixes_release(&g->suffixes);
	free(g->rows);
	free(g->keys);
	free(g->heads);
	g->rows = NULL;
	g->keys = NULL;
	g->heads = NULL;
	g->count = g->room = g->used = g->keys_room = 0;
}

static bool grow(struct guards *g, size_t len)
{
	if (g->count == g->room) {
		size_t room = 2 * g->room + 64;
		struct guard_row *rows = realloc(g->rows, room * sizeof(*rows));

		if (rows == NULL)
			return false;
		g->rows = rows;
		g->room = room;
	}
	if (g->keys_room - g->used < len) {
		size_t room = 2 * g->keys_room + len + 4096;
		uint8_t *keys = realloc(g->keys, room);

		if (keys == NULL)
			return false;
		g->keys = keys;
		g->keys_room = room;
	}
	return g->used + len <= UINT32_MAX;
}

int guards_add(struct guards *g, const struct name *n, enum refusal why, struct err *e)
{
	if (!grow(g, n->len))
		return err_set(e, ERR_SYSTEM, "out of memory for protected names");
	g->rows[g->count++] = (struct guard_row){
		.at = (uint32_t)g->used,
		.len = n->len,
		.why = (uint8_t)why,
	};
	memcpy(g->keys + g->used, n->key, n->len);
	g->used += n->len;
	return 0;
}

static int compare_rows(const void *a, const void *b, void *arg)
{
	const struct guard_row *x = a, *y = b;
	const uint8_t *keys = arg;
	int c = name_compare(keys + x->at, x->len, keys + y->at, y->len);

	return c != 0 ? c : (int)x->why - (int)y->why;
}

/* True when the first key is the second one or above it. */
static bool is_above(const uint8_t *a, size_t a_len, const uint8_t *b, size_t b_len)
{
	return a_len <= b_len && memcmp(a, b, a_len) == 0;
}

/* Length of the first labels of a key; 0 when it has not as many. */
static size_t head_len(const struct guards *g, const uint8_t *key, size_t len)
{
	const uint8_t *at = key;

	for (unsigned i = 0; i < g->head_labels; i++) {
		at = memchr(at, 0x00, (size_t)(key + len - at));
		if (at == NULL)
			return 0;
		at++;
	}
	return (size_t)(at - key);
}

static uint32_t head_bit(const struct guards *g, const uint8_t *key, size_t head)
{
	return key_hash(key, head) & g->heads_mask;
}

int guards_seal(struct guards *g, struct err *e)
{
	size_t kept = 0, bits = 1024;

	if (g->count == 0)
		return 0;
	qsort_r(g->rows, g->count, sizeof(*g->rows), compare_rows, g->keys);
	/* A name below a protected one protects nothing that is not already. */
	for (size_t i = 0; i < g->count; i++) {
		struct guard_row *last = kept > 0 ? &g->rows[kept - 1] : NULL;

		if (last == NULL || !is_above(g->keys + last->at, last->len,
					      g->keys + g->rows[i].at, g->rows[i].len))
			g->rows[kept++] = g->rows[i];
	}
	g->count = kept;
	g->head_labels = HEAD_LABELS;
	for (size_t i = 0; i < kept; i++) {
		unsigned labels = name_labels(g->keys + g->rows[i].at, g->rows[i].len);

		if (labels < g->head_labels)
			g->head_labels = labels;
	}
	while (bits < 32 * kept)
		bits *= 2;
	free(g->heads);
	g->heads = calloc(bits / 64, sizeof(*g->heads));
	if (g->heads == NULL)
		return err_set(e, ERR_SYSTEM, "out of memory for protected names");
	g->heads_mask = (uint32_t)bits - 1;
	for (size_t i = 0; i < kept; i++) {
		const uint8_t *key = g->keys + g->rows[i].at;
		uint32_t bit = head_bit(g, key, head_len(g, key, g->rows[i].len));

		g->heads[bit / 64] |= (uint64_t)1 << bit % 64;
	}
	return 0;
}

/* The protected name that N is, is above of, or is below of. None of the rows is
 * below another one: of those above N only the last one before it can be, and of
 * those below N the first one after it is one, if any. */
static const struct guard_row *find(const struct guards *g, const struct name *n)
{
	size_t head = head_len(g, n->key, n->len), low = 0, high = g->count;
	const struct guard_row *row;

	if (head > 0) {
		uint32_t bit = head_bit(g, n->key, head);

		if ((g->heads[bit / 64] >> bit % 64 & 1) == 0)
			return NULL;
	}
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		row = &g->rows[middle];
		if (name_compare(g->keys + row->at, row->len, n->key, n->len) <= 0)
			low = middle + 1;
		else
			high = middle;
	}
	row = &g->rows[low];
	if (low > 0 && is_above(g->keys + row[-1].at, row[-1].len, n->key, n->len))
		return row - 1;
	if (low < g->count && is_above(n->key, n->len, g->keys + row->at, row->len))
		return row;
	return NULL;
}

struct span guards_by(const struct guards *g, const struct name *n)
{
	const struct guard_row *row = g->count > 0 ? find(g, n) : NULL;

	return row == NULL ? (struct span){ NULL, 0 }
			   : (struct span){ g->keys + row->at, row->len };
}

enum refusal guards_judge(const struct guards *g, const struct name *n,
			  enum action action)
{
	if (g->count > 0 && action != ACTION_PASS) {
		const struct guard_row *row = find(g, n);

		if (row != NULL)
			return (enum refusal)row->why;
	}
	return suffixes_match(&g->suffixes, n) ? REFUSED_SUFFIX : REFUSED_NOT;
}
