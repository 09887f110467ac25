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

/* Where the clock stands that a list's times without a zone are read from. It is the
 * authority's own, and this is the only rule about such times. */
enum date_place {
	DATE_UTC,
	DATE_WARSAW, /* UTC+1, in summer UTC+2 by the rule of the European Union */
	DATE_MOSCOW, /* UTC+3 */
};

/* As date_parse(), but a blank may stand for the T, a fraction of a second is cut off,
 * and a time without a zone is that of PLACE. In the hour that comes twice in autumn
 * it is the earlier one. */
bool date_parse_at(struct span text, enum date_place place, int64_t *ret_seconds);

/* 23/11/2026: the first second of that day, UTC. */
bool date_parse_day_first(struct span text, int64_t *ret_seconds);

/* "2026-11-23T10:00:00Z" in TEXT; NULL for 0, a time that is not said. */
#define DATE_TEXT 32
const char *date_text(char text[static DATE_TEXT], int64_t at);

#endif
