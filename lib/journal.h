// SPDX-License-Identifier: BSD-3-Clause
/* The journal: for each serial what it changed, when, and from what. Part 0 of a
 * serial is its header, the parts after it hold the changeset, each part whole
 * changes. Each header holds a digest over all of its serial and over the digest
 * before it, so that no past serial can be altered unseen. */
#ifndef PALANG_JOURNAL_H
#define PALANG_JOURNAL_H

#include "changeset.h"
#include "store.h"

#define JOURNAL_DIGEST 32 /* SHA-256 */
/* A part is closed once it holds this much. */
#define JOURNAL_PART       ((size_t)128 << 10)
#define JOURNAL_HEADER_MAX 65536

enum journal_flags {
	/* The store held no name before and the changes are not spelled out:
	 * every entry whose `since` is this serial came with it. */
	JOURNAL_FIRST_LOAD = 1 << 0,
};

struct journal {
	uint64_t serial;
	int64_t time;   /* of the commit, seconds since 1970-01-01 UTC */
	uint8_t flags;  /* enum journal_flags */
	uint32_t parts; /* that follow */
	uint64_t added, removed, changed; /* names */
	struct span verb;                 /* what wrote it: "compile", ... */
	struct span feed;          /* whose entries it set; empty when no feed's */
	struct span source;        /* where they came from */
	struct span source_digest; /* SHA-256 of what was read, or empty */
	struct span records; /* u8 database, text key, text before, text after: one
			      * after the other, for notices, feeds and settings */
	struct span previous, digest; /* JOURNAL_DIGEST bytes each */
};

void journal_put(struct bytes *b, const struct journal *j);
struct journal journal_get(struct bytes *b);

/* The key of a part. */
#define JOURNAL_KEY 12
void journal_key(uint8_t key[static JOURNAL_KEY], uint64_t serial, uint32_t part);

/* Called for every change; false ends the reading. */
typedef bool journal_visit(void *arg, const struct change *change);

/* Calls VISIT for the changes of SERIAL, between reader_begin() and
 * reader_end(), and fills J with its header. Returns 0; ERR_MISSING when the
 * journal has no such serial; ERR_DAMAGED; ERR_SYSTEM. */
int journal_read(struct reader *r, uint64_t serial, struct journal *j,
		 journal_visit *visit, void *arg, struct err *e);

#endif
