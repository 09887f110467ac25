// SPDX-License-Identifier: BSD-3-Clause
/* Any bytes as palang.conf: what is read is printed, and the print says the same. */
#include "conf.h"
#include "fuzz.h"
#include "utf8.h"

static int load(struct conf_held *c, const void *data, size_t size)
{
	char path[64];
	struct err e;
	int fd = scratch_file(path, data, size), rc = conf_load(&c->conf, path, &e);

	require(rc == 0 || (e.code == rc && utf8_printable(span_of(e.text))));
	close(fd);
	return rc;
}

/* The caller frees it. */
static char *print(const struct conf_held *c)
{
	char *text = NULL;
	size_t len;
	FILE *to = open_memstream(&text, &len);

	require(to != NULL);
	conf_print(to, c->conf);
	require(fclose(to) == 0 && text != NULL);
	return text;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(conf_held) first = { NULL };
	AUTO(conf_held) again = { NULL };
	char *text, *same;

	if (load(&first, data, size) != 0)
		return 0;
	text = print(&first);
	require(load(&again, text, strlen(text)) == 0);
	same = print(&again);
	require(strcmp(text, same) == 0);
	free(text);
	free(same);
	return 0;
}
