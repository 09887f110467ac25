// SPDX-License-Identifier: BSD-3-Clause
#include "user.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void set_name(struct user *u)
{
	const struct passwd *pw = getpwuid(u->uid);

	if (pw != NULL)
		snprintf(u->name, sizeof(u->name), "%s", pw->pw_name);
	else
		snprintf(u->name, sizeof(u->name), "%u", (unsigned)u->uid);
}

bool user_named(struct user *u, const char *name)
{
	const struct passwd *pw;

	*u = (struct user){ .count = USER_GROUPS_MAX };
	if (name[0] == '\0') {
		u->uid = geteuid();
		u->gid = getegid();
		u->count = getgroups(USER_GROUPS_MAX, u->groups);
		set_name(u);
		return u->count >= 0;
	}
	pw = getpwnam(name);
	if (pw == NULL)
		return false;
	u->uid = pw->pw_uid;
	u->gid = pw->pw_gid;
	set_name(u);
	return getgrouplist(name, pw->pw_gid, u->groups, &u->count) >= 0;
}

/* The second number of a line "Uid: real effective saved file". */
static unsigned effective_of(const char *line)
{
	unsigned real = 0, effective = 0;

	sscanf(line, "%*s %u %u", &real, &effective);
	return effective;
}

static void read_groups(struct user *u, const char *line)
{
	char *end;

	line += strcspn(line, ":") + 1;
	for (u->count = 0; u->count < USER_GROUPS_MAX; u->count++, line = end) {
		unsigned long g = strtoul(line, &end, 10);

		if (end == line)
			return;
		u->groups[u->count] = (gid_t)g;
	}
}

bool user_of_process(struct user *u, long pid)
{
	char path[64], line[4096];
	bool found = false;
	FILE *in;

	*u = (struct user){ 0 };
	snprintf(path, sizeof(path), "/proc/%ld/status", pid);
	in = fopen(path, "re");
	while (in != NULL && fgets(line, sizeof(line), in) != NULL) {
		if (strncmp(line, "Uid:", 4) == 0) {
			u->uid = (uid_t)effective_of(line);
			found = true;
		} else if (strncmp(line, "Gid:", 4) == 0) {
			u->gid = (gid_t)effective_of(line);
		} else if (strncmp(line, "Groups:", 7) == 0) {
			read_groups(u, line);
		}
	}
	if (in != NULL)
		fclose(in);
	if (found)
		set_name(u);
	return found;
}

/* Asks the kernel, as who this process is. Returns 0 or what is denied. */
static struct denial walk(const char *path, size_t root, int mode)
{
	struct denial d = { .error = 0 };

	for (const char *at = path + root; (at = strchr(at + 1, '/')) != NULL;) {
		snprintf(d.path, sizeof(d.path), "%.*s", (int)(at - path), path);
		if (access(d.path, X_OK) != 0) {
			d.error = errno;
			return d;
		}
	}
	snprintf(d.path, sizeof(d.path), "%s", path);
	if (access(path, mode) != 0)
		d.error = errno;
	return d;
}

static void become_and_walk(const struct user *u, const char *path, size_t root,
			    int mode, int to)
{
	struct denial d;

	if (setgroups((size_t)u->count, u->groups) != 0 ||
	    setresgid(u->gid, u->gid, u->gid) != 0 ||
	    setresuid(u->uid, u->uid, u->uid) != 0)
		_exit(1);
	d = walk(path, root, mode);
	_exit(write(to, &d, sizeof(d)) == sizeof(d) ? 0 : 1);
}

static bool ask_as(const struct user *u, const char *path, size_t root, int mode,
		   struct denial *d)
{
	size_t got = 0;
	ssize_t n = 1;
	int ends[2];
	pid_t pid;

	if (pipe(ends) != 0)
		return false;
	pid = fork();
	if (pid == 0)
		become_and_walk(u, path, root, mode, ends[1]);
	close(ends[1]);
	while (pid > 0 && n > 0 && got < sizeof(*d)) {
		n = read(ends[0], (char *)d + got, sizeof(*d) - got);
		got += n > 0 ? (size_t)n : 0;
	}
	close(ends[0]);
	if (pid > 0)
		waitpid(pid, NULL, 0);
	return got == sizeof(*d);
}

enum user_may user_may(const struct user *u, const char *path, size_t root, int mode,
		       struct denial *ret_why)
{
	struct denial d;

	if (u->uid == geteuid())
		d = walk(path, root, mode);
	else if (geteuid() != 0 || !ask_as(u, path, root, mode, &d))
		return USER_UNKNOWN;
	if (d.error == 0)
		return USER_MAY;
	*ret_why = d;
	return USER_MAY_NOT;
}
