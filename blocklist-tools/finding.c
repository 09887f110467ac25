// SPDX-License-Identifier: BSD-3-Clause
#include "finding.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"

const char *const level_names[LEVELS] = { "error", "warning", "note", "ok" };

/* What other programs said may end in line feeds, or hold them: one finding is one
 * line. */
static void make_one_line(char *text)
{
	size_t len = strlen(text);

	while (len > 0 && strchr(" \r\n\t", text[len - 1]) != NULL)
		text[--len] = '\0';
	for (; *text != '\0'; text++)
		if ((unsigned char)*text < ' ' || *text == 0x7f)
			*text = ' ';
}

struct finding *finding_add(struct findings *f, enum level level, const char *format,
			    ...)
{
	struct finding *all = realloc(f->at, (f->count + 1) * sizeof(*all)), *new;
	va_list args;

	new = all == NULL ? &f->spare : &all[f->count++];
	f->at = all == NULL ? f->at : all;
	*new = (struct finding){ .level = level, .check = f->check };
	va_start(args, format);
	vsnprintf(new->text, sizeof(new->text), format, args);
	va_end(args);
	make_one_line(new->text);
	return new;
}

void finding_change(struct finding *f, const struct conf_setting *old, const char *file,
		    const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(f->change, sizeof(f->change), format, args);
	va_end(args);
	make_one_line(f->change);
	if (old != NULL)
		snprintf(f->where, sizeof(f->where), "%s:%u", old->file, old->line);
	else
		snprintf(f->where, sizeof(f->where), "%s", file);
}

void finding_run(struct finding *f, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(f->change, sizeof(f->change), format, args);
	va_end(args);
	make_one_line(f->change);
	f->where[0] = '\0';
}

size_t findings_count(const struct findings *f, enum level level)
{
	size_t n = 0;

	for (size_t i = 0; i < f->count; i++)
		n += f->at[i].level == level;
	return n;
}

void findings_sort(struct findings *f)
{
	struct finding *sorted = calloc(f->count + 1, sizeof(*sorted));
	size_t n = 0;

	if (sorted == NULL)
		return;
	for (int level = 0; level < LEVELS; level++)
		for (size_t i = 0; i < f->count; i++)
			if (f->at[i].level == (enum level)level)
				sorted[n++] = f->at[i];
	free(f->at);
	f->at = sorted;
}

void findings_print(const struct findings *f)
{
	size_t errors = findings_count(f, LEVEL_ERROR);
	size_t warnings = findings_count(f, LEVEL_WARNING);

	for (size_t i = 0; i < f->count; i++) {
		const struct finding *one = &f->at[i];

		printf("%s: %s\n", level_names[one->level], one->text);
		if (one->change[0] != '\0')
			printf("    %s: %s\n", one->where[0] != '\0' ? "change" : "run",
			       one->change);
		if (one->where[0] != '\0')
			printf("    in: %s\n", one->where);
	}
	printf("%zu error%s, %zu warning%s\n", errors, errors == 1 ? "" : "s", warnings,
	       warnings == 1 ? "" : "s");
}

static json_t *text_or_null(const char *text)
{
	json_t *string;

	if (text[0] == '\0')
		return json_null();
	string = json_string(text);
	return string != NULL ? string : json_string("(not UTF-8)");
}

void findings_print_json(const struct findings *f)
{
	for (size_t i = 0; i < f->count; i++) {
		const struct finding *one = &f->at[i];

		json_print(json_pack(
			"{s:s,s:s,s:o,s:o,s:o}", "level", level_names[one->level],
			"check", one->check, "text", text_or_null(one->text), "change",
			text_or_null(one->change), "where", text_or_null(one->where)));
	}
}

void findings_release(struct findings *f)
{
	free(f->at);
	*f = (struct findings){ 0 };
}
