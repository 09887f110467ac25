// SPDX-License-Identifier: BSD-3-Clause
#include "state.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define PAGE 4096

static const uint8_t magic[8] = "palangst";

const char *const store_state_names[STORE_STATES] = { "absent", "serving", "broken" };

static size_t size_for(unsigned threads)
{
	size_t size = sizeof(struct state_file) + threads * sizeof(struct state_thread);

	return (size + PAGE - 1) / PAGE * PAGE;
}

int state_init(struct state *s, unsigned threads, struct err *e)
{
	*s = (struct state){ .fd = -1, .size = size_for(threads) };
	s->file = mmap(NULL, s->size, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (s->file == MAP_FAILED) {
		s->file = NULL;
		return err_set(e, ERR_SYSTEM, "cannot map counters: %s",
			       strerror(errno));
	}
	memcpy(s->file->magic, magic, sizeof(magic));
	s->file->format = STATE_FORMAT;
	s->file->threads = threads;
	s->file->pid = getpid();
	s->file->started = time(NULL);
	return 0;
}

void state_release(struct state *s)
{
	if (s->file != NULL)
		munmap(s->file, s->size);
	if (s->fd >= 0)
		close(s->fd);
	*s = (struct state){ .fd = -1 };
}

static bool header_fits(const struct state_file *f, size_t size)
{
	return size >= sizeof(*f) && memcmp(f->magic, magic, sizeof(magic)) == 0 &&
	       f->format == STATE_FORMAT && f->threads <= UINT16_MAX &&
	       size >= size_for(f->threads);
}

static void add_counter(counter *to, const counter *from)
{
	atomic_fetch_add((_Atomic uint64_t *)to,
			 atomic_load((_Atomic uint64_t *)(uintptr_t)from));
}

/* Of two names for one slot the one with more hits stays. */
static void add_name(struct state_name *to, const struct state_name *from)
{
	bool same = from->len == to->len && memcmp(from->key, to->key, to->len) == 0;

	if (from->len > STATE_TOP_KEY || (!same && from->hits <= to->hits))
		return;
	atomic_fetch_add_explicit(&to->version, 1, memory_order_acq_rel);
	to->hits = same ? to->hits + from->hits : from->hits;
	to->len = from->len;
	memcpy(to->key, from->key, from->len);
	atomic_fetch_add_explicit(&to->version, 1, memory_order_release);
}

static void add_thread(struct state_thread *to, const struct state_thread *from)
{
	counter *t = (counter *)to;
	const counter *f = (const counter *)from;

	for (size_t i = 0; i < offsetof(struct state_thread, top) / sizeof(*t); i++)
		add_counter(&t[i], &f[i]);
	for (size_t i = 0; i < STATE_TOP; i++)
		add_name(&to->top[i], &from->top[i]);
}

/* What another process of the same resolver counted that is gone: without threads a
 * reload makes new ones. */
static void take_over(struct state *s, int fd, const struct state_file *head)
{
	size_t size = size_for(head->threads);
	struct state_file *from;
	struct stat st;

	if (head->threads != s->file->threads || head->pid != s->file->pid ||
	    head->started != s->file->started || fstat(fd, &st) != 0 ||
	    st.st_size < (off_t)size)
		return;
	from = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (from == MAP_FAILED)
		return;
	for (uint32_t i = 0; i < head->threads; i++)
		add_thread(&s->file->thread[i], &from->thread[i]);
	add_counter(&s->file->evicted, &from->evicted);
	munmap(from, size);
}

/* Unlinks the files that resolvers left which are gone. What the store said of
 * `on-error` is taken over by one that has just STARTED: it counts even when the store
 * cannot be read now. */
static void remove_stale(struct state *s, int dir_fd, const char *store, bool started)
{
	DIR *dir = opendir(store);
	struct dirent *entry;

	while (dir != NULL && (entry = readdir(dir)) != NULL) {
		struct state_file head;
		int fd;

		if (strncmp(entry->d_name, STATE_PREFIX, strlen(STATE_PREFIX)) != 0)
			continue;
		fd = openat(dir_fd, entry->d_name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
		if (fd < 0)
			continue;
		if (flock(fd, LOCK_EX | LOCK_NB) == 0) {
			if (pread(fd, &head, sizeof(head), 0) ==
				    (ssize_t)sizeof(head) &&
			    header_fits(&head, SIZE_MAX)) {
				take_over(s, fd, &head);
				if (started)
					atomic_store(&s->file->on_error, head.on_error);
			}
			unlinkat(dir_fd, entry->d_name, 0);
		}
		close(fd);
	}
	if (dir != NULL)
		closedir(dir);
}

/* Opens and locks a file for this process. Another process may have the same
 * number in another container, or is one of the same resolver: then the next free name
 * is taken. One that starts
 * at this moment may take the file for a stale one before it is locked, and
 * unlink it: then there is another try. */
static int open_own(struct state *s, const char *store)
{
	for (unsigned i = 0, tries = 0; i < 1024 && tries < 4096; tries++) {
		struct stat st;
		int fd;

		snprintf(s->path, sizeof(s->path), "%s/" STATE_PREFIX "%ld.%u", store,
			 (long)s->file->pid, i);
		fd = open(s->path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640);
		if (fd < 0)
			return -1;
		if (flock(fd, LOCK_EX | LOCK_NB) != 0)
			i++;
		else if (fstat(fd, &st) == 0 && st.st_nlink > 0)
			return fd;
		close(fd);
	}
	errno = EBUSY;
	return -1;
}

/* True when FD holds this very process's counters from before a reload. */
static bool is_resumed(struct state *s, int fd, const struct stat *st)
{
	struct state_file head;

	return st->st_size == (off_t)s->size &&
	       pread(fd, &head, sizeof(head), 0) == (ssize_t)sizeof(head) &&
	       header_fits(&head, s->size) && head.threads == s->file->threads &&
	       head.pid == s->file->pid;
}

/* Writes the counters so far, and makes sure that no page of the map can fail
 * later for want of disk space. */
static bool fill(struct state *s, int fd)
{
	if (ftruncate(fd, 0) != 0)
		return false;
	errno = posix_fallocate(fd, 0, (off_t)s->size);
	if (errno != 0)
		return false;
	for (size_t at = 0; at < s->size; at += PAGE)
		if (pwrite(fd, (uint8_t *)s->file + at, PAGE, (off_t)at) != PAGE)
			return false;
	return true;
}

int state_attach(struct state *s, const char *store, struct err *e)
{
	int dir = open(store, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct stat st;
	bool resumed;
	int fd;

	if (dir < 0)
		return err_set(e, ERR_SYSTEM, "cannot open '%s': %s", store,
			       strerror(errno));
	fd = open_own(s, store);
	if (fd < 0 || fstat(fd, &st) != 0)
		goto failed;
	resumed = is_resumed(s, fd, &st);
	if (!resumed && !fill(s, fd))
		goto failed;
	if (mmap(s->file, s->size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd,
		 0) == MAP_FAILED)
		goto failed;
	s->fd = fd;
	remove_stale(s, dir, store, !resumed);
	close(dir);
	return 0;
failed:
	err_set(e, ERR_SYSTEM, "cannot keep counters in '%s': %s", s->path,
		strerror(errno));
	close(dir);
	if (fd >= 0) {
		unlink(s->path);
		close(fd);
	}
	return ERR_SYSTEM;
}

static uint32_t hash_key(const uint8_t *key, size_t len)
{
	uint32_t h = 2166136261u;

	for (size_t i = 0; i < len; i++)
		h = (h ^ key[i]) * 16777619u;
	return h ^ h >> 15;
}

/* Each slot keeps the name that wins the majority vote of all that fall into it:
 * a name asked for very often stays, others come and go. */
void state_top(struct state_thread *t, const uint8_t *key, size_t len)
{
	struct state_name *n = &t->top[hash_key(key, len) % STATE_TOP];

	if (len > STATE_TOP_KEY)
		return;
	if (n->len == len && memcmp(n->key, key, len) == 0) {
		n->hits++;
		return;
	}
	if (n->hits > 0) {
		n->hits--;
		return;
	}
	atomic_fetch_add_explicit(&n->version, 1, memory_order_acq_rel);
	n->len = (uint16_t)len;
	memcpy(n->key, key, len);
	n->hits = 1;
	atomic_fetch_add_explicit(&n->version, 1, memory_order_release);
}

static bool visit_file(int dir, const char *name, state_visit *visit, void *arg)
{
	int fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	struct state_file *file;
	struct stat st;
	bool alive = false;

	if (fd < 0)
		return false;
	if (flock(fd, LOCK_SH | LOCK_NB) != 0 && fstat(fd, &st) == 0 &&
	    st.st_size > 0) {
		file = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED, fd, 0);
		if (file != MAP_FAILED) {
			alive = header_fits(file, (size_t)st.st_size);
			if (alive)
				visit(arg, file);
			munmap(file, (size_t)st.st_size);
		}
	}
	close(fd);
	return alive;
}

int state_each(const char *store, state_visit *visit, void *arg, struct err *e)
{
	DIR *dir = opendir(store);
	struct dirent *entry;
	int alive = 0;

	if (dir == NULL)
		return err_set(e, errno == ENOENT ? ERR_MISSING : ERR_SYSTEM,
			       "cannot open '%s': %s", store, strerror(errno));
	while ((entry = readdir(dir)) != NULL)
		if (strncmp(entry->d_name, STATE_PREFIX, strlen(STATE_PREFIX)) == 0)
			alive += visit_file(dirfd(dir), entry->d_name, visit, arg);
	closedir(dir);
	return alive;
}
