// SPDX-License-Identifier: BSD-3-Clause
/* The listed names above each of many that come in the order of their keys: so each
 * one's nearest listed ancestor is known without looking for it. */
#ifndef PALANG_LINEAGE_H
#define PALANG_LINEAGE_H

#include "bytes.h"
#include "name.h"

struct lineage {
	struct span last;
	size_t lengths[NAME_LABELS_MAX + 1]; /* of listed keys, the nearest last */
	unsigned count;
};

/* The length of KEY's nearest listed ancestor, or 0; KEY is then the last one, and
 * stays where it is until the next. Keys come in order, so an ancestor is the one
 * before or an ancestor of that. */
static inline size_t lineage_move(struct lineage *l, struct span key)
{
	size_t common = name_common(l->last.data, l->last.len, key.data, key.len);
	size_t above;

	while (l->count > 0 && l->lengths[l->count - 1] > common)
		l->count--;
	above = l->count > 0 ? l->lengths[l->count - 1] : 0;
	if (l->count <= NAME_LABELS_MAX)
		l->lengths[l->count++] = key.len;
	l->last = key;
	return above;
}

#endif
