// SPDX-License-Identifier: BSD-3-Clause
/* The records that entries refer to: orders, notices and feeds.
 *
 * An order is the decision behind entries. It is never changed: one with other
 * words is another order with a number of its own, so what a past serial said
 * can always be told. Spans of a decoded record point into the encoded bytes. */
#ifndef PALANG_ORDER_H
#define PALANG_ORDER_H

#include "bytes.h"

/* Extended DNS Error codes (RFC 8914) that a block may carry. */
enum ede {
	EDE_FORGED = 4,
	EDE_BLOCKED = 15,  /* the resolver's operator decided */
	EDE_CENSORED = 16, /* an authority ordered it */
	EDE_FILTERED = 17, /* the customer chose it */
};

/* Bound of the text on the wire: Unbound 1.17 makes room for it before the
 * answer, and 512 octets must still hold the longest name and both addresses. */
#define ORDER_EDE_TEXT_MAX 160

/* Bound of the structured error (draft-ietf-dnsop-structured-dns-error), and how
 * much of a text goes into it. */
#define ORDER_JSON_MAX      1200
#define ORDER_JSON_TEXT_MAX 200

#define ORDER_TEXTS(X)                                                                 \
	X(authority)       /* who asked */                                             \
	X(category)        /* of what: illegal-lender, fake-shop, ... */               \
	X(reference)       /* number of the decision */                                \
	X(basis)           /* the law it rests on */                                   \
	X(reason)          /* in plain words */                                        \
	X(contact)         /* who answers questions */                                 \
	X(language)        /* of these texts (RFC 5646); empty is "en" */              \
	X(appeal)          /* where to object: an address, a URL or an office */       \
	X(second_reason)   /* the reason in a second language */                       \
	X(second_language) /* which (RFC 5646) */

struct order {
	uint16_t notice; /* profile of the notice page; 0 is none */
	uint16_t ede;    /* enum ede */
	int64_t issued;  /* seconds since 1970-01-01 UTC; 0 where not said */
	int64_t effective;
	int64_t expires; /* first second at which it no longer counts */
	int64_t review;  /* when it is to be looked at again */
#define ORDER_MEMBER(name) struct span name;
	ORDER_TEXTS(ORDER_MEMBER)
#undef ORDER_MEMBER
	/* Prepared for the wire by order_put(). The structured errors are I-JSON
	 * (RFC 7493), the brief one without what only people read; empty where
	 * there is nothing that a client would show. */
	struct span ede_text, json, brief_json;
};

/* Longest encoded order. */
#define ORDER_MAX 12288

/* Encodes O with the texts for the wire, made from its other texts; those in O are
 * not read. B latches its error when a text is too long. */
void order_put(struct bytes *b, const struct order *o);
struct order order_get(struct bytes *b);

/* True when the order counts at time NOW. */
bool order_active(const struct order *o, int64_t now);

/* A notice: what a blocked A or AAAA query is answered with. */
#define NOTICE_ADDRESSES_MAX 8
struct notice {
	struct span name;
	uint32_t ttl; /* seconds */
	uint8_t v4_count, v6_count;
	uint8_t v4[NOTICE_ADDRESSES_MAX][4];
	uint8_t v6[NOTICE_ADDRESSES_MAX][16];
};
#define NOTICE_MAX 2048
void notice_put(struct bytes *b, const struct notice *n);
struct notice notice_get(struct bytes *b);
/* Adds an address in text form. Returns false when it is not one, or one too
 * many; an address that is there already is not added again. */
bool notice_add(struct notice *n, const char *address);

/* A feed: a source of entries. The one with the lowest rank that has any match
 * decides. */
#define FEEDS_MAX 255
/* The feed of what is allowed and blocked by hand: it always comes first. */
#define FEED_OVERRIDE "override"
enum feed_flags {
	FEED_SHADOW = 1 << 0,  /* counted and logged, never enforced */
	FEED_TARGETS = 1 << 1, /* counts for the targets of aliases, too */
	FEED_FLAGS = FEED_SHADOW | FEED_TARGETS,
};
struct feed {
	struct span name;
	uint8_t rank;
	uint8_t flags;    /* enum feed_flags */
	uint64_t entries; /* how many it has now */
};
#define FEED_MAX 512
void feed_put(struct bytes *b, const struct feed *f);
/* Latches B's error for a flag that does not exist. */
struct feed feed_get(struct bytes *b);

#endif
