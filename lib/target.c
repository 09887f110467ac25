// SPDX-License-Identifier: BSD-3-Clause
/* The directory of a store, for the one who writes it. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "update.h"

#define ASIDE "new."
/* What turn_take() locks. */
#define TURN "update.lock"

/* Removes a store that was built aside. */
static void remove_aside(const char *path)
{
	static const char *const files[] = { "data.mdb", "lock.mdb" };
	char file[2 * STORE_PATH_MAX];

	for (size_t i = 0; i < 2; i++) {
		snprintf(file, sizeof(file), "%s/%s", path, files[i]);
		unlink(file);
	}
	rmdir(path);
}

/* Whoever holds the lock is the only writer: what others left aside was left by
 * a writer that was killed. */
static void remove_leftovers(const char *path)
{
	char aside[STORE_PATH_MAX + NAME_MAX + 2];
	struct dirent *entry;
	DIR *dir = opendir(path);

	if (dir == NULL)
		return;
	while ((entry = readdir(dir)) != NULL) {
		if (strncmp(entry->d_name, ASIDE, strlen(ASIDE)) != 0)
			continue;
		snprintf(aside, sizeof(aside), "%s/%s", path, entry->d_name);
		remove_aside(aside);
	}
	closedir(dir);
}

static int make_directory(const char *path, struct err *e)
{
	bool made;

	if (strlen(path) >= STORE_PATH_MAX)
		return err_set(e, ERR_INPUT, "the path of the store is too long");
	made = mkdir(path, 0770) == 0;
	if (!made && errno != EEXIST)
		return err_set(e, ERR_SYSTEM, "cannot make the directory '%s': %s",
			       path, strerror(errno));
	/* Set-group-id, whatever the umask: files get the group of the directory,
	 * which is to be the resolver's. */
	if (made)
		chmod(path, 02770);
	return 0;
}

static int lock(int fd, const char *path, void (*waiting)(const char *path),
		struct err *e)
{
	if (flock(fd, LOCK_EX | LOCK_NB) == 0)
		return 0;
	if (errno == EWOULDBLOCK && waiting != NULL)
		waiting(path);
	while (flock(fd, LOCK_EX) != 0)
		if (errno != EINTR)
			return err_set(e, ERR_SYSTEM, "cannot lock the store '%s': %s",
				       path, strerror(errno));
	return 0;
}

static int lock_directory(struct target *t, const char *path,
			  void (*waiting)(const char *path), struct err *e)
{
	int rc = make_directory(path, e);

	if (rc != 0)
		return rc;
	snprintf(t->path, sizeof(t->path), "%s", path);
	t->lock = open(t->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (t->lock < 0)
		return err_set(e, ERR_SYSTEM, "cannot open the directory '%s': %s",
			       t->path, strerror(errno));
	return lock(t->lock, t->path, waiting, e);
}

int turn_take(struct turn *t, const char *path, void (*waiting)(const char *path),
	      struct err *e)
{
	char file[STORE_PATH_MAX + 16];
	int rc = make_directory(path, e);

	*t = (struct turn){ .lock = -1 };
	if (rc != 0)
		return rc;
	snprintf(file, sizeof(file), "%s/" TURN, path);
	t->lock = open(file, O_RDONLY | O_CREAT | O_CLOEXEC, 0660);
	if (t->lock < 0)
		return err_set(e, ERR_SYSTEM, "cannot open '%s': %s", file,
			       strerror(errno));
	/* Every writer of the group may take it, whatever the umask of the one who
	 * made it; only its owner can say so. */
	(void)fchmod(t->lock, 0660);
	return lock(t->lock, path, waiting, e);
}

void turn_release(struct turn *t)
{
	if (t->lock > 0)
		close(t->lock);
	t->lock = -1;
}

int target_make_aside(struct target *t, struct err *e)
{
	if (snprintf(t->aside, sizeof(t->aside), "%s/" ASIDE "%ld", t->path,
		     (long)getpid()) >= (int)sizeof(t->aside))
		return err_set(e, ERR_INPUT, "the path of the store is too long");
	if (mkdir(t->aside, 0700) != 0)
		return err_set(e, ERR_SYSTEM, "cannot write in the directory '%s': %s",
			       t->path, strerror(errno));
	return 0;
}

static int open_aside(struct target *t, struct err *e)
{
	int rc = target_make_aside(t, e);

	return rc != 0 ? rc
		       : store_open(&t->store, t->aside,
				    STORE_WRITE | STORE_CREATE | STORE_BULK, e);
}

int target_open(struct target *t, const char *path, void (*waiting)(const char *path),
		struct err *e)
{
	char data[STORE_PATH_MAX + 16];
	struct stat st;
	int rc;

	*t = (struct target){ .lock = -1 };
	rc = lock_directory(t, path, waiting, e);
	if (rc != 0) {
		target_release(t);
		return rc;
	}
	remove_leftovers(t->path);
	snprintf(data, sizeof(data), "%s/data.mdb", t->path);
	t->fresh = stat(data, &st) != 0 && errno == ENOENT;
	rc = t->fresh ? open_aside(t, e)
		      : store_open(&t->store, t->path, STORE_WRITE, e);
	if (rc != 0)
		target_release(t);
	return rc;
}

void target_release(struct target *t)
{
	store_release(&t->store);
	if (t->aside[0] != '\0')
		remove_aside(t->aside);
	if (t->lock > 0)
		close(t->lock);
	*t = (struct target){ .lock = -1 };
}

/* Gives FROM the owner and mode of the file that it replaces; those of a new store
 * where there is none. */
static bool take_over(const char *from, const char *to)
{
	struct stat st;

	if (stat(to, &st) != 0)
		return chmod(from, 0640) == 0;
	return chown(from, st.st_uid, st.st_gid) == 0 &&
	       chmod(from, st.st_mode & 07777) == 0;
}

int target_replace(struct target *t, struct err *e)
{
	char from[STORE_PATH_MAX + 16], to[STORE_PATH_MAX + 16];

	/* A lock file that outlived its store would count the old one's
	 * transactions. Resolvers see that it is gone, and follow. */
	snprintf(to, sizeof(to), "%s/lock.mdb", t->path);
	unlink(to);
	snprintf(from, sizeof(from), "%s/data.mdb", t->aside);
	snprintf(to, sizeof(to), "%s/data.mdb", t->path);
	if (!take_over(from, to) || rename(from, to) != 0 || fsync(t->lock) != 0)
		return err_set(e, ERR_SYSTEM, "cannot put '%s' in place: %s", to,
			       strerror(errno));
	remove_aside(t->aside);
	t->aside[0] = '\0';
	return 0;
}

/* The first opener makes the lock file: let it be one that every reader in the group
 * may write, whatever the umask. */
static int reopen(struct target *t, struct err *e)
{
	char lock[STORE_PATH_MAX + 16];
	int rc = store_open(&t->store, t->path, STORE_WRITE, e);

	if (rc != 0)
		return rc;
	snprintf(lock, sizeof(lock), "%s/lock.mdb", t->path);
	return chmod(lock, 0660) == 0
		       ? 0
		       : err_set(e, ERR_SYSTEM, "cannot set the mode of '%s': %s", lock,
				 strerror(errno));
}

int target_publish(struct target *t, struct err *e)
{
	int rc;

	if (!t->fresh)
		return 0;
	rc = mdb_env_sync(t->store.env, 1);
	if (rc != 0)
		return store_error(e, rc, t->path, "write");
	store_release(&t->store);
	rc = target_replace(t, e);
	if (rc != 0)
		return rc;
	t->fresh = false;
	return reopen(t, e);
}

/* Writes a file out to the disk, and tells its size. */
static int sync_file(const char *path, uint64_t *size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), rc = -1;
	struct stat st;

	if (fd < 0)
		return -1;
	if (fstat(fd, &st) == 0 && fsync(fd) == 0) {
		*size = (uint64_t)st.st_size;
		rc = 0;
	}
	close(fd);
	return rc;
}

int target_compact(struct target *t, uint64_t *ret_before, uint64_t *ret_after,
		   struct err *e)
{
	char now[STORE_PATH_MAX + 16], aside[STORE_PATH_MAX + 16];
	struct stat st;
	int rc = target_make_aside(t, e);

	if (rc != 0)
		return rc;
	rc = mdb_env_copy2(t->store.env, t->aside, MDB_CP_COMPACT);
	if (rc != 0)
		return store_error(e, rc, t->path, "copy");
	snprintf(now, sizeof(now), "%s/data.mdb", t->path);
	snprintf(aside, sizeof(aside), "%s/data.mdb", t->aside);
	if (stat(now, &st) != 0 || sync_file(aside, ret_after) != 0)
		return err_set(e, ERR_SYSTEM, "cannot write '%s': %s", aside,
			       strerror(errno));
	*ret_before = (uint64_t)st.st_size;
	store_release(&t->store);
	rc = target_replace(t, e);
	return rc != 0 ? rc : reopen(t, e);
}
