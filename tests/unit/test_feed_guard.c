// SPDX-License-Identifier: BSD-3-Clause
/* feed-guard, preview: what is about to be applied is looked at once more, whoever read
 * the list. */
#include "fixture.h"

#include "feed-update.h"
#include "scratch.h"

static struct guards guards;

static void add(struct list *l, const char *text, enum scope scope, enum action action)
{
	struct name n = name_of(text);

	assert_int_equal(list_add(l, &n, scope, action, 0, NULL), 0);
}

/* Makes a store in which feed 0 lists names of its own, so that what follows is no
 * first load. */
static void make_store(struct target *to, const char *path)
{
	static const uint32_t numbers[] = { 1 };
	AUTO(list) l = { 0 };
	AUTO(update) u = { 0 };
	struct update_from from = { .feed = span_of("a") };
	struct update_about about = { .verb = span_of("test"), .time = 1 };
	struct update_result result;
	struct order order = { .ede = EDE_BLOCKED };
	struct err e;
	uint8_t feed;

	assert_int_equal(target_open(to, path, NULL, &e), 0);
	update_begin(&u, to, &e);
	feed = update_feed(&u, from.feed);
	assert_int_equal(update_order(&u, &order), 1);
	add(&l, "old.example", SCOPE_SUBTREE, ACTION_NOTICE);
	add(&l, "bank.example", SCOPE_SUBTREE, ACTION_NOTICE);
	list_sort(&l);
	update_compare(&u, feed, &l, numbers, NULL);
	update_accept(&u, &from);
	assert_int_equal(update_commit(&u, &about, &result), 0);
	assert_int_equal(result.serial, 1);
}

// clang-format off
static const struct {
	const char *what, *name;
	enum scope scope;
	enum action action;
	enum refusal why;
} cases[] = {
	{ "a free name", "new.example", SCOPE_SUBTREE, ACTION_NOTICE, REFUSED_NOT },
	{ "a protected name", "pay.shop.example", SCOPE_SUBTREE, ACTION_NOTICE,
	  REFUSED_PROTECTED },
	{ "the name above it", "shop.example", SCOPE_EXACT, ACTION_NXDOMAIN,
	  REFUSED_PROTECTED },
	{ "a name below it", "x.pay.shop.example", SCOPE_EXACT, ACTION_DROP,
	  REFUSED_PROTECTED },
	{ "what never blocks it", "pay.shop.example", SCOPE_SUBTREE, ACTION_PASS,
	  REFUSED_NOT },
	{ "a public suffix", "co.uk", SCOPE_BELOW, ACTION_NOTICE, REFUSED_SUFFIX },
	{ "a protected name with other terms", "bank.example", SCOPE_EXACT,
	  ACTION_NODATA, REFUSED_PROTECTED },
	{ "a protected name that is there already, as it was", "bank.example",
	  SCOPE_SUBTREE, ACTION_NOTICE, REFUSED_NOT },
};
// clang-format on

static void what_comes_is_guarded_before_it_is_applied(void **state)
{
	AUTO(target) to = { 0 };

	(void)state;
	make_store(&to, scratch_store);
	for (size_t i = 0; i < ROWS(cases); i++) {
		static const uint32_t numbers[] = { 1 };
		AUTO(list) l = { 0 };
		AUTO(update) u = { 0 };
		struct name want = name_of(cases[i].name), name;
		enum refusal why;
		struct err e;

		add(&l, "another.example", SCOPE_SUBTREE, ACTION_NOTICE);
		add(&l, cases[i].name, cases[i].scope, cases[i].action);
		list_sort(&l);
		update_begin(&u, &to, &e);
		update_compare(&u, 0, &l, numbers, NULL);
		check(feed_update_guarded(&u, &guards, &name, &why) ==
			      (cases[i].why != REFUSED_NOT),
		      cases[i].what);
		check(why == cases[i].why, cases[i].what);
		check(why == REFUSED_NOT || (name.len == want.len &&
					     memcmp(name.key, want.key, name.len) == 0),
		      cases[i].what);
		update_refuse(&u);
	}
}

static void a_preview_knows_the_popular_names_that_come(void **state)
{
	static const char *const popular[] = { "www.search.example", "search.example",
					       "news.example", "deep.quiet.example" };
	static const uint32_t numbers[] = { 1 };
	AUTO(target) to = { 0 };
	AUTO(list) ranks = { 0 };
	AUTO(list) l = { 0 };
	AUTO(update) u = { 0 };
	struct preview p;
	struct err e;

	for (uint32_t i = 0; i < ROWS(popular); i++) {
		struct name n = name_of(popular[i]);

		assert_int_equal(list_add(&ranks, &n, 0, 0, i + 1, NULL), 0);
	}
	list_sort(&ranks);
	(void)state;
	make_store(&to, scratch_store);
	add(&l, "search.example", SCOPE_SUBTREE, ACTION_NOTICE);
	add(&l, "quiet.example", SCOPE_EXACT, ACTION_NOTICE);
	add(&l, "news.example", SCOPE_SUBTREE, ACTION_PASS);
	list_sort(&l);
	update_begin(&u, &to, &e);
	update_compare(&u, 0, &l, numbers, NULL);
	preview_init(&p, &ranks);
	update_visit(&u, preview_visit, &p);
	assert_int_equal(p.added.seen, 3);
	assert_int_equal(p.removed.seen, 2);
	assert_int_equal(p.hits, 2);
	assert_int_equal(p.best[0].rank, 1);
	assert_string_equal(p.best[0].popular, "www.search.example");
	assert_string_equal(p.best[0].entry, "search.example");
	assert_int_equal(p.best[1].rank, 2);
	assert_int_equal(p.order_count, 1);
	assert_int_equal(p.orders[0].come, 3);
	assert_int_equal(p.orders[0].gone, 2);
	update_refuse(&u);
}

/* Commits NAME as all that feed "a" says, read from a list of that digest. */
static void commit(struct target *to, const char *verb, const char *name,
		   struct span digest)
{
	static const uint32_t numbers[] = { 1 };
	AUTO(list) l = { 0 };
	AUTO(update) u = { 0 };
	struct update_from from = { .feed = span_of("a"), .source_digest = digest };
	struct update_about about = { .verb = span_of(verb), .time = 1 };
	struct update_result result;
	struct err e;

	add(&l, name, SCOPE_SUBTREE, ACTION_NOTICE);
	list_sort(&l);
	update_begin(&u, to, &e);
	update_compare(&u, 0, &l, numbers, NULL);
	update_accept(&u, &from);
	assert_int_equal(update_commit(&u, &about, &result), 0);
	assert_true(result.committed);
}

/* What the guards say of a list of that digest, which would change something. */
static enum outcome_kind guarded(struct target *to, uint8_t digest,
				 const char *accepted)
{
	static const uint32_t numbers[] = { 1 };
	AUTO(list) l = { 0 };
	AUTO(update) u = { 0 };
	struct conf_feed feed = { .name = (char[]){ "a" } };
	struct feed_states states = { NULL, 0 };
	struct outcome *o = calloc(1, sizeof(*o));
	struct feed_update f = {
		.update = &u,
		.guards = &guards,
		.states = &states,
		.accepted = accepted,
	};
	enum outcome_kind kind;
	struct err e;

	assert_non_null(o);
	add(&l, "again.example", SCOPE_SUBTREE, ACTION_NOTICE);
	list_sort(&l);
	update_begin(&u, to, &e);
	o->list.feed = &feed;
	o->list.limits = *limit_profile("default");
	o->kind = FEED_CHANGED;
	memset(o->list.digest, digest, sizeof(o->list.digest));
	update_compare(&u, 0, &l, numbers, &o->counts);
	feed_guard(&f, o);
	update_refuse(&u);
	kind = o->kind;
	if (kind == FEED_HELD)
		assert_string_equal(o->why, "it is the list that serial 4 rolled back");
	outcome_release(o);
	free(o);
	return kind;
}

static void a_list_that_was_rolled_back_is_held(void **state)
{
	uint8_t digests[3][SOURCE_DIGEST];
	struct span none = { NULL, 0 };
	AUTO(target) to = { 0 };

	(void)state;
	for (uint8_t i = 0; i < 3; i++)
		memset(digests[i], i, sizeof(digests[i]));
	make_store(&to, scratch_store);
	commit(&to, "update", "one.example",
	       (struct span){ digests[1], SOURCE_DIGEST });
	commit(&to, "update", "two.example",
	       (struct span){ digests[2], SOURCE_DIGEST });
	assert_int_equal(guarded(&to, 2, NULL), FEED_CHANGED);
	commit(&to, "rollback", "one.example", none);
	assert_int_equal(guarded(&to, 2, NULL), FEED_HELD);
	assert_int_equal(guarded(&to, 2, "it is right"), FEED_CHANGED);
	assert_int_equal(guarded(&to, 1, NULL), FEED_CHANGED);
	assert_int_equal(guarded(&to, 3, NULL), FEED_CHANGED);
	commit(&to, "update", "two.example",
	       (struct span){ digests[2], SOURCE_DIGEST });
	assert_int_equal(guarded(&to, 2, NULL), FEED_CHANGED);
}

static int setup_guards(void **state)
{
	struct name a = name_of("pay.shop.example"), b = name_of("bank.example");

	(void)state;
	if (guards_load(&guards, NULL, NULL) != 0)
		return -1;
	assert_int_equal(guards_add(&guards, &a, REFUSED_PROTECTED, NULL), 0);
	assert_int_equal(guards_add(&guards, &b, REFUSED_PROTECTED, NULL), 0);
	return guards_seal(&guards, NULL);
}

static int release_guards(void **state)
{
	(void)state;
	guards_release(&guards);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			what_comes_is_guarded_before_it_is_applied, scratch_make,
			scratch_remove),
		cmocka_unit_test_setup_teardown(
			a_preview_knows_the_popular_names_that_come, scratch_make,
			scratch_remove),
		cmocka_unit_test_setup_teardown(a_list_that_was_rolled_back_is_held,
						scratch_make, scratch_remove),
	};

	return cmocka_run_group_tests(tests, setup_guards, release_guards);
}
