// SPDX-License-Identifier: BSD-3-Clause
/* From the file to struct conf: libcyaml fills it by a schema made of the table. */
#include <cyaml/cyaml.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "conf-doc.h"
#include "order.h"

#define FILE_MAX   ((size_t)4 << 20)
#define MAPS_MAX   16 /* mappings in the table */
#define FIELDS_MAX 16 /* keys of one */

/* libcyaml's form of the table. */
struct schema {
	cyaml_schema_field_t fields[MAPS_MAX][FIELDS_MAX + 1];
	cyaml_schema_value_t values[MAPS_MAX]; /* of lists' entries */
	size_t maps, entries;
};

static const cyaml_schema_value_t text_value = {
	CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char, 0, CYAML_UNLIMITED),
};

static const cyaml_config_t cyaml = { .mem_fn = cyaml_mem };

static const cyaml_schema_field_t *make_fields(struct schema *s,
					       const struct conf_rows *rows);

static cyaml_schema_value_t map_value(struct schema *s, const struct conf_rows *rows)
{
	return (cyaml_schema_value_t){
		.type = CYAML_MAPPING,
		.data_size = (uint32_t)rows->size,
		.mapping.fields = make_fields(s, rows),
	};
}

static cyaml_schema_field_t make_field(struct schema *s, const struct conf_row *row)
{
	cyaml_schema_field_t f = {
		.key = row->key,
		.data_offset = (uint32_t)row->at,
		.count_offset = (uint32_t)row->count_at,
		.count_size = sizeof(unsigned),
	};
	const cyaml_schema_value_t *entry = &text_value;

	if (row->kind == CONF_TEXT)
		f.value = text_value;
	if (row->kind == CONF_MAP)
		f.value = map_value(s, row->rows);
	if (row->kind == CONF_MAPS) {
		cyaml_schema_value_t *own = &s->values[s->entries++];

		*own = map_value(s, row->rows);
		entry = own;
	}
	if (row->kind == CONF_TEXTS || row->kind == CONF_MAPS)
		f.value = (cyaml_schema_value_t){
			.type = CYAML_SEQUENCE,
			.flags = CYAML_FLAG_POINTER,
			.data_size = entry == &text_value ? sizeof(char *)
							  : entry->data_size,
			.sequence = { entry, 0, CYAML_UNLIMITED },
		};
	f.value.flags |= CYAML_FLAG_OPTIONAL;
	return f;
}

static const cyaml_schema_field_t *make_fields(struct schema *s,
					       const struct conf_rows *rows)
{
	cyaml_schema_field_t *fields;

	if (s->maps == MAPS_MAX || rows->count > FIELDS_MAX)
		abort(); /* the table in this program is too long */
	fields = s->fields[s->maps++];
	for (size_t i = 0; i < rows->count; i++)
		fields[i] = make_field(s, &rows->at[i]);
	fields[rows->count] = (cyaml_schema_field_t){ .key = NULL };
	return fields;
}

static void make_schema(struct schema *s, cyaml_schema_value_t *ret_top)
{
	memset(s, 0, sizeof(*s));
	*ret_top = map_value(s, &conf_table);
	ret_top->flags = CYAML_FLAG_POINTER;
}

void conf_free(struct conf *c)
{
	cyaml_schema_value_t top;
	struct schema s;

	make_schema(&s, &top);
	cyaml_free(&cyaml, &top, c, 0);
}

void conf_held_release(struct conf_held *h)
{
	if (h->conf != NULL)
		conf_free(h->conf);
	h->conf = NULL;
}

/* Sets what was not said to its default. Returns false without memory. */
static bool fill_defaults(void *data, const struct conf_rows *rows)
{
	for (size_t i = 0; i < rows->count; i++) {
		const struct conf_row *row = &rows->at[i];
		char *at = (char *)data + row->at;

		if (row->kind == CONF_TEXT && *(char **)at == NULL &&
		    row->fallback != NULL &&
		    (*(char **)at = strdup(row->fallback)) == NULL)
			return false;
		if (row->kind == CONF_MAP && !fill_defaults(at, row->rows))
			return false;
		for (unsigned j = 0; row->kind == CONF_MAPS &&
				     j < *(unsigned *)((char *)data + row->count_at);
		     j++)
			if (!fill_defaults(*(char **)at + j * row->rows->size,
					   row->rows))
				return false;
	}
	return true;
}

const struct conf_authority *conf_find_authority(const struct conf *c, const char *name)
{
	for (unsigned i = 0; i < c->authorities_count; i++)
		if (strcmp(c->authorities[i].name, name) == 0)
			return &c->authorities[i];
	return NULL;
}

const struct conf_notice *conf_find_notice(const struct conf *c, const char *name)
{
	for (unsigned i = 0; i < c->notices_count; i++)
		if (strcmp(c->notices[i].name, name) == 0)
			return &c->notices[i];
	return NULL;
}

const struct conf_feed *conf_find_feed(const struct conf *c, const char *name)
{
	for (unsigned i = 0; i < c->feeds_count; i++)
		if (strcmp(c->feeds[i].name, name) == 0)
			return &c->feeds[i];
	return NULL;
}

static int check_notices(const struct conf *c, struct conf_doc *d, struct err *e)
{
	for (unsigned i = 0; i < c->notices_count; i++) {
		const struct conf_notice *n = &c->notices[i];

		if (conf_find_notice(c, n->name) != n)
			return conf_doc_error(d, "notices", i, "name", e,
					      "notice '%s' twice", n->name);
		if (n->addresses_count == 0 || n->addresses_count > 16)
			return conf_doc_error(d, "notices", i, "addresses", e,
					      "notice '%s' needs one to sixteen "
					      "'addresses'",
					      n->name);
	}
	return 0;
}

static int check_authorities(const struct conf *c, struct conf_doc *d, struct err *e)
{
	for (unsigned i = 0; i < c->authorities_count; i++) {
		const struct conf_authority *a = &c->authorities[i];

		if (conf_find_authority(c, a->name) != a)
			return conf_doc_error(d, "authorities", i, "name", e,
					      "authority '%s' twice", a->name);
		if (a->notice != NULL && conf_find_notice(c, a->notice) == NULL)
			return conf_doc_error(d, "authorities", i, "notice", e,
					      "there is no notice '%s'", a->notice);
	}
	return 0;
}

static int check_feeds(const struct conf *c, struct conf_doc *d, struct err *e)
{
	for (unsigned i = 0; i < c->feeds_count; i++) {
		const struct conf_feed *f = &c->feeds[i];

		if (conf_find_feed(c, f->name) != f)
			return conf_doc_error(d, "feeds", i, "name", e,
					      "feed '%s' twice", f->name);
		if (strcmp(f->name, FEED_OVERRIDE) == 0)
			return conf_doc_error(d, "feeds", i, "name", e,
					      "'%s' is the feed of what is allowed and "
					      "blocked by hand",
					      f->name);
		for (unsigned j = 0; j < f->authorities_count; j++)
			if (conf_find_authority(c, f->authorities[j]) == NULL)
				return conf_doc_error(d, "feeds", i, "authorities", e,
						      "there is no authority '%s'",
						      f->authorities[j]);
	}
	return 0;
}

/* What no single value shows. */
static int check_whole(const struct conf *c, struct conf_doc *d, struct err *e)
{
	int rc = check_notices(c, d, e);

	if (rc == 0)
		rc = check_authorities(c, d, e);
	return rc != 0 ? rc : check_feeds(c, d, e);
}

static int fill(struct conf **ret_conf, struct conf_doc *d, const char *text,
		size_t len, struct err *e)
{
	AUTO(conf_held) held = { NULL };
	cyaml_schema_value_t top;
	struct schema s;
	cyaml_err_t failed;
	int rc;

	make_schema(&s, &top);
	failed = cyaml_load_data((const uint8_t *)text, len, &cyaml, &top,
				 (cyaml_data_t **)&held.conf, NULL);
	if (failed != CYAML_OK || held.conf == NULL)
		return err_set(e, ERR_INPUT, "cannot read '%s': %s", d->path,
			       cyaml_strerror(failed));
	if (!fill_defaults(held.conf, &conf_table))
		return err_set(e, ERR_SYSTEM, "cannot read '%s': out of memory",
			       d->path);
	rc = check_whole(held.conf, d, e);
	if (rc != 0)
		return rc;
	*ret_conf = held.conf;
	held.conf = NULL;
	return 0;
}

struct text {
	char *data;
	size_t len;
};

static void text_release(struct text *t)
{
	free(t->data);
}

static int read_file(struct text *t, const char *path, struct err *e)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = 1;

	if (fd < 0)
		return err_set(e, errno == ENOENT ? ERR_MISSING : ERR_SYSTEM,
			       "cannot open '%s': %m", path);
	t->data = malloc(FILE_MAX);
	while (t->data != NULL && n > 0 && t->len < FILE_MAX) {
		n = read(fd, t->data + t->len, FILE_MAX - t->len);
		t->len += n > 0 ? (size_t)n : 0;
	}
	if (t->data == NULL || n < 0)
		err_set(e, ERR_SYSTEM, "cannot read '%s': %m", path);
	close(fd);
	if (t->data == NULL || n < 0)
		return ERR_SYSTEM;
	if (t->len == FILE_MAX)
		return err_set(e, ERR_INPUT, "cannot read '%s': too large", path);
	return 0;
}

int conf_load(struct conf **ret_conf, const char *path, struct err *e)
{
	AUTO(conf_doc) doc = { .loaded = false };
	AUTO(text) t = { NULL, 0 };
	int rc = read_file(&t, path, e);

	if (rc == 0)
		rc = conf_doc_parse(&doc, path, t.data, t.len, e);
	if (rc == 0)
		rc = conf_doc_check(&doc, e);
	return rc != 0 ? rc : fill(ret_conf, &doc, t.data, t.len, e);
}

const char *conf_path(const char *path)
{
	const char *set = getenv("PALANG_CONF");

	if (path != NULL)
		return path;
	return set != NULL && set[0] != '\0' ? set : PALANG_CONF_DEFAULT;
}
