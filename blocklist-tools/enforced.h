// SPDX-License-Identifier: BSD-3-Clause
/* Waiting until resolvers enforce a serial. */
#ifndef PALANG_ENFORCED_H
#define PALANG_ENFORCED_H

#include <stdint.h>

/* Waits until every running resolver of the store enforces SERIAL, at most ten
 * seconds, and says on standard error how long that took, or which did not. Says
 * nothing when there is no resolver. */
void enforced_wait(const char *store, uint64_t serial);

#endif
