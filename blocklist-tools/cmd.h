// SPDX-License-Identifier: BSD-3-Clause
/* The verbs of the command: each is one row, defined in its own file and listed
 * in main.c. */
#ifndef PALANG_CMD_H
#define PALANG_CMD_H

#include "opt.h"

enum cmd_exit {
	CMD_OK = 0,
	CMD_FAILED = 1, /* or, of `query`, not blocked */
	CMD_USAGE = 2,  /* or, of `query`, an error */
};

struct cmd {
	const char *name;
	const char *synopsis; /* what follows the name: "[options] LIST..." */
	const char *summary;  /* one line, lower case, no full stop */
	const struct opt *opts;
	int operands_min, operands_max; /* max -1: any number */
	/* Called with the options parsed and the number of operands right;
	 * OPERANDS ends with NULL. Returns enum cmd_exit. */
	int (*run)(int count, char **operands);
};

extern const struct cmd cmd_allow, cmd_block, cmd_check, cmd_compact, cmd_compile;
extern const struct cmd cmd_completion, cmd_config, cmd_diff, cmd_doctor, cmd_due;
extern const struct cmd cmd_export, cmd_history, cmd_overrides, cmd_query, cmd_rollback;
extern const struct cmd cmd_set, cmd_stats, cmd_status, cmd_update, cmd_verify;
/* All of them, in the order of --help. */
extern const struct cmd *const cmd_all[];
extern const size_t cmd_count;

/* Prints "palang: TEXT" on standard error. */
void cmd_complain(const char *text);
/* The same, pointing to --help. Returns CMD_USAGE. */
int cmd_usage(const struct cmd *cmd, const char *text);

/* Whether TEXT, what an option was given, can be kept with a change: it is plain text
 * of 1 to 1000 bytes. If not, E says so of OPTION. Returns 0 or ERR_INPUT. */
int cmd_check_text(const char *option, const char *text, struct err *e);

/* The store's directory: STORE when given, else PALANG_STORE, else the default. */
const char *cmd_store(const char *store);

/* For target_open(): says that another palang writes in the store at PATH. */
void cmd_waiting(const char *path);

#endif
