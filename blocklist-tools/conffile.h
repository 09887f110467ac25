// SPDX-License-Identifier: BSD-3-Clause
/* Where in Unbound's configuration an option is set: the lines of a file and of all
 * that it includes. What an option's value is, unbound-checkconf says; this says in
 * which file and line it stands, and which clauses there are. */
#ifndef PALANG_CONFFILE_H
#define PALANG_CONFFILE_H

#include <stddef.h>

#include "err.h"

struct conf_setting {
	char *clause; /* "server"; "" before the first */
	char *key;    /* without the colon; "" for the line that begins a clause */
	char *value;  /* all words after it, one blank between, without quotes */
	char *file;
	unsigned line;
};

struct conf {
	struct conf_setting *at;
	size_t count;
	char *directory; /* the option: what follows is included from there */
};

/* Reads PATH and what it includes. Settings read before an error stay. Returns 0 or
 * ERR_SYSTEM for a file that cannot be read. */
int conf_read(struct conf *c, const char *path, struct err *e);
void conf_release(struct conf *c);

/* The last setting of KEY in a clause CLAUSE whose value is VALUE; without one, or with
 * VALUE NULL, the last setting of it; NULL when there is none. */
const struct conf_setting *conf_find(const struct conf *c, const char *clause,
				     const char *key, const char *value);

/* How many clauses of that name there are. */
size_t conf_clauses(const struct conf *c, const char *clause);

#endif
