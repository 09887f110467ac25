// SPDX-License-Identifier: BSD-3-Clause
/* What the unit tests of lib/ share: cmocka in its order, bytes written as hex,
 * names written as text, random numbers that are the same in every run. Included
 * once by each test program. */
#ifndef PALANG_FIXTURE_H
#define PALANG_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bytes.h"
#include "name.h"

#define ROWS(table) (sizeof(table) / sizeof((table)[0]))
#define UNUSED      __attribute__((unused))

/* Fails with the row's sentence: what is true when it passes. */
#define check(condition, what)                                                         \
	do {                                                                           \
		if (!(condition))                                                      \
			fail_msg("not so: %s (%s)", what, #condition);                 \
	} while (0)

/* The bytes of a table's hex text; blanks between them are for the eye. */
struct octets {
	uint8_t data[2048];
	size_t len;
};

UNUSED static struct octets octets_of(const char *hex)
{
	struct octets o = { .len = 0 };
	int used;
	unsigned byte;

	while (sscanf(hex, " %2x%n", &byte, &used) == 1) {
		assert_true(o.len < sizeof(o.data));
		o.data[o.len++] = (uint8_t)byte;
		hex += used;
	}
	return o;
}

/* Compares bytes with a table's hex text; shows both where they differ. */
UNUSED static void check_hex(const void *data, size_t len, const char *hex,
			     const char *what)
{
	struct octets want = octets_of(hex);
	const uint8_t *got = data;

	if (len == want.len && (len == 0 || memcmp(got, want.data, len) == 0))
		return;
	print_error("got ");
	for (size_t i = 0; i < len; i++)
		print_error(" %02x", got[i]);
	print_error("\nwant");
	for (size_t i = 0; i < want.len; i++)
		print_error(" %02x", want.data[i]);
	print_error("\n");
	fail_msg("not so: %s", what);
}

/* The wire format of a name in text form: labels and dots, \DDD for any octet.
 * "" is the root. */
UNUSED static size_t wire_of(uint8_t wire[static NAME_WIRE_MAX + 1], const char *text)
{
	size_t at = 0, pos = 1;

	for (; *text != '\0'; text++) {
		if (*text == '.') {
			wire[at] = (uint8_t)(pos - at - 1);
			at = pos++;
			continue;
		}
		assert_true(pos < NAME_WIRE_MAX);
		wire[pos++] = *text == '\\'
				      ? (uint8_t)strtoul((char[]){ text[1], text[2],
								   text[3], '\0' },
							 NULL, 10)
				      : (uint8_t)*text;
		text += *text == '\\' ? 3 : 0;
	}
	wire[at] = (uint8_t)(pos - at - 1);
	if (wire[at] != 0)
		wire[pos++] = 0;
	return pos;
}

UNUSED static struct name name_of(const char *text)
{
	uint8_t wire[NAME_WIRE_MAX + 1];
	size_t len = wire_of(wire, text);
	struct name n;

	if (!name_from_wire(&n, wire, len))
		fail_msg("the test's own name '%s' is wrong", text);
	return n;
}

/* xorshift64*: one sequence for each seed. */
static uint64_t random_state = 88172645463325252u;

UNUSED static uint32_t random_below(uint32_t n)
{
	random_state ^= random_state >> 12;
	random_state ^= random_state << 25;
	random_state ^= random_state >> 27;
	return (uint32_t)((random_state * 2685821657736338717u >> 33) % n);
}

#endif
