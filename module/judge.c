// SPDX-License-Identifier: BSD-3-Clause
/* From a query to a verdict, in a worker thread. */
#include "palang.h"

#include <string.h>
#include <time.h>

/* What one look at the store is about. */
struct work {
	struct palang *p;
	struct module_qstate *q;
	int id;
	struct dns_msg *response; /* judge_response(): what came from upstream */
	struct reader *r;
	/* Read before the verdict is made: what happened since is then taken to be
	 * news, at the worst once too often. */
	uint32_t starts;
	bool done; /* the store could be read */
};

static unsigned worker_of(const struct module_qstate *q)
{
	/* Without threads there is one in each process. */
	return HOLDS ? 0 : (unsigned)q->env->worker->thread_num;
}

static struct state_thread *counters(struct palang *p, const struct module_qstate *q)
{
	return &p->state.file->thread[worker_of(q)];
}

/* Runs F, which takes W, with the store at hand. Returns false when there is none,
 * or it cannot be read. */
static bool with_store(struct work *w, void (*f)(void *))
{
	unsigned worker = worker_of(w->q);
	struct opened *o = opened_take(w->p, worker);
	bool good = false;

	w->starts = atomic_load(&w->p->starts);
	if (o != NULL) {
		w->r = &o->readers[worker];
		good = fault_guarded(o, f, w) && w->done;
	}
	opened_give(w->p, worker);
	return good;
}

/* A query of class ANY is for the Internet's names as well. */
static bool is_our_class(const struct module_qstate *q)
{
	return q->qinfo.qclass == LDNS_RR_CLASS_IN ||
	       q->qinfo.qclass == LDNS_RR_CLASS_ANY;
}

/* A client's query, or a prefetch in place of one: not what Unbound asks for its
 * own needs, which must stay true. A client's state has replies waiting for it; that
 * of an RFC 5011 probe or the like has only a callback. */
static bool for_client(const struct module_qstate *q)
{
	return !q->is_valrec && !q->is_priming &&
	       (q->mesh_info->reply_list != NULL || q->mesh_info->cb_list == NULL);
}

/* The clock is read, not Unbound's note of it, which may be a moment behind that of
 * the maintenance thread. */
static int judge(struct reader *r, const struct query_info *qinfo, struct judgement *j)
{
	int rc = ERR_INPUT;

	j->target = false;
	if (name_from_wire(&j->name, qinfo->qname, qinfo->qname_len))
		rc = lookup(r, j->name.key, j->name.len, time(NULL), &j->v, NULL, NULL,
			    NULL);
	j->blocked = rc == 0 && verdict_blocks(&j->v);
	return rc;
}

static void set_target(struct judgement *j, const struct verdict *v)
{
	j->v = *v;
	j->blocked = true;
	j->target = true;
}

/* True when Q's verdict still holds: nothing was committed, no other store was
 * opened, and no order became effective, since. */
static bool still_holds(const struct work *w, const struct seen *seen)
{
	return seen != NULL && seen->txn == w->r->now.txn && seen->starts == w->starts;
}

static struct seen *new_seen(const struct work *w)
{
	struct seen *seen = regional_alloc_zero(w->q->region, sizeof(*seen));

	if (seen != NULL) {
		seen->txn = w->r->now.txn;
		seen->starts = w->starts;
	}
	w->q->minfo[w->id] = seen;
	return seen;
}

static void count_verdict(const struct work *w, const struct judgement *j)
{
	struct state_thread *t = counters(w->p, w->q);
	const struct entry *e = &j->v.match.entry;

	count(&t->verdicts[e->action]);
	count(&t->feeds[e->feed]);
	count(&t->orders[e->order < STATE_ORDERS ? e->order : 0]);
	if (j->target)
		count(&t->targets);
	if (e->action != ACTION_PASS)
		state_top(t, j->name.key, j->name.len);
}

static void note_shadow(const struct work *w, const struct judgement *j)
{
	struct state_thread *t = counters(w->p, w->q);

	count(&t->shadowed);
	count(&t->shadow_feeds[j->v.shadow.entry.feed]);
	shadow_note(&w->p->seats[worker_of(w->q)], &j->name, &j->v.shadow);
}

/* An answer that Unbound must not replace by what it has in its cache. */
static void answer_servfail(struct module_qstate *q)
{
	q->no_cache_lookup = 1;
	q->return_msg = NULL;
	q->return_rcode = LDNS_RCODE_SERVFAIL;
}

/* No verdict can be had: the store is missing or broken. */
static void answer_blind(struct palang *p, struct module_qstate *q, int id)
{
	if (atomic_load(&p->state.file->on_error) != ON_ERROR_SERVFAIL) {
		count(&counters(p, q)->failed_open);
		return;
	}
	count(&counters(p, q)->failed_closed);
	answer_servfail(q);
	q->ext_state[id] = module_finished;
}

static void block(const struct work *w, const struct judgement *j, struct seen *seen)
{
	/* Out of memory for the answer: no true one may take its place. */
	if (!answer_make(w->r, w->q, j, seen))
		answer_servfail(w->q);
	w->q->ext_state[w->id] = module_finished;
}

static void decide_query(const struct work *w, struct judgement *j)
{
	struct module_qstate *q = w->q;
	struct seen *seen = new_seen(w);
	struct verdict v;

	if (j->v.shadowed)
		note_shadow(w, j);
	if (!j->v.found && (w->r->now.any & FEED_TARGETS) && chain_cached(w->r, q, &v))
		set_target(j, &v);
	if (j->blocked && clients_exempt(w->r, q)) {
		if (q->mesh_info->reply_list != NULL)
			count(&counters(w->p, q)->exempted);
		clients_stand_apart(q);
		if (seen != NULL)
			seen->truth = true;
		return;
	}
	if (j->v.found || j->target)
		count_verdict(w, j);
	if (j->blocked)
		block(w, j, seen);
	else if (seen != NULL)
		seen->pass = j->v.found;
}

static void on_query(void *arg)
{
	struct work *w = arg;
	struct judgement j;

	if (reader_begin(w->r, NULL) != 0)
		return;
	if (judge(w->r, &w->q->qinfo, &j) == 0) {
		decide_query(w, &j);
		w->done = true;
	}
	reader_end(w->r);
}

void judge_query(struct palang *p, struct module_qstate *q, int id)
{
	struct state_thread *t = counters(p, q);
	struct work w = { .p = p, .q = q, .id = id };

	q->ext_state[id] = module_wait_module;
	if (!is_our_class(q) || !for_client(q))
		return;
	if (q->mesh_info->reply_list != NULL)
		settle_begin(p, &p->seats[worker_of(q)]);
	count(&t->queries);
	if (with_store(&w, on_query))
		return;
	if (w.r != NULL) {
		count(&t->errors);
		atomic_store(&p->stumbled, true);
	}
	answer_blind(p, q, id);
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

/* The states above go on now, and may store their answers without asking anybody. */
static void judge_supers(const struct work *w)
{
	struct mesh_state_ref *ref;
	struct judgement j;

	RBTREE_FOR(ref, struct mesh_state_ref *, &w->q->mesh_info->super_set)
	{
		struct module_qstate *super = &ref->s->s;
		const struct seen *seen = super->minfo[w->id];

		if (seen != NULL && !still_holds(w, seen) &&
		    judge(w->r, &super->qinfo, &j) == 0 && j.blocked)
			super->no_cache_store = 1;
	}
}

/* The answer is that of a blocked name, which it was not when it was asked for; or it
 * was, and Unbound asked for its own needs. It must not stay in the cache; those who
 * wait for it get the block, unless they are exempt. States above get the truth. */
static void caught(const struct work *w, const struct judgement *j)
{
	struct state_thread *t = counters(w->p, w->q);
	const struct seen *seen = w->q->minfo[w->id];

	drop_cached(w->q);
	if (w->q->mesh_info->reply_list == NULL)
		return;
	if (clients_exempt(w->r, w->q)) {
		if (seen == NULL || !seen->truth)
			count(&t->exempted);
		return;
	}
	if (!j->target)
		count(&t->late);
	count_verdict(w, j);
	block(w, j, new_seen(w));
}

static void on_answer(void *arg)
{
	struct work *w = arg;
	const struct module_qstate *q = w->q;
	const struct seen *seen = q->minfo[w->id];
	struct judgement j;
	struct verdict v;
	bool pass;

	if (reader_begin(w->r, NULL) != 0)
		return;
	judge_supers(w);
	j.blocked = false;
	/* That an exempt client's answer is to go, and for whom, is found out anew. */
	if (still_holds(w, seen) && !seen->truth)
		pass = seen->pass;
	else
		pass = judge(w->r, &q->qinfo, &j) != 0 || (j.v.found && !j.blocked);
	if (!j.blocked && !pass && (w->r->now.any & FEED_TARGETS) &&
	    q->return_rcode == LDNS_RCODE_NOERROR && q->return_msg != NULL &&
	    q->return_msg->rep != NULL && !q->is_valrec && !q->is_priming &&
	    chain_message(w->r, q->return_msg->rep, &v) &&
	    name_from_wire(&j.name, q->qinfo.qname, q->qinfo.qname_len))
		set_target(&j, &v);
	if (j.blocked)
		caught(w, &j);
	w->done = true;
	reader_end(w->r);
}

void judge_answer(struct palang *p, struct module_qstate *q, int id)
{
	struct work w = { .p = p, .q = q, .id = id };

	q->ext_state[id] = module_finished;
	if (is_our_class(q))
		with_store(&w, on_answer);
}

enum keep { KEEP, KEEP_NOT_THIS, KEEP_NOTHING };

/* Keeps what follows out of the cache, or this response only. Other modules use the
 * same switch: what they have set is left alone. */
static void set_keep(const struct work *w, enum keep keep)
{
	struct seen *seen = w->q->minfo[w->id];

	if (keep == KEEP_NOT_THIS && !w->q->no_cache_store) {
		/* One that is made here is no verdict on the query: 0 is no
		 * transaction's number. */
		if (seen == NULL && (seen = new_seen(w)) != NULL)
			seen->txn = 0;
		if (seen != NULL)
			seen->held = true;
	} else if (keep == KEEP && seen != NULL && seen->held) {
		seen->held = false;
		w->q->no_cache_store = 0;
	} else if (keep == KEEP_NOTHING && seen != NULL) {
		seen->held = false;
	}
	if (keep != KEEP)
		w->q->no_cache_store = 1;
}

/* Unbound stores an answer under the name that it asked upstream: that of an alias's
 * target, or one above the client's (RFC 9156), may be blocked where the client's own
 * is not. */
static enum keep judge_upstream(const struct work *w)
{
	const struct module_qstate *q = w->q;
	const struct seen *seen = q->minfo[w->id];
	const struct query_info *asked = &w->response->qinfo;
	bool pass = seen != NULL && seen->pass, other = false, other_pass = false;
	struct judgement j;
	struct verdict v;

	/* What an exempt client gets; other modules may have changed the switch. */
	if (seen != NULL && seen->truth)
		return KEEP_NOTHING;
	if (!still_holds(w, seen)) {
		/* A record of its own that is damaged is no reason to let another
		 * name's answer through. */
		pass = judge(w->r, &q->qinfo, &j) != 0 || j.v.found;
		if (j.blocked)
			return KEEP_NOTHING;
	}
	if (asked->qname != NULL &&
	    query_dname_compare(asked->qname, q->qinfo.qname) != 0) {
		other = true;
		other_pass = judge(w->r, asked, &j) != 0 || j.v.found;
	}
	/* Its targets are the client's own name's, too, unless that one passes. */
	if ((!pass || (other && !other_pass)) && (w->r->now.any & FEED_TARGETS) &&
	    w->response->rep != NULL && chain_response(w->r, q, w->response->rep, &v))
		return pass ? KEEP_NOT_THIS : KEEP_NOTHING;
	return other && j.blocked ? KEEP_NOT_THIS : KEEP;
}

static void on_response(void *arg)
{
	struct work *w = arg;

	if (reader_begin(w->r, NULL) != 0)
		return;
	set_keep(w, judge_upstream(w));
	w->done = true;
	reader_end(w->r);
}

/* Unbound's inplace_cb_query_response: an upstream's answer came, and is about to
 * be cached. For a name that is blocked by now it must not be, not even until
 * judge_answer() drops it: another thread could serve it meanwhile. */
int judge_response(struct module_qstate *q, struct dns_msg *response, int id, void *arg)
{
	struct work w = { .p = arg, .q = q, .id = id, .response = response };

	settle_begin(w.p, &w.p->seats[worker_of(q)]);
	if (response != NULL && is_our_class(q))
		with_store(&w, on_response);
	return 1;
}
