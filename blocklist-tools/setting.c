// SPDX-License-Identifier: BSD-3-Clause
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "setting.h"

static const char *const no_yes[] = { "no", "yes" };

/* Which of WORDS the value is; -1 and an error for none of them. */
static int word_of(struct span value, const char *const *words, int count,
		   struct err *e)
{
	int i = word_find(words, count, value);

	if (i < 0)
		err_set(e, ERR_INPUT, "not one of its values");
	return i;
}

static int write_on_error(struct update *u, uint8_t feed, struct span value,
			  struct err *e)
{
	int i = word_of(value, on_error_names, ON_ERRORS, e);

	(void)feed;
	if (i >= 0)
		update_on_error(u, (enum on_error)i);
	return i < 0 ? e->code : 0;
}

static void print_on_error(FILE *to, struct reader *r, const struct feed *f)
{
	(void)f;
	fputs(on_error_names[r->now.on_error], to);
}

static int write_structured(struct update *u, uint8_t feed, struct span value,
			    struct err *e)
{
	int i = word_of(value, structured_names, STRUCTUREDS, e);

	(void)feed;
	if (i >= 0)
		update_structured(u, (enum structured)i);
	return i < 0 ? e->code : 0;
}

static void print_structured(FILE *to, struct reader *r, const struct feed *f)
{
	(void)f;
	fputs(structured_names[r->now.structured], to);
}

/* Netblocks separated by commas or blanks. */
static int write_exempt(struct update *u, uint8_t feed, struct span value,
			struct err *e)
{
	static struct netblock blocks[NETBLOCKS_MAX];
	size_t count = 0, start = 0;

	(void)feed;
	for (size_t i = 0; i <= value.len; i++) {
		struct span word = { value.data + start, i - start };

		if (i < value.len && value.data[i] != ',' && value.data[i] != ' ')
			continue;
		start = i + 1;
		if (word.len == 0)
			continue;
		if (count == NETBLOCKS_MAX)
			return err_set(e, ERR_INPUT, "more than %d netblocks",
				       NETBLOCKS_MAX);
		if (netblock_parse(&blocks[count++], word, e) != 0)
			return e->code;
	}
	update_exempt(u, blocks, count);
	return 0;
}

static void print_exempt(FILE *to, struct reader *r, const struct feed *f)
{
	const struct netblocks *n = &r->now.exempt;
	char text[NETBLOCK_TEXT_MAX];

	(void)f;
	for (size_t i = 0; i < netblocks_count(n); i++) {
		struct netblock b = netblocks_at(n, i);

		fprintf(to, "%s%s", i > 0 ? "," : "", netblock_to_text(text, &b));
	}
}

static int write_flag(struct update *u, uint8_t feed, struct span value, uint8_t flag,
		      struct err *e)
{
	int i = word_of(value, no_yes, 2, e);

	if (i >= 0)
		update_feed_flags(u, feed, i == 1 ? flag : 0, flag);
	return i < 0 ? e->code : 0;
}

static int write_shadow(struct update *u, uint8_t feed, struct span value,
			struct err *e)
{
	return write_flag(u, feed, value, FEED_SHADOW, e);
}

static void print_shadow(FILE *to, struct reader *r, const struct feed *f)
{
	(void)r;
	fputs(no_yes[(f->flags & FEED_SHADOW) != 0], to);
}

static int write_targets(struct update *u, uint8_t feed, struct span value,
			 struct err *e)
{
	return write_flag(u, feed, value, FEED_TARGETS, e);
}

static void print_targets(FILE *to, struct reader *r, const struct feed *f)
{
	(void)r;
	fputs(no_yes[(f->flags & FEED_TARGETS) != 0], to);
}

static int write_rank(struct update *u, uint8_t feed, struct span value, struct err *e)
{
	char text[4] = "";

	if (value.len > 0 && value.len < sizeof(text))
		memcpy(text, value.data, value.len);
	if (text[0] == '\0' || strspn(text, "0123456789") != value.len ||
	    atoi(text) >= FEEDS_MAX)
		return err_set(e, ERR_INPUT, "not one of its values");
	update_feed_rank(u, feed, (uint8_t)atoi(text));
	return 0;
}

static void print_rank(FILE *to, struct reader *r, const struct feed *f)
{
	(void)r;
	fprintf(to, "%u", f->rank);
}

// clang-format off
const struct setting settings[] = {
	{ "on-error", false, "pass or servfail", write_on_error, print_on_error },
	{ "exempt", false, "netblocks, separated by commas", write_exempt,
	  print_exempt },
	{ "structured-errors", false, "encrypted, always or never", write_structured,
	  print_structured },
	{ "rank", true, "0 to 254; 0 is first", write_rank, print_rank },
	{ "shadow", true, "no or yes", write_shadow, print_shadow },
	{ "cname-targets", true, "no or yes", write_targets, print_targets },
};
// clang-format on
const size_t settings_count = sizeof(settings) / sizeof(settings[0]);

int setting_find(const struct setting **s, struct span *value, const char *text,
		 bool of_feed, struct err *e)
{
	const char *equals = strchr(text, '=');
	struct span key = { (const uint8_t *)text,
			    equals == NULL ? strlen(text) : (size_t)(equals - text) };

	if (equals == NULL)
		return err_set(e, ERR_INPUT, "'%s' is not KEY=VALUE", text);
	for (size_t i = 0; i < settings_count; i++) {
		if (!span_equal(span_of(settings[i].key), key))
			continue;
		if (settings[i].of_feed != of_feed)
			return err_set(e, ERR_INPUT, "'%s' is a setting of %s",
				       settings[i].key,
				       of_feed ? "the store, not of a feed"
					       : "a feed: say which by --feed");
		*s = &settings[i];
		*value = span_of(equals + 1);
		return 0;
	}
	return err_set(e, ERR_INPUT, "there is no setting '%.*s'", (int)key.len, text);
}
