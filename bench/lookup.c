// SPDX-License-Identifier: BSD-3-Clause
/* Looks up names as a resolver's worker does: lookup STORE NAMES [PASSES]
 *
 * NAMES is a file, one name a line. Every pass looks all of them up once, in their
 * order; for each but the first, which brings the pages in, it prints the
 * nanoseconds of one look-up and how many names were blocked. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lookup.h"

struct key {
	uint32_t at;
	uint16_t len;
};

static struct key *keys;
static uint8_t *bytes;
static size_t count, used;

static void fail(const char *what)
{
	fprintf(stderr, "lookup: %s\n", what);
	exit(1);
}

static bool to_key(struct name *n, char *line)
{
	char *label;

	line[strcspn(line, "\n")] = '\0';
	n->len = 0;
	/* A key has the labels from the root down. */
	while ((label = strrchr(line, '.')) != NULL) {
		if (!name_add_label(n, (uint8_t *)label + 1, strlen(label + 1)))
			return false;
		*label = '\0';
	}
	return name_add_label(n, (uint8_t *)line, strlen(line));
}

static void read_names(const char *path)
{
	FILE *file = fopen(path, "r");
	size_t room = 0, bytes_room = 0;
	char line[1024];
	struct name n;

	if (file == NULL)
		fail("cannot open the names");
	while (fgets(line, sizeof(line), file) != NULL) {
		if (!to_key(&n, line))
			fail("a bad name");
		if (count == room)
			keys = realloc(keys, (room = room * 2 + 1024) * sizeof(*keys));
		if (used + n.len > bytes_room)
			bytes = realloc(bytes, bytes_room = bytes_room * 2 + 65536);
		if (keys == NULL || bytes == NULL)
			fail("out of memory");
		keys[count++] = (struct key){ (uint32_t)used, n.len };
		memcpy(bytes + used, n.key, n.len);
		used += n.len;
	}
	fclose(file);
	if (count == 0)
		fail("no names");
}

static size_t look_all_up(struct reader *r, struct err *e)
{
	int64_t now = time(NULL);
	size_t blocked = 0;

	for (size_t i = 0; i < count; i++) {
		struct verdict v;

		if (reader_begin(r, e) != 0 ||
		    lookup(r, bytes + keys[i].at, keys[i].len, now, &v, NULL, NULL, e) != 0)
			fail(e->text);
		blocked += verdict_blocks(&v);
		reader_end(r);
	}
	return blocked;
}

int main(int argc, char **argv)
{
	int passes = argc > 3 ? atoi(argv[3]) : 6;
	struct err e = { 0 };
	struct store store;
	struct reader reader;

	if (argc < 3)
		fail("usage: lookup STORE NAMES [PASSES]");
	read_names(argv[2]);
	if (store_open(&store, argv[1], STORE_READ, &e) != 0 ||
	    reader_init(&reader, &store, &e) != 0)
		fail(e.text);
	for (int i = 0; i < passes; i++) {
		struct timespec a, b;
		size_t blocked;

		clock_gettime(CLOCK_MONOTONIC, &a);
		blocked = look_all_up(&reader, &e);
		clock_gettime(CLOCK_MONOTONIC, &b);
		if (i > 0 || passes == 1)
			printf("%.1f %zu\n", ((b.tv_sec - a.tv_sec) * 1e9 +
					      (double)(b.tv_nsec - a.tv_nsec)) / count, blocked);
	}
	reader_release(&reader);
	store_release(&store);
	free(keys);
	free(bytes);
	return 0;
}
