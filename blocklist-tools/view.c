// SPDX-License-Identifier: BSD-3-Clause
#include "view.h"

int view_open(struct view *v, const char *path, struct err *e)
{
	int rc = store_open(&v->store, path, STORE_READ, e);

	if (rc == 0)
		rc = reader_init(&v->reader, &v->store, e);
	return rc == 0 ? reader_begin(&v->reader, e) : rc;
}

void view_release(struct view *v)
{
	reader_end(&v->reader);
	reader_release(&v->reader);
	store_release(&v->store);
}
