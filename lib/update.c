// SPDX-License-Identifier: BSD-3-Clause
#include "update.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>

#include "update-internal.h"

/* A disk with less room than this is called full. */
#define FULL_BYTES 65536

/* LMDB tells a write that was cut short by a full disk as one that failed. */
static bool is_full(const struct update *u)
{
	struct statvfs disk;

	return statvfs(u->target->path, &disk) == 0 &&
	       disk.f_bavail * disk.f_frsize < FULL_BYTES;
}

bool update_failed(struct update *u, int rc, const char *verb)
{
	if (rc == EIO && is_full(u))
		rc = ENOSPC;
	if (rc != 0 && u->rc == 0)
		u->rc = store_error(u->e, rc, u->target->path, verb);
	return u->rc != 0;
}

int update_get(struct update *u, enum store_table table, const void *key, size_t len,
	       MDB_val *v)
{
	int rc;

	if (u->rc != 0)
		return MDB_NOTFOUND;
	rc = store_get(&u->target->store, u->txn, table, key, len, v);
	if (rc != 0 && rc != MDB_NOTFOUND)
		update_failed(u, rc, "read");
	return rc;
}

void update_put(struct update *u, enum store_table table, const void *key, size_t len,
		const void *value, size_t value_len)
{
	uint8_t buffer[STORE_KEY_MAX];
	MDB_val k = store_key(buffer, table, key, len);
	MDB_val v = { value_len, (void *)(uintptr_t)value };

	if (u->rc == 0)
		update_failed(u, mdb_put(u->txn, u->target->store.dbi, &k, &v, 0),
			      "write");
}

static bool begin_txn(struct update *u)
{
	return !update_failed(u, mdb_txn_begin(u->target->store.env, NULL, 0, &u->txn),
			      "write");
}

/* With an error latched, update_release() ends the transaction. */
static bool commit_txn(struct update *u)
{
	MDB_txn *txn = u->txn;

	if (u->rc != 0)
		return false;
	u->txn = NULL;
	return !update_failed(u, mdb_txn_commit(txn), "write");
}

bool update_step(struct update *u)
{
	return commit_txn(u) && begin_txn(u);
}

static void read_head(struct update *u)
{
	struct err why = { 0 };
	struct bytes b;
	MDB_val v;

	if (update_get(u, TABLE_META, "head", 4, &v) != 0)
		return;
	b = bytes_from(v.mv_data, v.mv_size);
	if (head_get(&b, &u->head, &why) != 0)
		u->rc = err_set(u->e, why.code, "cannot use store '%s': %s",
				u->target->path, why.text);
}

void update_begin(struct update *u, struct target *t, struct err *e)
{
	int dead;

	*u = (struct update){ .target = t, .e = e };
	/* Readers that were killed hold on to pages until somebody says so. */
	mdb_reader_check(t->store.env, &dead);
	if (!begin_txn(u))
		return;
	read_head(u);
	u->head.serial++;
	u->empty = u->head.names == 0;
	u->changed = t->fresh;
}

void update_release(struct update *u)
{
	if (u->txn != NULL)
		mdb_txn_abort(u->txn);
	u->txn = NULL;
	changeset_release(&u->changes);
	changeset_release(&u->found);
	free(u->records);
	u->records = NULL;
	for (unsigned i = 0; i < u->share_count; i++)
		free(u->shares[i].from);
	free(u->shares);
	u->shares = NULL;
	u->share_count = 0;
}

static void write_head(struct update *u)
{
	uint8_t record[HEAD_MAX];
	struct bytes b = bytes_over(record, sizeof(record));

	head_put(&b, &u->head);
	update_put(u, TABLE_META, "head", 4, record, (size_t)(b.at - record));
}

/* What the shares of the feeds add up to. */
static void sum_up(const struct update *u, struct update_result *r)
{
	*r = (struct update_result){
		.serial = u->head.serial - 1,
		.names = u->head.names,
	};
	for (unsigned i = 0; i < u->share_count; i++) {
		r->added += u->shares[i].counts.added;
		r->removed += u->shares[i].counts.removed;
		r->changed += u->shares[i].counts.changed;
	}
}

int update_commit(struct update *u, const struct update_about *about,
		  struct update_result *result)
{
	if (u->rc == 0 && u->comparing)
		u->rc = err_set(u->e, ERR_INPUT,
				"a comparison was neither accepted nor refused");
	sum_up(u, result);
	if (u->rc != 0 || (!u->changed && result->added == 0 && result->removed == 0 &&
			   result->changed == 0))
		return u->rc;
	u->head.committed = about->time;
	update_journal(u, about, result);
	write_head(u);
	if (!commit_txn(u))
		return u->rc;
	u->rc = target_publish(u->target, u->e);
	if (u->rc == 0) {
		result->serial++;
		result->committed = true;
	}
	return u->rc;
}
