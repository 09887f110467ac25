// SPDX-License-Identifier: BSD-3-Clause
#include "bytes.h"

#include <endian.h>
#include <string.h>

struct bytes bytes_over(void *data, size_t len)
{
	/* Of nothing, DATA may be NULL, to which C adds nothing, not even 0. */
	return (struct bytes){ .at = data,
			       .end = len == 0 ? data : (uint8_t *)data + len };
}

struct bytes bytes_from(const void *data, size_t len)
{
	return bytes_over((void *)(uintptr_t)data, len);
}

size_t bytes_left(const struct bytes *b)
{
	return (size_t)(b->end - b->at);
}

/* Claims LEN bytes, or latches the error and returns NULL. */
static uint8_t *claim(struct bytes *b, size_t len)
{
	uint8_t *at = b->at;

	if (b->failed || bytes_left(b) < len) {
		b->failed = true;
		return NULL;
	}
	b->at += len;
	return at;
}

void put_u8(struct bytes *b, uint8_t v)
{
	put_data(b, &v, sizeof(v));
}

void put_u16(struct bytes *b, uint16_t v)
{
	v = htobe16(v);
	put_data(b, &v, sizeof(v));
}

void put_u32(struct bytes *b, uint32_t v)
{
	v = htobe32(v);
	put_data(b, &v, sizeof(v));
}

void put_u64(struct bytes *b, uint64_t v)
{
	v = htobe64(v);
	put_data(b, &v, sizeof(v));
}

void put_varuint(struct bytes *b, uint32_t v)
{
	for (; v >= 0x80; v >>= 7)
		put_u8(b, (uint8_t)(v | 0x80));
	put_u8(b, (uint8_t)v);
}

void put_data(struct bytes *b, const void *data, size_t len)
{
	uint8_t *at = claim(b, len);

	if (at != NULL && len > 0)
		memcpy(at, data, len);
}

void put_text(struct bytes *b, struct span text)
{
	if (text.len > UINT16_MAX)
		b->failed = true;
	put_u16(b, (uint16_t)text.len);
	put_data(b, text.data, text.len);
}

uint8_t get_u8(struct bytes *b)
{
	const uint8_t *at = claim(b, 1);

	return at == NULL ? 0 : *at;
}

uint16_t get_u16(struct bytes *b)
{
	const uint8_t *at = claim(b, sizeof(uint16_t));
	uint16_t v = 0;

	if (at != NULL)
		memcpy(&v, at, sizeof(v));
	return be16toh(v);
}

uint32_t get_u32(struct bytes *b)
{
	const uint8_t *at = claim(b, sizeof(uint32_t));
	uint32_t v = 0;

	if (at != NULL)
		memcpy(&v, at, sizeof(v));
	return be32toh(v);
}

uint64_t get_u64(struct bytes *b)
{
	const uint8_t *at = claim(b, sizeof(uint64_t));
	uint64_t v = 0;

	if (at != NULL)
		memcpy(&v, at, sizeof(v));
	return be64toh(v);
}

uint32_t get_varuint(struct bytes *b)
{
	uint64_t v = 0;

	for (unsigned shift = 0; shift < 35; shift += 7) {
		uint8_t byte = get_u8(b);

		v |= (uint64_t)(byte & 0x7f) << shift;
		if ((byte & 0x80) == 0) {
			if (v > UINT32_MAX)
				b->failed = true;
			return b->failed ? 0 : (uint32_t)v;
		}
	}
	b->failed = true;
	return 0;
}

struct span get_data(struct bytes *b, size_t len)
{
	const uint8_t *at = claim(b, len);

	return at == NULL ? (struct span){ 0 } : (struct span){ at, len };
}

struct span get_text(struct bytes *b)
{
	return get_data(b, get_u16(b));
}

struct span span_of(const char *s)
{
	return (struct span){ (const uint8_t *)s, s == NULL ? 0 : strlen(s) };
}

bool span_equal(struct span a, struct span b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}
