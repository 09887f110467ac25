// SPDX-License-Identifier: BSD-3-Clause
#include "json.h"

#include <stdio.h>
#include <stdlib.h>

#include "cmd.h"

void json_print(json_t *object)
{
	char *text = object == NULL ? NULL : json_dumps(object, JSON_COMPACT);

	if (text == NULL) {
		cmd_complain("cannot print JSON: out of memory");
		exit(CMD_USAGE);
	}
	puts(text);
	free(text);
	json_decref(object);
}
