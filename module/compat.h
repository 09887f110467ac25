// SPDX-License-Identifier: BSD-3-Clause
/* Unbound's headers, and the differences between its releases that the module
 * meets. Every file of the module includes this first: Unbound's config.h has to
 * come before anything else. */
#ifndef PALANG_COMPAT_H
#define PALANG_COMPAT_H

#include "config.h"

#include <stdbool.h>

#include "daemon/worker.h"
#include "dynlibmod/dynlibmod.h"
#include "services/cache/dns.h"
#include "services/cache/infra.h"
#include "services/listen_dnsport.h"
#include "services/mesh.h"
#include "util/config_file.h"
#include "util/data/dname.h"
#include "util/data/msgencode.h"
#include "util/data/msgreply.h"
#include "util/module.h"
#include "util/net_help.h"
#include "util/regional.h"
#include "util/storage/slabhash.h"
#include "util/ub_event.h"

/* 1.17.1 as 11701, from config.h's "1,17,1,0". */
#define VERSION_NUMBER_(a, b, c, d) ((a)*10000 + (b)*100 + (c))
#define VERSION_NUMBER(x)           VERSION_NUMBER_(x)
#define UNBOUND_VERSION             VERSION_NUMBER(RSRC_PACKAGE_VERSION)

static inline struct reply_info *new_reply(struct regional *region, uint16_t flags,
					   time_t ttl, size_t an, size_t ns)
{
#if UNBOUND_VERSION >= 12200
	return construct_reply_info_base(region, flags, 1, ttl, ttl, ttl, 0, an, ns, 0,
					 an + ns, sec_status_insecure, LDNS_EDE_NONE);
#elif UNBOUND_VERSION >= 11800
	return construct_reply_info_base(region, flags, 1, ttl, ttl, ttl, an, ns, 0,
					 an + ns, sec_status_insecure, LDNS_EDE_NONE);
#else
	return construct_reply_info_base(region, flags, 1, ttl, ttl, ttl, an, ns, 0,
					 an + ns, sec_status_insecure);
#endif
}

/* Debian's 1.17.1 has it, too: configure looks. */
static inline void count_out_waiting(struct module_qstate *q, struct comm_reply *reply)
{
#ifdef HAVE_WAIT_LIMIT
	infra_wait_limit_dec(q->env->infra_cache, reply, q->env->cfg);
#else
	(void)q;
	(void)reply;
#endif
}

/* A stream of HTTP/2 or QUIC refers to the state whose answer it waits for. */
static inline void forget_stream(struct mesh_reply *reply)
{
	/* Elsewhere the pointer is not set at all. */
	if (reply->query_reply.c->use_h2 && reply->h2_stream != NULL)
		reply->h2_stream->mesh_state = NULL;
#ifdef HAVE_NGTCP2
	if (reply->query_reply.c->type == comm_doq &&
	    reply->query_reply.doq_stream != NULL)
		reply->query_reply.doq_stream->mesh_state = NULL;
#endif
}

/* True when nobody on the way can read or change what the client is told. */
static inline bool is_encrypted(const struct comm_reply *reply)
{
#if UNBOUND_VERSION >= 12200
	if (reply->c->type == comm_doq)
		return true;
#endif
	return reply->c->ssl != NULL || reply->c->type == comm_http;
}

#endif
