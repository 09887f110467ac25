// SPDX-License-Identifier: BSD-3-Clause
/* Writing what resolvers do besides the names. */
#include <string.h>

#include "update-internal.h"

/* A setting of the head record that is one byte. */
static void set_byte(struct update *u, const char *name, uint8_t *at, uint8_t after)
{
	uint8_t before = *at;

	if (u->rc != 0 || before == after)
		return;
	*at = after;
	u->changed = true;
	update_record(u, TABLE_META, span_of(name), (struct span){ &before, 1 },
		      (struct span){ &after, 1 });
}

void update_on_error(struct update *u, enum on_error on_error)
{
	set_byte(u, "on-error", &u->head.on_error, (uint8_t)on_error);
}

void update_structured(struct update *u, enum structured structured)
{
	set_byte(u, "structured-errors", &u->head.structured, (uint8_t)structured);
}

void update_exempt(struct update *u, struct netblock *blocks, size_t count)
{
	uint8_t record[4 + NETBLOCKS_MAX * 17], none[4] = { 0 };
	struct bytes b = bytes_over(record, sizeof(record));
	struct span before = { none, sizeof(none) }, after;
	MDB_val v;

	if (count > NETBLOCKS_MAX && u->rc == 0)
		u->rc = err_set(u->e, ERR_INPUT, "more than %d netblocks",
				NETBLOCKS_MAX);
	if (u->rc != 0)
		return;
	netblocks_put(&b, blocks, count);
	after = (struct span){ record, (size_t)(b.at - record) };
	if (update_get(u, TABLE_META, "exempt", 6, &v) == 0)
		before = (struct span){ v.mv_data, v.mv_size };
	if (u->rc != 0 || span_equal(before, after))
		return;
	u->changed = true;
	update_record(u, TABLE_META, span_of("exempt"), before, after);
	update_put(u, TABLE_META, "exempt", 6, after.data, after.len);
}

/* Writes what became of a feed. */
static void change_feed(struct update *u, uint8_t number, const struct feed *before,
			const struct feed *after)
{
	uint8_t old[FEED_MAX], new[FEED_MAX];
	struct bytes o = bytes_over(old, sizeof(old)), n = bytes_over(new, sizeof(new));

	feed_put(&o, before);
	feed_put(&n, after);
	u->changed = true;
	update_record(u, TABLE_FEEDS, (struct span){ &number, 1 },
		      (struct span){ old, (size_t)(o.at - old) },
		      (struct span){ new, (size_t)(n.at - new) });
	update_put_feed(u, number, after);
}

void update_set_feed(struct update *u, uint8_t number, uint8_t rank, uint8_t flags)
{
	uint8_t record[FEED_MAX];
	struct feed before, after;

	if (!update_get_feed(u, number, record, &before))
		return;
	after = before;
	after.rank = rank;
	after.flags = flags;
	if (after.rank != before.rank || after.flags != before.flags)
		change_feed(u, number, &before, &after);
}

void update_feed_flags(struct update *u, uint8_t feed, uint8_t flags, uint8_t mask)
{
	uint8_t record[FEED_MAX];
	struct feed f;

	if (update_get_feed(u, feed, record, &f))
		update_set_feed(u, feed, f.rank,
				(uint8_t)((f.flags & ~mask) | (flags & mask)));
}

void update_feed_rank(struct update *u, uint8_t feed, uint8_t rank)
{
	uint8_t record[FEED_MAX], from;
	unsigned feeds = update_feeds(u);
	int override = update_feed_find(u, span_of(FEED_OVERRIDE));
	struct feed f;

	if (override == feed && rank > 0 && u->rc == 0)
		u->rc = err_set(u->e, ERR_INPUT,
				"feed '" FEED_OVERRIDE "' comes before all others");
	if (!update_get_feed(u, feed, record, &f))
		return;
	if (rank >= feeds)
		rank = (uint8_t)(feeds - 1);
	if (override >= 0 && override != feed && rank == 0)
		rank = 1;
	from = f.rank;
	/* Feeds have the ranks from 0 on, too. */
	for (unsigned i = 0; i < feeds && from != rank; i++) {
		if (!update_get_feed(u, (uint8_t)i, record, &f))
			return;
		if (i == feed)
			f.rank = rank;
		else if (f.rank > from && f.rank <= rank)
			f.rank--;
		else if (f.rank < from && f.rank >= rank)
			f.rank++;
		update_set_feed(u, (uint8_t)i, f.rank, f.flags);
	}
}
