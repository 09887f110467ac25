// SPDX-License-Identifier: BSD-3-Clause
/* update, target, changeset, journal: what an update makes of the store. */
#include <openssl/evp.h>
#include <signal.h>

#include "model.h"

/* A store that is open for reading; one at a time in this process. */
struct opened {
	struct store store;
	struct reader reader;
};

static inline void opened_release(struct opened *o)
{
	reader_release(&o->reader);
	store_release(&o->store);
}

static void open_store(struct opened *o)
{
	struct err e = { 0 };

	if (store_open(&o->store, scratch_store, STORE_READ, &e) != 0 ||
	    reader_init(&o->reader, &o->store, &e) != 0)
		fail_msg("%s", e.text);
}

static void check_model(const struct model *m, const char *what)
{
	AUTO(opened) o = { 0 };

	open_store(&o);
	check_store(&o.reader, m, what);
}

static struct head head_now(void)
{
	AUTO(opened) o = { 0 };
	struct head h;

	open_store(&o);
	assert_int_equal(reader_begin(&o.reader, NULL), 0);
	assert_int_equal(reader_head(&o.reader, &h, NULL), 0);
	reader_end(&o.reader);
	return h;
}

static unsigned mode_of(const char *path)
{
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	return st.st_mode & 07777;
}

static bool exists(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0;
}

/* Reads the changes of SERIAL from the journal and makes them in the model of the
 * serial before. */
static void replay(struct reader *r, uint64_t serial, struct model *m)
{
	struct journal j;

	assert_int_equal(reader_begin(r, NULL), 0);
	assert_int_equal(journal_read(r, serial, &j, model_change, m, NULL), 0);
	if (j.flags & JOURNAL_FIRST_LOAD) {
		assert_int_equal(m->count, 0);
		model_read(m, r);
		for (size_t i = 0; i < m->count; i++)
			assert_int_equal(m->facts[i].entry.since, serial);
	}
	reader_end(r);
	model_sort(m);
}

/* ---- entries ---- */

// clang-format off
static const struct {
	const char *what, *before, *after;
	unsigned added, removed, changed;
} differences[] = {
	{ "the same list in another order changes nothing",
	  "a.example b.example", "b.example a.example", 0, 0, 0 },
	{ "a name that is listed twice changes nothing",
	  "a.example", "a.example a.example", 0, 0, 0 },
	{ "a name that comes is added", "b.example", "a.example b.example", 1, 0, 0 },
	{ "a name that comes last is added", "b.example", "b.example c.example", 1, 0,
	  0 },
	{ "a name that goes is removed", "a.example b.example", "a.example", 0, 1, 0 },
	{ "the first name is removed", "a.example b.example", "b.example", 0, 1, 0 },
	{ "one name goes and another comes",
	  "a.example c.example", "b.example c.example", 1, 1, 0 },
	{ "all names go", "a.example b.example c.example", "", 0, 3, 0 },
	{ "another action changes a name",
	  "a.example b.example", "a.example b.example/subtree/nxdomain", 0, 0, 1 },
	{ "another scope changes a name", "a.example", "a.example/exact", 0, 0, 1 },
	{ "another order changes a name", "a.example", "a.example/subtree/notice/1",
	  0, 0, 1 },
	{ "a second entry changes a name", "a.example",
	  "a.example a.example/exact/pass",
	  0, 0, 1 },
	{ "an entry less changes a name", "a.example a.example/exact/pass",
	  "a.example/exact/pass", 0, 0, 1 },
	{ "many terms of one name are one change",
	  "a.example/exact/pass a.example/below/drop a.example/subtree/notice/2",
	  "a.example/exact/pass a.example/below/refused a.example/subtree/notice/3",
	  0, 0, 1 },
	{ "a name comes above those that are listed",
	  "x.a.example y.a.example y.y.a.example b.example",
	  "x.a.example y.a.example y.y.a.example b.example a.example", 1, 0, 0 },
	{ "a name goes above those that are listed",
	  "x.a.example y.a.example y.y.a.example a.example",
	  "x.a.example y.a.example y.y.a.example", 0, 1, 0 },
	{ "a name comes between two of its line",
	  "example.com www.m.example.com m.example.org",
	  "example.com www.m.example.com m.example.com m.example.org", 1, 0, 0 },
	{ "a name goes from between two of its line",
	  "example.com www.m.example.com m.example.com",
	  "example.com www.m.example.com", 0, 1, 0 },
	{ "a whole line comes at once", "z.example", "z.example a.example b.a.example "
	  "c.b.a.example d.c.b.a.example", 4, 0, 0 },
	{ "a whole line goes at once", "z.example a.example b.a.example c.b.a.example "
	  "d.c.b.a.example", "z.example", 0, 4, 0 },
	{ "every other of a line goes", "a.example b.a.example c.b.a.example "
	  "d.c.b.a.example e.d.c.b.a.example", "a.example c.b.a.example "
	  "e.d.c.b.a.example", 0, 2, 0 },
	{ "escaped names are names as others are",
	  "\\000.example \\001.example a.\\000.example",
	  "\\001.example a.\\000.example a.\\001.example", 1, 1, 0 },
	{ "all is another list", "a.example b.example", "c.example d.example", 2, 2,
	  0 },
};
// clang-format on

static void load_of(struct load *l, const char *text, int64_t time)
{
	l->feed = "list";
	l->time = time;
	l->order_count = 4;
	for (unsigned i = 1; i < 4; i++)
		l->orders[i].issued = i;
	list_add_text(&l->list, text);
}

static void difference_is_what_changes(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(differences); i++) {
		AUTO(load) before = { 0 };
		AUTO(load) after = { 0 };
		AUTO(model) m = { 0 };
		const char *what = differences[i].what;
		struct update_result r;
		bool changes;

		load_of(&before, differences[i].before, 1000);
		load_of(&after, differences[i].after, 2000);
		r = load_into_store(&before);
		check(r.committed && r.serial == 1, what);
		model_load(&m, 0, &before, 1);
		check_model(&m, what);
		r = load_into_store(&after);
		changes = differences[i].added + differences[i].removed +
				  differences[i].changed >
			  0;
		check(r.committed == changes, what);
		check(r.serial == (changes ? 2 : 1), what);
		check(r.added == differences[i].added, what);
		check(r.removed == differences[i].removed, what);
		check(r.changed == differences[i].changed, what);
		model_load(&m, 0, &after, 2);
		check_model(&m, what);
		check(head_now().serial == r.serial, what);
		scratch_renew();
	}
}

static void first_load_makes_the_store(void **state)
{
	mode_t mask = umask(077);
	struct update_result r = load_text("list", "b.example a.example a.example");
	AUTO(load) l = { .feed = "list" };
	AUTO(model) m = { 0 };
	struct head h;

	(void)state;
	umask(mask);
	assert_true(r.committed);
	assert_int_equal(r.serial, 1);
	assert_int_equal(r.added, 2);
	assert_int_equal(r.removed + r.changed, 0);
	assert_int_equal(r.names, 2);
	assert_int_equal(mode_of(scratch_store), 02770);
	assert_int_equal(mode_of(scratch_file("data.mdb")), 0640);
	assert_int_equal(mode_of(scratch_file("lock.mdb")), 0660);
	h = head_now();
	assert_int_equal(h.serial, 1);
	assert_int_equal(h.committed, 1000);
	assert_int_equal(h.orders, 1);
	assert_int_equal(h.on_error, ON_ERROR_PASS);
	list_add_text(&l.list, "a.example b.example");
	l.numbers[0] = 1;
	model_load(&m, 0, &l, 1);
	check_model(&m, "the store holds what was loaded");
}

static void first_load_of_nothing_makes_a_store(void **state)
{
	struct update_result r = load_text("list", "");

	(void)state;
	assert_true(r.committed);
	assert_int_equal(r.serial, 1);
	assert_int_equal(r.names, 0);
	assert_int_equal(head_now().names, 0);
	r = load_text("list", "a.example");
	assert_int_equal(r.serial, 2);
	assert_int_equal(r.added, 1);
}

static void unchanged_list_makes_no_serial(void **state)
{
	struct content before, after;
	struct update_result r;

	(void)state;
	load_text("list", "a.example b.a.example c.example/exact/pass");
	before = content_of(scratch_file("data.mdb"));
	r = load_text("list", "c.example/exact/pass b.a.example a.example");
	after = content_of(scratch_file("data.mdb"));
	assert_false(r.committed);
	assert_int_equal(r.serial, 1);
	assert_int_equal(r.names, 3);
	assert_int_equal(r.added + r.removed + r.changed, 0);
	assert_true(same_content(&before, &after));
	content_release(&before);
	content_release(&after);
}

static void feeds_keep_out_of_each_other(void **state)
{
	static const struct {
		const char *what, *feed, *text;
		unsigned added, removed, changed, names;
	} t[] = {
		{ "the first feed comes", "ministry", "a.example b.example", 2, 0, 0,
		  2 },
		{ "a second feed with the same names adds to them", "own",
		  "a.example b.example/exact/pass", 2, 0, 0, 2 },
		{ "a third feed adds above and below", "agency",
		  "x.a.example x.x.a.example c.example", 3, 0, 0, 5 },
		{ "the first feed goes, and its names stay with the second", "ministry",
		  "", 0, 2, 0, 5 },
		{ "the first feed comes back", "ministry", "b.example c.example", 2, 0,
		  0, 5 },
		{ "the second changes its own entry only", "own",
		  "a.example b.example/subtree/pass", 0, 0, 1, 5 },
		{ "the third goes, and one of its names stays", "agency", "", 0, 3, 0,
		  3 },
		{ "a fourth with no names comes", "empty", "", 0, 0, 0, 3 },
	};
	AUTO(model) m = { 0 };

	(void)state;
	for (size_t i = 0; i < ROWS(t); i++) {
		static const char *const feeds[] = { "ministry", "own", "agency",
						     "empty" };
		AUTO(load) l = { .feed = t[i].feed };
		struct update_result r;

		list_add_text(&l.list, t[i].text);
		r = load_into_store(&l);
		check(r.committed && r.serial == i + 1, t[i].what);
		check(r.added == t[i].added && r.removed == t[i].removed &&
			      r.changed == t[i].changed,
		      t[i].what);
		model_load(&m, (uint8_t)word_find(feeds, 4, span_of(t[i].feed)), &l,
			   i + 1);
		check_model(&m, t[i].what);
		check(head_now().names == t[i].names, t[i].what);
	}
}

static const struct {
	const char *what, *text;
	unsigned added, removed, changed;
} short_lists[] = {
	{ "a first name comes", "own.example", 1, 0, 0 },
	{ "a name of the large feed comes", "own.example n7.example", 1, 0, 0 },
	{ "nothing changes", "n7.example own.example", 0, 0, 0 },
	{ "a name above and one below others come",
	  "n7.example own.example example x.n8.example", 2, 0, 0 },
	{ "an action changes",
	  "n7.example/subtree/pass own.example example x.n8.example", 0, 0, 1 },
	{ "a second entry comes",
	  "n7.example/subtree/pass n7.example/exact own.example example "
	  "x.n8.example",
	  0, 0, 1 },
	{ "a name goes",
	  "n7.example/subtree/pass n7.example/exact own.example "
	  "x.n8.example",
	  0, 1, 0 },
	{ "one goes and one comes",
	  "n7.example/subtree/pass n7.example/exact "
	  "own.example x.n9.example",
	  1, 1, 0 },
	{ "an entry goes and a name comes",
	  "n7.example/exact own.example x.n9.example y.n9.example", 1, 0, 1 },
	{ "all go", "", 0, 4, 0 },
	{ "some come back", "n1.example own.example", 2, 0, 0 },
};

/* A feed that is short beside the others is not looked for among all names. */
static void short_list_beside_a_large_store_is_as_any_other(void **state)
{
	AUTO(load) large = { .feed = "large" };
	AUTO(model) m = { 0 };
	char word[32];
	uint64_t serial = 1;

	(void)state;
	for (int i = 0; i < 400; i++) {
		snprintf(word, sizeof(word), "n%d.example", i);
		list_add_text(&large.list, word);
	}
	load_into_store(&large);
	model_load(&m, 0, &large, 1);
	for (size_t i = 0; i < ROWS(short_lists); i++) {
		AUTO(load) l = { .feed = "own" };
		AUTO(model) replayed = { 0 };
		AUTO(opened) o = { 0 };
		struct update_result r;

		for (size_t j = 0; j < m.count; j++)
			model_add(&replayed,
				  (struct span){ m.facts[j].name.key,
						 m.facts[j].name.len },
				  m.facts[j].entry);
		list_add_text(&l.list, short_lists[i].text);
		r = load_into_store(&l);
		serial += short_lists[i].added + short_lists[i].removed +
				  short_lists[i].changed >
			  0;
		check(r.serial == serial, short_lists[i].what);
		check(r.added == short_lists[i].added &&
			      r.removed == short_lists[i].removed &&
			      r.changed == short_lists[i].changed,
		      short_lists[i].what);
		model_load(&m, 1, &l, serial);
		open_store(&o);
		check_store(&o.reader, &m, short_lists[i].what);
		if (r.committed)
			replay(&o.reader, serial, &replayed);
		check_same(&replayed, &m, short_lists[i].what);
	}
}

static void feeds_are_ranked_as_they_come(void **state)
{
	AUTO(opened) o = { 0 };
	char name[16];
	struct feed f;

	(void)state;
	for (int i = 0; i < 5; i++) {
		snprintf(name, sizeof(name), "feed%d", i);
		load_text(name, "a.example");
	}
	open_store(&o);
	assert_int_equal(reader_begin(&o.reader, NULL), 0);
	for (uint8_t i = 0; i < 5; i++) {
		assert_int_equal(reader_feed(&o.reader, i, &f, NULL), 0);
		snprintf(name, sizeof(name), "feed%d", i);
		assert_true(span_equal(f.name, span_of(name)));
		assert_int_equal(f.rank, i);
		assert_int_equal(o.reader.now.rank[i], i);
		assert_int_equal(f.entries, 1);
	}
	assert_int_equal(reader_feed(&o.reader, 5, &f, NULL), ERR_DAMAGED);
	reader_end(&o.reader);
}

static void all_names_may_go_and_come_back(void **state)
{
	AUTO(model) m = { 0 };
	AUTO(load) l = { .feed = "list" };
	struct update_result r;

	(void)state;
	load_text("list", "a.example b.a.example");
	r = load_text("list", "");
	assert_true(r.committed);
	assert_int_equal(r.removed, 2);
	assert_int_equal(r.names, 0);
	check_model(&m, "an emptied store holds nothing");
	list_add_text(&l.list, "b.a.example c.example");
	r = load_into_store(&l);
	assert_int_equal(r.serial, 3);
	assert_int_equal(r.added, 2);
	model_load(&m, 0, &l, 3);
	check_model(&m, "an emptied store is filled again");
}

/* A key of more than 127 bytes takes two bytes in the values below it. */
static void long_names_come_and_go_above_others(void **state)
{
	static const char *const long_name =
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa."
		"bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb.example";
	AUTO(model) m = { 0 };

	(void)state;
	for (unsigned round = 0; round < 4; round++) {
		AUTO(load) l = { .feed = "list" };
		char word[300];

		/* Enough below it for its page to be split. */
		for (int i = 0; i < 60; i++) {
			snprintf(word, sizeof(word), "n%d.%s", i, long_name);
			list_add_text(&l.list, word);
			snprintf(word, sizeof(word), "x.n%d.%s", i, long_name);
			if (i % 3 == 0)
				list_add_text(&l.list, word);
		}
		list_add_text(&l.list, "z.example");
		if (round % 2 == 1)
			list_add_text(&l.list, long_name);
		load_into_store(&l);
		model_load(&m, 0, &l, round + 1);
		check_model(&m, "the names below a long name keep their keys");
	}
}

/* ---- random updates ---- */

/* A name of a small world, so that names often are above others. */
static struct name random_name(void)
{
	static const char *const labels[] = {
		"a", "b", "c", "xn--d", "e-", "\1", "\2"
	};
	struct name n = name_of("example");
	uint8_t wide[60];

	if (random_below(4) == 0) {
		memset(wide, 'w', sizeof(wide));
		name_add_label(&n, wide, sizeof(wide));
		name_add_label(&n, wide, sizeof(wide));
	}
	for (uint32_t depth = random_below(6); depth > 0; depth--) {
		const char *label = labels[random_below(ROWS(labels))];

		name_add_label(&n, (const uint8_t *)label, strlen(label));
	}
	return n;
}

static void fill_randomly(struct load *l, uint32_t count)
{
	l->order_count = 5;
	for (unsigned i = 0; i < 5; i++)
		l->orders[i].issued = i;
	while (count-- > 0) {
		struct name n = random_name();

		assert_int_equal(list_add(&l->list, &n, random_below(SCOPES),
					  random_below(ACTIONS), random_below(5), NULL),
				 0);
	}
}

static void random_updates_do_as_the_model_does(void **state)
{
	AUTO(model) m = { 0 };
	AUTO(model) replayed = { 0 };
	uint64_t serial = 0;

	(void)state;
	for (int round = 0; round < 60; round++) {
		static const char *const feeds[] = { "one", "two", "three" };
		static const uint32_t sizes[] = { 0, 1, 5, 50, 400 };
		uint32_t feed = round < 3 ? (uint32_t)round : random_below(3);
		AUTO(load) l = { .feed = feeds[feed] };
		AUTO(opened) o = { 0 };
		struct update_result r;

		fill_randomly(&l, sizes[random_below(ROWS(sizes))]);
		r = load_into_store(&l);
		serial += r.committed;
		assert_int_equal(r.serial, serial);
		model_load(&m, (uint8_t)feed, &l, serial);
		open_store(&o);
		check_store(&o.reader, &m, "the store is as the model");
		if (r.committed)
			replay(&o.reader, serial, &replayed);
		check_same(&replayed, &m, "the journal leads to the same names");
	}
}

/* ---- many feeds, and names by hand ---- */

struct visits {
	char text[512];
};

static bool write_visit(void *arg, const struct change *change)
{
	struct visits *v = arg;
	size_t used = strlen(v->text);
	char name[NAME_TEXT_MAX];

	snprintf(v->text + used, sizeof(v->text) - used, "%s -%u +%u, ",
		 name_to_text(name, change->key.data, change->key.len), change->gone,
		 change->come);
	return true;
}

/* Compares a feed with a list in text form, and accepts it or not. */
static struct update_counts compare_text(struct update *u, const char *feed,
					 const char *text, bool accept,
					 const char *changes)
{
	AUTO(list) list = { 0 };
	struct order o = { 0 };
	uint32_t numbers[] = { update_order(u, &o) };
	struct update_from from = { .feed = span_of(feed) };
	struct update_counts counts;
	struct visits visits = { 0 };

	list_add_text(&list, text);
	list_sort(&list);
	update_compare(u, update_feed(u, span_of(feed)), &list, numbers, &counts);
	update_visit(u, write_visit, &visits);
	assert_string_equal(visits.text, changes);
	if (accept)
		update_accept(u, &from);
	else
		update_refuse(u);
	return counts;
}

static struct update_result commit_at(struct update *u, int64_t time)
{
	struct update_about about = { .verb = span_of("update"), .time = time };
	struct update_result r;

	if (update_commit(u, &about, &r) != 0)
		fail_msg("%s", u->e->text);
	return r;
}

static void one_update_takes_many_feeds_and_refuses_one(void **state)
{
	AUTO(opened) o = { 0 };
	AUTO(model) first = { 0 };
	AUTO(model) replayed = { 0 };
	struct err e = { 0 };
	struct update_counts c;
	struct update_result r;
	struct journal j;

	(void)state;
	for (int i = 0; i < 2; i++) {
		AUTO(target) to = { 0 };
		AUTO(update) u = { 0 };

		assert_int_equal(target_open(&to, scratch_store, NULL, &e), 0);
		update_begin(&u, &to, &e);
		assert_int_equal(update_is_first(&u), i == 0);
		if (i == 0) {
			c = compare_text(&u, "one",
					 "a.example b.example b.example/exact", true,
					 "");
			assert_int_equal(c.before, 0);
			assert_int_equal(c.added, 2);
			c = compare_text(&u, "two", "b.example c.example", true,
					 "b.example -0 +1, c.example -0 +1, ");
			assert_int_equal(c.added, 2);
			r = commit_at(&u, 10);
			assert_int_equal(r.added, 4);
			assert_int_equal(r.names, 3);
			continue;
		}
		c = compare_text(&u, "one", "b.example d.example", true,
				 "a.example -1 +0, b.example -1 +0, d.example -0 +1, ");
		assert_int_equal(c.before, 2);
		assert_int_equal(c.removed, 1);
		assert_int_equal(c.changed, 1);
		c = compare_text(&u, "two", "", false,
				 "b.example -1 +0, c.example -1 +0, ");
		assert_int_equal(c.before, 2);
		assert_int_equal(c.removed, 2);
		compare_text(&u, "three", "a.example", true, "a.example -0 +1, ");
		r = commit_at(&u, 20);
	}
	assert_true(r.committed);
	assert_int_equal(r.added, 2);
	assert_int_equal(r.removed, 1);
	assert_int_equal(r.changed, 1);
	assert_int_equal(r.names, 4);
	open_store(&o);
	assert_int_equal(reader_begin(&o.reader, NULL), 0);
	assert_int_equal(journal_header(&o.reader, 1, &j, NULL), 0);
	assert_int_equal(j.flags, JOURNAL_FIRST_LOAD);
	assert_int_equal(j.parts, 0);
	assert_int_equal(j.feed_count, 2);
	assert_int_equal(journal_header(&o.reader, 2, &j, NULL), 0);
	assert_int_equal(j.feed_count, 2);
	model_read(&first, &o.reader);
	assert_int_equal(first.count, 5);
	reader_end(&o.reader);
}

static void nothing_is_written_of_what_is_refused(void **state)
{
	AUTO(model) m = { 0 };
	struct err e = { 0 };

	(void)state;
	load_text("one", "a.example b.example");
	{
		AUTO(opened) o = { 0 };

		open_store(&o);
		assert_int_equal(reader_begin(&o.reader, NULL), 0);
		model_read(&m, &o.reader);
		reader_end(&o.reader);
	}
	{
		AUTO(target) to = { 0 };
		AUTO(update) u = { 0 };

		assert_int_equal(target_open(&to, scratch_store, NULL, &e), 0);
		update_begin(&u, &to, &e);
		compare_text(&u, "one", "c.example", false,
			     "a.example -1 +0, b.example -1 +0, c.example -0 +1, ");
		assert_false(commit_at(&u, 5).committed);
	}
	check_model(&m, "what was refused is not in the store");
	assert_int_equal(head_now().serial, 1);
}

/* Sets a feed's entries of a name to one of an action; none for -1. */
static struct update_result set_name(const char *feed, const char *name, int action)
{
	AUTO(target) to = { 0 };
	AUTO(update) u = { 0 };
	struct err e = { 0 };
	struct name n = name_of(name);
	struct order o = { .reason = span_of("by hand") };
	struct entry entry = { .scope = SCOPE_SUBTREE };

	assert_int_equal(target_open(&to, scratch_store, NULL, &e), 0);
	update_begin(&u, &to, &e);
	if (action >= 0)
		entry.action = (uint8_t)action;
	entry.order = update_order(&u, &o);
	update_name(&u, update_feed(&u, span_of(feed)), (struct span){ n.key, n.len },
		    &entry, action >= 0);
	return commit_at(&u, 7);
}

static void name_is_set_by_hand(void **state)
{
	AUTO(model) m = { 0 };
	AUTO(opened) o = { 0 };
	struct update_result r;

	(void)state;
	load_text("list", "a.example b.example");
	open_store(&o);
	replay(&o.reader, 1, &m);
	opened_release(&o);
	r = set_name("override", "b.example", ACTION_PASS);
	assert_true(r.committed);
	assert_int_equal(r.added, 1);
	assert_int_equal(r.names, 2);
	assert_false(set_name("override", "b.example", ACTION_PASS).committed);
	r = set_name("override", "b.example", ACTION_DROP);
	assert_int_equal(r.changed, 1);
	r = set_name("override", "x.b.example", ACTION_DROP);
	assert_int_equal(r.names, 3);
	r = set_name("override", "b.example", -1);
	assert_int_equal(r.removed, 1);
	assert_int_equal(r.names, 3);
	assert_false(set_name("override", "c.example", -1).committed);
	open_store(&o);
	for (uint64_t serial = 2; serial <= 5; serial++)
		replay(&o.reader, serial, &m);
	check_store(&o.reader, &m, "the journal leads to the same names");
}

/* ---- settings ---- */

static int commit_settings(struct update *u, struct update_result *r)
{
	struct update_about about = { .verb = span_of("compile"), .time = 5 };

	return update_commit(u, &about, r);
}

/* Makes the notice of that name with that TTL; returns its number. */
static uint16_t set_notice(const char *name, const char *address, uint32_t ttl,
			   struct update_result *r)
{
	AUTO(target) to = { 0 };
	AUTO(update) u = { 0 };
	struct notice n = { .name = span_of(name), .ttl = ttl };
	struct err e = { 0 };
	uint16_t number;

	assert_int_equal(target_open(&to, scratch_store, NULL, &e), 0);
	update_begin(&u, &to, &e);
	assert_true(notice_add(&n, address));
	number = update_notice(&u, &n);
	assert_int_equal(update_notice_find(&u, span_of(name)), number);
	assert_int_equal(update_notice_find(&u, span_of("no such notice")), 0);
	assert_int_equal(commit_settings(&u, r), 0);
	return number;
}

static bool stop_at_first(void *arg, const struct change *change)
{
	(void)change;
	++*(int *)arg;
	return false;
}

static struct journal read_header(struct reader *r, uint64_t serial)
{
	struct journal j;
	int calls = 0;

	assert_int_equal(journal_read(r, serial, &j, stop_at_first, &calls, NULL), 0);
	return j;
}

static void notice_is_changed_in_its_place(void **state)
{
	AUTO(opened) o = { 0 };
	struct update_result r;
	struct notice n;

	(void)state;
	assert_int_equal(set_notice("default", "192.0.2.1", 30, &r), 1);
	assert_int_equal(r.serial, 1);
	assert_int_equal(set_notice("default", "192.0.2.1", 30, &r), 1);
	assert_false(r.committed);
	assert_int_equal(r.serial, 1);
	assert_int_equal(set_notice("default", "192.0.2.2", 60, &r), 1);
	assert_true(r.committed);
	assert_int_equal(r.serial, 2);
	assert_int_equal(set_notice("other", "2001:db8::1", 30, &r), 2);
	assert_int_equal(r.serial, 3);
	assert_int_equal(head_now().notices, 2);
	open_store(&o);
	assert_int_equal(reader_begin(&o.reader, NULL), 0);
	assert_int_equal(reader_notice(&o.reader, 1, &n, NULL), 0);
	assert_int_equal(n.ttl, 60);
	assert_int_equal(n.v4_count, 1);
	assert_memory_equal(n.v4[0], "\xc0\0\2\2", 4);
	assert_int_equal(reader_notice(&o.reader, 2, &n, NULL), 0);
	assert_true(span_equal(n.name, span_of("other")));
	assert_int_equal(n.v6_count, 1);
	assert_int_equal(reader_notice(&o.reader, 3, &n, NULL), ERR_DAMAGED);
	assert_int_equal(read_header(&o.reader, 1).records.len, 0);
	assert_int_equal(read_header(&o.reader, 3).records.len, 0);
	reader_end(&o.reader);
}

static void journal_keeps_what_a_notice_was(void **state)
{
	AUTO(opened) o = { 0 };
	struct update_result r;
	struct span records;

	(void)state;
	set_notice("n", "192.0.2.1", 30, &r);
	set_notice("n", "192.0.2.2", 30, &r);
	open_store(&o);
	assert_int_equal(reader_begin(&o.reader, NULL), 0);
	records = read_header(&o.reader, 2).records;
	check_hex(records.data, records.len,
		  "04 0002 0001"
		  "000d 0001 6e 0000001e 01 c0000201 00"
		  "000d 0001 6e 0000001e 01 c0000202 00",
		  "the record is there before and after");
	reader_end(&o.reader);
}

static struct update_result set_on_error(enum on_error on_error)
{
	AUTO(target) to = { 0 };
	AUTO(update) u = { 0 };
	struct update_result r;
	struct err e = { 0 };

	assert_int_equal(target_open(&to, scratch_store, NULL, &e), 0);
	update_begin(&u, &to, &e);
	update_on_error(&u, on_error);
	assert_int_equal(commit_settings(&u, &r), 0);
	return r;
}

static void on_error_is_a_setting_with_a_history(void **state)
{
	AUTO(opened) o = { 0 };
	struct span records;

	(void)state;
	load_text("list", "a.example");
	assert_false(set_on_error(ON_ERROR_PASS).committed);
	assert_int_equal(set_on_error(ON_ERROR_SERVFAIL).serial, 2);
	assert_false(set_on_error(ON_ERROR_SERVFAIL).committed);
	assert_int_equal(load_text("list", "b.example").serial, 3);
	open_store(&o);
	assert_int_equal(reader_begin(&o.reader, NULL), 0);
	assert_int_equal(o.reader.now.on_error, ON_ERROR_SERVFAIL);
	records = read_header(&o.reader, 2).records;
	check_hex(records.data, records.len, "00 0008 6f6e2d6572726f72 0001 00 0001 01",
		  "the setting is there before and after");
	assert_int_equal(read_header(&o.reader, 3).records.len, 0);
	reader_end(&o.reader);
}

static struct update_result set_structured(enum structured structured)
{
	AUTO(target) to = { 0 };
	AUTO(update) u = { 0 };
	struct update_result r;

	assert_int_equal(target_open(&to, scratch_store, NULL, NULL), 0);
	update_begin(&u, &to, NULL);
	update_structured(&u, structured);
	assert_int_equal(commit_settings(&u, &r), 0);
	return r;
}

static void structured_errors_are_a_setting_with_a_history(void **state)
{
	AUTO(opened) o = { 0 };
	struct span records;

	(void)state;
	load_text("list", "a.example");
	assert_false(set_structured(STRUCTURED_ENCRYPTED).committed);
	assert_int_equal(set_structured(STRUCTURED_NEVER).serial, 2);
	assert_false(set_structured(STRUCTURED_NEVER).committed);
	assert_int_equal(set_structured(STRUCTURED_ALWAYS).serial, 3);
	open_store(&o);
	assert_int_equal(reader_begin(&o.reader, NULL), 0);
	assert_int_equal(o.reader.now.structured, STRUCTURED_ALWAYS);
	assert_int_equal(o.reader.now.on_error, ON_ERROR_PASS);
	records = read_header(&o.reader, 3).records;
	check_hex(records.data, records.len,
		  "00 0011 737472756374757265642d6572726f7273 0001 02 0001 01",
		  "the setting is there before and after");
	reader_end(&o.reader);
}

/* ---- exempt clients ---- */

/* Makes the exempt clients those of TEXT. */
static struct update_result set_exempt(const char *text)
{
	AUTO(target) to = { 0 };
	AUTO(update) u = { 0 };
	struct netblock blocks[10];
	struct update_result r;
	size_t count = 0;
	char word[80];
	int used;

	for (; sscanf(text, " %79s%n", word, &used) == 1; text += used)
		assert_int_equal(netblock_parse(&blocks[count++], span_of(word), NULL),
				 0);
	assert_int_equal(target_open(&to, scratch_store, NULL, NULL), 0);
	update_begin(&u, &to, NULL);
	update_exempt(&u, blocks, count);
	assert_int_equal(commit_settings(&u, &r), 0);
	return r;
}

static void check_exempt(const char *hex, const char *what)
{
	AUTO(opened) o = { 0 };
	struct netblocks n;
	struct span v4, v6;
	uint8_t all[200];
	struct bytes b = bytes_over(all, sizeof(all));

	open_store(&o);
	assert_int_equal(reader_begin(&o.reader, NULL), 0);
	assert_int_equal(reader_exempt(&o.reader, &n, NULL), 0);
	v4 = n.v4;
	v6 = n.v6;
	put_data(&b, v4.data, v4.len);
	put_data(&b, v6.data, v6.len);
	check_hex(all, (size_t)(b.at - all), hex, what);
	assert_true(span_equal(o.reader.now.exempt.v4, n.v4));
	assert_true(span_equal(o.reader.now.exempt.v6, n.v6));
	reader_end(&o.reader);
}

static void exempt_clients_are_a_setting_with_a_history(void **state)
{
	AUTO(opened) o = { 0 };
	struct span records;

	(void)state;
	load_text("list", "a.example");
	check_exempt("", "nobody is exempt at first");
	assert_false(set_exempt("").committed);
	assert_int_equal(set_exempt("198.51.100.7 192.0.2.0/24").serial, 2);
	check_exempt("c0000200 18 c6336407 20", "two blocks, in order");
	assert_false(set_exempt("192.0.2.0/24 198.51.100.7").committed);
	assert_false(set_exempt("192.0.2.0/24 192.0.2.9 198.51.100.7").committed);
	assert_int_equal(set_exempt("2001:db8::/32").serial, 3);
	check_exempt("20010db8000000000000000000000000 20", "others instead");
	/* A list changes nothing about them. */
	assert_int_equal(load_text("list", "b.example").serial, 4);
	check_exempt("20010db8000000000000000000000000 20", "the same");
	assert_int_equal(set_exempt("").serial, 5);
	check_exempt("", "nobody is exempt");
	assert_false(set_exempt("").committed);
	open_store(&o);
	assert_int_equal(reader_begin(&o.reader, NULL), 0);
	records = read_header(&o.reader, 2).records;
	check_hex(records.data, records.len,
		  "00 0006 6578656d7074 0004 0000 0000"
		  "000e 0002 c0000200 18 c6336407 20 0000",
		  "nobody before, two after");
	records = read_header(&o.reader, 3).records;
	check_hex(records.data, records.len,
		  "00 0006 6578656d7074 000e 0002 c0000200 18 c6336407 20 0000"
		  "0015 0000 0001 20010db8000000000000000000000000 20",
		  "two before, another after");
	assert_int_equal(read_header(&o.reader, 4).records.len, 0);
	reader_end(&o.reader);
}

static void a_thousand_netblocks_may_be_exchanged(void **state)
{
	static struct netblock blocks[NETBLOCKS_MAX];

	(void)state;
	load_text("list", "a.example");
	for (int round = 0; round < 2; round++) {
		AUTO(target) to = { 0 };
		AUTO(update) u = { 0 };
		struct update_result r;

		for (unsigned i = 0; i < NETBLOCKS_MAX; i++)
			blocks[i] = (struct netblock){
				.family = 6,
				.prefix = 128,
				.address = { 0x20, 1, 0x0d, 0xb8,
					     (uint8_t)round, [14] = (uint8_t)(i >> 8),
					     [15] = (uint8_t)i },
			};
		assert_int_equal(target_open(&to, scratch_store, NULL, NULL), 0);
		update_begin(&u, &to, NULL);
		update_exempt(&u, blocks, NETBLOCKS_MAX);
		assert_int_equal(commit_settings(&u, &r), 0);
		assert_int_equal(r.serial, 2 + round);
	}
}

/* ---- flags and ranks of feeds ---- */

static struct update_result set_feed_flags(uint8_t feed, uint8_t flags, uint8_t mask)
{
	AUTO(target) to = { 0 };
	AUTO(update) u = { 0 };
	struct update_result r;

	assert_int_equal(target_open(&to, scratch_store, NULL, NULL), 0);
	update_begin(&u, &to, NULL);
	update_feed_flags(&u, feed, flags, mask);
	assert_int_equal(commit_settings(&u, &r), 0);
	return r;
}

static struct update_result set_feed_rank(uint8_t feed, uint8_t rank)
{
	AUTO(target) to = { 0 };
	AUTO(update) u = { 0 };
	struct update_result r;

	assert_int_equal(target_open(&to, scratch_store, NULL, NULL), 0);
	update_begin(&u, &to, NULL);
	update_feed_rank(&u, feed, rank);
	assert_int_equal(commit_settings(&u, &r), 0);
	return r;
}

static struct feed feed_now(uint8_t number, char name[static 256])
{
	AUTO(opened) o = { 0 };
	struct feed f;

	open_store(&o);
	assert_int_equal(reader_begin(&o.reader, NULL), 0);
	assert_int_equal(reader_feed(&o.reader, number, &f, NULL), 0);
	snprintf(name, 256, "%.*s", (int)f.name.len, (const char *)f.name.data);
	f.name = span_of(name);
	reader_end(&o.reader);
	return f;
}

static void flags_of_a_feed_are_settings_with_a_history(void **state)
{
	static const struct {
		const char *what;
		uint8_t flags, mask, after;
		bool committed;
	} t[] = {
		{ "no flag is set at first", 0, FEED_FLAGS, 0, false },
		{ "one is set", FEED_SHADOW, FEED_SHADOW, FEED_SHADOW, true },
		{ "it is set already", FEED_SHADOW, FEED_SHADOW, FEED_SHADOW, false },
		{ "the other leaves it alone", FEED_TARGETS, FEED_TARGETS, FEED_FLAGS,
		  true },
		{ "what is not in the mask does not count", 0, 0, FEED_FLAGS, false },
		{ "one goes", 0, FEED_SHADOW, FEED_TARGETS, true },
		{ "one comes while the other goes", FEED_SHADOW, FEED_FLAGS,
		  FEED_SHADOW, true },
		{ "a flag outside of the mask does not come", FEED_FLAGS, FEED_SHADOW,
		  FEED_SHADOW, false },
		{ "all go", 0, FEED_FLAGS, 0, true },
	};
	AUTO(opened) o = { 0 };
	struct span records;
	char name[256];

	(void)state;
	load_text("list", "a.example");
	load_text("other", "a.example b.example");
	for (size_t i = 0; i < ROWS(t); i++) {
		struct update_result r = set_feed_flags(1, t[i].flags, t[i].mask);
		struct feed f = feed_now(1, name);

		check(r.committed == t[i].committed, t[i].what);
		check(f.flags == t[i].after, t[i].what);
		check(f.rank == 1 && f.entries == 2, t[i].what);
		check(strcmp(name, "other") == 0, t[i].what);
		check(feed_now(0, name).flags == 0, t[i].what);
	}
	/* A list keeps them. */
	set_feed_flags(1, FEED_SHADOW, FEED_SHADOW);
	load_text("other", "b.example c.example d.example");
	assert_int_equal(feed_now(1, name).flags, FEED_SHADOW);
	assert_int_equal(feed_now(1, name).entries, 3);
	open_store(&o);
	assert_int_equal(reader_begin(&o.reader, NULL), 0);
	records = read_header(&o.reader, 3).records;
	check_hex(records.data, records.len,
		  "05 0001 01"
		  "0011 0005 6f74686572 01 00 0000000000000002"
		  "0011 0005 6f74686572 01 01 0000000000000002",
		  "the feed is there before and after");
	reader_end(&o.reader);
}

static void feed_is_found_by_its_name(void **state)
{
	AUTO(target) to = { 0 };
	AUTO(update) u = { 0 };

	(void)state;
	load_text("list", "a.example");
	load_text("other", "a.example");
	assert_int_equal(target_open(&to, scratch_store, NULL, NULL), 0);
	update_begin(&u, &to, NULL);
	assert_int_equal(update_feed_find(&u, span_of("list")), 0);
	assert_int_equal(update_feed_find(&u, span_of("other")), 1);
	assert_int_equal(update_feed_find(&u, span_of("othe")), -1);
	assert_int_equal(update_feed_find(&u, span_of("")), -1);
	assert_false(u.changed);
}

static void feed_moves_to_a_rank_and_those_between_by_one(void **state)
{
	static const struct {
		const char *what;
		uint8_t feed, rank;
		const char *after; /* ranks of feeds 0 to 4 */
		bool committed;
	} t[] = {
		{ "where it is, it stays", 2, 2, "01234", false },
		{ "the last comes first", 4, 0, "12340", true },
		{ "it is first already", 4, 0, "12340", false },
		{ "the first goes to the end", 4, 4, "01234", true },
		{ "one up", 3, 2, "01324", true },
		{ "one down", 3, 3, "01234", true },
		{ "from the middle to the front", 2, 0, "12034", true },
		{ "from the front past the others", 2, 3, "01324", true },
		{ "beyond the last is the last", 0, 200, "40213", true },
		{ "beyond the last it is the last already", 0, 254, "40213", false },
	};
	char name[256], ranks[6] = "";

	(void)state;
	for (int i = 0; i < 5; i++)
		load_text((const char *[]){ "a", "b", "c", "d", "e" }[i], "a.example");
	for (size_t i = 0; i < ROWS(t); i++) {
		struct update_result r = set_feed_rank(t[i].feed, t[i].rank);

		for (uint8_t f = 0; f < 5; f++)
			ranks[f] = (char)('0' + feed_now(f, name).rank);
		check(r.committed == t[i].committed, t[i].what);
		if (strcmp(ranks, t[i].after) != 0)
			fail_msg("not so: %s: '%s'", t[i].what, ranks);
	}
}

/* Takes the changes of feeds in a serial's records back, the last first. */
static void undo_records(struct span records, uint8_t ranks[static 256])
{
	struct bytes b = bytes_from(records.data, records.len);
	unsigned changed = 0;

	while (bytes_left(&b) > 0) {
		struct span key, before, after;
		struct bytes was, is;
		struct feed old, new;

		assert_int_equal(get_u8(&b), TABLE_FEEDS);
		key = get_text(&b);
		before = get_text(&b);
		after = get_text(&b);
		assert_false(b.failed);
		was = bytes_from(before.data, before.len);
		is = bytes_from(after.data, after.len);
		old = feed_get(&was);
		new = feed_get(&is);
		assert_false(was.failed || is.failed);
		assert_int_equal(key.len, 1);
		assert_int_equal(ranks[key.data[0]], new.rank);
		assert_int_not_equal(old.rank, new.rank);
		ranks[key.data[0]] = old.rank;
		changed++;
	}
	assert_true(changed >= 2);
}

static void ranks_stay_a_permutation(void **state)
{
	uint8_t model[256], before[256];
	unsigned feeds = 12;
	char name[256];

	(void)state;
	for (unsigned i = 0; i < feeds; i++) {
		snprintf(name, sizeof(name), "feed%u", i);
		load_text(name, "a.example");
		model[i] = (uint8_t)i;
	}
	for (int i = 0; i < 150; i++) {
		uint8_t feed = (uint8_t)random_below(feeds);
		uint8_t rank = (uint8_t)random_below(feeds + 1), order[256];
		struct update_result r = set_feed_rank(feed, rank);
		AUTO(opened) o = { 0 };
		unsigned at = 0;

		/* The feeds in their order, this one taken out and put in again. */
		if (rank >= feeds)
			rank = (uint8_t)(feeds - 1);
		memcpy(before, model, sizeof(before));
		for (unsigned want = 0; want < feeds; want++)
			for (unsigned f = 0; f < feeds; f++)
				if (model[f] == want && f != feed)
					order[at++] = (uint8_t)f;
		memmove(order + rank + 1, order + rank, feeds - 1u - rank);
		order[rank] = feed;
		for (unsigned f = 0; f < feeds; f++)
			model[order[f]] = (uint8_t)f;
		assert_int_equal(r.committed, before[feed] != rank);

		open_store(&o);
		assert_int_equal(reader_begin(&o.reader, NULL), 0);
		assert_memory_equal(o.reader.now.rank, model, feeds);
		assert_int_equal(o.reader.now.top_rank, 0);
		if (r.committed) {
			uint8_t back[256];

			memcpy(back, model, sizeof(back));
			undo_records(read_header(&o.reader, r.serial).records, back);
			assert_memory_equal(back, before, feeds);
		}
		reader_end(&o.reader);
	}
}

static void settings_may_change_together(void **state)
{
	AUTO(target) to = { 0 };
	AUTO(update) u = { 0 };
	AUTO(opened) o = { 0 };
	struct update_result r;
	struct span records;

	(void)state;
	load_text("list", "a.example");
	load_text("other", "a.example");
	assert_int_equal(target_open(&to, scratch_store, NULL, NULL), 0);
	update_begin(&u, &to, NULL);
	update_feed_flags(&u, 1, FEED_SHADOW, FEED_SHADOW);
	update_feed_rank(&u, 1, 0);
	update_on_error(&u, ON_ERROR_SERVFAIL);
	assert_int_equal(commit_settings(&u, &r), 0);
	assert_int_equal(r.serial, 3);
	update_release(&u);
	target_release(&to);
	open_store(&o);
	assert_int_equal(reader_begin(&o.reader, NULL), 0);
	assert_int_equal(o.reader.now.flags[1], FEED_SHADOW);
	assert_int_equal(o.reader.now.rank[1], 0);
	assert_int_equal(o.reader.now.rank[0], 1);
	assert_int_equal(o.reader.now.on_error, ON_ERROR_SERVFAIL);
	records = read_header(&o.reader, 3).records;
	check_hex(records.data, records.len,
		  "05 0001 01"
		  "0011 0005 6f74686572 01 00 0000000000000001"
		  "0011 0005 6f74686572 01 01 0000000000000001"
		  "05 0001 00"
		  "0010 0004 6c697374 00 00 0000000000000001"
		  "0010 0004 6c697374 01 00 0000000000000001"
		  "05 0001 01"
		  "0011 0005 6f74686572 01 01 0000000000000001"
		  "0011 0005 6f74686572 00 01 0000000000000001"
		  "00 0008 6f6e2d6572726f72 0001 00 0001 01",
		  "each change is there, one after the other");
	reader_end(&o.reader);
}

/* ---- orders ---- */

static void order_with_the_same_words_is_the_same_order(void **state)
{
	static const struct {
		const char *what;
		struct order order;
		uint32_t number;
	} t[] = {
		{ "an order without words is the first", { .notice = 0 }, 1 },
		{ "it is found again", { .notice = 0 }, 1 },
		{ "another notice is another order", { .notice = 1 }, 2 },
		{ "another code is another order", { .ede = EDE_CENSORED }, 3 },
		{ "another date is another order", { .expires = 1 }, 4 },
		{ "another reason is another order",
		  { .reason = { (const uint8_t *)"gambling", 8 } },
		  5 },
		{ "the same word elsewhere is another order",
		  { .category = { (const uint8_t *)"gambling", 8 } },
		  6 },
		{ "the prepared text is not read",
		  { .ede_text = { (const uint8_t *)"gambling", 8 } },
		  1 },
		{ "the second is found again", { .notice = 1 }, 2 },
		{ "the fifth is found again",
		  { .reason = { (const uint8_t *)"gambling", 8 } },
		  5 },
	};

	(void)state;
	for (size_t round = 0; round < 2; round++) {
		AUTO(target) to = { 0 };
		AUTO(update) u = { 0 };
		struct update_result r;
		struct err e = { 0 };

		assert_int_equal(target_open(&to, scratch_store, NULL, &e), 0);
		update_begin(&u, &to, &e);
		update_on_error(&u, round == 0 ? ON_ERROR_SERVFAIL : ON_ERROR_PASS);
		for (size_t i = 0; i < ROWS(t); i++)
			check(update_order(&u, &t[i].order) == t[i].number, t[i].what);
		assert_int_equal(commit_settings(&u, &r), 0);
	}
	assert_int_equal(head_now().orders, 6);
}

/* ---- the journal ---- */

/* One serial's digest, computed anew from the records as they lie in the store. */
static void check_digest(struct reader *r, uint64_t serial,
			 uint8_t previous[static JOURNAL_DIGEST])
{
	uint8_t key[JOURNAL_KEY], digest[EVP_MAX_MD_SIZE];
	EVP_MD_CTX *c = EVP_MD_CTX_new();
	struct journal j;
	struct bytes b;
	MDB_val v;

	assert_int_equal(EVP_DigestInit_ex(c, EVP_sha256(), NULL), 1);
	journal_key(key, serial, 0);
	assert_int_equal(
		store_get(r->store, r->txn, TABLE_JOURNAL, key, sizeof(key), &v), 0);
	b = bytes_from(v.mv_data, v.mv_size);
	j = journal_get(&b);
	assert_false(b.failed);
	assert_int_equal(bytes_left(&b), 0);
	for (uint32_t part = 1; part <= j.parts; part++) {
		MDB_val data;

		journal_key(key, serial, part);
		assert_int_equal(store_get(r->store, r->txn, TABLE_JOURNAL, key,
					   sizeof(key), &data),
				 0);
		EVP_DigestUpdate(c, data.mv_data, data.mv_size);
	}
	EVP_DigestFinal_ex(c, digest, NULL);
	assert_memory_equal(j.contents.data, digest, JOURNAL_DIGEST);
	assert_int_equal(EVP_DigestInit_ex(c, EVP_sha256(), NULL), 1);
	journal_key(key, serial, 0);
	EVP_DigestUpdate(c, key, sizeof(key));
	EVP_DigestUpdate(c, v.mv_data, v.mv_size - JOURNAL_TAIL);
	EVP_DigestFinal_ex(c, digest, NULL);
	EVP_MD_CTX_free(c);
	assert_memory_equal(j.previous.data, previous, JOURNAL_DIGEST);
	assert_memory_equal(j.digest.data, digest, JOURNAL_DIGEST);
	memcpy(previous, digest, JOURNAL_DIGEST);
}

static void digests_are_a_chain_from_the_first_serial_on(void **state)
{
	AUTO(opened) o = { 0 };
	uint8_t digest[JOURNAL_DIGEST] = { 0 };
	struct update_result r;

	(void)state;
	load_text("list", "a.example b.example");
	load_text("list", "a.example c.example");
	set_notice("default", "192.0.2.1", 30, &r);
	set_notice("default", "192.0.2.1", 31, &r);
	load_text("other", "");
	load_text("list", "");
	open_store(&o);
	assert_int_equal(reader_begin(&o.reader, NULL), 0);
	for (uint64_t serial = 1; serial <= 6; serial++)
		check_digest(&o.reader, serial, digest);
	reader_end(&o.reader);
}

/* Fills L with COUNT names that begin with PREFIX. */
static void fill_with(struct load *l, const char *prefix, int count)
{
	char word[64];

	for (int i = 0; i < count; i++) {
		snprintf(word, sizeof(word), "%s%d.toko-palsu.example", prefix, i);
		list_add_text(&l->list, word);
	}
}

struct seen {
	uint64_t changes, gone, come;
	struct name last;
	bool in_order;
};

static bool see_change(void *arg, const struct change *change)
{
	struct seen *s = arg;

	s->changes++;
	s->gone += change->gone;
	s->come += change->come;
	s->in_order &= name_compare(s->last.key, s->last.len, change->key.data,
				    change->key.len) < 0;
	s->last.len = (uint16_t)change->key.len;
	memcpy(s->last.key, change->key.data, change->key.len);
	return true;
}

static void many_changes_are_kept_in_parts(void **state)
{
	AUTO(load) before = { .feed = "list", .time = 10 };
	AUTO(load) after = { .feed = "list", .time = 20 };
	AUTO(opened) o = { 0 };
	uint8_t digest[JOURNAL_DIGEST] = { 0 }, key[JOURNAL_KEY];
	struct seen seen = { .in_order = true };
	MDB_val v;
	struct journal j;
	int calls = 0;

	(void)state;
	fill_with(&before, "old", 7000);
	fill_with(&after, "new", 7000);
	load_into_store(&before);
	load_into_store(&after);
	open_store(&o);
	assert_int_equal(reader_begin(&o.reader, NULL), 0);
	assert_int_equal(journal_read(&o.reader, 2, &j, see_change, &seen, NULL), 0);
	assert_true(j.parts > 2);
	assert_int_equal(seen.changes, 14000);
	assert_int_equal(seen.gone, 7000);
	assert_int_equal(seen.come, 7000);
	assert_true(seen.in_order);
	for (uint32_t part = 1; part <= j.parts; part++) {
		struct change change;
		struct bytes b;

		journal_key(key, 2, part);
		assert_int_equal(store_get(&o.store, o.reader.txn, TABLE_JOURNAL, key,
					   sizeof(key), &v),
				 0);
		assert_true(part == j.parts || v.mv_size >= JOURNAL_PART);
		b = bytes_from(v.mv_data, v.mv_size);
		while (change_next(&b, &change))
			continue;
		assert_false(b.failed);
	}
	journal_key(key, 2, j.parts + 1);
	assert_int_equal(
		store_get(&o.store, o.reader.txn, TABLE_JOURNAL, key, sizeof(key), &v),
		MDB_NOTFOUND);
	assert_int_equal(journal_read(&o.reader, 2, &j, stop_at_first, &calls, NULL),
			 0);
	assert_int_equal(calls, 1);
	check_digest(&o.reader, 1, digest);
	check_digest(&o.reader, 2, digest);
	reader_end(&o.reader);
}

static void journal_tells_who_did_what_and_when(void **state)
{
	AUTO(opened) o = { 0 };
	struct err e = { 0 };
	struct journal j;
	struct journal_feed f;
	struct bytes b;
	struct seen seen = { .in_order = true };

	(void)state;
	for (int i = 0; i < 2; i++) {
		AUTO(target) to = { 0 };
		AUTO(update) u = { 0 };
		AUTO(load) l = { .feed = "ministry" };
		struct update_about about = {
			.verb = span_of("compile"),
			.reason = span_of("as ordered"),
			.time = 1700000000 + i,
		};
		struct update_result r;

		assert_int_equal(target_open(&to, scratch_store, NULL, &e), 0);
		update_begin(&u, &to, &e);
		list_add_text(&l.list, i == 0 ? "a.example b.example"
					      : "b.example/exact c.example");
		load_write(&l, &u);
		assert_int_equal(update_commit(&u, &about, &r), 0);
	}
	open_store(&o);
	assert_int_equal(reader_begin(&o.reader, NULL), 0);
	assert_int_equal(journal_read(&o.reader, 1, &j, see_change, &seen, &e), 0);
	assert_int_equal(j.flags, JOURNAL_FIRST_LOAD);
	assert_int_equal(j.parts, 0);
	assert_int_equal(j.added, 2);
	assert_int_equal(seen.changes, 0);
	assert_int_equal(journal_read(&o.reader, 2, &j, see_change, &seen, &e), 0);
	assert_int_equal(j.serial, 2);
	assert_int_equal(j.time, 1700000001);
	assert_int_equal(j.flags, 0);
	assert_int_equal(j.parts, 1);
	assert_int_equal(j.added, 1);
	assert_int_equal(j.removed, 1);
	assert_int_equal(j.changed, 1);
	assert_true(span_equal(j.verb, span_of("compile")));
	assert_true(span_equal(j.reason, span_of("as ordered")));
	assert_int_equal(j.feed_count, 1);
	b = bytes_from(j.feeds.data, j.feeds.len);
	assert_true(journal_feed_next(&b, &f));
	assert_true(span_equal(f.feed, span_of("ministry")));
	assert_true(span_equal(f.source, span_of("list.txt")));
	assert_int_equal(f.source_digest.len, 0);
	assert_int_equal(f.added, 1);
	assert_int_equal(f.removed, 1);
	assert_int_equal(f.changed, 1);
	assert_false(journal_feed_next(&b, &f));
	assert_false(b.failed);
	assert_int_equal(j.records.len, 0);
	assert_int_equal(seen.changes, 3);
	assert_int_equal(journal_read(&o.reader, 3, &j, see_change, &seen, &e),
			 ERR_MISSING);
	assert_string_equal(strrchr(e.text, '\'') + 1, " has no serial 3");
	reader_end(&o.reader);
}

/* ---- changesets ---- */

static void changeset_gives_back_what_was_added(void **state)
{
	AUTO(changeset) c = { 0 };
	struct change change, got;
	struct bytes b;

	(void)state;
	for (unsigned n = 0; n < 40; n++) {
		struct name name = random_name();

		change.key = (struct span){ name.key, name.len };
		change.gone = (uint8_t)(n * 6);
		change.come = (uint8_t)(CHANGE_ENTRIES_MAX - n);
		for (unsigned i = 0; i < (unsigned)change.gone + change.come; i++)
			change.entries[i] = (struct entry){
				.scope = i % SCOPES,
				.action = i % ACTIONS,
				.feed = (uint8_t)n,
				.order = UINT32_MAX - i,
				.since = i,
			};
		assert_int_equal(changeset_add(&c, &change, NULL), 0);
		b = bytes_from(c.data, c.used);
		for (unsigned i = 0; i <= n; i++)
			assert_true(change_next(&b, &got));
		assert_true(span_equal(got.key, change.key));
		assert_int_equal(got.gone, change.gone);
		assert_int_equal(got.come, change.come);
		for (unsigned i = 0; i < (unsigned)got.gone + got.come; i++) {
			assert_int_equal(
				entry_compare(&got.entries[i], &change.entries[i]), 0);
			assert_int_equal(got.entries[i].since, i);
		}
		assert_false(change_next(&b, &got));
		assert_false(b.failed);
	}
	/* Cut anywhere, it ends with an error. */
	for (size_t len = c.used - 1; len > c.used - 40; len--) {
		b = bytes_from(c.data, len);
		while (change_next(&b, &got))
			continue;
		assert_true(b.failed);
	}
}

/* ---- what goes wrong ---- */

static const struct update_from nowhere;

static void too_many_terms(struct update *u)
{
	AUTO(list) list = { 0 };
	uint32_t numbers[300];
	struct name n = name_of("b.example");

	for (uint32_t i = 0; i < 256; i++)
		list_add(&list, &n, SCOPE_EXACT, ACTION_NOTICE, i, NULL);
	for (uint32_t i = 0; i < 300; i++)
		numbers[i] = i + 1;
	list_sort(&list);
	update_compare(u, update_feed(u, span_of("list")), &list, numbers, NULL);
	update_accept(u, &nowhere);
}

static void too_many_feeds(struct update *u)
{
	char name[16];

	for (int i = 0; i < 300; i++) {
		snprintf(name, sizeof(name), "feed%d", i);
		update_feed(u, span_of(name));
	}
}

static void long_feed_name(struct update *u)
{
	static uint8_t name[600];

	update_feed(u, (struct span){ name, sizeof(name) });
}

static void long_notice_name(struct update *u)
{
	static uint8_t name[NOTICE_MAX];
	struct notice n = { .name = { name, sizeof(name) } };

	update_notice(u, &n);
}

static void long_order(struct update *u)
{
	static uint8_t text[ORDER_MAX];
	struct order o = { .reason = { text, sizeof(text) } };

	update_order(u, &o);
}

static void many_netblocks(struct update *u)
{
	static struct netblock blocks[NETBLOCKS_MAX + 1];

	update_exempt(u, blocks, NETBLOCKS_MAX + 1);
}

static void feed_twice(struct update *u)
{
	AUTO(load) one = { .feed = "one" };
	AUTO(load) again = { .feed = "one" };

	list_add_text(&one.list, "b.example c.example");
	list_add_text(&again.list, "c.example d.example");
	load_write(&one, u);
	load_write(&again, u);
}

static void feed_by_list_and_by_hand(struct update *u)
{
	AUTO(load) one = { .feed = "one" };
	struct name n = name_of("c.example");

	list_add_text(&one.list, "b.example");
	load_write(&one, u);
	update_name(u, update_feed(u, span_of("one")), (struct span){ n.key, n.len },
		    NULL, 0);
}

static void half_a_comparison(struct update *u)
{
	static const struct list list;

	update_compare(u, update_feed(u, span_of("one")), &list, NULL, NULL);
}

static void two_comparisons(struct update *u)
{
	half_a_comparison(u);
	half_a_comparison(u);
}

static void nothing_to_accept(struct update *u)
{
	update_accept(u, &nowhere);
}

static void long_source(struct update *u)
{
	static uint8_t text[70000];
	struct update_from from = { .source = { text, sizeof(text) } };

	half_a_comparison(u);
	update_accept(u, &from);
}

static const struct {
	const char *what, *message;
	void (*do_it)(struct update *u);
} failures[] = {
	{ "a feed is accepted once in an update", "a feed twice in an update",
	  feed_twice },
	{ "a feed is set from a list or by hand", "a feed twice in an update",
	  feed_by_list_and_by_hand },
	{ "a comparison is accepted or refused",
	  "a comparison was neither accepted nor refused", half_a_comparison },
	{ "feeds are compared one at a time",
	  "a comparison was neither accepted nor refused", two_comparisons },
	{ "what was not compared is not accepted", "there is no comparison to accept",
	  nothing_to_accept },
	{ "a source is not longer than a text", "the source of a feed is too long",
	  long_source },
	{ "256 terms of one name are too many",
	  "'b.example' is listed with more than 255 different terms", too_many_terms },
	{ "256 feeds are too many", "more than 255 feeds", too_many_feeds },
	{ "a feed's name is not longer than its record",
	  "the name of a feed is too long", long_feed_name },
	{ "a notice's name is not longer than its record",
	  "the name of a notice is too long", long_notice_name },
	{ "an order's texts are not longer than its record",
	  "the texts of an order are too long", long_order },
	{ "exempt clients are not more than 1000 netblocks", "more than 1000 netblocks",
	  many_netblocks },
};

static void failed_update_leaves_the_store_as_it_was(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(failures); i++) {
		AUTO(model) m = { 0 };
		AUTO(load) l = { .feed = "list" };
		struct content before, after;
		struct err e = { 0 };

		list_add_text(&l.list, "a.example b.example");
		load_into_store(&l);
		model_load(&m, 0, &l, 1);
		before = content_of(scratch_file("data.mdb"));
		for (int again = 0; again < 2; again++) {
			AUTO(target) to = { 0 };
			AUTO(update) u = { 0 };
			struct update_result r;

			assert_int_equal(target_open(&to, scratch_store, NULL, &e), 0);
			update_begin(&u, &to, &e);
			failures[i].do_it(&u);
			/* Latched: what follows changes neither store nor message. */
			update_on_error(&u, ON_ERROR_SERVFAIL);
			update_structured(&u, STRUCTURED_NEVER);
			update_exempt(&u, NULL, 0);
			update_feed_flags(&u, 0, FEED_SHADOW, FEED_SHADOW);
			update_feed_rank(&u, 0, 1);
			load_write(&l, &u);
			check(commit_settings(&u, &r) == ERR_INPUT, failures[i].what);
			check(!r.committed, failures[i].what);
			assert_string_equal(e.text, failures[i].message);
		}
		after = content_of(scratch_file("data.mdb"));
		check(same_content(&before, &after), failures[i].what);
		check_model(&m, failures[i].what);
		content_release(&before);
		content_release(&after);
		scratch_renew();
	}
}

static void failed_first_load_leaves_no_store(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(failures); i++) {
		struct err e = { 0 };
		AUTO(target) to = { 0 };
		AUTO(update) u = { 0 };
		struct update_result r;

		assert_int_equal(target_open(&to, scratch_store, NULL, &e), 0);
		update_begin(&u, &to, &e);
		failures[i].do_it(&u);
		check(commit_settings(&u, &r) == ERR_INPUT, failures[i].what);
		update_release(&u);
		target_release(&to);
		/* Nothing is in the directory, or it could not be removed. */
		check(rmdir(scratch_store) == 0, failures[i].what);
	}
}

static void update_that_is_given_up_leaves_the_store_as_it_was(void **state)
{
	struct content before, after;
	struct err e = { 0 };

	(void)state;
	load_text("list", "a.example b.example");
	before = content_of(scratch_file("data.mdb"));
	{
		AUTO(target) to = { 0 };
		AUTO(update) u = { 0 };
		AUTO(load) l = { .feed = "list" };

		assert_int_equal(target_open(&to, scratch_store, NULL, &e), 0);
		update_begin(&u, &to, &e);
		list_add_text(&l.list, "c.example");
		load_write(&l, &u);
		assert_int_equal(u.rc, 0);
	}
	after = content_of(scratch_file("data.mdb"));
	assert_true(same_content(&before, &after));
	content_release(&before);
	content_release(&after);
}

/* ---- other processes ---- */

/* A child that opens the store, writes a load without committing it, and is
 * killed. */
static void kill_while_writing(const char *text)
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		struct target to = { 0 };
		struct update u = { 0 };
		struct load l = { .feed = "list" };
		struct err e = { 0 };

		if (target_open(&to, scratch_store, NULL, &e) != 0)
			_exit(1);
		update_begin(&u, &to, &e);
		list_add_text(&l.list, text);
		load_write(&l, &u);
		if (u.rc != 0)
			_exit(2);
		raise(SIGKILL);
	}
	assert_int_equal(child_status(pid), 128 + SIGKILL);
}

static int count_entries(const char *path)
{
	char command[200];
	FILE *out;
	int n;

	snprintf(command, sizeof(command), "ls -A '%s' | wc -l", path);
	out = popen(command, "r");
	assert_non_null(out);
	assert_int_equal(fscanf(out, "%d", &n), 1);
	pclose(out);
	return n;
}

static void leftovers_of_a_killed_first_load_are_removed(void **state)
{
	(void)state;
	kill_while_writing("a.example");
	assert_false(exists(scratch_file("data.mdb")));
	assert_int_equal(count_entries(scratch_store), 1);
	kill_while_writing("a.example");
	assert_int_equal(count_entries(scratch_store), 1);
	/* By an update of a store, too. */
	assert_int_equal(load_text("list", "b.example").serial, 1);
	assert_int_equal(count_entries(scratch_store), 2);
	assert_int_equal(mkdir(scratch_file("new.12345"), 0700), 0);
	content_write(scratch_file("new.12345/data.mdb"), "x", 1);
	content_write(scratch_file("new.12345/lock.mdb"), "x", 1);
	assert_int_equal(load_text("list", "b.example c.example").serial, 2);
	assert_int_equal(count_entries(scratch_store), 2);
}

static void what_is_not_a_leftover_stays(void **state)
{
	(void)state;
	load_text("list", "a.example");
	content_write(scratch_file("resolver.1.0"), "x", 1);
	assert_int_equal(mkdir(scratch_file("new.1"), 0700), 0);
	content_write(scratch_file("new.1/notes"), "x", 1);
	assert_int_equal(mkdir(scratch_file("news"), 0700), 0);
	load_text("list", "b.example");
	assert_true(exists(scratch_file("resolver.1.0")));
	assert_true(exists(scratch_file("new.1/notes")));
	assert_true(exists(scratch_file("news")));
}

static void killed_update_leaves_the_old_serial(void **state)
{
	AUTO(model) m = { 0 };
	AUTO(load) l = { .feed = "list" };

	(void)state;
	list_add_text(&l.list, "a.example b.example");
	load_into_store(&l);
	model_load(&m, 0, &l, 1);
	for (int i = 0; i < 3; i++) {
		kill_while_writing("b.example c.example d.c.example");
		check_model(&m, "the old serial is there");
		assert_int_equal(head_now().serial, 1);
	}
	assert_int_equal(load_text("list", "c.example").serial, 2);
}

/* A process that has the store open, as a resolver has, until TO_END is closed. */
static pid_t start_resolver(int *to_end)
{
	int ready[2], end[2];
	pid_t pid;

	assert_int_equal(pipe2(ready, O_CLOEXEC) | pipe2(end, O_CLOEXEC), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		struct opened o = { 0 };

		close(end[1]);
		open_store(&o);
		tell(ready[1]);
		await(end[0]);
		opened_release(&o);
		_exit(0);
	}
	assert_true(await(ready[0]));
	close(ready[0]);
	close(ready[1]);
	close(end[0]);
	*to_end = end[1];
	return pid;
}

static void failed_update_leaves_the_way_free_for_others(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(failures); i++) {
		struct update_result r;
		struct err e = { 0 };
		pid_t resolver, writer;
		int to_end;

		load_text("list", "a.example b.example");
		resolver = start_resolver(&to_end);
		{
			AUTO(target) to = { 0 };
			AUTO(update) u = { 0 };

			assert_int_equal(target_open(&to, scratch_store, NULL, &e), 0);
			update_begin(&u, &to, &e);
			failures[i].do_it(&u);
			check(commit_settings(&u, &r) == ERR_INPUT, failures[i].what);
		}
		writer = fork();
		assert_true(writer >= 0);
		if (writer == 0) {
			alarm(20);
			_exit(load_text("list", "c.example").serial == 2 ? 0 : 1);
		}
		check(child_status(writer) == 0, failures[i].what);
		close(to_end);
		check(child_status(resolver) == 0, failures[i].what);
		scratch_renew();
	}
}

static int waiting_pipe;

static void waiting(const char *path)
{
	tell(waiting_pipe);
	if (strcmp(path, scratch_store) != 0)
		abort();
}

/* The second writer, in a process of its own: says when it waits for the first. */
static void write_second(uint64_t serial)
{
	struct target to = { 0 };
	struct load l = { .feed = "second" };
	struct update_result r;
	struct err e = { 0 };

	list_add_text(&l.list, "b.example");
	if (target_open(&to, scratch_store, waiting, &e) != 0 ||
	    load_commit(&l, &to, &r, &e) != 0)
		_exit(1);
	target_release(&to);
	load_release(&l);
	_exit(r.serial == serial && r.names == 2 ? 0 : 2);
}

/* The first writer goes on only once the second waits. */
static void check_writers(uint64_t serial)
{
	AUTO(target) to = { 0 };
	AUTO(load) l = { .feed = "first" };
	struct err e = { 0 };
	struct update_result r;
	int go[2], waits[2];
	pid_t pid;

	assert_int_equal(pipe2(go, O_CLOEXEC) | pipe2(waits, O_CLOEXEC), 0);
	/* Before the lock is taken: a child would keep it. */
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		alarm(120);
		waiting_pipe = waits[1];
		if (await(go[0]))
			write_second(serial + 1);
		_exit(3);
	}
	close(waits[1]);
	assert_int_equal(target_open(&to, scratch_store, NULL, &e), 0);
	tell(go[1]);
	assert_true(await(waits[0]));
	list_add_text(&l.list, "a.example");
	assert_int_equal(load_commit(&l, &to, &r, &e), 0);
	assert_int_equal(r.serial, serial);
	target_release(&to);
	assert_int_equal(child_status(pid), 0);
	assert_int_equal(head_now().serial, serial + 1);
	close(waits[0]);
	close(go[0]);
	close(go[1]);
}

static void second_writer_waits_for_the_first(void **state)
{
	(void)state;
	load_text("first", "");
	check_writers(2);
}

static void second_writer_waits_for_a_first_load(void **state)
{
	(void)state;
	check_writers(1);
}

/* ---- targets ---- */

static void make_file(void)
{
	content_write(scratch_store, "x", 1);
}

static void make_foreign_store(void)
{
	assert_int_equal(mkdir(scratch_store, 0700), 0);
	content_write(scratch_file("data.mdb"), "not an LMDB file", 16);
}

static void make_empty_store(void)
{
	assert_int_equal(mkdir(scratch_store, 0700), 0);
	content_write(scratch_file("data.mdb"), "", 0);
}

static void no_target_is_made_of_what_is_none(void **state)
{
	static const struct {
		const char *what;
		void (*make)(void);
		int code;
		const char *message;
	} t[] = {
		{ "a file is no directory", make_file, ERR_SYSTEM,
		  "cannot open the directory '%s': Not a directory" },
		{ "a file that is not LMDB's is no store", make_foreign_store,
		  ERR_FORMAT,
		  "cannot open store '%s': its files were not written by LMDB 0.9: "
		  "move "
		  "it away and compile the lists again" },
		{ "an empty file is no store", make_empty_store, ERR_MISSING,
		  "there is no store at '%s'" },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(t); i++) {
		AUTO(target) to = { 0 };
		struct err e = { 0 };
		char message[300];

		t[i].make();
		check(target_open(&to, scratch_store, NULL, &e) == t[i].code,
		      t[i].what);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		snprintf(message, sizeof(message), t[i].message, scratch_store);
#pragma GCC diagnostic pop
		assert_string_equal(e.text, message);
		scratch_renew();
	}
}

static void path_that_is_too_long_is_refused(void **state)
{
	AUTO(target) to = { 0 };
	struct err e = { 0 };
	char path[STORE_PATH_MAX + 1];

	(void)state;
	memset(path, '/', sizeof(path));
	path[STORE_PATH_MAX] = '\0';
	assert_int_equal(target_open(&to, path, NULL, &e), ERR_INPUT);
	assert_string_equal(e.text, "the path of the store is too long");
	target_release(&to);
	assert_int_equal(target_open(&to, "", NULL, &e), ERR_SYSTEM);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, scratch_make, scratch_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(first_load_makes_the_store),
		TEST(first_load_of_nothing_makes_a_store),
		TEST(difference_is_what_changes),
		TEST(unchanged_list_makes_no_serial),
		TEST(feeds_keep_out_of_each_other),
		TEST(short_list_beside_a_large_store_is_as_any_other),
		TEST(feeds_are_ranked_as_they_come),
		TEST(all_names_may_go_and_come_back),
		TEST(long_names_come_and_go_above_others),
		TEST(random_updates_do_as_the_model_does),
		TEST(one_update_takes_many_feeds_and_refuses_one),
		TEST(nothing_is_written_of_what_is_refused),
		TEST(name_is_set_by_hand),
		TEST(notice_is_changed_in_its_place),
		TEST(journal_keeps_what_a_notice_was),
		TEST(on_error_is_a_setting_with_a_history),
		TEST(structured_errors_are_a_setting_with_a_history),
		TEST(exempt_clients_are_a_setting_with_a_history),
		TEST(a_thousand_netblocks_may_be_exchanged),
		TEST(flags_of_a_feed_are_settings_with_a_history),
		TEST(feed_is_found_by_its_name),
		TEST(feed_moves_to_a_rank_and_those_between_by_one),
		TEST(ranks_stay_a_permutation),
		TEST(settings_may_change_together),
		TEST(order_with_the_same_words_is_the_same_order),
		TEST(digests_are_a_chain_from_the_first_serial_on),
		TEST(many_changes_are_kept_in_parts),
		TEST(journal_tells_who_did_what_and_when),
		cmocka_unit_test(changeset_gives_back_what_was_added),
		TEST(failed_update_leaves_the_store_as_it_was),
		TEST(failed_first_load_leaves_no_store),
		TEST(failed_update_leaves_the_way_free_for_others),
		TEST(update_that_is_given_up_leaves_the_store_as_it_was),
		TEST(leftovers_of_a_killed_first_load_are_removed),
		TEST(what_is_not_a_leftover_stays),
		TEST(killed_update_leaves_the_old_serial),
		TEST(second_writer_waits_for_the_first),
		TEST(second_writer_waits_for_a_first_load),
		TEST(no_target_is_made_of_what_is_none),
		TEST(path_that_is_too_long_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
