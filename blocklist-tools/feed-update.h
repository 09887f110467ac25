// SPDX-License-Identifier: BSD-3-Clause
/* The configured feeds in one update of the store: what each of them would change, and
 * whether its guards let it. A feed that fails or is held does not stop the others. All
 * lists are read before the store is opened to be written: nobody waits for a file. */
#ifndef PALANG_FEED_UPDATE_H
#define PALANG_FEED_UPDATE_H

#include "feed-list.h"
#include "feed-state.h"
#include "preview.h"

enum outcome_kind {
	FEED_UNCHANGED,
	FEED_CHANGED,
	FEED_HELD,   /* a guard stopped it: nothing of it is applied */
	FEED_FAILED, /* its list could not be read */
	FEED_DROPPED,
	OUTCOMES,
};
extern const char *const outcome_names[OUTCOMES];

struct outcome {
	struct feed_list list; /* its names only until they are taken */
	enum outcome_kind kind;
	struct update_counts counts;
	uint64_t max_added, max_removed; /* the window */
	char why[512];                   /* of FEED_HELD and FEED_FAILED */
	struct preview preview; /* filled when asked for, or for its popular names */
};

void outcome_release(struct outcome *o);

struct feed_update {
	struct update *update;
	const struct conf *conf;
	const struct guards *guards;
	struct feed_states *states;
	const struct list *popular; /* names that many use; or NULL */
	const char *accepted; /* why a change beyond the limits is taken; or NULL */
	bool preview;         /* nothing is applied */
};

/* Writes what the configuration says besides the lists: notices, settings, ranks and
 * flags of feeds. Errors are latched in the update. */
void feed_update_settings(struct feed_update *f);

/* Reads what FEED says now; outcome_release() follows. */
void feed_update_read(const struct feed_update *f, const struct conf_feed *feed,
		      struct outcome *o);

/* Takes what was read into the update, if its guards let it. *O says what became of it.
 * An error of the store is latched in the update. */
void feed_update_take(struct feed_update *f, struct outcome *o);

/* Takes all that the store has of FEED into the update: it is to go. Only its name is
 * asked for. Latches ERR_INPUT when the store has no such feed. */
void feed_update_drop(struct feed_update *f, const struct conf_feed *feed,
		      struct outcome *o);

/* Holds what looks like an accident, unless a reason is given to take it: a change
 * beyond the limits, a cut file, a list that was rolled back; and, whatever reason is
 * given, what would block a protected name. For feed_update_take(). */
void feed_guard(struct feed_update *f, struct outcome *o);

/* Says that the feed is not taken, and why. */
void outcome_stop(struct outcome *o, enum outcome_kind kind, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* True when an entry that comes would block what no list may: *RET_KEY, for *RET_WHY.
 * Guards are asked when a list is read; this asks them about what is to be applied. */
bool feed_update_guarded(struct update *u, const struct guards *g,
			 struct name *ret_name, enum refusal *ret_why);

#endif
