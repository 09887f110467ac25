// SPDX-License-Identifier: BSD-3-Clause
#include "json.h"

#include <stdio.h>
#include <stdlib.h>

#include "cmd.h"
#include "date.h"
#include "utf8.h"

void json_print(json_t *object)
{
	char *text = object == NULL ? NULL : json_dumps(object, JSON_COMPACT);

	if (text == NULL) {
		cmd_complain("cannot print JSON: out of memory");
		exit(CMD_USAGE);
	}
	puts(text);
	free(text);
	json_decref(object);
}

json_t *json_time(int64_t at)
{
	char text[DATE_TEXT];

	return date_text(text, at) == NULL ? json_null() : json_string(text);
}

json_t *json_span(struct span text)
{
	char safe[UTF8_SAFE_MAX];

	if (text.len == 0)
		return json_null();
	return utf8_printable(text) ? json_stringn((const char *)text.data, text.len)
				    : json_string(utf8_safe(safe, text));
}

json_t *json_order(const struct order *o)
{
	return json_pack(
		"{s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o}",
		"authority", json_span(o->authority), "category",
		json_span(o->category), "order", json_span(o->reference), "basis",
		json_span(o->basis), "reason", json_span(o->reason), "language",
		json_span(o->language), "second_reason", json_span(o->second_reason),
		"second_language", json_span(o->second_language), "contact",
		json_span(o->contact), "appeal", json_span(o->appeal), "issued",
		json_time(o->issued), "effective", json_time(o->effective), "until",
		json_time(o->expires), "review", json_time(o->review));
}
