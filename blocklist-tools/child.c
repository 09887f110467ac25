// SPDX-License-Identifier: BSD-3-Clause
#include "child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

/* One of the two texts while it is being read. */
struct reading {
	int fd; /* -1 at its end */
	char *text;
	size_t len;
};

static long long clock_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (long long)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void read_some(struct reading *r)
{
	char buffer[4096];
	ssize_t n = read(r->fd, buffer, sizeof(buffer));
	size_t take;

	if (n < 0 && errno == EINTR)
		return;
	if (n <= 0) {
		close(r->fd);
		r->fd = -1;
		return;
	}
	take = (size_t)n;
	if (take > CHILD_TEXT_MAX - 1 - r->len)
		take = CHILD_TEXT_MAX - 1 - r->len;
	memcpy(r->text + r->len, buffer, take);
	r->len += take;
	r->text[r->len] = '\0';
}

/* Reads both to their end. Returns false at the deadline. */
static bool read_both(struct reading r[2], long long deadline)
{
	while (r[0].fd >= 0 || r[1].fd >= 0) {
		struct pollfd p[2] = { { r[0].fd, POLLIN, 0 }, { r[1].fd, POLLIN, 0 } };
		long long left = deadline - clock_ms();

		if (left <= 0)
			return false;
		if (poll(p, 2, (int)left) < 0 && errno != EINTR)
			return false;
		for (int i = 0; i < 2; i++)
			if (r[i].fd >= 0 && p[i].revents != 0)
				read_some(&r[i]);
	}
	return true;
}

/* Waits for PID to end. Returns false at the deadline. */
static bool wait_for(pid_t pid, long long deadline, int *status)
{
	struct timespec tick = { .tv_nsec = 1000000 };
	pid_t ended;

	while ((ended = waitpid(pid, status, WNOHANG)) == 0 && clock_ms() < deadline)
		nanosleep(&tick, NULL);
	return ended == pid;
}

/* Starts it with both its outputs in pipes and nothing to read. */
static int start(pid_t *pid, const char *const argv[], struct reading r[2])
{
	int out[2], talk[2], rc;
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attr;

	if (pipe2(out, O_CLOEXEC) != 0)
		return errno;
	if (pipe2(talk, O_CLOEXEC) != 0) {
		rc = errno;
		close(out[0]);
		close(out[1]);
		return rc;
	}
	posix_spawn_file_actions_init(&files);
	posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&files, out[1], 1);
	posix_spawn_file_actions_adddup2(&files, talk[1], 2);
	posix_spawnattr_init(&attr);
	/* A group of its own: what it starts is killed with it. */
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETPGROUP);
	posix_spawnattr_setpgroup(&attr, 0);
	rc = posix_spawn(pid, argv[0], &files, &attr, (char *const *)(uintptr_t)argv,
			 environ);
	posix_spawnattr_destroy(&attr);
	posix_spawn_file_actions_destroy(&files);
	close(out[1]);
	close(talk[1]);
	r[0].fd = out[0];
	r[1].fd = talk[0];
	return rc;
}

int child_run(struct child *c, const char *const argv[], int timeout_ms, struct err *e)
{
	struct reading r[2] = { { -1, calloc(1, CHILD_TEXT_MAX), 0 },
				{ -1, calloc(1, CHILD_TEXT_MAX), 0 } };
	long long deadline = clock_ms() + timeout_ms;
	int rc, status = 0;
	bool ended = false;
	pid_t pid;

	*c = (struct child){ r[0].text, r[1].text, -1 };
	if (c->out == NULL || c->talk == NULL)
		return err_set(e, ERR_SYSTEM, "out of memory");
	rc = start(&pid, argv, r);
	if (rc == 0) {
		ended = read_both(r, deadline) && wait_for(pid, deadline, &status);
		if (!ended) {
			kill(-pid, SIGKILL);
			waitpid(pid, &status, 0);
		}
	}
	for (int i = 0; i < 2; i++)
		if (r[i].fd >= 0)
			close(r[i].fd);
	if (rc != 0)
		return err_set(e, ERR_SYSTEM, "cannot run '%s': %s", argv[0],
			       strerror(rc));
	if (!ended)
		return err_set(e, ERR_SYSTEM, "'%s' did not end within %d seconds",
			       argv[0], timeout_ms / 1000);
	c->status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
	return 0;
}

void child_release(struct child *c)
{
	free(c->out);
	free(c->talk);
	*c = (struct child){ 0 };
}

static bool try_directory(char path[static PATH_MAX], const char *dir, size_t len,
			  const char *program)
{
	int n = snprintf(path, PATH_MAX, "%.*s%s%s", (int)len, dir, len > 0 ? "/" : "",
			 program);

	return n < PATH_MAX && access(path, X_OK) == 0;
}

bool child_find(char path[static PATH_MAX], const char *program)
{
	static const char roots[] = "/usr/local/sbin:/usr/sbin:/sbin";
	const char *lists[] = { getenv("PATH"), roots };

	if (strchr(program, '/') != NULL)
		return try_directory(path, "", 0, program);
	for (size_t i = 0; i < 2; i++)
		for (const char *at = lists[i]; at != NULL && *at != '\0';) {
			size_t len = strcspn(at, ":");

			if (len > 0 && try_directory(path, at, len, program))
				return true;
			at += len;
			at += *at == ':';
		}
	return false;
}
