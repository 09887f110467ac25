// SPDX-License-Identifier: BSD-3-Clause
/* What /proc tells of a running Unbound. */
#ifndef PALANG_PROCESS_H
#define PALANG_PROCESS_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

struct process {
	long pid; /* 0: none */
	bool alive;
	char exe[64];          /* a path that opens its program, also a replaced one */
	bool sees_exe;         /* and whether this user may */
	bool is_unbound;       /* its program is called so, and is not what runs it */
	char config[PATH_MAX]; /* of -c, from the root; empty without -c, or when it
				* cannot be told from which directory it was given */
	bool config_relative;  /* it was given from the directory of the start */
	bool sees_environ;
	bool has_store;       /* PALANG_STORE is set and not empty */
	char store[PATH_MAX]; /* its value: a path inside a chroot */
};

/* Reads what there is to read about process PID. */
void process_read(struct process *p, long pid);

/* The argument of -c in LEN bytes of words, each ended by 0, as in cmdline; NULL when
 * there is none. Exported for its test. */
const char *process_find_config(const char *words, size_t len);

#endif
