// SPDX-License-Identifier: BSD-3-Clause
/* An Unbound that was built without threads has no locks, neither for its caches nor
 * for its log, and each of its workers is a process, which it forks when the modules
 * are initialised already. There the maintenance thread touches what is Unbound's
 * only while it holds the worker of its process, for a short step each time, and each
 * process has a store, counters and a thread of its own. With threads nothing of this
 * is compiled: the functions below are empty then. */
#ifndef PALANG_HOLD_H
#define PALANG_HOLD_H

#include "compat.h"
#include "state.h"

struct palang;

#ifdef THREADS_DISABLED
#define HOLDS 1

struct hold {
	int fd;                 /* wakes the worker; -1 before they have met */
	struct ub_event *event; /* the worker's, for it */
	_Atomic bool met;
	bool forks;   /* there will be other processes */
	bool kept;    /* there were messages in the cache before they met */
	bool told;    /* that there can be no event */
	bool inside;  /* the thread runs: whoever asks is not the worker itself */
	bool greeted; /* the thread's: it knows that they have met */
	enum { HOLD_NONE, HOLD_WANTED, HOLD_HELD } state; /* under palang's `lock` */
	struct state spare; /* counters, for a process that is forked to take */
};

/* Comes before the maintenance thread is made; WORKERS says how many processes there
 * will be. From then to hold_end() one that is forked has its own of everything before
 * it does anything else. Returns false when Unbound or the system refuses a callback,
 * or memory. */
bool hold_start(struct palang *p, int id, unsigned workers);
/* Comes when the thread is gone, and Unbound's loop of events, too. */
void hold_end(struct palang *p, int id);
/* The worker begins with a query: at the first one it lets the thread reach it. */
void hold_meet(struct palang *p, struct worker *worker);
/* The thread holds the worker, from here to release_worker(). Returns false when that
 * cannot be: they have not met yet, or the thread is to stop. */
bool hold_worker(struct palang *p);
void release_worker(struct palang *p);
/* True when nothing can be in the message cache, because the worker has had no query
 * yet: then there is nobody to hold, and no need to. */
bool hold_idle(struct palang *p);
/* True once, after the worker has met the thread: what was said to be enforced before
 * has to be looked at again, for the cache can be loaded from a file. */
bool hold_greet(struct palang *p);
#else
#define HOLDS 0

struct hold {
	char none;
};

static inline bool hold_start(struct palang *p, int id, unsigned workers)
{
	(void)p;
	(void)id;
	(void)workers;
	return true;
}

static inline void hold_end(struct palang *p, int id)
{
	(void)p;
	(void)id;
}

static inline void hold_meet(struct palang *p, struct worker *worker)
{
	(void)p;
	(void)worker;
}

static inline bool hold_worker(struct palang *p)
{
	(void)p;
	return true;
}

static inline void release_worker(struct palang *p)
{
	(void)p;
}

static inline bool hold_idle(struct palang *p)
{
	(void)p;
	return false;
}

static inline bool hold_greet(struct palang *p)
{
	(void)p;
	return false;
}

#endif
#endif
