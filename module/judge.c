// SPDX-License-Identifier: BSD-3-Clause
/* From a query to a verdict, in a worker thread. */
#include "palang.h"

#include <string.h>

static struct state_thread *counters(struct palang *p, const struct module_qstate *q)
{
	return &p->state.file->thread[q->env->worker->thread_num];
}

/* Takes this worker's reader. The store may be swapped for another at any time:
 * a worker says first what it is about to use, and looks again. */
static struct reader *take_reader(struct palang *p, const struct module_qstate *q)
{
	unsigned number = (unsigned)q->env->worker->thread_num;
	struct seat *seat = &p->seats[number];
	struct opened *o;
	struct reader *r;

	do {
		o = atomic_load(&p->current);
		atomic_store(&seat->using, o);
	} while (o != atomic_load(&p->current));
	if (o == NULL)
		return NULL;
	r = &o->readers[number];
	if (reader_begin(r, NULL) == 0)
		return r;
	atomic_store_explicit(&seat->using, NULL, memory_order_release);
	return NULL;
}

static void give_reader(struct palang *p, const struct module_qstate *q,
			struct reader *r)
{
	unsigned number = (unsigned)q->env->worker->thread_num;

	reader_end(r);
	atomic_store_explicit(&p->seats[number].using, NULL, memory_order_release);
}

/* The clock is read, not Unbound's note of it, which may be a moment behind that of
 * the maintenance thread. */
static int decide(struct reader *r, const struct module_qstate *q, struct name *name,
		  struct verdict *v)
{
	if (!name_from_wire(name, q->qinfo.qname, q->qinfo.qname_len))
		return ERR_INPUT;
	return lookup(r, name->key, name->len, time(NULL), v, NULL, NULL, NULL);
}

/* A client's query, or a prefetch in place of one: not what Unbound asks for its
 * own needs, which must stay true. A client's state has replies waiting for it; that
 * of an RFC 5011 probe or the like has only a callback. */
static bool for_client(const struct module_qstate *q)
{
	return !q->is_valrec && !q->is_priming &&
	       (q->mesh_info->reply_list != NULL || q->mesh_info->cb_list == NULL);
}

static void count_block(struct state_thread *t, const struct name *name,
			const struct verdict *v)
{
	const struct entry *e = &v->match.entry;

	count(&t->verdicts[e->action]);
	count(&t->feeds[e->feed]);
	count(&t->orders[e->order < STATE_ORDERS ? e->order : 0]);
	if (e->action != ACTION_PASS)
		state_top(t, name->key, name->len);
}

/* No verdict can be had: the store is missing or broken. */
static void answer_blind(struct palang *p, struct module_qstate *q, int id)
{
	if (atomic_load(&p->state.file->on_error) != ON_ERROR_SERVFAIL) {
		count(&counters(p, q)->failed_open);
		return;
	}
	count(&counters(p, q)->failed_closed);
	q->return_msg = NULL;
	q->return_rcode = LDNS_RCODE_SERVFAIL;
	q->ext_state[id] = module_finished;
}

static void block(struct reader *r, struct module_qstate *q, int id,
		  const struct name *name, const struct verdict *v, struct seen *seen)
{
	/* Out of memory for the answer: no true one may take its place. */
	if (!answer_make(r, q, name, v, seen)) {
		q->return_msg = NULL;
		q->return_rcode = LDNS_RCODE_SERVFAIL;
	}
	q->ext_state[id] = module_finished;
}

/* STARTS was read before the verdict was made: what happened since is then taken to
 * be news, at the worst once too often. */
static struct seen *new_seen(const struct reader *r, struct module_qstate *q,
			     uint32_t starts, bool blocked)
{
	/* A query that is not blocked needs no room for the EDE option. */
	size_t size = blocked ? sizeof(struct seen) : offsetof(struct seen, ede_data);
	struct seen *seen = regional_alloc(q->region, size);

	if (seen != NULL) {
		memset(seen, 0, offsetof(struct seen, ede_data));
		seen->txn = r->now.txn;
		seen->starts = starts;
		seen->blocked = blocked;
	}
	return seen;
}

void judge_query(struct palang *p, struct module_qstate *q, int id)
{
	struct state_thread *t = counters(p, q);
	uint32_t starts = atomic_load(&p->starts);
	struct verdict v;
	struct reader *r;
	struct name name;
	struct seen *seen;

	q->ext_state[id] = module_wait_module;
	if (q->qinfo.qclass != LDNS_RR_CLASS_IN || !for_client(q))
		return;
	count(&t->queries);
	r = take_reader(p, q);
	if (r == NULL) {
		answer_blind(p, q, id);
		return;
	}
	if (decide(r, q, &name, &v) != 0) {
		count(&t->errors);
		atomic_store(&p->stumbled, true);
		answer_blind(p, q, id);
	} else {
		seen = new_seen(r, q, starts, verdict_blocks(&v));
		q->minfo[id] = seen;
		if (v.found)
			count_block(t, &name, &v);
		if (verdict_blocks(&v))
			block(r, q, id, &name, &v, seen);
	}
	give_reader(p, q, r);
}

/* Drops Q's own message from the cache; for AAAA the CD bit is part of its key. */
static void drop_cached(const struct module_qstate *q)
{
	msg_cache_remove(q->env, q->qinfo.qname, q->qinfo.qname_len, q->qinfo.qtype,
			 q->qinfo.qclass, 0);
	if (q->qinfo.qtype == LDNS_RR_TYPE_AAAA)
		msg_cache_remove(q->env, q->qinfo.qname, q->qinfo.qname_len,
				 q->qinfo.qtype, q->qinfo.qclass, BIT_CD);
}

/* True when Q's verdict still holds: nothing was committed, no other store was
 * opened, and no order became effective, since. */
static bool still_holds(const struct reader *r, const struct seen *seen,
			uint32_t starts)
{
	return seen != NULL && seen->txn == r->now.txn && seen->starts == starts;
}

/* The true answer is there, and in the cache. If its name is blocked by now, or
 * was all along and Unbound asked for its own needs, it must not stay there; a
 * client who waits for it gets the block. */
void judge_answer(struct palang *p, struct module_qstate *q, int id)
{
	struct seen *seen = q->minfo[id];
	uint32_t starts = atomic_load(&p->starts);
	struct verdict v;
	struct reader *r;
	struct name name;

	q->ext_state[id] = module_finished;
	if (q->qinfo.qclass != LDNS_RR_CLASS_IN)
		return;
	r = take_reader(p, q);
	if (r == NULL)
		return;
	if (!still_holds(r, seen, starts) && decide(r, q, &name, &v) == 0 &&
	    verdict_blocks(&v)) {
		drop_cached(q);
		if (for_client(q)) {
			count(&counters(p, q)->late);
			count_block(counters(p, q), &name, &v);
			seen = new_seen(r, q, starts, true);
			q->minfo[id] = seen;
			block(r, q, id, &name, &v, seen);
		}
	}
	give_reader(p, q, r);
}

/* True when the name that RESPONSE is about is blocked: the target of an alias, say,
 * whose message will be kept under its own name. There is no response when none
 * came. */
static bool is_blocked_too(struct reader *r, const struct module_qstate *q,
			   const struct dns_msg *response)
{
	const struct query_info *asked = response == NULL ? NULL : &response->qinfo;
	struct verdict v;
	struct name name;

	return asked != NULL && asked->qname != NULL &&
	       asked->qclass == LDNS_RR_CLASS_IN &&
	       query_dname_compare(asked->qname, q->qinfo.qname) != 0 &&
	       name_from_wire(&name, asked->qname, asked->qname_len) &&
	       lookup(r, name.key, name.len, time(NULL), &v, NULL, NULL, NULL) == 0 &&
	       verdict_blocks(&v);
}

/* Unbound's inplace_cb_query_response: an upstream's answer came, and is about to
 * be cached. For a name that is blocked by now it must not be, not even until
 * judge_answer() drops it: another thread could serve it meanwhile. */
int judge_response(struct module_qstate *q, struct dns_msg *response, int id, void *arg)
{
	struct palang *p = arg;
	uint32_t starts = atomic_load(&p->starts);
	struct verdict v;
	struct reader *r = take_reader(p, q);
	struct name name;

	if (r == NULL)
		return 1;
	if ((!still_holds(r, q->minfo[id], starts) && decide(r, q, &name, &v) == 0 &&
	     verdict_blocks(&v)) ||
	    is_blocked_too(r, q, response))
		q->no_cache_store = 1;
	give_reader(p, q, r);
	return 1;
}
