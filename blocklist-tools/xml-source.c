// SPDX-License-Identifier: BSD-3-Clause
#include "xml-source.h"

#include <endian.h>
#include <errno.h>
#include <expat.h>
#include <iconv.h>
#include <stddef.h>
#include <string.h>

struct xml_reading {
	struct source *source;
	const struct xml_taker *taker;
	void *arg;
	struct err *e;
	int rc; /* of the first error; nothing is done after it */
	XML_Parser parser;
	char text[XML_TEXT_MAX];
	size_t len;
};

static void stop(struct xml_reading *x, int rc)
{
	if (x->rc == 0 && rc != 0) {
		x->rc = rc;
		XML_StopParser(x->parser, XML_FALSE);
	}
}

static uint64_t line_of(const struct xml_reading *x)
{
	return XML_GetCurrentLineNumber(x->parser);
}

static int broken(const struct xml_reading *x, const char *why)
{
	return source_error(x->source, line_of(x), x->e,
			    "cannot read the list: broken XML: %s", why);
}

static const char *local_name(const char *name)
{
	const char *colon = strrchr(name, ':');

	return colon == NULL ? name : colon + 1;
}

static void on_start(void *arg, const char *name, const char **attributes)
{
	struct xml_reading *x = arg;

	if (x->rc != 0)
		return;
	x->len = 0;
	stop(x,
	     x->taker->start(x->arg, local_name(name), attributes, line_of(x), x->e));
}

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static void on_end(void *arg, const char *name)
{
	struct xml_reading *x = arg;
	size_t start = 0;

	if (x->rc != 0)
		return;
	while (x->len > 0 && is_space(x->text[x->len - 1]))
		x->len--;
	while (start < x->len && is_space(x->text[start]))
		start++;
	stop(x,
	     x->taker->end(x->arg, local_name(name),
			   (struct span){ (uint8_t *)x->text + start, x->len - start },
			   line_of(x), x->e));
	x->len = 0;
}

static void on_text(void *arg, const char *text, int len)
{
	struct xml_reading *x = arg;

	if (x->rc != 0)
		return;
	if ((size_t)len > sizeof(x->text) - x->len) {
		stop(x, broken(x, "a text longer than 65536 bytes"));
		return;
	}
	memcpy(x->text + x->len, text, (size_t)len);
	x->len += (size_t)len;
}

/* No list needs one, and entities are what attacks are made of. */
static void on_doctype(void *arg, const char *name, const char *system,
		       const char *public, int internal)
{
	struct xml_reading *x = arg;

	(void)name;
	(void)system;
	(void)public;
	(void)internal;
	stop(x, broken(x, "a document type is not taken"));
}

/* The character that BYTE is in the encoding of CD, or -1. */
static int character(iconv_t cd, int byte)
{
	char in = (char)byte, *from = &in;
	uint32_t c = 0;
	char *to = (char *)&c;
	size_t in_left = 1, out_left = sizeof(c);

	iconv(cd, NULL, NULL, NULL, NULL);
	if (iconv(cd, &from, &in_left, &to, &out_left) == (size_t)-1 || out_left != 0)
		return -1;
	return (int)le32toh(c);
}

static int on_encoding(void *arg, const char *name, XML_Encoding *to)
{
	iconv_t cd = iconv_open("UTF-32LE", name);

	(void)arg;
	if (cd == (iconv_t)-1)
		return XML_STATUS_ERROR;
	for (int i = 0; i < 256; i++)
		to->map[i] = character(cd, i);
	iconv_close(cd);
	to->data = NULL;
	to->convert = NULL;
	to->release = NULL;
	return XML_STATUS_OK;
}

/* The error of a parser that has failed; LAST when it was at the end of the file. */
static int parse_error(struct xml_reading *x, bool last)
{
	enum XML_Error code = XML_GetErrorCode(x->parser);

	if (x->rc != 0)
		return x->rc;
	if (code == XML_ERROR_NO_MEMORY)
		return err_set(x->e, ERR_SYSTEM, "cannot read '%s': %s",
			       x->source->label, strerror(ENOMEM));
	if (last)
		return source_error(x->source, line_of(x), x->e,
				    "cannot read the list: the file is cut: its XML "
				    "does not end");
	return broken(x, XML_ErrorString(code));
}

static int parse(struct xml_reading *x)
{
	struct span block;
	int rc;

	while ((rc = source_block(x->source, &block, x->e)) > 0)
		if (XML_Parse(x->parser, (const char *)block.data, (int)block.len, 0) !=
		    XML_STATUS_OK)
			return parse_error(x, false);
	if (rc == 0 && XML_Parse(x->parser, "", 0, 1) != XML_STATUS_OK)
		rc = parse_error(x, true);
	return rc;
}

int xml_source_read(struct source *s, const struct xml_taker *taker, void *arg,
		    struct err *e)
{
	struct xml_reading x;
	int rc;

	memset(&x, 0, offsetof(struct xml_reading, text));
	x.len = 0;
	x.source = s;
	x.taker = taker;
	x.arg = arg;
	x.e = e;
	x.parser = XML_ParserCreate(NULL);
	if (x.parser == NULL)
		return err_set(e, ERR_SYSTEM, "cannot read '%s': %s", s->label,
			       strerror(ENOMEM));
	XML_SetUserData(x.parser, &x);
	XML_SetElementHandler(x.parser, on_start, on_end);
	XML_SetCharacterDataHandler(x.parser, on_text);
	XML_SetStartDoctypeDeclHandler(x.parser, on_doctype);
	XML_SetUnknownEncodingHandler(x.parser, on_encoding, NULL);
	rc = parse(&x);
	XML_ParserFree(x.parser);
	return rc;
}

const char *xml_attribute(const char **attributes, const char *name)
{
	for (size_t i = 0; attributes[i] != NULL; i += 2)
		if (strcmp(local_name(attributes[i]), name) == 0)
			return attributes[i + 1];
	return NULL;
}
