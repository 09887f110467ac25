// SPDX-License-Identifier: BSD-3-Clause
/* Waiting until resolvers enforce a serial. */
#ifndef PALANG_ENFORCED_H
#define PALANG_ENFORCED_H

#include <stdint.h>

/* Now, for enforced_wait(): milliseconds of a clock that nobody sets. */
long long enforced_clock(void);

/* Waits until every running resolver of the store enforces SERIAL, which was
 * committed at COMMITTED by enforced_clock(), at most ten seconds, and says on
 * standard error how long that took, or which did not. Says nothing when there is
 * no resolver. */
void enforced_wait(const char *store, uint64_t serial, long long committed);

/* What enforced_within() returns besides milliseconds. */
enum enforced {
	ENFORCED_NOT = -1,    /* not all resolvers do */
	ENFORCED_NOBODY = -2, /* there is no resolver */
};

/* The same for a command whose exit status tells, at most PATIENCE_MS: says, too, when
 * there is no resolver. Returns after how many milliseconds they all do, or one of enum
 * enforced. *RET_ALIVE is how many resolvers there are. */
long long enforced_within(const char *store, uint64_t serial, long long committed,
			  long long patience_ms, int *ret_alive);

#endif
