// SPDX-License-Identifier: BSD-3-Clause
/* What a changeset would do, in a form that a person can judge: examples of what comes
 * and goes, the popular names that it blocks, the orders that it is about. */
#ifndef PALANG_PREVIEW_H
#define PALANG_PREVIEW_H

#include "update.h"

#define PREVIEW_EXAMPLES 10
#define PREVIEW_ORDERS   10

/* A random choice of names, each as likely as any other. */
struct preview_examples {
	uint64_t seen;
	unsigned count;
	char at[PREVIEW_EXAMPLES][256];
};

struct preview_hit {
	uint32_t rank;
	char popular[256]; /* the name that many use */
	char entry[256];   /* what would block it */
};

struct preview_order {
	uint32_t number; /* of the store */
	uint64_t come, gone;
};

struct preview {
	const struct list *popular; /* sorted, ranks as orders; or NULL */
	struct preview_examples added, removed, changed;
	uint64_t hits; /* popular names that would be blocked */
	unsigned hit_count;
	struct preview_hit best[PREVIEW_EXAMPLES]; /* the most popular of them */
	uint64_t order_changes;                    /* of orders beyond those */
	unsigned order_count;
	struct preview_order orders[PREVIEW_ORDERS];
	uint64_t random;
};

void preview_init(struct preview *p, const struct list *popular);

/* Takes in one change; a journal_visit. Always true. */
bool preview_visit(void *preview, const struct change *change);

/* The same for a first load, whose changes are LIST; NUMBERS maps its orders' numbers
 * to the store's. */
void preview_list(struct preview *p, const struct list *list, const uint32_t *numbers);

#endif
