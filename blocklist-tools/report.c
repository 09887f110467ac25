// SPDX-License-Identifier: BSD-3-Clause
#include "report.h"

#include <string.h>

#include "utf8.h"

/* Fewer malformed names than this are no sign of a broken file. */
#define MALFORMED_MIN 10
/* 1 %, in parts of a hundred thousand. */
#define MALFORMED_DEFAULT 1000

typedef unsigned long long ull;

void report_refuse(struct report *r, uint64_t line, enum refusal why, struct span text)
{
	char safe[UTF8_SAFE_MAX];
	struct refused refused = { .list = r->list, .line = line, .why = why };

	r->names++;
	refused.nth = ++r->refused[why];
	if (r->on_refused == NULL)
		return;
	refused.text = utf8_safe(safe, text);
	r->on_refused(r->arg, &refused);
}

uint64_t report_refused(const struct report *r)
{
	uint64_t sum = 0;

	for (int i = 0; i < REFUSALS; i++)
		sum += r->refused[i];
	return sum;
}

static uint64_t malformed(const struct report *r)
{
	uint64_t sum = 0;

	for (int i = 0; i < REFUSALS; i++)
		if (refusal_rows[i].malformed)
			sum += r->refused[i];
	return sum;
}

/* The reason of most refusals; REFUSED_NOT when there are none. */
static enum refusal most(const struct report *r)
{
	int most = REFUSED_NOT;

	for (int i = 0; i < REFUSALS; i++)
		if (r->refused[i] > r->refused[most])
			most = i;
	return (enum refusal)most;
}

static int no_entries(const struct report *r, struct err *e)
{
	enum refusal why = most(r);

	if (why == REFUSED_NOT)
		return err_set(e, ERR_INPUT, "no entries in '%s'", r->list);
	return err_set(e, ERR_INPUT,
		       "no entries in '%s': %llu refused, %llu of them: %s", r->list,
		       (ull)report_refused(r), (ull)r->refused[why],
		       refusal_rows[why].text);
}

int report_verdict(const struct report *r, struct err *e)
{
	uint64_t bad = malformed(r);
	uint64_t max = r->malformed_max > 0 ? r->malformed_max : MALFORMED_DEFAULT;

	if (bad >= MALFORMED_MIN && bad * 100000 > r->names * max)
		return err_set(
			e, ERR_INPUT,
			"%s: %llu of %llu lines are not names (more than %g %%): "
			"refusing the list",
			r->list, (ull)bad, (ull)r->names, (double)max / 1000);
	return r->accepted == 0 ? no_entries(r, e) : 0;
}

void report_print_refused(FILE *to, const struct refused *r)
{
	fprintf(to, "%s:%llu: %s: '%s'\n", r->list, (ull)r->line,
		refusal_rows[r->why].text, r->text);
}

void report_print(FILE *to, const struct report *r)
{
	fprintf(to, "%s: %llu lines, %llu of them blank or comment; format %s\n",
		r->list, (ull)r->lines, (ull)r->skipped,
		r->format == NULL ? "unknown" : r->format);
	fprintf(to, "%s: %llu names: %llu accepted, %llu refused", r->list,
		(ull)r->names, (ull)r->accepted, (ull)report_refused(r));
	if (r->local > 0)
		fprintf(to, ", %llu local", (ull)r->local);
	if (r->joined > 0)
		fprintf(to, ", %llu joined with others", (ull)r->joined);
	if (r->lifted > 0)
		fprintf(to, ", %llu lifted", (ull)r->lifted);
	if (r->duplicates > 0)
		fprintf(to, "; %llu of the accepted are duplicates",
			(ull)r->duplicates);
	putc('\n', to);
	for (int i = 0; i < REFUSALS; i++)
		if (r->refused[i] > 0)
			fprintf(to, "%s: refused %llu: %s\n", r->list,
				(ull)r->refused[i], refusal_rows[i].text);
	if (r->unterminated)
		fprintf(to,
			"%s: warning: the last line does not end: is the file whole?\n",
			r->list);
	if (r->starred > 0 && r->starred == r->accepted && r->format != NULL &&
	    strcmp(r->format, "domains") == 0)
		fprintf(to,
			"%s: warning: every name is written '*.name', which is what is "
			"below it: where the name itself is meant too, give the format "
			"wildcard\n",
			r->list);
	if (r->odd_idn > 0)
		fprintf(to,
			"%s: warning: %llu names with an 'xn--' label that is not "
			"valid IDNA2008, kept as they are\n",
			r->list, (ull)r->odd_idn);
}
