// SPDX-License-Identifier: BSD-3-Clause
/* The state of a resolver: a file beside the store that the module writes and
 * the command reads, both through a shared map. It holds what the resolver
 * enforces, and counters, one set for each of its threads, so that nobody ever
 * waits. No client address is in it, nor anything made from one.
 *
 * A resolver keeps its file locked (flock) as long as it lives: a file that can
 * be locked was left by one that is gone. */
#ifndef PALANG_STATE_H
#define PALANG_STATE_H

#include <stdatomic.h>

#include "entry.h"
#include "err.h"
#include "name.h"

#define STATE_FORMAT 2
#define STATE_PREFIX "resolver."

/* Orders beyond are counted together, as order 0. */
#define STATE_ORDERS 16384
/* Names asked for most: an approximation, one candidate a slot. */
#define STATE_TOP     512
#define STATE_TOP_KEY 244

/* A counter has one writer, its thread; readers see whole numbers. */
typedef _Atomic uint64_t counter;

static inline void count(counter *c)
{
	atomic_store_explicit(c, atomic_load_explicit(c, memory_order_relaxed) + 1,
			      memory_order_relaxed);
}

struct state_name {
	_Atomic uint32_t version; /* odd while it is being written */
	uint32_t hits;            /* at the least */
	uint16_t len;
	uint8_t key[STATE_TOP_KEY];
};

struct state_thread {
	counter queries;           /* client queries that reached the module */
	counter verdicts[ACTIONS]; /* by action; `pass` counts exempted names */
	counter errors;            /* look-ups that failed */
	counter failed_open;       /* queries let through without a look-up */
	counter failed_closed;     /* queries answered SERVFAIL without one */
	counter late;              /* answers caught on their way to a client after
				    * the name had been listed */
	counter exempted;          /* blocked names that an exempt client asked for */
	counter shadowed;          /* queries that a feed in shadow mode would have
				    * decided */
	counter targets;           /* blocked for the target of an alias */
	counter feeds[256];
	counter shadow_feeds[256]; /* of `shadowed`, which feed */
	counter orders[STATE_ORDERS];
	struct state_name top[STATE_TOP];
};

enum store_state { STORE_ABSENT, STORE_SERVING, STORE_BROKEN, STORE_STATES };
extern const char *const store_state_names[STORE_STATES];

struct state_file {
	uint8_t magic[8];
	uint32_t format;
	uint32_t threads;
	int64_t pid;
	int64_t started;             /* seconds since 1970-01-01 UTC */
	_Atomic uint32_t store;      /* enum store_state */
	_Atomic uint32_t on_error;   /* as the store last said */
	counter serial;              /* that answers follow */
	counter enforced;            /* of which the cache is clear, too */
	_Atomic int64_t enforced_at; /* microseconds since 1970-01-01 UTC */
	counter evicted;             /* messages dropped from the cache */
	counter eviction_us;         /* time that the last eviction took */
	char version[32];            /* of the module */
	char error[512];             /* why the store is not served, or empty */
	struct state_thread thread[];
};

struct state {
	struct state_file *file;
	size_t size;
	int fd; /* -1 as long as the state is in memory only */
	char path[1280];
};

/* Makes a state in memory. Returns 0 or ERR_SYSTEM. */
int state_init(struct state *s, unsigned threads, struct err *e);
/* Moves it into a file in the store's directory; goes on from the counters of a
 * file that the same process left at a reload, and removes the files of
 * resolvers that are gone. A resolver may be several processes, each with a file of its
 * own, whose `pid` and `started` are those of the first: what such a one counted that
 * is gone is added here. On failure the state stays in memory. */
int state_attach(struct state *s, const char *store, struct err *e);
void state_release(struct state *s);

/* Counts a hit of a name, if it is not too long to be kept. */
void state_top(struct state_thread *t, const uint8_t *key, size_t len);

/* Calls VISIT for each file of every resolver of the store that is alive. FILE is
 * a map that others write: valid during the call. Returns how many, or an error. */
typedef void state_visit(void *arg, const struct state_file *file);
int state_each(const char *store, state_visit *visit, void *arg, struct err *e);

#endif
