// SPDX-License-Identifier: BSD-3-Clause
#include "json-source.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "utf8.h"

#define DECODE (JSON_DECODE_ANY | JSON_REJECT_DUPLICATES)

/* What may come next. */
enum state {
	START,
	ELEMENT_OR_END, /* of an array */
	ELEMENT,
	ELEMENT_NEXT,
	MEMBER_OR_END, /* of the object that is the document */
	MEMBER,
	MEMBER_COLON,
	MEMBER_VALUE,
	MEMBER_NEXT,
	END,
};

struct splitter {
	struct source *source;
	json_element_taker *take;
	void *arg;
	struct err *e;
	enum state state;
	bool is_object; /* the document */
	json_t *member; /* a string: the member whose value is read; NULL: none */
	/* The value that is collected. */
	bool collecting, in_string, escaped;
	unsigned depth;
	char *text;
	size_t len, room;
	uint64_t line, value_line;
};

static bool is_space(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static int broken(const struct source *s, uint64_t line, const char *why, struct err *e)
{
	char safe[UTF8_SAFE_MAX];

	return source_error(s, line, e, "cannot read the list: broken JSON: %s",
			    utf8_safe(safe, span_of(why)));
}

static int collect(struct splitter *j, uint8_t c)
{
	if (j->len == j->room) {
		size_t room = j->room * 2 + 4096;
		char *text = realloc(j->text, room);

		if (text == NULL)
			return err_set(j->e, ERR_SYSTEM, "cannot read '%s': %s",
				       j->source->label, strerror(ENOMEM));
		j->text = text;
		j->room = room;
	}
	if (j->len == JSON_ELEMENT_MAX)
		return broken(j->source, j->value_line, "a value of more than 1 MiB",
			      j->e);
	j->text[j->len++] = (char)c;
	return 0;
}

static json_t *decode(const struct source *s, const char *text, size_t len,
		      uint64_t line, struct err *e)
{
	json_error_t error;
	json_t *value = json_loadb(text, len, DECODE, &error);

	if (value == NULL)
		broken(s, line + (uint64_t)error.line - (error.line > 0), error.text,
		       e);
	return value;
}

/* A value is whole: it is the name of a member, or handed on. */
static int value_end(struct splitter *j)
{
	struct json_element el = {
		.member = j->member == NULL ? NULL : json_string_value(j->member),
		.of_array = j->state == ELEMENT || j->state == ELEMENT_OR_END,
		.value = decode(j->source, j->text, j->len, j->value_line, j->e),
		.line = j->value_line,
	};
	int rc;

	j->collecting = false;
	if (el.value == NULL)
		return ERR_INPUT;
	if (j->state == MEMBER || j->state == MEMBER_OR_END) {
		j->member = el.value;
		j->state = MEMBER_COLON;
		return 0;
	}
	rc = j->take(j->arg, &el, j->e);
	json_decref(el.value);
	if (el.of_array) {
		j->state = ELEMENT_NEXT;
		return rc;
	}
	json_decref(j->member);
	j->member = NULL;
	j->state = MEMBER_NEXT;
	return rc;
}

/* One byte of a value. Returns 0, an error, or 1 when the value ended before it. */
static int value_byte(struct splitter *j, uint8_t c)
{
	bool ends = false;
	int rc;

	if (j->in_string) {
		ends = c == '"' && !j->escaped && j->depth == 0;
		j->in_string = c != '"' || j->escaped;
		j->escaped = c == '\\' && !j->escaped;
	} else if (j->depth == 0 && j->len > 0 &&
		   (is_space(c) || memchr(",:]}", c, 4) != NULL)) {
		rc = value_end(j);
		return rc != 0 ? rc : 1;
	} else if (c == '"') {
		j->in_string = true;
	} else if (c == '{' || c == '[') {
		j->depth++;
	} else if (c == '}' || c == ']') {
		if (j->depth > 0)
			j->depth--;
		ends = j->depth == 0;
	}
	rc = collect(j, c);
	return rc == 0 && ends ? value_end(j) : rc;
}

static int value_begin(struct splitter *j, uint8_t c)
{
	int rc;

	j->collecting = true;
	j->in_string = j->escaped = false;
	j->depth = 0;
	j->len = 0;
	j->value_line = j->line;
	rc = value_byte(j, c);
	return rc == 1 ? 0 : rc;
}

/* The end of an array: of the document, or of a member of it. */
static void array_end(struct splitter *j)
{
	json_decref(j->member);
	j->member = NULL;
	j->state = j->is_object ? MEMBER_NEXT : END;
}

/* A byte between values that is no white space. */
static int structure_byte(struct splitter *j, uint8_t c)
{
	switch (j->state) {
	case START:
		if (c != '[' && c != '{')
			break;
		j->is_object = c == '{';
		j->state = c == '{' ? MEMBER_OR_END : ELEMENT_OR_END;
		return 0;
	case ELEMENT_OR_END:
		if (c == ']') {
			array_end(j);
			return 0;
		}
		/* fall through */
	case ELEMENT:
		return value_begin(j, c);
	case ELEMENT_NEXT:
		if (c == ']')
			array_end(j);
		else if (c == ',')
			j->state = ELEMENT;
		else
			break;
		return 0;
	case MEMBER_OR_END:
	case MEMBER:
		if (c == '"')
			return value_begin(j, c);
		if (c != '}' || j->state == MEMBER)
			break;
		j->state = END;
		return 0;
	case MEMBER_COLON:
		if (c != ':')
			break;
		j->state = MEMBER_VALUE;
		return 0;
	case MEMBER_VALUE:
		if (c != '[')
			return value_begin(j, c);
		j->state = ELEMENT_OR_END;
		return 0;
	case MEMBER_NEXT:
		if (c != ',' && c != '}')
			break;
		j->state = c == ',' ? MEMBER : END;
		return 0;
	case END:
		return broken(j->source, j->line, "something follows the document",
			      j->e);
	}
	return broken(j->source, j->line, "a character where none may be", j->e);
}

static int split(struct splitter *j, struct span block)
{
	int rc = 0;

	for (size_t i = 0; i < block.len && rc == 0; i++) {
		uint8_t c = block.data[i];

		if (j->collecting)
			rc = value_byte(j, c);
		else
			rc = 1;
		if (rc == 1)
			rc = is_space(c) ? 0 : structure_byte(j, c);
		j->line += c == '\n';
	}
	return rc;
}

int json_source_read(struct source *s, json_element_taker *take, void *arg,
		     struct err *e)
{
	struct splitter j = {
		.source = s, .take = take, .arg = arg, .e = e, .line = 1
	};
	struct span block;
	int rc;

	while ((rc = source_block(s, &block, e)) > 0) {
		rc = split(&j, block);
		if (rc != 0)
			break;
	}
	if (rc == 0 && j.state != END)
		rc = source_error(s, j.line, e,
				  "cannot read the list: the file is cut: its JSON "
				  "does not end");
	json_decref(j.member);
	free(j.text);
	return rc;
}

json_t *json_source_object(const struct source *s, struct span text, uint64_t line,
			   struct err *e)
{
	json_t *value = decode(s, (const char *)text.data, text.len, line, e);

	if (value == NULL || json_is_object(value))
		return value;
	json_decref(value);
	broken(s, line, "not an object", e);
	return NULL;
}

bool json_text(const json_t *object, const char *name, char *buffer, size_t room,
	       struct span *ret_text)
{
	const json_t *value = json_object_get(object, name);
	int n = 0;

	*ret_text = (struct span){ NULL, 0 };
	if (json_is_string(value))
		*ret_text = (struct span){ (const uint8_t *)json_string_value(value),
					   json_string_length(value) };
	else if (json_is_integer(value)) {
		n = snprintf(buffer, room, "%" JSON_INTEGER_FORMAT,
			     json_integer_value(value));
		*ret_text = span_of(buffer);
	} else
		return value == NULL || json_is_null(value);
	return n >= 0 && (size_t)n < room;
}

bool json_has_member(struct span first, const char *name)
{
	char quoted[64];

	snprintf(quoted, sizeof(quoted), "\"%s\"", name);
	return memmem(first.data, first.len, quoted, strlen(quoted)) != NULL;
}

uint8_t json_first(struct span first)
{
	for (size_t i = 0; i < first.len; i++)
		if (!is_space(first.data[i]))
			return first.data[i];
	return 0;
}
