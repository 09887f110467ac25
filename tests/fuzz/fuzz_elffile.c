// SPDX-License-Identifier: BSD-3-Clause
/* Any bytes as a program or a module. */
#include "elffile.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char path[64];
	int fd = scratch_file(path, data, size);
	struct elffile f;
	struct err e;

	if (elffile_read(&f, path, &e) == 0) {
		require(strspn(f.build_id, "0123456789abcdef") == strlen(f.build_id));
		require(strlen(f.build_id) < BUILD_ID_TEXT);
		require(strlen(f.unbound_build_id) < BUILD_ID_TEXT);
		require(strlen(f.unbound_version) < sizeof(f.unbound_version));
		require(strlen(f.palang_version) < sizeof(f.palang_version));
	}
	close(fd);
	return 0;
}
