// SPDX-License-Identifier: BSD-3-Clause
/* palang.conf and its table, printed. */
#include <string.h>

#include "conf.h"

/* A value as YAML: bare where it cannot be taken for anything else. */
static void print_value(FILE *to, const char *text)
{
	static const char bare[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
		"0123456789./_-%";

	if (text[0] != '-' && text[0] != '%' && text[strspn(text, bare)] == '\0') {
		fputs(text, to);
		return;
	}
	putc('"', to);
	while (*text != '\0') {
		/* To YAML they end a line, and the blanks beside them are lost. */
		bool line = strncmp(text, "\u2028", 3) == 0;
		bool paragraph = strncmp(text, "\u2029", 3) == 0;

		if (line || paragraph) {
			fputs(line ? "\\L" : "\\P", to);
			text += 3;
			continue;
		}
		if (*text == '"' || *text == '\\')
			putc('\\', to);
		putc(*text++, to);
	}
	putc('"', to);
}

static void indent(FILE *to, int depth)
{
	fprintf(to, "%*s", 2 * depth, "");
}

/* True when nothing of it was said. */
static bool is_empty(const void *data, const struct conf_rows *rows)
{
	for (size_t i = 0; i < rows->count; i++) {
		const struct conf_row *row = &rows->at[i];
		const char *at = (const char *)data + row->at;

		if (row->kind == CONF_MAP ? !is_empty(at, row->rows)
					  : *(char *const *)at != NULL)
			return false;
	}
	return true;
}

static void print_map(FILE *to, const void *data, const struct conf_rows *rows,
		      int depth, bool listed);

static void print_row(FILE *to, const void *data, const struct conf_row *row, int depth)
{
	const char *at = (const char *)data + row->at;
	unsigned count = *(const unsigned *)((const char *)data + row->count_at);

	fprintf(to, "%s:", row->key);
	if (row->kind == CONF_TEXT) {
		putc(' ', to);
		print_value(to, *(char *const *)at);
	}
	if (row->kind == CONF_TEXTS) {
		fputs(" [", to);
		for (unsigned i = 0; i < count; i++) {
			fputs(i > 0 ? ", " : "", to);
			print_value(to, (*(char **const *)at)[i]);
		}
		putc(']', to);
	}
	putc('\n', to);
	if (row->kind == CONF_MAP)
		print_map(to, at, row->rows, depth + 1, false);
	for (unsigned i = 0; row->kind == CONF_MAPS && i < count; i++) {
		indent(to, depth + 1);
		fputs("- ", to);
		print_map(to, *(char *const *)at + i * row->rows->size, row->rows,
			  depth + 2, true);
	}
}

/* LISTED: the first key stands behind the dash. */
static void print_map(FILE *to, const void *data, const struct conf_rows *rows,
		      int depth, bool listed)
{
	for (size_t i = 0; i < rows->count; i++) {
		const struct conf_row *row = &rows->at[i];
		const char *at = (const char *)data + row->at;

		if (row->kind == CONF_MAP ? is_empty(at, row->rows)
					  : *(char *const *)at == NULL)
			continue;
		if (row->kind != CONF_TEXT && row->kind != CONF_MAP &&
		    *(const unsigned *)((const char *)data + row->count_at) == 0)
			continue;
		if (!listed)
			indent(to, depth);
		listed = false;
		print_row(to, data, row, depth);
	}
}

void conf_print(FILE *to, const struct conf *c)
{
	print_map(to, c, &conf_table, 0, false);
}

static void print_keys(FILE *to, const struct conf_rows *rows, const char *above)
{
	for (size_t i = 0; i < rows->count; i++) {
		const struct conf_row *row = &rows->at[i];
		char key[128];

		snprintf(key, sizeof(key), "%s%s%s", above, row->key,
			 row->kind == CONF_MAPS ? "[]" : "");
		fprintf(to, "%s\t%s\t%s\t%s\n", key,
			row->values != NULL     ? row->values
			: row->kind == CONF_MAP ? "keys"
						: "a list of",
			row->required           ? "required"
			: row->fallback != NULL ? row->fallback
						: "-",
			row->help);
		if (row->rows != NULL) {
			snprintf(key + strlen(key), sizeof(key) - strlen(key), ".");
			print_keys(to, row->rows, key);
		}
	}
}

void conf_print_keys(FILE *to)
{
	print_keys(to, &conf_table, "");
}
