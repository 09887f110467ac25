// SPDX-License-Identifier: BSD-3-Clause
#include "unpack.h"

#include <lzma.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

#define CUT     "it is compressed and cut short: fetch it again"
#define DAMAGED "it is compressed and damaged: fetch it again"
#define MEMORY  "it is compressed, and unpacking it takes too much memory"

/* zstd: a window of 512 MiB. */
#define WINDOW_LOG_MAX 29

struct unpack {
	const struct packing *packing;
	bool between; /* at the end of a part: another one or nothing may follow */
	union {
		z_stream gzip;
		lzma_stream xz;
		ZSTD_DStream *zstd;
	};
};

struct packing {
	const char *magic;
	size_t magic_len;
	bool (*begin)(struct unpack *u);
	void (*end)(struct unpack *u);
	/* As unpack_step(). */
	const char *(*step)(struct unpack *u, struct span *in, bool last, uint8_t *out,
			    size_t room, size_t *ret_len);
};

static void take(struct span *in, size_t left)
{
	in->data += in->len - left;
	in->len = left;
}

static bool gzip_begin(struct unpack *u)
{
	return inflateInit2(&u->gzip, 15 + 16) ==
	       Z_OK; /* gzip's head, largest window */
}

static void gzip_end(struct unpack *u)
{
	inflateEnd(&u->gzip);
}

static const char *gzip_step(struct unpack *u, struct span *in, bool last, uint8_t *out,
			     size_t room, size_t *ret_len)
{
	z_stream *z = &u->gzip;
	int rc = Z_OK;

	z->next_out = out;
	z->avail_out = (uInt)room;
	z->next_in = (Bytef *)in->data;
	z->avail_in = (uInt)in->len;
	while (rc == Z_OK && z->avail_out > 0 && z->avail_in > 0) {
		if (u->between && inflateReset(z) != Z_OK)
			return MEMORY;
		rc = inflate(z, Z_NO_FLUSH);
		u->between = rc == Z_STREAM_END;
		if (u->between)
			rc = Z_OK;
	}
	*ret_len = room - z->avail_out;
	take(in, z->avail_in);
	if (rc == Z_MEM_ERROR)
		return MEMORY;
	if (rc != Z_OK && rc != Z_BUF_ERROR)
		return DAMAGED;
	return last && in->len == 0 && *ret_len < room && !u->between ? CUT : NULL;
}

static bool xz_begin(struct unpack *u)
{
	u->xz = (lzma_stream)LZMA_STREAM_INIT;
	return lzma_stream_decoder(&u->xz, UNPACK_MEMORY_MAX, LZMA_CONCATENATED) ==
	       LZMA_OK;
}

static void xz_end(struct unpack *u)
{
	lzma_end(&u->xz);
}

static const char *xz_step(struct unpack *u, struct span *in, bool last, uint8_t *out,
			   size_t room, size_t *ret_len)
{
	lzma_stream *x = &u->xz;
	lzma_ret rc = LZMA_OK;

	x->next_out = out;
	x->avail_out = room;
	x->next_in = in->data;
	x->avail_in = in->len;
	while (rc == LZMA_OK && x->avail_out > 0 && (x->avail_in > 0 || last))
		rc = lzma_code(x, last ? LZMA_FINISH : LZMA_RUN);
	*ret_len = room - x->avail_out;
	take(in, x->avail_in);
	if (rc == LZMA_BUF_ERROR)
		return CUT;
	if (rc == LZMA_MEM_ERROR || rc == LZMA_MEMLIMIT_ERROR)
		return MEMORY;
	return rc == LZMA_OK || rc == LZMA_STREAM_END ? NULL : DAMAGED;
}

static bool zstd_begin(struct unpack *u)
{
	u->zstd = ZSTD_createDStream();
	return u->zstd != NULL &&
	       !ZSTD_isError(ZSTD_DCtx_setParameter(u->zstd, ZSTD_d_windowLogMax,
						    WINDOW_LOG_MAX));
}

static void zstd_end(struct unpack *u)
{
	ZSTD_freeDStream(u->zstd);
}

static const char *zstd_step(struct unpack *u, struct span *in, bool last, uint8_t *out,
			     size_t room, size_t *ret_len)
{
	ZSTD_inBuffer from = { in->data, in->len, 0 };
	ZSTD_outBuffer to = { out, room, 0 };
	size_t before, rc = 0;

	/* It may hold back output although it has taken all of the input. */
	do {
		before = to.pos;
		if (u->between && from.pos == from.size)
			break;
		rc = ZSTD_decompressStream(u->zstd, &to, &from);
		if (ZSTD_isError(rc))
			break;
		u->between = rc == 0;
	} while (to.pos < room && (from.pos < from.size || to.pos > before));
	*ret_len = to.pos;
	take(in, from.size - from.pos);
	if (ZSTD_isError(rc))
		return ZSTD_getErrorCode(rc) == ZSTD_error_frameParameter_windowTooLarge
			       ? MEMORY
			       : DAMAGED;
	return last && in->len == 0 && *ret_len < room && !u->between ? CUT : NULL;
}

static const struct packing packings[] = {
	{ "\x1f\x8b", 2, gzip_begin, gzip_end, gzip_step },
	{ "\3757zXZ", 6, xz_begin, xz_end, xz_step },
	{ "\x28\xb5\x2f\xfd", 4, zstd_begin, zstd_end, zstd_step },
};

const struct packing *packing_of(struct span first)
{
	for (size_t i = 0; i < sizeof(packings) / sizeof(packings[0]); i++)
		if (first.len >= packings[i].magic_len &&
		    memcmp(first.data, packings[i].magic, packings[i].magic_len) == 0)
			return &packings[i];
	return NULL;
}

struct unpack *unpack_new(const struct packing *p)
{
	struct unpack *u = calloc(1, sizeof(*u));

	if (u == NULL)
		return NULL;
	u->packing = p;
	if (p->begin(u))
		return u;
	unpack_free(u);
	return NULL;
}

void unpack_free(struct unpack *u)
{
	if (u != NULL)
		u->packing->end(u);
	free(u);
}

const char *unpack_step(struct unpack *u, struct span *in, bool last, uint8_t *out,
			size_t room, size_t *ret_len)
{
	return u->packing->step(u, in, last, out, room, ret_len);
}
