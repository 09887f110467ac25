// SPDX-License-Identifier: BSD-3-Clause
/* Queries, and a strict reader of answers that shares nothing with palang or
 * Unbound. True records are those of tests/resolver/world.py. */
#include "hunt.h"

#include <arpa/inet.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum {
	TYPE_A = 1,
	TYPE_CNAME = 5,
	TYPE_SOA = 6,
	TYPE_MX = 15,
	TYPE_TXT = 16,
	TYPE_AAAA = 28,
	TYPE_OPT = 41,
	TYPE_HTTPS = 65,
	TYPE_ANY = 255
};

#define FLAG_QR 0x8000
#define FLAG_TC 0x0200
#define FLAG_RD 0x0100
#define FLAG_CD 0x0010

uint16_t wire_u16(const uint8_t *at)
{
	return (uint16_t)(at[0] << 8 | at[1]);
}

static void put(struct query *q, uint16_t v)
{
	q->wire[q->len++] = (uint8_t)(v >> 8);
	q->wire[q->len++] = (uint8_t)v;
}

static uint16_t draw_type(struct dice *d)
{
	static const uint8_t types[16] = {
		TYPE_A,     TYPE_A,     TYPE_A,    TYPE_A,    TYPE_A,   TYPE_A,
		TYPE_A,     TYPE_AAAA,  TYPE_AAAA, TYPE_AAAA, TYPE_TXT, TYPE_MX,
		TYPE_HTTPS, TYPE_HTTPS, TYPE_A,    TYPE_ANY,
	};

	return types[dice_below(d, 16)];
}

void query_make(struct hunt *h, struct dice *d, bool exempt, enum transport t,
		struct query *q)
{
	const struct asked *a;
	uint64_t bits = dice_throw(d), letters = dice_throw(d);

	q->name = bits % 8 < 5 ? atomic_load_explicit(&h->recent[(bits >> 8) % RECENT],
						      memory_order_relaxed)
			       : (bits >> 8) % h->asked_count;
	a = &h->asked[q->name];
	q->type = draw_type(d);
	/* What ANY shows of a chain is not fixed. */
	if (a->target >= 0 && q->type == TYPE_ANY)
		q->type = TYPE_A;
	q->flags = (uint16_t)(FLAG_RD | ((bits >> 3) % 4 == 0 ? FLAG_CD : 0));
	q->edns = (bits >> 5) % 4 != 0;
	q->dnssec = q->edns && (bits >> 7) % 4 == 0;
	q->exempt = exempt;
	q->transport = t;
	q->len = 2;
	put(q, q->flags);
	put(q, 1);
	put(q, 0);
	put(q, 0);
	put(q, q->edns);
	for (unsigned i = 0; i < a->len; i++) {
		uint8_t c = a->wire[i];

		/* A label's length is below every letter. */
		if (c >= 'a' && c <= 'z' && (letters >> i % 64 & 1) != 0)
			c = (uint8_t)(c - 'a' + 'A');
		q->wire[q->len++] = c;
	}
	put(q, q->type);
	put(q, 1);
	if (q->edns) {
		q->wire[q->len++] = 0;
		put(q, TYPE_OPT);
		put(q, 1232);
		put(q, 0);
		put(q, q->dnssec ? 0x8000 : 0);
		put(q, 0);
	}
}

void query_number(struct query *q, uint16_t id)
{
	q->wire[0] = (uint8_t)(id >> 8);
	q->wire[1] = (uint8_t)id;
}

void query_mark(struct hunt *h, struct query *q)
{
	struct asked *a = &h->asked[q->name];

	q->word = atomic_load(&a->word);
	q->until = atomic_load(&a->until);
	q->coming = atomic_load(&a->coming);
	q->window = atomic_load(&h->window_serial);
	q->window_since = atomic_load(&h->window_since);
	q->sent = clock_us();
}

/* A message being read; `wrong` latches the first fault. */
struct reading {
	const uint8_t *wire;
	size_t len, at;
	struct answer *to;
	const struct query *query;
	size_t words;
};

static void fail(struct reading *r, const char *why)
{
	if (r->to->wrong == NULL)
		r->to->wrong = why;
	r->at = r->len;
}

static bool has(struct reading *r, size_t n)
{
	if (r->to->wrong == NULL && r->len - r->at >= n)
		return true;
	fail(r, "it is cut");
	return false;
}

static uint16_t take(struct reading *r)
{
	if (!has(r, 2))
		return 0;
	r->at += 2;
	return wire_u16(r->wire + r->at - 2);
}

/* A name, lower case, at AT; returns where it ends, 0 when it is none. A pointer
 * points to what came before. */
static size_t read_name(const struct reading *r, size_t at, uint8_t *to,
			size_t *ret_len)
{
	size_t end = 0, len = 0, limit = at;

	for (;;) {
		uint8_t c;

		if (at >= r->len)
			return 0;
		c = r->wire[at];
		if (c >= 0xc0) {
			if (at + 1 >= r->len)
				return 0;
			if (end == 0)
				end = at + 2;
			at = wire_u16(r->wire + at) & 0x3fff;
			if (at >= limit || at < 12)
				return 0;
			limit = at;
			continue;
		}
		if (c > NAME_LABEL_MAX || at + 1 + c > r->len ||
		    len + 1 + c > NAME_WIRE_MAX)
			return 0;
		for (size_t i = 0; i <= c; i++, at++)
			to[len++] = r->wire[at] >= 'A' && r->wire[at] <= 'Z' && i > 0
					    ? r->wire[at] | 0x20
					    : r->wire[at];
		if (c == 0)
			break;
	}
	*ret_len = len;
	return end != 0 ? end : at;
}

__attribute__((format(printf, 2, 3))) static void say(struct reading *r,
						      const char *format, ...)
{
	size_t room = sizeof(r->to->words) - r->words;
	va_list ap;
	int n;

	va_start(ap, format);
	n = vsnprintf(r->to->words + r->words, room, format, ap);
	va_end(ap);
	r->words += n < 0 ? 0 : (size_t)n < room ? (size_t)n : room - 1;
}

static const uint8_t true_v6[6] = { 0x20, 0x01, 0x0d, 0xb8, 0xff, 0xff };
static const uint8_t notice_v6[16] = { 0x20, 0x01, 0x0d, 0xb8, [15] = 1 };
static const uint8_t dns64[12] = { 0, 0x64, 0xff, 0x9b };

static void see_v4(struct reading *r, const uint8_t *d, bool answer)
{
	if (d[0] == 198 && d[1] == 51 && d[2] == 100)
		r->to->truths++;
	if (d[0] == 192 && d[1] == 0 && d[2] == 2)
		r->to->forged += answer;
}

static void see_v6(struct reading *r, const uint8_t *d, bool answer)
{
	if (memcmp(d, true_v6, sizeof(true_v6)) == 0)
		r->to->truths++;
	if (memcmp(d, notice_v6, sizeof(notice_v6)) == 0)
		r->to->forged += answer;
	if (memcmp(d, dns64, sizeof(dns64)) == 0)
		see_v4(r, d + 12, answer);
}

static bool contains(const uint8_t *data, size_t len, const char *what)
{
	return memmem(data, len, what, strlen(what)) != NULL;
}

/* One record's data: whose is it? */
static void see(struct reading *r, unsigned section, uint16_t type, const uint8_t *d,
		size_t len)
{
	static const uint8_t ours[] = "\6palang\7invalid",
			     theirs[] = "\2ns\7servers\4test";
	uint8_t name[NAME_WIRE_MAX];
	size_t name_len;
	char text[INET6_ADDRSTRLEN];

	if ((type == TYPE_A && len != 4) || (type == TYPE_AAAA && len != 16)) {
		fail(r, "an address has the wrong length");
	} else if (type == TYPE_A || type == TYPE_AAAA) {
		(type == TYPE_A ? see_v4 : see_v6)(r, d, section == 0);
		say(r, " %s",
		    inet_ntop(type == TYPE_A ? AF_INET : AF_INET6, d, text,
			      sizeof(text)));
	} else if (type == TYPE_SOA || type == TYPE_CNAME) {
		if (read_name(r, (size_t)(d - r->wire), name, &name_len) == 0)
			fail(r, "a name in a record is malformed");
		else if (type == TYPE_CNAME)
			r->to->aliases++;
		else if (name_len == sizeof(ours) && memcmp(name, ours, name_len) == 0)
			r->to->denials += section == 1;
		else if (name_len == sizeof(theirs) &&
			 memcmp(name, theirs, name_len) == 0)
			r->to->truths++;
		say(r, " %s", type == TYPE_SOA ? "SOA" : "CNAME");
	} else {
		r->to->truths +=
			(type == TYPE_TXT && contains(d, len, "this is true")) ||
			(type == TYPE_MX && contains(d, len, "\4mail")) ||
			(type == TYPE_HTTPS && contains(d, len, "\xc6\x33\x64"));
		say(r, " TYPE%u", type);
	}
}

static void read_record(struct reading *r, unsigned section, unsigned *opts)
{
	uint8_t owner[NAME_WIRE_MAX];
	size_t owner_len, end = read_name(r, r->at, owner, &owner_len);
	uint16_t type, len;

	if (end == 0) {
		fail(r, "an owner is malformed");
		return;
	}
	r->at = end;
	type = take(r);
	take(r); /* class */
	take(r);
	take(r); /* TTL */
	len = take(r);
	if (!has(r, len))
		return;
	if (type == TYPE_OPT) {
		if (++*opts > 1 || section != 2 || owner_len != 1)
			fail(r, "OPT is where it must not be");
		r->to->counts[2]--;
	} else {
		say(r, section == 0 ? "" : section == 1 ? " [authority]" : " [more]");
		see(r, section, type, r->wire + r->at, len);
	}
	if (r->to->wrong == NULL)
		r->at += len;
}

void answer_read(struct answer *a, const struct query *q, const uint8_t *wire,
		 size_t len)
{
	struct reading r = { .wire = wire, .len = len, .to = a, .query = q };
	size_t question = q->len - 12 - (q->edns ? 11 : 0);
	unsigned opts = 0;
	uint16_t flags;

	*a = (struct answer){ 0 };
	if (!has(&r, 12 + question)) {
		if (len >= 12)
			a->rcode = wire[3] & 15;
		return;
	}
	flags = wire_u16(wire + 2);
	a->rcode = flags & 15;
	a->cut = (flags & FLAG_TC) != 0;
	if ((flags & FLAG_QR) == 0 || wire_u16(wire + 4) != 1)
		fail(&r, "it is no answer");
	else if (memcmp(wire + 12, q->wire + 12, question) != 0)
		fail(&r, "it answers another question");
	r.at = a->wrong == NULL ? 12 + question : len;
	for (unsigned i = 0; i < 3; i++)
		a->counts[i] = wire_u16(wire + 6 + 2 * i);
	for (unsigned i = 0; i < 3; i++)
		for (unsigned n = wire_u16(wire + 6 + 2 * i); n > 0 && a->wrong == NULL;
		     n--)
			read_record(&r, i, &opts);
	if (a->wrong == NULL && r.at != len)
		fail(&r, "octets follow it");
}
