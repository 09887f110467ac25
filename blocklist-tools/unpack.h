// SPDX-License-Identifier: BSD-3-Clause
/* Compressed lists: gzip, xz and zstd, told by their first bytes and unpacked as they
 * are read. Nothing is bounded but the memory that unpacking itself takes. */
#ifndef PALANG_UNPACK_H
#define PALANG_UNPACK_H

#include <stdbool.h>

#include "bytes.h"

/* What a compressed file may ask for to be unpacked: more than any level of the
 * programs that make them does, `zstd --ultra --long=29` included. */
#define UNPACK_MEMORY_MAX ((size_t)640 << 20)

struct packing;
struct unpack;

/* What a file that begins with FIRST is packed with; NULL: it is not. */
const struct packing *packing_of(struct span first);

/* NULL without memory. */
struct unpack *unpack_new(const struct packing *p);
void unpack_free(struct unpack *u); /* U may be NULL */

/* Unpacks from *IN, of which it takes off what it has used, to OUT, which has room
 * for ROOM bytes. LAST says that nothing comes after *IN. Sets *RET_LEN, which is 0
 * when it needs more input or, with LAST, at the end. Returns NULL, or why the file
 * is broken. */
const char *unpack_step(struct unpack *u, struct span *in, bool last, uint8_t *out,
			size_t room, size_t *ret_len);

#endif
