// SPDX-License-Identifier: BSD-3-Clause
/* The keys of palang.conf. */
#include "conf-value.h"
#include "conf.h"

#define DURATION "a duration such as 30s, 15m, 24h or 7d"
#define NAME     "a name"
#define SHARE    "a share such as 5%, or a count"
#define YES_NO   "yes or no"

// clang-format off
#define ROWS(rows, type) { sizeof(type), sizeof(rows) / sizeof((rows)[0]), rows }
#define TEXT(key, type, member, required, check, values, fallback, help)               \
	{ key,   CONF_TEXT, offsetof(type, member), 0, required,                       \
	  check, values,    fallback,               NULL, help }
#define TEXTS(key, type, member, check, values, help)                                  \
	{ key,   CONF_TEXTS, offsetof(type, member), offsetof(type, member##_count),   \
	  false, check,      values,                 NULL, NULL, help }
#define MAP(key, type, member, rows, help)                                             \
	{ key,  CONF_MAP, offsetof(type, member), 0, false,                            \
	  NULL, NULL,     NULL,                   rows, help }
#define MAPS(key, type, member, rows, help)                                            \
	{ key,   CONF_MAPS, offsetof(type, member), offsetof(type, member##_count),    \
	  false, NULL,      NULL,                   NULL, rows, help }

#define T struct conf_retention
static const struct conf_row retention_rows[] = {
	TEXT("age", T, age, false, conf_is_duration, DURATION, "400d",
	     "how long the journal keeps what each serial changed"),
	TEXT("size", T, size, false, conf_is_size, "a size such as 500M or 1G", "1G",
	     "how large the journal may become"),
};
static const struct conf_rows retention = ROWS(retention_rows, T);
#undef T

#define T struct conf_notice
static const struct conf_row notice_rows[] = {
	TEXT("name", T, name, true, conf_is_name, NAME, NULL,
	     "'default' is for all that name no other"),
	TEXTS("addresses", T, addresses, conf_is_address, "IP addresses",
	      "of the notice page, IPv4 and IPv6"),
	TEXT("ttl", T, ttl, false, conf_is_ttl, "a duration of 1s to 1d", "30s",
	     "how long a blocked answer may be kept"),
	TEXT("host", T, host, false, conf_is_host, "a host name", NULL,
	     "of the notice page: no list may block it"),
};
static const struct conf_rows notice = ROWS(notice_rows, T);
#undef T

#define T struct conf_authority
static const struct conf_row authority_rows[] = {
	TEXT("name", T, name, true, conf_is_name, NAME, NULL,
	     "as lists and answers call it"),
	TEXT("basis", T, basis, false, conf_is_text, "text", NULL,
	     "the law its orders rest on, where an order does not say"),
	TEXT("contact", T, contact, false, conf_is_text, "text", NULL,
	     "a mail address or URL, where an order does not say"),
	TEXT("appeal", T, appeal, false, conf_is_text, "text", NULL,
	     "where to object, where an order does not say"),
	TEXT("notice", T, notice, false, conf_is_name, "the name of a notice", NULL,
	     "that answers for its orders"),
	TEXT("ede", T, ede, false, conf_is_ede, "15, 16 or 17", "16",
	     "the Extended DNS Error of its orders"),
	TEXT("language", T, language, false, conf_is_language, "a language tag", NULL,
	     "of the texts of its orders"),
};
static const struct conf_rows authority = ROWS(authority_rows, T);
#undef T

#define T struct conf_protected
static const struct conf_row protected_rows[] = {
	TEXTS("names", T, names, conf_is_host, "domain names",
	      "that no list may block, nor names above or below them"),
	TEXTS("files", T, files, conf_is_path, "paths of files",
	      "with such names, one a line"),
};
static const struct conf_rows protected = ROWS(protected_rows, T);
#undef T

#define T struct conf_defaults
static const struct conf_row defaults_rows[] = {
	TEXT("action", T, action, false, conf_is_action,
	     "pass, notice, nxdomain, nodata, refused or drop", "notice",
	     "how a blocked name is answered, where the list does not say"),
	TEXT("scope", T, scope, false, conf_is_scope, "exact, below or subtree",
	     "subtree", "what a name stands for, where the list does not say"),
	TEXT("category", T, category, false, conf_is_text, "text", NULL,
	     "of what the names are, where the list does not say"),
	TEXT("ede", T, ede, false, conf_is_ede, "15, 16 or 17", NULL,
	     "the Extended DNS Error, where the list does not say; else the "
	     "authority's"),
};
static const struct conf_rows defaults = ROWS(defaults_rows, T);
#undef T

/* Without a default here: what is not said comes from the profile. */
#define T struct conf_limits
static const struct conf_row limits_rows[] = {
	TEXT("added", T, added, false, conf_is_share, SHARE, NULL,
	     "of names that may come or change at once"),
	TEXT("removed", T, removed, false, conf_is_share, SHARE, NULL,
	     "of names that may go at once"),
	TEXT("floor", T, floor, false, conf_is_count, "a count", NULL,
	     "so many may come and go in any case"),
	TEXT("names", T, names, false, conf_is_count, "a count", NULL,
	     "the list has at the least"),
	TEXT("popular", T, popular, false, conf_is_count, "a count", NULL,
	     "of popular names that a change may block at once"),
	TEXT("bad-lines", T, bad_lines, false, conf_is_percent,
	     "a share such as 1%", NULL,
	     "of malformed lines that a list may have"),
};
static const struct conf_rows limits = ROWS(limits_rows, T);
#undef T

#define T struct conf_feed
static const struct conf_row feed_rows[] = {
	TEXT("name", T, name, true, conf_is_name, NAME, NULL, "of the feed"),
	TEXT("source", T, source, true, conf_is_path, "an absolute path", NULL,
	     "the list: a file, or a directory of files that are one list"),
	TEXT("format", T, format, false, conf_is_format, "auto, or a list format",
	     "auto", "of the list; auto recognises it"),
	TEXT("origin", T, origin, false, conf_is_url, "a URL", NULL,
	     "where the list is fetched from: no list may block that host"),
	TEXTS("authorities", T, authorities, conf_is_name, "names of authorities",
	      "that the list may speak for; the first is meant where it does not say"),
	MAP("defaults", T, defaults, &defaults,
	    "what holds where the list does not say"),
	TEXT("profile", T, profile, false, conf_is_profile, "default or trustpositif",
	     "default", "a set of limits"),
	MAP("limits", T, limits, &limits, "beyond which an update of the feed is held"),
	TEXT("max-age", T, max_age, false, conf_is_duration, DURATION, NULL,
	     "when the list is older, 'palang status' says so"),
	TEXT("shadow", T, shadow, false, conf_is_yes_or_no, YES_NO, "no",
	     "count and log what it would block, and block nothing"),
	TEXT("cname-targets", T, cname_targets, false, conf_is_yes_or_no, YES_NO, "no",
	     "block aliases of listed names, too"),
};
static const struct conf_rows feed = ROWS(feed_rows, T);
#undef T

#define T struct conf
static const struct conf_row rows[] = {
	TEXT("store", T, store, false, conf_is_path, "an absolute path", NULL,
	     "directory of the store; else PALANG_STORE, else the built-in one"),
	TEXT("on-error", T, on_error, false, conf_is_on_error, "pass or servfail",
	     "pass", "what resolvers do without a store"),
	TEXT("structured-errors", T, structured_errors, false, conf_is_structured,
	     "encrypted, always or never", "encrypted",
	     "to which of the clients that ask for them structured errors go"),
	TEXTS("exempt", T, exempt, conf_is_netblock, "addresses or netblocks",
	      "of clients for which nothing is blocked"),
	TEXT("wait", T, wait, false, conf_is_duration, DURATION, "10s",
	     "how long an update waits until resolvers enforce it"),
	MAP("retention", T, retention, &retention, "what is kept of the past"),
	MAPS("notices", T, notices, &notice, "notice pages"),
	MAPS("authorities", T, authorities, &authority, "who orders blocks"),
	MAP("protected", T, protected, &protected, "names that no list may block"),
	TEXT("popular", T, popular, false, conf_is_path, "an absolute path", NULL,
	     "a ranked list of names: changes that block them are shown and limited"),
	MAPS("feeds", T, feeds, &feed, "lists, the one that decides first at the top"),
};
const struct conf_rows conf_table = ROWS(rows, T);
#undef T
// clang-format on
