// SPDX-License-Identifier: BSD-3-Clause
#include "order.h"

#include <arpa/inet.h>
#include <string.h>

/* Appends "; TEXT" to the wire text, as much of it as fits whole characters. */
static void add_part(uint8_t *out, size_t *len, struct span text)
{
	size_t gap = *len > 0 ? 2 : 0, room = ORDER_EDE_TEXT_MAX - *len, n = text.len;

	if (room <= gap)
		return;
	room -= gap;
	if (n > room)
		for (n = room; n > 0 && (text.data[n] & 0xc0) == 0x80;)
			n--;
	if (n == 0)
		return;
	memcpy(out + *len, "; ", gap);
	memcpy(out + *len + gap, text.data, n);
	*len += gap + n;
}

void order_put(struct bytes *b, const struct order *o)
{
	uint8_t text[ORDER_EDE_TEXT_MAX];
	size_t len = 0;

	add_part(text, &len, o->authority);
	add_part(text, &len, o->reference);
	add_part(text, &len, o->contact);
	put_u16(b, o->notice);
	put_u16(b, o->ede);
	put_text(b, (struct span){ text, len });
	put_u64(b, (uint64_t)o->issued);
	put_u64(b, (uint64_t)o->effective);
	put_u64(b, (uint64_t)o->expires);
#define PUT(name) put_text(b, o->name);
	ORDER_TEXTS(PUT)
#undef PUT
}

struct order order_get(struct bytes *b)
{
	struct order o = { 0 };

	o.notice = get_u16(b);
	o.ede = get_u16(b);
	o.ede_text = get_text(b);
	o.issued = (int64_t)get_u64(b);
	o.effective = (int64_t)get_u64(b);
	o.expires = (int64_t)get_u64(b);
#define GET(name) o.name = get_text(b);
	ORDER_TEXTS(GET)
#undef GET
	return o;
}

bool order_active(const struct order *o, int64_t now)
{
	return (o->effective == 0 || o->effective <= now) &&
	       (o->expires == 0 || now < o->expires);
}

void notice_put(struct bytes *b, const struct notice *n)
{
	put_text(b, n->name);
	put_u32(b, n->ttl);
	put_u8(b, n->v4_count);
	put_data(b, n->v4, n->v4_count * sizeof(n->v4[0]));
	put_u8(b, n->v6_count);
	put_data(b, n->v6, n->v6_count * sizeof(n->v6[0]));
}

static uint8_t get_addresses(struct bytes *b, void *to, size_t size)
{
	uint8_t count = get_u8(b);
	struct span data = get_data(b, count * size);

	if (count > NOTICE_ADDRESSES_MAX)
		b->failed = true;
	if (b->failed)
		return 0;
	memcpy(to, data.data, data.len);
	return count;
}

struct notice notice_get(struct bytes *b)
{
	struct notice n = { 0 };

	n.name = get_text(b);
	n.ttl = get_u32(b);
	n.v4_count = get_addresses(b, n.v4, sizeof(n.v4[0]));
	n.v6_count = get_addresses(b, n.v6, sizeof(n.v6[0]));
	return n;
}

static bool add_address(void *to, uint8_t *count, const void *address, size_t size)
{
	uint8_t *at = to;

	for (size_t i = 0; i < *count; i++)
		if (memcmp(at + i * size, address, size) == 0)
			return true;
	if (*count == NOTICE_ADDRESSES_MAX)
		return false;
	memcpy(at + (*count)++ * size, address, size);
	return true;
}

bool notice_add(struct notice *n, const char *address)
{
	uint8_t a[16];

	if (inet_pton(AF_INET, address, a) == 1)
		return add_address(n->v4, &n->v4_count, a, sizeof(n->v4[0]));
	if (inet_pton(AF_INET6, address, a) == 1)
		return add_address(n->v6, &n->v6_count, a, sizeof(n->v6[0]));
	return false;
}

void feed_put(struct bytes *b, const struct feed *f)
{
	put_text(b, f->name);
	put_u8(b, f->rank);
	put_u8(b, f->flags);
	put_u64(b, f->entries);
}

struct feed feed_get(struct bytes *b)
{
	struct feed f = { 0 };

	f.name = get_text(b);
	f.rank = get_u8(b);
	f.flags = get_u8(b);
	f.entries = get_u64(b);
	return f;
}
