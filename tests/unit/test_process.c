// SPDX-License-Identifier: BSD-3-Clause
/* process: the words of a command line, and this process as /proc tells it. */
#include "fixture.h"

#include <unistd.h>

#include "process.h"

#define WORDS(text) text, sizeof(text)

// clang-format off
static const struct {
	const char *what, *words;
	size_t len;
	const char *config;
} rows[] = {
	{ "a word of its own", WORDS("unbound\0-d\0-c\0/etc/u.conf"), "/etc/u.conf" },
	{ "in the option's word", WORDS("/usr/sbin/unbound\0-c/etc/u.conf"),
	  "/etc/u.conf" },
	{ "behind other letters", WORDS("unbound\0-ddvc\0u.conf\0-p"), "u.conf" },
	{ "letters and the file in one word", WORDS("unbound\0-dcu.conf"), "u.conf" },
	{ "the last one counts", WORDS("unbound\0-c\0a\0-c\0b"), "b" },
	{ "none", WORDS("unbound\0-d\0-p"), NULL },
	{ "an argument is missing", WORDS("unbound\0-c"), NULL },
	{ "the argument of another option is none", WORDS("unbound\0-w\0-c\0x"), NULL },
	{ "what runs it has options of its own",
	  WORDS("valgrind\0-q\0-c\0no\0/sbin/unbound\0-c\0yes"), "yes" },
	{ "nothing", WORDS(""), NULL },
};
// clang-format on

static void the_configuration_is_found(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		const char *got = process_find_config(rows[i].words, rows[i].len);

		check((got == NULL) == (rows[i].config == NULL), rows[i].what);
		if (got != NULL)
			check(strcmp(got, rows[i].config) == 0, rows[i].what);
	}
}

static void this_process_is_read(void **state)
{
	struct process p;

	(void)state;
	process_read(&p, getpid());
	assert_true(p.alive);
	assert_true(p.sees_exe);
	assert_true(p.sees_environ);
	assert_string_equal(p.config, "");
	assert_false(p.config_relative);
}

static void one_that_is_gone_is_not_alive(void **state)
{
	struct process p;

	(void)state;
	process_read(&p, 1L << 30);
	assert_false(p.alive);
	assert_false(p.sees_exe);
	assert_false(p.sees_environ);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_configuration_is_found),
		cmocka_unit_test(this_process_is_read),
		cmocka_unit_test(one_that_is_gone_is_not_alive),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
