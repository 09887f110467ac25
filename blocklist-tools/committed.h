// SPDX-License-Identifier: BSD-3-Clause
/* What a command says of its commit. */
#ifndef PALANG_COMMITTED_H
#define PALANG_COMMITTED_H

#include "update.h"

/* Prints on standard error, in a line, what R's serial changed, or that nothing was to
 * change. AS is the serial that a rollback went back to, else 0. */
void committed_print(const struct update_result *r, uint64_t as);

#endif
