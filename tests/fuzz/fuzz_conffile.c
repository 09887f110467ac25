// SPDX-License-Identifier: BSD-3-Clause
/* Any bytes as Unbound's configuration. What follows the first zero byte is a second
 * file; whatever is included is one of the two, so that nothing else is read. */
#include <glob.h>

#include "conffile.h"
#include "fuzz.h"

/* How many settings are looked for again. */
#define FOUND_MAX 50

static char paths[2][64];
static char *matches[] = { paths[0], paths[1], NULL };

/* In the place of libc's. */
int glob(const char *pattern, int flags, int (*on_error)(const char *path, int why),
	 glob_t *found)
{
	(void)flags;
	(void)on_error;
	if (strchr(pattern, '0') != NULL)
		return GLOB_NOMATCH;
	if (strchr(pattern, '1') != NULL)
		return GLOB_ABORTED;
	found->gl_pathv = matches + (strchr(pattern, '2') == NULL);
	found->gl_pathc = matches + 2 - found->gl_pathv;
	return 0;
}

void globfree(glob_t *found)
{
	require(found->gl_pathc > 0);
}

static bool is_one_line(const char *text)
{
	return strchr(text, '\n') == NULL;
}

static void check(const struct conf *c, const struct conf_setting *s)
{
	const struct conf_setting *last = conf_find(c, s->clause, s->key, NULL);
	const struct conf_setting *same = conf_find(c, s->clause, s->key, s->value);

	require(last >= s && same >= s && strcmp(same->value, s->value) == 0);
	require(s->line > 0 && is_one_line(s->key) && is_one_line(s->value));
	require(s->file[0] == '/');
	require((conf_clauses(c, s->clause) > 0) == (s->clause[0] != '\0'));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *zero = memchr(data, 0, size);
	size_t first = zero == NULL ? size : (size_t)(zero - data);
	size_t second = zero == NULL ? 0 : size - first - 1;
	int fd = scratch_file(paths[0], data, first);
	int included = scratch_file(paths[1], data + size - second, second);
	struct conf c = { 0 };
	struct err e;

	(void)conf_read(&c, paths[0], &e);
	for (size_t i = 0; i < c.count && i < FOUND_MAX; i++)
		check(&c, &c.at[i]);
	conf_release(&c);
	conf_release(&c);
	close(included);
	close(fd);
	return 0;
}
