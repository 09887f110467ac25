// SPDX-License-Identifier: BSD-3-Clause
#include "conffile.h"

#include <ctype.h>
#include <errno.h>
#include <glob.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bytes.h"

#define INCLUDES_MAX 20
#define WORD_MAX     4096

static const char *const clauses[] = {
	"server", "stub-zone", "forward-zone", "view",          "remote-control",
	"python", "dynlib",    "dnstap",       "dnscrypt",      "cachedb",
	"ipset",  "auth-zone", "rpz",          "fast-ip-check",
};

/* One file while it is being read. */
struct scan {
	struct conf *conf;
	const char *path, *at, *end;
	char *text;
	unsigned line;
	unsigned depth;
	const char *clause; /* one of `clauses`, or "" */
	struct err *e;
};

struct word {
	char text[WORD_MAX];
	unsigned line;
	bool quoted;
};

/* Passes over blanks and comments. Returns false at the end. */
static bool skip_blanks(struct scan *s)
{
	while (s->at < s->end) {
		if (*s->at == '#')
			while (s->at < s->end && *s->at != '\n')
				s->at++;
		else if (isspace((unsigned char)*s->at))
			s->line += *s->at++ == '\n';
		else
			return true;
	}
	return false;
}

/* The next word; of one that follows a key without a blank, as in "port:53", only the
 * key when KEYS is true. Returns false at the end. */
static bool next_word(struct scan *s, struct word *w, bool keys)
{
	size_t n = 0;
	char quote;

	if (!skip_blanks(s))
		return false;
	quote = *s->at == '"' || *s->at == '\'' ? *s->at++ : '\0';
	w->quoted = quote != '\0';
	w->line = s->line;
	for (; s->at < s->end; s->at++) {
		if (quote != '\0' ? *s->at == quote || *s->at == '\n'
				  : isspace((unsigned char)*s->at) != 0)
			break;
		if (n + 1 < sizeof(w->text))
			w->text[n++] = *s->at;
		if (keys && quote == '\0' && *s->at == ':') {
			s->at++;
			break;
		}
	}
	if (quote != '\0' && s->at < s->end && *s->at == quote)
		s->at++;
	w->text[n] = '\0';
	return true;
}

/* True for "module-config:"; no value looks like that. */
static bool is_key(const struct word *w)
{
	size_t len = strlen(w->text);

	return !w->quoted && len > 2 && islower((unsigned char)w->text[0]) &&
	       strspn(w->text, "abcdefghijklmnopqrstuvwxyz0123456789-_") == len - 1 &&
	       w->text[len - 1] == ':';
}

static const char *find_clause(const char *key)
{
	for (size_t i = 0; i < sizeof(clauses) / sizeof(clauses[0]); i++)
		if (strcmp(clauses[i], key) == 0)
			return clauses[i];
	return NULL;
}

static int out_of_memory(struct scan *s)
{
	return err_set(s->e, ERR_SYSTEM, "out of memory");
}

static int add(struct scan *s, const char *key, const char *value, unsigned line)
{
	struct conf *c = s->conf;
	struct conf_setting *at = realloc(c->at, (c->count + 1) * sizeof(*at)), *new;

	if (at == NULL)
		return out_of_memory(s);
	c->at = at;
	new = &at[c->count++];
	*new = (struct conf_setting){ strdup(s->clause), strdup(key), strdup(value),
				      strdup(s->path), line };
	if (new->clause == NULL || new->key == NULL || new->value == NULL ||
	    new->file == NULL)
		return out_of_memory(s);
	if (strcmp(key, "directory") == 0 && strcmp(s->clause, "server") == 0) {
		free(c->directory);
		c->directory = strdup(value);
	}
	return 0;
}

static int read_path(struct conf *c, const char *path, const char *clause,
		     unsigned depth, const char **ret_clause, struct err *e);

/* Unbound changes its directory where `directory` stands, so that what is included
 * after it is found there. */
static int include(struct scan *s, const char *pattern)
{
	char path[PATH_MAX];
	bool there = pattern[0] == '/' || s->conf->directory == NULL ||
		     s->conf->directory[0] != '/';
	glob_t found;
	int rc = 0;

	snprintf(path, sizeof(path), "%s%s%s", there ? "" : s->conf->directory,
		 there ? "" : "/", pattern);
	if (s->depth >= INCLUDES_MAX)
		return err_set(s->e, ERR_SYSTEM, "cannot read '%s': too many includes",
			       path);
	switch (glob(path, GLOB_BRACE | GLOB_TILDE, NULL, &found)) {
	case 0:
		break;
	case GLOB_NOMATCH:
		/* A pattern may match nothing, a file has to be there. */
		if (strpbrk(path, "*?[{~") != NULL)
			return 0;
		return err_set(s->e, ERR_SYSTEM, "cannot read '%s': %s", path,
			       strerror(ENOENT));
	default:
		return err_set(s->e, ERR_SYSTEM, "cannot read '%s'", path);
	}
	for (size_t i = 0; rc == 0 && i < found.gl_pathc; i++)
		rc = read_path(s->conf, found.gl_pathv[i], s->clause, s->depth + 1,
			       &s->clause, s->e);
	globfree(&found);
	return rc;
}

/* The words after a key: those of its line, or at least one. */
static void read_values(struct scan *s, unsigned line, char value[static WORD_MAX])
{
	size_t used = 0;
	struct word w;

	value[0] = '\0';
	for (;;) {
		struct scan before = *s;

		if (!next_word(s, &w, false) || is_key(&w) ||
		    (used > 0 && w.line != line)) {
			s->at = before.at;
			s->line = before.line;
			return;
		}
		line = w.line;
		used += (size_t)snprintf(value + used, WORD_MAX - used, "%s%s",
					 used > 0 ? " " : "", w.text);
		if (used >= WORD_MAX - 1)
			return;
	}
}

static int read_setting(struct scan *s, struct word *w)
{
	char value[WORD_MAX];
	const char *clause;

	if (!is_key(w))
		return 0; /* what it is, unbound-checkconf says */
	w->text[strlen(w->text) - 1] = '\0';
	clause = find_clause(w->text);
	if (clause != NULL) {
		s->clause = clause;
		return add(s, "", "", w->line);
	}
	read_values(s, w->line, value);
	if (strcmp(w->text, "include") == 0)
		return include(s, value);
	if (strcmp(w->text, "include-toplevel") == 0) {
		int rc;

		s->clause = "";
		rc = include(s, value);
		s->clause = "";
		return rc;
	}
	return add(s, w->text, value, w->line);
}

static int slurp(struct scan *s)
{
	FILE *in = fopen(s->path, "re");
	size_t room = 0, len = 0, n = 1;

	while (in != NULL && n > 0 && len < (64u << 20)) {
		char *more = realloc(s->text, room + 65536);

		if (more == NULL)
			break;
		s->text = more;
		room += 65536;
		len += n = fread(more + len, 1, room - len, in);
	}
	if (in == NULL || ferror(in)) {
		err_set(s->e, ERR_SYSTEM, "cannot read '%s': %s", s->path,
			strerror(errno));
		if (in != NULL)
			fclose(in);
		return ERR_SYSTEM;
	}
	fclose(in);
	s->at = s->text;
	s->end = s->text == NULL ? NULL : s->text + len;
	return 0;
}

static int read_path(struct conf *c, const char *path, const char *clause,
		     unsigned depth, const char **ret_clause, struct err *e)
{
	struct scan s = { .conf = c,
			  .path = path,
			  .line = 1,
			  .depth = depth,
			  .clause = clause,
			  .e = e };
	struct word w;
	int rc = slurp(&s);

	while (rc == 0 && next_word(&s, &w, true))
		rc = read_setting(&s, &w);
	free(s.text);
	if (ret_clause != NULL)
		*ret_clause = s.clause;
	return rc;
}

int conf_read(struct conf *c, const char *path, struct err *e)
{
	return read_path(c, path, "", 0, NULL, e);
}

void conf_release(struct conf *c)
{
	for (size_t i = 0; i < c->count; i++) {
		free(c->at[i].clause);
		free(c->at[i].key);
		free(c->at[i].value);
		free(c->at[i].file);
	}
	free(c->at);
	free(c->directory);
	*c = (struct conf){ 0 };
}

const struct conf_setting *conf_find(const struct conf *c, const char *clause,
				     const char *key, const char *value)
{
	const struct conf_setting *last = NULL, *same = NULL;

	for (size_t i = 0; i < c->count; i++) {
		const struct conf_setting *s = &c->at[i];

		if (strcmp(s->clause, clause) != 0 || strcmp(s->key, key) != 0)
			continue;
		last = s;
		if (value != NULL && strcmp(s->value, value) == 0)
			same = s;
	}
	return same != NULL ? same : last;
}

size_t conf_clauses(const struct conf *c, const char *clause)
{
	size_t n = 0;

	for (size_t i = 0; i < c->count; i++)
		n += c->at[i].key[0] == '\0' && strcmp(c->at[i].clause, clause) == 0;
	return n;
}
