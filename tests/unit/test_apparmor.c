// SPDX-License-Identifier: BSD-3-Clause
/* apparmor: profiles of the kernel, and lines of a profile. */
#include "fixture.h"

#include "apparmor.h"
#include "scratch-file.h"

// clang-format off
static const struct {
	const char *what, *profiles;
	bool enforced;
} profiles[] = {
	{ "an enforced profile counts",
	  "/usr/sbin/named (enforce)\n/usr/sbin/unbound (enforce)\n", true },
	{ "one with a short name counts", "unbound (enforce)\n", true },
	{ "one that only complains does not", "/usr/sbin/unbound (complain)\n", false },
	{ "another program's does not", "/usr/sbin/named (enforce)\n", false },
	{ "none does not", "", false },
};

static const struct {
	const char *what, *text;
	bool allowed;
} lines[] = {
	{ "a line for the store allows it",
	  "# local\n  /var/lib/palang/data.mdb rk,\n", true },
	{ "one for its directory does", "/var/lib/palang/ r,\n", true },
	{ "one in quotes does", "\"/var/lib/palang/**\" rwk,\n", true },
	{ "one for the owner does", "owner /var/lib/palang/** rwk,\n", true },
	{ "a comment does not", "#/var/lib/palang/ r,\n", false },
	{ "a store with a longer name does not", "/var/lib/palang2/ r,\n", false },
	{ "nothing does not", "", false },
};
// clang-format on

static void profiles_are_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(profiles); i++) {
		char path[64];
		int fd = scratch_file(path, profiles[i].profiles,
				      strlen(profiles[i].profiles));

		check(apparmor_enforces(path) == profiles[i].enforced,
		      profiles[i].what);
		close(fd);
	}
	assert_false(apparmor_enforces("/nonexistent"));
}

static void lines_are_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(lines); i++) {
		char path[64];
		int fd = scratch_file(path, lines[i].text, strlen(lines[i].text));

		check(apparmor_allows(path, "/var/lib/palang") == lines[i].allowed,
		      lines[i].what);
		check(apparmor_allows(path, "/var/lib/palang/") == lines[i].allowed,
		      lines[i].what);
		close(fd);
	}
	assert_false(apparmor_allows("/nonexistent", "/var/lib/palang"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(profiles_are_read),
		cmocka_unit_test(lines_are_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
