// SPDX-License-Identifier: BSD-3-Clause
/* A list that is an XML document. Expat reads it as it comes: nothing but the element
 * at hand is in memory, and nothing is fetched. It was chosen over libxml2 because it
 * is a parser and no more: no files, no network, no tree. */
#ifndef PALANG_XML_SOURCE_H
#define PALANG_XML_SOURCE_H

#include "source.h"

/* Longer text of an element ends the reading. */
#define XML_TEXT_MAX 65536

/* Who takes the elements. Names are local ones: `reg:content` is "content". Spans and
 * attributes are valid during the call. Each returns 0, or an error that ends the
 * reading. */
struct xml_taker {
	/* ATTRIBUTES is name, value, name, value, ..., NULL. */
	int (*start)(void *arg, const char *name, const char **attributes,
		     uint64_t line, struct err *e);
	/* TEXT is what stood in the element after the last tag inside it, without
	 * white space around. */
	int (*end)(void *arg, const char *name, struct span text, uint64_t line,
		   struct err *e);
};

/* Reads S to its end. Any encoding of one byte a character is understood, besides
 * UTF-8. Returns 0, an error of S or of TAKER, or ERR_INPUT for what is not XML. */
int xml_source_read(struct source *s, const struct xml_taker *taker, void *arg,
		    struct err *e);

/* The value of the attribute NAME, or NULL. */
const char *xml_attribute(const char **attributes, const char *name);

#endif
