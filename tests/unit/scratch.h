// SPDX-License-Identifier: BSD-3-Clause
/* A directory for one test with a store in it, and lists for the store written as
 * text. Included once by each test program that needs a store.
 *
 * A list is names separated by blanks, each with what differs from the usual:
 * "a.example b.example/exact c.example/below/pass/2", where 2 is the order's index
 * in the load. */
#ifndef PALANG_SCRATCH_H
#define PALANG_SCRATCH_H

#include <fcntl.h>
#include <ftw.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fixture.h"
#include "update.h"

/* The test's own directory, and the store's in it. */
static char scratch[64], scratch_store[80];

static int remove_path(const char *path, const struct stat *st, int type,
		       struct FTW *where)
{
	(void)st;
	(void)type;
	(void)where;
	return remove(path);
}

UNUSED static int scratch_remove(void **state)
{
	(void)state;
	return nftw(scratch, remove_path, 16, FTW_DEPTH | FTW_PHYS);
}

UNUSED static int scratch_make(void **state)
{
	const char *tmp = getenv("TMPDIR");

	(void)state;
	snprintf(scratch, sizeof(scratch), "%s/palang-test.XXXXXX",
		 tmp == NULL || strlen(tmp) > 40 ? "/tmp" : tmp);
	if (mkdtemp(scratch) == NULL)
		return -1;
	snprintf(scratch_store, sizeof(scratch_store), "%s/store", scratch);
	return 0;
}

/* Makes the next case's store a new one. */
UNUSED static void scratch_renew(void)
{
	assert_int_equal(scratch_remove(NULL), 0);
	assert_int_equal(scratch_make(NULL), 0);
}

/* The path of a file in the store's directory. */
UNUSED static const char *scratch_file(const char *name)
{
	static char path[160];

	snprintf(path, sizeof(path), "%s/%s", scratch_store, name);
	return path;
}

/* All of a file, for two states of it to be compared. */
struct content {
	uint8_t *data;
	size_t len;
};

static inline void content_release(struct content *c)
{
	free(c->data);
	c->data = NULL;
}

UNUSED static struct content content_of(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct content c = { 0 };
	struct stat st;

	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &st), 0);
	c.len = (size_t)st.st_size;
	c.data = malloc(c.len + 1);
	assert_non_null(c.data);
	assert_int_equal(read(fd, c.data, c.len), c.len);
	close(fd);
	return c;
}

UNUSED static void content_write(const char *path, const void *data, size_t len)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, data, len), len);
	close(fd);
}

UNUSED static bool same_content(const struct content *a, const struct content *b)
{
	return a->len == b->len && memcmp(a->data, b->data, a->len) == 0;
}

/* What one update brings: a feed's list, with its orders by index. */
#define LOAD_ORDERS 8
struct load {
	const char *feed;
	struct list list;
	struct order orders[LOAD_ORDERS];
	uint32_t
		numbers[LOAD_ORDERS]; /* of the orders in the store, once it is there */
	unsigned order_count;         /* 0 is one order without words */
	int64_t time;
};

static inline void load_release(struct load *l)
{
	list_release(&l->list);
}

/* The word of LIST that TEXT begins with, up to a '/'; FALLBACK for none. */
static int term_of(const char **text, const char *const *words, int count, int fallback)
{
	const char *start = *text;
	size_t len;

	if (*start != '/')
		return fallback;
	len = strcspn(++start, "/");
	*text = start + len;
	if (words == NULL)
		return atoi(start);
	return word_find(words, count, (struct span){ (const uint8_t *)start, len });
}

static void list_add_word(struct list *list, const char *word)
{
	char name[300];
	size_t len = strcspn(word, "/");
	const char *at = word + len;
	int scope, action, order;
	struct name n;

	assert_true(len < sizeof(name));
	memcpy(name, word, len);
	name[len] = '\0';
	n = name_of(name);
	scope = term_of(&at, scope_names, SCOPES, SCOPE_SUBTREE);
	action = term_of(&at, action_names, ACTIONS, ACTION_NOTICE);
	order = term_of(&at, NULL, 0, 0);
	if (scope < 0 || action < 0 || *at != '\0')
		fail_msg("the test's own list '%s' is wrong", word);
	assert_int_equal(list_add(list, &n, (enum scope)scope, (enum action)action,
				  (uint32_t)order, NULL),
			 0);
}

/* Adds what a list in text form says. */
UNUSED static void list_add_text(struct list *list, const char *text)
{
	char word[400];
	int used;

	for (; sscanf(text, " %399s%n", word, &used) == 1; text += used)
		list_add_word(list, word);
}

/* Writes a load through an update that has begun; the list gets sorted. */
static void load_write(struct load *l, struct update *u)
{
	uint8_t feed = update_feed(u, span_of(l->feed));
	struct update_from from = {
		.feed = span_of(l->feed),
		.source = span_of("list.txt"),
	};

	if (l->order_count == 0)
		l->order_count = 1;
	for (unsigned i = 0; i < l->order_count; i++)
		l->numbers[i] = update_order(u, &l->orders[i]);
	list_sort(&l->list);
	update_compare(u, feed, &l->list, l->numbers, NULL);
	update_accept(u, &from);
}

/* Commits a load to an open target. */
UNUSED static int load_commit(struct load *l, struct target *to,
			      struct update_result *result, struct err *e)
{
	AUTO(update) u = { 0 };
	struct update_about about = { .verb = span_of("compile"), .time = l->time };

	update_begin(&u, to, e);
	load_write(l, &u);
	return update_commit(&u, &about, result);
}

/* Commits a load to the test's store, which has to succeed. */
UNUSED static struct update_result load_into_store(struct load *l)
{
	AUTO(target) to = { 0 };
	struct update_result result = { 0 };
	struct err e = { 0 };

	if (target_open(&to, scratch_store, NULL, &e) != 0 ||
	    load_commit(l, &to, &result, &e) != 0)
		fail_msg("%s", e.text);
	return result;
}

/* Commits a list in text form, whose orders are ORDERS, if any. */
UNUSED static struct update_result load_text(const char *feed, const char *text)
{
	AUTO(load) l = { .feed = feed, .time = 1000 };

	list_add_text(&l.list, text);
	return load_into_store(&l);
}

/* The end of a child process: its exit status. */
UNUSED static int child_status(pid_t pid)
{
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* Waits for a byte that another process sends; false at its end. */
UNUSED static bool await(int fd)
{
	char byte;

	return read(fd, &byte, 1) == 1;
}

UNUSED static void tell(int fd)
{
	if (write(fd, "", 1) != 1)
		abort();
}

#endif
