// SPDX-License-Identifier: BSD-3-Clause
/* Netblocks: the addresses of clients that are exempt. In the store they are two
 * runs of records, IPv4 and IPv6, each sorted and without a block inside another,
 * so that one binary search answers whether an address is in any of them. */
#ifndef PALANG_NETBLOCK_H
#define PALANG_NETBLOCK_H

#include <sys/socket.h>

#include "bytes.h"
#include "err.h"

#define NETBLOCKS_MAX     1000
#define NETBLOCK_TEXT_MAX 64

struct netblock {
	uint8_t family; /* 4 or 6 */
	uint8_t prefix; /* bits that count */
	uint8_t address[16];
};

/* Blocks of an encoded record; points into it. */
struct netblocks {
	struct span v4; /* 5 bytes each: address, prefix */
	struct span v6; /* 17 bytes each */
};

/* Reads "192.0.2.0/24", "2001:db8::/32" or one address; a block inside
 * ::ffff:0:0/96 becomes the IPv4 one that it holds. Returns 0, or ERR_INPUT for what
 * is none, or has bits set behind its prefix. */
int netblock_parse(struct netblock *b, struct span text, struct err *e);
const char *netblock_to_text(char text[static NETBLOCK_TEXT_MAX],
			     const struct netblock *b);

/* Sorts BLOCKS and encodes them without those inside another one. */
void netblocks_put(struct bytes *b, struct netblock *blocks, size_t count);
struct netblocks netblocks_get(struct bytes *b);

size_t netblocks_count(const struct netblocks *n);
struct netblock netblocks_at(const struct netblocks *n, size_t i);

/* True when ADDRESS (an AF_INET or AF_INET6 socket address) is in one of them; an
 * IPv4 address in an IPv6 one (RFC 4291, 2.5.5.2) counts as what it holds. */
bool netblocks_have(const struct netblocks *n, const struct sockaddr *address);

#endif
