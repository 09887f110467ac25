// SPDX-License-Identifier: BSD-3-Clause
/* list: sorted as qsort() with memcmp() sorts, whatever the names. */
#include "fixture.h"
#include "list.h"

/* What was added, besides. */
struct added {
	size_t at; /* of its key in `keys` */
	uint16_t len;
	uint8_t scope, action;
	uint32_t order;
};

static struct world {
	struct list list;
	struct added *added;
	size_t count, room;
	uint8_t *keys;
	size_t used, keys_room;
} w;

static int clear(void **state)
{
	(void)state;
	list_release(&w.list);
	free(w.added);
	free(w.keys);
	w = (struct world){ 0 };
	return 0;
}

static void add(const struct name *n, uint8_t scope, uint8_t action, uint32_t order)
{
	struct err e = { 0 };

	if (w.count == w.room) {
		w.room = w.room * 2 + 1024;
		w.added = realloc(w.added, w.room * sizeof(*w.added));
		assert_non_null(w.added);
	}
	if (w.used + n->len > w.keys_room) {
		w.keys_room = w.keys_room * 2 + 65536;
		w.keys = realloc(w.keys, w.keys_room);
		assert_non_null(w.keys);
	}
	if (n->len > 0)
		memcpy(w.keys + w.used, n->key, n->len);
	w.added[w.count++] = (struct added){ w.used, n->len, scope, action, order };
	w.used += n->len;
	assert_int_equal(list_add(&w.list, n, scope, action, order, &e), 0);
}

static void add_plain(const struct name *n)
{
	add(n, SCOPE_SUBTREE, ACTION_NOTICE, 0);
}

static int compare_added(const void *pa, const void *pb)
{
	const struct added *a = pa, *b = pb;
	size_t n = a->len < b->len ? a->len : b->len;
	int c = n == 0 ? 0 : memcmp(w.keys + a->at, w.keys + b->at, n);

	if (c == 0)
		c = a->len - b->len;
	if (c == 0)
		c = a->scope - b->scope;
	if (c == 0)
		c = a->action - b->action;
	return c != 0 ? c : (a->order > b->order) - (a->order < b->order);
}

static bool same_name(size_t i, size_t j)
{
	const struct added *a = &w.added[i], *b = &w.added[j];

	return a->len == b->len &&
	       (a->len == 0 || memcmp(w.keys + a->at, w.keys + b->at, a->len) == 0);
}

/* Names that are listed twice, exact and below, become subtrees. */
static size_t join_pairs(size_t count)
{
	size_t kept = 0;

	for (size_t i = 0; i < count;) {
		size_t end = i + 1;
		struct added a = w.added[i];

		while (end < count && same_name(i, end))
			end++;
		if (end == i + 2 && a.scope == SCOPE_EXACT &&
		    w.added[i + 1].scope == SCOPE_BELOW &&
		    w.added[i + 1].action == a.action &&
		    w.added[i + 1].order == a.order) {
			a.scope = SCOPE_SUBTREE;
			w.added[kept++] = a;
			i = end;
		}
		while (i < end)
			w.added[kept++] = w.added[i++];
	}
	return kept;
}

/* Sorts what was added with qsort(); the list must be the same. */
static void check_sorted(const char *what)
{
	size_t kept = 0;

	if (w.count > 1)
		qsort(w.added, w.count, sizeof(*w.added), compare_added);
	for (size_t i = 0; i < w.count; i++)
		if (kept == 0 || compare_added(&w.added[kept - 1], &w.added[i]) != 0)
			w.added[kept++] = w.added[i];
	kept = join_pairs(kept);
	list_sort(&w.list);
	check(w.list.count == kept, what);
	check(w.list.duplicates == w.count - kept, what);
	for (size_t i = 0; i < kept; i++) {
		const struct added *a = &w.added[i];
		struct span key = list_key(&w.list, i);
		struct entry e = list_entry(&w.list, i);

		if (key.len != a->len ||
		    (a->len > 0 && memcmp(key.data, w.keys + a->at, a->len) != 0) ||
		    e.scope != a->scope || e.action != a->action || e.order != a->order)
			fail_msg("not so: %s (the %zuth of %zu)", what, i, kept);
		list_expect(&w.list, i + 16);
	}
}

/* One label of LEN letters, all 'a' but the last ones, which count I in base 26. */
static void add_label_of(struct name *n, size_t len, uint64_t i)
{
	uint8_t label[NAME_LABEL_MAX];

	memset(label, 'a', sizeof(label));
	for (size_t at = len; at > 0 && i > 0; i /= 26)
		label[--at] = (uint8_t)('a' + i % 26);
	assert_true(name_add_label(n, label, len));
}

static void no_names(size_t count)
{
	(void)count;
}

static void random_names(size_t count)
{
	while (count-- > 0) {
		struct name n = { .len = 0 };

		for (uint32_t labels = 1 + random_below(4); labels > 0; labels--)
			add_label_of(&n, 1 + random_below(12), random_below(1u << 30));
		add_plain(&n);
	}
}

static void ascending_names(size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct name n = name_of("example");

		add_label_of(&n, 9, i);
		add_plain(&n);
	}
}

static void descending_names(size_t count)
{
	while (count-- > 0) {
		struct name n = name_of("example");

		add_label_of(&n, 9, count);
		add_plain(&n);
	}
}

static void rising_and_falling_names(size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct name n = name_of("example");

		add_label_of(&n, 9, i < count / 2 ? i : count - i);
		add_plain(&n);
	}
}

/* Long labels first: the keys differ after 200 equal bytes only. */
static void names_with_shared_prefixes(size_t count)
{
	while (count-- > 0) {
		struct name n = name_of("example");

		add_label_of(&n, 63, random_below(3));
		add_label_of(&n, 63, random_below(3));
		add_label_of(&n, 60, random_below(100));
		add_label_of(&n, 1 + random_below(20), random_below(1u << 30));
		add_plain(&n);
	}
}

/* Keys of 8, 16, 24 ... bytes and of one more and one less, of few letters, so
 * that one is often the other's prefix. */
static void names_ending_at_words(size_t count)
{
	while (count-- > 0) {
		struct name n = { .len = 0 };
		size_t words = 1 + random_below(4),
		       want = words * 8 - 1 + random_below(3);

		while (n.len < want) {
			size_t left = want - n.len - 1, len = 1 + random_below(10);

			if (len > left || left - len < 2)
				len = left == 0 ? 1 : left;
			add_label_of(&n, len, random_below(3));
		}
		add_plain(&n);
	}
}

/* The same name with 0x00, 0x01, 0x02 in all places. */
static void names_of_escaped_octets(size_t count)
{
	while (count-- > 0) {
		struct name n = { .len = 0 };

		for (uint32_t labels = random_below(4); labels > 0; labels--) {
			uint8_t label[6];
			size_t len = 1 + random_below(sizeof(label));

			for (size_t i = 0; i < len; i++)
				label[i] = (uint8_t)random_below(3);
			assert_true(name_add_label(&n, label, len));
		}
		add_plain(&n);
	}
}

static void names_of_high_octets(size_t count)
{
	while (count-- > 0) {
		struct name n = { .len = 0 };
		uint8_t label[20];
		size_t len = 1 + random_below(sizeof(label));

		memset(label, 0xff, sizeof(label));
		label[random_below((uint32_t)len)] = (uint8_t)(0x7e + random_below(4));
		assert_true(name_add_label(&n, label, len));
		add_plain(&n);
	}
}

static void one_name_and_its_ancestors(size_t count)
{
	struct name n = { .len = 0 };

	add_plain(&n);
	while (count-- > 0 && name_add_label(&n, (const uint8_t *)"a", 1))
		add_plain(&n);
}

static void longest_names(size_t count)
{
	while (count-- > 0) {
		struct name n = { .len = 0 };
		uint8_t label[63] = { 0 };

		for (int i = 0; i < 4; i++) {
			label[62 - 2 * (i == 3)] = (uint8_t)random_below(3);
			assert_true(name_add_label(&n, label, i < 3 ? 63 : 61));
		}
		add_plain(&n);
	}
}

static void one_name_many_times(size_t count)
{
	struct name n = name_of("www.example.com");

	while (count-- > 0)
		add_plain(&n);
}

static void few_names_many_times(size_t count)
{
	while (count-- > 0) {
		struct name n = name_of("example");

		add_label_of(&n, 5, random_below(7));
		add_plain(&n);
	}
}

static void few_names_with_many_terms(size_t count)
{
	while (count-- > 0) {
		struct name n = name_of("example");

		add_label_of(&n, 5, random_below(5));
		add(&n, (uint8_t)random_below(SCOPES), (uint8_t)random_below(ACTIONS),
		    random_below(6));
	}
}

static void one_name_with_many_orders(size_t count)
{
	struct name n = name_of("example.com");

	for (size_t i = 0; i < count; i++)
		add(&n, SCOPE_EXACT, ACTION_PASS, UINT32_MAX - 1 - (uint32_t)(i / 2));
}

static void the_root_among_others(size_t count)
{
	while (count-- > 0) {
		struct name n = { .len = 0 };

		if (random_below(2) == 0)
			add_label_of(&n, 1 + random_below(3), random_below(30));
		add(&n, (uint8_t)random_below(SCOPES), ACTION_NOTICE, 0);
	}
}

/* Pairs as zones have them, all names before all that is below them; every tenth is
 * of another action, every eleventh has a third listing. */
static void pairs_that_stand_apart(size_t count)
{
	for (int scope = SCOPE_EXACT; scope <= SCOPE_BELOW; scope++)
		for (size_t i = 0; i < count; i++) {
			struct name n = { .len = 0 };

			add_label_of(&n, 8, i);
			add(&n, (uint8_t)scope,
			    i % 10 == 0 && scope == SCOPE_BELOW ? ACTION_DROP
								: ACTION_NOTICE,
			    0);
			if (i % 11 == 0 && scope == SCOPE_BELOW)
				add(&n, SCOPE_SUBTREE, ACTION_PASS, 0);
		}
}

// clang-format off
static const struct {
	const char *what;
	void (*fill)(size_t count);
	size_t count;
} lists[] = {
	{ "an empty list stays empty", no_names, 0 },
	{ "one name stays", random_names, 1 },
	{ "two names are sorted", descending_names, 2 },
	{ "24 names are sorted", descending_names, 24 },
	{ "25 names are sorted", descending_names, 25 },
	{ "26 names are sorted", random_names, 26 },
	{ "1,000 random names are sorted", random_names, 1000 },
	{ "50,000 random names are sorted", random_names, 50000 },
	{ "names in order stay in order", ascending_names, 20000 },
	{ "names in the reverse order are turned", descending_names, 20000 },
	{ "names that rise and fall are sorted", rising_and_falling_names, 20000 },
	{ "200,000 names with shared prefixes are sorted", names_with_shared_prefixes,
	  200000 },
	{ "keys that end at multiples of eight bytes are sorted", names_ending_at_words,
	  20000 },
	{ "a few keys that end at multiples of eight bytes are sorted",
	  names_ending_at_words, 20 },
	{ "escaped octets are sorted", names_of_escaped_octets, 20000 },
	{ "octets up to 255 are sorted", names_of_high_octets, 20000 },
	{ "ancestors come before what is below them", one_name_and_its_ancestors, 127 },
	{ "keys of 504 bytes are sorted", longest_names, 2000 },
	{ "the same listing is kept once of 30,000 times", one_name_many_times, 30000 },
	{ "the same listing is kept once of twice", one_name_many_times, 2 },
	{ "few names are kept once of many times", few_names_many_times, 30000 },
	{ "equal names with different terms are kept and sorted by them",
	  few_names_with_many_terms, 5000 },
	{ "a few equal names with different terms are, too", few_names_with_many_terms,
	  23 },
	{ "orders count up to 2^32-2", one_name_with_many_orders, 1000 },
	{ "pairs become one", pairs_that_stand_apart, 20000 },
	{ "a pair becomes one", pairs_that_stand_apart, 2 },
	{ "the root has the first place", the_root_among_others, 200 },
};
// clang-format on

static void lists_are_sorted_as_qsort_sorts_them(void **state)
{
	for (size_t i = 0; i < ROWS(lists); i++) {
		lists[i].fill(lists[i].count);
		check_sorted(lists[i].what);
		clear(state);
	}
}

/* Enough for each of the four threads. */
static void many_names_are_sorted_by_threads(void **state)
{
	(void)state;
	random_names(700000);
	few_names_many_times(1000);
	check_sorted("700,000 random names are sorted");
}

static void sorted_list_can_be_added_to_and_sorted_again(void **state)
{
	(void)state;
	for (int round = 0; round < 3; round++) {
		names_with_shared_prefixes(5000);
		list_sort(&w.list);
		few_names_many_times(100);
		random_names(5000);
		check_sorted("a list can be sorted again");
		/* What was dropped was added, and counts no more. */
		w.list.duplicates = 0;
		w.count = w.list.count;
	}
}

static void released_list_is_empty_and_can_be_filled(void **state)
{
	(void)state;
	random_names(10);
	list_release(&w.list);
	assert_int_equal(w.list.count, 0);
	assert_null(w.list.items);
	list_release(&w.list);
	w.count = 0;
	random_names(10);
	check_sorted("a released list is as a new one");
}

static void list_is_read_as_it_was_added_before_it_is_sorted(void **state)
{
	struct name n = name_of("toko-palsu.example");

	(void)state;
	random_names(3);
	add(&n, SCOPE_BELOW, ACTION_DROP, 77);
	assert_true(span_equal(list_key(&w.list, 3), (struct span){ n.key, n.len }));
	assert_int_equal(list_entry(&w.list, 3).scope, SCOPE_BELOW);
	assert_int_equal(list_entry(&w.list, 3).action, ACTION_DROP);
	assert_int_equal(list_entry(&w.list, 3).order, 77);
	list_expect(&w.list, 3);
	list_expect(&w.list, 4);
	list_expect(&w.list, SIZE_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(lists_are_sorted_as_qsort_sorts_them, clear),
		cmocka_unit_test_teardown(many_names_are_sorted_by_threads, clear),
		cmocka_unit_test_teardown(sorted_list_can_be_added_to_and_sorted_again,
					  clear),
		cmocka_unit_test_teardown(released_list_is_empty_and_can_be_filled,
					  clear),
		cmocka_unit_test_teardown(
			list_is_read_as_it_was_added_before_it_is_sorted, clear),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
