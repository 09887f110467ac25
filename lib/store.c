// SPDX-License-Identifier: BSD-3-Clause
#include "store.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

const char *const on_error_names[ON_ERRORS] = { "pass", "servfail" };
const char *const structured_names[STRUCTUREDS] = { "encrypted", "always", "never" };

const char *const store_table_names[TABLES] = {
	"meta", "names", "orders", "order-ids", "notices", "feeds", "journal", "past",
};

static const char magic[8] = "palang\r\n";

void head_put(struct bytes *b, const struct head *h)
{
	put_data(b, magic, sizeof(magic));
	put_u16(b, STORE_FORMAT);
	put_u64(b, h->serial);
	put_u64(b, (uint64_t)h->committed);
	put_u64(b, h->names);
	put_u32(b, h->orders);
	put_u16(b, h->notices);
	put_u8(b, h->on_error);
	put_u8(b, h->structured);
}

int head_get(struct bytes *b, struct head *h, struct err *e)
{
	struct span start = get_data(b, sizeof(magic));
	uint16_t format = get_u16(b);

	if (b->failed || memcmp(start.data, magic, sizeof(magic)) != 0)
		return err_set(e, ERR_FORMAT, "it is not a palang store");
	if (format != STORE_FORMAT)
		return err_set(e, ERR_FORMAT,
			       "it has format %u and this palang reads format %u: "
			       "move it away and compile the lists again",
			       format, STORE_FORMAT);
	*h = (struct head){ 0 };
	h->serial = get_u64(b);
	h->committed = (int64_t)get_u64(b);
	h->names = get_u64(b);
	h->orders = get_u32(b);
	h->notices = get_u16(b);
	h->on_error = get_u8(b);
	h->structured = get_u8(b);
	if (b->failed || h->on_error >= ON_ERRORS || h->structured >= STRUCTUREDS)
		return err_set(e, ERR_DAMAGED, "its head record is damaged");
	return 0;
}

int store_error(struct err *e, int rc, const char *path, const char *verb)
{
	if (rc == ENOENT)
		return err_set(e, ERR_MISSING, "there is no store at '%s'", path);
	if (rc == MDB_INVALID || rc == MDB_VERSION_MISMATCH)
		return err_set(e, ERR_FORMAT,
			       "cannot %s store '%s': its files were not written by "
			       "LMDB %d.%d: move it away and compile the lists again",
			       verb, path, MDB_VERSION_MAJOR, MDB_VERSION_MINOR);
	if (rc == MDB_CORRUPTED || rc == MDB_PAGE_NOTFOUND || rc == MDB_BAD_TXN)
		return err_set(e, ERR_DAMAGED, "cannot %s store '%s': %s", verb, path,
			       mdb_strerror(rc));
	return err_set(e, ERR_SYSTEM, "cannot %s store '%s': %s", verb, path,
		       rc == MDB_MAP_FULL ? "it has reached its largest size"
					  : mdb_strerror(rc));
}

/* A file shorter than the pages it claims kills whoever reads the missing ones
 * through the map: find out before. */
static int check_size(struct store *s, off_t size, struct err *e)
{
	MDB_envinfo info;
	MDB_stat stat;

	mdb_env_info(s->env, &info);
	mdb_env_stat(s->env, &stat);
	if ((uint64_t)size < (uint64_t)(info.me_last_pgno + 1) * stat.ms_psize)
		return err_set(
			e, ERR_DAMAGED, "store '%s' is cut short: %lld bytes of %llu",
			s->path, (long long)size,
			(unsigned long long)(info.me_last_pgno + 1) * stat.ms_psize);
	return 0;
}

MDB_val store_key(uint8_t buffer[static STORE_KEY_MAX], enum store_table table,
		  const void *key, size_t len)
{
	if (table == TABLE_NAMES)
		return (MDB_val){ len, (void *)(uintptr_t)key };
	if (len > STORE_KEY_MAX - 2)
		len = STORE_KEY_MAX - 2;
	buffer[0] = 0;
	buffer[1] = (uint8_t)table;
	memcpy(buffer + 2, key, len);
	return (MDB_val){ 2 + len, buffer };
}

int store_get(const struct store *s, MDB_txn *txn, enum store_table table,
	      const void *key, size_t len, MDB_val *v)
{
	uint8_t buffer[STORE_KEY_MAX];
	MDB_val k = store_key(buffer, table, key, len);

	return mdb_get(txn, s->dbi, &k, v);
}

/* Makes of a key in LMDB the one in TABLE. A length that no key has is damage, and
 * its record's value is not where LMDB says. */
static int enter(enum store_table table, MDB_val *k)
{
	const uint8_t *at = k->mv_data;

	if (k->mv_size > (table == TABLE_NAMES ? NAME_KEY_MAX : STORE_KEY_MAX))
		return MDB_CORRUPTED;
	if (table == TABLE_NAMES)
		return 0;
	if (k->mv_size < 2 || at[0] != 0 || at[1] != table)
		return MDB_NOTFOUND;
	k->mv_data = (uint8_t *)k->mv_data + 2;
	k->mv_size -= 2;
	return 0;
}

int store_first(MDB_cursor *cursor, enum store_table table, MDB_val *k, MDB_val *v)
{
	/* 00 begins no name, and 01 is not one. */
	uint8_t start[] = { table == TABLE_NAMES, (uint8_t)table };
	int rc;

	*k = (MDB_val){ table == TABLE_NAMES ? 1 : 2, start };
	rc = mdb_cursor_get(cursor, k, v, MDB_SET_RANGE);
	return rc == 0 ? enter(table, k) : rc;
}

int store_next(MDB_cursor *cursor, enum store_table table, MDB_val *k, MDB_val *v)
{
	int rc = mdb_cursor_get(cursor, k, v, MDB_NEXT);

	return rc == 0 ? enter(table, k) : rc;
}

static int compare_keys(const MDB_val *a, const MDB_val *b)
{
	return name_compare(a->mv_data, a->mv_size, b->mv_data, b->mv_size);
}

/* Looks for what every store has. Before format 3 it was in databases with names. */
static int check_head(struct store *s, MDB_txn *txn, struct err *e)
{
	MDB_val k = { 9, "order-ids" }, v;
	int rc = store_get(s, txn, TABLE_META, "head", 4, &v);

	if (rc != MDB_NOTFOUND)
		return rc == 0 ? 0 : store_error(e, rc, s->path, "read");
	if (mdb_get(txn, s->dbi, &k, &v) == 0)
		return err_set(e, ERR_FORMAT,
			       "cannot use store '%s': it has format 1 or 2 and this "
			       "palang reads format %u: move it away and compile the "
			       "lists again",
			       s->path, STORE_FORMAT);
	return err_set(e, ERR_FORMAT, "'%s' is not a palang store", s->path);
}

static int open_database(struct store *s, enum store_flags flags, struct err *e)
{
	MDB_txn *txn;
	int rc = mdb_txn_begin(s->env, NULL, MDB_RDONLY, &txn);

	if (rc != 0)
		return store_error(e, rc, s->path, "read");
	rc = mdb_dbi_open(txn, NULL, 0, &s->dbi);
	if (rc == 0)
		rc = mdb_set_compare(txn, s->dbi, compare_keys);
	if (rc == 0 && !(flags & STORE_CREATE) && (rc = check_head(s, txn, e)) != 0) {
		mdb_txn_abort(txn);
		return rc;
	}
	if (rc == 0)
		rc = mdb_txn_commit(txn);
	else
		mdb_txn_abort(txn);
	return rc == 0 ? 0 : store_error(e, rc, s->path, "read");
}

static int open_env(struct store *s, enum store_flags flags, struct err *e)
{
	unsigned options = MDB_NOTLS;
	int rc = mdb_env_create(&s->env), dead;

	if (!(flags & STORE_WRITE))
		options |= MDB_RDONLY;
	if (flags & STORE_BULK)
		options |= MDB_NOSYNC;
	if (rc == 0)
		rc = mdb_env_set_mapsize(s->env, STORE_MAP_SIZE);
	if (rc == 0)
		rc = mdb_env_set_maxreaders(s->env, STORE_READERS_MAX);
	if (rc == 0)
		rc = mdb_env_open(s->env, s->path, options, 0660);
	/* Readers that were killed hold on to places in its table, of which there may
	 * be none left. */
	if (rc == 0)
		mdb_reader_check(s->env, &dead);
	return rc == 0 ? 0 : store_error(e, rc, s->path, "open");
}

static int stat_file(struct store *s, const char *name, struct stat *st)
{
	char path[STORE_PATH_MAX + 16];

	snprintf(path, sizeof(path), "%s/%s", s->path, name);
	return stat(path, st) == 0 ? 0 : errno;
}

/* For store_open() alone: another file was put in place while the store was opened. */
#define ERR_REPLACED   1
#define REPLACED_TRIES 10

static bool was_replaced(struct store *s)
{
	struct stat st;

	return (stat_file(s, "data.mdb", &st) == 0 && st.st_ino != s->ino) ||
	       (s->lock_ino != 0 &&
		(stat_file(s, "lock.mdb", &st) != 0 || st.st_ino != s->lock_ino));
}

/* LMDB counts transactions in the lock file. One that was left there when
 * data.mdb was replaced by hand counts those of another store, and whoever
 * trusted it would read, or overwrite, the wrong pages. A commit shows in the data
 * a moment, on a slow disk a long one, before it is counted: then we look again. */
static int check_lock(struct store *s, struct err *e)
{
	struct timespec tick = { .tv_nsec = 2000000 };
	MDB_envinfo info;
	MDB_txn *txn;
	size_t id = 0;
	int rc;

	mdb_env_info(s->env, &info);
	for (int i = 0; i < 500 && !was_replaced(s); i++) {
		mdb_env_info(s->env, &info);
		rc = mdb_txn_begin(s->env, NULL, MDB_RDONLY, &txn);
		if (rc != 0)
			return store_error(e, rc, s->path, "read");
		id = mdb_txn_id(txn);
		mdb_txn_abort(txn);
		if (id == info.me_last_txnid)
			return 0;
		nanosleep(&tick, NULL);
	}
	if (was_replaced(s))
		return ERR_REPLACED;
	if (id + 1 == info.me_last_txnid)
		return 0;
	return err_set(e, ERR_DAMAGED,
		       "the file lock.mdb in '%s' is not that of its data.mdb: "
		       "end what has the store open and remove it",
		       s->path);
}

static int open_checked(struct store *s, enum store_flags flags, struct err *e)
{
	struct stat st, lock;
	int rc = stat_file(s, "data.mdb", &st);
	bool empty = rc == ENOENT || (rc == 0 && st.st_size == 0);

	if ((rc != 0 && rc != ENOENT) || (empty && !(flags & STORE_CREATE)))
		return store_error(e, rc == 0 ? ENOENT : rc, s->path, "open");
	if ((rc = open_env(s, flags, e)) != 0)
		return rc;
	rc = stat_file(s, "data.mdb", &st);
	if (rc != 0)
		return store_error(e, rc, s->path, "open");
	s->dev = st.st_dev;
	s->ino = st.st_ino;
	/* On a read-only file system LMDB does without. */
	if (stat_file(s, "lock.mdb", &lock) == 0)
		s->lock_ino = lock.st_ino;
	if (!empty && (rc = check_size(s, st.st_size, e)) != 0)
		return rc;
	if (!empty && (rc = check_lock(s, e)) != 0)
		return rc;
	return open_database(s, flags, e);
}

int store_open(struct store *s, const char *path, enum store_flags flags, struct err *e)
{
	int rc;

	*s = (struct store){ 0 };
	if (snprintf(s->path, sizeof(s->path), "%s", path) >= (int)sizeof(s->path))
		return err_set(e, ERR_INPUT, "the path of the store is too long");
	for (int tries = 0; tries < REPLACED_TRIES; tries++) {
		rc = open_checked(s, flags, e);
		if (rc == 0 && !was_replaced(s))
			return 0;
		store_release(s);
		if (rc != 0 && rc != ERR_REPLACED)
			return rc;
	}
	return err_set(e, ERR_SYSTEM, "store '%s' is replaced again and again",
		       s->path);
}

void store_release(struct store *s)
{
	if (s->env != NULL)
		mdb_env_close(s->env);
	s->env = NULL;
}
