// SPDX-License-Identifier: BSD-3-Clause
/* A domain name as a key of the store.
 *
 * The key holds the labels from the root down, ASCII letters in lower case, each
 * label closed by 0x00; inside a label 0x00 is written 01 01 and 0x01 is written
 * 01 02, so that 0x00 only ever ends a label. Two names are equal exactly when
 * their keys are; a parent's key is a byte prefix of its children's keys; memcmp
 * order is the canonical order of RFC 4034, section 6.1. The root has the empty
 * key.
 *
 *   www.Example.com.  ->  63 6f 6d 00 65 78 61 6d 70 6c 65 00 77 77 77 00 */
#ifndef PALANG_NAME_H
#define PALANG_NAME_H

#include <endian.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* 255 octets on the wire leave 250 octets in 4 labels at the least; with every
 * octet escaped that is 504 bytes, which fits LMDB's 511. */
#define NAME_KEY_MAX    504
#define NAME_WIRE_MAX   255
#define NAME_LABEL_MAX  63
#define NAME_LABELS_MAX 127
/* Longest text of a name, every octet as \DDD, with the final dot and NUL. */
#define NAME_TEXT_MAX 1009

struct name {
	uint16_t len;
	uint8_t key[NAME_KEY_MAX];
};

/* The key of a name in uncompressed wire format (RFC 1035, section 3.1) of which
 * at most LEN octets may be read. Returns false when it is not a whole name:
 * cut, compressed, or longer than 255 octets. */
bool name_from_wire(struct name *n, const uint8_t *wire, size_t len);

/* Adds one label below N: LEN raw octets, 1..63, any letter case. Returns false,
 * N unchanged, when the name would be longer than 255 octets on the wire. */
bool name_add_label(struct name *n, const uint8_t *label, size_t len);

/* The wire format of a key, written to WIRE; returns its length, 0 when the key
 * is not well formed. */
size_t name_to_wire(uint8_t wire[static NAME_WIRE_MAX], const uint8_t *key, size_t len);

/* The key as text in master file form (RFC 1035, section 5.1) without the final
 * dot, "." for the root; octets outside printable ASCII as \DDD. Returns TEXT. */
const char *name_to_text(char text[static NAME_TEXT_MAX], const uint8_t *key,
			 size_t len);

/* Number of labels in a key, the root not counted. */
unsigned name_labels(const uint8_t *key, size_t len);

/* Length of the longest key that is A, B, or an ancestor of both. */
size_t name_common(const uint8_t *a, size_t a_len, const uint8_t *b, size_t b_len);

/* The order of keys: memcmp() of what both have, then the shorter first. It is
 * LMDB's own order, so the files are as any other program would write them. A
 * look-up in a million names compares about twenty times: that it is done here,
 * eight bytes at a time and without a call, saves an eighth of its instructions. */
static inline int name_compare(const uint8_t *a, size_t a_len, const uint8_t *b,
			       size_t b_len)
{
	size_t n = a_len < b_len ? a_len : b_len;

	for (; n >= 8; n -= 8, a += 8, b += 8) {
		uint64_t x, y;

		memcpy(&x, a, 8);
		memcpy(&y, b, 8);
		if (x != y)
			return be64toh(x) < be64toh(y) ? -1 : 1;
	}
	for (; n > 0; n--, a++, b++)
		if (*a != *b)
			return *a < *b ? -1 : 1;
	return (a_len > b_len) - (a_len < b_len);
}

/* Length of the parent's key; 0 for a name directly below the root. */
size_t name_parent(const uint8_t *key, size_t len);

/* True when KEY is a well-formed key. */
bool name_valid(const uint8_t *key, size_t len);

#endif
