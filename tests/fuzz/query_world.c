// SPDX-License-Identifier: BSD-3-Clause
/* What is behind the module: an iterator's part, with the answers of the input.
 * Every record of a true answer is one that no notice could hold: addresses are of
 * 198.51.100.0/24 or 2001:db8:ffff::/48. */
#include "query_input.h"

#include <string.h>

#include "util/data/packed_rrset.h"

#define WAITING_MAX 8
#define RRSETS_MAX  48
#define STORED_MAX  32

static struct module_qstate *waiting[WAITING_MAX];
static unsigned waiting_count, subs;
bool world_erred;

/* What was stored under other names than a client's. */
static struct {
	struct wire_name name;
	struct query_info qinfo;
} stored[STORED_MAX];
static unsigned stored_count;

struct module_qstate *world_waiting(unsigned which)
{
	return waiting_count == 0 ? NULL : waiting[which % waiting_count];
}

void world_forget(void)
{
	waiting_count = 0;
	subs = 0;
	stored_count = 0;
}

static void stop_waiting(const struct module_qstate *q)
{
	for (unsigned i = 0; i < waiting_count; i++)
		if (waiting[i] == q)
			waiting[i--] = waiting[--waiting_count];
}

/* An RRset in one piece, as the cache wants it, with one record. Behind it is an octet
 * more: at a name that is cut dname_valid() looks there. */
static struct ub_packed_rrset_key *new_rrset(struct regional *region,
					     const struct wire_name *owner,
					     uint16_t type, uint16_t class,
					     const void *rdata, size_t len)
{
	struct ub_packed_rrset_key *k = regional_alloc_zero(region, sizeof(*k));
	struct packed_rrset_data *d = regional_alloc_zero(
		region, sizeof(*d) + sizeof(*d->rr_len) + sizeof(*d->rr_ttl) +
				sizeof(*d->rr_data) + len + 3);

	require(k != NULL && d != NULL);
	k->entry.key = k;
	k->entry.data = d;
	k->rk.dname = regional_alloc_init(region, owner->data, owner->len);
	k->rk.dname_len = owner->len;
	k->rk.type = htons(type);
	k->rk.rrset_class = htons(class);
	k->entry.hash = rrset_key_hash(&k->rk);
	d->ttl = 1 + input_u8();
	d->count = 1;
	d->trust = rrset_trust_ans_noAA;
	d->security = sec_status_unchecked;
	d->rr_len = (size_t *)(void *)(d + 1);
	d->rr_len[0] = len + 2;
	packed_rrset_ptr_fixup(d);
	d->rr_ttl[0] = d->ttl;
	sldns_write_uint16(d->rr_data[0], (uint16_t)len);
	memcpy(d->rr_data[0] + 2, rdata, len);
	return k;
}

/* An answer while it is put together. */
struct truth {
	struct module_qstate *q;
	struct ub_packed_rrset_key *rrsets[RRSETS_MAX];
	unsigned answers, count;
	struct wire_name at; /* where the chain has got to */
};

static void add(struct truth *t, const struct wire_name *owner, uint16_t type,
		const void *rdata, size_t len)
{
	if (t->count < RRSETS_MAX)
		t->rrsets[t->count++] = new_rrset(t->q->region, owner, type,
						  t->q->qinfo.qclass, rdata, len);
}

static void add_alias(struct truth *t, const struct wire_name *to)
{
	if (input_below(8) == 7) {
		/* A DNAME of the name above, or whatever is there. */
		size_t skip = t->at.data[0] == 0 ? 0 : 1u + t->at.data[0];
		struct wire_name up = { .len = t->at.len - skip };

		memcpy(up.data, t->at.data + skip, up.len);
		add(t, &up, LDNS_RR_TYPE_DNAME, to->data, to->len);
	}
	add(t, &t->at, LDNS_RR_TYPE_CNAME, to->data, to->len);
	t->at = *to;
}

static void add_chain(struct truth *t, unsigned count)
{
	while (count-- > 0) {
		struct wire_name to = input_name();

		add_alias(t, &to);
	}
}

/* A CNAME whose target is no name. */
static void add_malformed(struct truth *t)
{
	size_t len;
	const uint8_t *any = input_data(input_u8(), &len);

	add(t, &t->at, LDNS_RR_TYPE_CNAME, any, len);
}

static void add_soa(struct truth *t)
{
	static const uint8_t rdata[] = "\2ns\4test\0\0"
				       "\0\0\0\1\0\0\0\1\0\0\0\1\0\0\0\1\0\0\0\1";
	struct wire_name root = { .len = 1 };

	add(t, &root, LDNS_RR_TYPE_SOA, rdata, sizeof(rdata) - 1);
}

static void add_data(struct truth *t)
{
	uint8_t b = input_u8(), v6[16] = { 0x20, 1, 0xd, 0xb8, 0xff, 0xff, [15] = b };

	switch (t->q->qinfo.qtype) {
	case LDNS_RR_TYPE_A:
		add(t, &t->at, LDNS_RR_TYPE_A, (uint8_t[]){ 198, 51, 100, b }, 4);
		break;
	case LDNS_RR_TYPE_AAAA:
		add(t, &t->at, LDNS_RR_TYPE_AAAA, v6, sizeof(v6));
		break;
	case LDNS_RR_TYPE_NS:
	case LDNS_RR_TYPE_PTR:
		add(t, &t->at, t->q->qinfo.qtype, "\4test", 6);
		break;
	case LDNS_RR_TYPE_TXT:
	case LDNS_RR_TYPE_HTTPS:
		add(t, &t->at, t->q->qinfo.qtype, "\4true", 5);
		break;
	default:
		break;
	}
}

static uint16_t fill(struct truth *t)
{
	uint16_t rcode = LDNS_RCODE_NOERROR;
	uint8_t how = input_u8();
	struct wire_name start = t->at;

	switch (how & 7) {
	case 0:
	case 1:
		add_data(t);
		break;
	case 2:
	case 3:
		add_chain(t, 1 + (how >> 3 & 3));
		add_data(t);
		break;
	case 4: /* a long one, or a loop */
		add_chain(t, (how >> 3) + 3u);
		add_alias(t, &start);
		break;
	case 5:
		add_chain(t, how >> 3 & 3);
		t->at = input_name(); /* an owner that the chain does not lead to */
		add_data(t);
		break;
	case 6:
		add_chain(t, how >> 3 & 1);
		rcode = (how & 0x80) != 0 ? LDNS_RCODE_NXDOMAIN : LDNS_RCODE_NOERROR;
		break;
	default:
		add_chain(t, how >> 3 & 1);
		add_malformed(t);
		break;
	}
	return rcode;
}

static struct dns_msg *new_truth(struct module_qstate *q,
				 const struct query_info *qinfo)
{
	struct dns_msg *m = regional_alloc_zero(q->region, sizeof(*m));
	struct truth t = { .q = q, .at = { .len = qinfo->qname_len } };
	uint16_t rcode;

	memcpy(t.at.data, qinfo->qname, qinfo->qname_len);
	rcode = fill(&t);
	t.answers = t.count;
	if (input_below(2) == 1 || t.count == 0)
		add_soa(&t);
	m->qinfo = *qinfo;
	m->rep = new_reply(q->region, (uint16_t)(BIT_QR | BIT_RA | rcode), 60,
			   t.answers, t.count - t.answers);
	memcpy(m->rep->rrsets, t.rrsets, t.count * sizeof(t.rrsets[0]));
	m->rep->security = sec_status_unchecked;
	return m;
}

/* False when a CNAME's target is no name. */
bool can_encode(const struct reply_info *rep)
{
	for (size_t i = 0; i < rep->an_numrrsets; i++) {
		const struct packed_rrset_data *d = rep->rrsets[i]->entry.data;
		struct name name;

		if (ntohs(rep->rrsets[i]->rk.type) == LDNS_RR_TYPE_CNAME &&
		    !name_from_wire(&name, d->rr_data[0] + 2, d->rr_len[0] - 2))
			return false;
	}
	return true;
}

void world_check_stored(void)
{
	for (unsigned i = 0; i < stored_count; i++)
		check_cache(&stored[i].qinfo);
}

static void note_stored(const struct query_info *qinfo)
{
	struct wire_name *n = &stored[stored_count % STORED_MAX].name;

	n->len = qinfo->qname_len;
	memcpy(n->data, qinfo->qname, n->len);
	stored[stored_count % STORED_MAX].qinfo = *qinfo;
	stored[stored_count % STORED_MAX].qinfo.qname = n->data;
	if (stored_count < STORED_MAX - 1)
		stored_count++;
}

/* An upstream's answer comes, and is stored under the name that was asked for. */
static void receive(struct module_qstate *q, struct dns_msg *m)
{
	inplace_cb_query_response_call(q->env, q, m);
	fake_trace("upstream", &m->qinfo, q->no_cache_store);
	if (q->no_cache_store || !can_encode(m->rep))
		return;
	require(dns_cache_store(q->env, &m->qinfo, m->rep, 0, 0, 0, NULL,
				q->query_flags, q->qstarttime) != 0);
	note_stored(&m->qinfo);
	check_stored(q, m);
}

/* Asks upstream for another name first, as for an alias's target. */
static void receive_other(struct module_qstate *q)
{
	struct wire_name name = input_name();
	struct query_info qinfo = q->qinfo;

	qinfo.qname = regional_alloc_init(q->region, name.data, name.len);
	qinfo.qname_len = name.len;
	receive(q, new_truth(q, &qinfo));
}

/* What the iterator does with an upstream's answer. */
static void respond(struct module_qstate *q, int id)
{
	struct dns_msg *m;

	if (input_below(8) == 7)
		receive_other(q);
	m = new_truth(q, &q->qinfo);
	receive(q, m);
	q->ext_state[id] = module_finished;
	q->return_rcode = LDNS_RCODE_NOERROR;
	q->return_msg = m;
}

static void fail(struct module_qstate *q, int id)
{
	q->return_msg = NULL;
	q->return_rcode = LDNS_RCODE_SERVFAIL;
	q->ext_state[id] = module_finished;
}

/* Asks for something else first: the validator's way, or the iterator's, whose
 * queries begin at its own place in the row of modules. */
static void ask_first(struct module_qstate *q, int id)
{
	struct wire_name name = input_name();
	struct query_info qinfo = { .qname = name.data,
				    .qname_len = name.len,
				    .qtype = LDNS_RR_TYPE_A,
				    .qclass = q->qinfo.qclass };
	struct module_qstate *sub = NULL;
	bool validation = input_below(2) == 1;

	if (validation)
		qinfo.qtype = LDNS_RR_TYPE_DS;
	if (++subs > 4 ||
	    mesh_detect_cycle(q, &qinfo, BIT_RD | BIT_CD, 0, validation) != 0 ||
	    mesh_attach_sub(q, &qinfo, BIT_RD | BIT_CD, 0, validation, &sub) == 0) {
		respond(q, id);
		return;
	}
	q->ext_state[id] = module_wait_subquery;
	if (sub != NULL && !validation) {
		sub->curmod = id;
		sub->ext_state[id] = module_state_initial;
	}
}

static void first_look(struct module_qstate *q, int id)
{
	uint8_t how = input_u8();

	q->minfo[id] = q; /* seen */
	if (how < 0x80 || (how < 0xd0 && waiting_count == WAITING_MAX)) {
		respond(q, id);
	} else if (how < 0xd0) {
		waiting[waiting_count++] = q;
		q->ext_state[id] = module_wait_reply;
	} else if (how < 0xe8) {
		ask_first(q, id);
	} else if (how < 0xf8) {
		fail(q, id);
	} else {
		q->ext_state[id] = module_error;
		world_erred = true;
	}
}

void world_operate(struct module_qstate *q, enum module_ev event, int id,
		   struct outbound_entry *outbound)
{
	(void)outbound;
	world_erred = false;
	if (event == module_event_reply) {
		stop_waiting(q);
		respond(q, id);
	} else if (event == module_event_noreply) {
		stop_waiting(q);
		fail(q, id);
	} else if (q->minfo[id] == NULL) {
		first_look(q, id);
	} else {
		respond(q, id);
	}
}

static void world_inform_super(struct module_qstate *q, int id,
			       struct module_qstate *super)
{
	(void)q;
	(void)id;
	(void)super;
}

static void world_clear(struct module_qstate *q, int id)
{
	stop_waiting(q);
	q->minfo[id] = NULL;
}

const struct dynlibmod_env world_module = {
	.func_operate = world_operate,
	.func_inform = world_inform_super,
	.func_clear = world_clear,
};
