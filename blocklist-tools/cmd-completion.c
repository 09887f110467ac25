// SPDX-License-Identifier: BSD-3-Clause
/* palang completion: the script by which a shell completes what one types. */
#include <string.h>

#include "completion.h"

static const struct {
	const char *name;
	void (*print)(FILE *to);
} shells[] = {
	{ "bash", completion_bash },
	{ "zsh", completion_zsh },
};

static int run(int count, char **operands)
{
	(void)count;
	for (size_t i = 0; i < sizeof(shells) / sizeof(shells[0]); i++)
		if (strcmp(shells[i].name, operands[0]) == 0) {
			shells[i].print(stdout);
			return CMD_OK;
		}
	return cmd_usage(&cmd_completion, "there is completion for bash and for zsh");
}

const struct cmd cmd_completion = {
	.name = "completion",
	.synopsis = "bash|zsh",
	.summary = "print a shell's completion script",
	.opts = NULL,
	.operands_min = 1,
	.operands_max = 1,
	.run = run,
};
