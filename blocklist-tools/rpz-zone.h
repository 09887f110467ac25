// SPDX-License-Identifier: BSD-3-Clause
/* What owners in a response policy zone are relative to: the zone's apex, as SOA and
 * $ORIGIN say, or the zone itself where nothing is said. */
#ifndef PALANG_RPZ_ZONE_H
#define PALANG_RPZ_ZONE_H

#include "name.h"
#include "refusal.h"
#include "rpz-record.h"

/* Room for an absolute name in text form, with its final dot. */
#define RPZ_TEXT_MAX (NAME_TEXT_MAX + 1)

struct rpz_text {
	size_t len;
	char at[RPZ_TEXT_MAX];
};

struct rpz_zone {
	const struct source *source;
	/* Absolute names with their final dot; empty while unknown: then relative
	 * owners are relative to the zone. */
	struct rpz_text apex, origin;
	bool at_apex;            /* relative owners are relative to the apex */
	struct rpz_text trigger; /* of the last record, relative to the apex; empty for
				  * the apex itself */
	enum refusal why;        /* its owner is no trigger */
	unsigned soas;           /* seen */
	char serial[16];         /* of the first */
};

struct span rpz_span(const struct rpz_text *t);
/* A and, where B is not empty, a dot and B. Returns false when it is too long. */
bool rpz_set(struct rpz_text *t, struct span a, struct span b);
/* True when NAME ends in a dot. */
bool rpz_is_absolute(struct span name);

/* Makes the owner of REC the trigger, or leaves that of the record before; *RET_WHY is
 * why it is none. Returns ERR_INPUT where it cannot be known what it is relative to. */
int rpz_zone_trigger(struct rpz_zone *z, const struct rpz_record *rec,
		     enum refusal *ret_why, struct err *e);
/* Takes a SOA: the first says which zone it is, a second ends a transfer. ERR_INPUT
 * for one of another serial, which only incremental transfers have. */
int rpz_zone_soa(struct rpz_zone *z, const struct rpz_record *rec, struct err *e);
/* Takes a directive. ERR_INPUT for one other than $ORIGIN and $TTL. */
int rpz_zone_directive(struct rpz_zone *z, const struct rpz_record *rec, struct err *e);

#endif
