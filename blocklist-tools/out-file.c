// SPDX-License-Identifier: BSD-3-Clause
#include "out-file.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Of the file that is being written, for the handler. */
static const char *volatile aside_path;

static const int numbers[] = { SIGHUP, SIGINT, SIGTERM };
#define NUMBERS (sizeof(numbers) / sizeof(numbers[0]))

static void on_signal(int number)
{
	const char *path = aside_path;

	if (path != NULL)
		unlink(path);
	signal(number, SIG_DFL);
	raise(number);
}

static void handle_signals(void (*handler)(int))
{
	for (size_t i = 0; i < NUMBERS; i++) {
		struct sigaction old;

		/* What is ignored, as by nohup(1), stays so. */
		if (sigaction(numbers[i], NULL, &old) == 0 && old.sa_handler != SIG_IGN)
			signal(numbers[i], handler);
	}
}

/* Makes the file aside. No signal comes between it and what would remove it. */
static int make_aside(struct out_file *o)
{
	sigset_t held, before;
	int fd;

	sigemptyset(&held);
	for (size_t i = 0; i < NUMBERS; i++)
		sigaddset(&held, numbers[i]);
	sigprocmask(SIG_BLOCK, &held, &before);
	fd = mkstemp(o->aside);
	if (fd >= 0) {
		aside_path = o->aside;
		handle_signals(on_signal);
	}
	sigprocmask(SIG_SETMASK, &before, NULL);
	return fd;
}

static int fail(const struct out_file *o, struct err *e)
{
	return err_set(e, ERR_SYSTEM, "cannot write '%s': %m", o->path);
}

int out_file_open(struct out_file *o, const char *path, struct err *e)
{
	struct stat st;
	mode_t mask;
	int fd;

	*o = (struct out_file){ .to = stdout, .path = path };
	if (path == NULL)
		return 0;
	o->to = NULL;
	if (stat(path, &st) == 0 && !S_ISREG(st.st_mode))
		return err_set(e, ERR_INPUT, "cannot write '%s': not a file", path);
	if (snprintf(o->aside, sizeof(o->aside), "%s.XXXXXX", path) >=
	    (int)sizeof(o->aside)) {
		o->aside[0] = '\0';
		errno = ENAMETOOLONG;
		return fail(o, e);
	}
	fd = make_aside(o);
	if (fd < 0) {
		o->aside[0] = '\0';
		return fail(o, e);
	}
	/* Who may read it: as any new file, or as the one before. */
	umask(mask = umask(0));
	if (stat(path, &st) == 0)
		mask = ~st.st_mode;
	o->to = fchmod(fd, 0666 & ~mask) == 0 ? fdopen(fd, "w") : NULL;
	if (o->to == NULL) {
		fail(o, e);
		close(fd);
		return ERR_SYSTEM;
	}
	return 0;
}

int out_file_commit(struct out_file *o, struct err *e)
{
	bool good;

	if (o->path == NULL && (fflush(o->to) != 0 || ferror(o->to))) {
		err_set(e, ERR_SYSTEM, "cannot write standard output: %m");
		clearerr(o->to); /* it is told once */
		return ERR_SYSTEM;
	}
	if (o->path == NULL)
		return 0;
	good = !ferror(o->to) && fflush(o->to) == 0 && fsync(fileno(o->to)) == 0;
	if (!good || rename(o->aside, o->path) != 0)
		return fail(o, e);
	o->aside[0] = '\0';
	return 0;
}

void out_file_release(struct out_file *o)
{
	if (o->path != NULL && o->to != NULL)
		fclose(o->to);
	if (o->aside[0] != '\0')
		unlink(o->aside);
	if (o->path != NULL)
		handle_signals(SIG_DFL);
	aside_path = NULL;
	*o = (struct out_file){ 0 };
}
