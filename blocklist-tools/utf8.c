// SPDX-License-Identifier: BSD-3-Clause
#include "utf8.h"

#include <string.h>

size_t utf8_decode(const uint8_t *s, size_t len, uint32_t *ret_c)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t n;
	uint32_t c;

	if (len == 0)
		return 0;
	c = s[0];
	if (c < 0x80) {
		*ret_c = c;
		return 1;
	}
	n = c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : 2;
	if (c < 0xc2 || c > 0xf4 || n > len)
		return 0;
	c &= 0x7fu >> n;
	for (size_t i = 1; i < n; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (s[i] & 0x3f);
	}
	if (c < least[n] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
		return 0;
	*ret_c = c;
	return n;
}

static bool control(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0);
}

/* Code points that Unicode keeps free of characters for ever. */
static bool no_character(uint32_t c)
{
	return (c & 0xfffe) == 0xfffe || (c >= 0xfdd0 && c <= 0xfdef);
}

bool utf8_printable(struct span text)
{
	for (size_t at = 0; at < text.len;) {
		uint32_t c = text.data[at];
		size_t n = 1;

		if (c >= 0x80)
			n = utf8_decode(text.data + at, text.len - at, &c);
		if (n == 0 || control(c) || no_character(c))
			return false;
		at += n;
	}
	return true;
}

/* Characters that show nothing or turn the text around. */
static bool hidden(uint32_t c)
{
	return c == 0xad || c == 0x61c || (c >= 0x200b && c <= 0x200f) ||
	       (c >= 0x2028 && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f) ||
	       c == 0xfeff || (c >= 0xfff0 && c <= 0xfffb) || c >= 0xe0000 ||
	       no_character(c);
}

const char *utf8_safe(char out[static UTF8_SAFE_MAX], struct span text)
{
	static const char hex[] = "0123456789abcdef";
	size_t used = 0;

	for (size_t at = 0; at < text.len;) {
		uint32_t c = 0;
		size_t n = utf8_decode(text.data + at, text.len - at, &c);
		bool show = n > 0 && !control(c) && !hidden(c);
		size_t bytes = n > 0 ? n : 1;

		if (used + (show ? n : 4 * bytes) > UTF8_SAFE_MAX - 4) {
			memcpy(out + used, "...", 3);
			used += 3;
			break;
		}
		for (size_t i = 0; i < bytes; i++) {
			uint8_t b = text.data[at + i];

			if (show) {
				out[used++] = (char)b;
				continue;
			}
			out[used++] = '\\';
			out[used++] = 'x';
			out[used++] = hex[b >> 4];
			out[used++] = hex[b & 15];
		}
		at += bytes;
	}
	out[used] = '\0';
	return out;
}
