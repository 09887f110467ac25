// SPDX-License-Identifier: BSD-3-Clause
/* An open store, and how workers take it. */
#include "palang.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static void release(void *arg)
{
	struct opened *o = arg;

	for (unsigned i = 0; o->readers != NULL && i < o->count; i++)
		reader_release(&o->readers[i]);
	store_release(&o->store);
}

/* Leaving LMDB's table of readers writes to lock.mdb, which may be cut short, too:
 * then the rest stays open. That a store was cut is no reason to keep it. */
void opened_free(struct opened *o)
{
	if (o == NULL)
		return;
	atomic_store(&o->cut, false);
	fault_guarded(o, release, o);
	free(o->readers);
	free(o);
}

struct opening {
	struct palang *p;
	struct opened *o;
	struct err *e;
	int rc;
};

/* The first look proves that it can be read. */
static void open_readers(void *arg)
{
	struct opening *w = arg;
	struct opened *o = w->o;

	w->rc = store_open(&o->store, w->p->path, STORE_READ, w->e);
	for (unsigned i = 0; i < o->count && w->rc == 0; i++)
		w->rc = reader_init(&o->readers[i], &o->store, w->e);
	if (w->rc == 0)
		w->rc = reader_begin(&o->readers[o->count - 1], w->e);
	if (w->rc == 0)
		reader_end(&o->readers[o->count - 1]);
}

static struct opened *open_checked(struct palang *p, struct err *e)
{
	struct opened *o = calloc(1, sizeof(*o));
	struct opening w = { p, o, e, 0 };

	if (o != NULL) {
		o->count = p->workers + 1;
		o->readers = calloc(o->count, sizeof(*o->readers));
	}
	if (o == NULL || o->readers == NULL) {
		err_set(e, ERR_SYSTEM, "out of memory");
		free(o);
		return NULL;
	}
	if (!fault_guarded(o, open_readers, &w))
		w.rc = err_set(e, ERR_DAMAGED,
			       "store '%s' was cut short while it was opened", p->path);
	if (w.rc == 0)
		return o;
	opened_free(o);
	return NULL;
}

/* When data.mdb was replaced and lock.mdb was not, the lock file is still that of
 * the store that is open: the new one must not share it. All who follow do this
 * under the lock that a writer holds, so that they end with the same new file.
 * Returns false when it cannot be done now. */
static bool leave_lock_file(struct palang *p, int dir)
{
	const struct opened *o = atomic_load(&p->current);
	struct stat st;

	if (o == NULL || dir < 0 || fstatat(dir, "lock.mdb", &st, 0) != 0 ||
	    st.st_ino != o->store.lock_ino || st.st_dev != o->store.dev)
		return true;
	return flock(dir, LOCK_EX | LOCK_NB) == 0 &&
	       (fstatat(dir, "lock.mdb", &st, 0) != 0 ||
		st.st_ino != o->store.lock_ino || unlinkat(dir, "lock.mdb", 0) == 0);
}

struct opened *opened_new(struct palang *p, struct err *e)
{
	int dir = open(p->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct opened *o = NULL;

	if (leave_lock_file(p, dir))
		o = open_checked(p, e);
	else
		err_set(e, ERR_SYSTEM, "cannot replace the lock file of '%s' yet",
			p->path);
	if (dir >= 0)
		close(dir);
	return o;
}

/* The store may be swapped for another at any time: a worker says first what it is
 * about to use, and looks again. */
struct opened *opened_take(struct palang *p, unsigned worker)
{
	struct seat *seat = &p->seats[worker];
	struct opened *o;

	do {
		o = atomic_load(&p->current);
		atomic_store(&seat->using, o);
	} while (o != atomic_load(&p->current));
	return o;
}

void opened_give(struct palang *p, unsigned worker)
{
	atomic_store_explicit(&p->seats[worker].using, NULL, memory_order_release);
}

void opened_serve(struct palang *p, struct opened *o)
{
	struct opened *old = atomic_exchange(&p->current, o);
	struct timespec tick = { .tv_nsec = 100000 };

	if (old == NULL)
		return;
	for (unsigned i = 0; i < p->workers; i++)
		while (atomic_load(&p->seats[i].using) == old)
			nanosleep(&tick, NULL);
	/* After the last verdict by the old one. */
	atomic_fetch_add(&p->starts, 1);
	opened_free(old);
}
