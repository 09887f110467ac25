// SPDX-License-Identifier: BSD-3-Clause
/* What a configured feed says now: its source, a file or a directory of files, read
 * into one sorted list. */
#ifndef PALANG_FEED_LIST_H
#define PALANG_FEED_LIST_H

#include "conf.h"
#include "format.h"
#include "limit.h"
#include "terms.h"
#include "utf8.h"

/* How many refusals by a guard are kept as examples. */
#define FEED_EXAMPLES 10

struct feed_example {
	enum refusal why;
	char file[256];
	uint64_t line;
	char text[UTF8_SAFE_MAX];
};

struct feed_list {
	const struct conf_feed *feed;
	struct limits limits;
	struct list list; /* sorted */
	struct terms terms;
	struct authority *authorities;
	struct authorities may_speak;
	uint8_t digest[SOURCE_DIGEST]; /* of the file; of the files' digests */
	int64_t written;               /* when the newest file was written last */
	bool unterminated;             /* a file's last line has no end */
	struct report sum;             /* counts of all files */
	struct feed_example examples[FEED_EXAMPLES];
	unsigned example_count;
};

/* Reads FEED of C, whose names G guards. Returns 0, ERR_INPUT for a list that is none,
 * ERR_SYSTEM; feed_list_release() follows in either case. */
int feed_list_read(struct feed_list *l, const struct conf *c,
		   const struct conf_feed *feed, const struct guards *g, struct err *e);
void feed_list_release(struct feed_list *l);

/* True for what a guard refuses: it tells of an accident, not of a slip. */
bool feed_by_guard(enum refusal why);

#endif
