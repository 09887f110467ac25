// SPDX-License-Identifier: BSD-3-Clause
#include "source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

/* Read at once; the buffer also holds the rest of a line that began before. */
#define BLOCK  ((size_t)1 << 20)
#define BUFFER (BLOCK + SOURCE_LINE_MAX + 2)

#define PACKED(tool) "it is compressed: " tool " -dc FILE | palang compile -"

/* What a file that is no list begins with. */
static const struct {
	const char *bytes;
	size_t len;
	const char *what;
} magics[] = {
	{ "\x1f\x8b", 2, PACKED("gzip") },
	{ "\3757zXZ", 5, PACKED("xz") },
	{ "\x28\xb5\x2f\xfd", 4, PACKED("zstd") },
	{ "BZh", 3, PACKED("bzip2") },
	{ "PK\x03\x04", 4, "a ZIP archive, not a list" },
	{ "%PDF-", 5, "a PDF document, not a list" },
	{ "\xff\xfe", 2, "UTF-16 text: convert it to UTF-8 first" },
	{ "\xfe\xff", 2, "UTF-16 text: convert it to UTF-8 first" },
	{ "version https://git-lfs.github.com/spec/", 40,
	  "a Git LFS pointer, not the list it stands for" },
};

static const char *const page_starts[] = {
	"<!doctype", "<html", "<?xml", "<!--", "<head", "<body", "<title", "<center",
};

static bool is_page(struct span first)
{
	size_t at = 0;

	while (at < first.len && memchr(" \t\r\n\f\v", first.data[at], 6) != NULL)
		at++;
	for (size_t i = 0; i < sizeof(page_starts) / sizeof(page_starts[0]); i++) {
		size_t len = strlen(page_starts[i]);

		if (first.len - at >= len && strncasecmp((const char *)first.data + at,
							 page_starts[i], len) == 0)
			return true;
	}
	return false;
}

/* What makes the file no list, or NULL. */
static const char *no_list(struct span first)
{
	if (first.len == 0)
		return "an empty file";
	for (size_t i = 0; i < sizeof(magics) / sizeof(magics[0]); i++)
		if (first.len >= magics[i].len &&
		    memcmp(first.data, magics[i].bytes, magics[i].len) == 0)
			return magics[i].what;
	return is_page(first) ? "an HTML page, not a list" : NULL;
}

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

/* Reads until a block is full or the file ends. */
static int fill(struct source *s, struct err *e)
{
	size_t from;

	memmove(s->buffer, s->buffer + s->start, s->end - s->start);
	s->end -= s->start;
	s->start = 0;
	from = s->end;
	while (!s->eof && s->end - from < BLOCK) {
		ssize_t n = read(s->fd, s->buffer + s->end, BLOCK - (s->end - from));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return cannot_read(s, e, strerror(errno));
		s->eof = n == 0;
		s->end += (size_t)n;
	}
	s->bytes += s->end - from;
	if (EVP_DigestUpdate(s->digest, s->buffer + from, s->end - from) != 1)
		return cannot_read(s, e, "SHA-256 failed");
	return 0;
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
	if (rc != 0)
		return rc;
	if (s->end >= 3 && memcmp(s->buffer, "\xef\xbb\xbf", 3) == 0)
		s->start = 3;
	why = no_list(source_peek(s));
	if (why != NULL)
		return err_set(e, ERR_INPUT, "cannot read '%s': %s", s->label, why);
	return check_text(s, s->start, e);
}

void source_release(struct source *s)
{
	if (s->closing)
		close(s->fd);
	free(s->buffer);
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

int source_digest(struct source *s, uint8_t digest[static SOURCE_DIGEST], struct err *e)
{
	if (EVP_DigestFinal_ex(s->digest, digest, NULL) != 1)
		return cannot_read(s, e, "SHA-256 failed");
	return 0;
}
