// SPDX-License-Identifier: BSD-3-Clause
/* palang set: what resolvers do besides the names: who is exempt, which feed comes
 * first, which is only tried out. */
#include <string.h>
#include <time.h>

#include "cmd.h"
#include "enforced.h"
#include "json.h"
#include "setting.h"
#include "utf8.h"
#include "view.h"

static const char *store, *feed;
static bool json, no_wait;

static const struct opt opts[] = {
	STRING('o', "store", "STORE", &store, "directory of the store (PALANG_STORE)"),
	STRING(0, "feed", "NAME", &feed, "the settings of this feed, not the store's"),
	FLAG('j', "json", &json, "print one JSON object, all settings in it"),
	FLAG(0, "no-wait", &no_wait,
	     "do not wait until resolvers enforce the new serial"),
	OPTS_END,
};

/* One setting's value as text. */
static void value_text(char text[static 65536], const struct setting *s,
		       struct reader *r, const struct feed *f)
{
	FILE *to = fmemopen(text, 65536, "w");

	text[0] = '\0';
	if (to == NULL)
		return;
	s->print(to, r, f);
	fclose(to);
}

/* The feed's number, or -1 when there is none of that name. */
static int find_feed(struct reader *r, const char *name, struct feed *f)
{
	for (int i = 0; i <= UINT8_MAX; i++)
		if (reader_feed(r, (uint8_t)i, f, NULL) == 0 &&
		    span_equal(f->name, span_of(name)))
			return i;
	return -1;
}

static json_t *json_settings(struct reader *r, const struct feed *f)
{
	static char text[65536];
	json_t *o = json_object();

	for (size_t i = 0; i < settings_count; i++) {
		if (settings[i].of_feed != (f != NULL))
			continue;
		value_text(text, &settings[i], r, f);
		json_object_set_new(o, settings[i].key, json_string(text));
	}
	return o;
}

static void print_json(struct reader *r)
{
	json_t *all = json_settings(r, NULL), *feeds = json_object();
	char name[UTF8_SAFE_MAX];
	struct feed f;

	for (int i = 0; i <= UINT8_MAX; i++)
		if (reader_feed(r, (uint8_t)i, &f, NULL) == 0)
			json_object_set_new(feeds, utf8_safe(name, f.name),
					    json_settings(r, &f));
	json_object_set_new(all, "feeds", feeds);
	json_object_set_new(all, "serial", json_integer((json_int_t)r->now.serial));
	json_print(all);
}

static void print_text(struct reader *r, const struct feed *f)
{
	for (size_t i = 0; i < settings_count; i++) {
		if (settings[i].of_feed != (f != NULL))
			continue;
		printf("%s=", settings[i].key);
		settings[i].print(stdout, r, f);
		putchar('\n');
	}
}

static int show(struct err *e)
{
	AUTO(view) v = { 0 };
	struct feed f;
	int rc = view_open(&v, store, e);

	if (rc == 0 && feed != NULL && find_feed(&v.reader, feed, &f) < 0)
		rc = err_set(e, ERR_INPUT, "store '%s' has no feed '%s'", store, feed);
	if (rc != 0)
		return rc;
	if (json)
		print_json(&v.reader);
	else
		print_text(&v.reader, feed == NULL ? NULL : &f);
	return 0;
}

/* Writes all of them, or none. */
static int write_settings(struct target *to, int count, char **operands,
			  struct update_result *result, struct err *e)
{
	AUTO(update) u = { 0 };
	struct update_about about = { .verb = span_of("set"), .time = time(NULL) };
	int number = 0;

	update_begin(&u, to, e);
	if (feed != NULL && u.rc == 0)
		number = update_feed_find(&u, span_of(feed));
	if (number < 0 && u.rc == 0)
		return err_set(e, ERR_INPUT, "store '%s' has no feed '%s'", store,
			       feed);
	for (int i = 0; i < count && u.rc == 0; i++) {
		const struct setting *s;
		struct span value;
		int rc = setting_find(&s, &value, operands[i], feed != NULL, e);

		if (rc == 0)
			rc = s->write(&u, (uint8_t)number, value, e);
		if (rc != 0)
			return rc;
	}
	return update_commit(&u, &about, result);
}

static int set(int count, char **operands, struct err *e)
{
	AUTO(target) to = { 0 };
	struct update_result result;
	long long committed;
	AUTO(store) there = { 0 };
	int rc = store_open(&there, store, STORE_READ, e);

	/* Settings make no store. */
	store_release(&there);
	if (rc == 0)
		rc = target_open(&to, store, cmd_waiting, e);
	if (rc == 0)
		rc = write_settings(&to, count, operands, &result, e);
	committed = enforced_clock();
	if (rc != 0)
		return rc;
	fprintf(stderr,
		result.committed ? "serial %llu\n"
				 : "nothing changed: the store stays at serial %llu\n",
		(unsigned long long)result.serial);
	target_release(&to);
	if (result.committed && !no_wait)
		enforced_wait(store, result.serial, committed);
	return 0;
}

/* Finds what is wrong with the operands before anything is opened. */
static int check_operands(int count, char **operands, struct err *e)
{
	struct update none = { .rc = ERR_INPUT }; /* in which nothing is written */
	const struct setting *given[16];

	for (int i = 0; i < count; i++) {
		struct err why = { 0 };
		struct span value;
		const struct setting *s;
		int rc = setting_find(&s, &value, operands[i], feed != NULL, e);

		if (rc != 0)
			return rc;
		for (int j = 0; j < i; j++)
			if (given[j] == s)
				return err_set(e, ERR_INPUT, "'%s' is given twice",
					       s->key);
		given[i] = s; /* each once: there are not as many */
		if (s->write(&none, 0, value, &why) != 0)
			return err_set(e, ERR_INPUT, "cannot set '%.100s': %s (%s)",
				       operands[i], why.text, s->values);
	}
	return 0;
}

static int run(int count, char **operands)
{
	struct err e = { 0 };

	store = cmd_store(store);
	if (check_operands(count, operands, &e) != 0)
		return cmd_usage(&cmd_set, e.text);
	if ((count > 0 ? set(count, operands, &e) : show(&e)) == 0)
		return CMD_OK;
	cmd_complain(e.text);
	return CMD_FAILED;
}

const struct cmd cmd_set = {
	.name = "set",
	.synopsis = "[options] [KEY=VALUE]...",
	.summary = "show or change what resolvers do besides the names",
	.opts = opts,
	.operands_min = 0,
	.operands_max = -1,
	.run = run,
};
