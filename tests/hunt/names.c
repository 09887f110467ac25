// SPDX-License-Identifier: BSD-3-Clause
/* The names of the hunt. In each zone, for a group N with an even number:
 *
 *   left.ZONE             listed
 *   gN.left.ZONE          listed, asked
 *   a.gN.left.ZONE        listed, asked
 *   b.gN.left.ZONE        asked
 *   x.a.gN.left.ZONE      asked
 *
 * and below right.ZONE when it is odd. aZ-N.ALIASES, listed and asked, is an alias
 * of group N's first name in zone Z. */
#include "hunt.h"

#include <stdio.h>
#include <stdlib.h>

static const char *const sides[2] = { "left", "right" };

/* TEXT, of plain labels with dots between them, in wire format. */
static size_t to_wire(uint8_t wire[static NAME_WIRE_MAX], const char *text)
{
	size_t at = 0;

	while (*text != '\0' && at < NAME_WIRE_MAX - 1 - NAME_LABEL_MAX) {
		size_t len = strcspn(text, ".");

		wire[at++] = (uint8_t)len;
		memcpy(wire + at, text, len);
		at += len;
		text += len + (text[len] == '.');
	}
	wire[at++] = 0;
	return at;
}

static unsigned add_listed(struct hunt *h, const char *text)
{
	uint8_t wire[NAME_WIRE_MAX];
	size_t len = to_wire(wire, text);

	name_from_wire(&h->listed[h->listed_count].name, wire, len);
	return (unsigned)h->listed_count++;
}

/* ABOVE is where the name itself is listed, or its parent when SELF is false;
 * further up each listed name was added before the one below it. */
static struct asked *add_asked(struct hunt *h, const char *text, bool self,
			       unsigned above_count, const unsigned *above)
{
	struct asked *a = &h->asked[h->asked_count++];

	a->len = (uint8_t)to_wire(a->wire, text);
	a->self = self;
	a->target = -1;
	for (unsigned i = 0; i < above_count; i++)
		a->above[i] = (uint16_t)above[i];
	a->above_count = above_count;
	a->now.expected = UNSETTLED;
	atomic_init(&a->word, UNSETTLED);
	return a;
}

static void add_group(struct hunt *h, const char *zone, unsigned number, unsigned top)
{
	char text[4][NAME_TEXT_MAX];
	unsigned above[3] = { 0, 0, top };

	snprintf(text[0], sizeof(text[0]), "g%u.%s.%s", number, sides[number % 2],
		 zone);
	snprintf(text[1], sizeof(text[1]), "a.g%u.%s.%s", number, sides[number % 2],
		 zone);
	snprintf(text[2], sizeof(text[2]), "b.g%u.%s.%s", number, sides[number % 2],
		 zone);
	snprintf(text[3], sizeof(text[3]), "x.a.g%u.%s.%s", number, sides[number % 2],
		 zone);
	above[1] = add_listed(h, text[0]);
	above[0] = add_listed(h, text[1]);
	add_asked(h, text[0], true, 2, above + 1);
	add_asked(h, text[1], true, 3, above);
	add_asked(h, text[2], false, 2, above + 1);
	add_asked(h, text[3], false, 3, above);
}

static void add_alias(struct hunt *h, unsigned zone, unsigned group)
{
	char text[NAME_TEXT_MAX];
	unsigned above;

	snprintf(text, sizeof(text), "a%u-%u.%s", zone, group, h->options.alias);
	above = add_listed(h, text);
	add_asked(h, text, true, 1, &above)->target =
		(int)((zone * h->options.groups + group) * 4);
}

bool names_make(struct hunt *h)
{
	const struct options *o = &h->options;
	size_t groups = (size_t)o->zone_count * o->groups;

	h->asked = aligned_alloc(64, groups * 5 * sizeof(*h->asked));
	h->listed = calloc(groups * 3 + o->zone_count * 2, sizeof(*h->listed));
	if (h->asked == NULL || h->listed == NULL)
		return false;
	memset(h->asked, 0, groups * 5 * sizeof(*h->asked));
	for (unsigned i = 0; i < o->zone_count; i++) {
		unsigned tops[2];

		for (unsigned j = 0; j < 2; j++) {
			char text[NAME_TEXT_MAX];

			snprintf(text, sizeof(text), "%s.%s", sides[j], o->zones[i]);
			tops[j] = add_listed(h, text);
			h->listed[tops[j]].top = true;
		}
		for (unsigned j = 0; j < o->groups; j++)
			add_group(h, o->zones[i], j, tops[j % 2]);
	}
	h->alias_start = h->asked_count;
	for (unsigned i = 0; o->alias != NULL && i < groups; i++)
		add_alias(h, i / o->groups, i % o->groups);
	return true;
}

void names_release(struct hunt *h)
{
	free(h->asked);
	free(h->listed);
}
