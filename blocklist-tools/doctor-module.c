// SPDX-License-Identifier: BSD-3-Clause
/* palang doctor: checks of the module's file and of the program that is to load it. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "doctor.h"

#ifndef PALANG_MODULE_DEFAULT
#define PALANG_MODULE_DEFAULT "/usr/lib/palang/palang.so"
#endif

static void change_file(struct doctor *d, struct finding *f)
{
	finding_change(f, doctor_setting(d, OPTION_DYNLIB_FILE), d->config,
		       "dynlib-file: \"%s\"", PALANG_MODULE_DEFAULT);
}

static int count_words(const char *line, const char *word)
{
	int n = 0;

	while (*line != '\0') {
		size_t len;

		line += strspn(line, " \t");
		len = strcspn(line, " \t");
		n += len == strlen(word) && strncmp(line, word, len) == 0;
		line += len;
	}
	return n;
}

/* Says why a file is not a module that could be loaded. */
static void judge_file(struct doctor *d, const struct dynlib *m)
{
	struct findings *f = &d->findings;

	if (!m->read && access(m->path, F_OK) == 0 && access(m->path, R_OK) != 0)
		doctor_unseen(d, m->path);
	else if (!m->read)
		change_file(d, finding_add(f, LEVEL_ERROR,
					   "dynlib-file is \"%s\": %s%s: Unbound does "
					   "not start",
					   m->given, m->why.text,
					   doctor_chroot(d)[0] != '\0'
						   ? ", it has to be inside the chroot"
						   : ""));
	else if (!m->elf.exports_module)
		change_file(d,
			    finding_add(f, LEVEL_ERROR,
					"dynlib-file is \"%s\": that is no module of "
					"Unbound, it has not the six functions: "
					"Unbound does not start",
					m->given));
}

/* Of several dynamic modules palang has to be the first that is asked. */
static void judge_places(struct doctor *d, size_t used)
{
	size_t at = d->module == NULL ? used : (size_t)(d->module - d->dynlib);
	struct findings *f = &d->findings;

	if (at >= used) {
		change_file(d,
			    finding_add(f, LEVEL_ERROR,
					"dynlib-file is \"%s\": that is not palang's "
					"module, and nothing is blocked",
					d->dynlib[0].given));
		return;
	}
	if (at > 0)
		finding_change(finding_add(f, LEVEL_WARNING,
					   "dynlib-file \"%s\" comes before palang's "
					   "\"%s\": it may answer past it",
					   d->dynlib[0].given, d->module->given),
			       conf_find(&d->conf, "dynlib", "dynlib-file",
					 d->dynlib[0].given),
			       d->config, "dynlib-file: \"%s\"", d->module->given);
	finding_add(f, LEVEL_OK, "'%s' is palang %s", d->module->path,
		    d->module->elf.palang_version);
}

void check_module(struct doctor *d)
{
	int words = count_words(d->value[OPTION_MODULE_CONFIG], "dynlib");
	struct findings *f = &d->findings;
	struct denial why;
	bool good = true;

	if (d->unreadable.code != 0 || words == 0)
		return;
	if (d->dynlibs < (size_t)words) {
		change_file(d, finding_add(f, LEVEL_ERROR,
					   "module-config has %d dynlib, but there are "
					   "%zu dynlib-file: Unbound does not start",
					   words, d->dynlibs));
		if (d->dynlibs == 0)
			return;
	}
	for (size_t i = 0; i < d->dynlibs; i++) {
		judge_file(d, &d->dynlib[i]);
		good &= d->dynlib[i].read && d->dynlib[i].elf.exports_module;
	}
	if (good)
		judge_places(d,
			     d->dynlibs < (size_t)words ? d->dynlibs : (size_t)words);
	if (d->module == NULL || !d->user_known)
		return;
	if (user_may(&d->user, d->module->path, strlen(doctor_chroot(d)), R_OK, &why) ==
	    USER_MAY_NOT)
		finding_run(
			finding_add(f, LEVEL_ERROR,
				    "Unbound's user %s may not read '%s': %s at '%s'",
				    d->user.name, d->module->path, strerror(why.error),
				    why.path),
			"chmod o+r%s %s",
			strcmp(why.path, d->module->path) == 0 ? "" : "x", why.path);
}

/* Compares the module with one program. */
static void compare(struct doctor *d, const struct elffile *program, const char *what,
		    const char *means)
{
	const struct elffile *m = &d->module->elf;

	if (strcmp(m->unbound_build_id, program->build_id) == 0)
		finding_add(&d->findings, LEVEL_OK,
			    "the module was built for %s (build id %.12s)", what,
			    program->build_id);
	else
		finding_run(
			finding_add(&d->findings, LEVEL_ERROR,
				    "'%s' was built for Unbound %s with build id %s, "
				    "but %s has %s: %s",
				    d->module->path, m->unbound_version,
				    m->unbound_build_id, what,
				    program->build_id[0] != '\0' ? program->build_id
								 : "none",
				    means),
			"./configure --with-unbound=DIR && make && make install");
}

void check_build(struct doctor *d)
{
	char what[PATH_MAX + 64];
	bool same = d->has_running && d->has_installed &&
		    strcmp(d->running.build_id, d->installed.build_id) == 0;

	if (d->process.alive && !d->process.sees_exe)
		doctor_unseen(d, "the program of the running resolver");
	if (d->module == NULL)
		return;
	if (d->has_running) {
		snprintf(what, sizeof(what), "the running Unbound, process %ld,",
			 d->process.pid);
		compare(d, &d->running, what,
			"it does not load the module at its next start or reload");
	}
	if (d->has_installed && !same) {
		snprintf(what, sizeof(what), "'%s'", d->installed_path);
		compare(d, &d->installed, what, "Unbound does not start");
	}
	if (!d->has_running && !d->has_installed)
		finding_add(&d->findings, LEVEL_NOTE,
			    "which Unbound the module was built for is not compared: "
			    "there is no program '%s'",
			    d->installed_path);
}

void check_threads(struct doctor *d)
{
	const struct elffile *program = d->has_running     ? &d->running
					: d->has_installed ? &d->installed
							   : NULL;

	if (program == NULL || program->imports_threads || program->imports_events)
		return;
	finding_run(finding_add(&d->findings, LEVEL_ERROR,
				"this Unbound was built without threads and without "
				"libevent, and the module refuses to work in it: build "
				"one with either"),
		    "packaging/unbound/build-unbound");
}
