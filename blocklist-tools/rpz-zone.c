// SPDX-License-Identifier: BSD-3-Clause
#include "rpz-zone.h"

#include <string.h>
#include <strings.h>

#include "format.h"
#include "utf8.h"

bool rpz_set(struct rpz_text *t, struct span a, struct span b)
{
	bool dot = a.len > 0 && b.len > 0 && b.data[0] != '.';

	if (a.len + dot + b.len > RPZ_TEXT_MAX)
		return false;
	memmove(t->at, a.data, a.len);
	if (dot)
		t->at[a.len] = '.';
	if (b.len > 0)
		memcpy(t->at + a.len + dot, b.data, b.len);
	t->len = a.len + dot + b.len;
	return true;
}

struct span rpz_span(const struct rpz_text *t)
{
	return (struct span){ (const uint8_t *)t->at, t->len };
}

bool rpz_is_absolute(struct span owner)
{
	return owner.len > 0 && owner.data[owner.len - 1] == '.';
}

/* NAME, which is absolute, relative to the apex, in *RET; empty for the apex itself.
 * Returns false when it is outside. */
static bool below_apex(const struct rpz_zone *z, struct span name, struct span *ret)
{
	size_t apex = z->apex.len, rest;

	if (apex == 1) {
		*ret = (struct span){ name.data, name.len - 1 };
		return true;
	}
	if (name.len < apex || strncasecmp((const char *)name.data + name.len - apex,
					   z->apex.at, apex) != 0)
		return false;
	rest = name.len - apex;
	if (rest > 0 && name.data[rest - 1] != '.')
		return false;
	*ret = (struct span){ name.data, rest > 0 ? rest - 1 : 0 };
	return true;
}

/* OWNER with the origin behind it where it is relative; as it is where the origin is
 * not known. */
static enum refusal make_absolute(const struct rpz_zone *z, struct span owner,
				  struct rpz_text *absolute)
{
	bool at = owner.len == 1 && owner.data[0] == '@';
	bool good;

	if (z->origin.len == 0 || rpz_is_absolute(owner))
		good = rpz_set(absolute, at ? (struct span){ owner.data, 0 } : owner,
			       (struct span){ NULL, 0 });
	else
		good = rpz_set(absolute, at ? (struct span){ owner.data, 0 } : owner,
			       rpz_span(&z->origin));
	return good ? REFUSED_NOT : REFUSED_NAME_LENGTH;
}

/* As rpz_zone_trigger(), of an owner that needs the origin or ends in a dot. */
static int find_trigger(struct rpz_zone *z, const struct rpz_record *rec, struct err *e)
{
	struct rpz_text absolute;
	struct span trigger;

	z->why = make_absolute(z, rec->owner, &absolute);
	if (z->why != REFUSED_NOT)
		return 0;
	trigger = rpz_span(&absolute);
	if (rpz_is_absolute(trigger)) {
		if (z->apex.len == 0 && z->origin.len > 0) {
			z->apex = z->origin;
			z->at_apex = true;
		}
		if (z->apex.len == 0)
			return source_error(z->source, rec->line, e,
					    "cannot read the list: an absolute name, "
					    "and neither $ORIGIN nor SOA says in which "
					    "zone");
		if (!below_apex(z, trigger, &trigger)) {
			z->why = REFUSED_OUTSIDE;
			return 0;
		}
	}
	rpz_set(&z->trigger, trigger, (struct span){ NULL, 0 });
	return 0;
}

int rpz_zone_trigger(struct rpz_zone *z, const struct rpz_record *rec,
		     enum refusal *ret_why, struct err *e)
{
	struct span owner = rec->owner;
	bool at = owner.len == 1 && owner.data[0] == '@';
	int rc = 0;

	if (owner.len > 0) {
		z->why = REFUSED_NOT;
		/* The usual case: a name that is relative to the zone. */
		if (at || rpz_is_absolute(owner) || (!z->at_apex && z->origin.len > 0))
			rc = find_trigger(z, rec, e);
		else if (!rpz_set(&z->trigger, owner, (struct span){ NULL, 0 }))
			z->why = REFUSED_NAME_LENGTH;
	}
	*ret_why = z->why;
	return rc;
}

/* The serial of a SOA's data, its third word. */
static void serial_of(struct span data, char serial[static 16])
{
	struct span word = { NULL, 0 };

	for (int i = 0; i < 3; i++)
		word = span_word(&data);
	if (word.len > 15)
		word.len = 15;
	memcpy(serial, word.data, word.len);
	serial[word.len] = '\0';
}

int rpz_zone_soa(struct rpz_zone *z, const struct rpz_record *rec, struct err *e)
{
	char serial[16];
	struct rpz_text owner;

	serial_of(rec->data, serial);
	if (z->soas++ > 0)
		return strcmp(serial, z->serial) == 0
			       ? 0
			       : source_error(z->source, rec->line, e,
					      "cannot read the list: an incremental "
					      "transfer (IXFR), not a whole zone");
	memcpy(z->serial, serial, sizeof(serial));
	if (make_absolute(z, rec->owner, &owner) != REFUSED_NOT ||
	    !rpz_is_absolute(rpz_span(&owner)))
		return 0;
	z->apex = owner;
	z->at_apex = z->origin.len == owner.len &&
		     strncasecmp(z->origin.at, owner.at, owner.len) == 0;
	return 0;
}

int rpz_zone_directive(struct rpz_zone *z, const struct rpz_record *rec, struct err *e)
{
	struct span rest = rec->data, word = span_word(&rest);
	struct rpz_text origin;
	char safe[UTF8_SAFE_MAX];

	if (rpz_is_word(rec->owner, "$TTL"))
		return 0;
	if (!rpz_is_word(rec->owner, "$ORIGIN"))
		return source_error(z->source, rec->line, e,
				    "cannot read the list: %s is not taken",
				    utf8_safe(safe, rec->owner));
	if (word.len == 0 || make_absolute(z, word, &origin) != REFUSED_NOT ||
	    !rpz_is_absolute(rpz_span(&origin)))
		return source_error(z->source, rec->line, e,
				    "cannot read the list: $ORIGIN without an "
				    "absolute name");
	z->origin = origin;
	z->at_apex = z->apex.len == origin.len &&
		     strncasecmp(z->apex.at, origin.at, origin.len) == 0;
	return 0;
}
