// SPDX-License-Identifier: BSD-3-Clause
/* The aliases of an answer. Unbound follows them inside one query state, so a target
 * is seen in the message only, or in the RRset cache before there is one. */
#include "palang.h"

#include "services/cache/rrset.h"

#include <string.h>
#include <time.h>

/* As many as Unbound follows. */
#define HOPS_MAX 12

bool chain_target(struct reader *r, const uint8_t *wire, size_t len, struct verdict *v)
{
	struct name name;

	return name_from_wire(&name, wire, len) &&
	       lookup_target(r, name.key, name.len, time(NULL), v, NULL) == 0 &&
	       verdict_blocks(v);
}

bool chain_message(struct reader *r, const struct reply_info *rep, struct verdict *v)
{
	for (size_t i = 0; i < rep->an_numrrsets; i++) {
		struct ub_packed_rrset_key *k = rep->rrsets[i];
		uint8_t *target = NULL;
		size_t len = 0;

		if (ntohs(k->rk.type) != LDNS_RR_TYPE_CNAME)
			continue;
		get_cname_target(k, &target, &len);
		if (target != NULL && chain_target(r, target, len, v))
			return true;
	}
	return false;
}

/* A name on its way through the cache. */
struct hop {
	uint8_t name[LDNS_MAX_DOMAINLEN + 1];
	size_t len;
};

/* Copies the data of NAME's RRset of TYPE, a name, to TO. */
static bool cached_name(const struct module_qstate *q, uint8_t *name, size_t len,
			uint16_t type, struct hop *to)
{
	uint8_t *target = NULL;
	struct ub_packed_rrset_key *k =
		rrset_cache_lookup(q->env->rrset_cache, name, len, type,
				   LDNS_RR_CLASS_IN, 0, *q->env->now, 0);

	if (k == NULL)
		return false;
	to->len = 0;
	get_cname_target(k, &target, &to->len);
	if (target == NULL || to->len > sizeof(to->name))
		to->len = 0;
	if (to->len > 0)
		memcpy(to->name, target, to->len);
	lock_rw_unlock(&k->entry.lock);
	return to->len > 0;
}

/* A DNAME above the name (RFC 6672): what is in front of it stays. */
static bool cached_dname(const struct module_qstate *q, const struct hop *from,
			 struct hop *to)
{
	uint8_t *above = (uint8_t *)(uintptr_t)from->name;
	size_t len = from->len;
	struct hop target;

	while (len > 1) {
		size_t kept;

		dname_remove_label(&above, &len);
		if (!cached_name(q, above, len, LDNS_RR_TYPE_DNAME, &target))
			continue;
		kept = from->len - len;
		if (kept + target.len > LDNS_MAX_DOMAINLEN)
			return false;
		memcpy(to->name, from->name, kept);
		memcpy(to->name + kept, target.name, target.len);
		to->len = kept + target.len;
		return true;
	}
	return false;
}

/* To a question for the alias itself an answer has its first target only. */
static bool is_followed(const struct module_qstate *q)
{
	return q->qinfo.qtype != LDNS_RR_TYPE_CNAME &&
	       q->qinfo.qtype != LDNS_RR_TYPE_ANY;
}

/* Of the aliases that the cache has from HERE on. */
static bool walk(struct reader *r, const struct module_qstate *q, struct hop here,
		 struct verdict *v)
{
	int hops = is_followed(q) ? HOPS_MAX : 1;
	struct hop next;

	for (int i = 0; i < hops; i++) {
		if (!cached_name(q, here.name, here.len, LDNS_RR_TYPE_CNAME, &next) &&
		    !cached_dname(q, &here, &next))
			return false;
		if (chain_target(r, next.name, next.len, v))
			return true;
		here = next;
	}
	return false;
}

static bool hop_at(struct hop *h, const uint8_t *name, size_t len)
{
	if (len > sizeof(h->name))
		return false;
	memcpy(h->name, name, len);
	h->len = len;
	return true;
}

bool chain_cached(struct reader *r, const struct module_qstate *q, struct verdict *v)
{
	struct hop here;

	return hop_at(&here, q->qinfo.qname, q->qinfo.qname_len) && walk(r, q, here, v);
}

bool chain_response(struct reader *r, const struct module_qstate *q,
		    const struct reply_info *rep, struct verdict *v)
{
	uint8_t *target = NULL;
	size_t len = 0;
	struct hop here;

	if (chain_message(r, rep, v))
		return true;
	for (size_t i = 0; i < rep->an_numrrsets; i++)
		if (ntohs(rep->rrsets[i]->rk.type) == LDNS_RR_TYPE_CNAME)
			get_cname_target(rep->rrsets[i], &target, &len);
	return target != NULL && is_followed(q) && hop_at(&here, target, len) &&
	       walk(r, q, here, v);
}
