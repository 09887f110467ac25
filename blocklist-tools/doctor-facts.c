// SPDX-License-Identifier: BSD-3-Clause
/* palang doctor: gathers what there is to know. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "child.h"
#include "doctor.h"

/* A program that hangs must not hang the doctor. */
#define PATIENCE_MS 5000
/* How long a resolver may take to enforce what is committed. */
#define ENFORCE_MS 3000

const char *const doctor_option_names[OPTIONS] = {
#define X(name, text) text,
	DOCTOR_OPTIONS(X)
#undef X
};

/* What a program said, in its last line that says something; its own name is cut. */
static void copy_complaint(char *to, size_t room, const struct child *c)
{
	const char *text = c->talk[0] != '\0' ? c->talk : c->out, *fatal;

	fatal = strstr(text, "fatal error: ");
	if (fatal != NULL)
		text = fatal + strlen("fatal error: ");
	snprintf(to, room, "%s", text[0] != '\0' ? text : "it says nothing");
}

/* Runs a program with up to four arguments. Returns its output, which the caller frees;
 * NULL with WHY filled when it did not end well. */
static char *ask(const char *program, const char *const words[4], char *why,
		 size_t room)
{
	const char *argv[6] = { program };
	struct err e = { 0 };
	char *out = NULL;
	struct child c;

	memcpy(argv + 1, words, 4 * sizeof(*words));
	if (child_run(&c, argv, PATIENCE_MS, &e) != 0) {
		snprintf(why, room, "%s", e.text);
	} else if (c.status != 0) {
		copy_complaint(why, room, &c);
	} else {
		size_t len = strlen(c.out);

		if (len > 0 && c.out[len - 1] == '\n')
			c.out[len - 1] = '\0';
		out = c.out;
		c.out = NULL;
	}
	child_release(&c);
	return out;
}

static void read_options(struct doctor *d)
{
	char why[512] = "";
	char *out;

	for (int i = 0; i < OPTIONS && d->unreadable.code == 0; i++) {
		out = ask(d->checkconf,
			  (const char *[4]){ "-o", doctor_option_names[i], d->config },
			  why, sizeof(why));
		if (out == NULL)
			err_set(&d->unreadable, ERR_INPUT, "%s", why);
		d->value[i] = out;
	}
	out = ask(d->checkconf, (const char *[4]){ d->config }, d->complaint,
		  sizeof(d->complaint));
	d->valid = out != NULL;
	free(out);
}

static void read_configuration(struct doctor *d)
{
	if (child_find(d->checkconf, d->checkconf_name))
		read_options(d);
	else
		err_set(&d->unreadable, ERR_MISSING,
			"cannot find '%s': name it by --unbound-checkconf",
			d->checkconf_name);
	for (int i = 0; i < OPTIONS; i++)
		if (d->value[i] == NULL)
			d->value[i] = calloc(1, 1);
	conf_read(&d->conf, d->config, &d->conf_error);
}

/* From "unbound (pid 4711) is running..." and "modules: 2 [ validator iterator ]". */
static void read_status(struct doctor *d, const char *text)
{
	const char *pid = strstr(text, "(pid "), *modules = strstr(text, "modules:");

	if (pid != NULL)
		process_read(&d->process, atol(pid + 5));
	if (modules != NULL && (modules = strchr(modules, '[')) != NULL)
		snprintf(d->live_modules, sizeof(d->live_modules), "%.*s",
			 (int)strcspn(modules + 1, "]\n"), modules + 1);
}

static void ask_control(struct doctor *d)
{
	char *status;

	d->control_asked = doctor_is(d, OPTION_CONTROL_ENABLE, "yes");
	if (!d->control_asked)
		return;
	if (!child_find(d->control, d->control_name)) {
		snprintf(d->control_silence, sizeof(d->control_silence),
			 "cannot find '%s': name it by --unbound-control",
			 d->control_name);
		return;
	}
	status = ask(d->control, (const char *[4]){ "-c", d->config, "status" },
		     d->control_silence, sizeof(d->control_silence));
	d->control_answers = status != NULL && strstr(status, "is running") != NULL;
	if (d->control_answers)
		read_status(d, status);
	free(status);
	for (int i = 0; i < LIVE_OPTIONS && d->control_answers &&
			(i == 0 || d->live[i - 1] != NULL);
	     i++)
		d->live[i] = ask(d->control,
				 (const char *[4]){ "-c", d->config, "get_option",
						    doctor_option_names[i] },
				 d->control_silence, sizeof(d->control_silence));
}

/* Of a resolver of several processes, one that is in trouble or behind. */
static void note_enforcer(void *arg, const struct state_file *file)
{
	uint64_t enforced = atomic_load((counter *)(uintptr_t)&file->enforced);
	uint32_t store = atomic_load((_Atomic uint32_t *)(uintptr_t)&file->store);
	struct doctor *d = arg;
	struct enforcer *e = d->enforcers, *end = e + d->enforcers_count;

	while (e < end && (e->pid != file->pid || e->started != file->started))
		e++;
	if (e == end && d->enforcers_count == ENFORCERS_MAX)
		return;
	if (e == end)
		d->enforcers_count++;
	else if (e->store != STORE_SERVING ||
		 (store == STORE_SERVING && enforced >= e->enforced))
		return;
	*e = (struct enforcer){ .pid = (long)file->pid, .started = file->started };
	e->enforced = enforced;
	e->store = store;
	memcpy(e->version, file->version, sizeof(file->version));
	memcpy(e->error, file->error, sizeof(file->error));
}

static void find_own(struct doctor *d)
{
	d->enforcers_count = 0;
	d->own = NULL;
	state_each(d->store, note_enforcer, d, NULL);
	for (size_t i = 0; i < d->enforcers_count; i++)
		if (d->process.pid != 0 && d->enforcers[i].pid == d->process.pid)
			d->own = &d->enforcers[i];
}

static bool same_file(const char *a, const char *b)
{
	struct stat x, y;

	return stat(a, &x) == 0 && stat(b, &y) == 0 && x.st_dev == y.st_dev &&
	       x.st_ino == y.st_ino;
}

/* Without a word on the command line the running resolver says which configuration it
 * was started with. */
static void choose_config(struct doctor *d)
{
	static struct process found;

	if (d->config_given)
		return;
	find_own(d);
	for (size_t i = 0; i < d->enforcers_count; i++) {
		process_read(&found, d->enforcers[i].pid);
		if (found.config[0] == '\0')
			continue;
		d->config = found.config;
		return;
	}
}

/* Where unbound-control is silent: a resolver of the store with this configuration, or
 * whom its own pidfile names. */
static void find_process(struct doctor *d)
{
	char line[32] = "";
	FILE *in;

	find_own(d);
	for (size_t i = 0; i < d->enforcers_count && d->process.pid == 0; i++) {
		struct process p;

		process_read(&p, d->enforcers[i].pid);
		if (p.config[0] != '\0' && same_file(p.config, d->config))
			d->process = p;
	}
	in = d->process.pid != 0 || d->value[OPTION_PIDFILE][0] != '/'
		     ? NULL
		     : fopen(d->value[OPTION_PIDFILE], "re");
	if (in == NULL)
		return;
	if (fgets(line, sizeof(line), in) != NULL && atol(line) > 0) {
		struct process p;

		process_read(&p, atol(line));
		if (p.alive && p.config[0] != '\0' && same_file(p.config, d->config))
			d->process = p;
	}
	fclose(in);
}

/* Unbound hands the file's name to the loader as it is, after it has changed its root
 * and its directory. */
static void place(const struct doctor *d, const char *given, char path[static PATH_MAX])
{
	const char *dir = d->value[OPTION_DIRECTORY], *root = doctor_chroot(d);
	int n;

	if (strncmp(dir, root, strlen(root)) == 0)
		dir += strlen(root);
	n = given[0] == '/' ? snprintf(path, PATH_MAX, "%s%s", root, given)
			    : snprintf(path, PATH_MAX, "%s%s/%s", root, dir, given);
	if (n >= PATH_MAX)
		path[0] = '\0';
}

static void read_dynlibs(struct doctor *d)
{
	for (const char *at = d->value[OPTION_DYNLIB_FILE];
	     *at != '\0' && d->dynlibs < DYNLIBS_MAX;) {
		struct dynlib *m = &d->dynlib[d->dynlibs++];
		size_t len = strcspn(at, "\n");
		char path[PATH_MAX];

		snprintf(m->given, sizeof(m->given), "%.*s", (int)len, at);
		place(d, m->given, path);
		memcpy(m->path, path, sizeof(path));
		m->read = elffile_read(&m->elf, m->path, &m->why) == 0;
		if (m->read && m->elf.palang && d->module == NULL)
			d->module = m;
		at += len;
		at += *at == '\n';
	}
}

static void read_programs(struct doctor *d)
{
	const char *slash = strrchr(d->checkconf, '/');

	if (d->process.alive && d->process.sees_exe && d->process.is_unbound)
		d->has_running = elffile_read(&d->running, d->process.exe, NULL) == 0;
	if (slash == NULL)
		return;
	snprintf(d->installed_path, sizeof(d->installed_path), "%.*s/unbound",
		 (int)(slash - d->checkconf), d->checkconf);
	d->has_installed = elffile_read(&d->installed, d->installed_path, NULL) == 0;
}

/* LMDB makes a lock file where there is none, and then Unbound's user may not be able
 * to write it: such a store is not opened. */
static void open_store(struct doctor *d)
{
	char data[STORE_PATH_MAX + 16], lock[STORE_PATH_MAX + 16];

	snprintf(data, sizeof(data), "%s/data.mdb", d->store);
	snprintf(lock, sizeof(lock), "%s/lock.mdb", d->store);
	d->lock_missing = access(data, F_OK) == 0 && access(lock, F_OK) != 0;
	if (d->lock_missing)
		return;
	if (store_open(&d->opened, d->store, STORE_READ, &d->store_error) != 0 ||
	    reader_init(&d->reader, &d->opened, &d->store_error) != 0 ||
	    reader_begin(&d->reader, &d->store_error) != 0)
		return;
	d->serial = d->reader.now.serial;
	doctor_scan(d);
	reader_end(&d->reader);
}

/* A commit of just now is enforced in a moment. */
static void wait_enforced(struct doctor *d)
{
	struct timespec tick = { .tv_nsec = 50000000 };

	find_own(d);
	for (int ms = 0; d->own != NULL && d->serial != 0 && ms < ENFORCE_MS &&
			 d->own->store == STORE_SERVING && d->own->enforced < d->serial;
	     ms += 50) {
		nanosleep(&tick, NULL);
		find_own(d);
	}
}

void doctor_gather(struct doctor *d)
{
	choose_config(d);
	read_configuration(d);
	ask_control(d);
	if (d->process.pid == 0)
		find_process(d);
	d->user_known = d->process.alive
				? user_of_process(&d->user, d->process.pid)
				: user_named(&d->user, d->value[OPTION_USERNAME]);
	read_dynlibs(d);
	read_programs(d);
	open_store(d);
	wait_enforced(d);
}

void doctor_release(struct doctor *d)
{
	for (int i = 0; i < OPTIONS; i++)
		free(d->value[i]);
	for (int i = 0; i < LIVE_OPTIONS; i++)
		free(d->live[i]);
	reader_release(&d->reader);
	store_release(&d->opened);
	conf_release(&d->conf);
	findings_release(&d->findings);
	*d = (struct doctor){ 0 };
}
