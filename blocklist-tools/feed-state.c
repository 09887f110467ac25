// SPDX-License-Identifier: BSD-3-Clause
#include "feed-state.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bytes.h"
#include "utf8.h"

#define PATH_ROOM 1280

struct feed_state *feed_state_find(const struct feed_states *s, const char *name)
{
	for (unsigned i = 0; i < s->count; i++)
		if (strcmp(s->at[i].name, name) == 0)
			return &s->at[i];
	return NULL;
}

struct feed_state *feed_state_of(struct feed_states *s, const char *name)
{
	struct feed_state *f = feed_state_find(s, name), *at;

	if (f != NULL)
		return f;
	at = realloc(s->at, (s->count + 1) * sizeof(*at));
	if (at == NULL)
		return NULL;
	s->at = at;
	f = &s->at[s->count++];
	memset(f, 0, sizeof(*f));
	snprintf(f->name, sizeof(f->name), "%s", name);
	return f;
}

void feed_state_drop(struct feed_states *s, const char *name)
{
	struct feed_state *f = feed_state_find(s, name);

	if (f != NULL)
		*f = s->at[--s->count];
}

void feed_states_release(struct feed_states *s)
{
	free(s->at);
	s->at = NULL;
	s->count = 0;
}

static bool read_feed(struct feed_states *s, const char *name, json_t *o)
{
	struct feed_state *f = feed_state_of(s, name);
	json_int_t tried = 0, good = 0, written = 0, refused = 0;
	const char *digest = "", *error = "";
	int held = 0, unterminated = 0;

	/* What is longer is not of our making. */
	if (f == NULL || strcmp(f->name, name) != 0 ||
	    json_unpack(o, "{s?I,s?I,s?I,s?I,s?b,s?b,s?s,s?s}", "tried", &tried, "good",
			&good, "written", &written, "refused", &refused, "held", &held,
			"unterminated", &unterminated, "sha256", &digest, "error",
			&error) != 0 ||
	    tried < 0 || good < 0 || written < 0 || refused < 0 ||
	    strlen(digest) >= sizeof(f->digest) || strlen(error) >= sizeof(f->error))
		return false;
	f->tried = tried;
	f->good = good;
	f->written = written;
	f->refused = (uint64_t)refused;
	f->held = held;
	f->unterminated = unterminated;
	snprintf(f->digest, sizeof(f->digest), "%s", digest);
	snprintf(f->error, sizeof(f->error), "%s", error);
	return true;
}

int feed_states_load(struct feed_states *s, const char *store, struct err *e)
{
	char path[PATH_ROOM];
	json_error_t why;
	json_t *root, *feeds, *o;
	const char *name;
	bool good;

	*s = (struct feed_states){ NULL, 0 };
	snprintf(path, sizeof(path), "%s/" FEED_STATE_FILE, store);
	if (access(path, F_OK) != 0 && errno == ENOENT)
		return 0;
	root = json_load_file(path, 0, &why);
	if (root == NULL)
		return err_set(e, ERR_DAMAGED, "cannot read '%s': line %d: %s", path,
			       why.line, why.text);
	feeds = json_object_get(root, "feeds");
	good = json_is_object(feeds);
	json_object_foreach(feeds, name, o) good = good && read_feed(s, name, o);
	json_decref(root);
	return good ? 0
		    : err_set(e, ERR_DAMAGED, "cannot read '%s': not a state of feeds",
			      path);
}

/* TEXT, which may have been cut within a character, or hold the name of a file. */
static json_t *make_text(const char *text)
{
	json_t *string = json_string(text);
	char safe[UTF8_SAFE_MAX];

	return string != NULL ? string : json_string(utf8_safe(safe, span_of(text)));
}

/* NULL without memory. */
static json_t *make_json(const struct feed_states *s)
{
	json_t *feeds = json_object();
	int rc = 0;

	for (unsigned i = 0; i < s->count; i++) {
		const struct feed_state *f = &s->at[i];

		rc |= json_object_set_new(
			feeds, f->name,
			json_pack("{s:I,s:I,s:I,s:I,s:b,s:b,s:s,s:o}", "tried",
				  (json_int_t)f->tried, "good", (json_int_t)f->good,
				  "written", (json_int_t)f->written, "refused",
				  (json_int_t)f->refused, "held", f->held,
				  "unterminated", f->unterminated, "sha256", f->digest,
				  "error", make_text(f->error)));
	}
	if (rc == 0)
		return json_pack("{s:o}", "feeds", feeds);
	json_decref(feeds);
	return NULL;
}

int feed_states_save(const struct feed_states *s, const char *store, struct err *e)
{
	char path[PATH_ROOM], new[PATH_ROOM + 8];
	json_t *root = make_json(s);
	int fd, rc = -1;

	snprintf(path, sizeof(path), "%s/" FEED_STATE_FILE, store);
	snprintf(new, sizeof(new), "%s.new", path);
	if (root == NULL)
		return err_set(e, ERR_SYSTEM, "cannot write '%s': out of memory", path);
	fd = open(new, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
	if (fd >= 0)
		rc = json_dumpfd(root, fd, JSON_INDENT(2) | JSON_SORT_KEYS);
	if (rc == 0)
		rc = write(fd, "\n", 1) == 1 && fsync(fd) == 0 ? 0 : -1;
	if (rc == 0)
		rc = rename(new, path);
	if (rc != 0)
		rc = err_set(e, ERR_SYSTEM, "cannot write '%s': %m", path);
	if (fd >= 0)
		close(fd);
	json_decref(root);
	return rc;
}
