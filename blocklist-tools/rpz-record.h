// SPDX-License-Identifier: BSD-3-Clause
/* The records of a zone in master file form (RFC 1035, section 5.1), cut into owner,
 * type and data; parentheses, quotes and comments are dealt with here. */
#ifndef PALANG_RPZ_RECORD_H
#define PALANG_RPZ_RECORD_H

#include "source.h"

struct rpz_record {
	struct span owner; /* "$ORIGIN" and the like for a directive; empty where that
			    * of the record before holds */
	struct span type;  /* empty for a directive */
	struct span data;  /* without blanks around */
	bool other_class;  /* than IN */
	uint64_t line;     /* where it begins */
	uint64_t lines;    /* how many it takes */
};

struct rpz_records {
	struct source *source;
	uint64_t skipped; /* lines that are blank or comments */
	bool dig;         /* a comment says that dig(1) wrote it, */
	bool dig_done;    /* and another that the transfer ended well */
	char *text;       /* of a record over several lines */
	size_t len;
};

/* SOURCE is borrowed. */
void rpz_records_init(struct rpz_records *z, struct source *source);
void rpz_records_release(struct rpz_records *z);

/* The next record; its spans are valid until the next call. Returns 1, 0 at the end,
 * or an error. */
int rpz_records_next(struct rpz_records *z, struct rpz_record *ret, struct err *e);

/* True when LINE looks like a record. */
bool rpz_is_record(struct span line);

/* True when TEXT is WORD in any letter case. */
bool rpz_is_word(struct span text, const char *word);

/* True when the library knows TYPE and takes DATA for it. */
bool rpz_data_valid(struct span type, struct span data);

#endif
