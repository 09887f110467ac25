// SPDX-License-Identifier: BSD-3-Clause
/* One label between Unicode and its ASCII form (IDNA2008 after the mapping of
 * UTS 46, non-transitional, without the STD3 rules: `_` is allowed). */
#ifndef PALANG_IDN_H
#define PALANG_IDN_H

#include "name.h"
#include "refusal.h"

/* A label in UTF-8 that is longer than this has no ASCII form. */
#define IDN_UTF8_MAX 1024

/* Writes the ASCII form of the LEN bytes of UTF-8 (no NUL) at LABEL to OUT and its
 * length to *RET_LEN. Returns REFUSED_NOT, _IDNA, _LABEL_LENGTH or _EMPTY_LABEL. */
enum refusal idn_encode(const uint8_t *label, size_t len,
			uint8_t out[static NAME_LABEL_MAX], size_t *ret_len);

/* True when a label that begins with "xn--" is what idn_encode() makes of the
 * Unicode label it stands for. */
bool idn_round_trip(const uint8_t *label, size_t len);

#endif
