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

/* Appends TEXT, as much of it as a structured error takes, inside a string. */
static void put_json_text(struct bytes *b, struct span text)
{
	if (text.len > ORDER_JSON_TEXT_MAX)
		for (text.len = ORDER_JSON_TEXT_MAX;
		     text.len > 0 && (text.data[text.len] & 0xc0) == 0x80;)
			text.len--;
	for (size_t i = 0; i < text.len; i++) {
		if (text.data[i] == '"' || text.data[i] == '\\')
			put_u8(b, '\\');
		if (text.data[i] >= 0x20)
			put_u8(b, text.data[i]);
	}
}

static void put_literal(struct bytes *b, const char *text)
{
	put_data(b, text, strlen(text));
}

/* Begins a member: a comma, unless it is the first. */
static void put_member(struct bytes *b, const uint8_t *start, const char *text)
{
	put_literal(b, b->at == start + 1 ? "" : ",");
	put_literal(b, text);
}

static bool has(struct span text, const char *what)
{
	return text.len > 0 && memmem(text.data, text.len, what, strlen(what)) != NULL;
}

static bool begins(struct span text, const char *what)
{
	size_t len = strlen(what);

	return text.len > len && memcmp(text.data, what, len) == 0;
}

/* True when only such characters are in TEXT as a URI is made of (RFC 3986). */
static bool of_uri(struct span text)
{
	for (size_t i = 0; i < text.len; i++)
		if (text.data[i] <= ' ' || text.data[i] >= 0x7f ||
		    strchr("\"\\<>^`{|}", text.data[i]) != NULL)
			return false;
	return true;
}

/* True for what stands in a `mailto` URI as it is. */
static bool is_mail(struct span text)
{
	const uint8_t *at = text.len == 0 ? NULL : memchr(text.data, '@', text.len);

	for (size_t i = 0; i < text.len; i++)
		if (strchr(":/?#[]%&,;", text.data[i]) != NULL)
			return false;
	return at != NULL && at > text.data && at + 1 < text.data + text.len &&
	       memchr(at + 1, '@', (size_t)(text.data + text.len - at - 1)) == NULL;
}

/* What goes before a contact to make it a URI of a scheme that clients take, which
 * are `mailto` and `tel`; NULL when it cannot be one. */
static const char *contact_prefix(struct span contact)
{
	if (contact.len > ORDER_JSON_TEXT_MAX || !of_uri(contact))
		return NULL;
	if (begins(contact, "mailto:") || begins(contact, "tel:"))
		return "";
	return is_mail(contact) ? "mailto:" : NULL;
}

/* The structured error: `c`, whom to ask or where to object, and unless BRIEF `j`, why,
 * `o`, who, and their language `l`. A sub-error `s` must not go with an authority's
 * order; for the operator's own it is 6, "DNS operator policy". A name with an address
 * in it would make clients hide it. */
static void put_json(struct bytes *b, const struct order *o, bool brief)
{
	const uint8_t *start = b->at;
	struct span contact = o->contact;
	const char *prefix = contact_prefix(contact);
	struct span why = o->reason.len > 0 ? o->reason : o->reference;
	bool who = o->authority.len > 0 && !has(o->authority, "://");

	if (prefix == NULL) {
		contact = o->appeal;
		prefix = contact_prefix(contact);
	}
	put_literal(b, "{");
	if (prefix != NULL) {
		put_member(b, start, "\"c\":[\"");
		put_literal(b, prefix);
		put_json_text(b, contact);
		put_literal(b, "\"]");
	}
	if (!brief && why.len > 0) {
		put_member(b, start, "\"j\":\"");
		put_json_text(b, why);
		put_literal(b, "\"");
	}
	if (o->ede == EDE_BLOCKED)
		put_member(b, start, "\"s\":6");
	/* Without one of these a client throws the whole away. */
	if (b->at == start + 1) {
		b->at = (uint8_t *)(uintptr_t)start;
		return;
	}
	if (!brief && who) {
		put_member(b, start, "\"o\":\"");
		put_json_text(b, o->authority);
		put_literal(b, "\"");
	}
	if (!brief && (who || why.len > 0)) {
		put_member(b, start, "\"l\":\"");
		put_json_text(b, o->language.len > 0 ? o->language : span_of("en"));
		put_literal(b, "\"");
	}
	put_literal(b, "}");
}

static void put_prepared(struct bytes *b, const struct order *o, bool brief)
{
	uint8_t json[ORDER_JSON_MAX];
	struct bytes j = bytes_over(json, sizeof(json));

	put_json(&j, o, brief);
	b->failed |= j.failed;
	put_text(b, (struct span){ json, (size_t)(j.at - json) });
}

void order_put(struct bytes *b, const struct order *o)
{
	uint8_t text[ORDER_EDE_TEXT_MAX];
	size_t len = 0;

	add_part(text, &len, o->authority);
	add_part(text, &len, o->reference);
	add_part(text, &len, o->appeal.len > 0 ? o->appeal : o->contact);
	put_u16(b, o->notice);
	put_u16(b, o->ede);
	put_text(b, (struct span){ text, len });
	put_prepared(b, o, false);
	put_prepared(b, o, true);
	put_u64(b, (uint64_t)o->issued);
	put_u64(b, (uint64_t)o->effective);
	put_u64(b, (uint64_t)o->expires);
	put_u64(b, (uint64_t)o->review);
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
	o.json = get_text(b);
	o.brief_json = get_text(b);
	o.issued = (int64_t)get_u64(b);
	o.effective = (int64_t)get_u64(b);
	o.expires = (int64_t)get_u64(b);
	o.review = (int64_t)get_u64(b);
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
	if ((f.flags & ~FEED_FLAGS) != 0)
		b->failed = true;
	return f;
}
