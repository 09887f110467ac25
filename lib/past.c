// SPDX-License-Identifier: BSD-3-Clause
#include "past.h"

void past_put(struct bytes *b, const struct past *p)
{
	entry_put(b, &p->entry);
	put_varuint(b, p->until);
}

bool past_next(struct bytes *b, struct past *p)
{
	if (b->failed || bytes_left(b) == 0)
		return false;
	p->entry = entry_get(b);
	p->until = get_varuint(b);
	return !b->failed;
}

int past_read(struct reader *r, const uint8_t *key, size_t len,
	      struct past all[static PAST_MAX], struct err *e)
{
	struct bytes b;
	int count = 0;
	MDB_val v;
	int rc = store_get(r->store, r->txn, TABLE_PAST, key, len, &v);

	if (rc == MDB_NOTFOUND)
		return 0;
	if (rc != 0)
		return store_error(e, rc, r->store->path, "read");
	b = bytes_from(v.mv_data, v.mv_size);
	while (count < PAST_MAX && past_next(&b, &all[count]))
		count++;
	if (b.failed || bytes_left(&b) > 0)
		return err_set(e, ERR_DAMAGED,
			       "store '%s' is damaged: a bad past record",
			       r->store->path);
	return count;
}
