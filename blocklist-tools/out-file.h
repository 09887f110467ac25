// SPDX-License-Identifier: BSD-3-Clause
/* A file that is there whole or as it was: written aside, then put in its place. */
#ifndef PALANG_OUT_FILE_H
#define PALANG_OUT_FILE_H

#include <stdbool.h>
#include <stdio.h>

#include "err.h"

struct out_file {
	FILE *to;
	const char *path; /* borrowed; NULL: standard output */
	char aside[1100]; /* empty: there is none */
};

/* Begins to write the file at PATH, or to standard output where PATH is NULL. Returns
 * 0, ERR_INPUT for a path of something else than a file, or ERR_SYSTEM. */
int out_file_open(struct out_file *o, const char *path, struct err *e);
/* Puts the file in its place, on the disk. Returns 0 or ERR_SYSTEM: then what was at
 * its place still is. */
int out_file_commit(struct out_file *o, struct err *e);
/* Drops what was not committed. */
void out_file_release(struct out_file *o);

#endif
