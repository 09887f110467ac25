// SPDX-License-Identifier: BSD-3-Clause
#include "process.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define WORDS_MAX ((size_t)1 << 20)

/* Reads /proc/PID/NAME whole and ends it with 0. Returns NULL when it cannot. */
static char *read_words(long pid, const char *name, size_t *ret_len)
{
	char path[64], *text = malloc(WORDS_MAX + 1);
	size_t len = 0;
	ssize_t n = -1;
	int fd;

	snprintf(path, sizeof(path), "/proc/%ld/%s", pid, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	while (fd >= 0 && text != NULL && len < WORDS_MAX &&
	       (n = read(fd, text + len, WORDS_MAX - len)) > 0)
		len += (size_t)n;
	if (fd >= 0)
		close(fd);
	if (fd < 0 || text == NULL || n < 0) {
		free(text);
		return NULL;
	}
	text[len] = '\0';
	*ret_len = len;
	return text;
}

/* The words of Unbound begin where its name stands: something else may run it. */
static const char *find_program(const char *words, const char *end)
{
	for (const char *at = words; at < end; at += strlen(at) + 1) {
		const char *slash = strrchr(at, '/');

		if (strncmp(slash == NULL ? at : slash + 1, "unbound", 7) == 0)
			return at;
	}
	return words;
}

const char *process_find_config(const char *words, size_t len)
{
	const char *end = words + len, *at = find_program(words, end), *found = NULL;

	if (at >= end)
		return NULL;
	for (at += strlen(at) + 1; at < end; at += strlen(at) + 1) {
		const char *option;

		if (at[0] != '-' || strcmp(at, "--") == 0)
			continue;
		/* Letters before -c or -w, which take an argument, take none. */
		option = at + 1 + strcspn(at + 1, "cw");
		if (*option == '\0')
			continue;
		if (option[1] != '\0') {
			found = *option == 'c' ? option + 1 : found;
			continue;
		}
		at += strlen(at) + 1;
		if (at >= end)
			break;
		found = *option == 'c' ? at : found;
	}
	return found;
}

static void read_config(struct process *p)
{
	char link[64], directory[PATH_MAX];
	size_t len;
	char *words = read_words(p->pid, "cmdline", &len);
	const char *found = words == NULL ? NULL : process_find_config(words, len);
	ssize_t n;

	if (found != NULL && found[0] == '/') {
		snprintf(p->config, sizeof(p->config), "%s", found);
	} else if (found != NULL) {
		p->config_relative = true;
		snprintf(link, sizeof(link), "/proc/%ld/cwd", p->pid);
		n = readlink(link, directory, sizeof(directory) - 1);
		directory[n < 0 ? 0 : n] = '\0';
		if ((size_t)n + strlen(found) + 2 < sizeof(p->config) && n > 0)
			snprintf(p->config, sizeof(p->config), "%.*s/%s", (int)n,
				 directory, found);
		/* Unbound has gone to another directory since it started. */
		if (access(p->config, F_OK) != 0)
			p->config[0] = '\0';
	}
	free(words);
}

static void read_store(struct process *p)
{
	static const char name[] = "PALANG_STORE=";
	size_t len;
	char *words = read_words(p->pid, "environ", &len);

	p->sees_environ = words != NULL;
	for (const char *at = words; words != NULL && at < words + len;
	     at += strlen(at) + 1)
		if (strncmp(at, name, sizeof(name) - 1) == 0) {
			snprintf(p->store, sizeof(p->store), "%s",
				 at + sizeof(name) - 1);
			p->has_store = p->store[0] != '\0';
			break;
		}
	free(words);
}

void process_read(struct process *p, long pid)
{
	char path[64], program[PATH_MAX];
	const char *slash;
	struct stat st;
	ssize_t n;

	*p = (struct process){ .pid = pid };
	snprintf(path, sizeof(path), "/proc/%ld", pid);
	p->alive = stat(path, &st) == 0;
	if (!p->alive)
		return;
	snprintf(p->exe, sizeof(p->exe), "/proc/%ld/exe", pid);
	p->sees_exe = access(p->exe, R_OK) == 0;
	n = readlink(p->exe, program, sizeof(program) - 1);
	program[n > 0 ? n : 0] = '\0';
	slash = strrchr(program, '/');
	p->is_unbound = slash != NULL && strncmp(slash + 1, "unbound", 7) == 0;
	read_config(p);
	read_store(p);
}
