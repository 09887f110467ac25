// SPDX-License-Identifier: BSD-3-Clause
/* The Russian register's dump.xml, in windows-1251. An order with blockType `domain`
 * is about that name only, one with `domain-mask` about what the mask says, usually
 * what is below a name. All others are against pages or addresses, and are refused. */
#include <stddef.h>
#include <string.h>

#include "date.h"
#include "format.h"
#include "kind.h"
#include "xml-source.h"

/* Names of one order, one after the other, each closed by a NUL. */
#define NAMES_MAX 65536

/* One byte more than is taken: what is too long is refused. */
struct text {
	size_t len;
	char at[ORDER_FIELD_MAX + 1];
};

struct rkn {
	struct reading *reading;
	struct listing listing;
	struct order order;
	uint64_t line;           /* of the order */
	enum refusal why;        /* it is refused */
	struct text number, org; /* of the decision */
	struct text what;        /* that a refused order is about */
	char names[NAMES_MAX];
	size_t used;
	bool mask;
};

static void set(struct text *t, const char *value)
{
	struct span text = span_of(value == NULL ? "" : value);

	t->len = text.len < sizeof(t->at) ? text.len : sizeof(t->at);
	memcpy(t->at, text.data, t->len);
}

static struct span get(const struct text *t)
{
	return (struct span){ (const uint8_t *)t->at, t->len };
}

/* An order without its type, or of another, is none against names. */
static enum refusal type_of(const char *type, bool *ret_mask)
{
	*ret_mask = type != NULL && strcmp(type, "domain-mask") == 0;
	if (*ret_mask || (type != NULL && strcmp(type, "domain") == 0))
		return REFUSED_NOT;
	return type != NULL && strncmp(type, "ip", 2) == 0 ? REFUSED_ADDRESS
							   : REFUSED_URL_ORDER;
}

static void read_date(struct rkn *k, const char *date, int64_t *to)
{
	struct span text = span_of(date == NULL ? "" : date);

	if (text.len == 0 || date_parse_at(text, DATE_MOSCOW, to))
		return;
	if (k->why == REFUSED_NOT) {
		k->why = REFUSED_DATE;
		set(&k->what, date);
	}
}

static int on_start(void *arg, const char *name, const char **attributes, uint64_t line,
		    struct err *e)
{
	struct rkn *k = arg;

	(void)e;
	if (strcmp(name, "content") == 0) {
		k->line = line;
		k->used = 0;
		k->order = (struct order){ 0 };
		set(&k->what, NULL);
		set(&k->number, NULL);
		set(&k->org, NULL);
		k->why = type_of(xml_attribute(attributes, "blockType"), &k->mask);
		read_date(k, xml_attribute(attributes, "includeTime"),
			  &k->order.effective);
	} else if (strcmp(name, "decision") == 0) {
		set(&k->number, xml_attribute(attributes, "number"));
		set(&k->org, xml_attribute(attributes, "org"));
		read_date(k, xml_attribute(attributes, "date"), &k->order.issued);
	}
	return 0;
}

/* Keeps a name until all of the order is known. */
static int keep(struct rkn *k, struct span name, struct err *e)
{
	if (k->used + name.len + 1 > sizeof(k->names))
		return source_error(k->reading->source, k->line, e,
				    "cannot read the list: an order with more than %d "
				    "bytes of names",
				    NAMES_MAX);
	memcpy(k->names + k->used, name.data, name.len);
	k->names[k->used + name.len] = '\0';
	k->used += name.len + 1;
	return 0;
}

/* An order is whole. */
static int take(struct rkn *k, struct err *e)
{
	struct reading *r = k->reading;
	uint8_t scope = r->scope;
	struct span text = get(&k->what);
	int rc = 0;

	k->order.reference = get(&k->number);
	k->order.authority = get(&k->org);
	if (k->why == REFUSED_NOT)
		k->why = reading_check_order(&k->order, &text);
	if (k->why == REFUSED_NOT && k->used == 0)
		k->why = REFUSED_NO_NAME;
	if (k->why != REFUSED_NOT) {
		report_refuse(r->report, k->line, k->why,
			      text.len == 0 ? get(&k->number) : text);
		return 0;
	}
	r->scope = k->mask ? scope : SCOPE_EXACT;
	for (size_t at = 0; at < k->used && rc == 0; at += strlen(k->names + at) + 1)
		rc = reading_take_at(r, span_of(k->names + at), k->line, &k->listing,
				     e);
	r->scope = scope;
	return rc;
}

static int on_end(void *arg, const char *name, struct span text, uint64_t line,
		  struct err *e)
{
	struct rkn *k = arg;

	(void)line;
	if (strcmp(name, "content") == 0)
		return take(k, e);
	if (text.len == 0)
		return 0;
	if (strcmp(name, "domain") == 0 && k->why == REFUSED_NOT)
		return keep(k, text, e);
	/* What stands for a refused order: its page, else its name or address. */
	if (k->why != REFUSED_NOT && k->why != REFUSED_DATE &&
	    (strcmp(name, "url") == 0 ||
	     (k->what.len == 0 &&
	      (strcmp(name, "domain") == 0 || strcmp(name, "ip") == 0 ||
	       strcmp(name, "ipSubnet") == 0)))) {
		k->what.len =
			text.len < sizeof(k->what.at) ? text.len : sizeof(k->what.at);
		memcpy(k->what.at, text.data, k->what.len);
	}
	return 0;
}

static int read_rkn(struct reading *r, struct err *e)
{
	static const struct xml_taker taker = { on_start, on_end };
	struct rkn k;
	int rc;

	memset(&k, 0, offsetof(struct rkn, names));
	k.reading = r;
	k.used = 0;
	k.mask = false;
	k.listing.order = &k.order;
	rc = xml_source_read(r->source, &taker, &k, e);
	reading_document_end(r);
	return rc;
}

static bool recognise(struct span first)
{
	return span_equal(kind_xml_root(first), span_of("register"));
}

const struct format format_rkn = {
	.name = "rkn",
	.summary = "dump.xml of the register of Russia",
	.recognise = recognise,
	.read = read_rkn,
};
