// SPDX-License-Identifier: BSD-3-Clause
/* What is allowed and blocked by hand: entries of a feed of its own, FEED_OVERRIDE,
 * which comes before all others. A name has one such entry at most. */
#ifndef PALANG_OVERRIDE_H
#define PALANG_OVERRIDE_H

#include "conf.h"
#include "guard.h"
#include "lookup.h"
#include "update.h"

/* What is to be done with each name. */
struct override {
	bool allow;  /* else block */
	bool remove; /* take it back */
	bool accept_protected;
	uint8_t scope, action;
	struct order order; /* of what is made; the notice is found here */
	struct span notice; /* name of its notice */
	struct span reason; /* for the journal */
	const struct guards *guards;
};

struct override_name {
	struct name name;
	uint8_t scope;
	/* What was found, for messages. */
	bool blocked;  /* it is now */
	bool replaced; /* an entry by hand was there, */
	struct entry was;
};

/* Reads TEXT, which may begin with `*.` for a block. Returns 0, or ERR_INPUT for what
 * is no name, and for one that the guards do not let be blocked. */
int override_name(const struct override *o, struct override_name *n, const char *text,
		  struct err *e);

/* Does it with all COUNT names, or with none. Returns 0; ERR_INPUT when there is
 * nothing to take back, or a name may not be allowed; or an error of the store. */
int override_apply(const struct override *o, struct override_name *names, int count,
		   struct target *to, struct update_result *result, struct err *e);

/* "2d", "12h", or a date: when that is, seen from NOW. False when it is neither, or not
 * in the future. */
bool override_until(const char *text, int64_t now, int64_t *ret_until);

#endif
