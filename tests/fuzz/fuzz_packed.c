// SPDX-License-Identifier: BSD-3-Clause
/* Any bytes as a list, packed here: it reads as it does unpacked, in as many parts as
 * it likes; cut or damaged it does no harm. The first bytes of an input say how. */
#include <lzma.h>
#include <zlib.h>
#include <zstd.h>

#include "fuzz_format.h"

#define LIST_MAX   8192
#define PACKED_MAX 65536
#define HEAD       4 /* which packing, where parts meet, and what becomes of it */

static size_t pack_gzip(uint8_t *to, size_t room, const uint8_t *data, size_t size)
{
	z_stream z = {
		.next_in = (Bytef *)data,
		.avail_in = (uInt)size,
		.next_out = to,
		.avail_out = (uInt)room,
	};

	require(deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) ==
		Z_OK);
	require(deflate(&z, Z_FINISH) == Z_STREAM_END);
	deflateEnd(&z);
	return z.total_out;
}

static size_t pack_xz(uint8_t *to, size_t room, const uint8_t *data, size_t size)
{
	size_t len = 0;

	require(lzma_easy_buffer_encode(0, LZMA_CHECK_CRC32, NULL, data, size, to, &len,
					room) == LZMA_OK);
	return len;
}

static size_t pack_zstd(uint8_t *to, size_t room, const uint8_t *data, size_t size)
{
	size_t len = ZSTD_compress(to, room, data, size, 1);

	require(!ZSTD_isError(len));
	return len;
}

typedef size_t packer(uint8_t *to, size_t room, const uint8_t *data, size_t size);
static packer *const packers[] = { pack_gzip, pack_xz, pack_zstd };

static bool same(const struct report *a, const struct report *b)
{
	return a->format == b->format && a->lines == b->lines &&
	       a->skipped == b->skipped && a->names == b->names &&
	       a->accepted == b->accepted && a->local == b->local &&
	       a->joined == b->joined && a->lifted == b->lifted &&
	       a->unterminated == b->unterminated && a->starred == b->starred &&
	       memcmp(a->refused, b->refused, sizeof(a->refused)) == 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t packed[PACKED_MAX];
	struct report plain, unpacked;
	packer *pack;
	size_t part, len;
	int rc;

	if (size < HEAD || size > LIST_MAX)
		return 0;
	pack = packers[data[0] % (sizeof(packers) / sizeof(packers[0]))];
	part = (size - HEAD) * data[1] / 256;
	len = part > 0 ? pack(packed, PACKED_MAX, data + HEAD, part) : 0;
	len += pack(packed + len, PACKED_MAX - len, data + HEAD + part,
		    size - HEAD - part);
	switch (data[2] & 3) {
	case 1:
		(void)fuzz_list(-1, packed, len * data[3] / 256, &unpacked);
		return 0;
	case 2:
		packed[len * data[3] / 256] ^= data[2];
		(void)fuzz_list(-1, packed, len, &unpacked);
		return 0;
	default:
		break;
	}
	rc = fuzz_list(-1, data + HEAD, size - HEAD, &plain);
	/* One that is packed already is not unpacked twice. */
	if (packing_of((struct span){ data + HEAD, size - HEAD }) == NULL)
		require(fuzz_list(-1, packed, len, &unpacked) == rc &&
			(rc != 0 || same(&plain, &unpacked)));
	return 0;
}
