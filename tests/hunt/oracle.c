// SPDX-License-Identifier: BSD-3-Clause
/* The verdict, from the words of palang(1): of the feeds with any match the first
 * decides; inside it the most specific name; at one name `exact` before `below`
 * before `subtree`. An entry outside its order's time does not count. */
#include "hunt.h"

#include <string.h>

/* Whether feeds count for the target of an alias, or for the name asked for. */
enum role { ROLE_NAME, ROLE_TARGET };

static bool covers(const struct asked *a, unsigned above, unsigned scope)
{
	bool self = above == 0 && a->self;

	return scope == SCOPE_SUBTREE || (scope == SCOPE_EXACT) == self;
}

static bool is_active(const struct terms *t, int64_t now)
{
	return (t->effective == 0 || t->effective * 1000000 <= now) &&
	       (t->expires == 0 || now < t->expires * 1000000);
}

static uint8_t expected_of(const struct terms *t, unsigned scope, enum role role)
{
	switch (t->action) {
	case ACTION_PASS:
		return EXPECT_TRUTH;
	case ACTION_NOTICE:
		return EXPECT_NOTICE;
	case ACTION_NXDOMAIN:
		/* "Nothing exists below" must not be said of a name alone, and not of
		 * an alias. */
		return scope == SCOPE_EXACT || role == ROLE_TARGET ? EXPECT_NODATA
								   : EXPECT_NXDOMAIN;
	case ACTION_NODATA:
		return EXPECT_NODATA;
	default:
		return EXPECT_REFUSED;
	}
}

/* The wide feed looks at the targets of aliases when it is told to; of the other
 * only what passes counts for a target. */
static bool counts(enum role role, unsigned feed, const struct terms *t)
{
	return t->there &&
	       (role == ROLE_NAME || feed == FEED_WIDE || t->action == ACTION_PASS);
}

/* What a name and all below it have alike, and nothing else, is one subtree. */
static bool is_subtree(const struct terms scopes[SCOPES])
{
	const struct terms *exact = &scopes[SCOPE_EXACT], *below = &scopes[SCOPE_BELOW];

	return exact->there && below->there && !scopes[SCOPE_SUBTREE].there &&
	       exact->action == below->action && exact->effective == below->effective &&
	       exact->expires == below->expires;
}

/* Returns false when no entry decides. */
static bool decide(const struct model *m, const struct asked *a, enum role role,
		   int64_t now, uint8_t *ret_expected)
{
	for (unsigned feed = 0; feed < FEEDS; feed++)
		for (unsigned i = 0; i < a->above_count; i++)
			for (unsigned scope = 0; scope < SCOPES; scope++) {
				const struct terms *scopes =
					m->feeds[feed][a->above[i]];
				const struct terms *t = &scopes[scope];

				if (!counts(role, feed, t) || !covers(a, i, scope) ||
				    !is_active(t, now))
					continue;
				*ret_expected = expected_of(
					t, is_subtree(scopes) ? SCOPE_SUBTREE : scope,
					role);
				return true;
			}
	return false;
}

/* Nothing is settled near MOMENT, which counts until AFTER it. */
static void stay_away(struct settled *s, int64_t moment, int64_t now, int64_t after)
{
	int64_t at = moment * 1000000;

	if (moment == 0 || now > at + after)
		return;
	if (now >= at - MARGIN_US)
		s->expected = UNSETTLED;
	if (at - MARGIN_US < s->until)
		s->until = at - MARGIN_US;
}

/* For how long after an order begins or ends nothing is settled. */
static int64_t margin(const struct hunt *h, int64_t moment)
{
	return h->followed >= moment * 1000000 + FOLLOWED_US ? MARGIN_US
							     : MARGIN_LATE_US;
}

static void stay_away_from_all(const struct hunt *h, const struct model *m,
			       const struct asked *a, int64_t now, struct settled *s)
{
	for (unsigned feed = 0; feed < FEEDS; feed++)
		for (unsigned i = 0; i < a->above_count; i++)
			for (unsigned scope = 0; scope < SCOPES; scope++) {
				const struct terms *t =
					&m->feeds[feed][a->above[i]][scope];

				if (!t->there || !covers(a, i, scope))
					continue;
				stay_away(s, t->effective, now,
					  margin(h, t->effective));
				stay_away(s, t->expires, now, margin(h, t->expires));
			}
}

struct settled oracle_settle(const struct hunt *h, const struct model *m,
			     const struct asked *a, int64_t now)
{
	struct settled s = { .expected = EXPECT_TRUTH, .until = INT64_MAX };
	bool chain = a->target >= 0 && h->options.cname_targets;

	if (!decide(m, a, ROLE_NAME, now, &s.expected) && chain &&
	    !decide(m, &h->asked[a->target], ROLE_TARGET, now, &s.expected))
		s.expected = EXPECT_TRUTH;
	stay_away_from_all(h, m, a, now, &s);
	if (chain)
		stay_away_from_all(h, m, &h->asked[a->target], now, &s);
	return s;
}
