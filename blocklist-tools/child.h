// SPDX-License-Identifier: BSD-3-Clause
/* Runs another program to its end, or to a deadline, and keeps what it said. There
 * is no shell in between. */
#ifndef PALANG_CHILD_H
#define PALANG_CHILD_H

#include <limits.h>
#include <stdbool.h>

#include "err.h"

/* What is said beyond is not kept. */
#define CHILD_TEXT_MAX 65536

struct child {
	char *out, *talk; /* standard output and standard error, terminated */
	int status;       /* exit status; -1 when it was ended by a signal */
};

/* Runs the program ARGV[0], a path, with ARGV, which ends with NULL. Returns 0 when
 * it ended by itself, whatever its status; ERR_SYSTEM when it could not be started or
 * was killed because it did not end within TIMEOUT_MS. */
int child_run(struct child *c, const char *const argv[], int timeout_ms, struct err *e);
void child_release(struct child *c);

/* Finds a program as a shell would, and where only root's shell looks: in PATH, then in
 * /usr/local/sbin, /usr/sbin and /sbin. One with a slash is taken as it is. Returns
 * false when there is no such program. */
bool child_find(char path[static PATH_MAX], const char *program);

#endif
