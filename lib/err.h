// SPDX-License-Identifier: BSD-3-Clause
/* Errors: a code for the program, a sentence for the human.
 *
 * A function that can fail takes a `struct err *` last and returns 0 or a
 * negative code; err_set() returns its code, so a failure is one statement. The
 * library never prints: the command prints e.text once, the module hands it to
 * Unbound's log. The sentence is lower case, quotes what it is about, and has no
 * full stop: "cannot open 'x': No such file or directory". */
#ifndef PALANG_ERR_H
#define PALANG_ERR_H

/* Codes. The system's and LMDB's own errors travel as ERR_SYSTEM: the sentence
 * says which one it was; a caller only needs to know what it can do about it. */
enum err_code {
	ERR_NONE = 0,
	ERR_INPUT = -1,   /* what was given is wrong: a list, a name, an option */
	ERR_SYSTEM = -2,  /* the system or LMDB refused: permission, disk, memory */
	ERR_MISSING = -3, /* there is no store */
	ERR_FORMAT = -4,  /* a store of another version, or not a store */
	ERR_DAMAGED = -5, /* a store that contradicts itself */
};

struct err {
	int code;
	char text[512];
};

/* Scope-bound release: `AUTO(store) s = { 0 };` calls store_release(&s) on every
 * way out. A release function accepts a zeroed object and may run twice. */
#define AUTO(type) __attribute__((cleanup(type##_release))) struct type

/* Fills E (when not NULL) and returns CODE. */
int err_set(struct err *e, int code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#endif
