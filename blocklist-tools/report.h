// SPDX-License-Identifier: BSD-3-Clause
/* What became of a list, counted so that the sums add up:
 *
 *   lines = skipped + content
 *   names = accepted + local + joined + lifted + all of refused
 *
 * A name is one name of a line, one row of a CSV file, one record of a zone, one
 * address of an entry in a document. */
#ifndef PALANG_REPORT_H
#define PALANG_REPORT_H

#include <stdint.h>
#include <stdio.h>

#include "bytes.h"
#include "err.h"
#include "refusal.h"

/* One refusal. The texts are valid during the call only and safe to print. */
struct refused {
	const char *list;
	uint64_t line; /* the row's first one, from 1 */
	enum refusal why;
	const char *text; /* the refused name or field, at most 207 bytes */
	uint64_t nth;     /* of this reason in this list, from 1 */
};

struct report {
	const char *list;   /* as messages call it; borrowed */
	const char *format; /* "domains", ...; NULL when it did not come that far */
	uint8_t digest[32]; /* SHA-256 of the list; zero unless all of it was read */
	uint64_t bytes;

	uint64_t lines;
	uint64_t skipped; /* blank, comment and header lines */
	uint64_t content;

	uint64_t names;
	uint64_t accepted; /* handed on */
	uint64_t local;    /* localhost and the like in a hosts file: passed over */
	uint64_t joined;   /* part of an entry that was counted, as *.NAME of NAME */
	uint64_t lifted;   /* blocked, and unblocked further down in the list */
	uint64_t refused[REFUSALS];

	bool unterminated;   /* the last line has no end: perhaps a cut download */
	uint64_t starred;    /* accepted with the scope of `*.name` */
	uint64_t odd_idn;    /* accepted with a warning (domain.h) */
	uint64_t duplicates; /* of those accepted; filled in by who sorts them */

	uint64_t malformed_max; /* parts of a hundred thousand; 0: 1 % */

	/* Called for each refusal where not NULL. */
	void (*on_refused)(void *arg, const struct refused *r);
	void *arg;
};

/* Counts a refusal in LINE and hands it on. */
void report_refuse(struct report *r, uint64_t line, enum refusal why, struct span text);

uint64_t report_refused(const struct report *r);

/* Whether what was read is a list at all. ERR_INPUT when malformed names are more
 * than `malformed_max` of all and at least 10, or when none was accepted; then the
 * message says what most of them were refused for. */
int report_verdict(const struct report *r, struct err *e);

/* "LIST:LINE: why: 'text'" */
void report_print_refused(FILE *to, const struct refused *r);
/* The counts, in a few lines. */
void report_print(FILE *to, const struct report *r);

#endif
