// SPDX-License-Identifier: BSD-3-Clause
/* What the target itself thinks of a question: by its own reader, of the same store. */
#ifndef PALANG_QUERY_OPINION_H
#define PALANG_QUERY_OPINION_H

#include "query_input.h"

/* What the store says about a question of a client. */
struct opinion {
	bool known; /* else the store is damaged there */
	bool blocked, target, exempt, structured;
	bool noticed; /* NOTICE is what the order says, or the default */
	struct verdict v;
	struct notice notice;
};

/* Fills O when A's answer is made; stop_thinking() ends the reading. */
void think_of(struct opinion *o, const struct asked *a);
void stop_thinking(void);
/* Whether structured errors go out, while O is thought of. */
enum structured opinion_structured(void);

/* What the module came back from last, and the world's answer as it found it. */
extern enum module_ev last_event;
extern const struct reply_info *truth;
extern int truth_rcode;

#endif
