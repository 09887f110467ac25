// SPDX-License-Identifier: BSD-3-Clause
/* What the fuzz targets of the parsers share. */
#ifndef PALANG_FUZZ_H
#define PALANG_FUZZ_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "scratch-file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Unlike assert(), never left out. */
static inline void require(bool is)
{
	if (!is)
		abort();
}

#endif
