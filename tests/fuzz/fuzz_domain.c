// SPDX-License-Identifier: BSD-3-Clause
/* Any bytes as the text of one entry: what is accepted is a well-formed name, and
 * is the same name when it is written with every octet escaped. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "domain.h"
#include "utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t escape_all(char *out, size_t room, const struct name *n)
{
	uint8_t wire[NAME_WIRE_MAX];
	size_t used = 0;

	name_to_wire(wire, n->key, n->len);
	for (size_t pos = 0; wire[pos] != 0; pos += 1u + wire[pos]) {
		for (size_t i = 1; i <= wire[pos]; i++)
			used += (size_t)snprintf(out + used, room - used, "\\%03u",
						 wire[pos + i]);
		used += (size_t)snprintf(out + used, room - used, ".");
	}
	return used;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char text[4 * NAME_WIRE_MAX + 1], safe[UTF8_SAFE_MAX];
	struct domain d, again;
	enum refusal why = domain_parse(&d, (struct span){ data, size });

	utf8_safe(safe, (struct span){ data, size });
	if (!utf8_printable(span_of(safe)) || strlen(safe) >= UTF8_SAFE_MAX)
		abort();
	if (why != REFUSED_NOT) {
		if (refusal_rows[why].text == NULL)
			abort();
		return 0;
	}
	if (d.name.len == 0 || !name_valid(d.name.key, d.name.len))
		abort();
	size = escape_all(text, sizeof(text), &d.name);
	if (domain_parse(&again, (struct span){ (uint8_t *)text, size }) !=
		    REFUSED_NOT ||
	    again.below || again.name.len != d.name.len ||
	    memcmp(again.name.key, d.name.key, d.name.len) != 0)
		abort();
	return 0;
}
