// SPDX-License-Identifier: BSD-3-Clause
/* What of lists was refused, grouped by reason: a report to send back to who made
 * them. Filled while lists are read, printed once. */
#ifndef PALANG_REFUSALS_H
#define PALANG_REFUSALS_H

#include <stdio.h>

#include "report.h"

enum refusals_format { REFUSALS_TEXT, REFUSALS_JSON, REFUSALS_CSV, REFUSALS_FORMATS };
extern const char *const refusals_format_names[REFUSALS_FORMATS];

struct refusals_row {
	uint64_t line;
	size_t at;     /* of its text in `texts` */
	uint32_t list; /* index of `lists` */
	uint32_t why;  /* enum refusal */
};

struct refusals_list {
	size_t at; /* of its name in `texts` */
	struct report
		report; /* once it was read; its pointers are not to be followed */
	const char *format;
	bool usable;
};

struct refusals {
	struct refusals_row *rows;
	size_t count, rows_room;
	struct refusals_list *lists;
	size_t list_count, lists_room;
	char *texts; /* each closed by a NUL */
	size_t used, texts_room;
	bool open;   /* the last list is still being read */
	bool failed; /* without memory */
};

void refusals_release(struct refusals *all);

/* Keeps a refusal. */
void refusals_add(struct refusals *all, const struct refused *r);
/* A list was read, or, where it is not USABLE, refused as a whole. */
void refusals_end_list(struct refusals *all, const struct report *report, bool usable);

/* Prints all of it. Returns 0, or ERR_SYSTEM when there was no memory for all of it or
 * TO, which messages call NAME, cannot be written. */
int refusals_print(const struct refusals *all, enum refusals_format format, FILE *to,
		   const char *name, struct err *e);

#endif
