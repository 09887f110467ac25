// SPDX-License-Identifier: BSD-3-Clause
/* A list that is one JSON document, element by element: jansson decodes each of them,
 * the document as a whole is never in memory. */
#ifndef PALANG_JSON_SOURCE_H
#define PALANG_JSON_SOURCE_H

#include <jansson.h>

#include "source.h"

/* A longer element ends the reading. */
#define JSON_ELEMENT_MAX ((size_t)1 << 20)

/* One value: an element of the array that is the document, or of an array that is a
 * member of the object that is the document, or another member of that object. */
struct json_element {
	const char *member; /* whose; NULL: the document's */
	bool of_array;
	json_t *value; /* valid during the call */
	uint64_t line; /* where it begins, from 1 */
};

/* Who takes them. Returns 0, or an error that ends the reading. */
typedef int json_element_taker(void *arg, const struct json_element *el, struct err *e);

/* Reads S to its end. Returns 0, an error of S or of TAKE, or ERR_INPUT for what is
 * not JSON. */
int json_source_read(struct source *s, json_element_taker *take, void *arg,
		     struct err *e);

/* Decodes TEXT, which is in LINE: an object whose members have different names, and
 * to be released. NULL with E set when it is none. */
json_t *json_source_object(const struct source *s, struct span text, uint64_t line,
			   struct err *e);

/* The text of the member NAME of OBJECT, whole numbers included, written to BUFFER of
 * ROOM bytes where need be. Returns false for another value; one that is missing or
 * null is the empty text. */
bool json_text(const json_t *object, const char *name, char *buffer, size_t room,
	       struct span *ret_text);

/* True when the JSON text that begins with FIRST has a member NAME: good enough to
 * tell a format by. */
bool json_has_member(struct span first, const char *name);

/* The first character of FIRST that is no white space, or 0. */
uint8_t json_first(struct span first);

#endif
