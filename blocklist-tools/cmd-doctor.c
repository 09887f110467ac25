// SPDX-License-Identifier: BSD-3-Clause
/* palang doctor: is the resolver set up so that it really blocks? It reads, and
 * changes nothing. */
#include <stdlib.h>

#include "cmd.h"
#include "doctor.h"

static const char *store, *config, *checkconf = "unbound-checkconf",
				   *control = "unbound-control";
static bool json;

static const struct opt opts[] = {
	STRING('o', "store", "STORE", &store, "directory of the store (PALANG_STORE)"),
	STRING('c', "config", "FILE", &config,
	       "Unbound's configuration (that of the resolver that runs with the "
	       "store, "
	       "else /etc/unbound/unbound.conf)"),
	STRING(0, "unbound-checkconf", "PROGRAM", &checkconf,
	       "reads the configuration (unbound-checkconf)"),
	STRING(0, "unbound-control", "PROGRAM", &control,
	       "asks the running resolver (unbound-control)"),
	FLAG('j', "json", &json, "print one JSON object a line"),
	OPTS_END,
};

static int run(int count, char **operands)
{
	struct doctor *d = calloc(1, sizeof(*d));
	bool sick;

	(void)count;
	(void)operands;
	if (d == NULL) {
		cmd_complain("out of memory");
		return CMD_FAILED;
	}
	d->store = cmd_store(store);
	d->config_given = config != NULL;
	d->config = config != NULL ? config : "/etc/unbound/unbound.conf";
	d->checkconf_name = checkconf;
	d->control_name = control;
	doctor_gather(d);
	doctor_check(d);
	if (json)
		findings_print_json(&d->findings);
	else
		findings_print(&d->findings);
	sick = findings_count(&d->findings, LEVEL_ERROR) > 0;
	doctor_release(d);
	free(d);
	return sick ? CMD_FAILED : CMD_OK;
}

const struct cmd cmd_doctor = {
	.name = "doctor",
	.synopsis = "[options]",
	.summary = "tell whether a resolver is set up to block, and what to change",
	.opts = opts,
	.operands_min = 0,
	.operands_max = 0,
	.run = run,
};
