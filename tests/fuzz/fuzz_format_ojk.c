// SPDX-License-Identifier: BSD-3-Clause
/* Any bytes as a list in the format `ojk`. */
#include "fuzz_format.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_format("ojk", data, size);
	return 0;
}
