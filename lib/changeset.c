// SPDX-License-Identifier: BSD-3-Clause
#include "changeset.h"

#include <stdlib.h>
#include <string.h>

void changeset_release(struct changeset *c)
{
	free(c->data);
	*c = (struct changeset){ 0 };
}

/* Makes room for MORE bytes. */
static int make_room(struct changeset *c, size_t more, struct err *e)
{
	size_t room = c->room + c->room / 2 + more + 4096;
	uint8_t *data;

	if (c->room - c->used >= more)
		return 0;
	data = realloc(c->data, room);
	if (data == NULL)
		return err_set(e, ERR_SYSTEM, "out of memory for the changes");
	c->data = data;
	c->room = room;
	return 0;
}

int changeset_join(struct changeset *to, struct changeset *from, struct err *e)
{
	int rc;

	if (to->used == 0) {
		changeset_release(to);
		*to = *from;
		*from = (struct changeset){ 0 };
		return 0;
	}
	rc = make_room(to, from->used, e);
	if (rc != 0 || from->used == 0)
		return rc;
	memcpy(to->data + to->used, from->data, from->used);
	to->used += from->used;
	to->added += from->added;
	to->removed += from->removed;
	to->changed += from->changed;
	return 0;
}

int changeset_add(struct changeset *c, const struct change *change, struct err *e)
{
	size_t most =
		4 + change->key.len + (size_t)(change->gone + change->come) * ENTRY_MAX;
	struct bytes b;
	int rc = make_room(c, most, e);

	if (rc != 0)
		return rc;
	b = bytes_over(c->data + c->used, c->room - c->used);
	put_text(&b, change->key);
	put_u8(&b, change->gone);
	for (unsigned i = 0; i < change->gone; i++)
		entry_put(&b, &change->entries[i]);
	put_u8(&b, change->come);
	for (unsigned i = 0; i < change->come; i++)
		entry_put(&b, &change->entries[change->gone + i]);
	c->used = (size_t)(b.at - c->data);
	return 0;
}

bool change_next(struct bytes *b, struct change *change)
{
	if (b->failed || bytes_left(b) == 0)
		return false;
	change->key = get_text(b);
	change->gone = get_u8(b);
	for (unsigned i = 0; i < change->gone; i++)
		change->entries[i] = entry_get(b);
	change->come = get_u8(b);
	for (unsigned i = 0; i < change->come; i++)
		change->entries[change->gone + i] = entry_get(b);
	return !b->failed;
}
