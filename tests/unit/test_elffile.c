// SPDX-License-Identifier: BSD-3-Clause
/* elffile: what a program says of itself. This program is the one that is read: it has
 * a note like the module's. */
#include "fixture.h"

#include <link.h>
#include <sys/stat.h>
#include <unistd.h>

#include "elffile.h"
#include "scratch-file.h"

#define TEXT                                                                           \
	"0123abcd\0"                                                                   \
	"1.2.3\0"                                                                      \
	"4.5.6"
static const struct {
	ElfW(Nhdr) head;
	char name[8];
	char text[(sizeof(TEXT) + 3) / 4 * 4];
} note __attribute__((section(".note.palang"), used, aligned(4))) = {
	{ .n_namesz = sizeof("palang"), .n_descsz = sizeof(TEXT), .n_type = 1 },
	"palang",
	TEXT,
};

struct bytes_of {
	uint8_t *data;
	size_t len;
};

static struct bytes_of read_self(void)
{
	FILE *in = fopen("/proc/self/exe", "re");
	struct bytes_of b = { NULL, 0 };
	struct stat st;

	assert_non_null(in);
	assert_int_equal(fstat(fileno(in), &st), 0);
	b.len = (size_t)st.st_size;
	b.data = malloc(b.len);
	assert_non_null(b.data);
	assert_int_equal(fread(b.data, 1, b.len, in), b.len);
	fclose(in);
	return b;
}

static int read_bytes(struct elffile *f, const void *data, size_t len, struct err *e)
{
	char path[64];
	int fd = scratch_file(path, data, len), rc = elffile_read(f, path, e);

	close(fd);
	return rc;
}

static void the_note_is_read(void **state)
{
	struct err e = { 0 };
	struct elffile f;

	(void)state;
	if (elffile_read(&f, "/proc/self/exe", &e) != 0)
		fail_msg("%s", e.text);
	assert_true(f.palang);
	assert_string_equal(f.unbound_build_id, "0123abcd");
	assert_string_equal(f.unbound_version, "1.2.3");
	assert_string_equal(f.palang_version, "4.5.6");
	assert_false(f.exports_module);
	assert_int_equal(f.imports_threads, false);
}

static void a_program_without_a_note_is_not_palang(void **state)
{
	struct elffile f;

	(void)state;
	assert_int_equal(elffile_read(&f, "/bin/sh", NULL), 0);
	assert_false(f.palang);
	assert_false(f.exports_module);
	assert_true(strlen(f.build_id) >= 16);
}

static void other_files_are_refused(void **state)
{
	static const uint8_t text[4096] = "#!/bin/sh\n";
	struct err e = { 0 };
	struct elffile f;

	(void)state;
	assert_int_equal(read_bytes(&f, text, sizeof(text), &e), ERR_FORMAT);
	assert_int_equal(read_bytes(&f, "", 0, &e), ERR_FORMAT);
	assert_int_equal(read_bytes(&f, "\177ELF\2", 5, &e), ERR_FORMAT);
	assert_int_equal(elffile_read(&f, "/nonexistent", &e), ERR_SYSTEM);
	assert_int_equal(elffile_read(&f, "/tmp", &e), ERR_SYSTEM);
	assert_int_equal(elffile_read(&f, "/dev/null", &e), ERR_SYSTEM);
}

/* A file that is damaged says less, or something else; it is never read beyond its
 * end, which the sanitizers watch. */
static void damaged_files_do_no_harm(void **state)
{
	struct bytes_of self = read_self();
	struct elffile f;

	(void)state;
	for (int round = 0; round < 400; round++) {
		struct bytes_of b = { malloc(self.len), self.len };
		ElfW(Ehdr) head;
		size_t sections;

		assert_non_null(b.data);
		memcpy(b.data, self.data, self.len);
		memcpy(&head, b.data, sizeof(head));
		sections = head.e_shoff;
		/* The headers are where it hurts. */
		for (int i = 0; i < 8; i++) {
			size_t at =
				i % 2 == 0
					? 16 + random_below(sizeof(head) - 16)
					: sections + random_below((uint32_t)(self.len -
									     sections));

			b.data[at] = (uint8_t)random_below(256);
		}
		if (round % 4 == 0)
			b.len = random_below((uint32_t)b.len);
		read_bytes(&f, b.data, b.len, NULL);
		assert_true(strlen(f.build_id) < BUILD_ID_TEXT);
		free(b.data);
	}
	free(self.data);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_note_is_read),
		cmocka_unit_test(a_program_without_a_note_is_not_palang),
		cmocka_unit_test(other_files_are_refused),
		cmocka_unit_test(damaged_files_do_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
