// SPDX-License-Identifier: BSD-3-Clause
/* JSON on standard output. */
#ifndef PALANG_JSON_H
#define PALANG_JSON_H

#include <jansson.h>

/* Prints OBJECT on one line and releases it; without memory the command ends with
 * a message: half an answer is worse than none. */
void json_print(json_t *object);

#endif
