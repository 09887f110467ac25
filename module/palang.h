// SPDX-License-Identifier: BSD-3-Clause
/* The module inside Unbound: what its files share.
 *
 *   entry.c   the six functions that Unbound's dynlib module looks up
 *   guard.c   refuses any other Unbound than the one it was built for
 *   judge.c   from a query to a verdict, in a worker thread
 *   answer.c  from a verdict to an answer
 *   watch.c   the maintenance thread: follows the store
 *   evict.c   drops from the cache what a new serial blocks
 *
 * In a worker nothing waits, allocates outside the query's region, or prints. */
#ifndef PALANG_PALANG_H
#define PALANG_PALANG_H

#include "compat.h"

#include <pthread.h>
#include <stdatomic.h>

#include "journal.h"
#include "lookup.h"
#include "state.h"
#include "store.h"

/* An open store, and a reader of it for every worker and for the maintenance
 * thread, which is the last. */
struct opened {
	struct store store;
	struct reader *readers;
	unsigned count;
};

/* One worker thread's own. */
struct seat {
	_Alignas(64) _Atomic(struct opened *) using; /* NULL outside a look-up */
};

struct palang {
	struct module_env *env;
	char path[STORE_PATH_MAX];
	unsigned workers;
	struct seat *seats;
	struct state state;
	_Atomic(struct opened *) current; /* NULL: no store to answer from */
	/* +1 whenever an order becomes effective or another store is served: then a
	 * verdict that was made before is not one any more. */
	_Atomic uint32_t starts;
	_Atomic bool stumbled; /* a look-up failed: to be logged */

	/* The maintenance thread's own. */
	pthread_t thread;
	bool running;
	pthread_mutex_t lock;
	pthread_cond_t wake; /* for `stop` */
	bool stop;
	struct err trouble; /* what was last logged, to log it once */
	size_t seen_txn;    /* transaction that the cache was cleared for */
	uint64_t seen_serial;
	int64_t next_start; /* when the next order becomes effective; 0 is never */
	bool attached;      /* the state is in its file */
	bool unattached;    /* and it was said that it cannot be */
	unsigned polls;
	off_t seen_size; /* of data.mdb: it never shrinks */
	bool told;       /* that look-ups fail */
};

/* A query's memory, at qstate->minfo. */
struct seen {
	size_t txn; /* what the verdict rests on */
	uint32_t starts;
	bool blocked;
	bool forged; /* the answer holds a notice address */
	uint16_t ede;
	uint16_t ede_len; /* of the option: code and text */
	uint8_t ede_data[2 + ORDER_EDE_TEXT_MAX];
};

/* guard.c: NULL, or why the module must not work in this process. */
const char *guard_refusal(void);

/* judge.c */
void judge_query(struct palang *p, struct module_qstate *q, int id);
void judge_answer(struct palang *p, struct module_qstate *q, int id);
int judge_response(struct module_qstate *q, struct dns_msg *response, int id,
		   void *arg);

/* answer.c: makes Q's answer by the verdict, inside reader_begin(). NAME is
 * Q's, SEEN is filled. Returns false without memory or with a damaged notice. */
bool answer_make(struct reader *r, struct module_qstate *q, const struct name *name,
		 const struct verdict *v, struct seen *seen);
/* Unbound's inplace_cb_reply: adds the EDE options for one client. */
int answer_options(struct query_info *qinfo, struct module_qstate *q,
		   struct reply_info *rep, int rcode, struct edns_data *edns,
		   struct edns_option **options, struct comm_reply *reply,
		   struct regional *region, struct timeval *start, int id, void *arg);

/* watch.c: opens the store if it can and starts the thread. Returns false when
 * there can be no thread. */
bool watch_start(struct palang *p);
void watch_stop(struct palang *p);

/* evict.c: removes from the message cache what the reader's serial blocks. SINCE
 * is the serial that the cache is clear for; 0, or one that the journal does not
 * reach back to, looks at every message. *REMOVED says how many went. Returns false
 * when it could not finish: then it has to be done again. */
bool evict(struct palang *p, struct reader *r, uint64_t since, uint64_t *removed);

#endif
