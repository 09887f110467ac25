// SPDX-License-Identifier: BSD-3-Clause
/* Response policy zones: master files, with or without a head, and what dig(1) prints
 * of a zone transfer. Records stream through: one name is kept back, for its pair
 * NAME and *.NAME to become one entry; pairs that stand apart come together when the
 * list is sorted (list.h). */
#include <arpa/inet.h>
#include <string.h>
#include <strings.h>

#include "format.h"
#include "rpz-record.h"

/* Room for an absolute name in text form, with its final dot. */
#define TEXT_MAX (NAME_TEXT_MAX + 1)

struct text {
	size_t len;
	char at[TEXT_MAX];
};

struct zone {
	struct reading *r;
	struct err *e;
	/* Absolute names with their final dot; empty while unknown: then relative
	 * owners are relative to the zone. */
	struct text apex, origin;
	bool at_apex;           /* relative owners are relative to the apex */
	struct text trigger;    /* of the record before, relative to the apex; empty
				 * for the apex */
	unsigned soas;          /* seen */
	char serial[16];        /* of the first */
	struct listing pending; /* not handed on yet, if its name is not empty */
	bool pending_odd_idn;
	uint64_t pending_line;
	struct text pending_text;
};

static const char *const passed_over[] = {
	"SOA", "NS",    "RRSIG",  "NSEC", "NSEC3",   "NSEC3PARAM", "DNSKEY",
	"DS",  "DNAME", "ZONEMD", "CDS",  "CDNSKEY", "TYPE65534",
};

static bool set_text(struct text *t, struct span a, struct span b)
{
	bool dot = a.len > 0 && b.len > 0 && b.data[0] != '.';

	if (a.len + dot + b.len > TEXT_MAX)
		return false;
	memmove(t->at, a.data, a.len);
	if (dot)
		t->at[a.len] = '.';
	if (b.len > 0)
		memcpy(t->at + a.len + dot, b.data, b.len);
	t->len = a.len + dot + b.len;
	return true;
}

static struct span span_of_text(const struct text *t)
{
	return (struct span){ (const uint8_t *)t->at, t->len };
}

static bool is_absolute(struct span owner)
{
	return owner.len > 0 && owner.data[owner.len - 1] == '.';
}

/* NAME, which is absolute, relative to the apex, in *RET; empty for the apex itself.
 * Returns false when it is outside. */
static bool below_apex(const struct zone *z, struct span name, struct span *ret)
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
static enum refusal make_absolute(const struct zone *z, struct span owner,
				  struct text *absolute)
{
	bool at = owner.len == 1 && owner.data[0] == '@';
	bool good;

	if (z->origin.len == 0 || is_absolute(owner))
		good = set_text(absolute, at ? (struct span){ owner.data, 0 } : owner,
				(struct span){ NULL, 0 });
	else
		good = set_text(absolute, at ? (struct span){ owner.data, 0 } : owner,
				span_of_text(&z->origin));
	return good ? REFUSED_NOT : REFUSED_NAME_LENGTH;
}

/* Makes OWNER the trigger of the record at hand. Returns ERR_INPUT where it cannot be
 * known what it is relative to. */
static int find_trigger(struct zone *z, const struct rpz_record *rec,
			enum refusal *ret_why)
{
	struct span owner = rec->owner, trigger;
	struct text absolute;

	*ret_why = REFUSED_NOT;
	if (owner.len == 0)
		return 0; /* that of the record before */
	/* The usual case: a name that is relative to the zone. */
	if (!is_absolute(owner) && !(owner.len == 1 && owner.data[0] == '@') &&
	    (z->at_apex || z->origin.len == 0)) {
		if (!set_text(&z->trigger, owner, (struct span){ NULL, 0 }))
			*ret_why = REFUSED_NAME_LENGTH;
		return 0;
	}
	*ret_why = make_absolute(z, owner, &absolute);
	if (*ret_why != REFUSED_NOT)
		return 0;
	trigger = span_of_text(&absolute);
	if (is_absolute(trigger)) {
		if (z->apex.len == 0 && z->origin.len > 0) {
			z->apex = z->origin;
			z->at_apex = true;
		}
		if (z->apex.len == 0)
			return source_error(z->r->source, rec->line, z->e,
					    "cannot read the list: an absolute name, "
					    "and neither $ORIGIN nor SOA says in which "
					    "zone");
		if (!below_apex(z, trigger, &trigger)) {
			*ret_why = REFUSED_OUTSIDE;
			return 0;
		}
	}
	set_text(&z->trigger, trigger, (struct span){ NULL, 0 });
	return 0;
}

static int flush(struct zone *z)
{
	int rc = 0;

	z->r->line = z->pending_line;
	z->r->text = span_of_text(&z->pending_text);
	if (z->pending.name.len > 0)
		rc = reading_accept(z->r, &z->pending, z->pending_odd_idn, z->e);
	z->pending.name.len = 0;
	return rc;
}

static void refuse(struct zone *z, const struct rpz_record *rec, enum refusal why,
		   struct span text)
{
	report_refuse(z->r->report, rec->line, why, text);
}

/* The last label of NAME, which may end in a dot, is one of RPZ's own. */
static bool is_special(struct span name)
{
	const uint8_t *dot;

	if (is_absolute(name))
		name.len--;
	dot = name.len == 0 ? NULL : memrchr(name.data, '.', name.len);
	if (dot != NULL)
		name = (struct span){ dot + 1,
				      name.len - (size_t)(dot + 1 - name.data) };
	return name.len >= 4 && strncasecmp((const char *)name.data, "rpz-", 4) == 0;
}

/* What `CNAME TARGET` of TRIGGER means. */
static enum refusal cname_action(const struct zone *z, struct span target,
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
	size_t len = z->trigger.len;

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
	    strncasecmp((const char *)target.data, z->trigger.at, len) == 0 &&
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
static enum refusal action_of(const struct zone *z, const struct rpz_record *rec,
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
static int hand_on(struct zone *z, const struct listing *l, uint64_t line, bool odd_idn)
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
	set_text(&z->pending_text, span_of_text(&z->trigger), (struct span){ NULL, 0 });
	return rc;
}

static int read_policy(struct zone *z, const struct rpz_record *rec)
{
	struct span trigger = span_of_text(&z->trigger);
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

/* The first SOA says which zone it is; a second ends a transfer. */
static int read_soa(struct zone *z, const struct rpz_record *rec)
{
	char serial[16];
	struct text owner;

	serial_of(rec->data, serial);
	if (z->soas++ > 0)
		return strcmp(serial, z->serial) == 0
			       ? 0
			       : source_error(z->r->source, rec->line, z->e,
					      "cannot read the list: an incremental "
					      "transfer (IXFR), not a whole zone");
	memcpy(z->serial, serial, sizeof(serial));
	if (make_absolute(z, rec->owner, &owner) != REFUSED_NOT ||
	    !is_absolute(span_of_text(&owner)))
		return 0;
	z->apex = owner;
	z->at_apex = z->origin.len == owner.len &&
		     strncasecmp(z->origin.at, owner.at, owner.len) == 0;
	return 0;
}

static int read_directive(struct zone *z, const struct rpz_record *rec)
{
	struct span rest = rec->data, word = span_word(&rest);
	struct text origin;

	if (rpz_is_word(rec->owner, "$TTL"))
		return 0;
	if (!rpz_is_word(rec->owner, "$ORIGIN"))
		return source_error(z->r->source, rec->line, z->e,
				    "cannot read the list: %.*s is not taken",
				    (int)(rec->owner.len < 20 ? rec->owner.len : 20),
				    (const char *)rec->owner.data);
	if (word.len == 0 || make_absolute(z, word, &origin) != REFUSED_NOT ||
	    !is_absolute(span_of_text(&origin)))
		return source_error(z->r->source, rec->line, z->e,
				    "cannot read the list: $ORIGIN without an "
				    "absolute name");
	z->origin = origin;
	z->at_apex = z->apex.len == origin.len &&
		     strncasecmp(z->apex.at, origin.at, origin.len) == 0;
	return 0;
}

static bool is_passed_over(struct span type)
{
	for (size_t i = 0; i < sizeof(passed_over) / sizeof(passed_over[0]); i++)
		if (rpz_is_word(type, passed_over[i]))
			return true;
	return false;
}

static int read_record(struct zone *z, const struct rpz_record *rec)
{
	struct report *report = z->r->report;
	enum refusal why;
	int rc;

	if (rec->owner.len > 0 && rec->owner.data[0] == '$') {
		report->skipped += rec->lines;
		return read_directive(z, rec);
	}
	if (rpz_is_word(rec->type, "SOA") && (rc = read_soa(z, rec)) != 0)
		return rc;
	rc = find_trigger(z, rec, &why);
	if (is_passed_over(rec->type) && rc == 0) {
		report->skipped += rec->lines;
		return 0;
	}
	report->content += rec->lines;
	if (rc == 0 && z->soas > 1)
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

static int finish(struct zone *z, const struct rpz_records *records)
{
	struct report *report = z->r->report;
	int rc = flush(z);

	if (rc == 0 && records->dig && !records->dig_done)
		rc = source_error(z->r->source, z->r->source->line, z->e,
				  "cannot read the list: the file is cut: dig does not "
				  "say that the transfer ended");
	if (rc == 0 && report->names == 0 && z->soas > 0)
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
	struct zone z;
	int rc;

	memset(&z, 0, sizeof(z));
	z.r = r;
	z.e = e;
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

static bool recognise(struct span first)
{
	return reading_mostly(first, rpz_is_record);
}

const struct format format_rpz = {
	.name = "rpz",
	.summary = "a response policy zone as master file or dig's output",
	.recognise = recognise,
	.read = read_rpz,
};
