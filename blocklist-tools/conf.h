// SPDX-License-Identifier: BSD-3-Clause
/* palang.conf: YAML, by one table of keys. The table checks, reads, prints and
 * documents them; palang.conf(5) tells what each is for. Only the command reads it. */
#ifndef PALANG_CONF_H
#define PALANG_CONF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "err.h"

/* What the file says. Every value is text that its row of the table has checked;
 * conf-value.h reads durations, sizes and shares. NULL: not said, and no default. */
struct conf_retention {
	char *age, *size;
};

struct conf_notice {
	char *name, *ttl, *host;
	char **addresses;
	unsigned addresses_count;
};

struct conf_authority {
	char *name, *basis, *contact, *appeal, *notice, *ede, *language;
};

struct conf_protected {
	char **names, **files;
	unsigned names_count, files_count;
};

struct conf_defaults {
	char *action, *scope, *category, *ede;
};

struct conf_limits {
	char *added, *removed, *floor, *names, *popular, *bad_lines;
};

struct conf_feed {
	char *name, *source, *format, *origin, *profile, *max_age, *shadow;
	char *cname_targets;
	char **authorities;
	unsigned authorities_count;
	struct conf_defaults defaults;
	struct conf_limits limits;
};

struct conf {
	char *store, *on_error, *structured_errors, *wait, *popular;
	char **exempt;
	unsigned exempt_count;
	struct conf_retention retention;
	struct conf_notice *notices;
	unsigned notices_count;
	struct conf_authority *authorities;
	unsigned authorities_count;
	struct conf_protected protected;
	struct conf_feed *feeds;
	unsigned feeds_count;
};

/* What stands behind a key. */
enum conf_kind {
	CONF_TEXT,  /* char *: one value */
	CONF_TEXTS, /* char **, count: a list of values */
	CONF_MAP,   /* struct: keys of its own */
	CONF_MAPS,  /* struct *, count: a list of such */
};

struct conf_row {
	const char *key;
	enum conf_kind kind;
	size_t at, count_at; /* of the member, and of its count */
	bool required;
	bool (*check)(const char *text);
	const char *values;   /* what it takes, for messages and the manual */
	const char *fallback; /* the default; NULL: none */
	const struct conf_rows *rows;
	const char *help;
};

struct conf_rows {
	size_t size; /* of the struct */
	size_t count;
	const struct conf_row *at;
};

extern const struct conf_rows conf_table;

/* Path of the configuration: PATH when given, else PALANG_CONF, else the default. */
const char *conf_path(const char *path);

/* Reads the file at PATH; conf_free() follows when it returns 0. Errors name file,
 * line and key: ERR_INPUT, ERR_MISSING when there is no such file, ERR_SYSTEM. */
int conf_load(struct conf **ret_conf, const char *path, struct err *e);
void conf_free(struct conf *c);

/* For AUTO(): a configuration that is released with its scope. */
struct conf_held {
	struct conf *conf;
};
void conf_held_release(struct conf_held *h);

/* Prints all that holds, defaults included, as a file that conf_load() reads. */
void conf_print(FILE *to, const struct conf *c);
/* Prints each key with what it takes, its default and its meaning. */
void conf_print_keys(FILE *to);

const struct conf_authority *conf_find_authority(const struct conf *c,
						 const char *name);
const struct conf_notice *conf_find_notice(const struct conf *c, const char *name);
const struct conf_feed *conf_find_feed(const struct conf *c, const char *name);

#endif
