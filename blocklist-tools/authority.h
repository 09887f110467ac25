// SPDX-License-Identifier: BSD-3-Clause
/* The authorities that a feed may speak for. */
#ifndef PALANG_AUTHORITY_H
#define PALANG_AUTHORITY_H

#include "bytes.h"

struct authority {
	struct span name;
};

struct authorities {
	const struct authority *at; /* the first is the feed's default */
	size_t count;
};

/* The one of that name, or NULL. */
const struct authority *authorities_find(const struct authorities *a, struct span name);

#endif
