// SPDX-License-Identifier: BSD-3-Clause
/* Any bytes as a ranked list of popular names: what is read of it is names, sorted. */
#include "fuzz.h"
#include "guard-conf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(list) popular = { 0 };
	char path[64];
	int fd = scratch_file(path, data, size);
	struct span last = { NULL, 0 };
	struct err e;

	if (popular_read(&popular, path, &e) == 0)
		require(popular.count > 0);
	for (size_t i = 0; i < popular.count; i++) {
		struct span key = list_key(&popular, i);

		require(key.len > 0 && name_valid(key.data, key.len));
		require(i == 0 ||
			name_compare(last.data, last.len, key.data, key.len) <= 0);
		last = key;
	}
	close(fd);
	return 0;
}
