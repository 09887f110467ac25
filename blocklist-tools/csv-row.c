// SPDX-License-Identifier: BSD-3-Clause
#include "csv-row.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "date.h"
#include "utf8.h"

const char *const csv_column_names[CSV_COLUMNS] = {
#define CSV_COLUMN_NAME(name, text) [CSV_##name] = text,
	CSV_COLUMNS_TABLE(CSV_COLUMN_NAME)
#undef CSV_COLUMN_NAME
};

/* Columns about people, in any letter case and with any '_' or '-' for a blank. */
static const char *const personal[] = {
	"address",
	"birth",
	"birthday",
	"birthdate",
	"date of birth",
	"e mail",
	"email",
	"first name",
	"id card",
	"identity number",
	"ktp",
	"last name",
	"mobile",
	"nama",
	"nik",
	"npwp",
	"owner",
	"owner name",
	"passport",
	"passport number",
	"person",
	"phone",
	"phone number",
	"registrant",
	"registrant email",
	"registrant name",
	"surname",
	"telephone",
	"victim",
	"whatsapp",
};

static bool is_personal(struct span text)
{
	char plain[32];

	if (text.len >= sizeof(plain))
		return false;
	for (size_t i = 0; i < text.len; i++)
		plain[i] = text.data[i] == '_' || text.data[i] == '-'
				   ? ' '
				   : (char)tolower(text.data[i]);
	for (size_t i = 0; i < sizeof(personal) / sizeof(personal[0]); i++)
		if (text.len == strlen(personal[i]) &&
		    memcmp(plain, personal[i], text.len) == 0)
			return true;
	return false;
}

int csv_column_find(const struct source *s, uint64_t line, struct span text,
		    struct err *e)
{
	int column = word_find(csv_column_names, CSV_COLUMNS, text);
	char safe[UTF8_SAFE_MAX];

	if (column >= 0)
		return column;
	if (is_personal(text))
		source_error(s, line, e,
			     "cannot read the list: a column about persons: '%s'; "
			     "nothing about persons is stored",
			     utf8_safe(safe, text));
	else
		source_error(s, line, e, "cannot read the list: unknown column '%s'",
			     utf8_safe(safe, text));
	return -1;
}

void csv_row_clear(struct csv_row *row)
{
	row->fields = 0;
	row->too_long = -1;
	memset(row->len, 0, sizeof(row->len));
}

void csv_row_set(struct csv_row *row, enum csv_column column, struct span text)
{
	if (text.len > CSV_FIELD_MAX) {
		text.len = CSV_FIELD_MAX;
		if (row->too_long < 0)
			row->too_long = (int)column;
	}
	row->len[column] = (uint16_t)text.len;
	if (text.len > 0)
		memcpy(row->text[column], text.data, text.len);
}

struct span csv_row_get(const struct csv_row *row, enum csv_column column)
{
	return (struct span){ row->text[column], row->len[column] };
}

static void refuse(struct csv_refusal *bad, enum refusal why, struct span text)
{
	if (bad->why == REFUSED_NOT)
		*bad = (struct csv_refusal){ why, text };
}

void csv_row_check(const struct csv_row *row, unsigned columns, struct csv_refusal *bad)
{
	struct span domain = csv_row_get(row, CSV_DOMAIN);

	if (columns > 0 && row->fields < columns)
		refuse(bad, REFUSED_FEW_FIELDS, domain);
	if (columns > 0 && row->fields > columns)
		refuse(bad, REFUSED_MANY_FIELDS, domain);
	if (row->too_long >= 0)
		refuse(bad, REFUSED_FIELD_LENGTH,
		       csv_row_get(row, (enum csv_column)row->too_long));
	for (int i = 0; i < CSV_COLUMNS; i++) {
		struct span text = csv_row_get(row, (enum csv_column)i);

		/* What is wrong with a domain is told more exactly later. */
		if (i != CSV_DOMAIN && !utf8_printable(text))
			refuse(bad, REFUSED_FIELD_TEXT, text);
	}
}

static void word(const struct csv_row *row, enum csv_column column,
		 const char *const *names, int count, enum refusal why, uint8_t *to,
		 struct csv_refusal *bad)
{
	struct span text = csv_row_get(row, column);
	int i = word_find(names, count, text);

	if (text.len == 0)
		return;
	if (i < 0)
		refuse(bad, why, text);
	else
		*to = (uint8_t)i;
}

static void date(const struct csv_row *row, enum csv_column column, int64_t *to,
		 struct csv_refusal *bad)
{
	struct span text = csv_row_get(row, column);

	*to = 0;
	if (text.len > 0 && !date_parse(text, to))
		refuse(bad, REFUSED_DATE, text);
}

static void notice(const struct csv_row *row, struct csv_refusal *bad)
{
	struct span all = csv_row_get(row, CSV_NOTICE), rest = all, address;
	struct notice n = { 0 };

	while ((address = span_word(&rest)).len > 0) {
		char text[64];

		if (address.len < sizeof(text)) {
			memcpy(text, address.data, address.len);
			text[address.len] = '\0';
		}
		if (address.len >= sizeof(text) || !notice_add(&n, text)) {
			refuse(bad, REFUSED_NOTICE, all);
			return;
		}
	}
}

/* RFC 5646, as far as it can be told without its registry. */
static void language(const struct csv_row *row, enum csv_column column,
		     struct csv_refusal *bad)
{
	struct span text = csv_row_get(row, column);
	bool good = text.len <= 35;
	size_t start = 0;

	/* Subtags of up to eight letters and digits; the first has letters only. */
	for (size_t i = 0; i <= text.len && text.len > 0 && good; i++) {
		if (i < text.len && text.data[i] != '-') {
			good = isalpha(text.data[i]) ||
			       (start > 0 && isdigit(text.data[i]));
			continue;
		}
		good = i > start && i - start <= 8 && text.len > 1;
		start = i + 1;
	}
	if (!good)
		refuse(bad, REFUSED_LANGUAGE, text);
}

static void ede(const struct csv_row *row, uint16_t *to, struct csv_refusal *bad)
{
	struct span text = csv_row_get(row, CSV_EDE);

	*to = 0;
	for (uint16_t code = EDE_BLOCKED; code <= EDE_FILTERED; code++) {
		char word[8];

		snprintf(word, sizeof(word), "%u", code);
		if (span_equal(text, span_of(word)))
			*to = code;
	}
	if (text.len > 0 && *to == 0)
		refuse(bad, REFUSED_EDE, text);
}

/* The order of the row. Returns false when all of its columns are empty. */
static bool order_of(const struct csv_row *row, struct order *o,
		     struct csv_refusal *bad)
{
	*o = (struct order){
		.authority = csv_row_get(row, CSV_AUTHORITY),
		.category = csv_row_get(row, CSV_CATEGORY),
		.reference = csv_row_get(row, CSV_ORDER),
		.basis = csv_row_get(row, CSV_BASIS),
		.reason = csv_row_get(row, CSV_REASON),
		.contact = csv_row_get(row, CSV_CONTACT),
		.language = csv_row_get(row, CSV_LANGUAGE),
		.appeal = csv_row_get(row, CSV_APPEAL),
		.second_reason = csv_row_get(row, CSV_SECOND_REASON),
		.second_language = csv_row_get(row, CSV_SECOND_LANGUAGE),
	};
	language(row, CSV_LANGUAGE, bad);
	language(row, CSV_SECOND_LANGUAGE, bad);
	ede(row, &o->ede, bad);
	date(row, CSV_ISSUED, &o->issued, bad);
	date(row, CSV_EFFECTIVE, &o->effective, bad);
	date(row, CSV_EXPIRES, &o->expires, bad);
	date(row, CSV_REVIEW, &o->review, bad);
	if (o->effective != 0 && o->expires != 0 && o->effective >= o->expires)
		refuse(bad, REFUSED_DATES, csv_row_get(row, CSV_EXPIRES));
	for (int i = 0; i < CSV_COLUMNS; i++)
		if (i != CSV_DOMAIN && i != CSV_SCOPE && i != CSV_ACTION &&
		    i != CSV_NOTICE && i != CSV_FEED && i != CSV_SINCE &&
		    row->len[i] > 0)
			return true;
	return false;
}

void csv_row_listing(const struct csv_row *row, struct reading *r, struct listing *l,
		     struct order *order, bool *ret_odd_idn, struct csv_refusal *bad)
{
	struct span domain = csv_row_get(row, CSV_DOMAIN);
	enum refusal why = reading_name(r, span_trim(domain), l, ret_odd_idn);
	bool starred = domain.len > 0 && why == REFUSED_NOT &&
		       l->scope == SCOPE_BELOW &&
		       memmem(domain.data, domain.len, "*.", 2) != NULL;

	if (why != REFUSED_NOT)
		refuse(bad, why, domain);
	word(row, CSV_SCOPE, scope_names, SCOPES, REFUSED_SCOPE, &l->scope, bad);
	word(row, CSV_ACTION, action_names, ACTIONS, REFUSED_ACTION, &l->action, bad);
	if (bad->why == REFUSED_NOT && starred && l->scope != SCOPE_BELOW)
		refuse(bad, REFUSED_SCOPE_STAR, csv_row_get(row, CSV_SCOPE));
	notice(row, bad);
	l->notice = span_trim(csv_row_get(row, CSV_NOTICE));
	l->order = order_of(row, order, bad) ? order : NULL;
}

void csv_print(FILE *to, struct span text)
{
	bool quoted = false;

	for (size_t i = 0; i < text.len && !quoted; i++)
		quoted = strchr("\",\r\n", text.data[i]) != NULL;
	if (!quoted) {
		if (text.len > 0)
			fwrite(text.data, 1, text.len, to);
		return;
	}
	putc('"', to);
	for (size_t i = 0; i < text.len; i++) {
		if (text.data[i] == '"')
			putc('"', to);
		putc(text.data[i], to);
	}
	putc('"', to);
}
