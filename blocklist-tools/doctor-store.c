// SPDX-License-Identifier: BSD-3-Clause
/* palang doctor: checks of the store. */
#include <errno.h>
#include <grp.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "doctor.h"

/* True when only rights are missing to look at the store. */
static bool is_hidden(const struct doctor *d)
{
	char data[STORE_PATH_MAX + 16];

	snprintf(data, sizeof(data), "%s/data.mdb", d->store);
	return geteuid() != 0 && access(data, R_OK) != 0 && errno == EACCES;
}

static void judge_chroot(struct doctor *d)
{
	const char *root = doctor_chroot(d);
	size_t len = strlen(root);

	if (len == 0 || (strncmp(d->store, root, len) == 0 && d->store[len] == '/'))
		return;
	finding_change(finding_add(&d->findings, LEVEL_ERROR,
				   "the store '%s' is outside of the chroot '%s': "
				   "Unbound cannot see it",
				   d->store, root),
		       doctor_setting(d, OPTION_CHROOT), d->config, "chroot: \"\"");
}

static void judge_error(struct doctor *d, const struct err *e)
{
	struct finding *f =
		finding_add(&d->findings, LEVEL_ERROR, "%s%s", e->text,
			    e->code == ERR_MISSING ? ": nothing is blocked" : "");

	if (e->code == ERR_MISSING)
		finding_run(f, "palang compile -o %s LIST...", d->store);
	/* Of a lock file that is another store's the sentence says what to do. */
	else if (strstr(e->text, "lock.mdb") == NULL &&
		 (e->code == ERR_FORMAT || e->code == ERR_DAMAGED))
		finding_run(f,
			    "mv %s/data.mdb %s/data.mdb.bad && palang compile -o %s "
			    "LIST...",
			    d->store, d->store, d->store);
}

void check_store(struct doctor *d)
{
	struct findings *f = &d->findings;

	judge_chroot(d);
	if (is_hidden(d)) {
		doctor_unseen(d, d->store);
		return;
	}
	if (d->lock_missing) {
		finding_run(
			finding_add(f, LEVEL_WARNING,
				    "'%s/lock.mdb' is missing: who opens the store "
				    "next makes it, and Unbound's user must be able "
				    "to write it; until then the store is not "
				    "looked at here",
				    d->store),
			"palang query -o %s example.com", d->store);
		return;
	}
	if (d->store_error.code != 0)
		judge_error(d, &d->store_error);
	else if (!d->scan.done)
		judge_error(d, &d->scan.why);
	else
		finding_add(f, LEVEL_OK,
			    "the store '%s' is at serial %llu, %s%llu names", d->store,
			    (unsigned long long)d->serial,
			    d->scan.whole ? "" : "more than ",
			    (unsigned long long)d->scan.names);
}

/* What Unbound's user has to be able to do. */
// clang-format off
static const struct need {
	const char *file, *chmod; /* "" is the directory */
	int mode;
	enum level level;
	const char *means;
} needs[] = {
	{ "", "2770", X_OK, LEVEL_ERROR, "it cannot open the store" },
	{ "", "2770", R_OK | W_OK | X_OK, LEVEL_WARNING,
	  "it cannot keep counters there, and 'palang compile' does not wait for it" },
	{ "/data.mdb", "0640", R_OK, LEVEL_ERROR, "it cannot open the store" },
	{ "/lock.mdb", "0660", R_OK | W_OK, LEVEL_ERROR,
	  "it has to write it in order to read the store" },
};
// clang-format on
#define NEEDS (sizeof(needs) / sizeof(needs[0]))

/* Adds what is denied. */
static void deny(struct doctor *d, const struct need *need, const char *path,
		 const struct denial *why)
{
	const struct group *g = getgrgid(d->user.gid);
	struct finding *f;

	f = finding_add(&d->findings, need->level,
			"Unbound's user %s may not %s '%s'%s%s%s (%s): %s",
			d->user.name,
			need->mode & W_OK   ? "write"
			: need->mode & X_OK ? "enter"
					    : "read",
			path, strcmp(path, why->path) != 0 ? ", because of '" : "",
			strcmp(path, why->path) != 0 ? why->path : "",
			strcmp(path, why->path) != 0 ? "'" : "", strerror(why->error),
			need->means);
	if (strcmp(path, why->path) != 0)
		finding_run(f, "chmod o+x %s", why->path);
	else
		finding_run(f, "chgrp %s %s && chmod %s %s",
			    g != NULL ? g->gr_name : d->user.name, path, need->chmod,
			    path);
}

void check_permissions(struct doctor *d)
{
	bool denied = false, unseen = false;

	if (d->unreadable.code != 0)
		return;
	if (!d->user_known) {
		finding_change(
			finding_add(&d->findings, LEVEL_ERROR,
				    "there is no user '%s' for Unbound to run as",
				    d->value[OPTION_USERNAME]),
			doctor_setting(d, OPTION_USERNAME), d->config,
			"username: \"unbound\"");
		return;
	}
	for (size_t i = 0; i < NEEDS && !(denied && needs[i].file[0] != '\0'); i++) {
		char path[STORE_PATH_MAX + 16];
		struct denial why;
		enum user_may may;

		snprintf(path, sizeof(path), "%s%s", d->store, needs[i].file);
		may = user_may(&d->user, path, strlen(doctor_chroot(d)), needs[i].mode,
			       &why);
		unseen |= may == USER_UNKNOWN;
		if (may != USER_MAY_NOT || why.error == ENOENT)
			continue;
		deny(d, &needs[i], path, &why);
		/* The reason of one is that of those that follow. */
		denied = needs[i].level == LEVEL_ERROR && needs[i].file[0] == '\0';
		if (denied)
			return;
	}
	if (unseen)
		finding_add(&d->findings, LEVEL_NOTE,
			    "cannot see what Unbound's user %s may do in '%s': run as "
			    "root",
			    d->user.name, d->store);
}

static void judge_family(struct doctor *d, uint64_t lack, const char *example,
			 const char *family, const char *type, const char *address)
{
	if (lack == 0)
		return;
	finding_run(finding_add(&d->findings, LEVEL_WARNING,
				"%llu of %llu entries with the action notice, such as "
				"%s, have no %s address in their notice: %s is "
				"answered without data, and no notice is shown",
				(unsigned long long)lack,
				(unsigned long long)d->scan.notices, example, family,
				type),
		    "palang compile -o %s --notice %s ... LIST..., with addresses of "
		    "both families",
		    d->store, address);
}

void check_notices(struct doctor *d)
{
	if (!d->scan.done)
		return;
	judge_family(d, d->scan.lack_v4, d->scan.example_v4, "IPv4", "A", "192.0.2.1");
	judge_family(d, d->scan.lack_v6, d->scan.example_v6, "IPv6", "AAAA",
		     "2001:db8::1");
}
