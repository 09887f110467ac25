// SPDX-License-Identifier: BSD-3-Clause
/* Dropping from Unbound's message cache what a new serial blocks. The cache is in
 * front of all modules: what stays in it is answered without asking us.
 *
 * A table's lock is held for a few bins at a time, and nothing is looked up under
 * it: workers wait microseconds. Where there are no locks the worker is held instead.
 * The names that changed are taken from the journal, so that of a million messages only
 * the ones below such a name need a look-up. */
#include "palang.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Bins looked at under one lock, and the room for their messages. A fuzz target has
 * smaller sizes, to pass their limits. */
#ifndef STEP_BINS
#define STEP_BINS     256
#define STEP_MESSAGES 512
#endif
/* After every few steps the thread sleeps: where it shares a processor with a
 * worker, the worker goes first, and is never kept from it for long. */
#define STEPS_A_REST 4
#define STEP_REST_NS 20000
/* More names changed than this: every message is looked up instead. */
#ifndef DELTA_MAX
#define DELTA_MAX 32768
#endif
#define DELTA_SLOTS (DELTA_MAX * 4)

/* The names that changed, as hashes of their keys: a hash that is there by
 * chance costs a look-up, no more. */
struct delta {
	uint64_t *slots; /* 0 is free */
	size_t count;
	bool all;     /* the names are not known, or too many */
	bool targets; /* some feed blocks aliases for their targets */
};

/* The targets of a message's aliases that are looked up; of more it is not known
 * whether they are blocked, and the message goes. */
#define TARGETS_MAX 4

struct message {
	hashvalue_type hash;
	uint16_t type, class;
	uint16_t len;
	uint8_t target_count;
	uint8_t name[LDNS_MAX_DOMAINLEN + 1];
	struct target_name {
		uint16_t len;
		uint8_t name[LDNS_MAX_DOMAINLEN + 1];
	} targets[TARGETS_MAX];
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

/* True when a feed changed its rank or its flags, which may be about any name. */
static bool feed_changed(const struct journal *j)
{
	struct bytes b = bytes_from(j->records.data, j->records.len);
	struct journal_record record;
	bool changed = false;

	while (journal_record_next(&b, &record))
		changed |= record.table == TABLE_FEEDS;
	return changed || b.failed;
}

/* Collects what changed after SINCE, up to the reader's serial. */
static void read_delta(struct reader *r, uint64_t since, struct delta *d)
{
	d->targets = (r->now.any & FEED_TARGETS) != 0;
	d->all = since == 0 || since > r->now.serial;
	if (!d->all)
		d->slots = calloc(DELTA_SLOTS, sizeof(*d->slots));
	if (d->slots == NULL)
		d->all = true;
	for (uint64_t serial = since + 1; !d->all && serial <= r->now.serial;
	     serial++) {
		struct journal j = { 0 };

		if (journal_read(r, serial, &j, add_change, d, NULL) != 0 ||
		    (j.flags & JOURNAL_FIRST_LOAD) != 0 || feed_changed(&j))
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

/* Copies the target of an alias, if it may have changed, or the alias may have, which
 * its own entries let pass before; M then has one more, or one too many. */
static void copy_target(const struct delta *d, struct ub_packed_rrset_key *k,
			bool changed, struct message *m)
{
	struct target_name *t;
	uint8_t *target = NULL;
	struct name name;
	size_t len = 0;

	get_cname_target(k, &target, &len);
	if (target == NULL || !name_from_wire(&name, target, len) ||
	    (!changed && !may_have_changed(d, &name)))
		return;
	if (m->target_count < TARGETS_MAX) {
		t = &m->targets[m->target_count];
		t->len = (uint16_t)len;
		memcpy(t->name, target, len);
	}
	m->target_count++;
}

/* Copies the targets of the aliases in an answer. The message's entry is locked, and
 * then its RRsets are, one after the other: that is the order of Unbound itself when
 * it answers from the cache. One whose id is another one now is no longer part of
 * this answer, which Unbound will not use. */
static void copy_targets(const struct delta *d, struct lruhash_entry *e,
			 struct message *m)
{
	struct reply_info *rep;
	struct name name;
	bool changed =
		!name_from_wire(&name, m->name, m->len) || may_have_changed(d, &name);

	lock_rw_rdlock(&e->lock);
	rep = e->data;
	for (size_t i = 0; i < rep->rrset_count && m->target_count <= TARGETS_MAX;
	     i++) {
		struct rrset_ref *ref = &rep->ref[i];

		lock_rw_rdlock(&ref->key->entry.lock);
		if (ref->id == ref->key->id &&
		    ntohs(ref->key->rk.type) == LDNS_RR_TYPE_CNAME)
			copy_target(d, ref->key, changed, m);
		lock_rw_unlock(&ref->key->entry.lock);
	}
	lock_rw_unlock(&e->lock);
}

static void copy_bin(const struct delta *d, const struct lruhash_bin *bin,
		     struct batch *to)
{
	for (struct lruhash_entry *e = bin->overflow_list; e != NULL;
	     e = e->overflow_next) {
		const struct query_info *key = e->key;
		struct message *m = &to->messages[to->count];

		if (key->qname_len > sizeof(m->name))
			continue;
		m->hash = e->hash;
		m->type = key->qtype;
		m->class = key->qclass;
		m->len = (uint16_t)key->qname_len;
		m->target_count = 0;
		memcpy(m->name, key->qname, key->qname_len);
		if (d->targets)
			copy_targets(d, e, m);
		to->count++;
	}
}

/* Copies the messages of some bins from *BIN on, and moves it; SIZE_MAX at the
 * table's end. A key does not change as long as its entry is in the bin, which the
 * bin's lock sees to. The table may have grown since the last step: then bin I's
 * entries are in I and in a bin that comes later, so none is missed. Returns the
 * room that a bin needs when the batch is too small for it alone, else 0. */
static size_t copy_step(const struct delta *d, struct lruhash *table, size_t *bin,
			struct batch *to)
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
			copy_bin(d, b, to);
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

static bool is_blocked(struct reader *r, const struct delta *d, const struct message *m)
{
	struct name name;
	struct verdict v;

	if (!name_from_wire(&name, m->name, m->len) ||
	    (m->target_count == 0 && !may_have_changed(d, &name)) ||
	    lookup(r, name.key, name.len, time(NULL), &v, NULL, NULL, NULL) != 0)
		return false;
	if (v.found || m->target_count > TARGETS_MAX)
		return !v.found || verdict_blocks(&v);
	for (unsigned i = 0; i < m->target_count; i++)
		if (chain_target(r, m->targets[i].name, m->targets[i].len, &v))
			return true;
	return false;
}

/* One eviction; parts of it read the store, and are guarded against its file being
 * cut short. */
struct eviction {
	struct palang *p;
	struct opened *o;
	struct reader *r;
	struct slabhash *cache;
	uint64_t since;
	struct delta delta;
	struct batch batch;
	uint64_t *removed;
	bool done;
};

static void begin_eviction(void *arg)
{
	struct eviction *v = arg;

	v->done = reader_begin(v->r, NULL) == 0;
	if (!v->done)
		return;
	read_delta(v->r, v->since, &v->delta);
	reader_end(v->r);
}

/* Leaves the blocked ones of a batch in it. */
static void choose_blocked(void *arg)
{
	struct eviction *v = arg;
	size_t count = v->batch.count;

	v->batch.count = 0;
	v->done = reader_begin(v->r, NULL) == 0;
	for (size_t i = 0; i < count && v->done; i++) {
		struct message *m = &v->batch.messages[i];

		if (is_blocked(v->r, &v->delta, m))
			v->batch.messages[v->batch.count++] = *m;
	}
	reader_end(v->r);
}

static bool remove_batch(struct eviction *v)
{
	if (v->batch.count == 0)
		return true;
	if (!hold_worker(v->p))
		return false;
	for (size_t i = 0; i < v->batch.count; i++) {
		struct message *m = &v->batch.messages[i];
		struct query_info key = { .qname = m->name,
					  .qname_len = m->len,
					  .qtype = m->type,
					  .qclass = m->class };

		slabhash_remove(v->cache, m->hash, &key);
	}
	release_worker(v->p);
	*v->removed += v->batch.count;
	return true;
}

/* A reload may exchange the cache for one of another size, but nobody who is held. */
static bool find_cache(struct eviction *v)
{
	if (!hold_worker(v->p))
		return false;
	v->cache = v->p->env->msg_cache;
	release_worker(v->p);
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

static bool clear_table(struct eviction *v, struct lruhash *table)
{
	struct timespec rest = { .tv_nsec = STEP_REST_NS };
	unsigned steps = 0;

	for (size_t bin = 0; bin != SIZE_MAX;) {
		size_t needed;

		if (!hold_worker(v->p))
			return false;
		needed = copy_step(&v->delta, table, &bin, &v->batch);
		release_worker(v->p);
		if (needed > 0 && !make_room(&v->batch, needed))
			return false;
		if (v->batch.count > 0 && (!fault_guarded(v->o, choose_blocked, v) ||
					   !v->done || !remove_batch(v)))
			return false;
		if (++steps % STEPS_A_REST == 0)
			nanosleep(&rest, NULL);
	}
	return true;
}

bool evict(struct palang *p, struct opened *o, uint64_t since, uint64_t *removed)
{
#ifdef PALANG_TEST_NO_EVICTION
	/* For a test that has to see what gets out then: tests/hunt/. */
	*removed = 0;
	return true;
#endif
	struct eviction v = { .p = p,
			      .o = o,
			      .r = &o->readers[p->workers],
			      .since = since,
			      .removed = removed };
	bool done;

	*removed = 0;
	if (hold_idle(p))
		return true;
	done = find_cache(&v) && make_room(&v.batch, STEP_MESSAGES) &&
	       fault_guarded(o, begin_eviction, &v) && v.done;
	for (size_t i = 0; done && i < v.cache->size; i++)
		done = clear_table(&v, v.cache->array[i]);
	free(v.delta.slots);
	free(v.batch.messages);
	return done;
}
