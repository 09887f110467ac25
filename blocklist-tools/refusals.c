// SPDX-License-Identifier: BSD-3-Clause
#include "refusals.h"

#include <csv.h>
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "utf8.h"

typedef unsigned long long ull;

const char *const refusals_format_names[REFUSALS_FORMATS] = { "text", "json", "csv" };

void refusals_release(struct refusals *all)
{
	free(all->rows);
	free(all->lists);
	free(all->texts);
	*all = (struct refusals){ 0 };
}

static bool make_room(struct refusals *all, void **data, size_t *room, size_t need,
		      size_t size)
{
	size_t more = *room * 2 + 64 > need ? *room * 2 + 64 : need;
	void *p;

	if (need <= *room)
		return true;
	p = realloc(*data, more * size);
	all->failed |= p == NULL;
	if (p == NULL)
		return false;
	*data = p;
	*room = more;
	return true;
}

/* Where TEXT is kept. */
static size_t keep(struct refusals *all, const char *text)
{
	size_t len = strlen(text) + 1, at = all->used;

	if (!make_room(all, (void **)&all->texts, &all->texts_room, all->used + len, 1))
		return 0;
	memcpy(all->texts + at, text, len);
	all->used += len;
	return at;
}

/* The list that is being read. */
static struct refusals_list *open_list(struct refusals *all, const char *name)
{
	char safe[UTF8_SAFE_MAX];

	if (!all->open) {
		if (!make_room(all, (void **)&all->lists, &all->lists_room,
			       all->list_count + 1, sizeof(*all->lists)))
			return NULL;
		all->lists[all->list_count++] = (struct refusals_list){
			.at = keep(all, utf8_safe(safe, span_of(name))),
		};
		all->open = true;
	}
	return &all->lists[all->list_count - 1];
}

void refusals_add(struct refusals *all, const struct refused *r)
{
	if (all->failed || open_list(all, r->list) == NULL ||
	    !make_room(all, (void **)&all->rows, &all->rows_room, all->count + 1,
		       sizeof(*all->rows)))
		return;
	all->rows[all->count++] = (struct refusals_row){
		.line = r->line,
		.at = keep(all, r->text),
		.list = (uint32_t)all->list_count - 1,
		.why = r->why,
	};
}

void refusals_end_list(struct refusals *all, const struct report *report, bool usable)
{
	struct refusals_list *list = all->failed ? NULL : open_list(all, report->list);

	if (list == NULL)
		return;
	list->report = *report;
	list->format = report->format == NULL ? "unknown" : report->format;
	list->usable = usable;
	all->open = false;
}

static const char *list_name(const struct refusals *all, const struct refusals_row *row)
{
	return all->texts + all->lists[row->list].at;
}

static void hex(char out[static 65], const uint8_t digest[static 32])
{
	for (int i = 0; i < 32; i++)
		snprintf(out + 2 * i, 3, "%02x", digest[i]);
}

static size_t count_of(const struct refusals *all, enum refusal why)
{
	size_t n = 0;

	for (size_t i = 0; i < all->count; i++)
		n += all->rows[i].why == why;
	return n;
}

static void print_text(const struct refusals *all, FILE *to)
{
	for (size_t i = 0; i < all->list_count; i++) {
		const struct refusals_list *l = &all->lists[i];
		char digest[65];

		hex(digest, l->report.digest);
		fprintf(to,
			"%s: format %s, %llu names, %llu accepted, %llu refused%s\n",
			all->texts + l->at, l->format, (ull)l->report.names,
			(ull)l->report.accepted, (ull)report_refused(&l->report),
			l->usable ? "" : "; refused as a whole");
		if (l->usable)
			fprintf(to, "%s: SHA-256 %s\n", all->texts + l->at, digest);
	}
	for (int why = 0; why < REFUSALS; why++) {
		size_t n = count_of(all, (enum refusal)why);

		if (n == 0)
			continue;
		fprintf(to, "\n%zu refused: %s (%s)\n", n, refusal_rows[why].text,
			refusal_rows[why].word);
		for (size_t i = 0; i < all->count; i++)
			if (all->rows[i].why == (uint32_t)why)
				fprintf(to, "  %s:%llu: %s\n",
					list_name(all, &all->rows[i]),
					(ull)all->rows[i].line,
					all->texts + all->rows[i].at);
	}
}

static json_t *lists_json(const struct refusals *all)
{
	json_t *lists = json_array();

	for (size_t i = 0; i < all->list_count; i++) {
		const struct refusals_list *l = &all->lists[i];
		char digest[65];

		hex(digest, l->report.digest);
		json_array_append_new(
			lists,
			json_pack("{s:s,s:s,s:b,s:s?,s:I,s:I,s:I}", "file",
				  all->texts + l->at, "format", l->format, "usable",
				  l->usable, "sha256", l->usable ? digest : NULL,
				  "names", (json_int_t)l->report.names, "accepted",
				  (json_int_t)l->report.accepted, "refused",
				  (json_int_t)report_refused(&l->report)));
	}
	return lists;
}

static json_t *reason_json(const struct refusals *all, int why)
{
	json_t *names = json_array();

	for (size_t i = 0; i < all->count; i++)
		if (all->rows[i].why == (uint32_t)why)
			json_array_append_new(
				names, json_pack("{s:s,s:I,s:s}", "file",
						 list_name(all, &all->rows[i]), "line",
						 (json_int_t)all->rows[i].line, "text",
						 all->texts + all->rows[i].at));
	return json_pack("{s:s,s:s,s:I,s:o}", "reason", refusal_rows[why].word,
			 "message", refusal_rows[why].text, "count",
			 (json_int_t)json_array_size(names), "names", names);
}

static bool print_json(const struct refusals *all, FILE *to)
{
	json_t *reasons = json_array(), *object;
	bool good;

	for (int why = 0; why < REFUSALS; why++)
		if (count_of(all, (enum refusal)why) > 0)
			json_array_append_new(reasons, reason_json(all, why));
	object = json_pack("{s:o,s:o}", "lists", lists_json(all), "refused", reasons);
	good = object != NULL && json_dumpf(object, to, JSON_INDENT(1)) == 0;
	json_decref(object);
	fputc('\n', to);
	return good;
}

/* What a stranger wrote and a clerk opens with a spreadsheet must not be a formula. */
static void print_field(FILE *to, const char *text, char after)
{
	char safe[UTF8_SAFE_MAX + 1] = "'";
	bool formula = text[0] != '\0' && strchr("=+-@", text[0]) != NULL;

	if (formula)
		snprintf(safe + 1, sizeof(safe) - 1, "%s", text);
	csv_fwrite(to, formula ? safe : text, strlen(formula ? safe : text));
	fputc(after, to);
}

static void print_csv(const struct refusals *all, FILE *to)
{
	fputs("file,line,reason,message,text\r\n", to);
	for (int why = 0; why < REFUSALS; why++)
		for (size_t i = 0; i < all->count; i++) {
			if (all->rows[i].why != (uint32_t)why)
				continue;
			print_field(to, list_name(all, &all->rows[i]), ',');
			fprintf(to, "%llu,%s,", (ull)all->rows[i].line,
				refusal_rows[why].word);
			print_field(to, refusal_rows[why].text, ',');
			print_field(to, all->texts + all->rows[i].at, '\r');
			fputc('\n', to);
		}
}

int refusals_print(const struct refusals *all, enum refusals_format format, FILE *to,
		   const char *name, struct err *e)
{
	bool good = !all->failed;

	if (good && format == REFUSALS_TEXT)
		print_text(all, to);
	else if (good && format == REFUSALS_CSV)
		print_csv(all, to);
	else if (good)
		good = print_json(all, to);
	if (!good)
		return err_set(e, ERR_SYSTEM, "cannot report what was refused: %s",
			       strerror(ENOMEM));
	if (fflush(to) != 0 || ferror(to))
		return err_set(e, ERR_SYSTEM, "cannot write '%s': %m", name);
	return 0;
}
