// SPDX-License-Identifier: BSD-3-Clause
#include "opt.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#define OPTIONS_MAX 40
#define HELP_COLUMN 28
#define HELP_WIDTH  78

/* getopt's tables, made from ours. */
struct getopt_tables {
	struct option longs[OPTIONS_MAX + 2];
	char shorts[3 * OPTIONS_MAX + 4];
};

/* Long options have values from here on: HELP, then HELP + 1 + row. */
enum { HELP = 256 };

static void make_tables(struct getopt_tables *t, const struct opt *opts)
{
	size_t n = 0, used = 0;

	memset(t, 0, sizeof(*t));
	t->shorts[used++] = ':'; /* tell a missing argument from an unknown option */
	t->shorts[used++] = 'h';
	t->longs[n++] = (struct option){ "help", no_argument, NULL, HELP };
	for (const struct opt *o = opts; o != NULL && o->type != OPT_END; o++) {
		int arg = o->type == OPT_FLAG ? no_argument : required_argument;

		if (n > OPTIONS_MAX)
			abort(); /* the table in this program is too long */
		t->longs[n] = (struct option){ o->name, arg, NULL, HELP + (int)n };
		n++;
		if (o->letter == 0)
			continue;
		t->shorts[used++] = o->letter;
		if (arg == required_argument)
			t->shorts[used++] = ':';
	}
}

static const struct opt *row_of(const struct opt *opts, int c)
{
	if (c > HELP)
		return opts + (c - HELP - 1);
	while (opts->letter != c)
		opts++;
	return opts;
}

static int set_number(const struct opt *o, const char *text, struct err *e)
{
	char *end;
	unsigned long long n = strtoull(text, &end, 10);

	if (strspn(text, "0123456789") != strlen(text) || *text == '\0' ||
	    strlen(text) > 10 || n < o->min || n > o->max)
		return err_set(e, ERR_INPUT,
			       "cannot use --%s '%s': not a number from "
			       "%u to %u",
			       o->name, text, o->min, o->max);
	*o->to.number = (uint32_t)n;
	return 0;
}

static int set_word(const struct opt *o, const char *text, struct err *e)
{
	char all[256];
	size_t used = 0;

	all[0] = '\0';
	for (uint32_t i = 0; i < o->max; i++) {
		if (strcmp(o->words[i], text) == 0) {
			*o->to.word = (int)i;
			return 0;
		}
		if (used < sizeof(all))
			used += (size_t)snprintf(all + used, sizeof(all) - used, "%s%s",
						 i == 0 ? "" : ", ", o->words[i]);
	}
	return err_set(e, ERR_INPUT, "cannot use --%s '%s': not one of %s", o->name,
		       text, all);
}

static int set(const struct opt *o, const char *text, struct err *e)
{
	switch (o->type) {
	case OPT_FLAG:
		*o->to.flag = true;
		return 0;
	case OPT_STRING:
		*o->to.string = text;
		return 0;
	case OPT_STRINGS:
		if (o->to.strings->count == OPT_STRINGS_MAX)
			return err_set(e, ERR_INPUT,
				       "cannot use --%s '%s': given more "
				       "than %d times",
				       o->name, text, OPT_STRINGS_MAX);
		o->to.strings->at[o->to.strings->count++] = text;
		return 0;
	case OPT_NUMBER:
		return set_number(o, text, e);
	case OPT_WORD:
		return set_word(o, text, e);
	default:
		return 0;
	}
}

int opt_parse(const struct opt *opts, int argc, char **argv, bool *help, int *ret_first,
	      struct err *e)
{
	struct getopt_tables t;
	int c, rc = 0;

	make_tables(&t, opts);
	opterr = 0;
	optind = 0; /* glibc: start anew */
	*help = false;
	while (rc == 0 &&
	       (c = getopt_long(argc, argv, t.shorts, t.longs, NULL)) != -1) {
		bool letter = optopt > 0 && optopt < HELP;

		if (c == HELP || c == 'h')
			*help = true;
		else if (c == ':' && letter)
			rc = err_set(e, ERR_INPUT, "option '-%c' needs an argument",
				     optopt);
		else if (c == ':')
			rc = err_set(e, ERR_INPUT, "option '%s' needs an argument",
				     argv[optind - 1]);
		else if (c == '?' && letter)
			rc = err_set(e, ERR_INPUT, "unknown option '-%c'", optopt);
		else if (c == '?' && optopt >= HELP)
			rc = err_set(e, ERR_INPUT, "option '%s' takes no argument",
				     argv[optind - 1]);
		else if (c == '?')
			rc = err_set(e, ERR_INPUT, "unknown or ambiguous option '%s'",
				     argv[optind - 1]);
		else
			rc = set(row_of(opts, c), optarg, e);
	}
	*ret_first = optind;
	return rc;
}

/* Prints TEXT from column AT on, wrapped at spaces. */
static void print_wrapped(FILE *to, const char *text, size_t at)
{
	while (*text != '\0') {
		size_t word = strcspn(text, " ");

		if (at > HELP_COLUMN && at + 1 + word > HELP_WIDTH) {
			fprintf(to, "\n%*s", HELP_COLUMN, "");
			at = HELP_COLUMN;
		} else if (at > HELP_COLUMN) {
			putc(' ', to);
			at++;
		}
		fprintf(to, "%.*s", (int)word, text);
		at += word;
		text += word;
		text += strspn(text, " ");
	}
}

static void print_row(FILE *to, const struct opt *o)
{
	char left[80], help[512];
	int n = snprintf(left, sizeof(left), "  %c%c%s --%s%s%s",
			 o->letter == 0 ? ' ' : '-', o->letter == 0 ? ' ' : o->letter,
			 o->letter == 0 ? " " : ",", o->name, o->arg == NULL ? "" : " ",
			 o->arg == NULL ? "" : o->arg);
	size_t used = (size_t)snprintf(help, sizeof(help), "%s", o->help);

	for (uint32_t i = 0; o->type == OPT_WORD && i < o->max; i++)
		if (used < sizeof(help))
			used += (size_t)snprintf(help + used, sizeof(help) - used,
						 "%s%s", i == 0 ? ": " : ", ",
						 o->words[i]);
	if (n + 2 > HELP_COLUMN)
		fprintf(to, "%s\n%*s", left, HELP_COLUMN, "");
	else
		fprintf(to, "%-*s", HELP_COLUMN, left);
	print_wrapped(to, help, HELP_COLUMN);
	putc('\n', to);
}

void opt_print(FILE *to, const struct opt *opts)
{
	static const struct opt help = FLAG('h', "help", NULL, "print this help");

	for (; opts != NULL && opts->type != OPT_END; opts++)
		print_row(to, opts);
	print_row(to, &help);
}
