// SPDX-License-Identifier: BSD-3-Clause
/* What a file is that is no list of names: said in words, so that the message names
 * what came in place of the list. */
#ifndef PALANG_KIND_H
#define PALANG_KIND_H

#include "bytes.h"

/* What a file is that begins with FIRST and cannot be read in any format: a web page,
 * binary data, a pointer, nothing. NULL when it may be a list. */
const char *kind_of_file(struct span first);

/* What a text is that begins with FIRST and would be read as one name a line, but is
 * something else: YAML, patterns, addresses, XML or JSON of no format that is known.
 * NULL when it may be names. */
const char *kind_of_text(struct span first);

/* The local name of the root element of an XML document that begins with FIRST:
 * what comes before is passed over. Empty when there is none. */
struct span kind_xml_root(struct span first);

#endif
