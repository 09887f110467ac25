// SPDX-License-Identifier: BSD-3-Clause
#include "progress.h"

#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

#define EVERY 0x10000
#define CLEAR "\r\033[K"

static bool is_shown;

static bool is_terminal(void)
{
	static int known = -1;

	if (known < 0)
		known = isatty(STDERR_FILENO);
	return known == 1;
}

void progress(const char *what, uint64_t done)
{
	if (done % EVERY != 0 || !is_terminal())
		return;
	fprintf(stderr, CLEAR "%s: %llu", what, (unsigned long long)done);
	is_shown = true;
}

void progress_phase(const char *what)
{
	if (!is_terminal())
		return;
	fprintf(stderr, CLEAR "%s", what);
	is_shown = true;
}

void progress_end(void)
{
	if (is_shown)
		fputs(CLEAR, stderr);
	is_shown = false;
}
