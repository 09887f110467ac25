// SPDX-License-Identifier: BSD-3-Clause
/* What was: changes of the journal, and entries with the times between which they
 * counted, as text and as JSON. */
#ifndef PALANG_PAST_PRINT_H
#define PALANG_PAST_PRINT_H

#include "changeset.h"
#include "json.h"
#include "past.h"

/* When a serial was committed; 0 when the journal does not say. */
int64_t serial_time(struct reader *r, uint64_t serial);

/* Prints a line for each entry that goes or comes: "- a.example (subtree, notice)". */
void change_print(const struct change *change);

/* Prints "SIGN NAME (SCOPE, ACTION), feed 'F', AUTHORITY, ORDER" without the end of
 * the line. */
void entry_print(struct reader *r, char sign, struct span key, const struct entry *e);
/* The same as an object: name, scope, action, feed, authority, order. */
json_t *entry_json(struct reader *r, struct span key, const struct entry *e);

/* What a name and those above it were listed with, the nearest name first: "was" lines
 * in the form of `palang query`. Returns how many, or an error. */
int past_print(struct reader *r, const struct name *n, struct err *e);
/* The same as a list of objects. */
json_t *past_json(struct reader *r, const struct name *n);

#endif
