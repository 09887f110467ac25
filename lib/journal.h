// SPDX-License-Identifier: BSD-3-Clause
/* The journal: for each serial what it changed, when, and from what. Part 0 of a
 * serial is its header, the parts after it hold the changeset, each part whole
 * changes. Each header holds a digest over all of its serial and over the digest
 * before it, so that no past serial can be altered unseen. Headers stay for good;
 * the parts of old serials may be cut, and the chain still holds. */
#ifndef PALANG_JOURNAL_H
#define PALANG_JOURNAL_H

#include "changeset.h"
#include "store.h"

#define JOURNAL_DIGEST 32 /* SHA-256 */
/* A part is closed once it holds this much. */
#define JOURNAL_PART ((size_t)128 << 10)
/* What follows the digested bytes of a header: the digest, and whether it is cut. */
#define JOURNAL_TAIL (2 + JOURNAL_DIGEST + 1)

enum journal_flags {
	/* The store held no name before and the changes are not spelled out:
	 * every entry whose `since` is this serial came with it. */
	JOURNAL_FIRST_LOAD = 1 << 0,
};

/* What a serial changed of one feed, and where that came from. */
struct journal_feed {
	struct span feed;                 /* its name */
	struct span source;               /* where its entries came from, or empty */
	struct span source_digest;        /* SHA-256 of what was read, or empty */
	uint64_t added, removed, changed; /* names */
};

struct journal {
	uint64_t serial;
	int64_t time;   /* of the commit, seconds since 1970-01-01 UTC */
	uint8_t flags;  /* enum journal_flags */
	uint32_t parts; /* that follow */
	uint64_t added, removed, changed; /* names, each once for each feed */
	struct span verb;                 /* what wrote it: "compile", ... */
	struct span reason; /* why a guard was overridden, or of a rollback */
	uint8_t feed_count;
	struct span feeds;            /* so many, for journal_feed_next() */
	struct span records;          /* of journal_record_next() */
	struct span contents;         /* JOURNAL_DIGEST bytes: digest of the parts */
	struct span previous, digest; /* JOURNAL_DIGEST bytes each */
	bool cut;                     /* its parts are no longer kept */
};

/* `digest` and `cut` come last, JOURNAL_TAIL bytes. */
void journal_put(struct bytes *b, const struct journal *j);
struct journal journal_get(struct bytes *b);

void journal_feed_put(struct bytes *b, const struct journal_feed *f);
/* Reads the next feed at B's cursor, which begins at a header's `feeds`. Returns
 * false at the end, or with B's error latched. */
bool journal_feed_next(struct bytes *b, struct journal_feed *f);

/* A notice, a feed, or a setting that was there and became another one. */
struct journal_record {
	uint8_t table; /* enum store_table; of TABLE_META the key may be a setting's
			  name */
	struct span key, before, after;
};
void journal_record_put(struct bytes *b, const struct journal_record *r);
/* The same for a header's `records`. */
bool journal_record_next(struct bytes *b, struct journal_record *r);

/* The key of a part. */
#define JOURNAL_KEY 12
void journal_key(uint8_t key[static JOURNAL_KEY], uint64_t serial, uint32_t part);

/* Called for every change; false ends the reading. */
typedef bool journal_visit(void *arg, const struct change *change);

/* Fills J with the header of SERIAL, between reader_begin() and reader_end().
 * Returns 0; ERR_MISSING when the journal has no such serial; ERR_DAMAGED;
 * ERR_SYSTEM. */
int journal_header(struct reader *r, uint64_t serial, struct journal *j, struct err *e);
/* The same, and calls VISIT for the changes. ERR_MISSING when its parts were cut,
 * too: then J is filled. */
int journal_read(struct reader *r, uint64_t serial, struct journal *j,
		 journal_visit *visit, void *arg, struct err *e);

#endif
