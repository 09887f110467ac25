// SPDX-License-Identifier: BSD-3-Clause
/* Who waits for an answer. Unbound lets clients that ask the same share one query
 * state, whatever their addresses, transports and EDNS options are. */
#include "palang.h"

#include <string.h>

/* EDNS option "Structured DNS Error" (draft-ietf-dnsop-structured-dns-error): with
 * it a client asks for one. */
#define EDNS_STRUCTURED_ERROR 26

static bool is_exempt(const struct reader *r, const struct mesh_reply *reply)
{
	return netblocks_have(&r->now.exempt,
			      (const struct sockaddr *)&reply->query_reply.client_addr);
}

static enum kind kind_of(const struct reader *r, const struct mesh_reply *reply)
{
	if (is_exempt(r, reply))
		return KIND_TRUTH;
	return edns_opt_list_find(reply->edns.opt_list_in, EDNS_STRUCTURED_ERROR) !=
			       NULL
		       ? KIND_STRUCTURED
		       : KIND_PLAIN;
}

bool clients_gather(struct reader *r, struct module_qstate *q, struct block *b)
{
	const struct mesh_reply *reply;
	unsigned count = 0;

	for (reply = q->mesh_info->reply_list; reply != NULL; reply = reply->next)
		count++;
	if (count == 0)
		return true;
	b->clients = regional_alloc(q->region, count * sizeof(*b->clients));
	if (b->clients == NULL)
		return false;
	for (reply = q->mesh_info->reply_list; reply != NULL; reply = reply->next) {
		struct client *c = &b->clients[b->count++];

		c->who = &reply->query_reply;
		c->kind = (uint8_t)kind_of(r, reply);
		c->room = reply->query_reply.c->type == comm_udp ? reply->edns.udp_size
								 : 0;
		b->kinds |= 1u << c->kind;
	}
	return true;
}

/* A sub-query is for those who wait for the states above it: with one exempt client
 * among them its answer has to be true. The states above tell their clients apart. */
static bool has_exempt_super(const struct reader *r, struct mesh_state *m)
{
	struct mesh_state_ref *ref;

	RBTREE_FOR(ref, struct mesh_state_ref *, &m->super_set)
	{
		const struct mesh_reply *reply = ref->s->reply_list;

		for (; reply != NULL; reply = reply->next)
			if (is_exempt(r, reply))
				return true;
		if (has_exempt_super(r, ref->s))
			return true;
	}
	return false;
}

bool clients_exempt(struct reader *r, const struct module_qstate *q)
{
	const struct mesh_reply *reply = q->mesh_info->reply_list;

	if (reply == NULL)
		return has_exempt_super(r, q->mesh_info);
	for (; reply != NULL; reply = reply->next)
		if (!is_exempt(r, reply))
			return false;
	return true;
}

/* Unbound finds states by a key that "unique" is part of: it is taken out of the tree
 * for the change. A state that others refer to keeps its key: those who join it are
 * told apart when it is answered. */
void clients_stand_apart(struct module_qstate *q)
{
	struct mesh_state *m = q->mesh_info;

	q->no_cache_store = 1;
	q->no_cache_lookup = 1;
	if (m->unique != NULL || m->super_set.count > 0 || m->sub_set.count > 0 ||
	    m->cb_list != NULL)
		return;
	rbtree_delete(&q->env->mesh->all, m);
	mesh_state_make_unique(m);
	rbtree_insert(&q->env->mesh->all, &m->node);
}

/* Takes the reply that LINK points to out of the list and gives its client up, with
 * all the accounts that Unbound keeps of it. For TCP that ends the connection, which
 * in turn takes its other replies out of the list. */
static void drop(struct module_qstate *q, struct mesh_reply **link)
{
	struct mesh_state *m = q->mesh_info;
	struct mesh_reply *reply = *link;

	*link = reply->next;
	q->env->mesh->num_reply_addrs--;
	count_out_waiting(q, &reply->query_reply);
	forget_stream(reply);
	if (m->reply_list == NULL && m->cb_list == NULL) {
		q->env->mesh->num_reply_states--;
		if (m->super_set.count == 0)
			q->env->mesh->num_detached_states++;
	}
	comm_point_drop_reply(&reply->query_reply);
}

static bool is_truth(const struct block *b, const struct mesh_reply *reply)
{
	for (unsigned i = 0; i < b->count; i++)
		if (b->clients[i].who == &reply->query_reply)
			return b->clients[i].kind == KIND_TRUTH;
	return false;
}

void clients_drop(struct module_qstate *q, const struct block *b)
{
	struct mesh_reply **link = &q->mesh_info->reply_list;

	/* From the start again after each: others may have gone with it. */
	while (*link != NULL) {
		if (is_truth(b, *link)) {
			link = &(*link)->next;
			continue;
		}
		drop(q, link);
		link = &q->mesh_info->reply_list;
	}
}
