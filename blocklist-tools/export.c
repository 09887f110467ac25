// SPDX-License-Identifier: BSD-3-Clause
#include "export.h"

#include <ctype.h>

static const struct {
	const char *name;
	int (*write)(struct export *x, struct err *e);
} formats[EXPORT_FORMATS] = {
	[EXPORT_RPZ] = { "rpz", export_rpz },
	[EXPORT_DOMAINS] = { "domains", export_domains },
	[EXPORT_HOSTS] = { "hosts", export_hosts },
	[EXPORT_CSV] = { "csv", export_csv },
	[EXPORT_JSON] = { "json", export_json },
};

const char *const export_format_names[EXPORT_FORMATS] = {
	"rpz", "domains", "hosts", "csv", "json",
};

static const char *const loss_texts[EXPORT_LOSSES_COUNT] = {
#define EXPORT_LOSS_TEXT(name, text) [EXPORT_LOSS_##name] = text,
	EXPORT_LOSSES(EXPORT_LOSS_TEXT)
#undef EXPORT_LOSS_TEXT
};

int export_write(struct export *x, enum export_format format, struct err *e)
{
	return formats[format].write(x, e);
}

bool export_print_losses(FILE *to, const struct export *x)
{
	bool any = false;

	for (int i = 0; i < EXPORT_LOSSES_COUNT; i++) {
		if (x->losses[i] == 0)
			continue;
		fprintf(to, "palang: not carried: %llu names %s\n",
			(unsigned long long)x->losses[i], loss_texts[i]);
		any = true;
	}
	return any;
}

static char *put_octet(char *out, uint8_t c)
{
	if (isalnum(c) || c == '-' || c == '_') {
		*out++ = (char)c;
		return out;
	}
	*out++ = '\\';
	*out++ = (char)('0' + c / 100);
	*out++ = (char)('0' + c / 10 % 10);
	*out++ = (char)('0' + c % 10);
	return out;
}

size_t export_name(char text[static NAME_TEXT_MAX], struct span key)
{
	uint8_t wire[NAME_WIRE_MAX];
	char *out = text;

	if (name_to_wire(wire, key.data, key.len) == 0)
		wire[0] = 0;
	for (size_t pos = 0; wire[pos] != 0; pos += 1u + wire[pos]) {
		if (pos > 0)
			*out++ = '.';
		for (size_t i = 1; i <= wire[pos]; i++)
			out = put_octet(out, wire[pos + i]);
	}
	*out = '\0';
	return (size_t)(out - text);
}
