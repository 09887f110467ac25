// SPDX-License-Identifier: BSD-3-Clause
/* Writing what a store says for those who do not read stores: one format each. The
 * formats of entries (csv, json) carry all of it, feed by feed. The others say what is
 * blocked, all feeds as one, and leave out and count what they cannot say: what is
 * written is never read back as something else. */
#ifndef PALANG_EXPORT_H
#define PALANG_EXPORT_H

#include <stdio.h>

#include "walk.h"

/* What a format could not carry. */
// clang-format off
#define EXPORT_LOSSES(X)                                                               \
	X(EXACT, "blocked alone, and not what is below: left out")                     \
	X(BELOW, "not blocked, only what is below: left out")                          \
	X(PASS, "let pass below a blocked name: the list blocks them")                 \
	X(ACTION, "blocked by another action than 'notice': the list does not say so") \
	X(REFUSED, "of action 'refused', which no zone has: answered like 'nxdomain'") \
	X(LENGTH, "too long in this zone: left out")                                   \
	X(MEANING, "that mean something else in a zone: left out")

enum export_loss {
#define EXPORT_LOSS_MEMBER(name, text) EXPORT_LOSS_##name,
	EXPORT_LOSSES(EXPORT_LOSS_MEMBER)
#undef EXPORT_LOSS_MEMBER
	EXPORT_LOSSES_COUNT,
};
// clang-format on

/* Of a zone. */
struct export_zone {
	struct name apex;
	uint32_t serial;
	uint32_t ttl; /* of all policies; 0: as the store says */
	bool zonemd;
};

struct export
{
	FILE *to;
	struct walk walk; /* at its beginning */
	struct export_zone zone;
	uint64_t names;                       /* of which something was written */
	uint64_t losses[EXPORT_LOSSES_COUNT]; /* names */
};

enum export_format {
	EXPORT_RPZ,
	EXPORT_DOMAINS,
	EXPORT_HOSTS,
	EXPORT_CSV,
	EXPORT_JSON,
	EXPORT_FORMATS,
};
extern const char *const export_format_names[EXPORT_FORMATS];

/* Writes all of the walk. Returns 0 or an error of the store; that `to` takes what is
 * written is to be seen by ferror(). */
int export_write(struct export *x, enum export_format format, struct err *e);

/* Prints a line for each kind of loss. Returns true when there was one. */
bool export_print_losses(FILE *to, const struct export *x);

/* For the formats. */

int export_rpz(struct export *x, struct err *e);
int export_domains(struct export *x, struct err *e);
int export_hosts(struct export *x, struct err *e);
int export_csv(struct export *x, struct err *e);
int export_json(struct export *x, struct err *e);

/* A key as text without the final dot, in which all but letters, digits, `-` and `_` is
 * escaped as \DDD, so that no format takes it for its own. Returns its length. */
size_t export_name(char text[static NAME_TEXT_MAX], struct span key);

#endif
