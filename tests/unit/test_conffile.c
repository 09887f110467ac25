// SPDX-License-Identifier: BSD-3-Clause
/* conffile: where Unbound's options stand. */
#include "fixture.h"

#include <sys/stat.h>
#include <unistd.h>

#include "conffile.h"
#include "scratch-file.h"

// clang-format off
static const struct {
	const char *what, *text, *clause, *key, *value;
	unsigned line; /* 0: it is not there */
} rows[] = {
	{ "an option of a clause",
	  "server:\n  port: 53\n",
	  "server", "port", "53", 2 },
	{ "the last one counts",
	  "server:\nport: 1\nport: 2\n",
	  "server", "port", "2", 3 },
	{ "quotes are taken off",
	  "server:\nmodule-config: \"a b\"\n",
	  "server", "module-config", "a b", 2 },
	{ "single ones, too",
	  "server:\nmodule-config: 'a b'\n",
	  "server", "module-config", "a b", 2 },
	{ "a sign of a comment in quotes is none",
	  "server:\nidentity: \"a # b\"\n",
	  "server", "identity", "a # b", 2 },
	{ "comments are passed over", "# x: y\nserver: # port: 1\nport: 2 # 3\n",
	  "server", "port", "2", 3 },
	{ "a clause and an option in one line",
	  "server: port: 53",
	  "server", "port", "53", 1 },
	{ "two options in one line",
	  "server: port: 53 do-ip6: no\n",
	  "server", "do-ip6", "no", 1 },
	{ "no blank after the colon",
	  "server:\nport:53\n",
	  "server", "port", "53", 2 },
	{ "a value in the next line",
	  "server:\nport:\n53\n",
	  "server", "port", "53", 2 },
	{ "all words of a line",
	  "server:\nlocal-zone: \"a.example.\"   static\n",
	  "server", "local-zone", "a.example. static", 2 },
	{ "an IPv6 address is no key",
	  "server:\ninterface: ::1\nport: 5\n",
	  "server", "interface", "::1", 2 },
	{ "another clause has its own",
	  "server:\nport: 1\nstub-zone:\nname: \"a\"\n",
	  "stub-zone", "name", "a", 4 },
	{ "what is not there", "server:\nport: 1\n",
	  "server", "do-ip6", NULL, 0 },
	{ "nothing at all",
	  "",
	  "server", "port", NULL, 0 },
	{ "a quote without an end",
	  "server:\nidentity: \"a\nport: 5\n",
	  "server", "port", "5", 3 },
};
// clang-format on

static void options_are_found(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		const struct conf_setting *s;
		struct err e = { 0 };
		struct conf c = { 0 };
		char path[64];
		int fd = scratch_file(path, rows[i].text, strlen(rows[i].text));

		if (conf_read(&c, path, &e) != 0)
			fail_msg("%s: %s", rows[i].what, e.text);
		s = conf_find(&c, rows[i].clause, rows[i].key, NULL);
		check((s == NULL) == (rows[i].line == 0), rows[i].what);
		if (s != NULL) {
			check(strcmp(s->value, rows[i].value) == 0, rows[i].what);
			check(s->line == rows[i].line, rows[i].what);
			check(strcmp(s->file, path) == 0, rows[i].what);
		}
		conf_release(&c);
		conf_release(&c);
		close(fd);
	}
}

static void the_setting_of_a_value_is_found(void **state)
{
	static const char text[] = "server:\nport: 1\nport: 2\nport: 3\n";
	struct conf c = { 0 };
	char path[64];
	int fd = scratch_file(path, text, strlen(text));

	(void)state;
	assert_int_equal(conf_read(&c, path, NULL), 0);
	assert_int_equal(conf_find(&c, "server", "port", "2")->line, 3);
	assert_int_equal(conf_find(&c, "server", "port", "9")->line, 4);
	conf_release(&c);
	close(fd);
}

static void clauses_are_counted(void **state)
{
	static const char text[] = "server:\nrpz:\nname: a\nrpz: name: b\nserver:\n";
	struct conf c = { 0 };
	char path[64];
	int fd = scratch_file(path, text, strlen(text));

	(void)state;
	assert_int_equal(conf_read(&c, path, NULL), 0);
	assert_int_equal(conf_clauses(&c, "rpz"), 2);
	assert_int_equal(conf_clauses(&c, "server"), 2);
	assert_int_equal(conf_clauses(&c, "auth-zone"), 0);
	conf_release(&c);
	close(fd);
}

static void write_file(const char *dir, const char *name, const char *text)
{
	char path[256];
	FILE *out;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	out = fopen(path, "w");
	assert_non_null(out);
	fputs(text, out);
	fclose(out);
}

static void remove_all(const char *dir, const char *const names[], size_t count)
{
	char path[256];

	for (size_t i = 0; i < count; i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
		unlink(path);
	}
	rmdir(dir);
}

static void includes_are_followed(void **state)
{
	static const char *const names[] = { "main", "a.conf", "b.conf", "c" };
	char dir[] = "/tmp/palang-conffile-XXXXXX", text[512], path[256];
	const struct conf_setting *s;
	struct err e = { 0 };
	struct conf c = { 0 };

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(text, sizeof(text),
		 "server:\n directory: \"%s\"\n include: \"*.conf\"\n do-ip4: yes\n"
		 "include: none-*.conf\ninclude-toplevel: %s/c\nserver: do-udp: no\n",
		 dir, dir);
	write_file(dir, "main", text);
	write_file(dir, "a.conf", "port: 1\n");
	write_file(dir, "b.conf", "\nport: 2\n");
	write_file(dir, "c", "rpz:\nname: z.example\n");
	snprintf(path, sizeof(path), "%s/main", dir);
	if (conf_read(&c, path, &e) != 0)
		fail_msg("%s", e.text);
	s = conf_find(&c, "server", "port", "2");
	assert_non_null(s);
	assert_int_equal(s->line, 2);
	assert_non_null(strstr(s->file, "/b.conf"));
	assert_non_null(conf_find(&c, "server", "do-ip4", NULL));
	assert_non_null(conf_find(&c, "server", "do-udp", NULL));
	assert_non_null(conf_find(&c, "rpz", "name", NULL));
	conf_release(&c);

	/* A file that includes itself comes to an end. */
	snprintf(text, sizeof(text), "server:\nport: 7\ninclude: %s/c\n", dir);
	write_file(dir, "c", text);
	assert_int_equal(conf_read(&c, path, &e), ERR_SYSTEM);
	assert_non_null(strstr(e.text, "too many includes"));
	assert_non_null(conf_find(&c, "server", "port", "7"));
	conf_release(&c);
	remove_all(dir, names, ROWS(names));
	assert_int_equal(conf_read(&c, path, &e), ERR_SYSTEM);
	conf_release(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(options_are_found),
		cmocka_unit_test(the_setting_of_a_value_is_found),
		cmocka_unit_test(clauses_are_counted),
		cmocka_unit_test(includes_are_followed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
