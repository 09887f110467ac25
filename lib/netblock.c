// SPDX-License-Identifier: BSD-3-Clause
#include "netblock.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static size_t size_of(uint8_t family)
{
	return family == 4 ? 4 : 16;
}

/* True when the first PREFIX bits of A and B are the same. */
static bool same_prefix(const uint8_t *a, const uint8_t *b, unsigned prefix)
{
	unsigned whole = prefix / 8, rest = prefix % 8;

	return memcmp(a, b, whole) == 0 &&
	       (rest == 0 || ((a[whole] ^ b[whole]) >> (8 - rest)) == 0);
}

/* True when nothing is set behind the prefix. */
static bool is_clean(const struct netblock *b)
{
	unsigned whole = b->prefix / 8, rest = b->prefix % 8;

	if (rest != 0 && (b->address[whole++] & 0xff >> rest) != 0)
		return false;
	for (; whole < size_of(b->family); whole++)
		if (b->address[whole] != 0)
			return false;
	return true;
}

/* Makes a block of IPv4 addresses in IPv6 ones what it holds, as addresses are
 * when they are looked for. */
static void unmap(struct netblock *b)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };

	if (b->family != 6 || b->prefix < 96 ||
	    memcmp(b->address, mapped, sizeof(mapped)) != 0)
		return;
	b->family = 4;
	b->prefix -= 96;
	memmove(b->address, b->address + 12, 4);
	memset(b->address + 4, 0, 12);
}

int netblock_parse(struct netblock *b, struct span text, struct err *e)
{
	char address[NETBLOCK_TEXT_MAX] = "", *slash, *end;
	unsigned long prefix;

	*b = (struct netblock){ 0 };
	if (text.len < sizeof(address))
		memcpy(address, text.data, text.len);
	slash = strchr(address, '/');
	if (slash != NULL)
		*slash++ = '\0';
	if (inet_pton(AF_INET, address, b->address) == 1)
		b->family = 4;
	else if (inet_pton(AF_INET6, address, b->address) == 1)
		b->family = 6;
	else
		return err_set(e, ERR_INPUT, "'%.*s' is not a netblock",
			       (int)(text.len < 100 ? text.len : 100), text.data);
	prefix = 8 * size_of(b->family);
	if (slash != NULL && (*slash < '0' || *slash > '9' ||
			      (prefix = strtoul(slash, &end, 10), *end != '\0') ||
			      prefix > 8 * size_of(b->family)))
		return err_set(e, ERR_INPUT, "'%.*s' has no such prefix length",
			       (int)text.len, text.data);
	b->prefix = (uint8_t)prefix;
	if (!is_clean(b))
		return err_set(e, ERR_INPUT, "'%.*s' has bits set behind its prefix",
			       (int)text.len, text.data);
	unmap(b);
	return 0;
}

const char *netblock_to_text(char text[static NETBLOCK_TEXT_MAX],
			     const struct netblock *b)
{
	char address[INET6_ADDRSTRLEN] = "";

	inet_ntop(b->family == 4 ? AF_INET : AF_INET6, b->address, address,
		  sizeof(address));
	if (b->prefix == 8 * size_of(b->family))
		snprintf(text, NETBLOCK_TEXT_MAX, "%s", address);
	else
		snprintf(text, NETBLOCK_TEXT_MAX, "%s/%u", address, b->prefix);
	return text;
}

/* By family, address, and the wider block first. */
static int compare(const void *a, const void *b)
{
	const struct netblock *x = a, *y = b;
	int c = x->family - y->family;

	if (c == 0)
		c = memcmp(x->address, y->address, sizeof(x->address));
	return c != 0 ? c : x->prefix - y->prefix;
}

/* Drops what is inside another; BLOCKS are sorted. Returns how many are left. */
static size_t drop_nested(struct netblock *blocks, size_t count)
{
	size_t kept = 0;

	for (size_t i = 0; i < count; i++) {
		const struct netblock *outer = kept > 0 ? &blocks[kept - 1] : NULL;

		if (outer == NULL || outer->family != blocks[i].family ||
		    !same_prefix(outer->address, blocks[i].address, outer->prefix))
			blocks[kept++] = blocks[i];
	}
	return kept;
}

void netblocks_put(struct bytes *b, struct netblock *blocks, size_t count)
{
	size_t i = 0;

	if (count > 0)
		qsort(blocks, count, sizeof(*blocks), compare);
	count = drop_nested(blocks, count);
	for (uint8_t family = 4; family <= 6; family += 2) {
		size_t first = i;

		while (i < count && blocks[i].family == family)
			i++;
		put_u16(b, (uint16_t)(i - first));
		for (size_t j = first; j < i; j++) {
			put_data(b, blocks[j].address, size_of(family));
			put_u8(b, blocks[j].prefix);
		}
	}
}

struct netblocks netblocks_get(struct bytes *b)
{
	struct netblocks n;
	uint16_t count = get_u16(b);

	n.v4 = get_data(b, count * 5u);
	count = get_u16(b);
	n.v6 = get_data(b, count * 17u);
	if (b->failed)
		n = (struct netblocks){ 0 };
	return n;
}

size_t netblocks_count(const struct netblocks *n)
{
	return n->v4.len / 5 + n->v6.len / 17;
}

struct netblock netblocks_at(const struct netblocks *n, size_t i)
{
	struct netblock b = { .family = i < n->v4.len / 5 ? 4 : 6 };
	size_t size = size_of(b.family);
	const uint8_t *at = b.family == 4 ? n->v4.data + i * 5
					  : n->v6.data + (i - n->v4.len / 5) * 17;

	memcpy(b.address, at, size);
	b.prefix = at[size];
	return b;
}

/* The last block that begins at or before ADDRESS is the only one it can be in. */
static bool find(struct span blocks, const uint8_t *address, size_t size)
{
	size_t low = 0, high = blocks.len / (size + 1);
	const uint8_t *at;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (memcmp(blocks.data + middle * (size + 1), address, size) <= 0)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == 0)
		return false;
	at = blocks.data + (low - 1) * (size + 1);
	return at[size] <= 8 * size && same_prefix(at, address, at[size]);
}

bool netblocks_have(const struct netblocks *n, const struct sockaddr *address)
{
	const struct sockaddr_in6 *six = (const void *)address;
	const struct sockaddr_in *four = (const void *)address;

	if (address->sa_family == AF_INET)
		return find(n->v4, (const uint8_t *)&four->sin_addr, 4);
	if (address->sa_family != AF_INET6)
		return false;
	if (IN6_IS_ADDR_V4MAPPED(&six->sin6_addr))
		return find(n->v4, six->sin6_addr.s6_addr + 12, 4);
	return find(n->v6, six->sin6_addr.s6_addr, 16);
}
