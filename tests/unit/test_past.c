// SPDX-License-Identifier: BSD-3-Clause
/* rollback, past, verify, retain: what a store keeps of what it was. */
#include "past.h"

#include "model.h"
#include "retain.h"
#include "verify.h"

#define SERIALS_MAX 200

struct opened {
	struct store store;
	struct reader reader;
};

static inline void opened_release(struct opened *o)
{
	reader_end(&o->reader);
	reader_release(&o->reader);
	store_release(&o->store);
}

static void open_begun(struct opened *o)
{
	struct err e = { 0 };

	if (store_open(&o->store, scratch_store, STORE_READ, &e) != 0 ||
	    reader_init(&o->reader, &o->store, &e) != 0 ||
	    reader_begin(&o->reader, &e) != 0)
		fail_msg("%s", e.text);
}

/* Verifies the store, which has to be whole. */
static struct verified check_whole(void)
{
	AUTO(opened) o = { 0 };
	struct verified v;
	struct err e = { 0 };

	open_begun(&o);
	if (verify(&o.reader, &v, NULL, &e) != 0)
		fail_msg("%s", e.text);
	return v;
}

static void check_model(const struct model *m, const char *what)
{
	AUTO(opened) o = { 0 };

	open_begun(&o);
	reader_end(&o.reader);
	check_store(&o.reader, m, what);
}

/* Rolls the test's store back; returns the code. */
static int roll_back(uint64_t serial, struct update_result *r, struct err *e)
{
	AUTO(target) to = { 0 };
	AUTO(update) u = { 0 };
	struct update_about about = {
		.verb = span_of("rollback"),
		.reason = span_of("a test"),
		.time = 2000,
	};

	assert_int_equal(target_open(&to, scratch_store, NULL, e), 0);
	update_begin(&u, &to, e);
	update_rollback(&u, serial);
	return update_commit(&u, &about, r);
}

static void roll_back_well(uint64_t serial, struct update_result *r)
{
	struct err e = { 0 };

	if (roll_back(serial, r, &e) != 0)
		fail_msg("%s", e.text);
}

/* ---- random sequences ---- */

static const char *const names[] = {
	"a.example",     "x.a.example",     "y.x.a.example", "b.example",
	"c.b.example",   "d.example",       "e.d.example",   "f.e.d.example",
	"g.example.net", "h.g.example.net", "test",          "toko.test",
};
static const char *const feeds[] = { "one", "two", "three" };

/* The model of every serial, as the sequence made them. */
struct past_models {
	struct model at[SERIALS_MAX];
	uint64_t count;
};

static inline void past_models_release(struct past_models *p)
{
	for (uint64_t i = 0; i <= p->count; i++)
		model_release(&p->at[i]);
}

static void copy_model(struct model *to, const struct model *from)
{
	for (size_t i = 0; i < from->count; i++)
		model_add(to,
			  (struct span){ from->facts[i].name.key,
					 from->facts[i].name.len },
			  from->facts[i].entry);
}

static void random_load(struct past_models *p)
{
	unsigned feed = random_below(ROWS(feeds));
	AUTO(load) l = { .feed = feeds[feed], .order_count = 3, .time = 1000 };
	char word[100];
	struct update_result r;
	AUTO(opened) o = { 0 };
	struct model next = { 0 };
	struct feed f;
	uint8_t number = 0;

	l.orders[1].reason = span_of("Fraud");
	l.orders[2].reason = span_of("Gambling");
	for (size_t i = 0; i < ROWS(names); i++) {
		if (random_below(4) == 0 && random_below(3) > 0)
			continue;
		snprintf(word, sizeof(word), "%s/%s/%s/%u", names[i],
			 scope_names[random_below(SCOPES)],
			 action_names[random_below(3)], random_below(3));
		if (random_below(10) < 6)
			list_add_text(&l.list, word);
	}
	if (random_below(8) == 0)
		list_release(&l.list);
	r = load_into_store(&l);
	if (!r.committed)
		return;
	open_begun(&o);
	while (reader_feed(&o.reader, number, &f, NULL) == 0 &&
	       !span_equal(f.name, span_of(feeds[feed])))
		number++;
	copy_model(&next, &p->at[p->count]);
	model_load(&next, number, &l, r.serial);
	p->at[++p->count] = next;
	assert_int_equal(r.serial, p->count);
}

static void random_name(struct past_models *p)
{
	AUTO(target) to = { 0 };
	AUTO(update) u = { 0 };
	struct update_about about = { .verb = span_of("block"), .time = 1500 };
	struct name n = name_of(names[random_below(ROWS(names))]);
	struct order order = { .reason = span_of("by hand") };
	struct entry e = { .scope = SCOPE_SUBTREE };
	struct model next = { 0 };
	struct update_result r;
	bool there = random_below(3) > 0, had = false;
	uint8_t feed;

	assert_int_equal(target_open(&to, scratch_store, NULL, NULL), 0);
	update_begin(&u, &to, NULL);
	feed = update_feed(&u, span_of("override"));
	e.feed = feed;
	e.action = (uint8_t)random_below(3);
	e.order = update_order(&u, &order);
	e.since = (uint32_t)u.head.serial;
	update_name(&u, feed, (struct span){ n.key, n.len }, &e, there);
	assert_int_equal(update_commit(&u, &about, &r), 0);
	if (!r.committed)
		return;
	for (size_t i = 0; i < p->at[p->count].count; i++) {
		const struct fact *f = &p->at[p->count].facts[i];
		bool own = f->entry.feed == feed && f->name.len == n.len &&
			   memcmp(f->name.key, n.key, n.len) == 0;

		if (own && there && entry_compare(&f->entry, &e) == 0)
			had = true;
		if (!own || had)
			model_add(&next, (struct span){ f->name.key, f->name.len },
				  f->entry);
	}
	if (there && !had)
		model_add(&next, (struct span){ n.key, n.len }, e);
	model_sort(&next);
	p->at[++p->count] = next;
}

static void random_rollback(struct past_models *p)
{
	uint64_t serial = random_below((uint32_t)p->count);
	struct model next = { 0 };
	struct update_result r;

	roll_back_well(serial, &r);
	if (!r.committed)
		return;
	copy_model(&next, &p->at[serial]);
	p->at[++p->count] = next;
	assert_int_equal(r.serial, p->count);
}

static void random_sequences_with_rollbacks_do_as_the_model_does(void **state)
{
	(void)state;
	for (int round = 0; round < 12; round++) {
		AUTO(past_models) p = { 0 };

		while (p.count < 25) {
			unsigned what = random_below(10);

			if (what < 5 || p.count == 0)
				random_load(&p);
			else if (what < 8)
				random_name(&p);
			else
				random_rollback(&p);
			check_model(&p.at[p.count], "the store is as the model");
		}
		check_whole();
		scratch_renew();
	}
}

/* ---- rollback ---- */

/* A rollback of the rollback brings the settings of serial 4 back. */
static void check_rolled_back_again(void)
{
	AUTO(opened) o = { 0 };
	struct update_result r;
	struct feed f;
	struct head h;

	roll_back_well(4, &r);
	open_begun(&o);
	assert_int_equal(reader_head(&o.reader, &h, NULL), 0);
	assert_int_equal(h.on_error, ON_ERROR_SERVFAIL);
	assert_int_equal(reader_feed(&o.reader, 2, &f, NULL), 0);
	assert_int_equal(f.rank, 0);
}

static void rollback_restores_settings_and_ranks(void **state)
{
	struct update_result r;
	struct feed f;
	struct head h;
	struct netblocks n;

	(void)state;
	load_text("one", "a.example");
	load_text("two", "b.example");
	for (int i = 0; i < 2; i++) {
		AUTO(target) to = { 0 };
		AUTO(update) u = { 0 };
		struct update_about about = { .verb = span_of("set"), .time = 5 };
		struct netblock block;
		struct notice notice = { .name = span_of("default"), .ttl = 30 + i };

		assert_int_equal(netblock_parse(&block, span_of("192.0.2.0/24"), NULL),
				 0);
		assert_int_equal(target_open(&to, scratch_store, NULL, NULL), 0);
		update_begin(&u, &to, NULL);
		update_notice(&u, &notice);
		if (i == 1) {
			update_on_error(&u, ON_ERROR_SERVFAIL);
			update_structured(&u, STRUCTURED_NEVER);
			update_exempt(&u, &block, 1);
			update_feed_rank(&u, update_feed(&u, span_of("three")), 0);
			update_feed_flags(&u, 1, FEED_SHADOW, FEED_SHADOW);
		}
		assert_int_equal(update_commit(&u, &about, &r), 0);
	}
	assert_int_equal(r.serial, 4);
	roll_back_well(3, &r);
	assert_true(r.committed);
	{
		AUTO(opened) o = { 0 };
		struct notice notice;

		open_begun(&o);
		assert_int_equal(reader_head(&o.reader, &h, NULL), 0);
		assert_int_equal(h.serial, 5);
		assert_int_equal(h.on_error, ON_ERROR_PASS);
		assert_int_equal(h.structured, STRUCTURED_ENCRYPTED);
		assert_int_equal(reader_exempt(&o.reader, &n, NULL), 0);
		assert_int_equal(netblocks_count(&n), 0);
		assert_int_equal(reader_notice(&o.reader, 1, &notice, NULL), 0);
		assert_int_equal(notice.ttl, 30);
		for (uint8_t i = 0; i < 3; i++) {
			assert_int_equal(reader_feed(&o.reader, i, &f, NULL), 0);
			assert_int_equal(f.rank, i);
			assert_int_equal(f.flags, 0);
		}
	}
	check_rolled_back_again();
	check_whole();
}

static void rollback_of_what_is_so_commits_nothing(void **state)
{
	struct update_result r;
	struct err e = { 0 };

	(void)state;
	load_text("one", "a.example");
	assert_int_equal(roll_back(1, &r, &e), 0);
	assert_false(r.committed);
	assert_int_equal(roll_back(2, &r, &e), ERR_INPUT);
	assert_string_equal(e.text, "the store has no serial 2");
	assert_int_equal(roll_back(77, &r, &e), ERR_INPUT);
}

/* ---- tombstones ---- */

static void tombstones_say_from_when_to_when(void **state)
{
	AUTO(opened) o = { 0 };
	struct name n = name_of("a.example");
	struct past all[PAST_MAX];

	(void)state;
	load_text("one", "a.example b.example");
	load_text("one", "b.example");
	load_text("one", "a.example/exact b.example");
	load_text("one", "b.example");
	open_begun(&o);
	assert_int_equal(past_read(&o.reader, n.key, n.len, all, NULL), 2);
	assert_int_equal(all[0].entry.since, 1);
	assert_int_equal(all[0].until, 2);
	assert_int_equal(all[0].entry.scope, SCOPE_SUBTREE);
	assert_int_equal(all[1].entry.since, 3);
	assert_int_equal(all[1].until, 4);
	assert_int_equal(all[1].entry.scope, SCOPE_EXACT);
	n = name_of("b.example");
	assert_int_equal(past_read(&o.reader, n.key, n.len, all, NULL), 0);
}

static void of_many_tombstones_the_newest_stay(void **state)
{
	AUTO(opened) o = { 0 };
	struct name n = name_of("a.example");
	struct past all[PAST_MAX];

	(void)state;
	load_text("one", "b.example");
	for (int i = 0; i < 20; i++) {
		load_text("one", "a.example b.example");
		load_text("one", "b.example");
	}
	open_begun(&o);
	assert_int_equal(past_read(&o.reader, n.key, n.len, all, NULL), PAST_MAX);
	assert_int_equal(all[PAST_MAX - 1].until, 41);
	assert_int_equal(all[0].until, 11);
	opened_release(&o);
	assert_int_equal(check_whole().tombstones, PAST_MAX);
}

/* ---- retention ---- */

static struct retained retain_well(int64_t before, uint64_t size)
{
	AUTO(target) to = { 0 };
	struct retention keep = { before, size };
	struct retained cut;
	struct err e = { 0 };

	assert_int_equal(target_open(&to, scratch_store, NULL, &e), 0);
	if (retain(&to, &keep, &cut, &e) != 0)
		fail_msg("%s", e.text);
	return cut;
}

static void load_at(const char *text, int64_t time)
{
	AUTO(load) l = { .feed = "one", .time = time };

	list_add_text(&l.list, text);
	load_into_store(&l);
}

static void old_changes_are_cut_and_the_chain_holds(void **state)
{
	struct verified before, after;
	struct update_result r;
	struct retained cut;
	struct err e = { 0 };

	(void)state;
	load_at("a.example b.example", 100);
	load_at("a.example", 200);
	load_at("b.example c.example", 300);
	load_at("c.example", 400);
	before = check_whole();
	cut = retain_well(300, 0);
	assert_int_equal(cut.to, 2);
	assert_int_equal(cut.serials, 1);
	assert_int_equal(cut.tombstones, 1);
	after = check_whole();
	assert_int_equal(after.serial, 4);
	assert_int_equal(after.cut, 1);
	assert_int_equal(after.tombstones, before.tombstones - 1);
	assert_memory_equal(after.digest, before.digest, sizeof(after.digest));
	/* What is not cut can be rolled back, what is cut cannot. */
	assert_int_equal(roll_back(1, &r, &e), ERR_INPUT);
	assert_string_equal(e.text, "cannot roll back to serial 1: the changes of "
				    "serial 2 are no longer kept");
	roll_back_well(2, &r);
	assert_int_equal(r.serial, 5);
	check_whole();
	/* A second time there is nothing to cut. */
	assert_int_equal(retain_well(300, 0).serials, 0);
}

static void size_cuts_the_oldest(void **state)
{
	struct retained cut;

	(void)state;
	load_at("a.example", 100);
	for (int i = 0; i < 10; i++)
		load_at(i % 2 == 0 ? "b.example" : "a.example", 200 + i);
	cut = retain_well(0, 200);
	assert_true(cut.bytes <= 200);
	assert_in_range(cut.to, 2, 10);
	assert_int_equal(check_whole().cut, cut.to - 1);
}

/* ---- compaction ---- */

static void compaction_keeps_all_and_shrinks_the_file(void **state)
{
	AUTO(load) l = { .feed = "one", .time = 10 };
	AUTO(model) m = { 0 };
	struct verified before, after;
	uint64_t had, has;
	char word[64];
	struct stat st;

	(void)state;
	for (int i = 0; i < 20000; i++) {
		snprintf(word, sizeof(word), "n%d.toko-palsu.example", i);
		list_add_text(&l.list, word);
	}
	load_into_store(&l);
	load_at("a.example", 20);
	load_at("b.example", 30);
	retain_well(25, 0);
	before = check_whole();
	{
		AUTO(target) to = { 0 };

		assert_int_equal(target_open(&to, scratch_store, NULL, NULL), 0);
		assert_int_equal(target_compact(&to, &had, &has, NULL), 0);
	}
	after = check_whole();
	assert_memory_equal(&after, &before, sizeof(after));
	assert_true(has * 4 < had);
	assert_int_equal(stat(scratch_file("data.mdb"), &st), 0);
	assert_int_equal((uint64_t)st.st_size, has);
	assert_int_equal(st.st_mode & 07777, 0640);
	/* And it can be written on. */
	load_at("c.example", 40);
	assert_int_equal(check_whole().serial, 4);
}

/* ---- verify ---- */

/* Writes a record under the store's feet; LEN 0 removes it. */
static void spoil(enum store_table table, const void *key, size_t key_len,
		  const void *value, size_t len)
{
	AUTO(target) to = { 0 };
	uint8_t buffer[STORE_KEY_MAX];
	MDB_val k, v = { len, (void *)(uintptr_t)value };
	MDB_txn *txn;

	assert_int_equal(target_open(&to, scratch_store, NULL, NULL), 0);
	k = store_key(buffer, table, key, key_len);
	assert_int_equal(mdb_txn_begin(to.store.env, NULL, 0, &txn), 0);
	assert_int_equal(len == 0 ? mdb_del(txn, to.store.dbi, &k, NULL)
				  : mdb_put(txn, to.store.dbi, &k, &v, 0),
			 0);
	assert_int_equal(mdb_txn_commit(txn), 0);
}

#define A_EXAMPLE          "example\0a", 10
#define X_A_EXAMPLE        "example\0a\0x", 12
#define PART(serial, part) "\0\0\0\0\0\0\0" serial "\0\0\0" part, 12

// clang-format off
static const struct {
	const char *what, *message;
	enum store_table table;
	const char *key; size_t key_len;
	const char *value; size_t len;
} faults[] = {
	{ "a wrong ancestor is found", "nearest listed ancestor", TABLE_NAMES,
	  X_A_EXAMPLE, "\x08\x88\0\1\1", 5 },
	{ "an order that is none is found", "order 9, which is none", TABLE_NAMES,
	  A_EXAMPLE, "\0\x88\0\x09\1", 5 },
	{ "a feed that is none is found", "feed 9, which is none", TABLE_NAMES,
	  A_EXAMPLE, "\0\x88\x09\1\1", 5 },
	{ "a serial to come is found", "serial 9, and the store is at 2", TABLE_NAMES,
	  A_EXAMPLE, "\0\x88\0\1\x09", 5 },
	{ "entries out of order are found", "entries of 'a.example' are out of order",
	  TABLE_NAMES, A_EXAMPLE, "\0\x88\0\1\1\0\0\1\1", 9 },
	{ "a name without entries is found", "'a.example' has 0 entries", TABLE_NAMES,
	  A_EXAMPLE, "\0", 1 },
	{ "a name that is gone is found", "says that its nearest", TABLE_NAMES,
	  A_EXAMPLE, "", 0 },
	{ "a key that is no name is found", "a name whose key is none", TABLE_NAMES,
	  "example", 7, "\0\x88\0\1\1", 5 },
	{ "an order with other words is found", "its words are not those", TABLE_ORDERS,
	  "\0\0\0\1", 4, "\0\0\0\x0f\0\0\0\0\0\0", 10 },
	{ "an order that is gone is found", "orders", TABLE_ORDERS,
	  "\0\0\0\1", 4, "", 0 },
	{ "two feeds of a rank are found", "two feeds have rank 0", TABLE_FEEDS,
	  "\1", 1, "\0\3two\0\0\0\0\0\0\0\0\0\0", 15 },
	{ "a wrong count of entries is found", "feed 0 says that it has 7 entries",
	  TABLE_FEEDS, "\0", 1, "\0\3one\0\0\0\0\0\0\0\0\0\7", 15 },
	{ "a header that is gone is found", "serial 2 follows serial 0", TABLE_JOURNAL,
	  PART("\1", "\0"), "", 0 },
	{ "a header that cannot be read is found", "header of serial 1 cannot be read",
	  TABLE_JOURNAL, PART("\1", "\0"), "x", 1 },
	{ "a part that is gone is found", "serial 2 has 1 parts, and 0 are there",
	  TABLE_JOURNAL, PART("\2", "\1"), "", 0 },
	{ "changes that are others are found", "changes of serial 2 are not those",
	  TABLE_JOURNAL, PART("\2", "\1"),
	  "\0\x0a" "example\0a\0" "\0\1\x88\0\1\2", 18 },
	{ "a part too many is found", "serial 2 has 1 parts, and 2 are there",
	  TABLE_JOURNAL, PART("\2", "\2"),
	  "\0\x0a" "example\0a\0" "\0\1\x88\0\1\2", 18 },
	{ "a part of another serial is found", "a part 1 that does not belong there",
	  TABLE_JOURNAL, PART("\3", "\1"),
	  "\0\x0a" "example\0a\0" "\0\1\x88\0\1\2", 18 },
	{ "a tombstone to come is found", "went at serial 9", TABLE_PAST, A_EXAMPLE,
	  "\x88\0\1\1\x09", 5 },
	{ "a tombstone that is cut is found", "past of a.example cannot be read",
	  TABLE_PAST, A_EXAMPLE, "\x88\0\1\1", 4 },
	{ "a record of no table is found", "table 8, which is none", 8, "x", 1,
	  "x", 1 },
};
// clang-format on

static void verify_finds_what_is_wrong(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(faults); i++) {
		AUTO(opened) o = { 0 };
		struct verified v;
		struct err e = { 0 };

		load_text("one", "a.example x.a.example");
		load_text("two", "d.example");
		check_whole();
		spoil(faults[i].table, faults[i].key, faults[i].key_len,
		      faults[i].value, faults[i].len);
		if (store_open(&o.store, scratch_store, STORE_READ, &e) != 0 ||
		    reader_init(&o.reader, &o.store, &e) != 0 ||
		    reader_begin(&o.reader, &e) != 0)
			fail_msg("%s: %s", faults[i].what, e.text);
		check(verify(&o.reader, &v, NULL, &e) == ERR_DAMAGED, faults[i].what);
		if (strstr(e.text, faults[i].message) == NULL)
			fail_msg("not so: %s: '%s'", faults[i].what, e.text);
		opened_release(&o);
		scratch_renew();
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, scratch_make, scratch_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(random_sequences_with_rollbacks_do_as_the_model_does),
		TEST(rollback_restores_settings_and_ranks),
		TEST(rollback_of_what_is_so_commits_nothing),
		TEST(tombstones_say_from_when_to_when),
		TEST(of_many_tombstones_the_newest_stay),
		TEST(old_changes_are_cut_and_the_chain_holds),
		TEST(size_cuts_the_oldest),
		TEST(compaction_keeps_all_and_shrinks_the_file),
		TEST(verify_finds_what_is_wrong),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
