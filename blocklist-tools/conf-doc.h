// SPDX-License-Identifier: BSD-3-Clause
/* palang.conf as a YAML document: what libcyaml, which fills the structs, cannot tell
 * of a mistake is the line. So the document is checked against the table first. */
#ifndef PALANG_CONF_DOC_H
#define PALANG_CONF_DOC_H

#include <yaml.h>

#include "conf.h"

struct conf_doc {
	yaml_document_t yaml;
	bool loaded;
	const char *path; /* for messages; borrowed */
};

/* Parses TEXT. Returns 0 or ERR_INPUT; conf_doc_release() follows in either case. */
int conf_doc_parse(struct conf_doc *d, const char *path, const char *text, size_t len,
		   struct err *e);
void conf_doc_release(struct conf_doc *d);

/* Whether all that is in the document is in the table: every key known and given once,
 * every value what its key takes. Returns 0 or ERR_INPUT, which names the line. */
int conf_doc_check(struct conf_doc *d, struct err *e);

/* Fills E with "FILE:LINE: ..." and returns ERR_INPUT. The line is that of KEY in entry
 * INDEX of the list SECTION; of what is there when there is no such key. */
int conf_doc_error(struct conf_doc *d, const char *section, unsigned index,
		   const char *key, struct err *e, const char *format, ...)
	__attribute__((format(printf, 6, 7)));

#endif
