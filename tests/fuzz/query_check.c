// SPDX-License-Identifier: BSD-3-Clause
/* What has to be so of every answer, whatever the input is: those of blocked names
 * are those of their orders, all others are the world's. */
#include "query_opinion.h"

#include <string.h>

bool check_nothing;

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
	bool ede, forged; /* the order's EDE option, and 4 */
	size_t ede_len;   /* of its text */
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

/* The listed name; for an alias the name asked for. */
static uint8_t *owner_of_soa(const struct reading *g)
{
	uint8_t *at = (uint8_t *)(uintptr_t)g->asked->name;
	struct name name;
	int skip;

	if (g->o->target)
		return at;
	require(name_from_wire(&name, at, g->asked->qinfo.qname_len));
	skip = (int)name_labels(name.key, name.len) -
	       (int)name_labels(name.key, g->o->v.match.len);
	for (; skip > 0; skip--)
		at += 1 + at[0];
	return at;
}

/* A record of a blocked name's answer. */
static void check_forged(struct reading *g, const struct record *r)
{
	const struct asked *a = g->asked;

	require(!g->o->structured || r->section == 2);
	require(r->class == LDNS_RR_CLASS_IN && r->ttl == g->o->notice.ttl);
	if (r->section == 1) {
		require(r->type == a->qinfo.qtype &&
			(r->type == LDNS_RR_TYPE_A || r->type == LDNS_RR_TYPE_AAAA));
		require(dname_pkt_compare(g->pkt, r->owner, a->qinfo.qname) == 0);
		require(g->o->v.match.entry.action == ACTION_NOTICE);
		require(is_address_of(&g->o->notice, r));
		g->addresses++;
	} else {
		require(r->section == 2 && r->type == LDNS_RR_TYPE_SOA);
		require(dname_pkt_compare(g->pkt, r->owner, owner_of_soa(g)) == 0);
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

static bool is_start_of(struct span whole, const uint8_t *text, size_t len)
{
	return len == 0 || (len == whole.len && memcmp(text, whole.data, len) == 0);
}

static void check_ede(struct reading *g, uint16_t code, const uint8_t *text, size_t len)
{
	const struct order *o = &g->o->v.match.order;
	bool encrypted = g->asked->point.ssl != NULL;
	bool json = g->o->structured &&
		    (opinion_structured() == STRUCTURED_ALWAYS ||
		     (opinion_structured() == STRUCTURED_ENCRYPTED && encrypted));

	require(g->o->blocked && !g->o->exempt && !g->ede);
	if (code == EDE_FORGED && len == 0 && !g->o->structured &&
	    (g->addresses > 0 || (g->flags & BIT_TC) != 0) && !g->forged) {
		g->forged = true;
		return;
	}
	require(code == o->ede);
	g->ede = true;
	g->ede_len = len;
	require(is_start_of(o->ede_text, text, len) ||
		(json && (is_start_of(o->json, text, len) ||
			  is_start_of(o->brief_json, text, len))));
	require(!json || o->json.len == 0 || len == 0 || text[0] == '{' ||
		o->json.data[0] != '{');
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
			else if (g->o->blocked && !g->o->exempt)
				check_forged(g, &r);
			else if (g->o->known)
				check_true(g, &r);
		}
	}
	require(sldns_buffer_remaining(g->pkt) == 0);
}

static unsigned wanted_addresses(const struct reading *g)
{
	const struct notice *n = &g->o->notice;

	if (g->o->v.match.entry.action != ACTION_NOTICE || g->o->structured)
		return 0;
	return g->asked->qinfo.qtype == LDNS_RR_TYPE_A      ? n->v4_count
	       : g->asked->qinfo.qtype == LDNS_RR_TYPE_AAAA ? n->v6_count
							    : 0;
}

static void check_options(const struct reading *g, unsigned addresses)
{
	const struct order *o = &g->o->v.match.order;

	require(g->asked->edns.edns_present == 0 || g->opts == 1);
	if (g->asked->edns.edns_present == 0 || g->asked->point.type == comm_udp)
		return;
	/* There is room for all. */
	require(g->ede && g->forged == (addresses > 0));
	require(g->ede_len > 0 || o->ede_text.len == 0 ||
		o->ede_text.len > ORDER_JSON_MAX || o->json.len > ORDER_JSON_MAX);
}

/* What a whole answer of a blocked name has to hold. */
static void check_blocked(const struct reading *g)
{
	const struct entry *e = &g->o->v.match.entry;
	unsigned wanted = wanted_addresses(g), rcode = FLAGS_GET_RCODE(g->flags);

	require((g->flags & BIT_AD) == 0 && (g->flags & BIT_AA) == 0);
	if ((!g->o->noticed && e->action != ACTION_REFUSED) ||
	    (world_erred && rcode == LDNS_RCODE_SERVFAIL)) {
		require(rcode == LDNS_RCODE_SERVFAIL && g->addresses + g->soas == 0);
		return;
	}
	if (e->action == ACTION_REFUSED) {
		require(rcode == LDNS_RCODE_REFUSED && g->addresses + g->soas == 0);
		check_options(g, 0);
		return;
	}
	require(rcode == (e->action == ACTION_NXDOMAIN && e->scope != SCOPE_EXACT &&
					  !g->o->target
				  ? LDNS_RCODE_NXDOMAIN
				  : LDNS_RCODE_NOERROR));
	require((g->flags & BIT_TC) != 0 ||
		(g->addresses == wanted && g->soas == (wanted == 0)));
	check_options(g, wanted);
}

/* The world's answer, whole: its code and as many records. */
static void check_whole_truth(const struct reading *g)
{
	unsigned count = 0, rcode = FLAGS_GET_RCODE(g->flags);

	require(!g->ede && !g->forged);
	if (world_erred || truth == NULL || truth_rcode != LDNS_RCODE_NOERROR ||
	    last_event != module_event_moddone || !can_encode(truth)) {
		require(rcode == LDNS_RCODE_SERVFAIL);
		return;
	}
	if (g->o->exempt && !g->o->noticed && rcode == LDNS_RCODE_SERVFAIL)
		return;
	for (size_t i = 0; i < truth->an_numrrsets; i++) {
		const struct packed_rrset_data *d = truth->rrsets[i]->entry.data;

		count += d->count;
	}
	require(rcode == FLAGS_GET_RCODE(truth->flags));
	require((g->flags & BIT_TC) != 0 ||
		sldns_buffer_read_u16_at(g->pkt, 6) == count);
}

void on_answer(struct asked *a, struct sldns_buffer *answer)
{
	struct reading g = { .asked = a, .pkt = answer };
	bool drop;
	struct opinion o;

	require(a->ends++ == 0);
	if (check_nothing)
		return;
	think_of(&o, a);
	g.o = &o;
	drop = o.blocked && !o.exempt && o.v.match.entry.action == ACTION_DROP;
	if (answer == NULL) {
		require(!o.known || drop);
	} else {
		require(!drop || world_erred);
		read_answer(&g);
		if (o.blocked && !o.exempt)
			check_blocked(&g);
		else if (o.known)
			check_whole_truth(&g);
	}
	stop_thinking();
}
