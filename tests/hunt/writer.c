// SPDX-License-Identifier: BSD-3-Clause
/* The writer: commits as fast as it can, waits until the serial is enforced, and
 * then says what is settled about the names. */
#include "hunt.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "state.h"
#include "steps.h"
#include "update.h"

/* Orders of one list differ in their times only. */
#define ORDERS_MAX 4096

struct writer {
	struct hunt *hunt;
	struct steps steps;
	struct target target;
	struct commits commits;
	struct err e;
};

static const char *const feeds[FEEDS] = { "strong", "wide" };

/* What the resolver that is furthest behind says. */
struct enforced {
	uint64_t serial;
	int64_t at;
};

static void look(void *arg, const struct state_file *file)
{
	uint64_t serial = atomic_load(&file->enforced);
	int64_t at = atomic_load(&file->enforced_at);
	struct enforced *least = arg;

	if (serial < least->serial)
		least->serial = serial;
	if (at < least->at)
		least->at = at;
}

/* Returns the serial that is enforced; 0 when no resolver is there. */
static uint64_t find_enforced(struct writer *w)
{
	struct enforced least = { UINT64_MAX, INT64_MAX };

	if (state_each(w->hunt->options.store, look, &least, NULL) <= 0)
		return 0;
	w->hunt->followed = least.at;
	return least.serial;
}

/* Sets a name's word; between them nothing is settled. */
static void publish(struct asked *a, struct settled s)
{
	uint64_t version = (atomic_load(&a->word) >> 4) + 1;

	atomic_store(&a->word, version << 4 | UNSETTLED);
	atomic_store(&a->until, s.until);
	atomic_store(&a->word, (version + 1) << 4 | s.expected);
	a->now = s;
}

/* Serial 0: time alone did it; COMMITTED is when the resolver enforced last. */
static void remember(struct asked *a, uint64_t serial, int64_t committed,
		     int64_t enforced)
{
	a->past[a->pasts++ % PASTS] = (struct past){
		.serial = serial,
		.committed = committed,
		.enforced = enforced,
		.expected = a->now.expected,
	};
}

/* What time alone brings: orders that began or ended a while ago. */
static void follow_time(struct writer *w)
{
	struct hunt *h = w->hunt;
	int64_t now = clock_us();

	find_enforced(w);
	for (size_t i = 0; i < h->asked_count; i++) {
		struct asked *a = &h->asked[i];
		struct settled s;

		if (a->now.expected != UNSETTLED && now < a->now.until)
			continue;
		s = oracle_settle(h, &w->steps.model, a, now);
		if (s.expected == a->now.expected && s.until == a->now.until)
			continue;
		publish(a, s);
		pthread_mutex_lock(&h->lock);
		remember(a, 0, h->followed, now);
		pthread_mutex_unlock(&h->lock);
	}
}

/* Before a commit: names about which it says something else. Returns how many. */
static size_t unsettle(struct writer *w, uint64_t serial)
{
	struct hunt *h = w->hunt;
	int64_t now = clock_us();
	size_t changes = 0;

	for (size_t i = 0; i < h->asked_count; i++) {
		struct asked *a = &h->asked[i];
		struct settled s = oracle_settle(h, &w->steps.model, a, now);

		if (s.expected == a->now.expected && s.until == a->now.until)
			continue;
		publish(a, (struct settled){ .expected = UNSETTLED });
		/* What time is about to change is not looked for in the window. */
		atomic_store(&a->coming,
			     serial << 4 | (s.until < now ? UNSETTLED : s.expected));
		atomic_store_explicit(&h->recent[changes++ % RECENT], (uint32_t)i,
				      memory_order_relaxed);
	}
	return changes;
}

/* After a serial is enforced. */
static void settle(struct writer *w, uint64_t serial, int64_t committed)
{
	struct hunt *h = w->hunt;
	int64_t now = clock_us();

	pthread_mutex_lock(&h->lock);
	for (size_t i = 0; i < h->asked_count; i++) {
		struct asked *a = &h->asked[i];

		if (atomic_load(&a->coming) == 0)
			continue;
		atomic_store(&a->coming, 0);
		publish(a, oracle_settle(h, &w->steps.model, a, now));
		remember(a, serial, committed, now);
	}
	pthread_mutex_unlock(&h->lock);
}

static bool wait_enforced(struct writer *w, uint64_t serial)
{
	const struct options *o = &w->hunt->options;
	struct timespec tick = { .tv_nsec = 300000 };
	int64_t give_up = clock_us() + (int64_t)o->patience * 1000000;

	while (clock_us() < give_up) {
		if (find_enforced(w) >= serial)
			return true;
		nanosleep(&tick, NULL);
	}
	fprintf(stderr, "hunt: serial %llu is not enforced after %u s\n",
		(unsigned long long)serial, o->patience);
	return false;
}

/* The number of the order with these times, among those of this list. */
static uint32_t order_number(struct update *u, uint32_t *numbers,
			     const struct terms **known, size_t *count, uint16_t notice,
			     const struct terms *t)
{
	struct order order = {
		.notice = notice,
		.ede = EDE_CENSORED,
		.effective = t->effective,
		.expires = t->expires,
		.authority = span_of("an authority"),
	};
	size_t i = 0;

	while (i < *count &&
	       (known[i]->effective != t->effective || known[i]->expires != t->expires))
		i++;
	if (i == *count && i < ORDERS_MAX) {
		known[i] = t;
		numbers[i] = update_order(u, &order);
		++*count;
	}
	return (uint32_t)i;
}

/* All that FEED lists. */
static void fill_list(struct writer *w, unsigned feed, struct update *u,
		      uint16_t notice, struct list *list, uint32_t *numbers)
{
	static const struct terms *known[ORDERS_MAX]; /* there is one writer */
	struct hunt *h = w->hunt;
	size_t count = 0;

	for (size_t i = 0; i < h->listed_count; i++)
		for (unsigned scope = 0; scope < SCOPES; scope++) {
			const struct terms *t = &w->steps.model.feeds[feed][i][scope];

			if (t->there)
				list_add(list, &h->listed[i].name, scope, t->action,
					 order_number(u, numbers, known, &count, notice,
						      t),
					 &w->e);
		}
	list_sort(list);
}

/* Commits what the model says of FEED. */
static bool commit(struct writer *w, unsigned feed, struct update_result *result)
{
	AUTO(update) u = { 0 };
	AUTO(list) list = { 0 };
	static uint32_t numbers[ORDERS_MAX];
	struct notice n = { .name = span_of("default"), .ttl = 30 };
	struct update_about about = { .verb = span_of("compile"), .time = time(NULL) };
	struct update_from from = {
		.feed = span_of(feeds[feed]),
		.source = span_of("hunt"),
	};
	uint8_t number;
	uint16_t notice;

	notice_add(&n, "192.0.2.1");
	notice_add(&n, "2001:db8::1");
	update_begin(&u, &w->target, &w->e);
	unsettle(w, u.head.serial);
	notice = update_notice(&u, &n);
	number = update_feed(&u, from.feed);
	fill_list(w, feed, &u, notice, &list, numbers);
	update_compare(&u, number, &list, numbers, NULL);
	update_accept(&u, &from);
	if (update_commit(&u, &about, result) == 0)
		return true;
	fprintf(stderr, "hunt: %s\n", w->e.text);
	return false;
}

static void count_commit(struct commits *c, int64_t took)
{
	if ((c->took_count & (c->took_count - 1)) == 0) {
		size_t room = c->took_count == 0 ? 1 : c->took_count * 2;
		int64_t *more = realloc(c->took, room * sizeof(*more));

		if (more == NULL)
			return;
		c->took = more;
	}
	c->took[c->took_count++] = took;
}

static bool commit_and_settle(struct writer *w, unsigned feed)
{
	struct hunt *h = w->hunt;
	struct update_result result;
	int64_t committed;

	if (!commit(w, feed, &result))
		return false;
	committed = clock_us();
	if (result.committed) {
		atomic_store(&h->window_since, committed);
		atomic_store(&h->window_serial, result.serial);
		if (!wait_enforced(w, result.serial))
			return false;
		atomic_store(&h->window_serial, 0);
		count_commit(&w->commits, clock_us() - committed);
		w->commits.count++;
	} else {
		w->commits.unchanged++;
	}
	settle(w, result.serial, committed);
	return true;
}

/* Mostly none, sometimes long enough for what has a TTL of a second to expire. */
static void rest(struct writer *w)
{
	uint64_t n = dice_below(&w->steps.dice, 100);
	int64_t ms = n < 60 ? 0 : n < 98 ? (int64_t)n - 58 : (int64_t)n * 12;
	struct timespec pause = { ms / 1000, ms % 1000 * 1000000 };

	if (ms > 0 && !w->steps.calm)
		nanosleep(&pause, NULL);
}

void *writer_run(void *arg)
{
	struct writer *w = arg;
	struct hunt *h = w->hunt;

	if (target_open(&w->target, h->options.store, NULL, &w->e) != 0) {
		fprintf(stderr, "hunt: %s\n", w->e.text);
		atomic_store(&h->trouble, true);
	}
	while (!atomic_load(&h->stop) && !atomic_load(&h->trouble)) {
		follow_time(w);
		if (!commit_and_settle(w, steps_take(&w->steps)))
			atomic_store(&h->trouble, true);
		rest(w);
	}
	target_release(&w->target);
	return NULL;
}

/* The feeds in the order of their ranks, and one name of each. */
bool writer_begin(struct writer *w)
{
	bool good = true;

	if (target_open(&w->target, w->hunt->options.store, NULL, &w->e) != 0) {
		fprintf(stderr, "hunt: %s\n", w->e.text);
		return false;
	}
	for (unsigned feed = 0; feed < FEEDS && good; feed++) {
		w->steps.model.feeds[feed][feed][SCOPE_EXACT] =
			(struct terms){ .there = true, .action = ACTION_NOTICE };
		good = commit_and_settle(w, feed);
	}
	target_release(&w->target);
	return good;
}

struct writer *writer_new(struct hunt *h)
{
	struct writer *w = calloc(1, sizeof(*w));

	if (w != NULL) {
		w->hunt = h;
		w->target.lock = -1;
		if (steps_init(&w->steps, h))
			return w;
	}
	writer_free(w);
	return NULL;
}

void writer_free(struct writer *w)
{
	if (w == NULL)
		return;
	steps_release(&w->steps);
	free(w->commits.took);
	free(w);
}

struct commits *writer_commits(struct writer *w)
{
	return &w->commits;
}
