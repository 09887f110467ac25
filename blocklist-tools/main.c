// SPDX-License-Identifier: BSD-3-Clause
/* palang: finds the verb and hands over to it. */
#ifdef HAVE_CONFIG_H
#include "palang-config.h"
#endif

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cmd.h"
#include "progress.h"
#include "utf8.h"

#ifndef PACKAGE_VERSION
#define PACKAGE_VERSION "(not released)"
#endif

const struct cmd *const cmd_all[] = {
	&cmd_update, &cmd_status, &cmd_allow,   &cmd_block,  &cmd_overrides,
	&cmd_query,  &cmd_due,    &cmd_history, &cmd_diff,   &cmd_rollback,
	&cmd_verify, &cmd_export, &cmd_compile, &cmd_check,  &cmd_compact,
	&cmd_set,    &cmd_config, &cmd_stats,   &cmd_doctor, &cmd_completion,
};
const size_t cmd_count = sizeof(cmd_all) / sizeof(cmd_all[0]);

void cmd_complain(const char *text)
{
	fprintf(stderr, "palang: %s\n", text);
}

int cmd_usage(const struct cmd *cmd, const char *text)
{
	cmd_complain(text);
	fprintf(stderr, "Try 'palang %s%s--help'.\n", cmd == NULL ? "" : cmd->name,
		cmd == NULL ? "" : " ");
	return CMD_USAGE;
}

const char *cmd_store(const char *store)
{
	const char *set = getenv("PALANG_STORE");

	if (store != NULL)
		return store;
	return set != NULL && set[0] != '\0' ? set : PALANG_STORE_DEFAULT;
}

int cmd_check_text(const char *option, const char *text, struct err *e)
{
	struct span span = span_of(text);

	if (span.len > 0 && span.len <= 1000 && utf8_printable(span))
		return 0;
	return err_set(e, ERR_INPUT, "--%s needs plain text of 1 to 1000 bytes",
		       option);
}

void cmd_waiting(const char *path)
{
	progress_end();
	fprintf(stderr, "palang: another palang writes in '%s': waiting for it\n",
		path);
}

static void print_verbs(FILE *to)
{
	fputs("usage: palang VERB [options] [operands]\n"
	      "\n"
	      "Blocks domain names by decision of an authority: lists go into a\n"
	      "store, from which resolvers answer.\n"
	      "\n",
	      to);
	for (size_t i = 0; i < cmd_count; i++)
		fprintf(to, "  %-12s%s\n", cmd_all[i]->name, cmd_all[i]->summary);
	fputs("\n"
	      "  palang help VERB, palang VERB --help\n"
	      "  palang --version\n",
	      to);
}

static void print_help(const struct cmd *cmd)
{
	printf("usage: palang %s %s\n\n%s\n\n", cmd->name, cmd->synopsis, cmd->summary);
	opt_print(stdout, cmd->opts);
}

static const struct cmd *find(const char *name)
{
	for (size_t i = 0; i < cmd_count; i++)
		if (strcmp(cmd_all[i]->name, name) == 0)
			return cmd_all[i];
	return NULL;
}

static int unknown(const char *name)
{
	struct err e;

	err_set(&e, ERR_INPUT, "unknown %s '%s'", name[0] == '-' ? "option" : "verb",
		name);
	return cmd_usage(NULL, e.text);
}

static int run(const struct cmd *cmd, int argc, char **argv)
{
	struct err e;
	bool help;
	int first, count;

	if (opt_parse(cmd->opts, argc, argv, &help, &first, &e) != 0)
		return cmd_usage(cmd, e.text);
	if (help) {
		print_help(cmd);
		return CMD_OK;
	}
	count = argc - first;
	if (count < cmd->operands_min)
		return cmd_usage(cmd, "too few operands");
	if (cmd->operands_max >= 0 && count > cmd->operands_max)
		return cmd_usage(cmd, "too many operands");
	return cmd->run(count, argv + first);
}

static int help_verb(const char *name)
{
	const struct cmd *cmd = name == NULL ? NULL : find(name);

	if (name != NULL && cmd == NULL)
		return unknown(name);
	if (cmd == NULL)
		print_verbs(stdout);
	else
		print_help(cmd);
	return CMD_OK;
}

static int dispatch(int argc, char **argv)
{
	const char *verb = argc < 2 ? NULL : argv[1];
	const struct cmd *cmd;

	if (verb == NULL) {
		print_verbs(stderr);
		return CMD_USAGE;
	}
	if (strcmp(verb, "--version") == 0 || strcmp(verb, "-V") == 0) {
		printf("palang %s\n", PACKAGE_VERSION);
		return CMD_OK;
	}
	if (strcmp(verb, "--help") == 0 || strcmp(verb, "-h") == 0 ||
	    strcmp(verb, "help") == 0)
		return help_verb(argc > 2 ? argv[2] : NULL);
	cmd = find(verb);
	return cmd == NULL ? unknown(verb) : run(cmd, argc - 1, argv + 1);
}

int main(int argc, char **argv)
{
	int rc = dispatch(argc, argv);

	/* A full disk or a closed pipe shows at the latest here. */
	if (fflush(stdout) != 0 || ferror(stdout)) {
		fprintf(stderr, "palang: cannot write standard output: %s\n",
			strerror(errno));
		return rc == CMD_OK ? CMD_FAILED : rc;
	}
	return rc;
}
