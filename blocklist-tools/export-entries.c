// SPDX-License-Identifier: BSD-3-Clause
/* Lists of entries with all that is known of them, feed by feed: CSV with the columns
 * of csv-row.h, and JSON Lines with the same as members. Nearly all entries share their
 * order with the one before, so what it says is put into words once. */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "csv-row.h"
#include "date.h"
#include "export.h"
#include "journal.h"
#include "json.h"
#include "progress.h"
#include "utf8.h"

/* The notice of entries that name none. */
#define DEFAULT_NOTICE "default"

/* Each column as text, and room for those that are not in the store as such. */
struct columns {
	struct span text[CSV_COLUMNS];
	char feed[UTF8_SAFE_MAX], ede[8], since[DATE_TEXT], dates[4][DATE_TEXT];
	char notice[NOTICE_ADDRESSES_MAX * 2 * INET6_ADDRSTRLEN];
};

struct entries {
	struct export *x;
	void (*write)(struct entries *s, const struct entry *entry);
	struct columns columns;
	struct entry last; /* that they were made for */
	bool made;
	char *tail; /* the columns after those of the entry itself */
	char name[NAME_TEXT_MAX];
};

/* Those of the entry itself, which come first. */
static bool is_own(int column)
{
	return column == CSV_DOMAIN || column == CSV_SCOPE || column == CSV_ACTION;
}

static struct span date_span(char text[static DATE_TEXT], int64_t at)
{
	return span_of(date_text(text, at));
}

/* The addresses of a notice of the entry's own. */
static int notice_span(struct entries *s, uint16_t number, struct span *ret,
		       struct err *e)
{
	char *text = s->columns.notice;
	size_t room = sizeof(s->columns.notice), used = 0;
	char address[INET6_ADDRSTRLEN];
	struct notice n = { 0 };
	int rc = number == 0 ? 0 : reader_notice(s->x->walk.reader, number, &n, e);

	*ret = (struct span){ NULL, 0 };
	if (rc != 0 || span_equal(n.name, span_of(DEFAULT_NOTICE)))
		return rc;
	text[0] = '\0';
	for (int i = 0; i < n.v4_count + n.v6_count; i++) {
		bool four = i < n.v4_count;
		const void *at = four ? n.v4[i] : n.v6[i - n.v4_count];

		inet_ntop(four ? AF_INET : AF_INET6, at, address, sizeof(address));
		used += (size_t)snprintf(text + used, room - used, "%s%s",
					 i > 0 ? " " : "", address);
	}
	*ret = span_of(text);
	return 0;
}

static void set_texts(struct columns *c, const struct order *o)
{
	c->text[CSV_AUTHORITY] = o->authority;
	c->text[CSV_CATEGORY] = o->category;
	c->text[CSV_ORDER] = o->reference;
	c->text[CSV_BASIS] = o->basis;
	c->text[CSV_REASON] = o->reason;
	c->text[CSV_CONTACT] = o->contact;
	c->text[CSV_LANGUAGE] = o->language;
	c->text[CSV_APPEAL] = o->appeal;
	c->text[CSV_SECOND_REASON] = o->second_reason;
	c->text[CSV_SECOND_LANGUAGE] = o->second_language;
	c->text[CSV_ISSUED] = date_span(c->dates[0], o->issued);
	c->text[CSV_EFFECTIVE] = date_span(c->dates[1], o->effective);
	c->text[CSV_EXPIRES] = date_span(c->dates[2], o->expires);
	c->text[CSV_REVIEW] = date_span(c->dates[3], o->review);
	snprintf(c->ede, sizeof(c->ede), "%u", o->ede);
	c->text[CSV_EDE] = span_of(c->ede);
}

/* Fills the columns that entries of one order, feed and serial share. */
static int set_columns(struct entries *s, const struct entry *entry, struct err *e)
{
	struct reader *r = s->x->walk.reader;
	struct columns *c = &s->columns;
	struct journal j = { 0 };
	struct feed f;
	struct order o;
	int rc = reader_feed(r, entry->feed, &f, e);

	if (rc == 0)
		rc = reader_order(r, entry->order, &o, e);
	if (rc == 0)
		rc = notice_span(s, o.notice, &c->text[CSV_NOTICE], e);
	if (rc != 0)
		return rc;
	set_texts(c, &o);
	c->text[CSV_FEED] = span_of(utf8_safe(c->feed, f.name));
	if (journal_header(r, entry->since, &j, NULL) != 0)
		j.time = 0;
	c->text[CSV_SINCE] = date_span(c->since, j.time);
	return 0;
}

static char *csv_tail(const struct columns *c)
{
	char *text = NULL;
	size_t len;
	FILE *to = open_memstream(&text, &len);

	if (to == NULL)
		return NULL;
	for (int i = 0; i < CSV_COLUMNS; i++) {
		if (is_own(i))
			continue;
		putc(',', to);
		csv_print(to, c->text[i]);
	}
	putc('\n', to);
	if (fclose(to) != 0) {
		free(text);
		return NULL;
	}
	return text;
}

static void write_csv(struct entries *s, const struct entry *entry)
{
	fprintf(s->x->to, "%s,%s,%s%s", s->name, scope_names[entry->scope],
		action_names[entry->action], s->tail);
}

/* The members that say something, and the end of the object. */
static char *json_tail(const struct columns *c)
{
	json_t *object = json_object();
	char *text;

	for (int i = 0; i < CSV_COLUMNS; i++)
		if (!is_own(i) && c->text[i].len > 0)
			json_object_set_new(object, csv_column_names[i],
					    json_span(c->text[i]));
	text = json_dumps(object, JSON_COMPACT);
	json_decref(object);
	return text;
}

/* A backslash is the only character of a name that JSON escapes. */
static void write_json(struct entries *s, const struct entry *entry)
{
	FILE *to = s->x->to;

	fputs("{\"domain\":\"", to);
	for (const char *at = s->name; *at != '\0'; at++) {
		if (*at == '\\')
			putc('\\', to);
		putc(*at, to);
	}
	/* After the brace that begins the tail; there always is a feed. */
	fprintf(to, "\",\"scope\":\"%s\",\"action\":\"%s\",%s\n",
		scope_names[entry->scope], action_names[entry->action], s->tail + 1);
}

static int write_entry(struct entries *s, const struct entry *entry,
		       char *(*tail)(const struct columns *c), struct err *e)
{
	int rc;

	if (!s->made || s->last.order != entry->order || s->last.feed != entry->feed ||
	    s->last.since != entry->since) {
		s->made = false;
		rc = set_columns(s, entry, e);
		if (rc != 0)
			return rc;
		free(s->tail);
		s->tail = tail(&s->columns);
		if (s->tail == NULL)
			return err_set(e, ERR_SYSTEM, "out of memory for an entry");
		s->last = *entry;
		s->made = true;
	}
	s->write(s, entry);
	return 0;
}

static int write_entries(struct export *x,
			 void (*write)(struct entries *s, const struct entry *entry),
			 char *(*tail)(const struct columns *c), struct err *e)
{
	struct entries s = { .x = x, .write = write };
	int rc;

	while ((rc = walk_next(&x->walk, e)) > 0) {
		progress("names written", x->names);
		export_name(s.name, x->walk.key);
		for (unsigned i = 0; i < x->walk.count && rc > 0; i++)
			if (write_entry(&s, &x->walk.entries[i], tail, e) != 0)
				rc = e->code;
		if (rc < 0)
			break;
		x->names++;
	}
	free(s.tail);
	return rc;
}

int export_csv(struct export *x, struct err *e)
{
	fputs("domain,scope,action", x->to);
	for (int i = 0; i < CSV_COLUMNS; i++)
		if (!is_own(i))
			fprintf(x->to, ",%s", csv_column_names[i]);
	putc('\n', x->to);
	return write_entries(x, write_csv, csv_tail, e);
}

int export_json(struct export *x, struct err *e)
{
	return write_entries(x, write_json, json_tail, e);
}
