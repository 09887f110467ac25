// SPDX-License-Identifier: BSD-3-Clause
/* One row of a CSV list and what it means. */
#ifndef PALANG_CSV_ROW_H
#define PALANG_CSV_ROW_H

#include "format.h"

#define CSV_FIELD_MAX ORDER_FIELD_MAX

/* X(constant, name in the header row) */
#define CSV_COLUMNS_TABLE(X)                                                           \
	X(DOMAIN, "domain")                                                            \
	X(SCOPE, "scope")                                                              \
	X(ACTION, "action")                                                            \
	X(AUTHORITY, "authority")                                                      \
	X(CATEGORY, "category")                                                        \
	X(ORDER, "order")                                                              \
	X(BASIS, "basis")                                                              \
	X(REASON, "reason")                                                            \
	X(ISSUED, "issued")                                                            \
	X(EFFECTIVE, "effective")                                                      \
	X(EXPIRES, "expires")                                                          \
	X(NOTICE, "notice")                                                            \
	X(CONTACT, "contact")                                                          \
	X(LANGUAGE, "language")                                                        \
	X(EDE, "ede")                                                                  \
	X(REVIEW, "review")                                                            \
	X(APPEAL, "appeal")                                                            \
	X(SECOND_REASON, "second-reason")                                              \
	X(SECOND_LANGUAGE, "second-language")                                          \
	X(FEED, "feed")   /* whose it was where it was exported; passed over */        \
	X(SINCE, "since") /* since when, likewise */

// clang-format off
enum csv_column {
#define CSV_COLUMN_MEMBER(name, text) CSV_##name,
	CSV_COLUMNS_TABLE(CSV_COLUMN_MEMBER)
#undef CSV_COLUMN_MEMBER
	CSV_COLUMNS,
};
// clang-format on
extern const char *const csv_column_names[CSV_COLUMNS];

struct csv_row {
	unsigned fields; /* seen, also those too many */
	int too_long;    /* the first column with a longer field, or -1 */
	uint16_t len[CSV_COLUMNS];
	uint8_t text[CSV_COLUMNS][CSV_FIELD_MAX];
};

/* Why a row is refused: the reason and the text it is about. */
struct csv_refusal {
	enum refusal why;
	struct span text; /* points into the row */
};

/* The column that TEXT, in LINE of S, names. -1 with E set when it names none: a
 * column about people is told as such, because nothing about them is stored. */
int csv_column_find(const struct source *s, uint64_t line, struct span text,
		    struct err *e);

void csv_row_clear(struct csv_row *row);
/* Keeps the first CSV_FIELD_MAX bytes of TEXT. */
void csv_row_set(struct csv_row *row, enum csv_column column, struct span text);
struct span csv_row_get(const struct csv_row *row, enum csv_column column);

/* Whether the row has COLUMNS fields (0: any number), each of them short and clean
 * text. */
void csv_row_check(const struct csv_row *row, unsigned columns,
		   struct csv_refusal *bad);

/* Fills L, whose order is ORDER or NULL; spans point into the row. */
void csv_row_listing(const struct csv_row *row, struct reading *r, struct listing *l,
		     struct order *order, bool *ret_odd_idn, struct csv_refusal *bad);

/* Prints TEXT as a field, in quotes where it has to be. */
void csv_print(FILE *to, struct span text);

#endif
