// SPDX-License-Identifier: BSD-3-Clause
#include "terms.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The profile that --notice and --ttl set, for entries that name none. */
#define DEFAULT_NOTICE "default"

void terms_release(struct terms *t)
{
	free(t->bytes);
	free(t->rows);
	free(t->slots);
	t->bytes = NULL;
	t->rows = NULL;
	t->slots = NULL;
}

static bool make_room(void **data, size_t room, size_t size)
{
	void *p = realloc(*data, room * size);

	if (p != NULL)
		*data = p;
	return p != NULL;
}

static uint64_t hash_of(const uint8_t *data, size_t len)
{
	uint64_t h = 0xcbf29ce484222325u;

	for (size_t i = 0; i < len; i++)
		h = (h ^ data[i]) * 0x100000001b3u;
	return h ^ h >> 31;
}

static bool is_row(const struct terms *t, uint32_t row, uint64_t hash,
		   const uint8_t *data, size_t len)
{
	const struct terms_row *r = &t->rows[row];

	return r->hash == hash && r->len == len &&
	       memcmp(t->bytes + r->at, data, len) == 0;
}

static uint32_t *find_slot(const struct terms *t, uint64_t hash, const uint8_t *data,
			   size_t len)
{
	uint32_t i = (uint32_t)hash & (t->slots_room - 1);

	while (t->slots[i] != 0 && !is_row(t, t->slots[i] - 1, hash, data, len))
		i = (i + 1) & (t->slots_room - 1);
	return &t->slots[i];
}

/* Keeps the table of slots at most half full. */
static bool grow_slots(struct terms *t)
{
	uint32_t room = t->slots_room == 0 ? 64 : t->slots_room * 2;
	uint32_t *slots;

	if (t->count < t->slots_room / 2)
		return true;
	slots = calloc(room, sizeof(*slots));
	if (slots == NULL)
		return false;
	for (uint32_t row = 0; row < t->count; row++) {
		uint32_t i = (uint32_t)t->rows[row].hash & (room - 1);

		while (slots[i] != 0)
			i = (i + 1) & (room - 1);
		slots[i] = row + 1;
	}
	free(t->slots);
	t->slots = slots;
	t->slots_room = room;
	return true;
}

static bool add_row(struct terms *t, uint64_t hash, const uint8_t *data, size_t len)
{
	if (t->room - t->used < len) {
		size_t room = t->room + t->room / 2 + len + 4096;

		if (!make_room((void **)&t->bytes, room, 1))
			return false;
		t->room = room;
	}
	if (t->count == t->rows_room) {
		uint32_t room = t->rows_room + t->rows_room / 2 + 64;

		if (!make_room((void **)&t->rows, room, sizeof(*t->rows)))
			return false;
		t->rows_room = room;
	}
	t->rows[t->count] = (struct terms_row){ hash, t->used, len };
	memcpy(t->bytes + t->used, data, len);
	t->used += len;
	t->count++;
	return true;
}

static const struct authority *authority_of(const struct terms *t,
					    const struct order *o)
{
	return t->authorities == NULL ? NULL
				      : authorities_find(t->authorities, o->authority);
}

static void set_default(struct span *text, struct span fallback)
{
	if (text->len == 0)
		*text = fallback;
}

/* The order that holds for a listing: its own, with the defaults of the list and of
 * its authority. */
static struct order order_of(const struct terms *t, const struct listing *l)
{
	const struct authority *a;
	struct order o = { 0 };

	if (l->order != NULL)
		o = *l->order;
	o.notice = 0;
	set_default(&o.authority, t->authority);
	set_default(&o.category, t->category);
	if (o.ede == 0)
		o.ede = t->ede;
	a = authority_of(t, &o);
	if (a != NULL) {
		set_default(&o.basis, a->basis);
		set_default(&o.contact, a->contact);
		set_default(&o.appeal, a->appeal);
		set_default(&o.language, a->language);
		if (o.ede == 0)
			o.ede = a->ede;
	}
	if (o.ede == 0)
		o.ede = o.authority.len > 0 ? EDE_CENSORED : EDE_BLOCKED;
	return o;
}

int terms_number(struct terms *t, const struct listing *l, uint32_t *number,
		 struct err *e)
{
	uint8_t data[2 * ORDER_MAX];
	struct bytes b = bytes_over(data, sizeof(data));
	struct order o = order_of(t, l);
	bool plain = l->order == NULL && l->notice.len == 0;
	uint32_t *slot;
	uint64_t hash;
	size_t len;

	if (plain && t->plain != 0) {
		*number = t->plain - 1;
		return 0;
	}
	put_text(&b, l->notice);
	order_put(&b, &o);
	if (b.failed)
		return err_set(e, ERR_INPUT, "the texts of an order are too long");
	len = (size_t)(b.at - data);
	hash = hash_of(data, len);
	if (t->count > 0 && is_row(t, t->last, hash, data, len)) {
		*number = t->last;
		return 0;
	}
	if (!grow_slots(t))
		return err_set(e, ERR_SYSTEM, "out of memory for the orders");
	slot = find_slot(t, hash, data, len);
	if (*slot == 0) {
		if (!add_row(t, hash, data, len))
			return err_set(e, ERR_SYSTEM, "out of memory for the orders");
		*slot = t->count;
	}
	*number = t->last = *slot - 1;
	if (plain)
		t->plain = *slot;
	return 0;
}

/* The default profile: as the options say, or as the store has it. */
static uint16_t write_default_notice(struct terms *t, struct update *u)
{
	t->notice.name = span_of(DEFAULT_NOTICE);
	if (t->notice.v4_count + t->notice.v6_count == 0)
		return update_notice_find(u, t->notice.name);
	return update_notice(u, &t->notice);
}

/* A profile of the row's own: addresses separated by blanks, which were checked when
 * the list was read. All that is in it is in its name: it never changes. */
static uint16_t write_own_notice(struct terms *t, struct update *u, struct span text)
{
	struct notice n = { .ttl = t->notice.ttl };
	char address[64], name[NOTICE_MAX];

	for (size_t i = 0, start = 0; i <= text.len; i++) {
		if (i < text.len && text.data[i] != ' ' && text.data[i] != '\t')
			continue;
		if (i > start && i - start < sizeof(address)) {
			memcpy(address, text.data + start, i - start);
			address[i - start] = '\0';
			notice_add(&n, address);
		}
		start = i + 1;
	}
	snprintf(name, sizeof(name), "%.*s ttl %u", (int)text.len,
		 (const char *)text.data, n.ttl);
	n.name = span_of(name);
	return update_notice(u, &n);
}

/* The notice of an order that names none. */
static uint16_t notice_of(const struct terms *t, struct update *u,
			  const struct order *o, uint16_t fallback)
{
	const struct authority *a = authority_of(t, o);

	return a == NULL || a->notice.len == 0 ? fallback
					       : update_notice_find(u, a->notice);
}

uint32_t *terms_write(struct terms *t, struct update *u)
{
	uint32_t *numbers = calloc(t->count + 1, sizeof(*numbers));
	uint16_t fallback = write_default_notice(t, u);

	for (uint32_t i = 0; numbers != NULL && i < t->count && u->rc == 0; i++) {
		struct bytes b = bytes_from(t->bytes + t->rows[i].at, t->rows[i].len);
		struct span notice = get_text(&b);
		struct order o = order_get(&b);

		o.notice = notice.len > 0 ? write_own_notice(t, u, notice)
					  : notice_of(t, u, &o, fallback);
		numbers[i] = update_order(u, &o);
	}
	return numbers;
}
