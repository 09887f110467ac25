// SPDX-License-Identifier: BSD-3-Clause
/* The guards that a configuration asks for, and the ranked list of names that many
 * people use. */
#ifndef PALANG_GUARD_CONF_H
#define PALANG_GUARD_CONF_H

#include "conf.h"
#include "guard.h"
#include "list.h"

/* Protects the names of C and of its files, the hosts of notice pages and those that
 * lists come from. Returns 0, ERR_INPUT for a file with a line that is no name,
 * ERR_SYSTEM; guards_release() follows in either case. */
int guard_conf(struct guards *g, const struct conf *c, struct err *e);

/* Reads the ranked list at PATH: a name a line, the most popular first, with or without
 * "RANK," before it. What cannot be blocked anyway, as a top-level domain, is passed
 * over. Each item's order is its rank. Returns 0, ERR_INPUT or ERR_SYSTEM;
 * list_release() follows in either case. */
int popular_read(struct list *popular, const char *path, struct err *e);

#endif
