// SPDX-License-Identifier: BSD-3-Clause
/* The settings that a store carries besides its names: one table that parses,
 * checks, writes and prints them. */
#ifndef PALANG_SETTING_H
#define PALANG_SETTING_H

#include <stdio.h>

#include "update.h"

struct setting {
	const char *key;
	bool of_feed;
	const char *values; /* what it takes, for --help and errors */
	/* Writes VALUE into U, of FEED when the setting is one of a feed. Returns 0
	 * or ERR_INPUT; errors of the store are latched in U. */
	int (*write)(struct update *u, uint8_t feed, struct span value, struct err *e);
	/* Prints the value, as write() reads it; F is NULL for the store's own. */
	void (*print)(FILE *to, struct reader *r, const struct feed *f);
};

extern const struct setting settings[];
extern const size_t settings_count;

/* The setting that TEXT, "KEY=VALUE", is about, and its value. Returns 0, or
 * ERR_INPUT when there is none, or it is not of a feed as OF_FEED says. */
int setting_find(const struct setting **s, struct span *value, const char *text,
		 bool of_feed, struct err *e);

#endif
