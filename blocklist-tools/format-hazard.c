// SPDX-License-Identifier: BSD-3-Clause
/* The register of gambling sites of Poland's ministry of finance, XML, and the list of
 * CERT Polska in the same form. Names are in Unicode there. An entry counts from
 * DataWpisu to DataWykreslenia, which are times in Warsaw. Lp is a running number that
 * moves when a name goes: it is not kept. */
#include <string.h>

#include "date.h"
#include "format.h"
#include "kind.h"
#include "xml-source.h"

struct hazard {
	struct reading *reading;
	struct listing listing;
	struct order order;
	char name[NAME_TEXT_MAX];
	size_t len;
	uint64_t line;    /* of the position */
	enum refusal why; /* it is refused */
	char text[64];    /* that it is about */
};

static int on_start(void *arg, const char *name, const char **attributes, uint64_t line,
		    struct err *e)
{
	struct hazard *h = arg;

	(void)attributes;
	(void)e;
	if (strcmp(name, "PozycjaRejestru") != 0)
		return 0;
	h->line = line;
	h->len = 0;
	h->why = REFUSED_NOT;
	h->order = (struct order){ 0 };
	return 0;
}

static void read_date(struct hazard *h, struct span text, int64_t *to)
{
	if (text.len == 0 || date_parse_at(text, DATE_WARSAW, to))
		return;
	h->why = REFUSED_DATE;
	snprintf(h->text, sizeof(h->text), "%.*s", (int)(text.len < 63 ? text.len : 63),
		 (const char *)text.data);
}

/* A position is whole. */
static int take(struct hazard *h, struct err *e)
{
	struct span name = { (const uint8_t *)h->name, h->len }, text;

	h->order.effective = h->order.issued;
	if (h->why == REFUSED_NOT)
		h->why = reading_check_order(&h->order, &text);
	if (h->why == REFUSED_NOT && h->len == 0)
		h->why = REFUSED_NO_NAME;
	if (h->why == REFUSED_NOT)
		return reading_take_at(h->reading, name, h->line, &h->listing, e);
	report_refuse(h->reading->report, h->line, h->why,
		      h->why == REFUSED_DATE ? span_of(h->text) : name);
	return 0;
}

static int on_end(void *arg, const char *name, struct span text, uint64_t line,
		  struct err *e)
{
	struct hazard *h = arg;

	(void)line;
	if (strcmp(name, "AdresDomeny") == 0) {
		h->len = text.len < sizeof(h->name) ? text.len : sizeof(h->name);
		memcpy(h->name, text.data, h->len);
	} else if (strcmp(name, "DataWpisu") == 0) {
		read_date(h, text, &h->order.issued);
	} else if (strcmp(name, "DataWykreslenia") == 0) {
		read_date(h, text, &h->order.expires);
	} else if (strcmp(name, "PozycjaRejestru") == 0) {
		return take(h, e);
	}
	return 0;
}

static int read_hazard(struct reading *r, struct err *e)
{
	static const struct xml_taker taker = { on_start, on_end };
	struct hazard h = { .reading = r };
	int rc;

	h.listing.order = &h.order;
	rc = xml_source_read(r->source, &taker, &h, e);
	reading_document_end(r);
	return rc;
}

static bool recognise(struct span first)
{
	return span_equal(kind_xml_root(first), span_of("Rejestr"));
}

const struct format format_hazard = {
	.name = "hazard",
	.summary = "XML of hazard.mf.gov.pl (Poland)",
	.recognise = recognise,
	.read = read_hazard,
};
