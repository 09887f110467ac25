// SPDX-License-Identifier: BSD-3-Clause
#include "rpz-record.h"

#include <errno.h>
#include <ldns/ldns.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "format.h"

/* No longer record is read. */
#define RECORD_MAX SOURCE_LINE_MAX

/* The bytes that make a line more than words and blanks. */
static const bool special[256] = {
	['('] = true, [')'] = true, ['"'] = true, [';'] = true, ['\\'] = true,
};

bool rpz_is_word(struct span text, const char *word)
{
	return text.len == strlen(word) &&
	       strncasecmp((const char *)text.data, word, text.len) == 0;
}

void rpz_records_init(struct rpz_records *z, struct source *source)
{
	*z = (struct rpz_records){ .source = source };
}

void rpz_records_release(struct rpz_records *z)
{
	free(z->text);
	z->text = NULL;
}

static bool has_special(struct span line)
{
	for (size_t i = 0; i < line.len; i++)
		if (special[line.data[i]])
			return true;
	return false;
}

static bool begins(struct span text, const char *s)
{
	return text.len >= strlen(s) && memcmp(text.data, s, strlen(s)) == 0;
}

/* What dig says of the transfer in comments. */
static int look_at_comment(struct rpz_records *z, struct span line, struct err *e)
{
	z->dig |= begins(line, "; <<>> DiG ");
	z->dig_done |= begins(line, ";; XFR size: ");
	if (begins(line, "; Transfer failed"))
		return source_error(z->source, z->source->line, e,
				    "cannot read the list: the zone transfer failed");
	return 0;
}

/* What is open at the end of a line. */
struct nesting {
	unsigned depth;
	bool quoted;
};

/* Adds LINE to the text without its comment and parentheses. Returns false when it
 * does not fit. */
static bool add_line(struct rpz_records *z, struct span line, struct nesting *n)
{
	for (size_t i = 0; i < line.len; i++) {
		uint8_t c = line.data[i];

		if (z->len + 3 > RECORD_MAX)
			return false;
		if (c == '\\' && i + 1 < line.len) {
			z->text[z->len++] = '\\';
			c = line.data[++i];
		} else if (c == '"') {
			n->quoted = !n->quoted;
		} else if (!n->quoted && c == ';') {
			break;
		} else if (!n->quoted && (c == '(' || c == ')')) {
			n->depth += c == '(' ? 1 : n->depth > 0 ? -1u : 0;
			c = ' ';
		}
		z->text[z->len++] = (char)c;
	}
	if (n->depth > 0)
		z->text[z->len++] = ' ';
	return true;
}

/* Gathers the record that begins with LINE, however many lines it takes. */
static int gather(struct rpz_records *z, struct span line, struct rpz_record *ret,
		  struct span *ret_text, struct err *e)
{
	struct nesting n = { 0, false };
	int rc = 1;

	if (z->text == NULL)
		z->text = malloc(RECORD_MAX);
	if (z->text == NULL)
		return err_set(e, ERR_SYSTEM, "cannot read '%s': %s", z->source->label,
			       strerror(ENOMEM));
	z->len = 0;
	while (rc > 0) {
		if (!add_line(z, line, &n))
			return source_error(z->source, ret->line, e,
					    "cannot read the list: a record of more "
					    "than %d bytes",
					    RECORD_MAX);
		if (n.depth == 0)
			break;
		rc = source_line(z->source, &line, e);
		ret->lines += rc > 0;
	}
	*ret_text = (struct span){ (uint8_t *)z->text, z->len };
	if (rc == 0)
		return source_error(z->source, ret->line, e,
				    "cannot read the list: the file is cut: a "
				    "parenthesis never closes");
	return rc < 0 ? rc : 0;
}

static bool is_ttl(struct span word)
{
	if (word.len == 0 || word.data[0] < '0' || word.data[0] > '9')
		return false;
	for (size_t i = 0; i < word.len; i++)
		if (memchr("0123456789smhdwSMHDW", word.data[i], 20) == NULL)
			return false;
	return true;
}

static bool is_class(struct span word)
{
	return word.len == 2 && (rpz_is_word(word, "IN") || rpz_is_word(word, "CH") ||
				 rpz_is_word(word, "HS"));
}

/* Cuts TEXT, which is not blank, into what it is made of. */
static void cut(struct span text, struct rpz_record *ret)
{
	struct span rest = text, word;

	ret->owner = (struct span){ text.data, 0 };
	ret->type = ret->owner;
	ret->other_class = false;
	if (text.data[0] != ' ' && text.data[0] != '\t')
		ret->owner = span_word(&rest);
	if (ret->owner.len > 0 && ret->owner.data[0] == '$') {
		ret->data = span_trim(rest);
		return;
	}
	word = span_word(&rest);
	for (int i = 0; i < 2 && (is_ttl(word) || is_class(word)); i++) {
		ret->other_class |= is_class(word) && !rpz_is_word(word, "IN");
		word = span_word(&rest);
	}
	ret->type = word;
	ret->data = span_trim(rest);
}

int rpz_records_next(struct rpz_records *z, struct rpz_record *ret, struct err *e)
{
	struct span line, text;
	int rc;

	while ((rc = source_line(z->source, &line, e)) > 0) {
		ret->line = z->source->line;
		ret->lines = 1;
		text = line;
		rc = 0;
		if (line.len > 0 && line.data[0] == ';')
			rc = look_at_comment(z, line, e);
		if (rc == 0 && has_special(line))
			rc = gather(z, line, ret, &text, e);
		if (rc != 0)
			return rc;
		if (span_trim(text).len > 0) {
			cut(text, ret);
			return 1;
		}
		z->skipped += ret->lines;
	}
	return rc;
}

bool rpz_is_record(struct span line)
{
	static const char *const types[] = { "CNAME", "SOA", "NS", "A", "AAAA", "TXT" };
	struct rpz_record rec;

	if (line.len == 0)
		return false;
	cut(line, &rec);
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (rpz_is_word(rec.type, types[i]))
			return rec.data.len > 0;
	return false;
}

bool rpz_data_valid(struct span type, struct span data)
{
	static const char root[] = ".";
	ldns_rdf *origin = ldns_dname_new_frm_str(root);
	ldns_rr *rr = NULL;
	char *text = NULL;
	bool valid = false;

	/* The owner is not ldns's to read: it takes one that begins with @ for the
	 * origin. */
	if (origin != NULL && asprintf(&text, "x. 60 IN %.*s %.*s", (int)type.len,
				       (const char *)type.data, (int)data.len,
				       (const char *)data.data) >= 0) {
		valid = ldns_rr_new_frm_str(&rr, text, 60, origin, NULL) ==
			LDNS_STATUS_OK;
		free(text);
	}
	ldns_rr_free(rr);
	ldns_rdf_deep_free(origin);
	return valid;
}
