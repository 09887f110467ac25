// SPDX-License-Identifier: BSD-3-Clause
/* What an ELF file, a program or a module, says of itself. It is read, never loaded: to
 * load a module is to run it. */
#ifndef PALANG_ELFFILE_H
#define PALANG_ELFFILE_H

#include <stdbool.h>

#include "err.h"

/* A build id in hex: at most 64 bytes, as in module/guard.c. */
#define BUILD_ID_TEXT 129

struct elffile {
	char build_id[BUILD_ID_TEXT]; /* empty where there is none */
	bool exports_module;          /* the six functions of a dynlib module */
	bool imports_threads;         /* pthread_create */
	bool imports_events;          /* event_assign, of libevent */
	/* What palang's module says in its note; `palang` is false in all others. */
	bool palang;
	char unbound_build_id[BUILD_ID_TEXT];
	char unbound_version[32], palang_version[32];
};

/* Returns 0; ERR_SYSTEM when PATH cannot be read; ERR_FORMAT when it is no ELF file, or
 * one of another machine. */
int elffile_read(struct elffile *f, const char *path, struct err *e);

#endif
