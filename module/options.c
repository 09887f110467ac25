// SPDX-License-Identifier: BSD-3-Clause
/* What differs by client: the message, when clients of several kinds wait for one
 * answer, and the EDE options (RFC 8914). Unbound calls this for each client just
 * before it encodes the answer. */
#include "palang.h"

#include <string.h>

#define HEADER_SIZE 12
#define OPT_SIZE    11 /* without options (RFC 6891, 6.1.2) */
#define OPTION_SIZE 4
#define CODE_SIZE   2
/* An owner that is in the question already, type, class, TTL and RDLENGTH. */
#define RR_SIZE (2 + 10)

static const struct client *find_client(struct block *b, const struct comm_reply *who)
{
	/* They come in the order in which they were gathered. */
	for (unsigned i = 0; i < b->count; i++) {
		const struct client *c = &b->clients[(b->next + i) % b->count];

		if (c->who == who) {
			b->next = (b->next + i + 1) % b->count;
			return c;
		}
	}
	return NULL;
}

/* Puts the contents of AS's message into what all are answered from. It is never
 * secure: Unbound took that for the AD bit of this answer from the one before. */
static void dress_as(struct block *b, enum kind kind)
{
	memcpy(b->dressed, b->as[kind]->rep, offsetof(struct reply_info, ref));
	b->dressed->security = sec_status_insecure;
}

static size_t size_of_options(const struct edns_option *o)
{
	size_t size = 0;

	for (; o != NULL; o = o->next)
		size += OPTION_SIZE + o->opt_len;
	return size;
}

/* The most octets that the answer takes without options of ours. */
static size_t size_of_answer(const struct query_info *qinfo,
			     const struct reply_info *rep, const struct edns_data *edns)
{
	size_t size = HEADER_SIZE + qinfo->qname_len + 4 + OPT_SIZE +
		      size_of_options(edns->opt_list_out) +
		      size_of_options(edns->opt_list_inplace_cb_out);

	for (size_t i = 0; i < rep->rrset_count; i++) {
		const struct packed_rrset_data *d = rep->rrsets[i]->entry.data;

		/* The length in front of the data is in RR_SIZE. */
		for (size_t j = 0; j < d->count; j++)
			size += RR_SIZE + d->rr_len[j] - 2;
	}
	return size;
}

struct writing {
	struct edns_option **options;
	struct regional *region;
	size_t room;
};

/* Adds an EDE option, if there is room for it. */
static bool add(struct writing *w, uint16_t code, struct span text)
{
	uint8_t data[CODE_SIZE + ORDER_JSON_MAX];
	struct bytes b = bytes_over(data, sizeof(data));
	size_t len = CODE_SIZE + text.len;

	put_u16(&b, code);
	put_data(&b, text.data, text.len);
	if (b.failed || OPTION_SIZE + len > w->room ||
	    !edns_opt_list_append(w->options, LDNS_EDNS_EDE, len, data, w->region))
		return false;
	w->room -= OPTION_SIZE + len;
	return true;
}

/* The order's own code, with as much of its text as there is room for: an answer's
 * records come first. */
static void add_plain(struct writing *w, const struct block *b)
{
	size_t bare = OPTION_SIZE + CODE_SIZE;
	struct span none = { NULL, 0 };

	if (b->forged && w->room >= 2 * bare)
		add(w, EDE_FORGED, none);
	if (!add(w, b->ede, b->text))
		add(w, b->ede, none);
}

static void add_structured(struct writing *w, const struct block *b,
			   const struct comm_reply *reply)
{
	bool json = b->structured == STRUCTURED_ALWAYS ||
		    (b->structured == STRUCTURED_ENCRYPTED && is_encrypted(reply));

	if (!json || b->json.len == 0) {
		if (!add(w, b->ede, b->text))
			add(w, b->ede, (struct span){ NULL, 0 });
		return;
	}
	if (!add(w, b->ede, b->json) && !add(w, b->ede, b->brief_json))
		add(w, b->ede, (struct span){ NULL, 0 });
}

int options_reply(struct query_info *qinfo, struct module_qstate *q,
		  struct reply_info *rep, int rcode, struct edns_data *edns,
		  struct edns_option **options, struct comm_reply *reply,
		  struct regional *region, struct timeval *start, int id, void *arg)
{
	struct seen *seen = q == NULL ? NULL : q->minfo[id];
	struct block *b = seen == NULL ? NULL : seen->block;
	struct writing w = { .options = options, .region = region, .room = SIZE_MAX };
	const struct client *c;
	enum kind kind;

	(void)rcode;
	(void)start;
	(void)arg;
	if (b == NULL)
		return 1;
	c = find_client(b, reply);
	kind = c != NULL ? (enum kind)c->kind : KIND_TRUTH;
	if (b->dressed != NULL && rep == b->dressed) {
		dress_as(b, kind);
		/* Whom Unbound tells after its clients is told the truth. */
		q->return_msg = b->as[KIND_TRUTH];
	}
	if (kind == KIND_TRUTH || !edns->edns_present || rep == NULL)
		return 1;
	if (c->room > 0) {
		size_t size = size_of_answer(qinfo, rep, edns);

		w.room = size < c->room ? c->room - size : 0;
	}
	if (kind == KIND_STRUCTURED)
		add_structured(&w, b, reply);
	else
		add_plain(&w, b);
	return 1;
}
