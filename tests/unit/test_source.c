// SPDX-License-Identifier: BSD-3-Clause
/* source: the bytes of a list. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "source.h"

/* A file in memory: its path goes to PATH. */
static int make_file(char path[static 64], const void *data, size_t len)
{
	int fd = memfd_create("list", MFD_CLOEXEC);

	assert_true(fd >= 0);
	for (size_t done = 0; done < len;) {
		ssize_t n = write(fd, (const char *)data + done, len - done);

		assert_true(n > 0);
		done += (size_t)n;
	}
	snprintf(path, 64, "/proc/self/fd/%d", fd);
	return fd;
}

/* Reads all of a list; its lines, each ended by '|', go to OUT. */
static int read_all(const char *path, char *out, size_t room, struct source *s,
		    struct err *e)
{
	struct span line;
	size_t used = 0;
	int rc = source_open(s, path, e);

	if (rc != 0)
		return rc;
	while ((rc = source_line(s, &line, e)) > 0) {
		if (used + line.len + 2 > room)
			continue;
		memcpy(out + used, line.data, line.len);
		used += line.len;
		out[used++] = '|';
	}
	out[used] = '\0';
	return rc;
}

// clang-format off
static const struct {
	const char *what, *in, *lines;
	bool unterminated;
} good[] = {
	{ "LF", "a\nb\n", "a|b|", false },
	{ "CRLF", "a\r\nb\r\n", "a|b|", false },
	{ "both", "a\r\nb\nc\r\n", "a|b|c|", false },
	{ "the last line without an end", "a\nb", "a|b|", true },
	{ "the last line with half an end", "a\nb\r", "a|b|", true },
	{ "empty lines", "\n\na\n\n", "||a||", false },
	{ "a CR inside a line stays", "a\rb\n", "a\rb|", false },
	{ "a byte order mark is skipped", "\xef\xbb\xbf" "a\n", "a|", false },
	{ "only at the start", "a\n\xef\xbb\xbf" "b\n", "a|\xef\xbb\xbf" "b|", false },
	{ "a list that mentions HTML", "a\n<html>\n", "a|<html>|", false },
};
// clang-format on

static void lines_are_handed_out(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		char path[64], out[256];
		int fd = make_file(path, good[i].in, strlen(good[i].in));
		AUTO(source) s;
		struct err e = { 0 };

		if (read_all(path, out, sizeof(out), &s, &e) != 0)
			fail_msg("%s: %s", good[i].what, e.text);
		if (strcmp(out, good[i].lines) != 0)
			fail_msg("%s: got %s", good[i].what, out);
		assert_int_equal(s.unterminated, good[i].unterminated);
		assert_int_equal(s.bytes, strlen(good[i].in));
		close(fd);
	}
}

// clang-format off
#define BYTES(s) s, sizeof(s) - 1

static const struct {
	const char *what, *in;
	size_t len;
	const char *message; /* a part of it */
} bad[] = {
	{ "nothing", BYTES(""), "an empty file" },
	{ "a byte order mark alone", BYTES("\xef\xbb\xbf"), "an empty file" },
	{ "a page", BYTES("<html>\n<head>"), "an HTML page, not a list" },
	{ "a page in capitals",
	  BYTES("<!DOCTYPE HTML>\n"), "an HTML page, not a list" },
	{ "a page after blanks", BYTES("\n \t\r\n<?xml version=\"1.0\"?>\n<!-- x -->\n"
				       "<html xmlns=\"http://www.w3.org/1999/xhtml\">"),
	  "an HTML page, not a list" },
	{ "a page of another kind of head",
	  BYTES("<?xml version=\"1.0\"?>\n<!DOCTYPE html PUBLIC \"x\">\n<x>"),
	  "an HTML page, not a list" },
	{ "a page after a byte order mark", BYTES("\xef\xbb\xbf<!-- x -->"),
	  "an HTML page, not a list" },
	{ "a Git LFS pointer",
	  BYTES("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n"),
	  "a Git LFS pointer" },
	{ "gzip", BYTES("\x1f\x8b\x08\x00\x00"), "compressed and cut short" },
	{ "xz", BYTES("\xfd" "7zXZ\x00\x00"), "compressed and cut short" },
	{ "zstd", BYTES("\x28\xb5\x2f\xfd\x04"), "compressed and cut short" },
	{ "damaged gzip", BYTES("\x1f\x8b\x07\x00\x00\x00\x00\x00\x00\x00\x00\x00"),
	  "compressed and damaged" },
	{ "damaged xz", BYTES("\xfd" "7zXZ\x00\x00\x04\x00\x00\x00\x00"),
	  "compressed and damaged" },
	{ "damaged zstd", BYTES("\x28\xb5\x2f\xfd\xff\xff\xff\xff\xff"
		 "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"),
	  "compressed and damaged" },
	{ "bzip2", BYTES("BZh91AY"), "bzip2 -dc FILE | palang compile -" },
	{ "UTF-16", BYTES("\xff\xfe" "a\0"), "UTF-16" },
	{ "a NUL byte",
	  BYTES("a\nb\nc\0d\n"), ":3: cannot read the list: binary data" },
};
// clang-format on

static void what_is_no_list_is_an_error(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		char path[64], out[256];
		int fd = make_file(path, bad[i].in, bad[i].len);
		AUTO(source) s;
		struct err e = { 0 };
		int rc = read_all(path, out, sizeof(out), &s, &e);

		assert_int_equal(rc, ERR_INPUT);
		if (strstr(e.text, bad[i].message) == NULL)
			fail_msg("%s: got '%s'", bad[i].what, e.text);
		close(fd);
	}
}

static void files_that_cannot_be_read_are_named(void **state)
{
	AUTO(source) s;
	struct err e;

	(void)state;
	assert_int_equal(source_open(&s, "/nonexistent/list.txt", &e), ERR_SYSTEM);
	assert_string_equal(e.text, "cannot open '/nonexistent/list.txt': "
				    "No such file or directory");
	source_release(&s);
	assert_int_equal(source_open(&s, "/tmp", &e), ERR_SYSTEM);
	assert_string_equal(e.text, "cannot read '/tmp': Is a directory");
}

/* LEN bytes 'a', then END, in a list whose first line is "x". */
static int read_long(size_t len, const char *end, char *text, size_t room)
{
	size_t total = 2 + len + strlen(end);
	char path[64], *data = malloc(total + 1), out[8];
	struct err e = { 0 };
	AUTO(source) s;
	int fd, rc;

	assert_non_null(data);
	memcpy(data, "x\n", 2);
	memset(data + 2, 'a', len);
	memcpy(data + 2 + len, end, strlen(end) + 1);
	fd = make_file(path, data, total);
	rc = read_all(path, out, sizeof(out), &s, &e);
	snprintf(text, room, "%s", e.text);
	free(data);
	close(fd);
	return rc;
}

static void lines_are_bounded(void **state)
{
	static const struct {
		const char *what, *end;
		size_t len;
		bool good;
	} t[] = {
		{ "the longest", "\n", SOURCE_LINE_MAX, true },
		{ "the longest with CRLF", "\r\n", SOURCE_LINE_MAX, true },
		{ "the longest without an end", "", SOURCE_LINE_MAX, true },
		{ "one more", "\n", SOURCE_LINE_MAX + 1, false },
		{ "one more with CRLF", "\r\n", SOURCE_LINE_MAX + 1, false },
		{ "one more without an end", "", SOURCE_LINE_MAX + 1, false },
		{ "two more without an end", "", SOURCE_LINE_MAX + 2, false },
		{ "a file of one line", "\n", (size_t)5 << 20, false },
	};
	char text[512];

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		int rc = read_long(t[i].len, t[i].end, text, sizeof(text));

		if ((rc == 0) != t[i].good)
			fail_msg("%s: %s", t[i].what, text);
		if (!t[i].good && strstr(text, ":2: cannot read the list: line longer "
					       "than 65536 bytes") == NULL)
			fail_msg("%s: %s", t[i].what, text);
	}
}

/* Lines across the borders of blocks, and the digest of all of it. */
static void blocks_do_not_show(void **state)
{
	const size_t count = 300000;
	char *data = malloc(count * 16), path[64];
	uint8_t digest[SOURCE_DIGEST], want[SOURCE_DIGEST];
	size_t used = 0, seen = 0;
	struct span line;
	struct err e;
	AUTO(source) s;
	int fd;

	(void)state;
	assert_non_null(data);
	for (size_t i = 0; i < count; i++)
		used += (size_t)snprintf(data + used, 16, "%zu\n", i * 7919 % 1000003);
	fd = make_file(path, data, used);
	assert_int_equal(source_open(&s, path, &e), 0);
	for (; source_line(&s, &line, &e) == 1; seen++) {
		char want_line[16];

		snprintf(want_line, sizeof(want_line), "%zu", seen * 7919 % 1000003);
		assert_true(span_equal(line, span_of(want_line)));
		assert_int_equal(s.line, seen + 1);
	}
	assert_int_equal(seen, count);
	assert_int_equal(source_digest(&s, digest, &e), 0);
	assert_int_equal(EVP_Digest(data, used, want, NULL, EVP_sha256(), NULL), 1);
	assert_memory_equal(digest, want, sizeof(want));
	free(data);
	close(fd);
}

/* What DATA becomes when COMMAND has packed it, read again. */
static void check_packed(const char *command, const char *data, size_t len, size_t cut)
{
	char path[64], packed_path[64], line[200], *packed;
	int fd = make_file(path, data, len), packed_fd;
	uint8_t digest[SOURCE_DIGEST], want[SOURCE_DIGEST];
	size_t room = len + 4096, size, at = 0;
	struct err e = { 0 };
	struct span block;
	AUTO(source) s;
	FILE *pipe;
	int rc;

	snprintf(line, sizeof(line), "%s </proc/%d/fd/%d 2>/dev/null", command,
		 (int)getpid(), fd);
	packed = malloc(room);
	assert_non_null(packed);
	pipe = popen(line, "r");
	assert_non_null(pipe);
	size = fread(packed, 1, room, pipe);
	if (pclose(pipe) != 0 || size == 0) {
		print_message("not there: %s\n", command);
		free(packed);
		close(fd);
		source_open(&s, path, &e);
		return;
	}
	assert_true(size > cut);
	packed_fd = make_file(packed_path, packed, size - cut);
	rc = source_open(&s, packed_path, &e);
	for (; rc == 0 && (rc = source_block(&s, &block, &e)) > 0; rc = 0) {
		assert_true(at + block.len <= len);
		assert_memory_equal(block.data, data + at, block.len);
		at += block.len;
	}
	if (cut > 0) {
		assert_int_equal(rc, ERR_INPUT);
		assert_non_null(strstr(e.text, "compressed and cut short"));
	} else {
		assert_int_equal(rc, 0);
		assert_int_equal(at, len);
		assert_int_equal(s.line, len / 8);
		assert_int_equal(s.bytes, size);
		assert_int_equal(source_digest(&s, digest, &e), 0);
		EVP_Digest(packed, size, want, NULL, EVP_sha256(), NULL);
		assert_memory_equal(digest, want, sizeof(want));
	}
	free(packed);
	close(fd);
	close(packed_fd);
}

/* By its content, whatever the file is called; the digest is of the file. */
static void compressed_lists_are_unpacked(void **state)
{
	static const char *const commands[] = {
		"gzip -c",
		"xz -c",
		"zstd -c",
		"xz -9 -c",
		"zstd --long=27 -c",
		"sh -c 'head -c 800000 | gzip -c; gzip -c'",
		"sh -c 'head -c 800000 | xz -c; xz -c'",
		"sh -c 'head -c 800000 | zstd -c; zstd -c'",
	};
	const size_t len = (size_t)3 << 20;
	char *data = malloc(len);

	(void)state;
	assert_non_null(data);
	for (size_t i = 0; i < len / 8; i++) {
		char text[16];

		snprintf(text, sizeof(text), "%07zx\n", i * 7919 % 0xffffff1);
		memcpy(data + i * 8, text, 8);
	}
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		check_packed(commands[i], data, len, 0);
		check_packed(commands[i], data, len, 1);
		check_packed(commands[i], data, len, 100000);
	}
	free(data);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_are_handed_out),
		cmocka_unit_test(what_is_no_list_is_an_error),
		cmocka_unit_test(files_that_cannot_be_read_are_named),
		cmocka_unit_test(lines_are_bounded),
		cmocka_unit_test(blocks_do_not_show),
		cmocka_unit_test(compressed_lists_are_unpacked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
