// SPDX-License-Identifier: BSD-3-Clause
/* What `palang doctor` found: sentences, each with the line to change or the command
 * to run, if there is one. */
#ifndef PALANG_FINDING_H
#define PALANG_FINDING_H

#include <stddef.h>

#include "conffile.h"

/* In the order in which they are printed. */
enum level { LEVEL_ERROR, LEVEL_WARNING, LEVEL_NOTE, LEVEL_OK, LEVELS };
extern const char *const level_names[LEVELS];

struct finding {
	enum level level;
	const char *check; /* a word that does not change: row of the table of checks */
	char text[1024];
	char change[768]; /* line of a configuration, or command; empty: none */
	char where[4200]; /* FILE:LINE or FILE of a line; empty for a command */
};

struct findings {
	struct finding *at;
	size_t count;
	const char *check; /* of the findings that are added */
	struct finding spare;
};

/* Adds one. Never returns NULL: without memory it is the spare one, which is lost. */
struct finding *finding_add(struct findings *f, enum level level, const char *format,
			    ...) __attribute__((format(printf, 3, 4)));
/* The line to write in place of OLD, or, where OLD is NULL, into FILE. */
void finding_change(struct finding *f, const struct conf_setting *old, const char *file,
		    const char *format, ...) __attribute__((format(printf, 4, 5)));
/* The command to run. */
void finding_run(struct finding *f, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

size_t findings_count(const struct findings *f, enum level level);
/* The gravest first; otherwise as they were added. */
void findings_sort(struct findings *f);
void findings_print(const struct findings *f);
void findings_print_json(const struct findings *f);
void findings_release(struct findings *f);

#endif
