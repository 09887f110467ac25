// SPDX-License-Identifier: BSD-3-Clause
/* palang compact: cuts what is kept of the past, and writes the store's file anew
 * without its free pages. */
#include <time.h>

#include "cmd.h"
#include "conf-value.h"
#include "conf.h"
#include "progress.h"
#include "retain.h"

static const char *store, *config, *keep, *max_size;

static const struct opt opts[] = {
	STRING('o', "store", "STORE", &store, "directory of the store (PALANG_STORE)"),
	STRING('c', "config", "FILE", &config,
	       "cut what this configuration's retention does not keep, in its store"),
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

/* Options go before what the configuration says. Returns NULL, or what is wrong with
 * a value. */
static const char *read_values(const char *age, const char *size, struct retention *r)
{
	int64_t ms;

	if (age != NULL && !conf_duration(age, &ms))
		return "an age is a number with s, m, h, d or w";
	if (age != NULL)
		r->before = (int64_t)time(NULL) - ms / 1000;
	if (size != NULL && (!conf_size(size, &r->size) || r->size == 0))
		return "a size is a number from 1 on, with K, M, G or T";
	return NULL;
}

static int run(int count, char **operands)
{
	AUTO(conf_held) held = { 0 };
	struct retention retention = { 0 };
	struct err e = { 0 };
	const char *bad;

	(void)count;
	(void)operands;
	if (config != NULL && conf_load(&held.conf, config, &e) != 0) {
		cmd_complain(e.text);
		return CMD_FAILED;
	}
	if (held.conf != NULL) {
		store = store != NULL ? store : held.conf->store;
		keep = keep != NULL ? keep : held.conf->retention.age;
		max_size = max_size != NULL ? max_size : held.conf->retention.size;
	}
	store = cmd_store(store);
	bad = read_values(keep, max_size, &retention);
	if (bad != NULL)
		return cmd_usage(&cmd_compact, bad);
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
