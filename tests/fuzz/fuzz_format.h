// SPDX-License-Identifier: BSD-3-Clause
/* What the fuzz targets of the list formats share: whatever the bytes are, what is
 * handed on is well formed and the counts add up. */
#ifndef PALANG_FUZZ_FORMAT_H
#define PALANG_FUZZ_FORMAT_H

#include "format.h"
#include "fuzz.h"
#include "utf8.h"

static int fuzz_accept(void *arg, const struct listing *l, struct err *e)
{
	(void)e;
	++*(uint64_t *)arg;
	require(l->name.len > 0 && name_valid(l->name.key, l->name.len));
	require(l->scope < SCOPES && l->action < ACTIONS);
	require(utf8_printable(l->notice));
	if (l->order == NULL)
		return 0;
#define CHECK(name)                                                                    \
	require(l->order->name.len <= 1000 && utf8_printable(l->order->name));
	ORDER_TEXTS(CHECK)
#undef CHECK
	require(l->order->issued >= 0);
	require(l->order->effective == 0 || l->order->expires == 0 ||
		l->order->effective < l->order->expires);
	return 0;
}

static void fuzz_refused(void *arg, const struct refused *r)
{
	(void)arg;
	require(utf8_printable(span_of(r->text)) && strlen(r->text) < UTF8_SAFE_MAX);
	require(r->why > REFUSED_NOT && r->why < REFUSALS && r->line > 0);
}

/* Reads the list of SIZE bytes at DATA in FORMAT, an index of `formats` or -1, into
 * *RET_REPORT. Returns as list_read(). */
static int fuzz_list(int format, const uint8_t *data, size_t size,
		     struct report *ret_report)
{
	static struct guards guards;
	uint64_t taken = 0;
	struct report *report = ret_report;
	struct reading r = {
		.guards = &guards,
		.scope = SCOPE_SUBTREE,
		.action = ACTION_NOTICE,
		.sink = { fuzz_accept, &taken },
		.report = report,
	};
	char path[64];
	int fd = scratch_file(path, data, size), rc;
	struct err e;

	if (guards.suffixes.psl == NULL)
		require(guards_load(&guards, NULL, NULL) == 0);
	*report = (struct report){ .on_refused = fuzz_refused };
	rc = list_read(&r, path, format, &e);
	require(report->lines == report->skipped + report->content);
	require(report->names == report->accepted + report->local + report->joined +
					 report->lifted + report_refused(report));
	require(report->accepted == taken);
	/* Messages go to a terminal. */
	require(rc == 0 || utf8_printable(span_of(e.text)));
	close(fd);
	return rc;
}

static inline void fuzz_format(const char *name, const uint8_t *data, size_t size)
{
	int format = word_find(format_names, FORMATS, span_of(name));
	struct report report;

	require(format >= 0);
	(void)fuzz_list(format, data, size, &report);
}

#endif
