// SPDX-License-Identifier: BSD-3-Clause
/* The log of CERT Polska's list: a JSON object a line, each of which blocks or
 * unblocks a position. The last state of each position counts; a name is listed as
 * long as any of its positions is. So all of the log has to be read before the first
 * name is handed on. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "certpl.h"
#include "format.h"
#include "json-source.h"

/* One position; its name and its number stand in `bytes`. */
struct position {
	uint64_t line; /* of its last block */
	size_t at;
	uint16_t name_len, id_len;
	bool blocked, odd_idn;
	uint8_t scope;
};

struct log {
	struct reading *reading;
	struct err *e;
	struct position *positions;
	size_t count, room;
	uint32_t *slots; /* by hash: number + 1, 0 is free */
	size_t slots_room;
	uint8_t *bytes;
	size_t used, bytes_room;
};

static int out_of_memory(const struct log *log)
{
	return err_set(log->e, ERR_SYSTEM, "cannot read '%s': %s",
		       log->reading->report->list, strerror(ENOMEM));
}

static bool make_room(void **data, size_t *room, size_t need, size_t size)
{
	size_t more = *room * 2 + 1024 > need ? *room * 2 + 1024 : need;
	void *p;

	if (need <= *room)
		return true;
	p = realloc(*data, more * size);
	if (p == NULL)
		return false;
	*data = p;
	*room = more;
	return true;
}

static uint64_t hash_of(struct span a, struct span b)
{
	uint64_t h = 0xcbf29ce484222325u;

	for (size_t i = 0; i < a.len; i++)
		h = (h ^ a.data[i]) * 0x100000001b3u;
	for (size_t i = 0; i < b.len; i++)
		h = (h ^ b.data[i]) * 0x100000001b3u;
	return h ^ h >> 29;
}

static struct span name_of(const struct log *log, const struct position *p)
{
	return (struct span){ log->bytes + p->at, p->name_len };
}

static struct span id_of(const struct log *log, const struct position *p)
{
	return (struct span){ log->bytes + p->at + p->name_len, p->id_len };
}

static uint32_t *slot_of(const struct log *log, struct span name, struct span id)
{
	size_t i = hash_of(name, id) & (log->slots_room - 1);

	for (; log->slots[i] != 0; i = (i + 1) & (log->slots_room - 1)) {
		const struct position *p = &log->positions[log->slots[i] - 1];

		if (span_equal(name_of(log, p), name) && span_equal(id_of(log, p), id))
			break;
	}
	return &log->slots[i];
}

/* Keeps the slots at most half full. */
static bool grow_slots(struct log *log)
{
	size_t room = log->slots_room == 0 ? 1024 : log->slots_room * 2;

	if (log->count < log->slots_room / 2)
		return true;
	free(log->slots);
	log->slots = calloc(room, sizeof(*log->slots));
	log->slots_room = room;
	for (size_t i = 0; log->slots != NULL && i < log->count; i++)
		*slot_of(log, name_of(log, &log->positions[i]),
			 id_of(log, &log->positions[i])) = (uint32_t)i + 1;
	return log->slots != NULL;
}

/* The position of NAME and ID, a new one where there is none; NULL without memory. */
static struct position *find(struct log *log, struct span name, struct span id)
{
	struct position *p;
	uint32_t *slot;

	if (!grow_slots(log))
		return NULL;
	slot = slot_of(log, name, id);
	if (*slot != 0)
		return &log->positions[*slot - 1];
	if (!make_room((void **)&log->positions, &log->room, log->count + 1,
		       sizeof(*p)) ||
	    !make_room((void **)&log->bytes, &log->bytes_room,
		       log->used + name.len + id.len, 1))
		return NULL;
	p = &log->positions[log->count++];
	*p = (struct position){
		.at = log->used,
		.name_len = (uint16_t)name.len,
		.id_len = (uint16_t)id.len,
	};
	memcpy(log->bytes + log->used, name.data, name.len);
	if (id.len > 0)
		memcpy(log->bytes + log->used + name.len, id.data, id.len);
	log->used += name.len + id.len;
	*slot = (uint32_t)log->count;
	return p;
}

/* Sets *RET_BLOCKS. Returns why the action is none. */
static enum refusal action_of(struct span text, bool *ret_blocks)
{
	*ret_blocks = span_equal(text, span_of("block"));
	return *ret_blocks || span_equal(text, span_of("unblock")) ? REFUSED_NOT
								   : REFUSED_STATE;
}

/* A line is a name of the report. That of a block is counted when it is handed on,
 * unless another line says it again or takes it back. */
static void count(struct report *report, bool blocked, bool blocks)
{
	unsigned lines = !blocks && blocked ? 2 : 1;

	if (blocks && !blocked)
		return;
	report->names += lines;
	if (blocks)
		report->joined += lines;
	else
		report->lifted += lines;
}

static int take(struct log *log, const json_t *object)
{
	struct reading *r = log->reading;
	struct span domain, id, action;
	char numbers[3][CERTPL_ID_ROOM];
	enum refusal why = REFUSED_NOT_TEXT;
	struct position *p;
	struct listing l;
	bool odd_idn, blocks;

	domain = id = span_of(CERTPL_DOMAIN);
	if (json_text(object, CERTPL_DOMAIN, numbers[0], CERTPL_ID_ROOM, &domain) &&
	    json_text(object, CERTPL_ID, numbers[1], CERTPL_ID_ROOM, &id) &&
	    json_text(object, CERTPL_ACTION, numbers[2], CERTPL_ID_ROOM, &action) &&
	    id.len <= ORDER_FIELD_MAX)
		why = domain.len == 0 ? REFUSED_NO_NAME : action_of(action, &blocks);
	if (why == REFUSED_NOT)
		why = reading_name(r, domain, &l, &odd_idn);
	if (why != REFUSED_NOT) {
		report_refuse(r->report, r->source->line, why,
			      domain.len > 0 ? domain : id);
		return 0;
	}
	p = find(log, (struct span){ l.name.key, l.name.len }, id);
	if (p == NULL)
		return out_of_memory(log);
	count(r->report, p->blocked, blocks);
	p->blocked = blocks;
	p->odd_idn = odd_idn;
	p->scope = l.scope;
	p->line = r->source->line;
	return 0;
}

/* Hands on what is blocked at the end. */
static int hand_on(struct log *log)
{
	int rc = 0;

	for (size_t i = 0; i < log->count && rc == 0; i++) {
		const struct position *p = &log->positions[i];
		struct order order = { .reference = id_of(log, p) };
		struct listing l = { .scope = p->scope,
				     .action = log->reading->action,
				     .order = p->id_len > 0 ? &order : NULL };
		char name[NAME_TEXT_MAX];
		struct span text;

		if (!p->blocked)
			continue;
		l.name.len = p->name_len;
		memcpy(l.name.key, log->bytes + p->at, p->name_len);
		log->reading->line = p->line;
		log->reading->text =
			span_of(name_to_text(name, l.name.key, l.name.len));
		if (reading_check_order(&order, &text) == REFUSED_NOT)
			rc = reading_accept(log->reading, &l, p->odd_idn, log->e);
		else
			report_refuse(log->reading->report, p->line, REFUSED_FIELD_TEXT,
				      text);
	}
	return rc;
}

static int read_lines(struct log *log)
{
	struct reading *r = log->reading;
	struct span line;
	int rc;

	while ((rc = reading_line(r, &line, log->e)) > 0) {
		json_t *object;

		if (line.len == 0) {
			r->report->skipped++;
			continue;
		}
		r->report->content++;
		object = json_source_object(r->source, line, r->source->line, log->e);
		if (object == NULL)
			return ERR_INPUT;
		rc = take(log, object);
		json_decref(object);
		if (rc != 0)
			break;
	}
	r->source->unterminated = false;
	return rc;
}

static int read_certpl_log(struct reading *r, struct err *e)
{
	struct log log = { .reading = r, .e = e };
	int rc = read_lines(&log);

	if (rc == 0)
		rc = hand_on(&log);
	free(log.positions);
	free(log.slots);
	free(log.bytes);
	return rc;
}

static bool recognise(struct span first)
{
	return json_first(first) == '{' && json_has_member(first, CERTPL_ACTION) &&
	       json_has_member(first, CERTPL_DOMAIN);
}

const struct format format_certpl_log = {
	.name = "certpl-log",
	.summary = "the log of CERT Polska: a block or unblock a line",
	.recognise = recognise,
	.read = read_certpl_log,
};
