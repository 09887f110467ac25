// SPDX-License-Identifier: BSD-3-Clause
/* The bytes of a list: a file or standard input, unpacked where it is compressed,
 * line by line or block by block, with the digest of the file as it is. What is no
 * list at all (a web page, binary data, a pointer to a file that is elsewhere,
 * nothing) is an error, not lines. */
#ifndef PALANG_SOURCE_H
#define PALANG_SOURCE_H

#include <openssl/evp.h>
#include <stdbool.h>
#include <stdint.h>

#include "bytes.h"
#include "err.h"
#include "unpack.h"

/* A longer line ends the reading, and no more than this is kept of one. */
#define SOURCE_LINE_MAX 65536

#define SOURCE_DIGEST 32 /* SHA-256 */

struct source {
	const char *path;  /* as given; borrowed */
	const char *label; /* for messages */
	int fd;
	EVP_MD_CTX *digest;
	struct unpack *unpack; /* NULL: not compressed */
	uint8_t *packed;       /* compressed bytes, and which are not unpacked yet */
	struct span packed_rest;
	uint8_t *buffer;
	size_t start, end; /* what is not handed out yet */
	size_t block;      /* bytes before `start` whose lines are not counted yet */
	bool raw_eof;      /* of the file */
	bool eof, closing; /* of what is in it */
	bool unterminated; /* the last line had no LF */
	uint64_t line;     /* number of the line handed out last, from 1 */
	uint64_t bytes;    /* of the file, read so far */
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

/* Instead of lines: the next block of any size, valid until the next call. `line` is
 * then how many lines ended before it. Returns as source_line(). */
int source_block(struct source *s, struct span *block, struct err *e);

/* The digest of all bytes of the file, once source_line() or source_block() has
 * returned 0. */
int source_digest(struct source *s, uint8_t digest[static SOURCE_DIGEST],
		  struct err *e);

/* Fills E with "LABEL:LINE: ..." and returns ERR_INPUT. */
int source_error(const struct source *s, uint64_t line, struct err *e,
		 const char *format, ...) __attribute__((format(printf, 4, 5)));

#endif
