// SPDX-License-Identifier: BSD-3-Clause
/* lookup: against rows written by hand, and against a plain implementation that
 * asks for every ancestor and weighs all entries by the words of lookup.h. */
#include "lookup.h"
#include "scratch.h"

#define NOW 1000000

/* Orders by the index that lists in text form use. */
static const struct order orders[] = {
	{ .notice = 0 },
	{ .effective = NOW + 1 },
	{ .expires = NOW },
	{ .effective = NOW, .expires = NOW + 1 },
	{ .effective = 1, .expires = NOW - 1 },
	{ .expires = NOW + 1000 },
	{ .effective = NOW - 1000, .expires = NOW + 1000 },
};

/* A store that is open for reading. */
static struct opened {
	struct store store;
	struct reader reader;
} o;

static void open_store(void)
{
	struct err e = { 0 };

	if (store_open(&o.store, scratch_store, STORE_READ, &e) != 0 ||
	    reader_init(&o.reader, &o.store, &e) != 0)
		fail_msg("%s", e.text);
}

static int close_store(void **state)
{
	reader_release(&o.reader);
	store_release(&o.store);
	return scratch_remove(state);
}

static void give_orders(struct load *l)
{
	memcpy(l->orders, orders, sizeof(orders));
	l->order_count = ROWS(orders);
}

static void load(const char *feed, const char *text)
{
	AUTO(load) l = { .feed = feed };

	give_orders(&l);
	list_add_text(&l.list, text);
	load_into_store(&l);
}

// clang-format off
/* FIRST and SECOND are the lists of two feeds in that order. The verdict is the
 * feed that decides, the listed name, the scope and the action; or "no". */
static const struct {
	const char *what, *first, *second, *name, *verdict;
} rows[] = {
	{ "nothing is listed in an empty store", "", "", "example.com", "no" },
	{ "a name that is not listed is free", "a.example c.example", "", "b.example",
	  "no" },
	{ "a name before all others is free", "b.example", "", "a.example", "no" },
	{ "a name after all others is free", "b.example", "", "c.example", "no" },
	{ "the root is free", "a.example", "", "", "no" },
	{ "a top-level name above a listed one is free", "a.example", "", "example",
	  "no" },
	{ "a name above a listed one is free", "www.example.com", "", "example.com",
	  "no" },
	{ "a longer label is another name", "example.com", "", "badexample.com", "no" },
	{ "a longer last label is another name", "example.com", "",
	  "www.example.community",
	  "no" },

	{ "a listed name is found", "example.com", "", "example.com",
	  "first example.com subtree notice" },
	{ "a name below is found", "example.com", "", "www.example.com",
	  "first example.com subtree notice" },
	{ "a name far below is found", "example.com", "", "a.b.c.d.e.f.g.example.com",
	  "first example.com subtree notice" },
	{ "an underscore name below is found", "example.com", "",
	  "_443._tcp.example.com",
	  "first example.com subtree notice" },
	{ "a name of one label may be listed", "example", "", "toko-palsu.example",
	  "first example subtree notice" },
	{ "case does not matter", "example.com", "", "WWW.Example.COM",
	  "first example.com subtree notice" },
	{ "escaped octets are told apart", "\\000.example", "", "\\001.example", "no" },
	{ "escaped octets are found", "\\000.example", "", "a.\\000.example",
	  "first \\000.example subtree notice" },
	{ "what lies between in the order does not hide the name above",
	  "example.com a.example.com b.example.com", "", "c.example.com",
	  "first example.com subtree notice" },
	{ "a deep neighbour does not hide the name above",
	  "example.com a.b.c.d.example.com", "", "e.example.com",
	  "first example.com subtree notice" },
	{ "a deep neighbour does not hide a name in between",
	  "example.com d.example.com a.b.c.d.example.com", "", "z.d.example.com",
	  "first d.example.com subtree notice" },

	{ "exact is the name", "example.com/exact", "", "example.com",
	  "first example.com exact notice" },
	{ "exact is not what is below", "example.com/exact", "", "www.example.com",
	  "no" },
	{ "below is what is below", "example.com/below", "", "www.example.com",
	  "first example.com below notice" },
	{ "below is all that is below", "example.com/below", "", "a.b.example.com",
	  "first example.com below notice" },
	{ "below is not the name", "example.com/below", "", "example.com", "no" },
	{ "an exact name does not hide what is above it",
	  "example.com www.example.com/exact/nxdomain", "", "a.www.example.com",
	  "first example.com subtree notice" },
	{ "a name of scope below does not hide what is above it",
	  "example.com www.example.com/below/nxdomain", "", "www.example.com",
	  "first example.com subtree notice" },

	{ "the most specific name decides", "example.com www.example.com/subtree/drop",
	  "",
	  "a.www.example.com", "first www.example.com subtree drop" },
	{ "a pass below lets a part of a subtree go",
	  "example.com good.example.com/subtree/pass", "", "www.good.example.com",
	  "first good.example.com subtree pass" },
	{ "a block below a pass blocks again",
	  "example.com/subtree/pass bad.example.com", "", "www.bad.example.com",
	  "first bad.example.com subtree notice" },
	{ "a pass above does not lift a block below",
	  "com/subtree/pass example.com", "", "example.com",
	  "first example.com subtree notice" },
	{ "at one name exact comes before subtree",
	  "example.com/subtree/pass example.com/exact/nodata", "", "example.com",
	  "first example.com exact nodata" },
	{ "at one name below comes before subtree",
	  "example.com/subtree/pass example.com/below/nodata", "", "www.example.com",
	  "first example.com below nodata" },
	{ "at one name a scope that does not cover does not count",
	  "example.com/exact/drop example.com/below/nodata example.com/subtree/refused",
	  "", "example.com", "first example.com exact drop" },
	{ "at one name pass comes before all other actions",
	  "example.com/subtree/notice example.com/subtree/pass/5", "", "example.com",
	  "first example.com subtree pass" },
	{ "at one name notice comes before nxdomain, of whatever order",
	  "example.com/subtree/nxdomain/0 example.com/subtree/notice/5", "",
	  "example.com",
	  "first example.com subtree notice" },

	{ "the first feed decides before the second", "example.com/subtree/nodata",
	  "example.com/subtree/drop", "example.com",
	  "first example.com subtree nodata" },
	{ "the first feed decides before a more specific name of the second",
	  "example.com/subtree/nodata", "www.example.com/exact/drop", "www.example.com",
	  "first example.com subtree nodata" },
	{ "a pass of the first feed lifts a block of the second",
	  "example.com/subtree/pass", "www.example.com", "www.example.com",
	  "first example.com subtree pass" },
	{ "a pass of the second feed does not lift a block of the first",
	  "example.com", "www.example.com/exact/pass", "www.example.com",
	  "first example.com subtree notice" },
	{ "the second feed decides where the first has no match", "example.com",
	  "example.net", "www.example.net", "second example.net subtree notice" },
	{ "the second feed decides where the first's scope does not cover",
	  "example.com/exact", "example.com/subtree/drop", "www.example.com",
	  "second example.com subtree drop" },
	{ "the first feed decides from above what the second lists on the way",
	  "com/below/refused", "example.com www.example.com a.www.example.com",
	  "a.www.example.com", "first com below refused" },

	{ "an order that is not effective yet does not count",
	  "example.com/subtree/notice/1", "", "example.com", "no" },
	{ "an order that has expired does not count", "example.com/subtree/notice/4",
	  "",
	  "example.com", "no" },
	{ "an order expires at its second", "example.com/subtree/notice/2", "",
	  "example.com", "no" },
	{ "an order counts from its second to the one before it expires",
	  "example.com/subtree/notice/3", "", "example.com",
	  "first example.com subtree notice" },
	{ "an expired entry gives way to the name above",
	  "example.com/subtree/drop www.example.com/subtree/notice/4", "",
	  "www.example.com", "first example.com subtree drop" },
	{ "an expired pass gives way to a block at the same name",
	  "example.com/subtree/pass/4 example.com/subtree/refused", "", "example.com",
	  "first example.com subtree refused" },
	{ "an expired exact entry gives way to the subtree's",
	  "example.com/exact/pass/2 example.com/subtree/refused", "", "example.com",
	  "first example.com subtree refused" },
	{ "an expired entry of the first feed gives way to the second feed",
	  "example.com/subtree/notice/4", "example.com/subtree/drop", "example.com",
	  "second example.com subtree drop" },
	{ "the older of two orders decides", "example.com/subtree/notice/5 "
	  "example.com/subtree/notice/6", "", "example.com",
	  "first example.com subtree notice" },
};
// clang-format on

/* The verdict as the rows write it. */
static void write_verdict(char text[static 1200], const struct name *n,
			  const struct verdict *v)
{
	char name[NAME_TEXT_MAX];
	struct feed f;

	if (!v->found) {
		snprintf(text, 1200, "no");
		return;
	}
	assert_int_equal(reader_feed(&o.reader, v->match.entry.feed, &f, NULL), 0);
	snprintf(text, 1200, "%.*s %s %s %s", (int)f.name.len,
		 (const char *)f.name.data, name_to_text(name, n->key, v->match.len),
		 scope_names[v->match.entry.scope],
		 action_names[v->match.entry.action]);
}

static void count_visit(void *arg, const struct match *match)
{
	(void)match;
	++*(unsigned *)arg;
}

static void rows_are_decided_as_they_say(void **state)
{
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct name n = name_of(rows[i].name);
		char text[1200];
		struct verdict v;
		unsigned visits = 0;

		load("first", rows[i].first);
		load("second", rows[i].second);
		open_store();
		assert_int_equal(reader_begin(&o.reader, NULL), 0);
		assert_int_equal(
			lookup(&o.reader, n.key, n.len, NOW, &v, NULL, NULL, NULL), 0);
		write_verdict(text, &n, &v);
		if (strcmp(text, rows[i].verdict) != 0)
			fail_msg("not so: %s: got '%s'", rows[i].what, text);
		check(verdict_blocks(&v) ==
			      (v.found && v.match.entry.action != ACTION_PASS),
		      rows[i].what);
		assert_int_equal(lookup(&o.reader, n.key, n.len, NOW, &v, count_visit,
					&visits, NULL),
				 0);
		write_verdict(text, &n, &v);
		assert_string_equal(text, rows[i].verdict);
		check(!v.found || visits > 0, rows[i].what);
		reader_end(&o.reader);
		close_store(state);
		scratch_make(state);
	}
}

/* ---- flags of feeds ---- */

// clang-format off
/* The flags of two feeds: S shadow, T targets. TARGET is the verdict of
 * lookup_target(); after a bar stands what a feed in shadow mode would decide. */
static const struct {
	const char *what, *first, *first_flags, *second, *second_flags, *name;
	const char *verdict, *target;
} flag_rows[] = {
	{ "a feed without flags decides names and not targets", "example.com", "", "",
	  "", "www.example.com", "first example.com subtree notice", "no" },
	{ "a feed of targets decides both", "example.com", "T", "", "",
	  "www.example.com", "first example.com subtree notice",
	  "first example.com subtree notice" },
	{ "a feed in shadow mode decides nothing", "example.com", "S", "", "",
	  "example.com", "no | first example.com subtree notice", "no" },
	{ "a feed in shadow mode would decide targets, too", "example.com", "ST", "",
	  "", "example.com", "no | first example.com subtree notice",
	  "no | first example.com subtree notice" },
	{ "a feed in shadow mode leaves it to the next", "example.com/subtree/drop",
	  "S", "example.com", "", "example.com",
	  "second example.com subtree notice | first example.com subtree drop", "no" },
	{ "a feed in shadow mode behind the one that decides would decide nothing",
	  "example.com", "", "www.example.com", "S", "www.example.com",
	  "first example.com subtree notice", "no" },
	{ "it would where the first has no match", "example.net", "",
	  "www.example.com", "S", "www.example.com",
	  "no | second www.example.com subtree notice", "no" },
	{ "a pass in shadow mode lets nothing pass", "example.com/subtree/pass", "S",
	  "example.com", "", "example.com",
	  "second example.com subtree notice | first example.com subtree pass",
	  "no | first example.com subtree pass" },
	{ "of two feeds in shadow mode the first would decide", "example.com", "S",
	  "www.example.com/exact/drop", "S", "www.example.com",
	  "no | first example.com subtree notice", "no" },
	{ "in a feed in shadow mode the most specific name would decide",
	  "example.com www.example.com/subtree/nodata", "S", "", "",
	  "a.www.example.com", "no | first www.example.com subtree nodata", "no" },
	{ "what has expired would decide nothing", "example.com/subtree/notice/4", "S",
	  "", "", "example.com", "no", "no" },
	{ "what does not cover would decide nothing", "example.com/exact", "S", "", "",
	  "www.example.com", "no", "no" },

	{ "a pass of any feed covers targets", "www.example.com/subtree/pass", "",
	  "example.com", "T", "www.example.com",
	  "first www.example.com subtree pass", "first www.example.com subtree pass" },
	{ "a pass of a later feed does not", "example.com", "T",
	  "www.example.com/subtree/pass", "", "www.example.com",
	  "first example.com subtree notice", "first example.com subtree notice" },
	{ "a pass below in the same feed covers a target",
	  "example.com good.example.com/subtree/pass", "T", "", "",
	  "www.good.example.com", "first good.example.com subtree pass",
	  "first good.example.com subtree pass" },
	{ "a feed without the flag does not stand before one with it",
	  "example.com/subtree/drop", "", "example.com", "T", "example.com",
	  "first example.com subtree drop", "second example.com subtree notice" },
	{ "a feed in shadow mode without the flag would not decide targets",
	  "example.com/subtree/drop", "S", "example.com", "T", "example.com",
	  "second example.com subtree notice | first example.com subtree drop",
	  "second example.com subtree notice" },
};
// clang-format on

static uint8_t flags_of(const char *text)
{
	return (uint8_t)((strchr(text, 'S') != NULL ? FEED_SHADOW : 0) |
			 (strchr(text, 'T') != NULL ? FEED_TARGETS : 0));
}

static void set_flags(const char *feed, const char *flags)
{
	AUTO(target) to = { 0 };
	AUTO(update) u = { 0 };
	struct update_about about = { .verb = span_of("set"), .time = 1 };
	struct update_result result;

	assert_int_equal(target_open(&to, scratch_store, NULL, NULL), 0);
	update_begin(&u, &to, NULL);
	update_feed_flags(&u, (uint8_t)update_feed_find(&u, span_of(feed)),
			  flags_of(flags), FEED_FLAGS);
	assert_int_equal(update_commit(&u, &about, &result), 0);
}

static void check_flags(const struct name *n, const struct verdict *v, const char *want,
			const char *what)
{
	char text[2500], one[1200];
	struct verdict other = { .found = v->shadowed, .match = v->shadow };
	size_t used;

	write_verdict(one, n, v);
	used = (size_t)snprintf(text, sizeof(text), "%s", one);
	if (v->shadowed) {
		write_verdict(one, n, &other);
		snprintf(text + used, sizeof(text) - used, " | %s", one);
	}
	if (strcmp(text, want) != 0)
		fail_msg("not so: %s: got '%s'", what, text);
}

static void flags_of_feeds_are_followed(void **state)
{
	for (size_t i = 0; i < ROWS(flag_rows); i++) {
		struct name n = name_of(flag_rows[i].name);
		struct verdict v;
		unsigned visits = 0;

		load("first", flag_rows[i].first);
		load("second", flag_rows[i].second);
		set_flags("first", flag_rows[i].first_flags);
		set_flags("second", flag_rows[i].second_flags);
		open_store();
		assert_int_equal(reader_begin(&o.reader, NULL), 0);
		assert_int_equal(
			lookup(&o.reader, n.key, n.len, NOW, &v, NULL, NULL, NULL), 0);
		check_flags(&n, &v, flag_rows[i].verdict, flag_rows[i].what);
		assert_int_equal(lookup(&o.reader, n.key, n.len, NOW, &v, count_visit,
					&visits, NULL),
				 0);
		check_flags(&n, &v, flag_rows[i].verdict, flag_rows[i].what);
		assert_int_equal(lookup_target(&o.reader, n.key, n.len, NOW, &v, NULL),
				 0);
		check_flags(&n, &v, flag_rows[i].target, flag_rows[i].what);
		check(verdict_blocks(&v) ==
			      (v.found && v.match.entry.action != ACTION_PASS),
		      flag_rows[i].what);
		reader_end(&o.reader);
		close_store(state);
		scratch_make(state);
	}
}

/* ---- a plain implementation ---- */

/* Every entry at the name or above it, the most specific name first. */
struct plain {
	struct match matches[2000];
	size_t count;
};

static void read_order(uint32_t number, struct order *order)
{
	uint8_t key[4] = { (uint8_t)(number >> 24), (uint8_t)(number >> 16),
			   (uint8_t)(number >> 8), (uint8_t)number };
	struct bytes b;
	MDB_val v;

	assert_int_equal(
		store_get(&o.store, o.reader.txn, TABLE_ORDERS, key, sizeof(key), &v),
		0);
	b = bytes_from(v.mv_data, v.mv_size);
	*order = order_get(&b);
	assert_false(b.failed);
}

static bool covers(const struct match *m, size_t asked)
{
	switch (m->entry.scope) {
	case SCOPE_EXACT:
		return m->len == asked;
	case SCOPE_BELOW:
		return m->len < asked;
	default:
		return true;
	}
}

static bool counts(const struct order *order)
{
	if (order->effective != 0 && order->effective > NOW)
		return false;
	return order->expires == 0 || order->expires > NOW;
}

static void plain_find(struct plain *p, const struct name *n)
{
	p->count = 0;
	for (size_t len = n->len; len > 0; len = name_parent(n->key, len)) {
		struct bytes b;
		MDB_val v;

		if (store_get(&o.store, o.reader.txn, TABLE_NAMES, n->key, len, &v) !=
		    0)
			continue;
		b = bytes_from(v.mv_data, v.mv_size);
		get_varuint(&b);
		while (bytes_left(&b) > 0) {
			struct match *m = &p->matches[p->count++];

			assert_true(p->count < ROWS(p->matches));
			m->entry = entry_get(&b);
			m->len = len;
			read_order(m->entry.order, &m->order);
			m->scoped = covers(m, n->len);
			m->active = counts(&m->order);
			assert_false(b.failed);
		}
	}
}

static unsigned rank_of(const struct match *m)
{
	struct feed f;

	assert_int_equal(reader_feed(&o.reader, m->entry.feed, &f, NULL), 0);
	return f.rank;
}

/* True when A comes before B. Actions other than pass are in their own order. */
static bool precedes(const struct match *a, const struct match *b)
{
	if (rank_of(a) != rank_of(b))
		return rank_of(a) < rank_of(b);
	if (a->len != b->len)
		return a->len > b->len;
	if (a->entry.scope != b->entry.scope)
		return a->entry.scope < b->entry.scope;
	if (a->entry.action != b->entry.action)
		return a->entry.action < b->entry.action;
	return a->entry.order < b->entry.order;
}

/* The first of the entries that count, of the feeds that are in shadow mode or of
 * those that are not. */
static const struct match *plain_first(const struct plain *p, bool shadow, bool target)
{
	const struct match *best = NULL;

	for (size_t i = 0; i < p->count; i++) {
		const struct match *m = &p->matches[i];
		struct feed f;

		assert_int_equal(reader_feed(&o.reader, m->entry.feed, &f, NULL), 0);
		if (!m->scoped || !m->active ||
		    ((f.flags & FEED_SHADOW) != 0) != shadow)
			continue;
		if (target && m->entry.action != ACTION_PASS &&
		    (f.flags & FEED_TARGETS) == 0)
			continue;
		if (best == NULL || precedes(m, best))
			best = m;
	}
	return best;
}

static bool same_match(const struct match *a, const struct match *b)
{
	return entry_compare(&a->entry, &b->entry) == 0 &&
	       a->entry.since == b->entry.since && a->len == b->len &&
	       a->scoped == b->scoped && a->active == b->active &&
	       a->order.expires == b->order.expires &&
	       a->order.effective == b->order.effective;
}

/* What lookup() visits, beside what it has to visit. */
struct visited {
	const struct plain *plain;
	size_t count;
	bool same;
};

static void visit(void *arg, const struct match *match)
{
	struct visited *v = arg;

	v->same &= v->count < v->plain->count &&
		   same_match(match, &v->plain->matches[v->count]);
	v->count++;
}

static unsigned verdicts_seen[2][2][2]; /* target, found, shadowed */

/* Compares a verdict with the plain one. */
static void check_verdict(const struct name *n, const struct verdict *v,
			  const struct plain *p, bool target)
{
	const struct match *want = plain_first(p, false, target);
	const struct match *shadow = plain_first(p, true, target);
	char text[NAME_TEXT_MAX];

	if (shadow != NULL && want != NULL && rank_of(shadow) >= rank_of(want))
		shadow = NULL;
	if (v->found != (want != NULL) || (v->found && !same_match(&v->match, want)))
		fail_msg("the verdict on '%s' is another",
			 name_to_text(text, n->key, n->len));
	if (v->shadowed != (shadow != NULL) ||
	    (v->shadowed && !same_match(&v->shadow, shadow)))
		fail_msg("the shadow verdict on '%s' is another",
			 name_to_text(text, n->key, n->len));
	verdicts_seen[target][v->found][v->shadowed]++;
}

static void check_name(const struct name *n)
{
	static struct plain plain;
	struct visited seen = { .plain = &plain, .same = true };
	struct verdict v, visited, target;
	char text[NAME_TEXT_MAX];

	plain_find(&plain, n);
	assert_int_equal(lookup(&o.reader, n->key, n->len, NOW, &v, NULL, NULL, NULL),
			 0);
	assert_int_equal(
		lookup(&o.reader, n->key, n->len, NOW, &visited, visit, &seen, NULL),
		0);
	assert_int_equal(lookup_target(&o.reader, n->key, n->len, NOW, &target, NULL),
			 0);
	check_verdict(n, &v, &plain, false);
	check_verdict(n, &visited, &plain, false);
	check_verdict(n, &target, &plain, true);
	if (!seen.same || seen.count != plain.count)
		fail_msg("not every entry at '%s' or above it is visited in order",
			 name_to_text(text, n->key, n->len));
}

/* ---- random stores ---- */

static const char *const labels[] = { "a", "b", "c", "d1", "\1", "\2", "zz-", "_x" };

/* A name of a world so small that names are often above others; some so long that
 * the length of their keys takes two bytes. */
static struct name random_name(uint32_t labels_used, uint32_t depth)
{
	struct name n = { .len = 0 };
	uint8_t wide[NAME_LABEL_MAX];

	memset(wide, 'w', sizeof(wide));
	if (random_below(4) > 0)
		n = name_of("example");
	while (random_below(5) == 0)
		name_add_label(&n, wide, sizeof(wide) - random_below(2));
	for (depth = 1 + random_below(depth); depth > 0; depth--) {
		const char *label = labels[random_below(labels_used)];

		name_add_label(&n, (const uint8_t *)label, strlen(label));
	}
	return n;
}

/* Ranks are what the feeds' records say, not their numbers; flags are any. */
static void shuffle_ranks(uint8_t feeds)
{
	AUTO(target) to = { 0 };
	uint8_t ranks[256];
	MDB_txn *txn;

	assert_int_equal(target_open(&to, scratch_store, NULL, NULL), 0);
	assert_int_equal(mdb_txn_begin(to.store.env, NULL, 0, &txn), 0);
	for (uint8_t i = 0; i < feeds; i++)
		ranks[i] = (uint8_t)(i * 7 + 3);
	for (uint8_t i = 0; i < feeds; i++) {
		uint8_t other = (uint8_t)random_below(feeds), rank = ranks[i];

		ranks[i] = ranks[other];
		ranks[other] = rank;
	}
	for (uint8_t i = 0; i < feeds; i++) {
		uint8_t record[FEED_MAX];
		struct bytes b = bytes_over(record, sizeof(record));
		struct feed f = { .name = span_of("f"),
				  .rank = ranks[i],
				  .flags = (uint8_t)random_below(FEED_FLAGS + 1) };
		uint8_t key[STORE_KEY_MAX];
		MDB_val k = store_key(key, TABLE_FEEDS, &i, 1), v;

		feed_put(&b, &f);
		v = (MDB_val){ (size_t)(b.at - record), record };
		assert_int_equal(mdb_put(txn, to.store.dbi, &k, &v, 0), 0);
	}
	assert_int_equal(mdb_txn_commit(txn), 0);
}

static void make_random_store(uint32_t names, uint32_t labels_used, uint32_t depth)
{
	uint8_t feeds = (uint8_t)(1 + random_below(5));

	for (uint8_t feed = 0; feed < feeds; feed++) {
		AUTO(load) l = { 0 };
		char name[16];

		snprintf(name, sizeof(name), "feed%u", feed);
		l.feed = name;
		give_orders(&l);
		for (uint32_t i = random_below(2 * names / feeds + 2); i > 0; i--) {
			struct name n = random_name(labels_used, depth);

			assert_int_equal(list_add(&l.list, &n, random_below(SCOPES),
						  random_below(ACTIONS),
						  random_below(l.order_count), NULL),
					 0);
		}
		load_into_store(&l);
	}
	shuffle_ranks(feeds);
}

static void check_random_names(uint32_t count, uint32_t labels_used, uint32_t depth)
{
	while (count-- > 0) {
		struct name n = random_name(labels_used, depth + 2);

		check_name(&n);
		/* What is above it, and beside it. */
		n.len = (uint16_t)name_parent(n.key, n.len);
		check_name(&n);
		name_add_label(&n, (const uint8_t *)"b-", 2);
		check_name(&n);
	}
}

/* Every listed name, its parent, and a name below it. */
static void check_listed_names(void)
{
	MDB_cursor *cursor;
	MDB_val k, v;
	int rc;

	assert_int_equal(mdb_cursor_open(o.reader.txn, o.store.dbi, &cursor), 0);
	for (rc = store_first(cursor, TABLE_NAMES, &k, &v); rc == 0;
	     rc = store_next(cursor, TABLE_NAMES, &k, &v)) {
		struct name n = { .len = (uint16_t)k.mv_size };

		memcpy(n.key, k.mv_data, k.mv_size);
		check_name(&n);
		n.len = (uint16_t)name_parent(n.key, n.len);
		check_name(&n);
		n.len = (uint16_t)k.mv_size;
		name_add_label(&n, (const uint8_t *)"c", 1);
		check_name(&n);
	}
	mdb_cursor_close(cursor);
}

static void random_stores_are_read_as_by_a_plain_search(void **state)
{
	static const struct {
		uint32_t names, labels, depth;
	} stores[] = {
		{ 1, 8, 3 },     { 2, 2, 3 },     { 3, 2, 2 },    { 5, 3, 4 },
		{ 10, 2, 5 },    { 20, 2, 8 },    { 30, 1, 12 },  { 50, 8, 2 },
		{ 100, 3, 6 },   { 200, 8, 4 },   { 300, 2, 10 }, { 500, 5, 5 },
		{ 700, 8, 3 },   { 1000, 8, 8 },  { 1500, 4, 6 }, { 2000, 8, 6 },
		{ 2000, 3, 12 }, { 2000, 1, 60 },
	};

	for (size_t i = 0; i < ROWS(stores); i++) {
		make_random_store(stores[i].names, stores[i].labels, stores[i].depth);
		open_store();
		assert_int_equal(reader_begin(&o.reader, NULL), 0);
		check_random_names(700, stores[i].labels, stores[i].depth);
		check_listed_names();
		reader_end(&o.reader);
		close_store(state);
		scratch_make(state);
	}
	/* No kind of verdict is left untried. */
	for (int i = 0; i < 8; i++)
		assert_true(verdicts_seen[i / 4][i / 2 % 2][i % 2] > 100);
}

/* ---- damage ---- */

/* Puts a record as it is. */
static void damage(enum store_table table, const void *key, size_t len, const char *hex)
{
	AUTO(target) to = { 0 };
	struct octets value = octets_of(hex == NULL ? "" : hex);
	uint8_t buffer[STORE_KEY_MAX];
	MDB_val k = store_key(buffer, table, key, len);
	MDB_val v = { value.len, value.data };
	MDB_txn *txn;

	assert_int_equal(target_open(&to, scratch_store, NULL, NULL), 0);
	assert_int_equal(mdb_txn_begin(to.store.env, NULL, 0, &txn), 0);
	if (hex != NULL)
		assert_int_equal(mdb_put(txn, to.store.dbi, &k, &v, 0), 0);
	else
		assert_int_equal(mdb_del(txn, to.store.dbi, &k, NULL), 0);
	assert_int_equal(mdb_txn_commit(txn), 0);
}

static void damaged_record_is_an_error_not_a_verdict(void **state)
{
	/* The value of www.example.com, whose key is 16 bytes; 12 is example.com's. */
	static const struct {
		const char *what, *value; /* none: it is taken away */
		const char *name;
	} t[] = {
		{ "an ancestor as long as the name is none", "10 48 00 01 01",
		  "www.example.com" },
		{ "an ancestor longer than the name is none",
		  "ff ff ff ff 0f 48 00 01 01", "www.example.com" },
		{ "an ancestor as long as a neighbour is none", "10 48 00 01 01",
		  "zzz.example.com" },
		{ "an ancestor that is not listed is none", "04 48 00 01 01",
		  "www.example.com" },
		{ "a scope that does not exist is none", "0c c8 00 01 01",
		  "www.example.com" },
		{ "an action that does not exist is none", "0c b0 00 01 01",
		  "www.example.com" },
		{ "bits that must be zero are zero", "0c 89 00 01 01",
		  "www.example.com" },
		{ "an entry that is cut is none", "0c 88 00 01", "www.example.com" },
		{ "a second entry that is cut is none", "0c 88 00 01 01 88",
		  "www.example.com" },
		{ "an order that is not there is none", "0c 88 00 63 01",
		  "www.example.com" },
	};

	for (size_t i = 0; i < ROWS(t); i++) {
		struct name www = name_of("www.example.com"), n = name_of(t[i].name);
		struct err e = { 0 };
		struct verdict v;

		load("first", "example.com/below www.example.com");
		damage(TABLE_NAMES, www.key, www.len, t[i].value);
		open_store();
		assert_int_equal(reader_begin(&o.reader, NULL), 0);
		check(lookup(&o.reader, n.key, n.len, NOW, &v, count_visit,
			     &(unsigned){ 0 }, &e) == ERR_DAMAGED,
		      t[i].what);
		check(strstr(e.text, "is damaged") != NULL, t[i].what);
		check(strstr(e.text, scratch_store) != NULL, t[i].what);
		reader_end(&o.reader);
		close_store(state);
		scratch_make(state);
	}
}

static void order_that_cannot_be_read_is_an_error(void **state)
{
	struct name n = name_of("example.com");
	struct verdict v;
	struct err e = { 0 };

	(void)state;
	load("first", "example.com");
	damage(TABLE_ORDERS, "\0\0\0\1", 4, "00 00 00 10 00");
	open_store();
	assert_int_equal(reader_begin(&o.reader, NULL), 0);
	assert_int_equal(lookup(&o.reader, n.key, n.len, NOW, &v, NULL, NULL, &e),
			 ERR_DAMAGED);
	assert_non_null(strstr(e.text, "a bad orders record"));
	reader_end(&o.reader);
}

static void key_that_is_longer_than_any_name_is_an_error(void **state)
{
	struct name n = name_of("b.example");
	uint8_t key[NAME_KEY_MAX + 1];
	struct err e = { 0 };
	struct verdict v;

	(void)state;
	memset(key, 'a', sizeof(key));
	load("first", "example.com");
	damage(TABLE_NAMES, key, sizeof(key), "00 88 00 01 01");
	open_store();
	assert_int_equal(reader_begin(&o.reader, NULL), 0);
	assert_int_equal(
		lookup(&o.reader, (const uint8_t *)"b", 2, NOW, &v, NULL, NULL, &e),
		ERR_DAMAGED);
	assert_non_null(strstr(e.text, "a bad names record"));
	assert_int_equal(lookup(&o.reader, n.key, n.len, NOW, &v, NULL, NULL, &e), 0);
	assert_false(v.found);
	reader_end(&o.reader);
}

static void what_comes_before_the_first_name_is_not_taken_for_one(void **state)
{
	static const char *const names[] = { "a.example", "\\000", "\\001.\\000" };

	(void)state;
	load("first", "b.example");
	/* As a name's value it would be one below a listed name, and blocked. */
	damage(TABLE_JOURNAL, "\xff\xff\xff\xff\xff\xff\xff\xff\0\0\0\1", 12,
	       "05 88 00 01 01");
	open_store();
	for (size_t i = 0; i < ROWS(names); i++) {
		struct name n = name_of(names[i]);
		struct err e = { 0 };
		struct verdict v;
		unsigned seen = 0;

		assert_int_equal(reader_begin(&o.reader, NULL), 0);
		assert_int_equal(lookup(&o.reader, n.key, n.len, NOW, &v, count_visit,
					&seen, &e),
				 0);
		assert_false(v.found);
		assert_int_equal(seen, 0);
		reader_end(&o.reader);
	}
}

static void lookup_sees_the_serial_that_its_reader_began_with(void **state)
{
	struct name n = name_of("www.example.com");
	AUTO(target) to = { 0 };
	AUTO(reader) r = { 0 };
	struct update_result result;
	struct verdict v;

	(void)state;
	load("first", "example.com");
	assert_int_equal(target_open(&to, scratch_store, NULL, NULL), 0);
	assert_int_equal(reader_init(&r, &to.store, NULL), 0);
	assert_int_equal(reader_begin(&r, NULL), 0);
	{
		AUTO(load) l = { .feed = "first" };

		give_orders(&l);
		list_add_text(&l.list, "example.net");
		assert_int_equal(load_commit(&l, &to, &result, NULL), 0);
	}
	assert_int_equal(lookup(&r, n.key, n.len, NOW, &v, NULL, NULL, NULL), 0);
	assert_true(v.found);
	assert_int_equal(r.now.serial, 1);
	reader_end(&r);
	assert_int_equal(reader_begin(&r, NULL), 0);
	assert_int_equal(lookup(&r, n.key, n.len, NOW, &v, NULL, NULL, NULL), 0);
	assert_false(v.found);
	assert_int_equal(r.now.serial, 2);
	reader_end(&r);
	/* LMDB's own end comes after that of its readers. */
	reader_release(&r);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, scratch_make, close_store)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(rows_are_decided_as_they_say),
		TEST(flags_of_feeds_are_followed),
		TEST(random_stores_are_read_as_by_a_plain_search),
		TEST(damaged_record_is_an_error_not_a_verdict),
		TEST(order_that_cannot_be_read_is_an_error),
		TEST(key_that_is_longer_than_any_name_is_an_error),
		TEST(what_comes_before_the_first_name_is_not_taken_for_one),
		TEST(lookup_sees_the_serial_that_its_reader_began_with),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
