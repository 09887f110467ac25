// SPDX-License-Identifier: BSD-3-Clause
#include "conf-doc.h"

#include <stdarg.h>
#include <string.h>

#include "utf8.h"

typedef unsigned long long ull;

int conf_doc_parse(struct conf_doc *d, const char *path, const char *text, size_t len,
		   struct err *e)
{
	yaml_parser_t parser;
	yaml_document_t next;
	int rc = 0;

	*d = (struct conf_doc){ .path = path };
	if (!yaml_parser_initialize(&parser))
		return err_set(e, ERR_SYSTEM, "cannot read '%s': out of memory", path);
	yaml_parser_set_input_string(&parser, (const unsigned char *)text, len);
	d->loaded = yaml_parser_load(&parser, &d->yaml);
	if (!d->loaded) {
		rc = err_set(e, ERR_INPUT, "%s:%llu: not YAML: %s", path,
			     (ull)parser.problem_mark.line + 1, parser.problem);
	} else if (yaml_parser_load(&parser, &next)) {
		yaml_node_t *more = yaml_document_get_root_node(&next);

		if (more != NULL)
			rc = err_set(e, ERR_INPUT, "%s:%llu: a second document", path,
				     (ull)more->start_mark.line + 1);
		yaml_document_delete(&next);
	} else {
		rc = err_set(e, ERR_INPUT, "%s:%llu: not YAML: %s", path,
			     (ull)parser.problem_mark.line + 1, parser.problem);
	}
	yaml_parser_delete(&parser);
	return rc;
}

void conf_doc_release(struct conf_doc *d)
{
	if (d->loaded)
		yaml_document_delete(&d->yaml);
	d->loaded = false;
}

static int error_at(struct conf_doc *d, const yaml_node_t *node, struct err *e,
		    const char *format, ...) __attribute__((format(printf, 4, 5)));
static int error_at(struct conf_doc *d, const yaml_node_t *node, struct err *e,
		    const char *format, ...)
{
	char text[400];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	return err_set(e, ERR_INPUT, "%s:%llu: %s", d->path,
		       (ull)node->start_mark.line + 1, text);
}

static struct span scalar(const yaml_node_t *node)
{
	return (struct span){ node->data.scalar.value, node->data.scalar.length };
}

/* How many letters have to be added, dropped or changed to make B of A. */
static size_t distance(struct span a, struct span b)
{
	size_t row[64];

	if (a.len > 40 || b.len > 40)
		return SIZE_MAX;
	for (size_t j = 0; j <= b.len; j++)
		row[j] = j;
	for (size_t i = 1; i <= a.len; i++) {
		size_t corner = row[0];

		row[0] = i;
		for (size_t j = 1; j <= b.len; j++) {
			size_t best = corner + (a.data[i - 1] != b.data[j - 1]);

			if (row[j] + 1 < best)
				best = row[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			corner = row[j];
			row[j] = best;
		}
	}
	return row[b.len];
}

static int unknown_key(struct conf_doc *d, const yaml_node_t *key,
		       const struct conf_rows *rows, struct err *e)
{
	const char *nearest = NULL;
	char safe[UTF8_SAFE_MAX];
	size_t best = SIZE_MAX;

	for (size_t i = 0; i < rows->count; i++) {
		size_t n = distance(scalar(key), span_of(rows->at[i].key));

		if (n < best) {
			best = n;
			nearest = rows->at[i].key;
		}
	}
	utf8_safe(safe, scalar(key));
	if (nearest == NULL)
		return error_at(d, key, e, "unknown key '%s'", safe);
	return error_at(d, key, e, "unknown key '%s': did you mean '%s'?", safe,
			nearest);
}

static int check_value(struct conf_doc *d, const struct conf_row *row,
		       const yaml_node_t *node, struct err *e)
{
	char safe[UTF8_SAFE_MAX];
	struct span text;

	if (node->type != YAML_SCALAR_NODE)
		return error_at(d, node, e, "'%s' takes %s%s", row->key, row->values,
				row->kind == CONF_TEXTS ? ", each one value"
							: ", one value");
	text = scalar(node);
	if (text.len == 0)
		return error_at(d, node, e, "'%s' has no value: it takes %s", row->key,
				row->values);
	if (memchr(text.data, 0, text.len) != NULL || !utf8_printable(text) ||
	    !row->check((const char *)text.data))
		return error_at(d, node, e, "'%s' cannot be '%s': it takes %s",
				row->key, utf8_safe(safe, text), row->values);
	return 0;
}

static int check_map(struct conf_doc *d, const struct conf_rows *rows,
		     const yaml_node_t *node, const char *what, struct err *e);

static int check_list(struct conf_doc *d, const struct conf_row *row,
		      const yaml_node_t *node, struct err *e)
{
	int rc = 0;

	if (node->type != YAML_SEQUENCE_NODE)
		return error_at(d, node, e, "'%s' takes a list", row->key);
	for (yaml_node_item_t *i = node->data.sequence.items.start;
	     i < node->data.sequence.items.top && rc == 0; i++) {
		yaml_node_t *item = yaml_document_get_node(&d->yaml, *i);

		rc = row->kind == CONF_TEXTS
			     ? check_value(d, row, item, e)
			     : check_map(d, row->rows, item, row->key, e);
	}
	return rc;
}

static int check_row(struct conf_doc *d, const struct conf_row *row,
		     const yaml_node_t *node, struct err *e)
{
	if (row->kind == CONF_TEXT)
		return check_value(d, row, node, e);
	if (row->kind == CONF_MAP)
		return check_map(d, row->rows, node, row->key, e);
	return check_list(d, row, node, e);
}

static size_t find_row(const struct conf_rows *rows, struct span key)
{
	size_t i = 0;

	while (i < rows->count && !span_equal(span_of(rows->at[i].key), key))
		i++;
	return i;
}

/* A mapping: WHAT it is of, for messages. */
static int check_map(struct conf_doc *d, const struct conf_rows *rows,
		     const yaml_node_t *node, const char *what, struct err *e)
{
	uint64_t seen = 0;
	int rc = 0;

	if (node->type != YAML_MAPPING_NODE)
		return error_at(d, node, e, "'%s' takes keys and their values", what);
	for (yaml_node_pair_t *p = node->data.mapping.pairs.start;
	     p < node->data.mapping.pairs.top && rc == 0; p++) {
		yaml_node_t *key = yaml_document_get_node(&d->yaml, p->key);
		size_t i;

		if (key->type != YAML_SCALAR_NODE)
			return error_at(d, key, e, "a key that is no word");
		i = find_row(rows, scalar(key));
		if (i == rows->count)
			return unknown_key(d, key, rows, e);
		if ((seen >> i & 1) != 0)
			return error_at(d, key, e, "'%s' twice", rows->at[i].key);
		seen |= (uint64_t)1 << i;
		rc = check_row(d, &rows->at[i],
			       yaml_document_get_node(&d->yaml, p->value), e);
	}
	for (size_t i = 0; i < rows->count && rc == 0; i++)
		if (rows->at[i].required && (seen >> i & 1) == 0)
			rc = error_at(d, node, e, "an entry of '%s' without '%s'", what,
				      rows->at[i].key);
	return rc;
}

int conf_doc_check(struct conf_doc *d, struct err *e)
{
	yaml_node_t *root = yaml_document_get_root_node(&d->yaml);

	if (root == NULL)
		return err_set(e, ERR_INPUT, "cannot read '%s': it is empty", d->path);
	return check_map(d, &conf_table, root, "palang.conf", e);
}

/* The value of KEY in a mapping, or NULL. */
static yaml_node_t *value_of(struct conf_doc *d, const yaml_node_t *map,
			     const char *key)
{
	if (map == NULL || map->type != YAML_MAPPING_NODE)
		return NULL;
	for (yaml_node_pair_t *p = map->data.mapping.pairs.start;
	     p < map->data.mapping.pairs.top; p++) {
		yaml_node_t *name = yaml_document_get_node(&d->yaml, p->key);

		if (name->type == YAML_SCALAR_NODE &&
		    span_equal(scalar(name), span_of(key)))
			return yaml_document_get_node(&d->yaml, p->value);
	}
	return NULL;
}

int conf_doc_error(struct conf_doc *d, const char *section, unsigned index,
		   const char *key, struct err *e, const char *format, ...)
{
	yaml_node_t *node = yaml_document_get_root_node(&d->yaml);
	yaml_node_t *list = value_of(d, node, section), *value;
	char text[400];
	va_list args;

	if (list != NULL)
		node = list;
	if (list != NULL && list->type == YAML_SEQUENCE_NODE &&
	    list->data.sequence.items.start + index < list->data.sequence.items.top)
		node = yaml_document_get_node(&d->yaml,
					      list->data.sequence.items.start[index]);
	value = value_of(d, node, key);
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	return error_at(d, value != NULL ? value : node, e, "%s", text);
}
