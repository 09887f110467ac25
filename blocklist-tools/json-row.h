// SPDX-License-Identifier: BSD-3-Clause
/* An object of a JSON list whose members are the columns of CSV lists. */
#ifndef PALANG_JSON_ROW_H
#define PALANG_JSON_ROW_H

#include <jansson.h>

#include "csv-row.h"

/* Reads OBJECT, which is in LINE, into ROW and hands it on, or counts why it is
 * refused. Returns 0, an error of the sink, or ERR_INPUT for a member that is no
 * column. */
int json_row_take(struct reading *r, struct csv_row *row, const json_t *object,
		  uint64_t line, struct err *e);

#endif
