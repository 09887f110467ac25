// SPDX-License-Identifier: BSD-3-Clause
/* A cursor over bytes with a latched error: after the first read or write that
 * does not fit, every further one does nothing, and `failed` tells. So a record
 * is encoded or decoded in a straight line and checked once at its end.
 *
 * Integers are big-endian; `varuint` is base 128, least significant group
 * first, the top bit of a byte saying that another follows (at most 5 bytes);
 * `text` is a u16 length and that many bytes. These are the conventions of
 * palang-store(5). */
#ifndef PALANG_BYTES_H
#define PALANG_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bytes {
	uint8_t *at;
	uint8_t *end;
	bool failed;
};

/* A borrowed run of bytes; of text when it says so. Not terminated. */
struct span {
	const uint8_t *data;
	size_t len;
};

struct bytes bytes_over(void *data, size_t len);
/* For reading only: nothing is written through the cursor. */
struct bytes bytes_from(const void *data, size_t len);
size_t bytes_left(const struct bytes *b);

void put_u8(struct bytes *b, uint8_t v);
void put_u16(struct bytes *b, uint16_t v);
void put_u32(struct bytes *b, uint32_t v);
void put_u64(struct bytes *b, uint64_t v);
void put_varuint(struct bytes *b, uint32_t v);
void put_data(struct bytes *b, const void *data, size_t len);
void put_text(struct bytes *b, struct span text);

uint8_t get_u8(struct bytes *b);
uint16_t get_u16(struct bytes *b);
uint32_t get_u32(struct bytes *b);
uint64_t get_u64(struct bytes *b);
uint32_t get_varuint(struct bytes *b);
/* Points into what the cursor reads. */
struct span get_data(struct bytes *b, size_t len);
struct span get_text(struct bytes *b);

/* The span of a C string; of nothing when S is NULL. */
struct span span_of(const char *s);
bool span_equal(struct span a, struct span b);

#endif
