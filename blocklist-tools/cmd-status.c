// SPDX-License-Identifier: BSD-3-Clause
/* palang status: whether all is as it should be. */
#include <stdlib.h>

#include "cmd.h"
#include "status.h"

static const char *path;
static bool json;

static const struct opt opts[] = {
	STRING('c', "config", "FILE", &path, "the configuration (PALANG_CONF)"),
	FLAG('j', "json", &json, "print one JSON object"),
	OPTS_END,
};

/* Without a configuration there is still a store. */
static int load_conf(struct conf **ret_conf, struct err *e)
{
	bool named = path != NULL || getenv("PALANG_CONF") != NULL;
	int rc = conf_load(ret_conf, conf_path(path), e);

	return rc == ERR_MISSING && !named ? 0 : rc;
}

static int run(int count, char **operands)
{
	static struct status status; /* large */
	AUTO(conf_held) held = { NULL };
	struct err e;
	int rc = load_conf(&held.conf, &e);

	(void)count;
	(void)operands;
	if (rc == 0)
		rc = status_look(&status,
				 cmd_store(held.conf == NULL ? NULL : held.conf->store),
				 held.conf, &e);
	if (rc != 0) {
		cmd_complain(e.text);
		return CMD_FAILED;
	}
	if (json)
		status_print_json(&status);
	else
		status_print(&status);
	return status.problem_count > 0 ? CMD_FAILED : CMD_OK;
}

const struct cmd cmd_status = {
	.name = "status",
	.synopsis = "[options]",
	.summary = "feeds and their age, resolvers and what they enforce",
	.opts = opts,
	.operands_min = 0,
	.operands_max = 0,
	.run = run,
};
