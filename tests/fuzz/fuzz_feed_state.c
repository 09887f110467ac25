// SPDX-License-Identifier: BSD-3-Clause
/* Any bytes as the state of feeds beside a store: what is read is written, and read
 * again as it was. */
#include <fcntl.h>

#include "feed-state.h"
#include "fuzz.h"

/* In memory: on a disk, to replace a file takes longer than all else. */
static char store[] = "/dev/shm/fuzz_feed_state.XXXXXX";

static void remove_store(void)
{
	char path[sizeof(store) + 32];

	snprintf(path, sizeof(path), "%s/" FEED_STATE_FILE, store);
	(void)unlink(path);
	(void)rmdir(store);
}

static void write_file(const uint8_t *data, size_t size)
{
	char path[sizeof(store) + 32];
	int fd;

	snprintf(path, sizeof(path), "%s/" FEED_STATE_FILE, store);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	require(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	close(fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct feed_states first, again;
	struct err e;

	if (access(store, F_OK) != 0)
		require(mkdtemp(store) != NULL && atexit(remove_store) == 0);
	write_file(data, size);
	if (feed_states_load(&first, store, &e) == 0) {
		require(feed_states_save(&first, store, &e) == 0);
		require(feed_states_load(&again, store, &e) == 0);
		require(again.count == first.count);
		for (unsigned i = 0; i < first.count; i++) {
			const struct feed_state *f = &first.at[i];
			const struct feed_state *g = feed_state_find(&again, f->name);

			require(g != NULL && memcmp(f, g, sizeof(*f)) == 0);
			require(f->tried >= 0 && f->good >= 0 && f->written >= 0);
		}
		feed_states_release(&again);
	}
	feed_states_release(&first);
	return 0;
}
