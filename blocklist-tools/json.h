// SPDX-License-Identifier: BSD-3-Clause
/* JSON on standard output. */
#ifndef PALANG_JSON_H
#define PALANG_JSON_H

#include <jansson.h>

#include "order.h"

/* Prints OBJECT on one line and releases it; without memory the command ends with
 * a message: half an answer is worse than none. */
void json_print(json_t *object);

/* A time as text; null for one that is not said. */
json_t *json_time(int64_t at);
/* A text, in which what is not printable is escaped; null for an empty one. */
json_t *json_span(struct span text);
/* The dates and texts of an order. */
json_t *json_order(const struct order *o);

#endif
