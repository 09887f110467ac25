// SPDX-License-Identifier: BSD-3-Clause
#include "stats.h"

#include <stdlib.h>
#include <string.h>

static uint64_t read_counter(const counter *c)
{
	return atomic_load_explicit((counter *)(uintptr_t)c, memory_order_relaxed);
}

static void add_top(struct stats *s, const uint8_t *key, size_t len, uint32_t hits)
{
	struct top *top;

	for (size_t i = 0; i < s->top_count; i++)
		if (s->top[i].name.len == len &&
		    memcmp(s->top[i].name.key, key, len) == 0) {
			s->top[i].hits += hits;
			return;
		}
	top = realloc(s->top, (s->top_count + 1) * sizeof(*top));
	if (top == NULL)
		return;
	s->top = top;
	top[s->top_count].name.len = (uint16_t)len;
	memcpy(top[s->top_count].name.key, key, len);
	top[s->top_count++].hits = hits;
}

/* A slot may be written while it is read: then it is passed over. */
static void read_top(struct stats *s, const struct state_thread *t)
{
	for (size_t i = 0; i < STATE_TOP; i++) {
		struct state_name n;
		uint32_t before =
			atomic_load((_Atomic uint32_t *)(uintptr_t)&t->top[i].version);

		memcpy(&n, &t->top[i], sizeof(n));
		if (n.hits > 0 && n.len <= STATE_TOP_KEY && before % 2 == 0 &&
		    before == atomic_load((_Atomic uint32_t *)(uintptr_t)&t->top[i]
						  .version) &&
		    name_valid(n.key, n.len))
			add_top(s, n.key, n.len, n.hits);
	}
}

static void add_thread(struct sums *r, const struct state_thread *t)
{
	r->queries += read_counter(&t->queries);
	r->errors += read_counter(&t->errors);
	r->failed_open += read_counter(&t->failed_open);
	r->failed_closed += read_counter(&t->failed_closed);
	r->late += read_counter(&t->late);
	r->exempted += read_counter(&t->exempted);
	r->shadowed += read_counter(&t->shadowed);
	r->targets += read_counter(&t->targets);
	for (int i = 0; i < ACTIONS; i++)
		r->verdicts[i] += read_counter(&t->verdicts[i]);
	for (int i = 0; i < 256; i++) {
		r->feeds[i] += read_counter(&t->feeds[i]);
		r->shadow_feeds[i] += read_counter(&t->shadow_feeds[i]);
	}
	for (int i = 0; i < STATE_ORDERS; i++)
		r->orders[i] += read_counter(&t->orders[i]);
}

/* The resolver that the file is of, or NULL without memory. *IS_NEW: it had none yet.
 */
static struct sums *find_resolver(struct stats *s, const struct state_file *f,
				  bool *is_new)
{
	struct sums *all;

	*is_new = false;
	for (size_t i = 0; i < s->count; i++)
		if (s->resolvers[i].pid == f->pid &&
		    s->resolvers[i].started == f->started)
			return &s->resolvers[i];
	all = realloc(s->resolvers, (s->count + 1) * sizeof(*all));
	if (all == NULL)
		return NULL;
	*is_new = true;
	s->resolvers = all;
	memset(&all[s->count], 0, sizeof(*all));
	return &all[s->count++];
}

/* A resolver of several processes has done what all of them have. */
static void add_process(struct sums *r, const struct state_file *f, bool is_new)
{
	uint64_t serial = read_counter(&f->serial);
	uint64_t enforced = read_counter(&f->enforced);
	uint64_t eviction_us = read_counter(&f->eviction_us);

	if (is_new || serial < r->serial)
		r->serial = serial;
	if (is_new || enforced < r->enforced)
		r->enforced = enforced;
	if (f->enforced_at > r->enforced_at)
		r->enforced_at = f->enforced_at;
	if (eviction_us > r->eviction_us)
		r->eviction_us = eviction_us;
	if (is_new || r->store == STORE_SERVING) {
		r->store = f->store;
		memcpy(r->error, f->error, sizeof(r->error) - 1);
	}
	r->evicted += read_counter(&f->evicted);
}

static void add_file(void *arg, const struct state_file *f)
{
	struct stats *s = arg;
	bool is_new;
	struct sums *r = find_resolver(s, f, &is_new);

	if (r == NULL)
		return;
	r->pid = f->pid;
	r->started = f->started;
	r->threads += f->threads;
	add_process(r, f, is_new);
	for (uint32_t i = 0; i < f->threads; i++) {
		add_thread(r, &f->thread[i]);
		read_top(s, &f->thread[i]);
	}
}

static int compare_top(const void *a, const void *b)
{
	const struct top *x = a, *y = b;

	return (x->hits < y->hits) - (x->hits > y->hits);
}

int stats_read(struct stats *s, const char *store, struct err *e)
{
	int rc = state_each(store, add_file, s, e);

	if (s->top_count > 0)
		qsort(s->top, s->top_count, sizeof(*s->top), compare_top);
	return rc < 0 ? rc : 0;
}

void stats_release(struct stats *s)
{
	free(s->resolvers);
	free(s->top);
	*s = (struct stats){ 0 };
}
