// SPDX-License-Identifier: BSD-3-Clause
/* The leak hunt: what its files share.
 *
 *   hunt.c    the threads; options.c, summary.c
 *   names.c   the names that are asked, and what must be answered about each
 *   oracle.c  the verdict, by the manual's words and none of palang's code
 *   steps.c   how the feeds change
 *   writer.c  commits without end, and says what is settled
 *   wire.c    queries, and a strict reader of answers
 *   judge.c   an answer against what was settled; stories of violations
 *   udp.c, stream.c, doh.c   the clients
 *
 * One thread writes. The clients read about each name a word that it keeps: a
 * version and what is settled. An answer is judged only when the word is the same
 * before the query was sent and after its answer was there. */
#ifndef PALANG_HUNT_H
#define PALANG_HUNT_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "entry.h"
#include "name.h"

/* What must be answered. */
enum expected {
	EXPECT_TRUTH,
	EXPECT_NOTICE,
	EXPECT_NXDOMAIN,
	EXPECT_NODATA,
	EXPECT_REFUSED,
	EXPECTED,
	UNSETTLED = 15,
};
extern const char *const expected_names[EXPECTED];

enum transport { OVER_UDP, OVER_TCP, OVER_TLS, OVER_HTTPS, TRANSPORTS };
extern const char *const transport_names[TRANSPORTS];

enum feed_number { FEED_STRONG, FEED_WIDE, FEEDS };

/* A change of a name, for the stories. */
struct past {
	uint64_t serial;
	int64_t committed, enforced; /* microseconds since 1970 */
	uint8_t expected;
};
#define PASTS 10

/* Listed names at a name and above it: x.a.g0, a.g0, g0, left. */
#define ANCESTORS_MAX 4

/* What is settled about a name; the writer's notes. */
struct settled {
	uint8_t expected; /* or UNSETTLED */
	int64_t until;    /* near a time at which an order begins or ends */
};

/* A name that clients ask for. */
struct asked {
	_Alignas(64) _Atomic uint64_t word; /* version << 4 | enum expected */
	_Atomic int64_t until;              /* belongs to the word */
	_Atomic uint64_t coming; /* serial << 4 | what it will say; 0 is nothing */
	uint8_t wire[NAME_WIRE_MAX];
	uint8_t len;
	bool self;  /* the first of `above` is the name itself */
	int target; /* for an alias: of which name; else -1 */
	uint16_t above[ANCESTORS_MAX];
	unsigned above_count;
	struct settled now;
	struct past past[PASTS];
	unsigned pasts;
};

/* A name that feeds list. */
struct listed {
	struct name name;
	bool top; /* left.ZONE or right.ZONE */
};

struct options {
	const char *store, *palang;
	const char *zones[32];
	unsigned zone_count, groups;
	const char *alias;  /* the zone of aliases, or NULL */
	const char *exempt; /* the exempt clients' source address, or NULL */
	bool exempt_v6;     /* and ::1 */
	uint16_t port, tls_port, https_port;
	unsigned threads[TRANSPORTS];
	unsigned window, seconds, patience;
	bool cname_targets;
	uint64_t seed, enough; /* violations, to stop at */
};

/* What one client thread counts. */
struct tally {
	uint64_t answers[TRANSPORTS][2], judged[TRANSPORTS][2]; /* [1]: exempt */
	uint64_t timeouts, refused, servfails, cut, violations;
	uint64_t window; /* true answers between commit and enforced */
	int64_t window_sent, window_received; /* latest of them, after the commit */
	uint64_t window_serial, window_serials;
};

#define RECENT 64

struct hunt {
	struct options options;
	struct asked *asked;
	size_t asked_count, alias_start;
	struct listed *listed;
	size_t listed_count;
	_Atomic uint32_t recent[RECENT]; /* what changed lately: asked for most */
	/* A serial that is committed and not yet enforced. */
	_Atomic uint64_t window_serial;
	_Atomic int64_t window_since;
	_Atomic bool stop, trouble;
	_Atomic uint64_t violations;
	int64_t followed;     /* when something was last enforced: the writer's own */
	pthread_mutex_t lock; /* of pasts and stories */
	unsigned stories;
	int64_t started;
};

/* A query under way. */
struct query {
	uint8_t wire[NAME_WIRE_MAX + 64];
	size_t len;
	size_t name;
	uint16_t type;
	uint16_t flags;
	bool edns, dnssec, exempt;
	enum transport transport;
	uint64_t word, window;
	int64_t until, window_since, sent;
	uint64_t coming;
};

/* Numbers that are not to be guessed by the resolver, no more. */
struct dice {
	uint64_t state;
};
uint64_t dice_throw(struct dice *d);
static inline uint64_t dice_below(struct dice *d, uint64_t n)
{
	return dice_throw(d) % n;
}

int64_t clock_us(void);

/* options.c: false when they are wrong or not enough. */
bool options_read(struct options *o, int argc, char **argv);

/* names.c */
bool names_make(struct hunt *h);
void names_release(struct hunt *h);

/* oracle.c: the feeds as they are. */
struct terms {
	bool there;
	uint8_t action;
	int64_t effective, expires; /* seconds; 0 where not said */
};
struct model {
	struct terms (*feeds[FEEDS])[SCOPES]; /* by listed name */
};
/* Nearer than this to the time at which an order begins or ends nothing is
 * settled: it has to be followed within a second. */
#define MARGIN_US 1200000
/* A machine with too much to do may keep the resolver from it: as long as it has not
 * said that it enforced anything since, this long. */
#define MARGIN_LATE_US 5000000
#define FOLLOWED_US    50000
/* What is settled about A at time NOW. */
struct settled oracle_settle(const struct hunt *h, const struct model *m,
			     const struct asked *a, int64_t now);

/* writer.c */
struct commits {
	uint64_t count, unchanged;
	int64_t *took; /* commit to enforced */
	size_t took_count;
};
struct writer;
struct writer *writer_new(struct hunt *h);
void writer_free(struct writer *w);
/* Commits the first serials and waits for them. */
bool writer_begin(struct writer *w);
void *writer_run(void *writer);
struct commits *writer_commits(struct writer *w);

/* summary.c: returns whether there were answers over every transport that was to be
 * used. */
bool summary_print(struct hunt *h, const struct tally *t, struct commits *c);

/* wire.c */
struct answer {
	const char *wrong; /* why it is not a DNS message that answers the query */
	uint8_t rcode;
	bool cut; /* TC */
	unsigned counts[3];
	unsigned forged;  /* notice addresses in the answer section */
	unsigned truths;  /* records that only a true answer has */
	unsigned aliases; /* CNAMEs */
	unsigned denials; /* our own SOA in the authority section */
	char words[600];
};
void query_make(struct hunt *h, struct dice *d, bool exempt, enum transport t,
		struct query *q);
/* Reads the words: directly before the query is sent. */
void query_mark(struct hunt *h, struct query *q);
void query_number(struct query *q, uint16_t id);
uint16_t wire_u16(const uint8_t *at);
void answer_read(struct answer *a, const struct query *q, const uint8_t *wire,
		 size_t len);

/* judge.c */
void judge(struct hunt *h, struct tally *t, const struct query *q, const uint8_t *wire,
	   size_t len);

/* The clients: threads. */
struct client {
	struct hunt *hunt;
	struct tally tally;
	struct dice dice;
	enum transport transport;
	bool exempt;
	unsigned number;
	pthread_t thread;
};
void *udp_run(void *client);
void *stream_run(void *client);
void *doh_run(void *client);
bool doh_exists(void);
/* The address that a client's queries come from. */
const char *client_address(const struct client *c, bool exempt);

#endif
