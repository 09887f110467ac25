// SPDX-License-Identifier: BSD-3-Clause
#include "entry.h"

#include <string.h>

const char *const scope_names[SCOPES] = { "exact", "below", "subtree" };
const char *const action_names[ACTIONS] = {
	"pass", "notice", "nxdomain", "nodata", "refused", "drop",
};

int word_find(const char *const *names, int count, struct span text)
{
	for (int i = 0; i < count; i++)
		if (span_equal(span_of(names[i]), text))
			return i;
	return -1;
}

void entry_put(struct bytes *b, const struct entry *e)
{
	put_u8(b, (uint8_t)(e->scope << 6 | e->action << 3));
	put_u8(b, e->feed);
	put_varuint(b, e->order);
	put_varuint(b, e->since);
}

struct entry entry_get(struct bytes *b)
{
	uint8_t head = get_u8(b);
	struct entry e = { .scope = head >> 6, .action = head >> 3 & 7 };

	e.feed = get_u8(b);
	e.order = get_varuint(b);
	e.since = get_varuint(b);
	if (e.scope >= SCOPES || e.action >= ACTIONS || (head & 7) != 0)
		b->failed = true;
	return e;
}

static int compare_u32(uint32_t a, uint32_t b)
{
	return (a > b) - (a < b);
}

int entry_compare(const struct entry *a, const struct entry *b)
{
	int c = compare_u32(a->feed, b->feed);

	if (c == 0)
		c = compare_u32(a->scope, b->scope);
	if (c == 0)
		c = compare_u32(a->action, b->action);
	return c != 0 ? c : compare_u32(a->order, b->order);
}
