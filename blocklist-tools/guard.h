// SPDX-License-Identifier: BSD-3-Clause
/* Guards: names that no list may block, whatever it says.
 *
 * A protected name protects itself, all names above it and all below: blocking one
 * above would take it down, and one below is a part of it. So do the operator's own
 * hosts: those of notice pages, which blocked users are sent to, and those that lists
 * come from. Public suffixes stand for themselves only.
 *
 * An entry that never blocks (action `pass`) may name what is protected. */
#ifndef PALANG_GUARD_H
#define PALANG_GUARD_H

#include "entry.h"
#include "refusal.h"
#include "suffix.h"

struct guard_row {
	uint32_t at; /* of its key in `keys` */
	uint16_t len;
	uint8_t why; /* enum refusal */
};

struct guards {
	struct suffixes suffixes;
	struct guard_row *rows; /* after guards_seal(): sorted, none below another */
	size_t count, room;
	uint8_t *keys;
	size_t used, keys_room;
	uint64_t *heads; /* one bit for the hash of each row's first labels */
	uint32_t heads_mask;
	unsigned head_labels;
};

/* Loads the public suffixes (suffixes_load()); nothing is protected yet. Returns 0 or
 * ERR_SYSTEM; guards_release() follows in either case. */
int guards_load(struct guards *g, const char *suffixes, struct err *e);
void guards_release(struct guards *g);

/* Protects N. WHY is what an entry that touches it is refused for: REFUSED_PROTECTED or
 * REFUSED_OWN_HOST. Returns 0, or ERR_SYSTEM without memory. */
int guards_add(struct guards *g, const struct name *n, enum refusal why, struct err *e);
/* After the last guards_add(), if there was any, and before the first question.
 * Returns 0, or ERR_SYSTEM without memory. */
int guards_seal(struct guards *g, struct err *e);

/* Why an entry of N with this action is refused, or REFUSED_NOT. */
enum refusal guards_judge(const struct guards *g, const struct name *n,
			  enum action action);
/* The key of the protected name that N is, is above or is below; empty when none. */
struct span guards_by(const struct guards *g, const struct name *n);

#endif
