// SPDX-License-Identifier: BSD-3-Clause
/* Values of palang.conf that are more than a word: durations, sizes, shares; and
 * whether a value is what its key takes. */
#ifndef PALANG_CONF_VALUE_H
#define PALANG_CONF_VALUE_H

#include <stdbool.h>
#include <stdint.h>

/* "500ms", "10s", "15m", "24h", "400d", "2w": *RET_MS in milliseconds. */
bool conf_duration(const char *text, int64_t *ret_ms);
/* "4096", "64K", "500M", "1G", "1T": bytes. */
bool conf_size(const char *text, uint64_t *ret_bytes);
bool conf_count(const char *text, uint64_t *ret_count);

/* "5%", "0.25%", or a count: a part of what there is, or as many. */
struct share {
	bool relative;
	uint64_t count; /* or parts of a hundred thousand */
};
bool conf_share(const char *text, struct share *ret_share);
/* As many of ALL. */
uint64_t share_of(const struct share *s, uint64_t all);

/* The host of a URL of http or https, at most 255 bytes. False when it is none. */
bool conf_url_host(const char *url, char host[static 256]);

/* Of values that the table has checked. */
int64_t conf_seconds(const char *text);
bool conf_yes(const char *text);

/* The checks of the table. */
bool conf_is_text(const char *text);
bool conf_is_name(const char *text);
bool conf_is_path(const char *text);
bool conf_is_url(const char *text);
bool conf_is_duration(const char *text);
bool conf_is_size(const char *text);
bool conf_is_count(const char *text);
bool conf_is_share(const char *text);
bool conf_is_percent(const char *text);
bool conf_is_ttl(const char *text);
bool conf_is_ede(const char *text);
bool conf_is_yes_or_no(const char *text);
bool conf_is_on_error(const char *text);
bool conf_is_structured(const char *text);
bool conf_is_netblock(const char *text);
bool conf_is_address(const char *text);
bool conf_is_host(const char *text);
bool conf_is_format(const char *text);
bool conf_is_action(const char *text);
bool conf_is_scope(const char *text);
bool conf_is_profile(const char *text);
bool conf_is_language(const char *text);

#endif
