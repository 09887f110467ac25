// SPDX-License-Identifier: BSD-3-Clause
/* The options of the hunt's program, which tests/hunt/run sets. */
#include <getopt.h>
#include <stdlib.h>

#include "hunt.h"

enum {
	OPT_STORE,
	OPT_PALANG,
	OPT_ZONE,
	OPT_GROUPS,
	OPT_ALIAS,
	OPT_EXEMPT,
	OPT_EXEMPT_V6,
	OPT_PORT,
	OPT_TLS_PORT,
	OPT_HTTPS_PORT,
	OPT_UDP,
	OPT_TCP,
	OPT_TLS,
	OPT_HTTPS,
	OPT_WINDOW,
	OPT_SECONDS,
	OPT_PATIENCE,
	OPT_CNAME_TARGETS,
	OPT_SEED,
	OPT_ENOUGH,
};

// clang-format off
static const struct option options[] = {
	{ "store", 1, NULL, OPT_STORE },
	{ "palang", 1, NULL, OPT_PALANG },
	{ "zone", 1, NULL, OPT_ZONE },             /* of true names; many */
	{ "groups", 1, NULL, OPT_GROUPS },         /* of names in each */
	{ "alias", 1, NULL, OPT_ALIAS },           /* the zone of aliases */
	{ "exempt", 1, NULL, OPT_EXEMPT },         /* source address */
	{ "exempt-v6", 0, NULL, OPT_EXEMPT_V6 },   /* and ::1 */
	{ "port", 1, NULL, OPT_PORT },
	{ "tls-port", 1, NULL, OPT_TLS_PORT },
	{ "https-port", 1, NULL, OPT_HTTPS_PORT },
	{ "udp", 1, NULL, OPT_UDP },               /* threads */
	{ "tcp", 1, NULL, OPT_TCP },
	{ "tls", 1, NULL, OPT_TLS },
	{ "https", 1, NULL, OPT_HTTPS },
	{ "window", 1, NULL, OPT_WINDOW },         /* queries under way a socket */
	{ "seconds", 1, NULL, OPT_SECONDS },
	{ "patience", 1, NULL, OPT_PATIENCE },     /* seconds until enforced */
	{ "cname-targets", 0, NULL, OPT_CNAME_TARGETS },
	{ "seed", 1, NULL, OPT_SEED },
	{ "enough", 1, NULL, OPT_ENOUGH },         /* violations, to stop at */
	{ 0 },
};
// clang-format on

static void read_option(struct options *o, int option, const char *value)
{
	unsigned number = value != NULL ? (unsigned)strtoul(value, NULL, 10) : 0;

	switch (option) {
	case OPT_STORE:
		o->store = value;
		break;
	case OPT_PALANG:
		o->palang = value;
		break;
	case OPT_ZONE:
		if (o->zone_count < sizeof(o->zones) / sizeof(o->zones[0]))
			o->zones[o->zone_count++] = value;
		break;
	case OPT_GROUPS:
		o->groups = number;
		break;
	case OPT_ALIAS:
		o->alias = value;
		break;
	case OPT_EXEMPT:
		o->exempt = value;
		break;
	case OPT_EXEMPT_V6:
		o->exempt_v6 = true;
		break;
	case OPT_PORT:
		o->port = (uint16_t)number;
		break;
	case OPT_TLS_PORT:
		o->tls_port = (uint16_t)number;
		break;
	case OPT_HTTPS_PORT:
		o->https_port = (uint16_t)number;
		break;
	case OPT_UDP:
	case OPT_TCP:
	case OPT_TLS:
	case OPT_HTTPS:
		o->threads[option - OPT_UDP] = number;
		break;
	case OPT_WINDOW:
		o->window = number;
		break;
	case OPT_SECONDS:
		o->seconds = number;
		break;
	case OPT_PATIENCE:
		o->patience = number;
		break;
	case OPT_CNAME_TARGETS:
		o->cname_targets = true;
		break;
	case OPT_SEED:
		o->seed = value != NULL ? strtoull(value, NULL, 10) : 0;
		break;
	case OPT_ENOUGH:
		o->enough = number;
		break;
	}
}

bool options_read(struct options *o, int argc, char **argv)
{
	int option;

	*o = (struct options){
		.groups = 8,
		.window = 32,
		.seconds = 60,
		.patience = 20,
		.seed = (uint64_t)clock_us(),
		.enough = UINT64_MAX,
	};
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == '?')
			return false;
		read_option(o, option, optarg);
	}
	return o->store != NULL && o->port != 0 && o->zone_count > 0 && o->groups > 0 &&
	       o->window > 0 && o->window <= 256 &&
	       (o->threads[OVER_TLS] == 0 || o->tls_port != 0) &&
	       (o->threads[OVER_HTTPS] == 0 || o->https_port != 0) &&
	       ((o->exempt == NULL && !o->cname_targets) || o->palang != NULL);
}
