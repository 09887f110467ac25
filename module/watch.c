// SPDX-License-Identifier: BSD-3-Clause
/* The maintenance thread: everything slow. It watches for a new serial, for a
 * store that comes, goes or is replaced, and for the time at which an order
 * becomes effective; then it clears the cache and says which serial is enforced. */
#include "palang.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define POLL_NS 20000000
/* A store that cannot be opened is tried again after so many polls. */
#define RETRY_POLLS 10

static int64_t now_us(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* Says what is wrong: once, until something else is. What cannot be logged now is
 * tried again. */
static void report(struct palang *p, const struct err *e, enum store_state state)
{
	struct state_file *file = p->state.file;
	bool servfail = atomic_load(&file->on_error) == ON_ERROR_SERVFAIL;

	atomic_store(&file->store, state);
	if (p->logged && strcmp(p->trouble.text, e->text) == 0)
		return;
	p->trouble = *e;
	snprintf(file->error, sizeof(file->error), "%s", e->text);
	p->logged = hold_worker(p);
	if (!p->logged)
		return;
	log_err("palang: %s: %s", e->text,
		atomic_load(&p->current) != NULL
			? "the store that was open before is used on"
		: servfail ? "every query is answered SERVFAIL until it is mended"
			   : "nothing is blocked until it is mended");
	release_worker(p);
}

static void attach_state(struct palang *p)
{
	struct state_file *file = p->state.file;
	struct err e = { 0 };

	if (p->attached)
		return;
	p->attached = state_attach(&p->state, p->path, &e) == 0;
	if (p->attached)
		p->unattached = false;
	else if (!p->unattached && hold_worker(p)) {
		p->unattached = true;
		log_warn("palang: %s: 'palang stats' cannot see this resolver", e.text);
		release_worker(p);
	}
	/* What this process left there before a reload is not so any more. */
	atomic_store(&file->enforced, 0);
	snprintf(file->version, sizeof(file->version), "%s", PALANG_VERSION);
}

static bool open_store(struct palang *p)
{
	struct err e = { 0 };
	struct opened *o = opened_new(p, &e);

	if (o == NULL) {
		report(p, &e, e.code == ERR_MISSING ? STORE_ABSENT : STORE_BROKEN);
		return false;
	}
	p->seen_txn = 0;
	p->seen_serial = 0;
	p->seen_size = 0;
	p->told = false;
	opened_serve(p, o);
	attach_state(p);
	p->trouble = (struct err){ 0 };
	p->state.file->error[0] = '\0';
	atomic_store(&p->state.file->store, STORE_SERVING);
	return true;
}

/* The next time at which something that is not blocked may be: an order becomes
 * effective, or one that lets names pass expires. */
static int64_t find_next_start(struct reader *r, int64_t now)
{
	MDB_cursor *cursor;
	MDB_val k, v;
	int64_t next = 0;
	int rc;

	if (mdb_cursor_open(r->txn, r->store->dbi, &cursor) != 0)
		return 0;
	for (rc = store_first(cursor, TABLE_ORDERS, &k, &v); rc == 0;
	     rc = store_next(cursor, TABLE_ORDERS, &k, &v)) {
		struct bytes b = bytes_from(v.mv_data, v.mv_size);
		struct order o = order_get(&b);

		if (b.failed)
			continue;
		if (o.effective > now && (next == 0 || o.effective < next))
			next = o.effective;
		if (o.expires > now && (next == 0 || o.expires < next))
			next = o.expires;
	}
	mdb_cursor_close(cursor);
	return next;
}

/* Asks for a cold file from a slow disk, before workers have to wait for its
 * pages. */
static void warm(const struct opened *o)
{
	mdb_filehandle_t fd;

	if (mdb_env_get_fd(o->store.env, &fd) == 0)
		posix_fadvise(fd, 0, 0, POSIX_FADV_WILLNEED);
}

/* What the store says when its cache is about to be cleared. */
struct news {
	struct reader *r;
	struct err e;
	struct snapshot now;
	int64_t at, next_start;
	bool read;
};

static void read_news(void *arg)
{
	struct news *n = arg;

	if (reader_begin(n->r, &n->e) != 0)
		return;
	n->now = n->r->now;
	n->next_start = find_next_start(n->r, n->at);
	n->read = true;
	reader_end(n->r);
}

/* Answers follow the new serial from the moment it is committed; this clears the
 * cache of what the serial blocks at time NOW, and then calls it enforced. AGAIN when
 * that was done for this serial, and a worker that was not waited for has got on. */
static void enforce(struct palang *p, struct opened *o, bool all, bool again,
		    int64_t now)
{
	struct state_file *file = p->state.file;
	struct news n = { .r = &o->readers[p->workers], .at = now };
	int64_t start = now_us(CLOCK_MONOTONIC);
	uint64_t evicted, since = all ? 0 : p->seen_serial;
	bool settled;

	if (!again)
		settle_round(p);
	if (!fault_guarded(o, read_news, &n))
		return; /* the next poll sees that it was cut */
	if (!n.read) {
		report(p, &n.e, STORE_BROKEN);
		return;
	}
	if (again && n.now.txn != p->seen_txn)
		return; /* the next poll sees that there is another */
	atomic_store(&file->on_error, n.now.on_error);
	atomic_store(&file->serial, n.now.serial);
	settled = again || settle_wait(p);
	if (!evict(p, o, since, &evicted))
		return; /* the next poll does it again */
	/* Then it is cleared of the same once more. */
	p->unsettled = !settled;
	p->seen_txn = n.now.txn;
	p->seen_serial = settled ? n.now.serial : since;
	p->next_start = n.next_start;
	if (again && evicted == 0)
		return; /* as it was said */
	atomic_fetch_add(&file->evicted, evicted);
	atomic_store(&file->eviction_us, (uint64_t)(now_us(CLOCK_MONOTONIC) - start));
	atomic_store(&file->enforced_at, now_us(CLOCK_REALTIME));
	atomic_store(&file->enforced, n.now.serial);
	if (!hold_worker(p))
		return;
	log_info("palang: serial %llu is enforced, %llu cached messages dropped",
		 (unsigned long long)n.now.serial, (unsigned long long)evicted);
	release_worker(p);
}

enum store_change { STORE_SAME, STORE_OTHER, STORE_CUT };

/* Whether another lock.mdb, or none, is where the one was that is open. A writer that
 * was killed while it put a new file in place leaves none: the next writer makes its
 * own, and would neither see our readers nor be seen. */
static bool lock_is_gone(struct palang *p, const struct opened *o)
{
	char path[STORE_PATH_MAX + 16];
	struct stat st;

	if (o->store.lock_ino == 0)
		return false;
	snprintf(path, sizeof(path), "%s/lock.mdb", p->path);
	return stat(path, &st) == 0 ? st.st_ino != o->store.lock_ino : errno == ENOENT;
}

/* What became of the file at the store's path since it was opened. A file that
 * was taken away is the same: what is open is used on. */
static enum store_change compare_file(struct palang *p, const struct opened *o)
{
	char data[STORE_PATH_MAX + 16];
	struct stat st;

	snprintf(data, sizeof(data), "%s/data.mdb", p->path);
	if (stat(data, &st) != 0)
		return o == NULL ? STORE_OTHER : STORE_SAME;
	if (o == NULL || st.st_ino != o->store.ino || st.st_dev != o->store.dev ||
	    lock_is_gone(p, o))
		return STORE_OTHER;
	/* Nothing of the map is looked at before this is known, but what workers
	 * looked at. */
	if (st.st_size < p->seen_size || atomic_load(&o->cut))
		return STORE_CUT;
	p->seen_size = st.st_size;
	return STORE_SAME;
}

struct counting {
	const struct opened *o;
	size_t txn;
};

static void read_txn(void *arg)
{
	struct counting *c = arg;
	MDB_envinfo info;

	mdb_env_info(c->o->store.env, &info);
	c->txn = info.me_last_txnid;
}

/* One poll. */
static void look(struct palang *p)
{
	struct opened *o = atomic_load(&p->current);
	struct counting c;
	struct err e = { 0 };
	int64_t now;
	bool began, news;

	switch (compare_file(p, o)) {
	case STORE_OTHER:
		/* One that could not be opened just now is not tried at once. */
		if ((p->trouble.code != 0 && ++p->polls % RETRY_POLLS != 0) ||
		    !open_store(p))
			return;
		break;
	case STORE_CUT:
		err_set(&e, ERR_DAMAGED, "store '%s' was cut short while in use",
			p->path);
		opened_serve(p, NULL);
		report(p, &e, STORE_BROKEN);
		return;
	case STORE_SAME:
		break;
	}
	if (atomic_exchange(&p->stumbled, false) && !p->told && hold_worker(p)) {
		p->told = true;
		log_err("palang: a record of store '%s' is damaged: queries that meet "
			"it "
			"are answered as on-error says",
			p->path);
		release_worker(p);
	}
	if (hold_greet(p))
		p->seen_txn = p->seen_serial = 0;
	o = atomic_load(&p->current);
	c.o = o;
	if (!fault_guarded(o, read_txn, &c))
		return; /* the next poll sees that it was cut */
	if (p->seen_txn == 0)
		warm(o);
	/* One look at the clock for all: a start is either past, or the next. */
	now = time(NULL);
	began = p->next_start != 0 && now >= p->next_start;
	news = began || c.txn != p->seen_txn;
	if (news || (p->unsettled && settle_done(p))) {
		/* A verdict by a new serial may have been made before one of its
		 * orders began, and that before this poll. */
		atomic_fetch_add(&p->starts, 1);
		enforce(p, o, began, !news, now);
	}
	shadow_log(p, o);
}

static void *watch(void *arg)
{
	struct palang *p = arg;

	/* The short sleeps of the eviction are to be short. */
	prctl(PR_SET_TIMERSLACK, 1000ul);
#if HOLDS
	p->hold.inside = true;
#endif
	pthread_mutex_lock(&p->lock);
	while (!p->stop) {
		struct timespec until;

		pthread_mutex_unlock(&p->lock);
		look(p);
		pthread_mutex_lock(&p->lock);
		clock_gettime(CLOCK_MONOTONIC, &until);
		until.tv_nsec += POLL_NS;
		if (until.tv_nsec >= 1000000000) {
			until.tv_sec++;
			until.tv_nsec -= 1000000000;
		}
		while (!p->stop &&
		       pthread_cond_timedwait(&p->wake, &p->lock, &until) != ETIMEDOUT)
			;
	}
	pthread_mutex_unlock(&p->lock);
	return NULL;
}

bool watch_start(struct palang *p)
{
	pthread_condattr_t attr;
	sigset_t all, old;

	pthread_mutex_init(&p->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&p->wake, &attr);
	pthread_condattr_destroy(&attr);
	/* Before the first query: from it on names are blocked. */
	attach_state(p);
	open_store(p);
	/* Signals are Unbound's main thread's. */
	sigfillset(&all);
	sigdelset(&all, SIGBUS); /* its own: fault.c */
	pthread_sigmask(SIG_SETMASK, &all, &old);
	p->running = pthread_create(&p->thread, NULL, watch, p) == 0;
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (p->running)
		pthread_setname_np(p->thread, "palang");
	return p->running;
}

void watch_stop(struct palang *p)
{
	if (p->running) {
		pthread_mutex_lock(&p->lock);
		p->stop = true;
		pthread_cond_signal(&p->wake);
		pthread_mutex_unlock(&p->lock);
		pthread_join(p->thread, NULL);
	}
	p->running = false;
	opened_free(atomic_exchange(&p->current, NULL));
	pthread_cond_destroy(&p->wake);
	pthread_mutex_destroy(&p->lock);
}
