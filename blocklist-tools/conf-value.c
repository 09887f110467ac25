// SPDX-License-Identifier: BSD-3-Clause
#include "conf-value.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "domain.h"
#include "format.h"
#include "limit.h"
#include "netblock.h"
#include "store.h"
#include "utf8.h"

/* Takes the digits at the start of *TEXT. False where there are none, or more than
 * eighteen. */
static bool take_number(const char **text, uint64_t *ret)
{
	size_t digits = strspn(*text, "0123456789");

	*ret = 0;
	for (size_t i = 0; i < digits && i < 18; i++)
		*ret = *ret * 10 + (uint64_t)((*text)[i] - '0');
	*text += digits;
	return digits > 0 && digits <= 18;
}

struct unit {
	const char *word;
	uint64_t times;
};

static bool take_unit(const char *text, const struct unit *units, size_t count,
		      uint64_t *n)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(units[i].word, text) == 0)
			return !__builtin_mul_overflow(*n, units[i].times, n) &&
			       *n <= INT64_MAX;
	return false;
}

bool conf_duration(const char *text, int64_t *ret_ms)
{
	static const struct unit units[] = {
		{ "ms", 1 },      { "s", 1000 },     { "m", 60000 },
		{ "h", 3600000 }, { "d", 86400000 }, { "w", 604800000 },
	};
	uint64_t n;

	if (!take_number(&text, &n) ||
	    !take_unit(text, units, sizeof(units) / sizeof(units[0]), &n))
		return false;
	*ret_ms = (int64_t)n;
	return true;
}

bool conf_size(const char *text, uint64_t *ret_bytes)
{
	static const struct unit units[] = {
		{ "", 1 },        { "K", 1 << 10 },           { "M", 1 << 20 },
		{ "G", 1 << 30 }, { "T", (uint64_t)1 << 40 },
	};

	return take_number(&text, ret_bytes) &&
	       take_unit(text, units, sizeof(units) / sizeof(units[0]), ret_bytes);
}

bool conf_count(const char *text, uint64_t *ret_count)
{
	return take_number(&text, ret_count) && *text == '\0';
}

bool conf_share(const char *text, struct share *ret_share)
{
	uint64_t whole, part = 0, scale = 1000;

	if (!take_number(&text, &whole))
		return false;
	if (*text == '\0') {
		*ret_share = (struct share){ .count = whole };
		return true;
	}
	if (*text == '.') {
		size_t digits = strspn(++text, "0123456789");

		if (digits > 3 || !take_number(&text, &part))
			return false;
		for (; digits > 0; digits--)
			scale /= 10;
	} else {
		scale = 0;
	}
	*ret_share = (struct share){ true, whole * 1000 + part * scale };
	return strcmp(text, "%") == 0 && whole <= 1000000;
}

uint64_t share_of(const struct share *s, uint64_t all)
{
	return s->relative ? (uint64_t)((__uint128_t)all * s->count / 100000)
			   : s->count;
}

int64_t conf_seconds(const char *text)
{
	int64_t ms = 0;

	conf_duration(text, &ms);
	return ms / 1000;
}

bool conf_yes(const char *text)
{
	return strcmp(text, "yes") == 0;
}

bool conf_is_text(const char *text)
{
	return utf8_printable(span_of(text)) && strlen(text) <= 1000;
}

bool conf_url_host(const char *url, char host[static 256])
{
	const char *at = strstr(url, "://");
	size_t len;

	if (at == NULL || (strncasecmp(url, "http://", 7) != 0 &&
			   strncasecmp(url, "https://", 8) != 0))
		return false;
	at += 3;
	len = strcspn(at, ":/?#@");
	if (len == 0 || len > 255 || at[len] == '@')
		return false;
	memcpy(host, at, len);
	host[len] = '\0';
	return true;
}

/* The names of feeds, authorities and notices: what one can say on a command line. */
bool conf_is_name(const char *text)
{
	return conf_is_text(text) && strlen(text) <= 255 && text[0] != '-' &&
	       text[0] != ' ' && text[strlen(text) - 1] != ' ';
}

bool conf_is_path(const char *text)
{
	return conf_is_text(text) && text[0] == '/';
}

bool conf_is_url(const char *text)
{
	char host[256];

	return conf_is_text(text) && conf_url_host(text, host) && conf_is_host(host);
}

bool conf_is_duration(const char *text)
{
	int64_t ms;

	return conf_duration(text, &ms);
}

bool conf_is_size(const char *text)
{
	uint64_t bytes;

	return conf_size(text, &bytes);
}

bool conf_is_count(const char *text)
{
	uint64_t n;

	return conf_count(text, &n);
}

bool conf_is_share(const char *text)
{
	struct share s;

	return conf_share(text, &s);
}

bool conf_is_percent(const char *text)
{
	struct share s;

	return conf_share(text, &s) && s.relative && s.count <= 100000;
}

bool conf_is_ttl(const char *text)
{
	int64_t ms;

	return conf_duration(text, &ms) && ms >= 1000 && ms <= 86400000;
}

bool conf_is_ede(const char *text)
{
	return strcmp(text, "15") == 0 || strcmp(text, "16") == 0 ||
	       strcmp(text, "17") == 0;
}

bool conf_is_yes_or_no(const char *text)
{
	return conf_yes(text) || strcmp(text, "no") == 0;
}

bool conf_is_on_error(const char *text)
{
	return word_find(on_error_names, ON_ERRORS, span_of(text)) >= 0;
}

bool conf_is_structured(const char *text)
{
	return word_find(structured_names, STRUCTUREDS, span_of(text)) >= 0;
}

bool conf_is_netblock(const char *text)
{
	struct netblock b;

	return netblock_parse(&b, span_of(text), NULL) == 0;
}

bool conf_is_address(const char *text)
{
	struct notice n = { 0 };

	return notice_add(&n, text);
}

bool conf_is_host(const char *text)
{
	struct domain d;
	enum refusal why = domain_parse(&d, span_of(text));

	return (why == REFUSED_NOT || why == REFUSED_TLD) && !d.below &&
	       strchr(text, '/') == NULL;
}

bool conf_is_format(const char *text)
{
	return strcmp(text, "auto") == 0 ||
	       word_find(format_names, FORMATS, span_of(text)) >= 0;
}

bool conf_is_action(const char *text)
{
	return word_find(action_names, ACTIONS, span_of(text)) >= 0;
}

bool conf_is_scope(const char *text)
{
	return word_find(scope_names, SCOPES, span_of(text)) >= 0;
}

bool conf_is_profile(const char *text)
{
	return limit_profile(text) != NULL;
}

/* RFC 5646, as far as it can be told without its registry. */
bool conf_is_language(const char *text)
{
	size_t start = 0, len = strlen(text);

	for (size_t i = 0; i <= len; i++) {
		if (i < len && text[i] != '-') {
			if (!(isalpha((unsigned char)text[i]) ||
			      (start > 0 && isdigit((unsigned char)text[i]))))
				return false;
			continue;
		}
		if (i == start || i - start > 8)
			return false;
		start = i + 1;
	}
	return len > 1 && len <= 35;
}
