// SPDX-License-Identifier: BSD-3-Clause
/* Text that strangers wrote: decoding it, and showing it safely. */
#ifndef PALANG_UTF8_H
#define PALANG_UTF8_H

#include <stdbool.h>
#include <stdint.h>

#include "bytes.h"

/* Decodes one character of the LEN bytes at S. Returns how many bytes it takes,
 * 0 when they are not UTF-8 (RFC 3629) or LEN is 0. */
size_t utf8_decode(const uint8_t *s, size_t len, uint32_t *ret_c);

/* True when TEXT is UTF-8 without control characters (C0, DEL, C1) and without the
 * noncharacters, which I-JSON (RFC 7493) must not have. */
bool utf8_printable(struct span text);

/* Room for a text made by utf8_safe(). */
#define UTF8_SAFE_MAX 208

/* TEXT for a terminal: bytes that are not UTF-8, control characters and those
 * that change the direction of writing or cannot be seen become \xHH, and what
 * does not fit is cut and marked with "...". Always valid UTF-8. Returns OUT. */
const char *utf8_safe(char out[static UTF8_SAFE_MAX], struct span text);

#endif
