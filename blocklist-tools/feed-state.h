// SPDX-License-Identifier: BSD-3-Clause
/* What became of each feed when it was read last: a small file beside the store,
 * written whole. It is not in the store, in which nothing changes when a list does
 * not. */
#ifndef PALANG_FEED_STATE_H
#define PALANG_FEED_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "err.h"

#define FEED_STATE_FILE "feeds.json"

struct feed_state {
	char name[256];
	int64_t tried;     /* when it was read last; 0: never */
	int64_t good;      /* when it was read last and taken */
	int64_t written;   /* when what was taken had been written */
	bool held;         /* a guard held it then */
	bool unterminated; /* the last line of what was taken had no end */
	uint64_t refused;  /* names and rows of what was taken */
	char digest[65];   /* SHA-256 of what was taken */
	char error[512];   /* why it was not taken the last time, or empty */
};

struct feed_states {
	struct feed_state *at;
	unsigned count;
};

/* Reads the file beside the store in directory STORE; none is no error. Returns 0,
 * ERR_SYSTEM, or ERR_DAMAGED; feed_states_release() follows in either case. */
int feed_states_load(struct feed_states *s, const char *store, struct err *e);
int feed_states_save(const struct feed_states *s, const char *store, struct err *e);
void feed_states_release(struct feed_states *s);

/* The state of the feed NAME, or NULL. Valid until one is added. */
struct feed_state *feed_state_find(const struct feed_states *s, const char *name);
/* The same; made where there is none. NULL without memory. */
struct feed_state *feed_state_of(struct feed_states *s, const char *name);
/* Takes it out. */
void feed_state_drop(struct feed_states *s, const char *name);

#endif
