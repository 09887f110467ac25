// SPDX-License-Identifier: BSD-3-Clause
/* What has to be so whatever the input is: the answers of blocked names are those of
 * their orders, all others are the world's, and the cache holds none of the first. */
#include "query_input.h"

#include <string.h>

#include "util/module.h"

bool check_nothing;
static struct reader reader;

void check_start(void)
{
	struct opened *o = atomic_load(&fake_palang()->current);

	require(reader_init(&reader, &o->store, NULL) == 0);
}

/* What the store says about a name. */
struct opinion {
	bool known; /* else the store is damaged there */
	bool blocked;
	bool noticed; /* NOTICE is what the order says, or the default */
	struct verdict v;
	struct notice notice;
};

static void think(struct opinion *o, const struct query_info *qinfo)
{
	struct name name;
	uint16_t number;

	*o = (struct opinion){ .notice = { .ttl = 30 } };
	require(name_from_wire(&name, qinfo->qname, qinfo->qname_len));
	if (reader_begin(&reader, NULL) != 0)
		return;
	o->known = lookup(&reader, name.key, name.len, fake.now, &o->v, NULL, NULL,
			  NULL) == 0;
	o->blocked =
		o->known && qinfo->qclass == LDNS_RR_CLASS_IN && verdict_blocks(&o->v);
	number = o->blocked ? o->v.match.order.notice : 0;
	o->noticed =
		number == 0 || reader_notice(&reader, number, &o->notice, NULL) == 0;
}

static void stop_thinking(void)
{
	reader_end(&reader);
}

void check_cache(const struct query_info *qinfo)
{
	struct opinion o;

	think(&o, qinfo);
	require(!o.blocked ||
		(!fake_is_cached(qinfo, 0) && !fake_is_cached(qinfo, BIT_CD)));
	stop_thinking();
}

void on_operated(struct module_qstate *q, enum module_ev event, int id)
{
	enum module_ext_state state = q->ext_state[id];

	require(state == module_finished ||
		(state == module_wait_module && event != module_event_moddone));
	if (event == module_event_moddone)
		check_cache(&q->qinfo);
}

/* One record of an answer; OWNER and RDATA are in the packet. */
struct record {
	unsigned section; /* 1 answer, 2 authority, 3 additional */
	uint8_t *owner, *rdata;
	uint16_t type, class, len;
	uint32_t ttl;
};

static struct record read_record(sldns_buffer *pkt, unsigned section)
{
	struct record r = { .section = section, .owner = sldns_buffer_current(pkt) };

	require(pkt_dname_len(pkt) > 0 && sldns_buffer_remaining(pkt) >= 10);
	r.type = sldns_buffer_read_u16(pkt);
	r.class = sldns_buffer_read_u16(pkt);
	r.ttl = sldns_buffer_read_u32(pkt);
	r.len = sldns_buffer_read_u16(pkt);
	r.rdata = sldns_buffer_current(pkt);
	require(sldns_buffer_remaining(pkt) >= r.len);
	sldns_buffer_skip(pkt, r.len);
	return r;
}

/* What is known of an answer when it is read. */
struct reading {
	const struct asked *asked;
	const struct opinion *o;
	sldns_buffer *pkt;
	uint16_t flags;
	unsigned addresses, soas, opts;
	bool ede; /* the order's */
};

static bool is_address_of(const struct notice *n, const struct record *r)
{
	size_t size = r->type == LDNS_RR_TYPE_A ? 4 : 16;
	unsigned count = size == 4 ? n->v4_count : n->v6_count;
	const uint8_t *at = size == 4 ? n->v4[0] : n->v6[0];

	for (unsigned i = 0; i < count && r->len == size; i++)
		if (memcmp(at + i * size, r->rdata, size) == 0)
			return true;
	return false;
}

/* A record of a blocked name's answer. */
static void check_forged(struct reading *g, const struct record *r)
{
	const struct asked *a = g->asked;

	require(r->class == LDNS_RR_CLASS_IN && r->ttl == g->o->notice.ttl);
	if (r->section == 1) {
		require(r->type == a->qinfo.qtype &&
			(r->type == LDNS_RR_TYPE_A || r->type == LDNS_RR_TYPE_AAAA));
		require(dname_pkt_compare(g->pkt, r->owner, a->qinfo.qname) == 0);
		require(g->o->v.match.entry.action == ACTION_NOTICE);
		require(is_address_of(&g->o->notice, r));
		g->addresses++;
	} else {
		uint8_t *at = a->qinfo.qname;
		bool above = false;

		for (;; at += 1 + at[0]) {
			above |= dname_pkt_compare(g->pkt, r->owner, at) == 0;
			if (at[0] == 0)
				break;
		}
		require(r->section == 2 && r->type == LDNS_RR_TYPE_SOA && above);
		require(dname_pkt_compare(g->pkt, r->rdata,
					  (uint8_t *)"\6palang\7invalid") == 0);
		require(sldns_read_uint32(r->rdata + r->len - 4) == r->ttl);
		g->soas++;
	}
}

/* A record of an answer that has to be the world's. */
static void check_true(const struct reading *g, const struct record *r)
{
	static const uint8_t v6[6] = { 0x20, 1, 0xd, 0xb8, 0xff, 0xff };

	if (r->type == LDNS_RR_TYPE_A)
		require(r->len == 4 && memcmp(r->rdata, "\306\63\144", 3) == 0);
	else if (r->type == LDNS_RR_TYPE_AAAA)
		require(r->len == 16 && memcmp(r->rdata, v6, sizeof(v6)) == 0);
	else if (r->type == LDNS_RR_TYPE_SOA)
		require(dname_pkt_compare(g->pkt, r->rdata,
					  (uint8_t *)"\6palang\7invalid") != 0);
}

static void check_ede(struct reading *g, uint16_t code, const uint8_t *text, size_t len)
{
	const struct order *o = &g->o->v.match.order;

	require(g->o->blocked);
	if (code == EDE_FORGED && len == 0 && !g->ede && g->addresses > 0)
		return;
	require(code == o->ede && !g->ede);
	require(len <= o->ede_text.len && memcmp(text, o->ede_text.data, len) == 0);
	g->ede = true;
}

static void check_opt(struct reading *g, const struct record *r)
{
	const uint8_t *at = r->rdata, *end = at + r->len;

	require(g->asked->edns.edns_present != 0 && r->section == 3 && g->opts++ == 0);
	while (at < end) {
		uint16_t code, len;

		require(end - at >= 4);
		code = sldns_read_uint16(at);
		len = sldns_read_uint16(at + 2);
		at += 4;
		require(end - at >= len);
		if (code == LDNS_EDNS_EDE) {
			require(len >= 2);
			if (g->o->known)
				check_ede(g, sldns_read_uint16(at), at + 2, len - 2u);
		}
		at += len;
	}
}

static void check_question(const struct asked *a, sldns_buffer *pkt)
{
	size_t len = a->qinfo.qname_len;

	require(sldns_buffer_remaining(pkt) >= len + 4);
	require(memcmp(sldns_buffer_current(pkt), a->name, len) == 0);
	sldns_buffer_skip(pkt, (ssize_t)len);
	require(sldns_buffer_read_u16(pkt) == a->qinfo.qtype);
	require(sldns_buffer_read_u16(pkt) == a->qinfo.qclass);
}

/* Reads the whole answer. */
static void read_answer(struct reading *g)
{
	uint8_t *start = sldns_buffer_begin(g->pkt);
	size_t most = g->asked->edns.udp_size;

	require(sldns_buffer_limit(g->pkt) >= LDNS_HEADER_SIZE &&
		sldns_buffer_limit(g->pkt) <= most);
	sldns_buffer_set_position(g->pkt, LDNS_HEADER_SIZE);
	g->flags = sldns_buffer_read_u16_at(g->pkt, 2);
	require(LDNS_ID_WIRE(start) == ntohs(g->asked->id) && LDNS_QR_WIRE(start));
	require(LDNS_QDCOUNT(start) == 1);
	check_question(g->asked, g->pkt);
	for (unsigned section = 1; section <= 3; section++) {
		unsigned count = sldns_buffer_read_u16_at(g->pkt, 4 + 2 * section);

		while (count-- > 0) {
			struct record r = read_record(g->pkt, section);

			if (r.type == LDNS_RR_TYPE_OPT)
				check_opt(g, &r);
			else if (g->o->blocked)
				check_forged(g, &r);
			else if (g->o->known)
				check_true(g, &r);
		}
	}
	require(sldns_buffer_remaining(g->pkt) == 0);
}

/* What a whole answer of a blocked name has to hold. */
static void check_blocked(const struct reading *g)
{
	const struct entry *e = &g->o->v.match.entry;
	const struct notice *n = &g->o->notice;
	unsigned wanted = 0, rcode = FLAGS_GET_RCODE(g->flags);

	if (!g->o->noticed && e->action != ACTION_REFUSED) {
		require(rcode == LDNS_RCODE_SERVFAIL && g->addresses + g->soas == 0);
		return;
	}
	if (world_erred && rcode == LDNS_RCODE_SERVFAIL) {
		require(g->addresses + g->soas == 0);
		return;
	}
	require((g->flags & BIT_AD) == 0 && (g->flags & BIT_AA) == 0);
	if (e->action == ACTION_REFUSED) {
		require(rcode == LDNS_RCODE_REFUSED && g->addresses + g->soas == 0);
	} else {
		bool nxdomain = e->action == ACTION_NXDOMAIN && e->scope != SCOPE_EXACT;

		require(rcode == (nxdomain ? LDNS_RCODE_NXDOMAIN : LDNS_RCODE_NOERROR));
		if (e->action == ACTION_NOTICE)
			wanted = g->asked->qinfo.qtype == LDNS_RR_TYPE_A ? n->v4_count
				 : g->asked->qinfo.qtype == LDNS_RR_TYPE_AAAA
					 ? n->v6_count
					 : 0;
		require((g->flags & BIT_TC) != 0 ||
			(g->addresses == wanted && g->soas == (wanted == 0)));
	}
	require(g->asked->edns.edns_present == 0 || g->opts == 1);
	if (g->asked->edns.edns_present != 0 && g->asked->point.type != comm_udp)
		require(g->ede ||
			g->o->v.match.order.ede_text.len > ORDER_EDE_TEXT_MAX);
}

void on_answer(struct asked *a, struct sldns_buffer *answer)
{
	struct reading g = { .asked = a, .pkt = answer };
	struct opinion o;

	require(a->ends++ == 0);
	if (check_nothing)
		return;
	think(&o, &a->qinfo);
	g.o = &o;
	if (answer == NULL) {
		require(!o.known ||
			(o.blocked && o.v.match.entry.action == ACTION_DROP));
	} else {
		require(!o.blocked || o.v.match.entry.action != ACTION_DROP ||
			world_erred);
		read_answer(&g);
		if (o.blocked)
			check_blocked(&g);
		else
			require(!o.known ||
				FLAGS_GET_RCODE(g.flags) != LDNS_RCODE_REFUSED);
	}
	stop_thinking();
}
