// SPDX-License-Identifier: BSD-3-Clause
/* A store that is open to be read, at one serial, for as long as a command looks. */
#ifndef PALANG_VIEW_H
#define PALANG_VIEW_H

#include "store.h"

struct view {
	struct store store;
	struct reader reader; /* begun; points to `store`: a view is not copied */
};

/* Opens the store in directory PATH and begins to read it. Returns 0 or an error of
 * store_open(), reader_init() or reader_begin(); view_release() follows in either
 * case. */
int view_open(struct view *v, const char *path, struct err *e);
void view_release(struct view *v);

#endif
