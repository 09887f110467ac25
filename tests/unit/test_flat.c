// SPDX-License-Identifier: BSD-3-Clause
/* flat: for each listed name, and for a name below it that is not listed, it says what
 * lookup() says, in random stores of many feeds. */
#include "flat.h"
#include "lookup.h"
#include "scratch.h"

#define NOW 1000000

/* Three expired, three in force, and two that are not yet. */
// clang-format off
static const struct order orders[LOAD_ORDERS] = {
	{ .notice = 0 }, { .expires = NOW }, { .effective = NOW + 1 },
	{ .effective = NOW }, { .expires = NOW + 1 }, { .expires = 5 },
	{ .expires = 6 }, { .effective = NOW + 100000 },
};
// clang-format on

static void make_store(uint32_t names, uint32_t labels_used)
{
	static const char *const labels[] = { "a", "b", "*", "!", "toko", "z" };
	static const char *const feeds[] = { "one", "two", "three", "four" };

	for (unsigned f = 0; f < ROWS(feeds); f++) {
		AUTO(load) l = { .feed = feeds[f], .order_count = LOAD_ORDERS };

		memcpy(l.orders, orders, sizeof(orders));
		for (uint32_t i = 0; i < names; i++) {
			struct name n = name_of("example");
			uint32_t depth = random_below(5);

			for (uint32_t d = 0; d < depth; d++) {
				const char *label = labels[random_below(labels_used)];

				name_add_label(&n, (const uint8_t *)label,
					       strlen(label));
			}
			assert_int_equal(list_add(&l.list, &n, random_below(SCOPES),
						  random_below(ACTIONS),
						  random_below(LOAD_ORDERS), NULL),
					 0);
		}
		load_into_store(&l);
	}
}

/* Ranks that are not the numbers, and one feed in shadow mode. */
static void set_feeds(void)
{
	AUTO(target) to = { 0 };
	AUTO(update) u = { 0 };
	struct update_about about = { .verb = span_of("set"), .time = 1 };
	struct update_result result;

	assert_int_equal(target_open(&to, scratch_store, NULL, NULL), 0);
	update_begin(&u, &to, NULL);
	update_feed_rank(&u, 3, (uint8_t)random_below(4));
	update_feed_rank(&u, 0, (uint8_t)random_below(4));
	update_feed_flags(&u, (uint8_t)random_below(4), FEED_SHADOW, FEED_FLAGS);
	assert_int_equal(update_commit(&u, &about, &result), 0);
}

/* What is shown of an entry: there are no notices in these stores. */
static uint8_t shown(const struct entry *e)
{
	if (e->action == ACTION_NOTICE ||
	    (e->action == ACTION_NXDOMAIN && e->scope == SCOPE_EXACT))
		return ACTION_NODATA;
	return e->action;
}

static void check_said(struct reader *r, const struct name *n, const struct said *said,
		       const char *which)
{
	char text[NAME_TEXT_MAX];
	struct verdict v;

	assert_int_equal(lookup(r, n->key, n->len, NOW, &v, NULL, NULL, NULL), 0);
	if (said->found == v.found &&
	    (!v.found || (said->action == shown(&v.match.entry) &&
			  said->rank == r->now.rank[v.match.entry.feed])))
		return;
	fail_msg("not so: %s %s is as looked up: %d action %u rank %u", which,
		 name_to_text(text, n->key, n->len), said->found, said->action,
		 said->rank);
}

/* Returns how many names there were. */
static unsigned check_store(void)
{
	static struct walk w;
	AUTO(store) s = { 0 };
	AUTO(reader) r = { 0 };
	struct said above, self, below;
	struct flat flat = { 0 };
	unsigned count = 0;
	int rc;

	assert_int_equal(store_open(&s, scratch_store, STORE_READ, NULL), 0);
	assert_int_equal(reader_init(&r, &s, NULL), 0);
	assert_int_equal(reader_begin(&r, NULL), 0);
	assert_int_equal(walk_begin(&w, &r, NOW, false, NULL), 0);
	while ((rc = walk_next(&w, NULL)) > 0) {
		struct name n = { .len = (uint16_t)w.key.len };

		memcpy(n.key, w.key.data, w.key.len);
		assert_int_equal(flat_next(&flat, &w, &above, &self, &below, NULL), 0);
		check_said(&r, &n, &self, "the name");
		assert_true(name_add_label(&n, (const uint8_t *)"not-listed", 10));
		check_said(&r, &n, &below, "below");
		count++;
	}
	assert_int_equal(rc, 0);
	walk_release(&w);
	reader_end(&r);
	return count;
}

static void it_says_what_a_look_up_says(void **state)
{
	unsigned count = 0;

	(void)state;
	for (int i = 0; i < 60; i++) {
		make_store(4 + random_below(60), 1 + random_below(6));
		set_feeds();
		count += check_store();
		scratch_renew();
	}
	assert_true(count > 500);
}

static void an_empty_store_has_no_names(void **state)
{
	(void)state;
	load_text("one", "");
	assert_int_equal(check_store(), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(it_says_what_a_look_up_says,
						scratch_make, scratch_remove),
		cmocka_unit_test_setup_teardown(an_empty_store_has_no_names,
						scratch_make, scratch_remove),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
