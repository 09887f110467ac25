// SPDX-License-Identifier: BSD-3-Clause
/* Points in time as lists and commands write them. */
#ifndef PALANG_DATE_H
#define PALANG_DATE_H

#include <stdbool.h>
#include <stdint.h>

#include "bytes.h"

/* ISO 8601: 2026-11-23 (the first second of that day, UTC), or
 * 2026-11-23T10:00:00 with Z or an offset such as +07:00. Only dates after
 * 1970-01-01T00:00:00Z, whose number 0 stands for "not said". */
bool date_parse(struct span text, int64_t *ret_seconds);

/* "2026-11-23T10:00:00Z" in TEXT; NULL for 0, a time that is not said. */
#define DATE_TEXT 32
const char *date_text(char text[static DATE_TEXT], int64_t at);

#endif
