// SPDX-License-Identifier: BSD-3-Clause
/* palang doctor: what is known of a resolver and its store, and the checks that judge
 * it. Everything is gathered first (doctor-facts.c, doctor-scan.c), then each check of
 * the table in doctor-checks.c looks at its part and adds what it finds. */
#ifndef PALANG_DOCTOR_H
#define PALANG_DOCTOR_H

#include "conffile.h"
#include "elffile.h"
#include "finding.h"
#include "process.h"
#include "state.h"
#include "store.h"
#include "user.h"

/* Options of Unbound that the checks look at. */
#define DOCTOR_OPTIONS(X)                                                              \
	X(MODULE_CONFIG, "module-config")                                              \
	X(DYNLIB_FILE, "dynlib-file")                                                  \
	X(NUM_THREADS, "num-threads")                                                  \
	X(MSG_CACHE_SLABS, "msg-cache-slabs")                                          \
	X(SERVE_EXPIRED, "serve-expired")                                              \
	X(SERVE_EXPIRED_TTL, "serve-expired-ttl")                                      \
	X(USERNAME, "username")                                                        \
	X(CHROOT, "chroot")                                                            \
	X(DIRECTORY, "directory")                                                      \
	X(PIDFILE, "pidfile")                                                          \
	X(CONTROL_ENABLE, "control-enable")
enum doctor_option {
#define X(name, text) OPTION_##name,
	DOCTOR_OPTIONS(X)
#undef X
		OPTIONS,
};
extern const char *const doctor_option_names[OPTIONS];
/* The first so many are asked of the running resolver, too. */
#define LIVE_OPTIONS (OPTION_SERVE_EXPIRED_TTL + 1)

#define DYNLIBS_MAX 8

/* One file that dynlib-file names. */
struct dynlib {
	char given[PATH_MAX]; /* as configured */
	char path[PATH_MAX];  /* as seen from outside a chroot */
	bool read;
	struct elffile elf;
	struct err why; /* when it was not */
};

/* What a resolver says in its state file. */
struct enforcer {
	long pid;
	int64_t started;
	uint64_t enforced;
	uint32_t store; /* enum store_state */
	char version[33], error[513];
};
#define ENFORCERS_MAX 64

/* What the names of the store ask of its notices. */
struct scan {
	bool done, whole; /* `whole`: no name was left out for want of time */
	struct err why;   /* when it failed */
	uint64_t names;
	uint64_t notices, lack_v4, lack_v6; /* entries with action `notice` */
	char example_v4[NAME_TEXT_MAX], example_v6[NAME_TEXT_MAX];
};

struct doctor {
	/* What was asked for. */
	const char *store, *config;
	bool config_given;
	const char *checkconf_name, *control_name;
	char checkconf[PATH_MAX], control[PATH_MAX]; /* found; empty when not */

	/* The configuration. */
	struct err unreadable; /* code 0: its options are known */
	bool valid;            /* unbound-checkconf finds no error */
	char complaint[512];   /* what it said else */
	char *value[OPTIONS];  /* never NULL */
	struct conf conf;
	struct err conf_error;

	/* The running resolver. */
	bool control_asked, control_answers;
	char control_silence[512]; /* why not */
	char *live[LIVE_OPTIONS];  /* NULL: not known */
	char live_modules[256];    /* of `status` */
	struct process process;
	bool user_known;
	struct user user;

	/* The module. */
	struct dynlib dynlib[DYNLIBS_MAX];
	size_t dynlibs;
	struct dynlib *module; /* which of them is palang's; NULL: none */
	struct elffile running, installed;
	bool has_running, has_installed;
	char installed_path[PATH_MAX];

	/* The store. */
	struct enforcer enforcers[ENFORCERS_MAX];
	size_t enforcers_count;
	const struct enforcer *own; /* of the process; NULL: none */
	bool lock_missing;          /* it is not opened then: that would make one */
	struct err store_error;     /* code 0: it is a good store */
	uint64_t serial;
	struct store opened;
	struct reader reader;
	struct scan scan;

	struct findings findings;
};

/* doctor-facts.c: gathers all. Never fails: what is not known is marked so. */
void doctor_gather(struct doctor *d);
void doctor_release(struct doctor *d);

/* doctor-scan.c: looks at the entries of the store, for some seconds at most. */
void doctor_scan(struct doctor *d);

/* doctor-checks.c: runs the table. */
void doctor_check(struct doctor *d);

/* Shared by the checks. */
bool doctor_is(const struct doctor *d, enum doctor_option option, const char *value);
long doctor_number(const struct doctor *d, enum doctor_option option);
/* Where OPTION has its value; NULL when it is not set, but a default. */
const struct conf_setting *doctor_setting(const struct doctor *d,
					  enum doctor_option option);
/* The index of WORD in a line of words; -1 when it is not there. */
int doctor_word(const char *line, const char *word);
/* The line that module-config should have: dynlib first, the others as they are. */
void doctor_modules(const struct doctor *d, char line[static 256]);
/* The directory in which Unbound locks itself; "" for none. */
const char *doctor_chroot(const struct doctor *d);
/* The line that is in error can be mended only by one who sees it: adds the note that
 * WHAT cannot be seen. */
void doctor_unseen(struct doctor *d, const char *what);

/* The checks: doctor-config.c, doctor-module.c, doctor-store.c, doctor-running.c. */
void check_configuration(struct doctor *d);
void check_dynlib(struct doctor *d);
void check_order(struct doctor *d);
void check_slabs(struct doctor *d);
void check_serve_expired(struct doctor *d);
void check_precedence(struct doctor *d);
void check_module(struct doctor *d);
void check_build(struct doctor *d);
void check_threads(struct doctor *d);
void check_store(struct doctor *d);
void check_permissions(struct doctor *d);
void check_notices(struct doctor *d);
void check_resolver(struct doctor *d);
void check_enforced(struct doctor *d);
void check_difference(struct doctor *d);
void check_environment(struct doctor *d);
void check_command_line(struct doctor *d);
void check_apparmor(struct doctor *d);

#endif
