// SPDX-License-Identifier: BSD-3-Clause
/* The bytes of a list: a file or standard input, line by line, with the digest
 * of all of it. What is no list at all (a web page, packed or binary data, a
 * pointer to a file that is elsewhere, nothing) is an error, not lines. */
#ifndef PALANG_SOURCE_H
#define PALANG_SOURCE_H

#include <openssl/evp.h>
#include <stdbool.h>
#include <stdint.h>

#include "bytes.h"
#include "err.h"

/* A longer line ends the reading, and no more than this is kept of one. */
#define SOURCE_LINE_MAX 65536

#define SOURCE_DIGEST 32 /* SHA-256 */

struct source {
	const char *path;  /* as given; borrowed */
	const char *label; /* for messages */
	int fd;
	EVP_MD_CTX *digest;
	uint8_t *buffer;
	size_t start, end; /* what is not handed out yet */
	bool eof, closing;
	bool unterminated; /* the last line had no LF */
	uint64_t line;     /* number of the line handed out last, from 1 */
	uint64_t bytes;    /* read so far */
};

/* Opens PATH ("-" is standard input) and reads its first block, without a
 * leading UTF-8 byte order mark. Returns 0, ERR_SYSTEM or ERR_INPUT; whatever
 * it returns, source_release() follows. */
int source_open(struct source *s, const char *path, struct err *e);
void source_release(struct source *s);

/* What was read and not yet handed out; all of the first block after
 * source_open(). Valid until the next call. */
struct span source_peek(const struct source *s);

/* The next line without its LF or CRLF, valid until the next call. Returns 1, 0
 * at the end, or ERR_SYSTEM, ERR_INPUT. */
int source_line(struct source *s, struct span *line, struct err *e);

/* The digest of all bytes, once source_line() has returned 0. */
int source_digest(struct source *s, uint8_t digest[static SOURCE_DIGEST],
		  struct err *e);

/* Fills E with "LABEL:LINE: ..." and returns ERR_INPUT. */
int source_error(const struct source *s, uint64_t line, struct err *e,
		 const char *format, ...) __attribute__((format(printf, 4, 5)));

#endif
