// SPDX-License-Identifier: BSD-3-Clause
#include "limit.h"

#include <string.h>

// clang-format off
static const struct {
	const char *name;
	struct limits limits;
} profiles[] = {
	{ "default", { { true, 5000 }, { true, 1000 }, 50, 1, 10, { true, 1000 } } },
	/* A national list of millions of names, of which at most 9,587 came and 121
	 * went at once in fourteen months. */
	{ "trustpositif",
	  { { false, 10000 }, { false, 150 }, 50, 1000, 10, { true, 1000 } } },
};
// clang-format on

const struct limits *limit_profile(const char *name)
{
	for (size_t i = 0; i < sizeof(profiles) / sizeof(profiles[0]); i++)
		if (strcmp(profiles[i].name, name) == 0)
			return &profiles[i].limits;
	return NULL;
}

struct limits limit_of(const struct conf_feed *f)
{
	struct limits l = *limit_profile(f->profile);

	if (f->limits.added != NULL)
		conf_share(f->limits.added, &l.added);
	if (f->limits.removed != NULL)
		conf_share(f->limits.removed, &l.removed);
	if (f->limits.floor != NULL)
		conf_count(f->limits.floor, &l.floor);
	if (f->limits.names != NULL)
		conf_count(f->limits.names, &l.names);
	if (f->limits.popular != NULL)
		conf_count(f->limits.popular, &l.popular);
	if (f->limits.bad_lines != NULL)
		conf_share(f->limits.bad_lines, &l.bad_lines);
	return l;
}

static uint64_t at_least(uint64_t n, uint64_t floor)
{
	return n < floor ? floor : n;
}

uint64_t limit_added(const struct limits *l, uint64_t before)
{
	return at_least(share_of(&l->added, before), l->floor);
}

uint64_t limit_removed(const struct limits *l, uint64_t before)
{
	return at_least(share_of(&l->removed, before), l->floor);
}
