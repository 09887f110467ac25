// SPDX-License-Identifier: BSD-3-Clause
/* The store: an LMDB environment in a directory, read by resolvers while one
 * command writes it. palang-store(5) describes every byte. This is what both
 * sides share: opening, and read transactions. Writing is in update.h. */
#ifndef PALANG_STORE_H
#define PALANG_STORE_H

#include <lmdb.h>
#include <sys/types.h>

#include "entry.h"
#include "err.h"
#include "name.h"
#include "netblock.h"
#include "order.h"

#define STORE_FORMAT   4
#define STORE_PATH_MAX 1024

/* Address space only: the file grows as needed, and no reader ever meets a
 * writer whose map is larger than its own. */
#define STORE_MAP_SIZE    ((size_t)16 << 30)
#define STORE_READERS_MAX 1024

enum on_error { ON_ERROR_PASS, ON_ERROR_SERVFAIL, ON_ERRORS };
extern const char *const on_error_names[ON_ERRORS];

/* To whom the structured error goes, of the clients that ask for it. */
enum structured {
	STRUCTURED_ENCRYPTED,
	STRUCTURED_ALWAYS,
	STRUCTURED_NEVER,
	STRUCTUREDS
};
extern const char *const structured_names[STRUCTUREDS];

/* A name is its own key in LMDB, and is never empty. Any other record's key is 00, the
 * number of its table, and its key in that table: so all fits in one database, and
 * names are at its end. LMDB has any number of named databases, and looks one up in
 * every transaction before it can be read: that took a fifth of a look-up. */
enum store_table {
	TABLE_META,   /* text -> record: "head", "exempt" */
	TABLE_NAMES,  /* name key -> length of the nearest listed ancestor, entries */
	TABLE_ORDERS, /* u32 -> order */
	TABLE_ORDER_IDS, /* SHA-256 of an encoded order -> u32 */
	TABLE_NOTICES,   /* u16 -> notice */
	TABLE_FEEDS,     /* u8 -> feed */
	TABLE_JOURNAL,   /* u64 serial, u32 part -> journal record */
	TABLE_PAST,      /* name key -> tombstones: past.h */
	TABLES,
};
extern const char *const store_table_names[TABLES];

/* Longest key of a record that is no name: one of TABLE_PAST. */
#define STORE_KEY_MAX (2 + NAME_KEY_MAX)

/* The record "head" of TABLE_META: what changes with every serial. */
struct head {
	uint64_t serial;    /* 0 only in a store that never had a commit */
	int64_t committed;  /* when, seconds since 1970-01-01 UTC */
	uint64_t names;     /* names listed */
	uint32_t orders;    /* highest order number */
	uint16_t notices;   /* highest notice number */
	uint8_t on_error;   /* enum on_error */
	uint8_t structured; /* enum structured */
};
#define HEAD_MAX 64
void head_put(struct bytes *b, const struct head *h);
/* Returns 0, ERR_FORMAT for a store of another version, ERR_DAMAGED. */
int head_get(struct bytes *b, struct head *h, struct err *e);

struct store {
	MDB_env *env;
	MDB_dbi dbi; /* LMDB's only one, which has no name */
	char path[STORE_PATH_MAX];
	dev_t dev;
	ino_t ino;      /* of data.mdb: tells a file that was replaced */
	ino_t lock_ino; /* of lock.mdb */
};

enum store_flags {
	STORE_READ = 0,
	STORE_WRITE = 1 << 0,  /* may begin write transactions */
	STORE_CREATE = 1 << 1, /* with STORE_WRITE: makes an empty one where none is */
	STORE_BULK = 1 << 2,   /* no sync until store_sync(): only for a file that
				* nobody else has open yet */
};

/* Opens the store in directory PATH. One process opens a store once (LMDB's
 * locks). On failure *S is as store_release() leaves it. Errors: ERR_MISSING,
 * ERR_FORMAT, ERR_DAMAGED, ERR_SYSTEM. */
int store_open(struct store *s, const char *path, enum store_flags flags,
	       struct err *e);
void store_release(struct store *s);

/* Turns an LMDB or system error into a sentence about the store at PATH. */
int store_error(struct err *e, int rc, const char *path, const char *verb);

/* A record's key in LMDB. It is written to BUFFER, but for a name's, which is KEY.
 * What does not fit, as no table's key, is left off. */
MDB_val store_key(uint8_t buffer[static STORE_KEY_MAX], enum store_table table,
		  const void *key, size_t len);
/* Reads a record. Returns 0, MDB_NOTFOUND or LMDB's error. */
int store_get(const struct store *s, MDB_txn *txn, enum store_table table,
	      const void *key, size_t len, MDB_val *v);
/* Move a cursor to a table's first record, and on from there. Return 0, with the key
 * in that table, MDB_NOTFOUND at its end, or LMDB's error. */
int store_first(MDB_cursor *cursor, enum store_table table, MDB_val *k, MDB_val *v);
int store_next(MDB_cursor *cursor, enum store_table table, MDB_val *k, MDB_val *v);

/* What a reader needs at every look-up; read anew when the serial changes. */
struct snapshot {
	size_t txn; /* LMDB's transaction id; 0 before the first read */
	uint64_t serial;
	uint8_t on_error, structured;
	uint8_t top_rank;        /* lowest rank of any feed */
	uint8_t any;             /* flags that some feed has */
	uint8_t rank[256];       /* by feed */
	uint8_t flags[256];      /* by feed: enum feed_flags */
	struct netblocks exempt; /* points into the store: valid until reader_end() */
};

/* One thread's way to read. Between reader_begin() and reader_end() it sees one
 * serial, and what it points to stays valid; outside it holds nothing, so it
 * never delays the reuse of pages. */
struct reader {
	struct store *store;
	MDB_txn *txn;
	MDB_cursor *names;
	bool begun;
	struct snapshot now;
	/* The records asked for last: nearly all names share one order and one
	 * notice. What they point to stays as long as no serial is committed. */
	size_t kept_txn;
	uint32_t kept_order_number;
	uint16_t kept_notice_number;
	struct order kept_order;
	struct notice kept_notice;
};

int reader_init(struct reader *r, struct store *s, struct err *e);
void reader_release(struct reader *r);
/* Returns 0, ERR_SYSTEM, ERR_FORMAT or ERR_DAMAGED; then nothing is begun. */
int reader_begin(struct reader *r, struct err *e);
void reader_end(struct reader *r);

/* Records by number, valid until reader_end(). Return 0, ERR_DAMAGED when there
 * is none or it cannot be decoded. */
int reader_order(struct reader *r, uint32_t number, struct order *o, struct err *e);
int reader_notice(struct reader *r, uint16_t number, struct notice *n, struct err *e);
int reader_feed(struct reader *r, uint8_t number, struct feed *f, struct err *e);
int reader_head(struct reader *r, struct head *h, struct err *e);
/* The netblocks of exempt clients; none where there is no record. */
int reader_exempt(struct reader *r, struct netblocks *n, struct err *e);

#endif
