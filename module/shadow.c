// SPDX-License-Identifier: BSD-3-Clause
/* What feeds in shadow mode would have done. Workers note it, the maintenance
 * thread logs it: a look at a log file never waits for a disk in a worker. */
#include "palang.h"

#include <string.h>
#include <time.h>

/* Lines a second; the rest is counted. */
#define LINES_A_SECOND 50

void shadow_note(struct seat *seat, const struct name *name, const struct match *m)
{
	struct shadow_ring *ring = &seat->shadow;
	uint32_t at = atomic_load_explicit(&ring->written, memory_order_relaxed);
	struct shadow_hit *hit = &ring->hits[at % SHADOW_RING];

	if (at - atomic_load_explicit(&ring->read, memory_order_acquire) ==
	    SHADOW_RING) {
		atomic_fetch_add_explicit(&ring->lost, 1, memory_order_relaxed);
		return;
	}
	hit->feed = m->entry.feed;
	hit->action = m->entry.action;
	hit->len = name->len;
	memcpy(hit->key, name->key, name->len);
	atomic_store_explicit(&ring->written, at + 1, memory_order_release);
}

/* A feed's name is what somebody typed: nothing of it shall end a line. */
static void copy_clean(char *to, size_t room, struct span name)
{
	size_t len = name.len < room - 1 ? name.len : room - 1;

	for (size_t i = 0; i < len; i++)
		to[i] = name.data[i] < 0x20 || name.data[i] == 0x7f
				? '?'
				: (char)name.data[i];
	to[len] = '\0';
}

static void log_hit(struct palang *p, struct reader *r, const struct shadow_hit *hit)
{
	char name[NAME_TEXT_MAX], feed[256];
	struct feed f = { 0 };
	bool known;

	if (reader_begin(r, NULL) != 0)
		return;
	known = reader_feed(r, hit->feed, &f, NULL) == 0;
	if (known)
		copy_clean(feed, sizeof(feed), f.name);
	reader_end(r);
	/* No longer in the store, which may be cut short: nobody is left held. */
	if (known && hold_worker(p)) {
		log_info("palang: feed '%s' in shadow mode: %s for %s", feed,
			 action_names[hit->action],
			 name_to_text(name, hit->key, hit->len));
		release_worker(p);
	}
}

/* Begins another second's allowance; says what the last one had no room for. */
static void begin_second(struct palang *p, int64_t now)
{
	if (p->shadow_skipped > 0 && hold_worker(p)) {
		log_info("palang: feeds in shadow mode: %u more, not logged",
			 p->shadow_skipped);
		release_worker(p);
	}
	p->shadow_second = now;
	p->shadow_logged = p->shadow_skipped = 0;
}

struct logging {
	struct palang *p;
	struct reader *reader;
};

static void log_rings(void *arg)
{
	struct logging *w = arg;
	struct palang *p = w->p;

	for (unsigned i = 0; i < p->workers; i++) {
		struct shadow_ring *ring = &p->seats[i].shadow;
		uint32_t at = atomic_load(&ring->read);
		uint32_t end =
			atomic_load_explicit(&ring->written, memory_order_acquire);

		for (; at != end; at++) {
			if (p->shadow_logged < LINES_A_SECOND) {
				p->shadow_logged++;
				log_hit(p, w->reader, &ring->hits[at % SHADOW_RING]);
			} else {
				p->shadow_skipped++;
			}
		}
		atomic_store_explicit(&ring->read, at, memory_order_release);
		p->shadow_skipped += atomic_exchange(&ring->lost, 0);
	}
}

void shadow_log(struct palang *p, struct opened *o)
{
	struct logging w = { p, &o->readers[p->workers] };
	int64_t now = time(NULL);

	if (now != p->shadow_second)
		begin_second(p, now);
	fault_guarded(o, log_rings, &w);
}
