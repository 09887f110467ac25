// SPDX-License-Identifier: BSD-3-Clause
/* One line on a terminal that tells how far long work has come; nothing where
 * standard error is not a terminal. */
#ifndef PALANG_PROGRESS_H
#define PALANG_PROGRESS_H

#include <stdint.h>

/* Cheap enough to be called for every name: shows "WHAT: DONE" now and then. */
void progress(const char *what, uint64_t done);
/* Shows WHAT alone, at once. */
void progress_phase(const char *what);
/* Clears the line. */
void progress_end(void);

#endif
