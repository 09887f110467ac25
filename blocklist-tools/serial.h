// SPDX-License-Identifier: BSD-3-Clause
/* Serials as operands. */
#ifndef PALANG_SERIAL_H
#define PALANG_SERIAL_H

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* True when TEXT is a serial: digits only, from 1 on. */
static inline bool serial_parse(const char *text, uint64_t *ret_serial)
{
	size_t len = strlen(text);

	if (len == 0 || len > 18 || strspn(text, "0123456789") != len)
		return false;
	*ret_serial = strtoull(text, NULL, 10);
	return *ret_serial > 0;
}

#endif
