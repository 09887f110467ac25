// SPDX-License-Identifier: BSD-3-Clause
/* Any lines as netblocks: each is read again as it is printed, and a record of all of
 * them has each one's address. */
#include <netinet/in.h>

#include "fuzz.h"
#include "netblock.h"

#define BLOCKS_MAX 32

static void parse_again(const struct netblock *b)
{
	char text[NETBLOCK_TEXT_MAX];
	struct netblock again;

	require(netblock_parse(&again, span_of(netblock_to_text(text, b)), NULL) == 0);
	require(memcmp(&again, b, sizeof(again)) == 0);
}

static bool have(const struct netblocks *n, const struct netblock *b)
{
	struct sockaddr_in four = { .sin_family = AF_INET };
	struct sockaddr_in6 six = { .sin6_family = AF_INET6 };

	memcpy(&four.sin_addr, b->address, sizeof(four.sin_addr));
	memcpy(&six.sin6_addr, b->address, sizeof(six.sin6_addr));
	return netblocks_have(n, b->family == 4 ? (struct sockaddr *)&four
						: (struct sockaddr *)&six);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct netblock blocks[BLOCKS_MAX], sorted[BLOCKS_MAX];
	struct netblocks all;
	size_t count = 0;
	uint8_t record[BLOCKS_MAX * 17 + 4];
	struct bytes b;
	struct err e;

	for (const uint8_t *end = data + size, *lf; data < end && count < BLOCKS_MAX;
	     data = lf + 1) {
		lf = memchr(data, '\n', (size_t)(end - data));
		lf = lf == NULL ? end : lf;
		if (netblock_parse(&blocks[count],
				   (struct span){ data, (size_t)(lf - data) }, &e) == 0)
			parse_again(&blocks[count++]);
	}
	memcpy(sorted, blocks, sizeof(sorted));
	b = bytes_over(record, sizeof(record));
	netblocks_put(&b, sorted, count);
	require(!b.failed);
	b = bytes_from(record, (size_t)(b.at - record));
	all = netblocks_get(&b);
	require(!b.failed && netblocks_count(&all) <= count);
	for (size_t i = 0; i < count; i++)
		require(have(&all, &blocks[i]));
	return 0;
}
