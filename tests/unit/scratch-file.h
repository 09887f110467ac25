// SPDX-License-Identifier: BSD-3-Clause
/* A file in memory with a path, for tests of what reads files. */
#ifndef PALANG_SCRATCH_FILE_H
#define PALANG_SCRATCH_FILE_H

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

/* Makes one of LEN bytes; its path goes to PATH. Close the descriptor that is
 * returned, and it is gone. */
static inline int scratch_file(char path[static 64], const void *data, size_t len)
{
	int fd = memfd_create("scratch", MFD_CLOEXEC);

	for (size_t done = 0; done < len;) {
		ssize_t n = write(fd, (const char *)data + done, len - done);

		if (n <= 0)
			abort();
		done += (size_t)n;
	}
	snprintf(path, 64, "/proc/self/fd/%d", fd);
	return fd;
}

#endif
