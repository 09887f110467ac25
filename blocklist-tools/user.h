// SPDX-License-Identifier: BSD-3-Clause
/* What another user may do with a file. The kernel is asked, as that user: modes,
 * access lists and every directory on the way count as they do for the resolver. */
#ifndef PALANG_USER_H
#define PALANG_USER_H

#include <limits.h>
#include <stdbool.h>
#include <sys/types.h>

#define USER_GROUPS_MAX 128

struct user {
	char name[64]; /* or its number */
	uid_t uid;
	gid_t gid;
	gid_t groups[USER_GROUPS_MAX];
	int count;
};

/* The user NAME with all groups; "" is who runs this. False when there is none. */
bool user_named(struct user *u, const char *name);
/* The user as whom a process runs. */
bool user_of_process(struct user *u, long pid);

enum user_may {
	USER_MAY,
	USER_MAY_NOT,
	USER_UNKNOWN, /* only root can find it out */
};

struct denial {
	char path[PATH_MAX]; /* the file, or the directory on the way to it */
	int error;           /* errno */
};

/* May U open PATH with MODE (R_OK, W_OK, X_OK)? Directories in its first ROOT bytes are
 * not looked at: those of a chroot. *RET_WHY is filled when not. */
enum user_may user_may(const struct user *u, const char *path, size_t root, int mode,
		       struct denial *ret_why);

#endif
