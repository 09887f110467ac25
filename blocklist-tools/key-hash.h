// SPDX-License-Identifier: BSD-3-Clause
/* A hash of a name's key, for tables in memory. */
#ifndef PALANG_KEY_HASH_H
#define PALANG_KEY_HASH_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

static inline uint64_t key_hash_load(const uint8_t *at, size_t len)
{
	uint64_t word = 0;

	for (size_t i = 0; i < len; i++)
		word = word << 8 | at[i];
	return word;
}

static inline uint64_t key_hash_mix(uint64_t h, uint64_t word)
{
	h = (h ^ word) * 0xff51afd7ed558ccdu;
	return h ^ h >> 32;
}

static inline uint32_t key_hash(const uint8_t *key, size_t len)
{
	uint64_t h = len * 0x9e3779b97f4a7c15u, word;
	size_t at = 0;

	if (len < 8)
		return (uint32_t)key_hash_mix(h, key_hash_load(key, len));
	for (; at + 8 < len; at += 8) {
		memcpy(&word, key + at, 8);
		h = key_hash_mix(h, word);
	}
	memcpy(&word, key + len - 8, 8); /* may overlap the one before */
	return (uint32_t)key_hash_mix(h, word);
}

#endif
