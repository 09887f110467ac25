// SPDX-License-Identifier: BSD-3-Clause
/* The part of a rollback that is about notices and settings. */
#include <stdlib.h>
#include <string.h>

#include "update-internal.h"

/* A record as it was at the serial: the one before its first change after that. */
struct former {
	uint8_t table;
	struct span key, before; /* into `bytes` */
	uint8_t *bytes;
};

struct formers {
	struct former *at;
	size_t count;
};

static void formers_release(struct formers *f)
{
	for (size_t i = 0; i < f->count; i++)
		free(f->at[i].bytes);
	free(f->at);
	*f = (struct formers){ 0 };
}

static bool is_known(const struct formers *f, const struct journal_record *r)
{
	for (size_t i = 0; i < f->count; i++)
		if (f->at[i].table == r->table && span_equal(f->at[i].key, r->key))
			return true;
	return false;
}

/* Keeps a copy: what is written later may move what the journal has. */
static void add_former(struct update *u, struct formers *f,
		       const struct journal_record *r)
{
	size_t len = r->key.len + r->before.len;
	struct former *at = realloc(f->at, (f->count + 1) * sizeof(*at));
	uint8_t *bytes = malloc(len + 1);

	if (at != NULL)
		f->at = at;
	if (at == NULL || bytes == NULL) {
		free(bytes);
		u->rc = err_set(u->e, ERR_SYSTEM, "out of memory for the settings");
		return;
	}
	memcpy(bytes, r->key.data, r->key.len);
	memcpy(bytes + r->key.len, r->before.data, r->before.len);
	at[f->count++] = (struct former){
		r->table,
		{ bytes, r->key.len },
		{ bytes + r->key.len, r->before.len },
		bytes,
	};
}

static void find_formers(struct update *u, uint64_t serial, struct formers *f)
{
	for (uint64_t s = serial + 1; s < u->head.serial && u->rc == 0; s++) {
		struct journal_record record;
		struct journal j;
		struct bytes b;

		if (!update_get_header(u, s, &j))
			return;
		b = bytes_from(j.records.data, j.records.len);
		while (u->rc == 0 && journal_record_next(&b, &record))
			if (!is_known(f, &record))
				add_former(u, f, &record);
		if (b.failed)
			update_damaged(u);
	}
}

static void restore_exempt(struct update *u, struct bytes *b)
{
	struct netblocks n = netblocks_get(b);
	size_t count = b->failed ? 0 : netblocks_count(&n);
	struct netblock *blocks = calloc(count + 1, sizeof(*blocks));

	for (size_t i = 0; blocks != NULL && i < count; i++)
		blocks[i] = netblocks_at(&n, i);
	if (blocks == NULL)
		u->rc = err_set(u->e, ERR_SYSTEM, "out of memory for the settings");
	else if (!b->failed)
		update_exempt(u, blocks, count);
	free(blocks);
}

static void restore(struct update *u, const struct former *f)
{
	struct bytes b = bytes_from(f->before.data, f->before.len);

	if (f->table == TABLE_META && span_equal(f->key, span_of("on-error"))) {
		update_on_error(u, get_u8(&b));
	} else if (f->table == TABLE_META &&
		   span_equal(f->key, span_of("structured-errors"))) {
		update_structured(u, get_u8(&b));
	} else if (f->table == TABLE_META && span_equal(f->key, span_of("exempt"))) {
		restore_exempt(u, &b);
	} else if (f->table == TABLE_NOTICES) {
		struct notice n = notice_get(&b);

		if (!b.failed)
			update_notice(u, &n);
	} else if (f->table == TABLE_FEEDS && f->key.len == 1) {
		struct feed feed = feed_get(&b);

		if (!b.failed)
			update_set_feed(u, f->key.data[0], feed.rank, feed.flags);
	} else {
		b.failed = true;
	}
	if (b.failed)
		update_damaged(u);
}

void update_restore(struct update *u, uint64_t serial)
{
	AUTO(formers) f = { 0 };

	find_formers(u, serial, &f);
	for (size_t i = 0; i < f.count && u->rc == 0; i++)
		restore(u, &f.at[i]);
}
