// SPDX-License-Identifier: BSD-3-Clause
/* palang doctor: the table of checks, and what they share. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "doctor.h"

struct check {
	const char *name; /* as in JSON: it never changes */
	void (*run)(struct doctor *d);
};

// clang-format off
static const struct check checks[] = {
	{ "configuration", check_configuration },
	{ "dynlib", check_dynlib },
	{ "order", check_order },
	{ "module", check_module },
	{ "build", check_build },
	{ "threads", check_threads },
	{ "store", check_store },
	{ "permissions", check_permissions },
	{ "notices", check_notices },
	{ "resolver", check_resolver },
	{ "enforced", check_enforced },
	{ "difference", check_difference },
	{ "environment", check_environment },
	{ "command-line", check_command_line },
	{ "serve-expired", check_serve_expired },
	{ "slabs", check_slabs },
	{ "precedence", check_precedence },
	{ "apparmor", check_apparmor },
};
// clang-format on

void doctor_check(struct doctor *d)
{
	for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++) {
		d->findings.check = checks[i].name;
		checks[i].run(d);
	}
	findings_sort(&d->findings);
}

bool doctor_is(const struct doctor *d, enum doctor_option option, const char *value)
{
	return strcmp(d->value[option], value) == 0;
}

long doctor_number(const struct doctor *d, enum doctor_option option)
{
	return atol(d->value[option]);
}

const struct conf_setting *doctor_setting(const struct doctor *d,
					  enum doctor_option option)
{
	const char *clause = option == OPTION_DYNLIB_FILE      ? "dynlib"
			     : option == OPTION_CONTROL_ENABLE ? "remote-control"
							       : "server";

	return conf_find(&d->conf, clause, doctor_option_names[option],
			 option == OPTION_DYNLIB_FILE ? NULL : d->value[option]);
}

int doctor_word(const char *line, const char *word)
{
	size_t len = strlen(word);

	for (int i = 0;; i++) {
		line += strspn(line, " \t");
		if (*line == '\0')
			return -1;
		if (strcspn(line, " \t") == len && strncmp(line, word, len) == 0)
			return i;
		line += strcspn(line, " \t");
	}
}

void doctor_modules(const struct doctor *d, char line[static 256])
{
	const char *at = d->value[OPTION_MODULE_CONFIG];
	size_t used = (size_t)snprintf(line, 256, "dynlib");
	bool dropped = false;

	for (;;) {
		size_t len;

		at += strspn(at, " \t");
		len = strcspn(at, " \t");
		if (len == 0 || used + len + 2 > 256)
			return;
		/* The first dynlib moves to the front; others stay where they are. */
		if (!dropped && len == 6 && strncmp(at, "dynlib", 6) == 0)
			dropped = true;
		else
			used += (size_t)snprintf(line + used, 256 - used, " %.*s",
						 (int)len, at);
		at += len;
	}
}

const char *doctor_chroot(const struct doctor *d)
{
	return d->value[OPTION_CHROOT];
}

void doctor_unseen(struct doctor *d, const char *what)
{
	finding_add(&d->findings, LEVEL_NOTE, "cannot see %s: run as root", what);
}
