// SPDX-License-Identifier: BSD-3-Clause
/* Unbound's headers, and the differences between its releases that the module
 * meets. Every file of the module includes this first: Unbound's config.h has to
 * come before anything else. */
#ifndef PALANG_COMPAT_H
#define PALANG_COMPAT_H

#include "config.h"

#include "daemon/worker.h"
#include "dynlibmod/dynlibmod.h"
#include "services/cache/dns.h"
#include "services/mesh.h"
#include "util/config_file.h"
#include "util/data/dname.h"
#include "util/data/msgencode.h"
#include "util/data/msgreply.h"
#include "util/module.h"
#include "util/net_help.h"
#include "util/regional.h"
#include "util/storage/slabhash.h"

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

#endif
