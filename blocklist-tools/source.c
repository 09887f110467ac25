// SPDX-License-Identifier: BSD-3-Clause
#include "source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kind.h"

/* Read at once, less in the fuzz targets, whose inputs shall have several; the buffer
 * also holds the rest of a line that began before. */
#ifndef BLOCK
#define BLOCK ((size_t)1 << 20)
#endif
#define BUFFER (BLOCK + SOURCE_LINE_MAX + 2)
#define PACKED (BLOCK / 4)

int source_error(const struct source *s, uint64_t line, struct err *e,
		 const char *format, ...)
{
	char text[400];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	return err_set(e, ERR_INPUT, "%s:%llu: %s", s->label, (unsigned long long)line,
		       text);
}

static int cannot_read(const struct source *s, struct err *e, const char *why)
{
	return err_set(e, ERR_SYSTEM, "cannot read '%s': %s", s->label, why);
}

/* Number of the line in which the byte AT of the buffer is. */
static uint64_t line_of(const struct source *s, const uint8_t *at)
{
	const uint8_t *p = s->buffer + s->start;
	uint64_t line = s->line + 1;

	while ((p = memchr(p, '\n', (size_t)(at - p))) != NULL) {
		line++;
		p++;
	}
	return line;
}

static int check_text(struct source *s, size_t from, struct err *e)
{
	const uint8_t *zero = memchr(s->buffer + from, 0, s->end - from);

	if (zero == NULL)
		return 0;
	return source_error(s, line_of(s, zero), e,
			    "cannot read the list: binary data");
}

/* Reads up to ROOM bytes of the file to TO; sets *RET_LEN, 0 at its end. */
static int read_raw(struct source *s, uint8_t *to, size_t room, size_t *ret_len,
		    struct err *e)
{
	ssize_t n;

	do
		n = read(s->fd, to, room);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return cannot_read(s, e, strerror(errno));
	s->raw_eof = n == 0;
	s->bytes += (size_t)n;
	*ret_len = (size_t)n;
	if (EVP_DigestUpdate(s->digest, to, (size_t)n) != 1)
		return cannot_read(s, e, "SHA-256 failed");
	return 0;
}

/* As read_raw(), of what is in a compressed file. */
static int read_packed(struct source *s, uint8_t *to, size_t room, size_t *ret_len,
		       struct err *e)
{
	const char *why;

	for (;;) {
		size_t n = 0;

		if (s->packed_rest.len == 0 && !s->raw_eof) {
			int rc = read_raw(s, s->packed, PACKED, &n, e);

			if (rc != 0)
				return rc;
			s->packed_rest = (struct span){ s->packed, n };
		}
		why = unpack_step(s->unpack, &s->packed_rest, s->raw_eof, to, room,
				  ret_len);
		if (why != NULL)
			return err_set(e, ERR_INPUT, "cannot read '%s': %s", s->label,
				       why);
		if (*ret_len > 0 || s->raw_eof)
			return 0;
	}
}

/* Reads until a block is full or the file ends. */
static int fill(struct source *s, struct err *e)
{
	size_t from, n;

	memmove(s->buffer, s->buffer + s->start, s->end - s->start);
	s->end -= s->start;
	s->start = 0;
	from = s->end;
	while (!s->eof && s->end - from < BLOCK) {
		size_t room = BLOCK - (s->end - from);
		int rc = s->unpack == NULL
				 ? read_raw(s, s->buffer + s->end, room, &n, e)
				 : read_packed(s, s->buffer + s->end, room, &n, e);

		if (rc != 0)
			return rc;
		s->eof = n == 0;
		s->end += n;
	}
	return 0;
}

/* What was read of a compressed file so far is to be unpacked first. */
static int begin_unpacking(struct source *s, const struct packing *p, struct err *e)
{
	size_t room = s->end > PACKED ? s->end : PACKED;

	s->unpack = unpack_new(p);
	s->packed = malloc(room);
	if (s->unpack == NULL || s->packed == NULL)
		return cannot_read(s, e, strerror(ENOMEM));
	memcpy(s->packed, s->buffer, s->end);
	s->packed_rest = (struct span){ s->packed, s->end };
	s->end = 0;
	s->eof = false;
	return fill(s, e);
}

static int open_file(struct source *s, struct err *e)
{
	struct stat st;

	if (strcmp(s->path, "-") == 0) {
		s->fd = STDIN_FILENO;
		s->label = "standard input";
	} else {
		s->fd = open(s->path, O_RDONLY | O_CLOEXEC);
		s->closing = s->fd >= 0;
	}
	if (s->fd < 0)
		return err_set(e, ERR_SYSTEM, "cannot open '%s': %s", s->label,
			       strerror(errno));
	if (fstat(s->fd, &st) == 0 && S_ISDIR(st.st_mode))
		return cannot_read(s, e, strerror(EISDIR));
	return 0;
}

int source_open(struct source *s, const char *path, struct err *e)
{
	const struct packing *packing;
	const char *why;
	int rc;

	*s = (struct source){ .path = path, .label = path, .fd = -1 };
	rc = open_file(s, e);
	if (rc != 0)
		return rc;
	s->buffer = malloc(BUFFER);
	s->digest = EVP_MD_CTX_new();
	if (s->buffer == NULL || s->digest == NULL)
		return cannot_read(s, e, strerror(ENOMEM));
	if (EVP_DigestInit_ex(s->digest, EVP_sha256(), NULL) != 1)
		return cannot_read(s, e, "SHA-256 failed");
	rc = fill(s, e);
	packing = packing_of(source_peek(s));
	if (rc == 0 && packing != NULL)
		rc = begin_unpacking(s, packing, e);
	if (rc != 0)
		return rc;
	if (s->end >= 3 && memcmp(s->buffer, "\xef\xbb\xbf", 3) == 0)
		s->start = 3;
	why = kind_of_file(source_peek(s));
	if (why != NULL)
		return err_set(e, ERR_INPUT, "cannot read '%s': %s", s->label, why);
	return check_text(s, s->start, e);
}

void source_release(struct source *s)
{
	if (s->closing)
		close(s->fd);
	free(s->buffer);
	free(s->packed);
	unpack_free(s->unpack);
	EVP_MD_CTX_free(s->digest);
	*s = (struct source){ .fd = -1 };
}

struct span source_peek(const struct source *s)
{
	return (struct span){ s->buffer + s->start, s->end - s->start };
}

/* The LF that ends the next line, reading on where needed; NULL in *RET_LF for a
 * last line without one. */
static int find_lf(struct source *s, const uint8_t **ret_lf, struct err *e)
{
	for (;;) {
		size_t have = s->end - s->start;
		size_t look = have <= SOURCE_LINE_MAX + 2 ? have : SOURCE_LINE_MAX + 2;
		int rc;

		*ret_lf = memchr(s->buffer + s->start, '\n', look);
		if (*ret_lf != NULL || (s->eof && look == have))
			return 0;
		if (look == SOURCE_LINE_MAX + 2)
			return source_error(s, s->line + 1, e,
					    "cannot read the list: line longer than "
					    "%d bytes",
					    SOURCE_LINE_MAX);
		rc = fill(s, e);
		if (rc == 0)
			rc = check_text(s, have, e);
		if (rc != 0)
			return rc;
	}
}

int source_line(struct source *s, struct span *line, struct err *e)
{
	const uint8_t *lf;
	int rc = find_lf(s, &lf, e);
	size_t len, next;

	if (rc != 0)
		return rc;
	if (lf == NULL && s->start == s->end)
		return 0;
	len = lf == NULL ? s->end - s->start : (size_t)(lf - s->buffer) - s->start;
	next = s->start + len + (lf != NULL);
	s->unterminated = lf == NULL;
	if (len > 0 && s->buffer[s->start + len - 1] == '\r')
		len--;
	if (len > SOURCE_LINE_MAX)
		return source_error(s, s->line + 1, e,
				    "cannot read the list: line longer than %d bytes",
				    SOURCE_LINE_MAX);
	*line = (struct span){ s->buffer + s->start, len };
	s->start = next;
	s->line++;
	return 1;
}

int source_block(struct source *s, struct span *block, struct err *e)
{
	const uint8_t *p = s->buffer + s->start - s->block, *end = p + s->block;
	int rc = 0;

	while (p < end && (p = memchr(p, '\n', (size_t)(end - p))) != NULL) {
		s->line++;
		p++;
	}
	s->block = 0;
	if (s->start == s->end && !s->eof) {
		rc = fill(s, e);
		if (rc == 0)
			rc = check_text(s, s->start, e);
	}
	if (rc != 0)
		return rc;
	*block = source_peek(s);
	s->block = block->len;
	s->start = s->end;
	return block->len > 0;
}

int source_digest(struct source *s, uint8_t digest[static SOURCE_DIGEST], struct err *e)
{
	if (EVP_DigestFinal_ex(s->digest, digest, NULL) != 1)
		return cannot_read(s, e, "SHA-256 failed");
	return 0;
}
