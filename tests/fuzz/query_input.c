// SPDX-License-Identifier: BSD-3-Clause
#include "query_input.h"

#include <ctype.h>
#include <string.h>

#define NAMES_KEPT 32

static const uint8_t *at, *end;
static struct wire_name kept[NAMES_KEPT];
static unsigned kept_count;

void input_begin(const uint8_t *data, size_t size)
{
	static const uint8_t nothing;

	at = size == 0 ? &nothing : data;
	end = at + size;
}

bool input_ended(void)
{
	return at == end;
}

uint8_t input_u8(void)
{
	return at < end ? *at++ : 0;
}

uint16_t input_u16(void)
{
	unsigned high = input_u8();

	return (uint16_t)(high << 8 | input_u8());
}

uint32_t input_u32(void)
{
	uint32_t high = input_u16();

	return high << 16 | input_u16();
}

unsigned input_below(unsigned n)
{
	return input_u8() % n;
}

const uint8_t *input_data(size_t len, size_t *ret_len)
{
	const uint8_t *data = at;

	*ret_len = len < (size_t)(end - at) ? len : (size_t)(end - at);
	at += *ret_len;
	return data;
}

/* Puts a label in front, if there is room. */
static void add_label(struct wire_name *n, const void *label, size_t len)
{
	if (len == 0 || len > 63 || n->len + 1 + len > sizeof(n->data))
		return;
	memmove(n->data + 1 + len, n->data, n->len);
	n->data[0] = (uint8_t)len;
	memcpy(n->data + 1, label, len);
	n->len += 1 + len;
}

static void remove_label(struct wire_name *n)
{
	size_t len = n->data[0];

	if (len == 0)
		return;
	n->len -= 1 + len;
	memmove(n->data, n->data + 1 + len, n->len);
}

/* A label of few, so that names meet, or any. */
static void add_some_label(struct wire_name *n)
{
	static const char *const words[] = {
		"example",
		"test",
		"www",
		"a",
		"b",
		"ads",
		"\1\2\377",
		"sixty-three-octets-are-the-most-that-one-label-can-hold-of-it-0",
	};
	uint8_t b = input_u8();
	const uint8_t *any;
	size_t len;

	if (b < 0xf0) {
		add_label(n, words[b % 8], strlen(words[b % 8]));
		return;
	}
	any = input_data(b == 0xf0 ? 63 : b & 15, &len);
	add_label(n, any, len);
}

static void flip_case(struct wire_name *n, uint8_t mask)
{
	for (size_t i = 0, next = 0; i < n->len; i++) {
		if (i == next)
			next += 1u + n->data[i];
		else if ((mask >> i % 7 & 1) != 0)
			n->data[i] =
				(uint8_t)(isupper(n->data[i]) ? tolower(n->data[i])
							      : toupper(n->data[i]));
	}
}

struct wire_name input_name(void)
{
	uint8_t how = input_u8();
	struct wire_name n = { .len = 1 };

	if (how < 0xc0 || kept_count == 0) {
		for (unsigned i = how == 0xbf ? 127 : how & 7; i > 0; i--)
			add_some_label(&n);
	} else {
		n = kept[input_u8() % kept_count];
		if ((how & 3) == 1)
			add_some_label(&n);
		else if ((how & 3) == 2)
			remove_label(&n);
	}
	if ((how & 0x20) != 0)
		flip_case(&n, input_u8());
	if (kept_count < NAMES_KEPT)
		kept[kept_count++] = n;
	return n;
}

void names_forget(void)
{
	kept_count = 0;
}
