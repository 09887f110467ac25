// SPDX-License-Identifier: BSD-3-Clause
/* child: other programs, their output, status and end. */
#include "fixture.h"

#include <errno.h>
#include <signal.h>
#include <unistd.h>

#include "child.h"

#define LONG 20000 /* nothing here takes as long */

static int run_shell(struct child *c, const char *script, int timeout_ms, struct err *e)
{
	const char *argv[] = { "/bin/sh", "-c", script, NULL };

	return child_run(c, argv, timeout_ms, e);
}

// clang-format off
static const struct {
	const char *what, *script, *out, *talk;
	int status;
} rows[] = {
	{ "both outputs are kept apart", "echo a; echo b >&2", "a\n", "b\n", 0 },
	{ "the status is told", "exit 3", "", "", 3 },
	{ "a signal is told", "kill -9 $$", "", "", -1 },
	{ "there is nothing to read", "cat; echo end", "end\n", "", 0 },
	{ "one may close its outputs before it ends",
	  "exec >&- 2>&-; exit 4", "", "", 4 },
};
// clang-format on

static void what_it_says_is_kept(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct err e = { 0 };
		struct child c;

		check(run_shell(&c, rows[i].script, LONG, &e) == 0, rows[i].what);
		check(strcmp(c.out, rows[i].out) == 0, rows[i].what);
		check(strcmp(c.talk, rows[i].talk) == 0, rows[i].what);
		check(c.status == rows[i].status, rows[i].what);
		child_release(&c);
		child_release(&c);
	}
}

static void too_much_is_cut(void **state)
{
	struct child c;

	(void)state;
	assert_int_equal(run_shell(&c,
				   "i=0; while [ $i -lt 3000 ]; do i=$((i+1)); echo "
				   "0123456789012345678901234567890123456789; done",
				   LONG, NULL),
			 0);
	assert_int_equal(strlen(c.out), CHILD_TEXT_MAX - 1);
	assert_int_equal(c.status, 0);
	child_release(&c);
}

/* A shell that waits, and another one that it started: both are ended. */
static void one_that_hangs_is_ended(void **state)
{
	struct err e = { 0 };
	struct child c;
	long pid;

	(void)state;
	assert_int_equal(run_shell(&c, "sleep 1000 & echo $!; wait", 300, &e),
			 ERR_SYSTEM);
	assert_non_null(strstr(e.text, "'/bin/sh' did not end within"));
	pid = atol(c.out);
	assert_true(pid > 0);
	/* It may be a zombie for a moment, until its new parent looks. */
	for (int i = 0; i < 2000 && kill((pid_t)pid, 0) == 0; i++) {
		char path[64], line[256] = "";
		FILE *in;

		snprintf(path, sizeof(path), "/proc/%ld/stat", pid);
		in = fopen(path, "re");
		if (in == NULL)
			break;
		if (fgets(line, sizeof(line), in) != NULL &&
		    strstr(line, ") Z ") != NULL) {
			fclose(in);
			child_release(&c);
			return;
		}
		fclose(in);
		usleep(1000);
	}
	assert_int_equal(kill((pid_t)pid, 0), -1);
	assert_int_equal(errno, ESRCH);
	child_release(&c);
}

static void one_that_is_not_there_is_told(void **state)
{
	const char *argv[] = { "/nonexistent/program", NULL };
	struct err e = { 0 };
	struct child c;

	(void)state;
	assert_int_equal(child_run(&c, argv, LONG, &e), ERR_SYSTEM);
	assert_string_equal(e.text, "cannot run '/nonexistent/program': "
				    "No such file or directory");
	child_release(&c);
}

static void programs_are_found(void **state)
{
	char path[PATH_MAX];

	(void)state;
	setenv("PATH", "/nonexistent::/bin", 1);
	assert_true(child_find(path, "sh"));
	assert_string_equal(path, "/bin/sh");
	assert_true(child_find(path, "/bin/sh"));
	assert_string_equal(path, "/bin/sh");
	setenv("PATH", "", 1);
	assert_true(child_find(path, "ldconfig"));
	assert_non_null(strstr(path, "sbin/ldconfig"));
	assert_false(child_find(path, "no-such-program"));
	assert_false(child_find(path, "/bin/no-such-program"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_it_says_is_kept),
		cmocka_unit_test(too_much_is_cut),
		cmocka_unit_test(one_that_hangs_is_ended),
		cmocka_unit_test(one_that_is_not_there_is_told),
		cmocka_unit_test(programs_are_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
