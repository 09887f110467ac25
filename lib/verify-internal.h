// SPDX-License-Identifier: BSD-3-Clause
/* What verify.c (the walk, names and records) and verify-journal.c (the chain, and
 * tombstones) share. */
#ifndef PALANG_VERIFY_INTERNAL_H
#define PALANG_VERIFY_INTERNAL_H

#include <openssl/evp.h>

#include "journal.h"
#include "lineage.h"
#include "verify.h"

struct verify {
	struct reader *reader;
	struct head head;
	struct verified *seen;
	void (*progress)(uint64_t names);
	bool has_head;
	struct lineage lineage;
	uint32_t orders, order_ids;
	uint16_t notices;
	unsigned feeds;
	uint8_t rank_taken[256];
	uint64_t feed_says[256], feed_has[256]; /* entries */
	/* The journal: the serial whose parts come, and what the chain says. */
	struct journal header;
	uint64_t serial;
	uint32_t part;
	uint8_t previous[JOURNAL_DIGEST];
	EVP_MD_CTX *contents; /* over the parts of `serial` so far */
	int rc;
	struct err *e;
};

/* Notes a fault, if it is the first: "store 'X' is damaged: FORMAT". */
void verify_fault(struct verify *v, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* Whether an entry's feed, order and serial are those of the store; WHOSE is what the
 * entry is of, for the message. */
void verify_entry(struct verify *v, const struct entry *e, const char *whose);

void verify_journal_record(struct verify *v, struct span key, MDB_val value);
/* After the last record of the journal. */
void verify_journal_end(struct verify *v);
void verify_past_record(struct verify *v, struct span key, MDB_val value);

#endif
