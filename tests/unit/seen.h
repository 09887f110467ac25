// SPDX-License-Identifier: BSD-3-Clause
/* For the tests of list formats: reads a list from memory and writes down, line by
 * line, what it gave. Included once by each test program. */
#ifndef PALANG_SEEN_H
#define PALANG_SEEN_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "format.h"

static struct guards guards;
static const struct authorities *authorities; /* of the lists that are read */

/* What a list gave: a text with one line for each listing and each refusal. */
struct seen {
	char text[4096];
	size_t used;
};

static void see(struct seen *s, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
static void see(struct seen *s, const char *format, ...)
{
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(s->text + s->used, sizeof(s->text) - s->used, format, args);
	va_end(args);
	if (n > 0 && s->used + (size_t)n < sizeof(s->text))
		s->used += (size_t)n;
}

static void see_span(struct seen *s, const char *name, struct span text)
{
	if (text.len > 0)
		see(s, " %s=%.*s", name, (int)text.len, (const char *)text.data);
}

static int accept(void *arg, const struct listing *l, struct err *e)
{
	struct seen *s = arg;
	char name[NAME_TEXT_MAX];

	(void)e;
	see(s, "%s", name_to_text(name, l->name.key, l->name.len));
	if (l->scope != SCOPE_SUBTREE)
		see(s, " %s", scope_names[l->scope]);
	if (l->action != ACTION_NOTICE)
		see(s, " %s", action_names[l->action]);
	see_span(s, "notice", l->notice);
	if (l->order != NULL) {
#define SEE(name) see_span(s, #name, l->order->name);
		ORDER_TEXTS(SEE)
#undef SEE
		if (l->order->ede != 0)
			see(s, " ede=%u", l->order->ede);
		if (l->order->issued != 0)
			see(s, " issued=%lld", (long long)l->order->issued);
		if (l->order->effective != 0)
			see(s, " effective=%lld", (long long)l->order->effective);
		if (l->order->expires != 0)
			see(s, " expires=%lld", (long long)l->order->expires);
		if (l->order->review != 0)
			see(s, " review=%lld", (long long)l->order->review);
	}
	see(s, "\n");
	return 0;
}

static void on_refused(void *arg, const struct refused *r)
{
	see(arg, "%llu: %s: %s\n", (unsigned long long)r->line,
	    refusal_rows[r->why].word, r->text);
}

/* A file in memory that holds DATA: its path goes to PATH. Returns its
 * descriptor. */
static int make_file(char path[static 64], const void *data, size_t len)
{
	int fd = memfd_create("list", MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, data, len), len);
	snprintf(path, 64, "/proc/self/fd/%d", fd);
	return fd;
}

static int read_text(const char *in, size_t len, int format, struct seen *seen,
		     struct report *report, struct err *e)
{
	struct reading r = {
		.guards = &guards,
		.authorities = authorities,
		.scope = SCOPE_SUBTREE,
		.action = ACTION_NOTICE,
		.sink = { accept, seen },
		.report = report,
	};
	char path[64];
	int fd = make_file(path, in, len), rc;

	seen->used = 0;
	seen->text[0] = '\0';
	*report = (struct report){ .on_refused = on_refused, .arg = seen };
	rc = list_read(&r, path, format, e);
	close(fd);
	assert_int_equal(report->lines, report->skipped + report->content);
	assert_int_equal(report->names, report->accepted + report->local +
						report->joined + report->lifted +
						report_refused(report));
	return rc;
}

/* A list and what it gives, in the format it is recognised as. */
struct list_case {
	const char *what, *format, *in, *out;
};

/* FORMAT is an index of `formats`, or -1 to recognise each. */
static inline void check_lists_as(int format, const struct list_case *lists,
				  size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct seen seen;
		struct report report;
		struct err e;

		if (read_text(lists[i].in, strlen(lists[i].in), format, &seen, &report,
			      &e) != 0)
			fail_msg("%s: %s\n%s", lists[i].what, e.text, seen.text);
		if (strcmp(report.format, lists[i].format) != 0)
			fail_msg("%s: taken for %s", lists[i].what, report.format);
		if (strcmp(seen.text, lists[i].out) != 0)
			fail_msg("%s: got\n%s", lists[i].what, seen.text);
	}
}

static inline void check_lists(const struct list_case *lists, size_t count)
{
	check_lists_as(-1, lists, count);
}

/* A list that is refused as a whole, and a part of the message. */
struct broken_case {
	const char *what, *in, *message;
};

static inline void check_broken(const struct broken_case *broken, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct seen seen;
		struct report report;
		struct err e = { 0 };

		assert_int_equal(read_text(broken[i].in, strlen(broken[i].in), -1,
					   &seen, &report, &e),
				 ERR_INPUT);
		if (strstr(e.text, broken[i].message) == NULL)
			fail_msg("%s: got '%s'", broken[i].what, e.text);
	}
}

/* Loads a public suffix list of two rules. */
static int setup(void **state)
{
	static const char rules[] = "// ===BEGIN ICANN DOMAINS===\n"
				    "co.example\n"
				    "// ===END ICANN DOMAINS===\n"
				    "// ===BEGIN PRIVATE DOMAINS===\n"
				    "hosting.example\n"
				    "// ===END PRIVATE DOMAINS===\n";
	char path[64];
	int fd = make_file(path, rules, sizeof(rules) - 1), rc;

	(void)state;
	rc = guards_load(&guards, path, NULL);
	close(fd);
	return rc;
}

static int teardown(void **state)
{
	(void)state;
	guards_release(&guards);
	return 0;
}

#endif
