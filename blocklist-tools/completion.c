// SPDX-License-Identifier: BSD-3-Clause
#include "completion.h"

#include <string.h>

/* What --help takes, besides the table. */
static const struct opt help = FLAG('h', "help", NULL, "print this help");

/* True for an option whose argument is a file or a directory. */
static bool takes_path(const struct opt *o)
{
	return o->arg != NULL &&
	       (strcmp(o->arg, "FILE") == 0 || strcmp(o->arg, "STORE") == 0);
}

/* True for a verb whose operands are files. */
static bool takes_files(const struct cmd *c)
{
	return strstr(c->synopsis, "LIST") != NULL;
}

static void print_words(FILE *to, const struct opt *o)
{
	for (uint32_t i = 0; i < o->max; i++)
		fprintf(to, "%s%s", i > 0 ? " " : "", o->words[i]);
}

static void print_verb_names(FILE *to)
{
	for (size_t i = 0; i < cmd_count; i++)
		fprintf(to, "%s ", cmd_all[i]->name);
}

/* Calls PRINT for each option of a verb, --help last. */
static void each_option(FILE *to, const struct cmd *c,
			void (*print)(FILE *to, const struct opt *o))
{
	for (const struct opt *o = c->opts; o != NULL && o->type != OPT_END; o++)
		print(to, o);
	print(to, &help);
}

static void bash_argument(FILE *to, const struct opt *o)
{
	if (o->arg == NULL)
		return;
	fputs("\t\t", to);
	if (o->letter != 0)
		fprintf(to, "-%c|", o->letter);
	fprintf(to, "--%s) ", o->name);
	if (o->type == OPT_WORD) {
		fputs("_palang_offer \"", to);
		print_words(to, o);
		fputs("\"", to);
	} else {
		fputs(takes_path(o) ? "_palang_files" : "COMPREPLY=()", to);
	}
	fputs(" ;;\n", to);
}

static void bash_option(FILE *to, const struct opt *o)
{
	fprintf(to, " --%s", o->name);
}

static void bash_verb(FILE *to, const struct cmd *c)
{
	fprintf(to, "\t%s)\n\t\tcase $before in\n", c->name);
	each_option(to, c, bash_argument);
	fputs("\t\t*) _palang_rest \"", to);
	each_option(to, c, bash_option);
	fprintf(to, "\" %s ;;\n\t\tesac ;;\n", takes_files(c) ? "files" : "nothing");
}

void completion_bash(FILE *to)
{
	fputs("# bash completion of palang, made by 'palang completion bash'.\n"
	      "_palang_offer() {\n"
	      "\tmapfile -t COMPREPLY < <(compgen -W \"$1\" -- \"$word\")\n"
	      "}\n"
	      "_palang_files() {\n"
	      "\tcompopt -o filenames 2>/dev/null\n"
	      "\tmapfile -t COMPREPLY < <(compgen -f -- \"$word\")\n"
	      "}\n"
	      "_palang_rest() {\n"
	      "\tcase $word in\n"
	      "\t-*) _palang_offer \"$1\" ;;\n"
	      "\t*) if [ \"$2\" = files ]; then _palang_files; fi ;;\n"
	      "\tesac\n"
	      "}\n"
	      "_palang() {\n"
	      "\tlocal word=${COMP_WORDS[COMP_CWORD]}\n"
	      "\tlocal before=${COMP_WORDS[COMP_CWORD-1]}\n"
	      "\tCOMPREPLY=()\n"
	      "\tif [ \"$COMP_CWORD\" -eq 1 ]; then\n"
	      "\t\t_palang_offer \"",
	      to);
	print_verb_names(to);
	fputs("help --help --version\"\n"
	      "\t\treturn\n"
	      "\tfi\n"
	      "\tcase ${COMP_WORDS[1]} in\n"
	      "\thelp) if [ \"$COMP_CWORD\" -eq 2 ]; then _palang_offer \"",
	      to);
	print_verb_names(to);
	fputs("\"; fi ;;\n", to);
	for (size_t i = 0; i < cmd_count; i++)
		bash_verb(to, cmd_all[i]);
	fputs("\tesac\n"
	      "}\n"
	      "complete -F _palang palang\n",
	      to);
}

/* TEXT inside '...' and, of a specification, before a bracket or a colon. */
static void zsh_text(FILE *to, const char *text)
{
	for (; *text != '\0'; text++) {
		if (*text == '\'')
			fputs("'\\''", to);
		else if (strchr("[]:\\", *text) != NULL)
			fprintf(to, "\\%c", *text);
		else
			putc(*text, to);
	}
}

static void zsh_option(FILE *to, const struct opt *o)
{
	fputs("\t\t\t", to);
	if (o->type == OPT_STRINGS)
		fprintf(to, "'*--%s=[", o->name);
	else if (o->letter != 0)
		fprintf(to, "'(-%c --%s)'{-%c%s,--%s%s}'[", o->letter, o->name,
			o->letter, o->arg == NULL ? "" : "+", o->name,
			o->arg == NULL ? "" : "=");
	else
		fprintf(to, "'--%s%s[", o->name, o->arg == NULL ? "" : "=");
	zsh_text(to, o->help);
	putc(']', to);
	if (o->arg != NULL)
		fprintf(to, ":%s:", o->arg);
	if (o->type == OPT_WORD) {
		putc('(', to);
		print_words(to, o);
		putc(')', to);
	} else if (takes_path(o)) {
		fputs("_files", to);
	}
	fputs("' \\\n", to);
}

static void zsh_verb(FILE *to, const struct cmd *c)
{
	fprintf(to, "\t%s)\n\t\t_arguments -s \\\n", c->name);
	each_option(to, c, zsh_option);
	fprintf(to, "\t\t\t'*:operand:%s' ;;\n", takes_files(c) ? "_files" : " ");
}

void completion_zsh(FILE *to)
{
	fputs("#compdef palang\n"
	      "# zsh completion of palang, made by 'palang completion zsh'.\n"
	      "_palang() {\n"
	      "\tlocal -a verbs\n"
	      "\tverbs=(\n",
	      to);
	for (size_t i = 0; i < cmd_count; i++) {
		fprintf(to, "\t\t'%s:", cmd_all[i]->name);
		zsh_text(to, cmd_all[i]->summary);
		fputs("'\n", to);
	}
	fputs("\t\t'help:print help about a verb'\n"
	      "\t)\n"
	      "\tif (( CURRENT == 2 )); then\n"
	      "\t\t_describe verb verbs\n"
	      "\t\treturn\n"
	      "\tfi\n"
	      "\tlocal verb=$words[2]\n"
	      "\tshift words\n"
	      "\t(( CURRENT-- ))\n"
	      "\tcase $verb in\n"
	      "\thelp) (( CURRENT == 2 )) && _describe verb verbs ;;\n",
	      to);
	for (size_t i = 0; i < cmd_count; i++)
		zsh_verb(to, cmd_all[i]);
	fputs("\tesac\n"
	      "}\n"
	      "if [ \"$funcstack[1]\" = _palang ]; then\n"
	      "\t_palang \"$@\"\n"
	      "else\n"
	      "\tcompdef _palang palang\n"
	      "fi\n",
	      to);
}
