// SPDX-License-Identifier: BSD-3-Clause
#include "name.h"

#include <stdio.h>
#include <string.h>

static uint8_t lower(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? (uint8_t)(c + ('a' - 'A')) : c;
}

/* Writes one label's key form; the caller has made sure that it fits. */
static uint8_t *write_label(uint8_t *out, const uint8_t *label, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		uint8_t c = label[i];

		if (c <= 0x01) {
			*out++ = 0x01;
			*out++ = (uint8_t)(c + 1);
		} else {
			*out++ = lower(c);
		}
	}
	*out++ = 0x00;
	return out;
}

bool name_from_wire(struct name *n, const uint8_t *wire, size_t len)
{
	uint8_t at[NAME_LABELS_MAX + 1]; /* one more: a name may prove too long */
	unsigned labels = 0;
	size_t pos = 0;
	uint8_t *out = n->key;

	if (len > NAME_WIRE_MAX)
		len = NAME_WIRE_MAX;
	for (;;) {
		if (pos >= len || wire[pos] > NAME_LABEL_MAX)
			return false;
		if (wire[pos] == 0)
			break;
		at[labels++] = (uint8_t)pos;
		pos += 1u + wire[pos];
		if (pos >= len)
			return false;
	}
	while (labels-- > 0)
		out = write_label(out, wire + at[labels] + 1, wire[at[labels]]);
	n->len = (uint16_t)(out - n->key);
	return true;
}

/* Octets that a key takes on the wire. */
static size_t wire_length(const uint8_t *key, size_t len)
{
	size_t n = 1;

	for (size_t i = 0; i < len; i++, n++)
		if (key[i] == 0x01)
			i++;
	return n;
}

bool name_add_label(struct name *n, const uint8_t *label, size_t len)
{
	uint8_t *end;

	if (len == 0 || len > NAME_LABEL_MAX ||
	    wire_length(n->key, n->len) + 1 + len > NAME_WIRE_MAX)
		return false;
	end = write_label(n->key + n->len, label, len);
	n->len = (uint16_t)(end - n->key);
	return true;
}

/* Reads one octet of a label at *POS, undoing the escape. Returns -1 at the
 * label's end and -2 when the key is not well formed. */
static int key_octet(const uint8_t *key, size_t len, size_t *pos)
{
	if (*pos >= len)
		return -2;
	if (key[*pos] == 0x00) {
		(*pos)++;
		return -1;
	}
	if (key[*pos] != 0x01)
		return key[(*pos)++];
	if (*pos + 1 >= len || key[*pos + 1] < 0x01 || key[*pos + 1] > 0x02)
		return -2;
	*pos += 2;
	return key[*pos - 1] - 1;
}

size_t name_to_wire(uint8_t wire[static NAME_WIRE_MAX], const uint8_t *key, size_t len)
{
	size_t total = len > NAME_KEY_MAX ? NAME_WIRE_MAX + 1 : wire_length(key, len);
	size_t front = total - 1, pos = 0;

	if (total > NAME_WIRE_MAX)
		return 0;
	wire[front] = 0;
	/* The key runs from the root down: fill the wire from its end. */
	while (pos < len) {
		uint8_t label[NAME_LABEL_MAX];
		size_t n = 0;
		int c;

		while ((c = key_octet(key, len, &pos)) >= 0) {
			if (n == sizeof(label))
				return 0;
			label[n++] = (uint8_t)c;
		}
		if (c == -2 || n == 0)
			return 0;
		front -= n + 1;
		wire[front] = (uint8_t)n;
		memcpy(wire + front + 1, label, n);
	}
	return total;
}

static char *write_octet(char *out, uint8_t c)
{
	if (c <= ' ' || c >= 0x7f) {
		*out++ = '\\';
		*out++ = (char)('0' + c / 100);
		*out++ = (char)('0' + c / 10 % 10);
		*out++ = (char)('0' + c % 10);
		return out;
	}
	if (strchr(".\\\"();@$", c) != NULL)
		*out++ = '\\';
	*out++ = (char)c;
	return out;
}

const char *name_to_text(char text[static NAME_TEXT_MAX], const uint8_t *key,
			 size_t len)
{
	uint8_t wire[NAME_WIRE_MAX];
	size_t total = name_to_wire(wire, key, len);
	char *out = text;

	if (total <= 1) {
		snprintf(text, NAME_TEXT_MAX, "%s", total == 1 ? "." : "(not a name)");
		return text;
	}
	for (size_t pos = 0; wire[pos] != 0; pos += 1u + wire[pos]) {
		if (pos > 0)
			*out++ = '.';
		for (size_t i = 1; i <= wire[pos]; i++)
			out = write_octet(out, wire[pos + i]);
	}
	*out = '\0';
	return text;
}

unsigned name_labels(const uint8_t *key, size_t len)
{
	unsigned labels = 0;

	for (size_t i = 0; i < len; i++)
		labels += key[i] == 0x00;
	return labels;
}

size_t name_common(const uint8_t *a, size_t a_len, const uint8_t *b, size_t b_len)
{
	size_t n = a_len < b_len ? a_len : b_len, common = 0;

	for (size_t i = 0; i < n && a[i] == b[i]; i++)
		if (a[i] == 0x00)
			common = i + 1;
	return common;
}

size_t name_parent(const uint8_t *key, size_t len)
{
	if (len == 0)
		return 0;
	for (len--; len > 0 && key[len - 1] != 0x00;)
		len--;
	return len;
}

bool name_valid(const uint8_t *key, size_t len)
{
	uint8_t wire[NAME_WIRE_MAX];

	return name_to_wire(wire, key, len) != 0;
}
