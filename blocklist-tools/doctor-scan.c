// SPDX-License-Identifier: BSD-3-Clause
/* palang doctor: which entries have a notice without an address of a family. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "doctor.h"

/* A store of twenty million names is not looked at to its end. */
#define PATIENCE_MS 3000
#define CLOCK_EVERY 4096

/* What is known of an order. */
enum { KNOWN = 1, COUNTS = 2, HAS_V4 = 4, HAS_V6 = 8 };

struct search {
	struct doctor *doctor;
	uint8_t *orders; /* by number */
	uint32_t count;
	int64_t now;
};

static long long clock_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (long long)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Looks an order up, once. Returns 0 or an error. */
static int know(struct search *s, uint32_t number)
{
	struct scan *scan = &s->doctor->scan;
	struct notice n = { 0 };
	struct order o;
	int rc;

	if (number >= s->count)
		return err_set(&scan->why, ERR_DAMAGED,
			       "store '%s' is damaged: an entry has order %u, of %u",
			       s->doctor->store, number, s->count - 1);
	if (s->orders[number] != 0)
		return 0;
	rc = reader_order(&s->doctor->reader, number, &o, &scan->why);
	if (rc == 0 && o.notice != 0)
		rc = reader_notice(&s->doctor->reader, o.notice, &n, &scan->why);
	if (rc != 0)
		return rc;
	s->orders[number] = KNOWN;
	if (o.expires == 0 || o.expires > s->now)
		s->orders[number] |= COUNTS;
	if (n.v4_count > 0)
		s->orders[number] |= HAS_V4;
	if (n.v6_count > 0)
		s->orders[number] |= HAS_V6;
	return 0;
}

static void lack(uint64_t *count, char example[static NAME_TEXT_MAX], const MDB_val *k)
{
	if ((*count)++ == 0)
		name_to_text(example, k->mv_data, k->mv_size);
}

static int look_at_name(struct search *s, const MDB_val *k, const MDB_val *v)
{
	struct bytes b = bytes_from(v->mv_data, v->mv_size);
	struct scan *scan = &s->doctor->scan;

	get_varuint(&b);
	while (!b.failed && bytes_left(&b) > 0) {
		struct entry e = entry_get(&b);
		int rc;

		if (b.failed)
			break;
		if (e.action != ACTION_NOTICE)
			continue;
		if ((rc = know(s, e.order)) != 0)
			return rc;
		if (!(s->orders[e.order] & COUNTS))
			continue;
		scan->notices++;
		if (!(s->orders[e.order] & HAS_V4))
			lack(&scan->lack_v4, scan->example_v4, k);
		if (!(s->orders[e.order] & HAS_V6))
			lack(&scan->lack_v6, scan->example_v6, k);
	}
	if (b.failed)
		return err_set(&scan->why, ERR_DAMAGED,
			       "store '%s' is damaged: a bad names record",
			       s->doctor->store);
	return 0;
}

static int look_at_all(struct search *s)
{
	long long end = clock_ms() + PATIENCE_MS;
	struct scan *scan = &s->doctor->scan;
	struct reader *r = &s->doctor->reader;
	MDB_val k, v;
	int rc = store_first(r->names, TABLE_NAMES, &k, &v), bad;

	while (rc == 0) {
		if ((bad = look_at_name(s, &k, &v)) != 0)
			return bad;
		if (++scan->names % CLOCK_EVERY == 0 && clock_ms() > end)
			return 0;
		rc = store_next(r->names, TABLE_NAMES, &k, &v);
	}
	if (rc != MDB_NOTFOUND)
		return store_error(&scan->why, rc, s->doctor->store, "read");
	scan->whole = true;
	return 0;
}

void doctor_scan(struct doctor *d)
{
	struct search s = { .doctor = d, .now = time(NULL) };
	struct head head;

	if (reader_head(&d->reader, &head, &d->scan.why) != 0)
		return;
	s.count = head.orders + 1;
	s.orders = calloc(s.count, 1);
	if (s.orders == NULL) {
		err_set(&d->scan.why, ERR_SYSTEM, "out of memory");
		return;
	}
	d->scan.done = look_at_all(&s) == 0;
	free(s.orders);
}
