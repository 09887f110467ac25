// SPDX-License-Identifier: BSD-3-Clause
/* Command line options: a table that parses and prints --help. */
#ifndef PALANG_OPT_H
#define PALANG_OPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "err.h"

/* What an option that may be given many times was given. */
#define OPT_STRINGS_MAX 64
struct opt_strings {
	size_t count;
	const char *at[OPT_STRINGS_MAX];
};

enum opt_type {
	OPT_END,
	OPT_FLAG,
	OPT_STRING,
	OPT_STRINGS,
	OPT_NUMBER,
	OPT_WORD,
};

struct opt {
	enum opt_type type;
	char letter;      /* 0: none */
	const char *name; /* without the dashes */
	const char *arg;  /* how --help calls the argument */
	union {
		bool *flag;
		const char **string;
		struct opt_strings *strings;
		uint32_t *number;
		int *word; /* index of the word */
	} to;
	const char *help;
	uint32_t min, max;        /* OPT_NUMBER */
	const char *const *words; /* OPT_WORD: `max` of them */
};

// clang-format off
/* Rows of a table. A letter of 0 leaves only the long form. */
#define FLAG(letter, name, to, help)                                                   \
	{ OPT_FLAG, letter, name, NULL, { .flag = to }, help, 0, 0, NULL }
#define STRING(letter, name, arg, to, help)                                            \
	{ OPT_STRING, letter, name, arg, { .string = to }, help, 0, 0, NULL }
#define STRINGS(letter, name, arg, to, help)                                           \
	{ OPT_STRINGS, letter, name, arg, { .strings = to }, help, 0, 0, NULL }
#define NUMBER(letter, name, arg, to, min, max, help)                                  \
	{ OPT_NUMBER, letter, name, arg, { .number = to }, help, min, max, NULL }
#define WORD(letter, name, arg, to, words, count, help)                                \
	{ OPT_WORD, letter, name, arg, { .word = to }, help, 0, count, words }
#define OPTS_END                                                                       \
	{ OPT_END, 0, NULL, NULL, { .flag = NULL }, NULL, 0, 0, NULL }
// clang-format on

/* Reads the options of ARGV (ARGV[0] is passed over) into what OPTS, which may be
 * NULL, points to; --help and -h into *HELP. Operands may stand between options;
 * they are moved to the end of ARGV and *RET_FIRST is the first of them. Returns
 * 0 or ERR_INPUT. */
int opt_parse(const struct opt *opts, int argc, char **argv, bool *help, int *ret_first,
	      struct err *e);

/* Prints the table, --help included. */
void opt_print(FILE *to, const struct opt *opts);

#endif
