// SPDX-License-Identifier: BSD-3-Clause
/* user: what one may do with files. As root it is asked for another user, too. */
#include "fixture.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "user.h"

static char dir[64];

static int make_directory(void **state)
{
	char path[128];
	FILE *out;

	(void)state;
	snprintf(dir, sizeof(dir), "/tmp/palang-user-XXXXXX");
	if (mkdtemp(dir) == NULL)
		return -1;
	snprintf(path, sizeof(path), "%s/file", dir);
	out = fopen(path, "w");
	return out == NULL ? -1 : fclose(out);
}

static int remove_directory(void **state)
{
	char path[128];

	(void)state;
	snprintf(path, sizeof(path), "%s/file", dir);
	unlink(path);
	return rmdir(dir);
}

// clang-format off
static const struct {
	const char *what;
	mode_t dir_mode, file_mode;
	int mode;
	enum user_may may;
	bool at_dir; /* the directory is what denies */
	size_t root; /* 1: the directory is not looked at */
} rows[] = {
	{ "a file for all may be read", 0755, 0644, R_OK, USER_MAY, false, 0 },
	{ "but not written", 0755, 0644, R_OK | W_OK, USER_MAY_NOT, false, 0 },
	{ "one for all to write may be written", 0755, 0666, R_OK | W_OK, USER_MAY,
	  false, 0 },
	{ "a closed file may not be read", 0755, 0600, R_OK, USER_MAY_NOT, false, 0 },
	{ "a closed directory is not entered", 0700, 0666, R_OK, USER_MAY_NOT, true,
	  0 },
	{ "one that can only be entered is", 0711, 0666, R_OK, USER_MAY, false, 0 },
	{ "a group of others does not help", 0770, 0660, R_OK, USER_MAY_NOT, true, 0 },
	{ "what is closed inside is, below a root, too", 0755, 0600, R_OK, USER_MAY_NOT,
	  false, 1 },
};
// clang-format on

static void what_another_user_may_is_told(void **state)
{
	struct denial why;
	struct user u;
	char path[128];

	(void)state;
	assert_true(user_named(&u, "nobody"));
	snprintf(path, sizeof(path), "%s/file", dir);
	for (size_t i = 0; i < ROWS(rows); i++) {
		enum user_may may;

		assert_int_equal(chmod(path, rows[i].file_mode), 0);
		assert_int_equal(chmod(dir, rows[i].dir_mode), 0);
		may = user_may(&u, path, rows[i].root == 0 ? 0 : strlen(dir),
			       rows[i].mode, &why);
		if (geteuid() != 0) {
			check(may == USER_UNKNOWN, "only root can find it out");
			continue;
		}
		check(may == rows[i].may, rows[i].what);
		if (may != USER_MAY_NOT)
			continue;
		check(why.error == EACCES, rows[i].what);
		check(strcmp(why.path, rows[i].at_dir ? dir : path) == 0, rows[i].what);
	}
	/* Who asked is still who it was. */
	assert_int_equal(chmod(dir, 0700), 0);
	assert_int_equal(access(path, R_OK), 0);
}

static void what_this_user_may_is_told(void **state)
{
	struct denial why;
	struct user u;

	(void)state;
	assert_true(user_named(&u, ""));
	assert_int_equal(u.uid, geteuid());
	assert_int_equal(user_may(&u, dir, 0, R_OK | W_OK | X_OK, &why), USER_MAY);
	assert_int_equal(user_may(&u, "/nonexistent/x", 0, R_OK, &why), USER_MAY_NOT);
	assert_int_equal(why.error, ENOENT);
	assert_string_equal(why.path, "/nonexistent");
}

static void users_are_known(void **state)
{
	struct user u, same;

	(void)state;
	assert_false(user_named(&u, "no-such-user"));
	assert_true(user_named(&u, "root"));
	assert_int_equal(u.uid, 0);
	assert_true(u.count >= 1);
	assert_true(user_of_process(&u, getpid()));
	assert_true(user_named(&same, ""));
	assert_int_equal(u.uid, same.uid);
	assert_int_equal(u.gid, same.gid);
	assert_int_equal(u.count, same.count);
	assert_false(user_of_process(&u, 1L << 30));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_another_user_may_is_told),
		cmocka_unit_test(what_this_user_may_is_told),
		cmocka_unit_test(users_are_known),
	};

	return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
