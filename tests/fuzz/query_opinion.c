// SPDX-License-Identifier: BSD-3-Clause
/* What the target thinks of a question, and of what is in the cache: no message of a
 * blocked name, nor of an alias whose target is. */
#include "query_opinion.h"

#include "services/cache/rrset.h"

static struct reader reader;

void check_start(void)
{
	struct opened *o = atomic_load(&fake_palang()->current);

	require(reader_init(&reader, &o->store, NULL) == 0);
}

/* The state that is answered, and what the module came back from. */
static const struct module_qstate *answered;
enum module_ev last_event;
/* What the world said, if it did: as the module found it. */
const struct reply_info *truth;
int truth_rcode;

static bool is_target_blocked(const uint8_t *wire, size_t len, struct verdict *v)
{
	struct name name;

	return name_from_wire(&name, wire, len) &&
	       lookup_target(&reader, name.key, name.len, fake.now, v, NULL) == 0 &&
	       verdict_blocks(v);
}

/* The first alias in the answer whose target is blocked. */
static bool find_target(const struct reply_info *rep, struct verdict *v)
{
	for (size_t i = 0; i < rep->an_numrrsets; i++) {
		const struct packed_rrset_data *d = rep->rrsets[i]->entry.data;

		if (ntohs(rep->rrsets[i]->rk.type) == LDNS_RR_TYPE_CNAME &&
		    is_target_blocked(d->rr_data[0] + 2, d->rr_len[0] - 2, v))
			return true;
	}
	return false;
}

static bool is_ours(const struct query_info *qinfo)
{
	return qinfo->qclass == LDNS_RR_CLASS_IN || qinfo->qclass == LDNS_RR_CLASS_ANY;
}

/* What is said of the name alone; stop_thinking() ends the reading. */
static void think(struct opinion *o, const struct query_info *qinfo)
{
	struct name name;

	*o = (struct opinion){ .notice = { .ttl = 30 } };
	require(name_from_wire(&name, qinfo->qname, qinfo->qname_len));
	if (reader_begin(&reader, NULL) != 0)
		return;
	o->known = lookup(&reader, name.key, name.len, fake.now, &o->v, NULL, NULL,
			  NULL) == 0;
	if (!is_ours(qinfo))
		o->v.found = false;
	o->blocked = o->known && verdict_blocks(&o->v);
}

void stop_thinking(void)
{
	reader_end(&reader);
}

/* What is said of a client's question, when its answer is made. */
void think_of(struct opinion *o, const struct asked *a)
{
	struct verdict v;
	uint16_t number;

	think(o, &a->qinfo);
	if (!o->known)
		return;
	if (is_ours(&a->qinfo) && !o->blocked && !o->v.found) {
		if (last_event != module_event_moddone)
			o->target = chain_cached(&reader, answered, &v);
		else if (truth != NULL && truth_rcode == LDNS_RCODE_NOERROR)
			o->target = find_target(truth, &v);
	}
	if (o->target)
		o->v = v;
	o->blocked |= o->target;
	number = o->blocked ? o->v.match.order.notice : 0;
	o->noticed =
		number == 0 || reader_notice(&reader, number, &o->notice, NULL) == 0;
	o->exempt = o->blocked &&
		    netblocks_have(&reader.now.exempt,
				   (const struct sockaddr *)(const void *)&a->address);
	o->structured = edns_opt_list_find(a->edns.opt_list_in, 26) != NULL;
}

/* Whether an answer that the cache would give has a target that is blocked. */
static bool is_cached_alias_blocked(const struct query_info *qinfo)
{
	struct msgreply_entry *e =
		msg_cache_lookup(&fake.env, qinfo->qname, qinfo->qname_len,
				 qinfo->qtype, qinfo->qclass, 0, fake.now, 0);
	struct reply_info *rep = e == NULL ? NULL : e->entry.data;
	bool blocked = false;
	struct verdict v;

	if (e == NULL)
		return false;
	if (rrset_array_lock(rep->ref, rep->rrset_count, fake.now) != 0) {
		blocked = find_target(rep, &v);
		rrset_array_unlock(rep->ref, rep->rrset_count);
	}
	lock_rw_unlock(&e->entry.lock);
	return blocked;
}

static void check_name_in_cache(const struct query_info *qinfo)
{
	struct opinion o;

	if (!fake_is_cached(qinfo, 0) && !fake_is_cached(qinfo, BIT_CD))
		return;
	think(&o, qinfo);
	require(!o.blocked);
	stop_thinking();
}

/* The RRset of an alias with a blocked target came into the cache by right: other
 * messages that refer to it have it now, too. */
static bool alias_let_in;

/* True when the aliases of an answer to QINFO are nobody's business. */
static bool is_let_pass(const struct query_info *qinfo)
{
	struct opinion o;

	think(&o, qinfo);
	stop_thinking();
	return !is_ours(qinfo) || !o.known || o.v.found;
}

void check_stored(const struct module_qstate *q, const struct dns_msg *m)
{
	struct verdict v;
	bool blocked;

	if (reader_begin(&reader, NULL) != 0)
		return;
	blocked = find_target(m->rep, &v);
	reader_end(&reader);
	if (!blocked)
		return;
	require(is_let_pass(&q->qinfo) && is_let_pass(&m->qinfo));
	alias_let_in = true;
}

void check_forget(void)
{
	alias_let_in = false;
}

void check_cache(const struct query_info *qinfo)
{
	struct opinion o;

	check_name_in_cache(qinfo);
	if (alias_let_in || !fake_is_cached(qinfo, 0))
		return;
	think(&o, qinfo);
	require(!o.known || o.v.found || !is_cached_alias_blocked(qinfo));
	stop_thinking();
}

void before_operated(struct module_qstate *q, enum module_ev event)
{
	last_event = event;
	answered = q;
	truth = q->return_msg == NULL ? NULL : q->return_msg->rep;
	truth_rcode = q->return_rcode;
}

void on_operated(struct module_qstate *q, enum module_ev event, int id)
{
	enum module_ext_state state = q->ext_state[id];

	require(state == module_finished ||
		(state == module_wait_module && event != module_event_moddone));
	if (event == module_event_moddone)
		check_name_in_cache(&q->qinfo);
}

enum structured opinion_structured(void)
{
	return (enum structured)reader.now.structured;
}
