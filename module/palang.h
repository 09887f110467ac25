// SPDX-License-Identifier: BSD-3-Clause
/* The module inside Unbound: what its files share.
 *
 *   entry.c    the six functions that Unbound's dynlib module looks up
 *   guard.c    refuses any other Unbound than the one it was built for
 *   judge.c    from a query to a verdict, in a worker thread
 *   chain.c    the aliases of an answer
 *   clients.c  who waits for an answer, and may have the true one
 *   answer.c   from a verdict to messages
 *   options.c  to each client the message and the EDE options that are its own
 *   opened.c   an open store, and how workers take it
 *   fault.c    a store that is cut short while it is read
 *   shadow.c   what feeds in shadow mode would have done, for the log
 *   watch.c    the maintenance thread: follows the store
 *   settle.c   waits until no worker acts by an older serial
 *   hold.c     an Unbound without threads: stops the worker for a moment
 *   evict.c    drops from the cache what a new serial blocks
 *
 * In a worker nothing waits, allocates outside the query's region, or prints. */
#ifndef PALANG_PALANG_H
#define PALANG_PALANG_H

#include "compat.h"

#include <pthread.h>
#include <stdatomic.h>

#include "hold.h"
#include "journal.h"
#include "lookup.h"
#include "state.h"
#include "store.h"

/* An open store, and a reader of it for every worker and for the maintenance
 * thread, which is the last. */
struct opened {
	struct store store;
	_Atomic bool cut; /* the file is shorter than it says: nobody reads it more */
	struct reader *readers;
	unsigned count;
};

/* What a feed in shadow mode would have done; a ring with one writer, the worker,
 * and one reader, the maintenance thread. No client is in it. */
#define SHADOW_RING 64
struct shadow_hit {
	uint8_t feed, action;
	uint16_t len;
	uint8_t key[NAME_KEY_MAX];
};
struct shadow_ring {
	_Atomic uint32_t written, read;
	_Atomic uint32_t lost;
	struct shadow_hit hits[SHADOW_RING];
};

/* One worker thread's own. */
struct seat {
	_Alignas(64) _Atomic(struct opened *) using; /* NULL outside a look-up */
	_Atomic uint32_t round; /* `palang.round` when it last began with a query */
	_Atomic int thread;     /* the kernel's number of it; 0 until it is known */
	uint32_t slept; /* the round in which the maintenance thread saw it asleep */
	struct shadow_ring shadow;
};

struct palang {
	struct module_env *env;
	char path[STORE_PATH_MAX];
	unsigned workers;
	struct seat *seats;
	struct state state;
	_Atomic(struct opened *) current; /* NULL: no store to answer from */
	/* +1 whenever an order becomes effective, a serial is seen or another store is
	 * served: then a verdict that was made before is not one any more. */
	_Atomic uint32_t starts;
	_Atomic uint32_t round; /* +1 whenever a cache is about to be cleared */
	_Atomic bool stumbled;  /* a look-up failed: to be logged */

	/* The maintenance thread's own. */
	pthread_t thread;
	bool running;
	pthread_mutex_t lock;
	pthread_cond_t wake; /* for `stop`, and for `hold` */
	bool stop;
	struct err trouble; /* what was last wrong */
	bool logged;        /* and it is in the log, where it comes once */
	size_t seen_txn;    /* transaction that the cache was cleared for */
	uint64_t seen_serial;
	bool unsettled;     /* but a worker may yet store by an older one */
	int64_t next_start; /* when an order next begins or ends; 0 is never */
	bool attached;      /* the state is in its file */
	bool unattached;    /* and it was said that it cannot be */
	unsigned polls;
	off_t seen_size;       /* of data.mdb: it never shrinks */
	bool told;             /* that look-ups fail */
	int64_t shadow_second; /* of the log's allowance */
	unsigned shadow_logged, shadow_skipped;
	struct hold hold;
};

/* What a client gets. */
enum kind {
	KIND_TRUTH, /* exempt */
	KIND_PLAIN,
	KIND_STRUCTURED, /* asked for structured errors */
	KINDS,
};

struct client {
	const struct comm_reply *who;
	uint16_t room; /* octets that a UDP answer may have; 0 for no bound */
	uint8_t kind;  /* enum kind */
};

/* A blocked answer; in the query's region. */
struct block {
	uint16_t ede;
	uint8_t structured; /* enum structured */
	bool forged;        /* the plain message has notice addresses */
	struct span text, json, brief_json;
	struct client *clients; /* in the order of the replies */
	unsigned count, next;
	unsigned kinds;             /* 1 << kind of those there are */
	struct dns_msg *as[KINDS];  /* NULL where no client needs it */
	struct reply_info *dressed; /* what all are sent from, each time with the
				     * contents of one of them; NULL: all get one */
};

/* A query's memory, at qstate->minfo. */
struct seen {
	size_t txn; /* what the verdict rests on */
	uint32_t starts;
	bool pass;           /* an entry lets the name pass, and its aliases' targets */
	bool truth;          /* an exempt client's own, or for one */
	bool held;           /* we set no_cache_store, for one response */
	struct block *block; /* NULL: not blocked */
};

/* What is decided about a query, and by which entry. */
struct judgement {
	struct verdict v;
	bool blocked;
	bool target; /* for the target of an alias */
	struct name name;
};

/* guard.c: NULL, or why the module must not work in this process. */
const char *guard_refusal(void);

/* judge.c */
void judge_query(struct palang *p, struct module_qstate *q, int id);
void judge_answer(struct palang *p, struct module_qstate *q, int id);
int judge_response(struct module_qstate *q, struct dns_msg *response, int id,
		   void *arg);

/* chain.c: whether a feed with `cname-targets` blocks a target. Call them only when
 * the reader's `now.any` has FEED_TARGETS; they return true with *V filled. */
bool chain_target(struct reader *r, const uint8_t *wire, size_t len, struct verdict *v);
/* Of the aliases in the answer section of a message. */
bool chain_message(struct reader *r, const struct reply_info *rep, struct verdict *v);
/* Of the aliases in a response to Q, and those that the cache has for the last of
 * them. */
bool chain_response(struct reader *r, const struct module_qstate *q,
		    const struct reply_info *rep, struct verdict *v);
/* Of those that Unbound's RRset cache would answer Q's question with. */
bool chain_cached(struct reader *r, const struct module_qstate *q, struct verdict *v);

/* clients.c: fills B's clients from those who wait for Q. Returns false without
 * memory. */
bool clients_gather(struct reader *r, struct module_qstate *q, struct block *b);
/* True when Q is an exempt client's, or asked for one, and nobody else waits. */
bool clients_exempt(struct reader *r, const struct module_qstate *q);
/* Lets nobody else join Q, and nothing of it stay in a cache. */
void clients_stand_apart(struct module_qstate *q);
/* Drops those who wait and are not exempt: they get no answer at all. */
void clients_drop(struct module_qstate *q, const struct block *b);

/* answer.c: makes Q's answer by the judgement, inside reader_begin(). Who waits may
 * be of several kinds; exempt ones among them get the message that Q has. Returns
 * false without memory or with a damaged notice. */
bool answer_make(struct reader *r, struct module_qstate *q, const struct judgement *j,
		 struct seen *seen);

/* options.c, Unbound's inplace_cb_reply: for each client before its answer is
 * encoded. */
int options_reply(struct query_info *qinfo, struct module_qstate *q,
		  struct reply_info *rep, int rcode, struct edns_data *edns,
		  struct edns_option **options, struct comm_reply *reply,
		  struct regional *region, struct timeval *start, int id, void *arg);

/* opened.c: opens the store of P with a reader for each worker and the maintenance
 * thread; NULL with an error. */
struct opened *opened_new(struct palang *p, struct err *e);
void opened_free(struct opened *o);
/* Takes the store that is served for a worker; NULL when there is none. */
struct opened *opened_take(struct palang *p, unsigned worker);
void opened_give(struct palang *p, unsigned worker);
/* Serves O (NULL: none) from now on; returns when no worker uses the old one. */
void opened_serve(struct palang *p, struct opened *o);

/* fault.c: from fault_install() to fault_remove(), a store that is cut short while
 * fault_guarded() runs F does not end the process. Returns false when it was cut:
 * F did not come to its end, and O must not be read any more. */
void fault_install(void);
void fault_remove(void);
bool fault_guarded(struct opened *o, void (*f)(void *), void *arg);
/* Lets the signal reach this thread, if Unbound has blocked it since. */
void fault_hear(void);

/* shadow.c */
void shadow_note(struct seat *seat, const struct name *name, const struct match *m);
void shadow_log(struct palang *p, struct opened *o);

/* watch.c: opens the store if it can and starts the thread. Returns false when
 * there can be no thread. */
bool watch_start(struct palang *p);
void watch_stop(struct palang *p);

/* settle.c: a worker begins with a query from the network. */
void settle_begin(struct palang *p, struct seat *seat);
/* Begins a round; then waits until every worker began something after it, or is
 * idle: no worker still acts by a verdict from before it. Returns false when it waited
 * long enough in vain; then settle_done() says when it is so. */
void settle_round(struct palang *p);
bool settle_wait(struct palang *p);
bool settle_done(struct palang *p);

/* evict.c: removes from the message cache what the reader's serial blocks. SINCE
 * is the serial that the cache is clear for; 0, or one that the journal does not
 * reach back to, looks at every message. *REMOVED says how many went. Returns false
 * when it could not finish: then it has to be done again. */
bool evict(struct palang *p, struct opened *o, uint64_t since, uint64_t *removed);

#endif
