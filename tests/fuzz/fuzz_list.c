// SPDX-License-Identifier: BSD-3-Clause
/* Any bytes as a list whose format nobody says, packed or not. */
#include "fuzz_format.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct report report;

	if (fuzz_list(-1, data, size, &report) == 0)
		require(report.format != NULL && report.bytes == size);
	return 0;
}
