// SPDX-License-Identifier: BSD-3-Clause
/* Dropping from Unbound's message cache what a new serial blocks. The cache is in
 * front of all modules: what stays in it is answered without asking us.
 *
 * A table's lock is held for a few bins at a time, and nothing is looked up under
 * it: workers wait microseconds. The names that changed are taken from the
 * journal, so that of a million messages only the ones below such a name need a
 * look-up. */
#include "palang.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Bins looked at under one lock, and the room for their messages. */
#define STEP_BINS     256
#define STEP_MESSAGES 512
/* After every few steps the thread sleeps: where it shares a processor with a
 * worker, the worker goes first, and is never kept from it for long. */
#define STEPS_A_REST 4
#define STEP_REST_NS 20000
/* More names changed than this: every message is looked up instead. */
#define DELTA_MAX   32768
#define DELTA_SLOTS (DELTA_MAX * 4)

/* The names that changed, as hashes of their keys: a hash that is there by
 * chance costs a look-up, no more. */
struct delta {
	uint64_t *slots; /* 0 is free */
	size_t count;
	bool all; /* the names are not known, or too many */
};

struct message {
	hashvalue_type hash;
	uint16_t type, class;
	uint16_t len;
	uint8_t name[LDNS_MAX_DOMAINLEN + 1];
};

#define HASH_START 0xcbf29ce484222325u

static uint64_t hash_byte(uint64_t h, uint8_t c)
{
	return (h ^ c) * 0x100000001b3u;
}

/* Where a hash is or would be. */
static uint64_t *slot_of(const struct delta *d, uint64_t h)
{
	size_t i = (size_t)(h ^ h >> 29) % DELTA_SLOTS;

	while (d->slots[i] != 0 && d->slots[i] != h)
		i = (i + 1) % DELTA_SLOTS;
	return &d->slots[i];
}

static bool add_change(void *arg, const struct change *change)
{
	struct delta *d = arg;
	uint64_t h = HASH_START, *slot;

	for (size_t i = 0; i < change->key.len; i++)
		h = hash_byte(h, change->key.data[i]);
	slot = slot_of(d, h);
	d->count += *slot == 0;
	*slot = h;
	d->all = d->count >= DELTA_MAX;
	return !d->all;
}

/* Collects what changed after SINCE, up to the reader's serial. */
static void read_delta(struct reader *r, uint64_t since, struct delta *d)
{
	d->all = since == 0 || since > r->now.serial;
	if (!d->all)
		d->slots = calloc(DELTA_SLOTS, sizeof(*d->slots));
	if (d->slots == NULL)
		d->all = true;
	for (uint64_t serial = since + 1; !d->all && serial <= r->now.serial;
	     serial++) {
		struct journal j = { 0 };

		if (journal_read(r, serial, &j, add_change, d, NULL) != 0 ||
		    (j.flags & JOURNAL_FIRST_LOAD) != 0)
			d->all = true;
	}
}

/* True when the name or one above it may have changed. */
static bool may_have_changed(const struct delta *d, const struct name *n)
{
	uint64_t h = HASH_START;

	if (d->all)
		return true;
	for (size_t i = 0; i < n->len; i++) {
		h = hash_byte(h, n->key[i]);
		if (n->key[i] == 0x00 && *slot_of(d, h) == h)
			return true;
	}
	return false;
}

/* Messages copied out of the cache. */
struct batch {
	struct message *messages;
	size_t count, room;
};

static size_t bin_length(const struct lruhash_bin *bin)
{
	size_t n = 0;

	for (const struct lruhash_entry *e = bin->overflow_list; e != NULL;
	     e = e->overflow_next)
		n++;
	return n;
}

static void copy_bin(const struct lruhash_bin *bin, struct batch *to)
{
	for (const struct lruhash_entry *e = bin->overflow_list; e != NULL;
	     e = e->overflow_next) {
		const struct query_info *key = e->key;
		struct message *m = &to->messages[to->count];

		if (key->qname_len > sizeof(m->name))
			continue;
		m->hash = e->hash;
		m->type = key->qtype;
		m->class = key->qclass;
		m->len = (uint16_t)key->qname_len;
		memcpy(m->name, key->qname, key->qname_len);
		to->count++;
	}
}

/* Copies the messages of some bins from *BIN on, and moves it; SIZE_MAX at the
 * table's end. A key does not change as long as its entry is in the bin, which the
 * bin's lock sees to. The table may have grown since the last step: then bin I's
 * entries are in I and in a bin that comes later, so none is missed. Returns the
 * room that a bin needs when the batch is too small for it alone, else 0. */
static size_t copy_step(struct lruhash *table, size_t *bin, struct batch *to)
{
	size_t end, needed = 0;

	to->count = 0;
	lock_quick_lock(&table->lock);
	end = *bin + STEP_BINS < table->size ? *bin + STEP_BINS : table->size;
	for (; *bin < end; ++*bin) {
		struct lruhash_bin *b = &table->array[*bin];
		size_t n;

		lock_quick_lock(&b->lock);
		n = bin_length(b);
		if (n <= to->room - to->count)
			copy_bin(b, to);
		else
			needed = n;
		lock_quick_unlock(&b->lock);
		if (needed != 0)
			break;
	}
	if (*bin >= table->size)
		*bin = SIZE_MAX;
	lock_quick_unlock(&table->lock);
	return to->count > 0 ? 0 : needed;
}

static bool is_blocked(struct reader *r, const struct name *n)
{
	struct verdict v;

	return lookup(r, n->key, n->len, time(NULL), &v, NULL, NULL, NULL) == 0 &&
	       verdict_blocks(&v);
}

/* Removes the blocked ones of a batch. Returns false when the store cannot be
 * read. */
static bool remove_blocked(struct palang *p, struct reader *r, const struct delta *d,
			   const struct batch *batch, uint64_t *removed)
{
	if (batch->count == 0)
		return true;
	if (reader_begin(r, NULL) != 0)
		return false;
	for (size_t i = 0; i < batch->count; i++) {
		struct message *m = &batch->messages[i];
		struct query_info key = { .qname = m->name,
					  .qname_len = m->len,
					  .qtype = m->type,
					  .qclass = m->class };
		struct name name;

		if (!name_from_wire(&name, m->name, m->len) ||
		    !may_have_changed(d, &name) || !is_blocked(r, &name))
			continue;
		slabhash_remove(p->env->msg_cache, m->hash, &key);
		++*removed;
	}
	reader_end(r);
	return true;
}

static bool make_room(struct batch *batch, size_t room)
{
	struct message *m = realloc(batch->messages, room * sizeof(*m));

	if (m == NULL)
		return false;
	batch->messages = m;
	batch->room = room;
	return true;
}

static bool clear_table(struct palang *p, struct reader *r, const struct delta *d,
			struct lruhash *table, struct batch *batch, uint64_t *removed)
{
	struct timespec rest = { .tv_nsec = STEP_REST_NS };
	unsigned steps = 0;

	for (size_t bin = 0; bin != SIZE_MAX;) {
		size_t needed = copy_step(table, &bin, batch);

		if ((needed > 0 && !make_room(batch, needed)) ||
		    !remove_blocked(p, r, d, batch, removed))
			return false;
		if (++steps % STEPS_A_REST == 0)
			nanosleep(&rest, NULL);
	}
	return true;
}

bool evict(struct palang *p, struct reader *r, uint64_t since, uint64_t *removed)
{
#ifdef PALANG_TEST_NO_EVICTION
	/* For a test that has to see what gets out then: tests/hunt/. */
	*removed = 0;
	return true;
#endif
	struct slabhash *cache = p->env->msg_cache;
	struct batch batch = { 0 };
	struct delta d = { 0 };
	bool done = make_room(&batch, STEP_MESSAGES) && reader_begin(r, NULL) == 0;

	*removed = 0;
	if (done) {
		read_delta(r, since, &d);
		reader_end(r);
	}
	for (size_t i = 0; i < cache->size && done; i++)
		done = clear_table(p, r, &d, cache->array[i], &batch, removed);
	free(d.slots);
	free(batch.messages);
	return done;
}
