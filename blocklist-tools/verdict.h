// SPDX-License-Identifier: BSD-3-Clause
/* The answer of `palang query` about one name: the verdict, all entries that bear
 * on it, and the same as text and as JSON. */
#ifndef PALANG_VERDICT_H
#define PALANG_VERDICT_H

#include "lookup.h"

/* More entries at a name and above it than this are counted, not shown. */
#define ANSWER_MATCHES_MAX 64

struct answer {
	struct reader *reader;
	struct name name;
	int64_t now;
	struct verdict verdict;
	struct match matches[ANSWER_MATCHES_MAX]; /* the most specific first */
	size_t count;                             /* of all, shown or not */
};

/* Finds the answer between reader_begin() and reader_end(); it and its printing
 * hold only between them. Returns as lookup(). */
int answer_find(struct answer *a, struct reader *r, const struct name *n, int64_t now,
		struct err *e);

/* Both print on standard output. */
void answer_print(const struct answer *a);
void answer_print_json(const struct answer *a);

#endif
