// SPDX-License-Identifier: BSD-3-Clause
/* The writer's steps: how the feeds change from one commit to the next. */
#ifndef PALANG_HUNT_STEPS_H
#define PALANG_HUNT_STEPS_H

#include "hunt.h"

/* Earlier states of a feed, to roll back to. */
#define KEPT 8

struct steps {
	struct hunt *hunt;
	struct model model;
	struct terms (*kept[FEEDS][KEPT])[SCOPES];
	unsigned kept_count[FEEDS];
	int64_t effective, expires; /* of what is listed next; 0 where not said */
	int64_t next_times;
	bool calm; /* one name a commit, and no rest between commits */
	struct dice dice;
};

bool steps_init(struct steps *s, struct hunt *h);
void steps_release(struct steps *s);
/* Changes one feed of the model, and returns which. */
unsigned steps_take(struct steps *s);

#endif
