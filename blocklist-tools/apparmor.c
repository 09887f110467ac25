// SPDX-License-Identifier: BSD-3-Clause
#include "apparmor.h"

#include <stdio.h>
#include <string.h>

bool apparmor_enforces(const char *profiles)
{
	FILE *in = fopen(profiles, "re");
	bool found = false;
	char line[1024];

	while (in != NULL && !found && fgets(line, sizeof(line), in) != NULL)
		found = strstr(line, "unbound") != NULL &&
			strstr(line, "(enforce)") != NULL;
	if (in != NULL)
		fclose(in);
	return found;
}

bool apparmor_allows(const char *file, const char *store)
{
	FILE *in = fopen(file, "re");
	size_t len = strlen(store);
	bool found = false;
	char line[4096];

	while (len > 1 && store[len - 1] == '/')
		len--;
	while (in != NULL && !found && fgets(line, sizeof(line), in) != NULL) {
		const char *at = line + strspn(line, " \t\"");

		if (strncmp(at, "owner ", 6) == 0)
			at += 6 + strspn(at + 6, " \t\"");
		found = strncmp(at, store, len) == 0 && at[len] == '/';
	}
	if (in != NULL)
		fclose(in);
	return found;
}
