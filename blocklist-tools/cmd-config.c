// SPDX-License-Identifier: BSD-3-Clause
/* palang config: whether palang.conf is right, and what holds. */
#include <string.h>

#include "cmd.h"
#include "conf.h"
#include "entry.h"

static const char *path;

static const struct opt opts[] = {
	STRING('c', "config", "FILE", &path, "the configuration (PALANG_CONF)"),
	OPTS_END,
};

static int run(int count, char **operands)
{
	static const char *const words[] = { "check", "show", "keys" };
	AUTO(conf_held) held = { NULL };
	int word = word_find(words, 3, span_of(operands[0]));
	struct err e;

	(void)count;
	if (word < 0)
		return cmd_usage(&cmd_config, "say check, show or keys");
	if (word == 2) {
		conf_print_keys(stdout);
		return CMD_OK;
	}
	path = conf_path(path);
	if (conf_load(&held.conf, path, &e) != 0) {
		cmd_complain(e.text);
		return CMD_FAILED;
	}
	if (word == 1)
		conf_print(stdout, held.conf);
	else
		fprintf(stderr, "%s: %u feeds, %u authorities, %u notices\n", path,
			held.conf->feeds_count, held.conf->authorities_count,
			held.conf->notices_count);
	return CMD_OK;
}

const struct cmd cmd_config = {
	.name = "config",
	.synopsis = "[options] check|show|keys",
	.summary = "check palang.conf, show what holds, or list its keys",
	.opts = opts,
	.operands_min = 1,
	.operands_max = 1,
	.run = run,
};
