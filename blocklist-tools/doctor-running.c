// SPDX-License-Identifier: BSD-3-Clause
/* palang doctor: checks of the resolver that runs. */
#ifdef HAVE_CONFIG_H
#include "palang-config.h"
#endif

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "apparmor.h"
#include "doctor.h"

#ifndef PACKAGE_VERSION
#define PACKAGE_VERSION "(not released)"
#endif

#define RESTART "systemctl restart unbound"

/* False when it is known that the running resolver has not loaded palang. */
static bool may_have_palang(const struct doctor *d)
{
	return !d->control_answers || doctor_word(d->live_modules, "dynlib") >= 0;
}

void check_resolver(struct doctor *d)
{
	struct findings *f = &d->findings;
	long pid = d->process.pid;

	if (!d->process.alive && d->control_answers) {
		finding_add(f, LEVEL_NOTE,
			    "cannot see process %ld, the running resolver: is it in a "
			    "container?",
			    pid);
		return;
	}
	if (!d->process.alive) {
		finding_run(
			finding_add(f, LEVEL_WARNING,
				    "no running resolver with the configuration '%s' "
				    "was found",
				    d->config),
			"systemctl start unbound");
		return;
	}
	if (!may_have_palang(d))
		finding_run(finding_add(f, LEVEL_ERROR,
					"the running resolver, process %ld, has the "
					"modules%sand runs without palang: nothing is "
					"blocked",
					pid, d->live_modules),
			    RESTART);
	else if (d->own == NULL)
		finding_run(finding_add(f, LEVEL_ERROR,
					"the running resolver, process %ld, keeps no "
					"state in '%s': it has not loaded palang, has "
					"another store, or may not write there",
					pid, d->store),
			    "journalctl -u unbound | grep palang:");
	else
		finding_add(f, LEVEL_OK,
			    "a resolver runs with this store: process %ld, palang %s",
			    pid, d->own->version);
	if (d->own != NULL && strcmp(d->own->version, PACKAGE_VERSION) != 0)
		finding_run(
			finding_add(f, LEVEL_WARNING,
				    "the running resolver has palang %s, the command "
				    "is palang %s",
				    d->own->version, PACKAGE_VERSION),
			RESTART);
}

void check_enforced(struct doctor *d)
{
	struct findings *f = &d->findings;

	if (d->own == NULL)
		return;
	if (d->own->store != STORE_SERVING)
		finding_add(f, LEVEL_ERROR,
			    "the running resolver cannot use its store, and nothing "
			    "new is blocked: %s",
			    d->own->error[0] != '\0' ? d->own->error
						     : "it does not say why");
	else if (d->store_error.code == 0 && !d->lock_missing &&
		 d->own->enforced < d->serial)
		finding_run(
			finding_add(f, LEVEL_ERROR,
				    "the running resolver enforces serial %llu, the "
				    "store is at %llu: is process %ld stopped or "
				    "overloaded?",
				    (unsigned long long)d->own->enforced,
				    (unsigned long long)d->serial, d->own->pid),
			RESTART);
	else
		finding_add(f, LEVEL_OK, "serial %llu is enforced",
			    (unsigned long long)d->own->enforced);
}

void check_difference(struct doctor *d)
{
	struct findings *f = &d->findings;

	if (d->unreadable.code != 0)
		return;
	if (!d->control_asked)
		finding_change(
			finding_add(f, LEVEL_NOTE,
				    "control-enable is no: what the running resolver "
				    "has loaded cannot be compared with '%s'",
				    d->config),
			doctor_setting(d, OPTION_CONTROL_ENABLE), d->config,
			"control-enable: yes");
	else if (!d->control_answers)
		finding_add(f, d->process.alive ? LEVEL_WARNING : LEVEL_NOTE,
			    "unbound-control has no answer: %s", d->control_silence);
	for (int i = 0; i < LIVE_OPTIONS; i++)
		if (d->live[i] != NULL && strcmp(d->live[i], d->value[i]) != 0)
			finding_run(finding_add(f, LEVEL_WARNING,
						"the running resolver has %s \"%s\", "
						"'%s' says \"%s\"",
						doctor_option_names[i], d->live[i],
						d->config, d->value[i]),
				    RESTART);
}

static bool same_place(const char *a, const char *b)
{
	struct stat x, y;

	if (stat(a, &x) != 0 || stat(b, &y) != 0)
		return strcmp(a, b) == 0;
	return x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

void check_environment(struct doctor *d)
{
	const struct process *p = &d->process;
	const char *set = p->has_store ? p->store : PALANG_STORE_DEFAULT;
	char path[2 * PATH_MAX];

	if (!p->alive || !may_have_palang(d))
		return;
	if (!p->sees_environ) {
		doctor_unseen(d, "the environment of the running resolver");
		return;
	}
	if (set[0] == '/')
		snprintf(path, sizeof(path), "%s%s", doctor_chroot(d), set);
	else
		snprintf(path, sizeof(path), "/proc/%ld/cwd/%s", p->pid, set);
	if (same_place(path, d->store))
		return;
	finding_change(finding_add(&d->findings, LEVEL_ERROR,
				   "the running resolver answers from '%s'%s, not from "
				   "'%s'",
				   set,
				   p->has_store ? ", its PALANG_STORE"
						: ", as it has no PALANG_STORE",
				   d->store),
		       NULL, "/etc/systemd/system/unbound.service.d/palang.conf",
		       "Environment=PALANG_STORE=%s",
		       d->store + (strncmp(d->store, doctor_chroot(d),
					   strlen(doctor_chroot(d))) == 0
					   ? strlen(doctor_chroot(d))
					   : 0));
}

void check_command_line(struct doctor *d)
{
	if (d->process.alive && d->process.config_relative)
		finding_run(finding_add(&d->findings, LEVEL_WARNING,
					"the running resolver was given its "
					"configuration by a relative path: a reload "
					"may not find it, and Unbound then goes on "
					"without palang"),
			    "unbound -c %s%s", d->config[0] == '/' ? "" : "$PWD/",
			    d->config);
}

void check_apparmor(struct doctor *d)
{
	static const char local[] = "/etc/apparmor.d/local/usr.sbin.unbound";

	if (!apparmor_enforces("/sys/kernel/security/apparmor/profiles") ||
	    apparmor_allows(local, d->store) ||
	    apparmor_allows("/etc/apparmor.d/usr.sbin.unbound", d->store))
		return;
	finding_change(
		finding_add(&d->findings, LEVEL_ERROR,
			    "AppArmor enforces a profile for Unbound that has no "
			    "line for '%s': Unbound may not open it",
			    d->store),
		NULL, local,
		"%s/ r, %s/data.mdb rk, %s/lock.mdb rwk, %s/resolver.* rwk,", d->store,
		d->store, d->store, d->store);
}
