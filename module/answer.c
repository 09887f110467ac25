// SPDX-License-Identifier: BSD-3-Clause
/* From a verdict to an answer, in the query's own memory. */
#include "palang.h"

#include <string.h>

/* Without a notice there is no TTL to take. */
#define DEFAULT_TTL 30

/* An RRset of COUNT records with SIZE bytes of RDATA each, which are one after the
 * other at RDATA. It is one piece of memory, laid out as Unbound does it, which copies
 * it as such. */
static struct ub_packed_rrset_key *new_rrset(struct module_qstate *q, uint8_t *owner,
					     size_t owner_len, uint16_t type,
					     time_t ttl, size_t count,
					     const uint8_t *rdata, size_t size)
{
	size_t each = sizeof(size_t) + sizeof(uint8_t *) + sizeof(time_t) + 2 + size;
	struct ub_packed_rrset_key *k = regional_alloc_zero(q->region, sizeof(*k));
	struct packed_rrset_data *d =
		regional_alloc_zero(q->region, sizeof(*d) + count * each);
	uint8_t *at;

	if (k == NULL || d == NULL)
		return NULL;
	k->entry.key = k;
	k->entry.data = d;
	k->rk.dname = owner;
	k->rk.dname_len = owner_len;
	k->rk.type = htons(type);
	k->rk.rrset_class = htons(LDNS_RR_CLASS_IN);
	k->rk.flags = PACKED_RRSET_FIXEDTTL;
	d->ttl = ttl;
	d->count = count;
	d->trust = rrset_trust_ultimate;
	d->security = sec_status_insecure;
	d->rr_len = (size_t *)(d + 1);
	d->rr_data = (uint8_t **)(d->rr_len + count);
	d->rr_ttl = (time_t *)(d->rr_data + count);
	at = (uint8_t *)(d->rr_ttl + count);
	for (size_t i = 0; i < count; i++, at += 2 + size) {
		d->rr_len[i] = 2 + size; /* the RDLENGTH stands in front */
		d->rr_ttl[i] = ttl;
		d->rr_data[i] = at;
		sldns_write_uint16(at, (uint16_t)size);
		memcpy(at + 2, rdata + i * size, size);
	}
	return k;
}

/* The SOA of a negative answer (RFC 2308): its owner is the listed name, which is
 * the name asked for or above it, or for an alias the name asked for itself; its TTL
 * and MINIMUM are the time for which the answer may be kept. */
static struct ub_packed_rrset_key *
new_soa(struct module_qstate *q, const struct judgement *j, time_t ttl, uint64_t serial)
{
	static const uint8_t names[] = "\6palang\7invalid\0\6nobody\7invalid";
	uint8_t rdata[sizeof(names) + 20], *at = rdata + sizeof(names);
	uint8_t *owner = q->qinfo.qname;
	size_t owner_len = q->qinfo.qname_len;
	int skip = 0;

	if (!j->target)
		skip = dname_count_labels(owner) - 1 -
		       (int)name_labels(j->name.key, j->v.match.len);
	for (; skip > 0; skip--)
		dname_remove_label(&owner, &owner_len);
	memcpy(rdata, names, sizeof(names));
	sldns_write_uint32(at, (uint32_t)serial);
	sldns_write_uint32(at + 4, 3600);
	sldns_write_uint32(at + 8, 1200);
	sldns_write_uint32(at + 12, 604800);
	sldns_write_uint32(at + 16, (uint32_t)ttl);
	return new_rrset(q, owner, owner_len, LDNS_RR_TYPE_SOA, ttl, 1, rdata,
			 sizeof(rdata));
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

/* A message with one RRset, in the answer, or the SOA in the authority section; or
 * with none. */
static struct dns_msg *new_message(struct module_qstate *q, uint16_t rcode, time_t ttl,
				   bool answer, bool empty,
				   struct ub_packed_rrset_key *rrset)
{
	struct dns_msg *msg = regional_alloc_zero(q->region, sizeof(*msg));

	if (msg == NULL || (rrset == NULL && !empty))
		return NULL;
	msg->qinfo = q->qinfo;
	msg->rep = new_reply(q->region, (uint16_t)(BIT_QR | BIT_RA | rcode), ttl,
			     answer && !empty, !answer && !empty);
	if (msg->rep == NULL)
		return NULL;
	if (!empty)
		msg->rep->rrsets[0] = rrset;
	return msg;
}

static struct dns_msg *new_error(struct module_qstate *q, uint16_t rcode)
{
	return new_message(q, rcode, DEFAULT_TTL, false, true, NULL);
}

static bool copy_text(struct module_qstate *q, struct span *to, struct span from)
{
	uint8_t *copy = regional_alloc_init(q->region, from.data, from.len);

	*to = (struct span){ copy, from.len };
	return copy != NULL;
}

static bool copy_texts(struct module_qstate *q, struct block *b, const struct order *o)
{
	b->ede = o->ede;
	return copy_text(q, &b->text, o->ede_text) &&
	       (!(b->kinds & 1u << KIND_STRUCTURED) ||
		(copy_text(q, &b->json, o->json) &&
		 copy_text(q, &b->brief_json, o->brief_json)));
}

/* An NXDOMAIN says that nothing exists below either (RFC 8020): it is no answer for
 * a name whose children are not blocked, which an alias is as well. */
static uint16_t negative_rcode(const struct judgement *j)
{
	const struct entry *e = &j->v.match.entry;

	return e->action == ACTION_NXDOMAIN && e->scope != SCOPE_EXACT && !j->target
		       ? LDNS_RCODE_NXDOMAIN
		       : LDNS_RCODE_NOERROR;
}

/* A client that asks for structured errors is never sent to a notice page. */
static bool make_messages(struct reader *r, struct module_qstate *q,
			  const struct judgement *j, struct block *b)
{
	const struct match *m = &j->v.match;
	struct notice n = { .ttl = DEFAULT_TTL };
	struct dns_msg *negative = NULL;
	struct family f;

	if (m->entry.action == ACTION_REFUSED) {
		b->as[KIND_PLAIN] = b->as[KIND_STRUCTURED] =
			new_error(q, LDNS_RCODE_REFUSED);
		return b->as[KIND_PLAIN] != NULL;
	}
	if (m->order.notice != 0 && reader_notice(r, m->order.notice, &n, NULL) != 0)
		return false;
	f = family_of(&n, q->qinfo.qtype);
	b->forged = m->entry.action == ACTION_NOTICE && f.count > 0;
	if (!b->forged || (b->kinds & 1u << KIND_STRUCTURED)) {
		negative = new_message(q, negative_rcode(j), n.ttl, false, false,
				       new_soa(q, j, n.ttl, r->now.serial));
		if (negative == NULL)
			return false;
	}
	b->as[KIND_STRUCTURED] = b->as[KIND_PLAIN] = negative;
	if (b->forged)
		b->as[KIND_PLAIN] = new_message(
			q, LDNS_RCODE_NOERROR, n.ttl, true, false,
			new_rrset(q, q->qinfo.qname, q->qinfo.qname_len, q->qinfo.qtype,
				  n.ttl, f.count, f.at, f.size));
	return b->as[KIND_PLAIN] != NULL;
}

/* What exempt clients among the others get: the message that Q has, or the error it
 * ended with. A bogus one (RFC 4035) is an error, but for those who check by
 * themselves; Unbound looks at that once for all. */
static struct dns_msg *truth_of(struct module_qstate *q)
{
	struct dns_msg *msg = q->return_msg;
	bool checked = q->env->need_to_validate &&
		       (!(q->query_flags & BIT_CD) || q->env->cfg->ignore_cd);

	if (q->return_rcode != LDNS_RCODE_NOERROR)
		return new_error(q, (uint16_t)q->return_rcode);
	if (msg == NULL || msg->rep == NULL ||
	    (checked && (msg->rep->security <= sec_status_bogus ||
			 msg->rep->security == sec_status_secure_sentinel_fail)))
		return new_error(q, LDNS_RCODE_SERVFAIL);
	return msg;
}

/* One message for those of different kinds, to be filled for each in turn by
 * options_reply(). */
static bool dress(struct module_qstate *q, struct block *b)
{
	struct dns_msg *truth = truth_of(q);
	struct dns_msg *msg = regional_alloc_zero(q->region, sizeof(*msg));
	struct reply_info *rep = regional_alloc_zero(q->region, sizeof(*rep));

	if (truth == NULL || msg == NULL || rep == NULL)
		return false;
	memcpy(rep, b->as[KIND_PLAIN]->rep, offsetof(struct reply_info, ref));
	b->as[KIND_TRUTH] = truth;
	b->dressed = rep;
	*msg = *b->as[KIND_PLAIN];
	msg->rep = rep;
	q->return_msg = msg;
	q->return_rcode = LDNS_RCODE_NOERROR;
	return true;
}

/* True when all who wait get the same message. */
static bool is_uniform(const struct module_qstate *q, const struct block *b)
{
	return (b->kinds & (b->kinds - 1)) == 0 &&
	       (b->count == 0 ||
		(q->mesh_info->super_set.count == 0 && q->mesh_info->cb_list == NULL));
}

bool answer_make(struct reader *r, struct module_qstate *q, const struct judgement *j,
		 struct seen *seen)
{
	struct block *b = regional_alloc_zero(q->region, sizeof(*b));

	/* Never kept by Unbound: lifting a block counts at the next query. */
	q->no_cache_store = 1;
	if (b == NULL || seen == NULL || !clients_gather(r, q, b) ||
	    !copy_texts(q, b, &j->v.match.order))
		return false;
	b->structured = r->now.structured;
	if (j->v.match.entry.action == ACTION_DROP) {
		clients_drop(q, b);
		return true;
	}
	if (!make_messages(r, q, j, b))
		return false;
	seen->block = b;
	if (!is_uniform(q, b))
		return dress(q, b);
	q->return_msg =
		b->as[b->kinds & 1u << KIND_STRUCTURED ? KIND_STRUCTURED : KIND_PLAIN];
	q->return_rcode = LDNS_RCODE_NOERROR;
	return true;
}
