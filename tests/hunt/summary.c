// SPDX-License-Identifier: BSD-3-Clause
/* What the hunt saw, in words, and in one line for tests/hunt/run. */
#include "hunt.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static int compare_times(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

bool summary_print(struct hunt *h, const struct tally *t, struct commits *c)
{
	double seconds = (double)(clock_us() - h->started) / 1e6;
	uint64_t answers = 0, judged = 0;
	int64_t median = 0, longest = 0;
	bool good = true;

	for (unsigned i = 0; i < TRANSPORTS; i++) {
		for (unsigned j = 0; j < 2; j++) {
			answers += t->answers[i][j];
			judged += t->judged[i][j];
			if (t->answers[i][j] > 0)
				printf("%s, %s: %" PRIu64 " answers, %" PRIu64
				       " judged\n",
				       transport_names[i],
				       j == 1 ? "exempt" : "ordinary", t->answers[i][j],
				       t->judged[i][j]);
		}
		good = good && (h->options.threads[i] == 0 || t->judged[i][0] > 0 ||
				(i == OVER_HTTPS && !doh_exists()));
	}
	if (c->took_count > 0) {
		qsort(c->took, c->took_count, sizeof(*c->took), compare_times);
		median = c->took[c->took_count / 2];
		longest = c->took[c->took_count - 1];
	}
	printf("%.0f answers a second; %" PRIu64 " timeouts, %" PRIu64
	       " connections or sendings refused, %" PRIu64 " SERVFAIL, %" PRIu64
	       " cut\n",
	       (double)answers / seconds, t->timeouts, t->refused, t->servfails,
	       t->cut);
	printf("%" PRIu64 " commits, %" PRIu64 " that changed nothing; enforced after "
	       "%.1f ms in the median, %.1f ms at the most\n",
	       c->count, c->unchanged, (double)median / 1e3, (double)longest / 1e3);
	printf("true answers between commit and enforced: %" PRIu64
	       ", %.3f a commit; the "
	       "last was asked %.1f ms after its commit and came %.1f ms after it\n",
	       t->window, c->count > 0 ? (double)t->window / (double)c->count : 0,
	       (double)t->window_sent / 1e3, (double)t->window_received / 1e3);
	printf("result seconds=%.0f answers=%" PRIu64 " judged=%" PRIu64
	       " commits=%" PRIu64 " median_ms=%.1f longest_ms=%.1f window=%" PRIu64
	       " window_ms=%.1f"
	       " timeouts=%" PRIu64 " servfails=%" PRIu64 " violations=%" PRIu64 "\n",
	       seconds, answers, judged, c->count, (double)median / 1e3,
	       (double)longest / 1e3, t->window, (double)t->window_sent / 1e3,
	       t->timeouts, t->servfails, t->violations);
	return good && judged > 0;
}
