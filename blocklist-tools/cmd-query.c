// SPDX-License-Identifier: BSD-3-Clause
/* palang query: is a name blocked, by what, since and until when? The verdict is
 * lookup()'s, the same code that the resolver runs. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cmd.h"
#include "domain.h"
#include "json.h"
#include "lookup.h"
#include "utf8.h"
#include "verdict.h"

static const char *store, *file;
static bool json;

static const struct opt opts[] = {
	STRING('o', "store", "STORE", &store, "directory of the store (PALANG_STORE)"),
	STRING('f', "file", "FILE", &file,
	       "read names from FILE, one a line; - is standard input"),
	FLAG('j', "json", &json, "print one JSON object a line"),
	OPTS_END,
};

/* What all names add up to. */
struct total {
	bool error, free; /* one could not be answered; one is not blocked */
};

/* A name as one types it: what lists refuse to block may well be asked for. */
static bool read_name(struct span text, struct name *n, struct err *e)
{
	char safe[UTF8_SAFE_MAX];
	struct domain d = { 0 };
	enum refusal why = domain_parse(&d, text);

	if (why != REFUSED_NOT && why != REFUSED_TLD && why != REFUSED_ROOT) {
		err_set(e, ERR_INPUT, "cannot ask about '%s': %s",
			utf8_safe(safe, text), refusal_rows[why].text);
		return false;
	}
	*n = d.name;
	if (why == REFUSED_ROOT)
		n->len = 0;
	if (d.below)
		name_add_label(n, (const uint8_t *)"*", 1);
	return true;
}

static void query(struct reader *r, struct span text, struct total *total)
{
	struct answer a;
	struct err e = { 0 };
	struct name n;
	int rc = read_name(text, &n, &e) ? reader_begin(r, &e) : ERR_INPUT;

	if (rc == 0) {
		rc = answer_find(&a, r, &n, time(NULL), &e);
		if (rc == 0 && json)
			answer_print_json(&a);
		else if (rc == 0)
			answer_print(&a);
		reader_end(r);
	}
	if (rc != 0) {
		total->error = true;
		cmd_complain(e.text);
	} else if (!verdict_blocks(&a.verdict)) {
		total->free = true;
	}
}

static int query_file(struct reader *r, struct total *total, struct err *e)
{
	FILE *in = strcmp(file, "-") == 0 ? stdin : fopen(file, "r");
	char *line = NULL;
	size_t room = 0;
	ssize_t len;

	if (in == NULL)
		return err_set(e, ERR_SYSTEM, "cannot read '%s': %m", file);
	while ((len = getline(&line, &room, in)) > 0) {
		while (len > 0 && strchr("\r\n\t ", line[len - 1]) != NULL)
			len--;
		if (len > 0)
			query(r, (struct span){ (uint8_t *)line, (size_t)len }, total);
	}
	free(line);
	if (ferror(in))
		err_set(e, ERR_SYSTEM, "cannot read '%s': %m", file);
	if (in != stdin)
		fclose(in);
	return e->code;
}

static int query_all(int count, char **names, struct total *total, struct err *e)
{
	AUTO(store) s = { 0 };
	AUTO(reader) r = { 0 };
	int rc = store_open(&s, store, STORE_READ, e);

	if (rc == 0)
		rc = reader_init(&r, &s, e);
	for (int i = 0; i < count && rc == 0; i++)
		query(&r, span_of(names[i]), total);
	if (rc == 0 && file != NULL)
		rc = query_file(&r, total, e);
	return rc;
}

static int run(int count, char **operands)
{
	struct total total = { 0 };
	struct err e = { 0 };

	store = cmd_store(store);
	if (count == 0 && file == NULL)
		return cmd_usage(&cmd_query, "no name to ask about");
	if (query_all(count, operands, &total, &e) != 0) {
		cmd_complain(e.text);
		total.error = true;
	}
	return total.error ? CMD_USAGE : total.free ? CMD_FAILED : CMD_OK;
}

const struct cmd cmd_query = {
	.name = "query",
	.synopsis = "[options] NAME...",
	.summary = "tell whether names are blocked, by whom, why and since when",
	.opts = opts,
	.operands_min = 0,
	.operands_max = -1,
	.run = run,
};
