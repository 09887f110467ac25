// SPDX-License-Identifier: BSD-3-Clause
/* Why a name or a row of a list is refused: one table, from which the report,
 * the JSON output and the manual are made. */
#ifndef PALANG_REFUSAL_H
#define PALANG_REFUSAL_H

#include <stdbool.h>

/* X(constant, word, malformed, text): WORD is for machines and never changes;
 * malformed lines are a sign of a broken file when there are many. */
#define REFUSALS_TABLE(X)                                                              \
	X(NOT_A_NAME, "not-a-name", true, "not a name")                                \
	X(EMPTY_LABEL, "empty-label", true, "empty label")                             \
	X(LABEL_LENGTH, "label-too-long", true, "label longer than 63 bytes")          \
	X(NAME_LENGTH, "name-too-long", true, "name longer than 255 bytes")            \
	X(UTF8, "bad-utf8", true, "not UTF-8")                                         \
	X(IDNA, "bad-idna", false, "not a valid internationalised name")               \
	X(URL_SCHEME, "url-scheme", false, "URL of another scheme than http")          \
	X(URL_USER, "url-user", false, "URL with a user")                              \
	X(URL_PORT, "url-port", false, "URL with a port")                              \
	X(URL_PATH, "url-path", false, "URL with a path")                              \
	X(URL_QUERY, "url-query", false, "URL with a query")                           \
	X(URL_FRAGMENT, "url-fragment", false, "URL with a fragment")                  \
	X(ADDRESS, "ip-address", false, "IP address")                                  \
	X(NUMBER, "numeric-tld", false, "ends in a number, as no name does")           \
	X(ROOT, "root", false, "the root of all names")                                \
	X(TLD, "top-level-domain", false, "top-level domain")                          \
	X(SUFFIX, "public-suffix", false, "public suffix, shared by many owners")      \
	X(OWN_HOST, "own-host", false, "host of a notice page or of a list's source")  \
	X(PROTECTED, "protected", false, "protected by the configuration")             \
	X(AUTHORITY, "other-authority", false,                                         \
	  "authority that the feed may not speak for")                                 \
	X(NO_ADDRESS, "no-address", true, "no address at the start of the line")       \
	X(NO_HOST, "no-host", true, "address without a name")                          \
	X(FEW_FIELDS, "too-few-fields", true, "fewer fields than columns")             \
	X(MANY_FIELDS, "too-many-fields", true, "more fields than columns")            \
	X(FIELD_LENGTH, "field-too-long", false, "field longer than 1000 bytes")       \
	X(FIELD_TEXT, "bad-text", false, "control character or bad UTF-8 in a field")  \
	X(SCOPE, "bad-scope", false, "not a scope")                                    \
	X(SCOPE_STAR, "scope-and-star", false, "scope contradicts the leading '*.'")   \
	X(ACTION, "bad-action", false, "not an action")                                \
	X(DATE, "bad-date", false, "not a date")                                       \
	X(DATES, "date-order", false, "expires before it takes effect")                \
	X(NOTICE, "bad-notice", false, "not a list of notice addresses")               \
	X(LANGUAGE, "bad-language", false, "not a language tag (RFC 5646)")            \
	X(EDE, "bad-ede", false, "not one of the EDE codes 15, 16 and 17")             \
	X(NOT_TEXT, "not-text", true, "a value that is not text")                      \
	X(NO_NAME, "no-name", true, "an object without a name")                        \
	X(STATE, "bad-state", true, "neither block nor unblock")                       \
	X(URL_ORDER, "url-order", false, "an order against a page, not a name")        \
	X(NOT_BLOCKING, "not-blocking", false, "a setting that blocks no name")        \
	X(PART_OF_SITE, "part-of-site", false, "a rule for less or more than a name")  \
	X(RECORD, "bad-record", true, "not a resource record")                         \
	X(OUTSIDE, "outside-zone", true, "a name outside the zone")                    \
	X(TRIGGER, "other-trigger", false, "an RPZ trigger other than a name")         \
	X(TCP_ONLY, "tcp-only", false, "the RPZ action rpz-tcp-only")                  \
	X(RPZ_ACTION, "bad-rpz-action", true, "an RPZ action that does not exist")

// clang-format off
enum refusal {
	REFUSED_NOT, /* accepted */
#define REFUSAL_MEMBER(name, word, malformed, text) REFUSED_##name,
	REFUSALS_TABLE(REFUSAL_MEMBER)
#undef REFUSAL_MEMBER
	REFUSALS,
};
// clang-format on

struct refusal_row {
	const char *word;
	const char *text;
	bool malformed;
};
extern const struct refusal_row refusal_rows[REFUSALS];

#endif
