// SPDX-License-Identifier: BSD-3-Clause
/* palang stats: what resolvers count. */
#include "cmd.h"
#include "stats.h"
#include "view.h"

enum style { TEXT, JSON, PROMETHEUS, STYLES };
static const char *const style_names[STYLES] = { "text", "json", "prometheus" };

static const char *store;
static int style = TEXT;

static const struct opt opts[] = {
	STRING('o', "store", "STORE", &store, "directory of the store (PALANG_STORE)"),
	WORD('f', "format", "FORMAT", &style, style_names, STYLES,
	     "how to print them (text)"),
	OPTS_END,
};

static int run(int count, char **operands)
{
	static void (*const print[STYLES])(const struct stats *) = {
		stats_print_text,
		stats_print_json,
		stats_print_prometheus,
	};
	AUTO(view) v = { 0 };
	AUTO(stats) s = { 0 };
	struct err e = { 0 };

	(void)count;
	(void)operands;
	store = cmd_store(store);
	if (stats_read(&s, store, &e) != 0) {
		cmd_complain(e.text);
		return CMD_FAILED;
	}
	/* The counters are told even when the store that gives them names is not
	 * readable: that may be the very trouble. */
	if (view_open(&v, store, &e) == 0)
		s.reader = &v.reader;
	else
		cmd_complain(e.text);
	print[style](&s);
	return CMD_OK;
}

const struct cmd cmd_stats = {
	.name = "stats",
	.synopsis = "[options]",
	.summary = "print what the resolvers of a store count",
	.opts = opts,
	.operands_min = 0,
	.operands_max = 0,
	.run = run,
};
