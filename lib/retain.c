// SPDX-License-Identifier: BSD-3-Clause
#include "retain.h"

#include <stdlib.h>
#include <string.h>

#include "past.h"
#include "update-internal.h"

/* What the store keeps of each serial. */
struct weights {
	uint64_t *bytes; /* by serial, from 1 on */
	uint64_t serials;
	uint64_t all;
};

static void weights_release(struct weights *w)
{
	free(w->bytes);
	w->bytes = NULL;
}

static void add_weight(struct weights *w, uint64_t serial, size_t bytes)
{
	if (serial > w->serials)
		return;
	w->bytes[serial] += bytes;
	w->all += bytes;
}

static void weigh_part(struct weights *w, MDB_val k, MDB_val v)
{
	struct bytes b = bytes_from(k.mv_data, k.mv_size);
	uint64_t serial = get_u64(&b);

	if (get_u32(&b) > 0 && !b.failed)
		add_weight(w, serial, k.mv_size + v.mv_size);
}

/* The tombstones of a name; one is about as large as any other. */
static void weigh_past(struct weights *w, MDB_val k, MDB_val v)
{
	struct bytes b = bytes_from(v.mv_data, v.mv_size);
	struct past p;
	unsigned count = 0;

	while (past_next(&b, &p))
		count++;
	b = bytes_from(v.mv_data, v.mv_size);
	while (past_next(&b, &p))
		add_weight(w, p.until, (k.mv_size + v.mv_size) / count);
}

/* Calls DO for each record of a table; it may change or delete the one at hand. */
typedef void each_record(struct update *u, MDB_cursor *c, MDB_val k, MDB_val v,
			 void *arg);

static void each(struct update *u, enum store_table table, each_record *do_it,
		 void *arg)
{
	MDB_cursor *cursor;
	MDB_val k, v;
	int rc;

	if (u->rc != 0 ||
	    update_failed(u, mdb_cursor_open(u->txn, u->target->store.dbi, &cursor),
			  "read"))
		return;
	for (rc = store_first(cursor, table, &k, &v); rc == 0 && u->rc == 0;
	     rc = store_next(cursor, table, &k, &v))
		do_it(u, cursor, k, v, arg);
	if (rc != 0 && rc != MDB_NOTFOUND)
		update_failed(u, rc, "read");
	mdb_cursor_close(cursor);
}

static void weigh_journal(struct update *u, MDB_cursor *c, MDB_val k, MDB_val v,
			  void *arg)
{
	(void)u;
	(void)c;
	weigh_part(arg, k, v);
}

static void weigh_tombstones(struct update *u, MDB_cursor *c, MDB_val k, MDB_val v,
			     void *arg)
{
	(void)u;
	(void)c;
	weigh_past(arg, k, v);
}

/* The last serial that is to be cut. */
static uint64_t choose(struct update *u, const struct retention *keep,
		       struct weights *w)
{
	uint64_t to = 0;
	struct journal j;

	while (to < w->serials && keep->before != 0 &&
	       update_get_header(u, to + 1, &j) && j.time < keep->before)
		w->all -= w->bytes[++to];
	while (to < w->serials && keep->size != 0 && w->all > keep->size)
		w->all -= w->bytes[++to];
	return to;
}

static void delete_part(struct update *u, uint64_t serial, uint32_t part)
{
	uint8_t key[JOURNAL_KEY], buffer[STORE_KEY_MAX];
	MDB_val k;

	journal_key(key, serial, part);
	k = store_key(buffer, TABLE_JOURNAL, key, sizeof(key));
	update_failed(u, mdb_del(u->txn, u->target->store.dbi, &k, NULL), "write");
}

/* Deletes a serial's parts, and says so in the header's last byte. */
static void cut_serial(struct update *u, uint64_t serial, struct retained *result)
{
	uint8_t key[JOURNAL_KEY], *header;
	struct journal j;
	uint32_t parts;
	MDB_val v;

	if (!update_get_header(u, serial, &j) || j.cut || j.parts == 0)
		return;
	parts = j.parts;
	if (!update_get_part(u, serial, 0, &v))
		return;
	header = malloc(v.mv_size);
	if (header == NULL) {
		u->rc = err_set(u->e, ERR_SYSTEM, "out of memory for the journal");
		return;
	}
	memcpy(header, v.mv_data, v.mv_size);
	header[v.mv_size - 1] = 1;
	journal_key(key, serial, 0);
	update_put(u, TABLE_JOURNAL, key, sizeof(key), header, v.mv_size);
	free(header);
	for (uint32_t part = 1; part <= parts && u->rc == 0; part++)
		delete_part(u, serial, part);
	result->serials++;
}

/* Drops a name's tombstones up to the serial. */
static void cut_past(struct update *u, MDB_cursor *c, MDB_val k, MDB_val v, void *arg)
{
	struct retained *result = arg;
	uint8_t value[PAST_VALUE_MAX], buffer[STORE_KEY_MAX], key[STORE_KEY_MAX];
	struct bytes from = bytes_from(v.mv_data, v.mv_size);
	struct bytes to = bytes_over(value, sizeof(value));
	unsigned dropped = 0;
	struct past p;

	while (past_next(&from, &p))
		if (p.until <= result->to)
			dropped++;
		else
			past_put(&to, &p);
	if (from.failed || to.failed || k.mv_size > NAME_KEY_MAX)
		update_damaged(u);
	if (dropped == 0 || u->rc != 0)
		return;
	result->tombstones += dropped;
	memcpy(key, k.mv_data, k.mv_size);
	k = store_key(buffer, TABLE_PAST, key, k.mv_size);
	v = (MDB_val){ (size_t)(to.at - value), value };
	update_failed(u,
		      v.mv_size == 0 ? mdb_cursor_del(c, 0)
				     : mdb_cursor_put(c, &k, &v, MDB_CURRENT),
		      "write");
}

int retain(struct target *t, const struct retention *keep, struct retained *result,
	   struct err *e)
{
	AUTO(update) u = { 0 };
	AUTO(weights) w = { 0 };

	*result = (struct retained){ 0 };
	update_begin(&u, t, e);
	if (u.rc != 0)
		return u.rc;
	w.serials = u.head.serial - 1;
	w.bytes = calloc(w.serials + 1, sizeof(*w.bytes));
	if (w.bytes == NULL)
		return err_set(e, ERR_SYSTEM, "out of memory for the journal");
	each(&u, TABLE_JOURNAL, weigh_journal, &w);
	each(&u, TABLE_PAST, weigh_tombstones, &w);
	result->to = choose(&u, keep, &w);
	result->bytes = w.all;
	for (uint64_t serial = 1; serial <= result->to && u.rc == 0; serial++)
		cut_serial(&u, serial, result);
	if (result->to > 0)
		each(&u, TABLE_PAST, cut_past, result);
	if (u.rc == 0 && result->serials + result->tombstones > 0)
		update_step(&u);
	return u.rc;
}
