// SPDX-License-Identifier: BSD-3-Clause
/* What `palang update` says of its feeds. */
#ifndef PALANG_UPDATE_PRINT_H
#define PALANG_UPDATE_PRINT_H

#include <jansson.h>

#include "feed-update.h"

/* What became of a feed, in a line or a few, to standard error. */
void update_print_outcome(const struct outcome *o, const struct feed_state *state,
			  bool accepted);
/* The preview of a feed, to standard output. U is the update it was made in. */
void update_print_preview(struct update *u, const struct outcome *o);
/* All of it. */
json_t *update_json(struct update *u, const struct outcome *o, bool preview);

#endif
