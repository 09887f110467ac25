// SPDX-License-Identifier: BSD-3-Clause
/* The authorities that a feed may speak for, and what holds of their orders where a
 * list does not say. */
#ifndef PALANG_AUTHORITY_H
#define PALANG_AUTHORITY_H

#include "bytes.h"

struct authority {
	struct span name;
	struct span basis, contact, appeal, language; /* empty: not said */
	struct span notice; /* name of a notice in the store; empty: the default one */
	uint16_t ede;       /* 0: not said */
};

struct authorities {
	const struct authority *at; /* the first is the feed's default */
	size_t count;
};

/* The one of that name, or NULL. */
const struct authority *authorities_find(const struct authorities *a, struct span name);

#endif
