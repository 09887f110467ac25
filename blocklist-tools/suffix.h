// SPDX-License-Identifier: BSD-3-Clause
/* Public suffixes: names under which the public registers names of its own, such
 * as com.example's com, or the host name of a shared hosting service. Blocking
 * one takes down all of its customers.
 *
 * The Public Suffix List is read fresh from the system, its ICANN and its private
 * section. libpsl decides; in front of it stands an exact table made of the same
 * file, because libpsl needs a microsecond for each name. */
#ifndef PALANG_SUFFIX_H
#define PALANG_SUFFIX_H

#include <libpsl.h>
#include <stdbool.h>

#include "err.h"
#include "name.h"

struct suffix_rule {
	uint32_t at;  /* of its key in `keys`; 0 is a free slot */
	uint16_t tag; /* of the key's hash, other bits than the slot's */
	uint8_t len;
	bool star; /* its children are suffixes */
};

struct suffixes {
	psl_ctx_t *psl;
	struct suffix_rule *rules; /* NULL: libpsl is asked for each name */
	size_t room, count;        /* room is a power of two */
	uint8_t *keys;
	size_t used, keys_room;
};

/* Loads the list from the file PATH in the list's text form, or, where PATH is
 * NULL, from where the system keeps it, or else what libpsl was built with.
 * Returns 0 or ERR_SYSTEM; suffixes_release() follows in either case. */
int suffixes_load(struct suffixes *s, const char *path, struct err *e);
void suffixes_release(struct suffixes *s);

/* True when the name is itself a public suffix; not when it is below one. */
bool suffixes_match(const struct suffixes *s, const struct name *n);

#endif
