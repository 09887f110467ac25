// SPDX-License-Identifier: BSD-3-Clause
/* An answer against what is settled, and the story of one that is wrong. */
#include "hunt.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#define STORIES_MAX 20
/* Of those that begin with the same words. */
#define ALIKE_MAX 6

enum { TYPE_A = 1, TYPE_AAAA = 28 };
enum { NOERROR, FORMERR, SERVFAIL, NXDOMAIN, NOTIMP, REFUSED };

const char *const expected_names[EXPECTED] = { "the true answer", "the notice",
					       "NXDOMAIN", "NODATA", "REFUSED" };

const char *const transport_names[TRANSPORTS] = { "UDP", "TCP", "DoT", "DoH" };

static bool is_true(const struct answer *a)
{
	return a->rcode == NOERROR && a->truths > 0 && a->forged == 0 &&
	       a->denials == 0;
}

/* No record but the SOA that says how long there is nothing. */
static bool is_denial(const struct answer *a)
{
	return a->counts[0] == 0 && a->counts[1] == 1 && a->counts[2] == 0 &&
	       a->denials == 1;
}

static bool is_notice(const struct answer *a, const struct query *q)
{
	if (a->rcode != NOERROR)
		return false;
	if (q->type != TYPE_A && q->type != TYPE_AAAA)
		return is_denial(a);
	return a->counts[0] == 1 && a->forged == 1 && a->counts[1] == 0 &&
	       a->counts[2] == 0 && a->truths == 0;
}

/* NULL when A is what is expected, else what is wrong with it. */
static const char *compare(const struct answer *a, const struct query *q,
			   uint8_t expected)
{
	bool good = false;

	if (a->wrong != NULL)
		return a->wrong;
	switch (expected) {
	case EXPECT_TRUTH:
		if (is_true(a))
			return NULL;
		return a->forged + a->denials > 0 ? "a block of a name that is lifted"
						  : "not the true answer";
	case EXPECT_NOTICE:
		good = is_notice(a, q);
		break;
	case EXPECT_NXDOMAIN:
		good = a->rcode == NXDOMAIN && is_denial(a);
		break;
	case EXPECT_NODATA:
		good = a->rcode == NOERROR && is_denial(a);
		break;
	case EXPECT_REFUSED:
		good = a->rcode == REFUSED &&
		       a->counts[0] + a->counts[1] + a->counts[2] == 0;
		break;
	}
	if (good)
		return NULL;
	return a->truths > 0 ? "THE TRUTH about a blocked name"
			     : "not the block that is due";
}

/* A time of day with microseconds. */
static const char *moment(char text[static 40], int64_t us)
{
	time_t seconds = us / 1000000;
	char day[24];
	struct tm tm;

	gmtime_r(&seconds, &tm);
	strftime(day, sizeof(day), "%H:%M:%S", &tm);
	snprintf(text, 40, "%s.%06d", day, (int)(us % 1000000));
	return text;
}

static const char *asked_text(char text[static NAME_TEXT_MAX], const struct asked *a)
{
	struct name n;

	return name_from_wire(&n, a->wire, a->len) ? name_to_text(text, n.key, n.len)
						   : "?";
}

static void tell_pasts(const struct asked *a)
{
	char text[2][40];
	unsigned first = a->pasts > PASTS ? a->pasts - PASTS : 0;

	for (unsigned i = first; i < a->pasts; i++) {
		const struct past *p = &a->past[i % PASTS];
		const char *what = p->expected == UNSETTLED
					   ? "not settled"
					   : expected_names[p->expected];

		moment(text[0], p->committed);
		moment(text[1], p->enforced);
		if (p->serial == 0)
			printf("  by the clock, settled at %s, enforced at %s: %s\n",
			       text[1], text[0], what);
		else
			printf("  serial %" PRIu64 ": committed %s, enforced %s: %s\n",
			       p->serial, text[0], text[1], what);
	}
}

/* One fault is not to hide the others. */
static bool is_news(const char *wrong)
{
	static const char *told[STORIES_MAX];
	unsigned alike = 0, i = 0;

	for (; i < STORIES_MAX && told[i] != NULL; i++)
		alike += strcmp(told[i], wrong) == 0;
	if (i == STORIES_MAX || alike >= ALIKE_MAX)
		return false;
	told[i] = wrong;
	return true;
}

static void tell(struct hunt *h, const struct query *q, const struct answer *a,
		 const char *wrong, uint8_t expected, int64_t received,
		 const uint8_t *wire, size_t len)
{
	const struct asked *name = &h->asked[q->name];
	char text[NAME_TEXT_MAX], times[2][40];

	pthread_mutex_lock(&h->lock);
	if (h->stories < STORIES_MAX && is_news(wrong)) {
		h->stories++;
		printf("VIOLATION %u: %s\n  %s TYPE%u%s%s%s by %s, %s\n", h->stories,
		       wrong, asked_text(text, name), q->type, q->edns ? " EDNS" : "",
		       q->dnssec ? " DO" : "", (q->flags & 0x10) != 0 ? " CD" : "",
		       transport_names[q->transport],
		       q->exempt ? "an exempt client" : "an ordinary client");
		if (name->target >= 0)
			printf("  an alias of %s\n",
			       asked_text(text, &h->asked[name->target]));
		printf("  expected: %s; sent %s, received %s\n",
		       expected_names[expected], moment(times[0], q->sent),
		       moment(times[1], received));
		printf("  rcode %u%s:%s\n  ", a->rcode, a->cut ? " TC" : "", a->words);
		for (size_t i = 0; i < len; i++)
			printf("%02x", wire[i]);
		printf("\n");
		tell_pasts(name);
		fflush(stdout);
	}
	pthread_mutex_unlock(&h->lock);
}

/* A true answer to a query that was sent after a serial was committed that blocks
 * the name, and before it was called enforced. */
static void watch_window(struct tally *t, const struct query *q, const struct answer *a,
			 int64_t received)
{
	uint64_t serial = q->coming >> 4;

	if (serial == 0 || serial != q->window || (q->coming & 15) == EXPECT_TRUTH ||
	    (q->coming & 15) == UNSETTLED || a->truths == 0)
		return;
	t->window++;
	if (t->window_serial != serial)
		t->window_serials++;
	t->window_serial = serial;
	if (q->sent - q->window_since > t->window_sent)
		t->window_sent = q->sent - q->window_since;
	if (received - q->window_since > t->window_received)
		t->window_received = received - q->window_since;
}

void judge(struct hunt *h, struct tally *t, const struct query *q, const uint8_t *wire,
	   size_t len)
{
	int64_t received = clock_us();
	struct asked *name = &h->asked[q->name];
	uint8_t expected = q->exempt ? EXPECT_TRUTH : (uint8_t)(q->word & 15);
	struct answer a;
	const char *wrong;
	bool same;

	/* The clock says more than the word once the word's time is over. */
	same = atomic_load(&name->word) == q->word && received < q->until &&
	       expected != UNSETTLED;
	answer_read(&a, q, wire, len);
	t->answers[q->transport][q->exempt]++;
	if (!q->exempt)
		watch_window(t, q, &a, received);
	if (a.wrong == NULL && a.cut) {
		t->cut++;
		if (expected == EXPECT_TRUTH || a.truths == 0)
			return;
	}
	if (a.rcode == SERVFAIL) {
		t->servfails++;
		if (expected == EXPECT_TRUTH)
			return;
	}
	if (!same && !q->exempt && a.wrong == NULL)
		return;
	wrong = compare(&a, q, expected);
	t->judged[q->transport][q->exempt]++;
	if (wrong == NULL)
		return;
	t->violations++;
	if (atomic_fetch_add(&h->violations, 1) + 1 >= h->options.enough)
		atomic_store(&h->stop, true);
	tell(h, q, &a, wrong, expected, received, wire, len);
}
