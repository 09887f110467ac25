// SPDX-License-Identifier: BSD-3-Clause
/* Response policy zones: master files, with or without a head, and what dig(1) prints
 * of a zone transfer. Records stream through: one name is kept back, for its pair
 * NAME and *.NAME to become one entry; pairs that stand apart come together when the
 * list is sorted (list.h). */
#include <arpa/inet.h>
#include <string.h>
#include <strings.h>

#include "format.h"
#include "rpz-zone.h"

/* A directive of the head stands in one of the first lines. */
#define HEAD_LINES 100

struct rpz {
	struct reading *r;
	struct err *e;
	struct rpz_zone zone;
	struct listing pending; /* not handed on yet, if its name is not empty */
	uint64_t pending_line;
	struct rpz_text pending_text;
	bool pending_odd_idn;
};

static const char *const passed_over[] = {
	"SOA", "NS",    "RRSIG",  "NSEC", "NSEC3",   "NSEC3PARAM", "DNSKEY",
	"DS",  "DNAME", "ZONEMD", "CDS",  "CDNSKEY", "TYPE65534",
};

static int flush(struct rpz *z)
{
	int rc = 0;

	z->r->line = z->pending_line;
	z->r->text = rpz_span(&z->pending_text);
	if (z->pending.name.len > 0)
		rc = reading_accept(z->r, &z->pending, z->pending_odd_idn, z->e);
	z->pending.name.len = 0;
	return rc;
}

static void refuse(struct rpz *z, const struct rpz_record *rec, enum refusal why,
		   struct span text)
{
	report_refuse(z->r->report, rec->line, why, text);
}

/* The last label of NAME, which may end in a dot, is one of RPZ's own. */
static bool is_special(struct span name)
{
	const uint8_t *dot;

	if (rpz_is_absolute(name))
		name.len--;
	dot = name.len == 0 ? NULL : memrchr(name.data, '.', name.len);
	if (dot != NULL)
		name = (struct span){ dot + 1,
				      name.len - (size_t)(dot + 1 - name.data) };
	return name.len >= 4 && strncasecmp((const char *)name.data, "rpz-", 4) == 0;
}

/* What `CNAME TARGET` of TRIGGER means. */
static enum refusal cname_action(const struct rpz *z, struct span target,
				 uint8_t *action)
{
	static const struct {
		const char *target;
		int action;
	} known[] = {
		{ ".", ACTION_NXDOMAIN },
		{ "*.", ACTION_NODATA },
		{ "rpz-passthru.", ACTION_PASS },
		{ "rpz-drop.", ACTION_DROP },
	};
	size_t len = z->zone.trigger.len;

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (rpz_is_word(target, known[i].target)) {
			*action = (uint8_t)known[i].action;
			return REFUSED_NOT;
		}
	if (rpz_is_word(target, "rpz-tcp-only."))
		return REFUSED_TCP_ONLY;
	if (is_special(target))
		return REFUSED_RPZ_ACTION;
	/* The old form of a pass: an alias to itself. */
	*action = z->r->action;
	if (target.len == len + 1 && target.data[len] == '.' &&
	    strncasecmp((const char *)target.data, z->zone.trigger.at, len) == 0 &&
	    target.data[0] != '*')
		*action = ACTION_PASS;
	return REFUSED_NOT;
}

static bool is_address_data(const struct rpz_record *rec)
{
	int family = rpz_is_word(rec->type, "A") ? AF_INET : AF_INET6;
	char buffer[INET6_ADDRSTRLEN];
	uint8_t address[16];

	if (rec->data.len >= sizeof(buffer))
		return false;
	memcpy(buffer, rec->data.data, rec->data.len);
	buffer[rec->data.len] = '\0';
	return inet_pton(family, buffer, address) == 1;
}

/* A target that needs no library to be read. */
static bool is_plain_word(struct span text)
{
	for (size_t i = 0; i < text.len; i++)
		if (memchr(" \t\"\\@", text.data[i], 5) != NULL)
			return false;
	return text.len > 0 && text.len < NAME_WIRE_MAX;
}

/* What the record does, or why nothing. */
static enum refusal action_of(const struct rpz *z, const struct rpz_record *rec,
			      uint8_t *action)
{
	bool cname = rpz_is_word(rec->type, "CNAME");
	bool valid;

	*action = z->r->action;
	if (rec->other_class)
		return REFUSED_RECORD;
	if (cname && is_plain_word(rec->data))
		return cname_action(z, rec->data, action);
	if (rpz_is_word(rec->type, "A") || rpz_is_word(rec->type, "AAAA"))
		valid = is_address_data(rec);
	else
		valid = rpz_data_valid(rec->type, rec->data);
	return valid ? REFUSED_NOT : REFUSED_RECORD;
}

/* Joins L with what is kept back, where both are about one name. */
static int hand_on(struct rpz *z, const struct listing *l, uint64_t line, bool odd_idn)
{
	struct listing *p = &z->pending;
	int rc;

	if (p->name.len == l->name.len && p->action == l->action &&
	    memcmp(p->name.key, l->name.key, l->name.len) == 0) {
		if (p->scope != l->scope)
			p->scope = SCOPE_SUBTREE;
		z->r->report->names++;
		z->r->report->joined++;
		return 0;
	}
	rc = flush(z);
	p->name.len = l->name.len;
	memcpy(p->name.key, l->name.key, l->name.len);
	p->scope = l->scope;
	p->action = l->action;
	z->pending_odd_idn = odd_idn;
	z->pending_line = line;
	rpz_set(&z->pending_text, rpz_span(&z->zone.trigger), (struct span){ NULL, 0 });
	return rc;
}

static int read_policy(struct rpz *z, const struct rpz_record *rec)
{
	struct span trigger = rpz_span(&z->zone.trigger);
	uint8_t scope = z->r->scope, action = z->r->action;
	enum refusal why;
	struct listing l;
	bool odd_idn;

	why = is_special(trigger) ? REFUSED_TRIGGER : action_of(z, rec, &action);
	if (why == REFUSED_RECORD) {
		refuse(z, rec, why, rec->data.len > 0 ? rec->data : trigger);
		return 0;
	}
	if (why == REFUSED_NOT && trigger.len == 0)
		why = REFUSED_ROOT;
	if (why == REFUSED_NOT) {
		uint8_t fallback = z->r->action;

		z->r->scope = SCOPE_EXACT;
		z->r->action = action;
		why = reading_name(z->r, trigger, &l, &odd_idn);
		z->r->scope = scope;
		z->r->action = fallback;
	}
	if (why == REFUSED_NOT)
		return hand_on(z, &l, rec->line, odd_idn);
	refuse(z, rec, why, trigger.len > 0 ? trigger : rec->data);
	return 0;
}

static bool is_passed_over(struct span type)
{
	for (size_t i = 0; i < sizeof(passed_over) / sizeof(passed_over[0]); i++)
		if (rpz_is_word(type, passed_over[i]))
			return true;
	return false;
}

static int read_record(struct rpz *z, const struct rpz_record *rec)
{
	struct report *report = z->r->report;
	enum refusal why;
	int rc;

	if (rec->owner.len > 0 && rec->owner.data[0] == '$') {
		report->skipped += rec->lines;
		return rpz_zone_directive(&z->zone, rec, z->e);
	}
	if (rpz_is_word(rec->type, "SOA") &&
	    (rc = rpz_zone_soa(&z->zone, rec, z->e)) != 0)
		return rc;
	rc = rpz_zone_trigger(&z->zone, rec, &why, z->e);
	if (is_passed_over(rec->type) && rc == 0) {
		report->skipped += rec->lines;
		return 0;
	}
	report->content += rec->lines;
	if (rc == 0 && z->zone.soas > 1)
		rc = source_error(z->r->source, rec->line, z->e,
				  "cannot read the list: records follow the SOA that "
				  "ends the transfer");
	if (rc != 0)
		return rc;
	if (why == REFUSED_NOT)
		return read_policy(z, rec);
	refuse(z, rec, why, rec->owner);
	return 0;
}

static int finish(struct rpz *z, const struct rpz_records *records)
{
	struct report *report = z->r->report;
	int rc = flush(z);

	if (rc == 0 && records->dig && !records->dig_done)
		rc = source_error(z->r->source, z->r->source->line, z->e,
				  "cannot read the list: the file is cut: dig does not "
				  "say that the transfer ended");
	if (rc == 0 && report->names == 0 && z->zone.soas > 0)
		rc = err_set(z->e, ERR_INPUT,
			     "no entries in '%s': the zone has a SOA and no policy; "
			     "perhaps its primary has not approved this host",
			     report->list);
	return rc;
}

static int read_rpz(struct reading *r, struct err *e)
{
	struct rpz_records records;
	struct rpz_record rec;
	struct rpz z;
	int rc;

	memset(&z, 0, sizeof(z));
	z.r = r;
	z.e = e;
	z.zone.source = r->source;
	rpz_records_init(&records, r->source);
	while ((rc = rpz_records_next(&records, &rec, e)) > 0) {
		rc = read_record(&z, &rec);
		if (rc != 0)
			break;
	}
	r->report->skipped += records.skipped;
	r->report->lines = r->report->skipped + r->report->content;
	if (rc == 0)
		rc = finish(&z, &records);
	rpz_records_release(&records);
	return rc;
}

/* A line that only master files have. */
static bool is_head(struct span line)
{
	struct span word = span_word(&line);

	return rpz_is_word(word, "$ORIGIN") || rpz_is_word(word, "$TTL") ||
	       rpz_is_word(word, "$INCLUDE") || rpz_is_word(word, "$GENERATE");
}

static bool recognise(struct span first)
{
	struct span rest = first;

	for (int i = 0; i < HEAD_LINES && rest.len > 0; i++)
		if (is_head(span_line(&rest)))
			return true;
	return reading_mostly(first, rpz_is_record);
}

const struct format format_rpz = {
	.name = "rpz",
	.summary = "a response policy zone as master file or dig's output",
	.recognise = recognise,
	.read = read_rpz,
};
