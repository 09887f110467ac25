// SPDX-License-Identifier: BSD-3-Clause
#include "suffix.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "domain.h"
#include "key-hash.h"

#define LIST_NAME    "public_suffix_list.dat"
#define LIST_DEFAULT "/usr/share/publicsuffix/" LIST_NAME

/* The slot that holds the key, or the free one where it belongs. */
static struct suffix_rule *find(const struct suffixes *s, const uint8_t *key,
				size_t len)
{
	uint32_t h = key_hash(key, len);
	size_t i = h & (s->room - 1);

	for (;; i = (i + 1) & (s->room - 1)) {
		struct suffix_rule *r = &s->rules[i];

		if (r->at == 0 || (r->tag == h >> 16 && r->len == len &&
				   memcmp(s->keys + r->at, key, len) == 0))
			return r;
	}
}

/* Makes room for one rule more: the table is at most half full. */
static bool grow(struct suffixes *s)
{
	struct suffix_rule *old = s->rules;
	size_t room = s->room == 0 ? 1 << 15 : s->room * 2, old_room = s->room;

	if (s->keys_room - s->used < NAME_KEY_MAX + 1) {
		size_t keys_room = s->keys_room * 2 + (1 << 18);
		uint8_t *keys = realloc(s->keys, keys_room);

		if (keys == NULL)
			return false;
		s->keys = keys;
		s->keys_room = keys_room;
		s->used += s->used == 0; /* 0 marks a free slot */
	}
	if (2 * (s->count + 1) <= s->room)
		return true;
	s->rules = calloc(room, sizeof(*s->rules));
	if (s->rules == NULL) {
		s->rules = old;
		return false;
	}
	s->room = room;
	for (size_t i = 0; i < old_room; i++)
		if (old[i].at != 0)
			*find(s, s->keys + old[i].at, old[i].len) = old[i];
	free(old);
	return true;
}

static bool add(struct suffixes *s, const struct name *n, bool star)
{
	struct suffix_rule *r;

	if (n->len > UINT8_MAX || !grow(s))
		return false;
	r = find(s, n->key, n->len);
	if (r->at != 0) {
		r->star |= star;
		return true;
	}
	*r = (struct suffix_rule){
		.at = (uint32_t)s->used,
		.tag = (uint16_t)(key_hash(n->key, n->len) >> 16),
		.len = (uint8_t)n->len,
		.star = star,
	};
	memcpy(s->keys + s->used, n->key, n->len);
	s->used += n->len;
	s->count++;
	return true;
}

/* One line of the list. A rule `*.name` makes every child of `name` a suffix: it
 * is kept as `name`, and a child finds it at its parent. An exception `!name`
 * only takes away, which libpsl does. Returns false when the line cannot be
 * represented, so that the table may not be relied on. */
static bool add_line(struct suffixes *s, const char *line)
{
	struct domain d;
	struct span text = { (const uint8_t *)line, strcspn(line, " \t\r\n") };
	enum refusal why;
	bool star = false;

	if (text.len == 0 || line[0] == '!' || strncmp(line, "//", 2) == 0)
		return true;
	if (text.len > 2 && strncmp(line, "*.", 2) == 0) {
		star = true;
		text = (struct span){ text.data + 2, text.len - 2 };
	}
	if (memchr(text.data, '*', text.len) != NULL)
		return false;
	why = domain_parse(&d, text);
	return (why == REFUSED_NOT || why == REFUSED_TLD) && add(s, &d.name, star);
}

static void drop_table(struct suffixes *s)
{
	free(s->rules);
	free(s->keys);
	s->rules = NULL;
	s->keys = NULL;
	s->room = s->count = s->used = s->keys_room = 0;
}

/* Both readers read the same open file, so the table is of what libpsl knows. */
static int load_file(struct suffixes *s, FILE *f, const char *path, struct err *e)
{
	char *line = NULL;
	size_t room = 0;
	bool good = true;

	s->psl = psl_load_fp(f);
	if (s->psl == NULL || psl_suffix_count(s->psl) == 0)
		return err_set(e, ERR_SYSTEM,
			       "cannot read '%s': not a public suffix list", path);
	rewind(f);
	while (good && getline(&line, &room, f) > 0)
		good = add_line(s, line);
	good = good && !ferror(f) && s->count > 0;
	free(line);
	if (!good)
		drop_table(s);
	return 0;
}

/* Where the system keeps the list in text form: next to the one libpsl uses. */
static FILE *open_default(void)
{
	const char *dist = psl_dist_filename();
	const char *slash = dist == NULL ? NULL : strrchr(dist, '/');
	char path[512];
	FILE *f = NULL;

	if (slash != NULL &&
	    snprintf(path, sizeof(path), "%.*s/%s", (int)(slash - dist), dist,
		     LIST_NAME) < (int)sizeof(path))
		f = fopen(path, "re");
	return f != NULL ? f : fopen(LIST_DEFAULT, "re");
}

int suffixes_load(struct suffixes *s, const char *path, struct err *e)
{
	FILE *f = path == NULL ? open_default() : fopen(path, "re");
	int rc = 0;

	*s = (struct suffixes){ 0 };
	if (f == NULL && path != NULL)
		return err_set(e, ERR_SYSTEM, "cannot open '%s': %s", path,
			       strerror(errno));
	if (f != NULL) {
		rc = load_file(s, f, path == NULL ? LIST_NAME : path, e);
		fclose(f);
		if (rc == 0 || path != NULL)
			return rc;
		suffixes_release(s);
	}
	s->psl = psl_latest(NULL);
	if (s->psl == NULL)
		return err_set(e, ERR_SYSTEM,
			       "cannot find the public suffix list: is the package "
			       "publicsuffix installed?");
	return 0;
}

void suffixes_release(struct suffixes *s)
{
	if (s->psl != NULL)
		psl_free(s->psl);
	s->psl = NULL;
	drop_table(s);
}

/* False only for a name that no rule can make a suffix. Single labels always are
 * candidates: what no rule names falls under the list's rule `*`. */
static bool candidate(const struct suffixes *s, const struct name *n)
{
	size_t parent = name_parent(n->key, n->len);

	return s->rules == NULL || parent == 0 || find(s, n->key, n->len)->at != 0 ||
	       find(s, n->key, parent)->star;
}

bool suffixes_match(const struct suffixes *s, const struct name *n)
{
	char text[NAME_TEXT_MAX];

	if (n->len == 0 || !candidate(s, n))
		return false;
	return psl_is_public_suffix(s->psl, name_to_text(text, n->key, n->len)) == 1;
}
