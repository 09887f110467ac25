// SPDX-License-Identifier: BSD-3-Clause
/* palang compact: cuts what is kept of the past, and writes the store's file anew
 * without its free pages. */
#include <time.h>

#include "cmd.h"
#include "conf-value.h"
#include "progress.h"
#include "retain.h"

static const char *store, *keep, *max_size;

static const struct opt opts[] = {
	STRING('o', "store", "STORE", &store, "directory of the store (PALANG_STORE)"),
	STRING('k', "keep", "AGE", &keep,
	       "cut the changes of serials older than this: 400d, 24h"),
	STRING(0, "max-size", "SIZE", &max_size,
	       "cut the oldest changes until the rest has this size: 1G, 500M"),
	OPTS_END,
};

static void print_retained(const struct retained *cut)
{
	if (cut->serials + cut->tombstones == 0)
		fprintf(stderr, "nothing to cut: %llu bytes of the past are kept\n",
			(unsigned long long)cut->bytes);
	else
		fprintf(stderr,
			"up to serial %llu: changes of %llu serials and %llu "
			"tombstones cut, %llu bytes of the past are kept\n",
			(unsigned long long)cut->to, (unsigned long long)cut->serials,
			(unsigned long long)cut->tombstones,
			(unsigned long long)cut->bytes);
}

static int compact(const struct retention *retention, struct err *e)
{
	AUTO(store) there = { 0 };
	AUTO(target) to = { 0 };
	struct retained cut;
	uint64_t before, after;
	int rc = store_open(&there, store, STORE_READ, e);

	/* Where there is no store, none is made. */
	store_release(&there);
	if (rc == 0)
		rc = target_open(&to, store, cmd_waiting, e);
	if (rc == 0 && (retention->before != 0 || retention->size != 0)) {
		rc = retain(&to, retention, &cut, e);
		if (rc == 0)
			print_retained(&cut);
	}
	progress_phase("writing");
	if (rc == 0)
		rc = target_compact(&to, &before, &after, e);
	progress_end();
	if (rc == 0)
		fprintf(stderr, "the store's file had %llu bytes and has %llu\n",
			(unsigned long long)before, (unsigned long long)after);
	return rc;
}

static int run(int count, char **operands)
{
	struct retention retention = { 0 };
	struct err e = { 0 };
	int64_t age;

	(void)count;
	(void)operands;
	store = cmd_store(store);
	if (keep != NULL) {
		if (!conf_duration(keep, &age))
			return cmd_usage(&cmd_compact,
					 "an age is a number with s, m, h, d or w");
		retention.before = (int64_t)time(NULL) - age / 1000;
	}
	if (max_size != NULL &&
	    (!conf_size(max_size, &retention.size) || retention.size == 0))
		return cmd_usage(&cmd_compact,
				 "a size is a number from 1 on, with K, M, G or T");
	if (compact(&retention, &e) == 0)
		return CMD_OK;
	cmd_complain(e.text);
	return CMD_FAILED;
}

const struct cmd cmd_compact = {
	.name = "compact",
	.synopsis = "[options]",
	.summary = "cut old changes, and shrink the store's file",
	.opts = opts,
	.operands_min = 0,
	.operands_max = 0,
	.run = run,
};
