// SPDX-License-Identifier: BSD-3-Clause
#include "steps.h"

#include <stdlib.h>
#include <time.h>

/* Two thirds of the time one name changes a commit, so that no commit mends what
 * another did wrong. */
#define CALM_SECONDS  10
#define TIMES_SECONDS 20

static bool chance(struct steps *s, unsigned percent)
{
	return dice_below(&s->dice, 100) < percent;
}

static uint8_t draw_action(struct steps *s, unsigned feed)
{
	static const uint8_t actions[8] = { ACTION_NOTICE,   ACTION_NOTICE,
					    ACTION_NOTICE,   ACTION_NOTICE,
					    ACTION_NXDOMAIN, ACTION_NODATA,
					    ACTION_REFUSED,  ACTION_NOTICE };

	/* Where what passes ends, a block begins. */
	if (feed == FEED_STRONG && chance(s, s->expires != 0 ? 85 : 40))
		return ACTION_PASS;
	return actions[dice_below(&s->dice, 8)];
}

/* Orders that begin or end soon: one moment for all that a step lists, and seconds
 * between such steps; for a while only such as begin, for a while only such as end.
 * Where there is one all the time, each hides whether the one before was followed. */
static void draw_times(struct steps *s)
{
	int64_t now = time(NULL);
	bool ends = now / TIMES_SECONDS % 2 != 0;

	s->effective = s->expires = 0;
	if (now < s->next_times)
		return;
	s->next_times = now + 3 + (int64_t)dice_below(&s->dice, 4);
	if (ends)
		s->expires = now + 3 + (int64_t)dice_below(&s->dice, 3);
	else
		s->effective = now + 1 + (int64_t)dice_below(&s->dice, 3);
}

static void list(struct steps *s, unsigned feed, size_t name)
{
	struct terms *scopes = s->model.feeds[feed][name];
	struct terms *t = &scopes[dice_below(&s->dice, SCOPES)];

	/* Mostly one entry; then a change of scope is a move. */
	if (chance(s, 80))
		memset(scopes, 0, sizeof(s->model.feeds[feed][name]));
	t->there = true;
	t->action = draw_action(s, feed);
	t->effective = s->effective;
	t->expires = s->expires;
}

static void lift(struct steps *s, unsigned feed, size_t name)
{
	memset(s->model.feeds[feed][name], 0, sizeof(s->model.feeds[feed][name]));
}

static bool is_listed(const struct steps *s, unsigned feed, size_t name)
{
	const struct terms *scopes = s->model.feeds[feed][name];

	return scopes[0].there || scopes[1].there || scopes[2].there;
}

static void change(struct steps *s, unsigned feed, size_t name)
{
	if (is_listed(s, feed, name) && chance(s, 60))
		lift(s, feed, name);
	else
		list(s, feed, name);
}

/* Each name is listed with so many chances of a hundred, else not at all. */
static void deal(struct steps *s, unsigned feed, unsigned percent)
{
	for (size_t i = 0; i < s->hunt->listed_count; i++)
		if (chance(s, s->hunt->listed[i].top ? percent / 4 : percent))
			list(s, feed, i);
		else
			lift(s, feed, i);
}

/* Only some are touched. */
static void change_some(struct steps *s, unsigned feed, unsigned percent)
{
	for (size_t i = 0; i < s->hunt->listed_count; i++)
		if (chance(s, percent))
			change(s, feed, i);
}

/* Many names, so that among them are some that nothing else blocks. */
static void list_some(struct steps *s, unsigned feed, unsigned percent)
{
	for (size_t i = 0; i < s->hunt->listed_count; i++)
		if (!is_listed(s, feed, i) && chance(s, percent))
			list(s, feed, i);
}

static size_t feed_size(const struct steps *s)
{
	return s->hunt->listed_count * sizeof(*s->model.feeds[0]);
}

static void keep(struct steps *s, unsigned feed)
{
	memcpy(s->kept[feed][s->kept_count[feed]++ % KEPT], s->model.feeds[feed],
	       feed_size(s));
}

/* What an earlier serial said; orders that ran out since stay without effect. */
static void roll_back(struct steps *s, unsigned feed)
{
	unsigned count = s->kept_count[feed] < KEPT ? s->kept_count[feed] : KEPT;

	if (count > 0)
		memcpy(s->model.feeds[feed], s->kept[feed][dice_below(&s->dice, count)],
		       feed_size(s));
}

unsigned steps_take(struct steps *s)
{
	unsigned feed = (unsigned)dice_below(&s->dice, FEEDS);
	size_t name = dice_below(&s->dice, s->hunt->listed_count);

	s->calm = time(NULL) / CALM_SECONDS % 3 != 0;
	draw_times(s);
	if (chance(s, 40))
		keep(s, feed);
	if (s->expires != 0 && chance(s, 70))
		feed = FEED_STRONG;
	if (s->effective != 0 || s->expires != 0) {
		list_some(s, feed, 40);
		return feed;
	}
	if (s->calm) {
		change(s, feed, name);
		return feed;
	}
	switch (dice_below(&s->dice, 16)) {
	case 0:
		deal(s, feed, 50);
		break;
	case 1:
		deal(s, feed, 8);
		break;
	case 2:
		deal(s, feed, 0);
		break;
	case 3:
	case 4:
		roll_back(s, feed);
		break;
	case 5:
	case 6:
		change_some(s, feed, 4);
		break;
	case 7:
		change_some(s, feed, 50);
		break;
	default:
		change(s, feed, name);
	}
	return feed;
}

bool steps_init(struct steps *s, struct hunt *h)
{
	*s = (struct steps){ .hunt = h, .dice = { h->options.seed } };
	for (unsigned i = 0; i < FEEDS; i++) {
		s->model.feeds[i] = calloc(1, feed_size(s));
		if (s->model.feeds[i] == NULL)
			return false;
		for (unsigned j = 0; j < KEPT; j++) {
			s->kept[i][j] = calloc(1, feed_size(s));
			if (s->kept[i][j] == NULL)
				return false;
		}
	}
	return true;
}

void steps_release(struct steps *s)
{
	for (unsigned i = 0; i < FEEDS; i++) {
		free(s->model.feeds[i]);
		for (unsigned j = 0; j < KEPT; j++)
			free(s->kept[i][j]);
	}
	*s = (struct steps){ 0 };
}
