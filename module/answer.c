// SPDX-License-Identifier: BSD-3-Clause
/* From a verdict to an answer, in the query's own memory. */
#include "palang.h"

#include <string.h>

/* Without a notice there is no TTL to take. */
#define DEFAULT_TTL 30

/* An RRset with room for COUNT records, owned by NAME. */
static struct ub_packed_rrset_key *new_rrset(struct regional *region, uint8_t *name,
					     size_t name_len, uint16_t type, time_t ttl,
					     size_t count)
{
	struct ub_packed_rrset_key *k = regional_alloc_zero(region, sizeof(*k));
	struct packed_rrset_data *d = regional_alloc_zero(region, sizeof(*d));

	if (k == NULL || d == NULL)
		return NULL;
	k->entry.key = k;
	k->entry.data = d;
	k->rk.dname = name;
	k->rk.dname_len = name_len;
	k->rk.type = htons(type);
	k->rk.rrset_class = htons(LDNS_RR_CLASS_IN);
	k->rk.flags = PACKED_RRSET_FIXEDTTL;
	d->ttl = ttl;
	d->trust = rrset_trust_ultimate;
	d->security = sec_status_insecure;
	d->rr_len = regional_alloc(region, count * sizeof(*d->rr_len));
	d->rr_ttl = regional_alloc(region, count * sizeof(*d->rr_ttl));
	d->rr_data = regional_alloc(region, count * sizeof(*d->rr_data));
	return d->rr_len == NULL || d->rr_ttl == NULL || d->rr_data == NULL ? NULL : k;
}

/* Adds a record; Unbound keeps the RDLENGTH in front of the RDATA. */
static bool add_rr(struct regional *region, struct ub_packed_rrset_key *k,
		   const void *rdata, size_t len)
{
	struct packed_rrset_data *d = k->entry.data;
	uint8_t *b = regional_alloc(region, len + 2);

	if (b == NULL)
		return false;
	sldns_write_uint16(b, (uint16_t)len);
	memcpy(b + 2, rdata, len);
	d->rr_len[d->count] = len + 2;
	d->rr_ttl[d->count] = d->ttl;
	d->rr_data[d->count++] = b;
	return true;
}

/* The SOA of a negative answer (RFC 2308): its owner is the listed name, which is
 * the name asked for or above it; its TTL and MINIMUM are the time for which the
 * answer may be kept. */
static struct ub_packed_rrset_key *new_soa(struct module_qstate *q, unsigned labels,
					   time_t ttl, uint64_t serial)
{
	static const uint8_t names[] = "\6palang\7invalid\0\6nobody\7invalid";
	uint8_t rdata[sizeof(names) + 20], *at = rdata + sizeof(names);
	uint8_t *owner = q->qinfo.qname;
	size_t owner_len = q->qinfo.qname_len;
	struct ub_packed_rrset_key *k;

	for (int skip = dname_count_labels(owner) - 1 - (int)labels; skip > 0; skip--)
		dname_remove_label(&owner, &owner_len);
	memcpy(rdata, names, sizeof(names));
	sldns_write_uint32(at, (uint32_t)serial);
	sldns_write_uint32(at + 4, 3600);
	sldns_write_uint32(at + 8, 1200);
	sldns_write_uint32(at + 12, 604800);
	sldns_write_uint32(at + 16, (uint32_t)ttl);
	k = new_rrset(q->region, owner, owner_len, LDNS_RR_TYPE_SOA, ttl, 1);
	return k != NULL && add_rr(q->region, k, rdata, sizeof(rdata)) ? k : NULL;
}

/* The notice's addresses of one family. */
struct family {
	const uint8_t *at;
	size_t count, size;
};

static struct family family_of(const struct notice *n, uint16_t type)
{
	if (type == LDNS_RR_TYPE_A)
		return (struct family){ n->v4[0], n->v4_count, 4 };
	if (type == LDNS_RR_TYPE_AAAA)
		return (struct family){ n->v6[0], n->v6_count, 16 };
	return (struct family){ 0 };
}

static struct ub_packed_rrset_key *new_addresses(struct module_qstate *q,
						 struct family f, time_t ttl)
{
	struct ub_packed_rrset_key *k =
		new_rrset(q->region, q->qinfo.qname, q->qinfo.qname_len, q->qinfo.qtype,
			  ttl, f.count);

	for (size_t i = 0; i < f.count && k != NULL; i++)
		if (!add_rr(q->region, k, f.at + i * f.size, f.size))
			return NULL;
	return k;
}

/* A message with one RRset: in the answer, or the SOA in the authority section. */
static bool set_message(struct module_qstate *q, uint16_t rcode, time_t ttl,
			bool answer, struct ub_packed_rrset_key *rrset)
{
	struct dns_msg *msg = regional_alloc_zero(q->region, sizeof(*msg));

	if (msg == NULL || rrset == NULL)
		return false;
	msg->qinfo = q->qinfo;
	msg->rep = new_reply(q->region, (uint16_t)(BIT_QR | BIT_RA | rcode), ttl,
			     answer, !answer);
	if (msg->rep == NULL)
		return false;
	msg->rep->rrsets[0] = rrset;
	q->return_msg = msg;
	q->return_rcode = LDNS_RCODE_NOERROR;
	return true;
}

static bool answer_refused(struct module_qstate *q)
{
	q->return_msg = NULL;
	q->return_rcode = LDNS_RCODE_REFUSED;
	return true;
}

/* Unbound sends nothing, and forgets who waited. Releases before 1.18 then go on
 * counting the clients as waiting, until no query is accepted any more: count them
 * out here. */
static bool answer_drop(struct module_qstate *q)
{
	q->is_drop = 1;
#if UNBOUND_VERSION < 11800
	for (struct mesh_reply *r = q->mesh_info->reply_list; r != NULL; r = r->next)
		q->env->mesh->num_reply_addrs--;
#endif
	q->return_msg = NULL;
	q->return_rcode = LDNS_RCODE_NOERROR;
	return true;
}

static void set_ede(struct seen *seen, const struct order *o)
{
	struct bytes b = bytes_over(seen->ede_data, sizeof(seen->ede_data));

	put_u16(&b, o->ede);
	put_data(&b, o->ede_text.data, o->ede_text.len);
	seen->ede = o->ede;
	seen->ede_len = b.failed ? 0 : (uint16_t)(b.at - seen->ede_data);
}

/* An NXDOMAIN says that nothing exists below either (RFC 8020): it is no answer
 * for a name whose children are not blocked. */
static uint16_t negative_rcode(const struct entry *e)
{
	return e->action == ACTION_NXDOMAIN && e->scope != SCOPE_EXACT
		       ? LDNS_RCODE_NXDOMAIN
		       : LDNS_RCODE_NOERROR;
}

bool answer_make(struct reader *r, struct module_qstate *q, const struct name *name,
		 const struct verdict *v, struct seen *seen)
{
	const struct entry *e = &v->match.entry;
	struct notice n = { .ttl = DEFAULT_TTL };
	struct family f;

	/* Never kept by Unbound: lifting a block counts at the next query. */
	q->no_cache_store = 1;
	if (seen == NULL)
		return false;
	set_ede(seen, &v->match.order);
	if (e->action == ACTION_DROP)
		return answer_drop(q);
	if (e->action == ACTION_REFUSED)
		return answer_refused(q);
	if (v->match.order.notice != 0 &&
	    reader_notice(r, v->match.order.notice, &n, NULL) != 0)
		return false;
	f = family_of(&n, q->qinfo.qtype);
	seen->forged = e->action == ACTION_NOTICE && f.count > 0;
	if (seen->forged)
		return set_message(q, LDNS_RCODE_NOERROR, n.ttl, true,
				   new_addresses(q, f, n.ttl));
	return set_message(
		q, negative_rcode(e), n.ttl, false,
		new_soa(q, name_labels(name->key, v->match.len), n.ttl, r->now.serial));
}

static bool add_option(struct edns_option **options, struct regional *region,
		       const void *data, size_t len)
{
	return edns_opt_list_append(options, LDNS_EDNS_EDE, len,
				    (uint8_t *)(uintptr_t)data, region) != 0;
}

int answer_options(struct query_info *qinfo, struct module_qstate *q,
		   struct reply_info *rep, int rcode, struct edns_data *edns,
		   struct edns_option **options, struct comm_reply *reply,
		   struct regional *region, struct timeval *start, int id, void *arg)
{
	static const uint8_t forged[2] = { 0, EDE_FORGED };
	const struct seen *seen = q == NULL ? NULL : q->minfo[id];

	(void)qinfo;
	(void)rep;
	(void)rcode;
	(void)reply;
	(void)start;
	(void)arg;
	if (seen == NULL || !seen->blocked || !edns->edns_present || seen->ede_len == 0)
		return 1;
	if (seen->forged)
		add_option(options, region, forged, sizeof(forged));
	add_option(options, region, seen->ede_data, seen->ede_len);
	return 1;
}
