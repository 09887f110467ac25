// SPDX-License-Identifier: BSD-3-Clause
/* palang update: reads the configured feeds and brings the store up to them. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cmd.h"
#include "committed.h"
#include "enforced.h"
#include "guard-conf.h"
#include "json.h"
#include "progress.h"
#include "update-print.h"

static const char *path, *reason;
static struct opt_strings drops;
static bool dry_run, json, no_wait;

static const struct opt opts[] = {
	STRING('c', "config", "FILE", &path, "the configuration (PALANG_CONF)"),
	FLAG('n', "dry-run", &dry_run, "show what would change, and change nothing"),
	STRING(0, "accept-change", "REASON", &reason,
	       "take what the limits of the named feeds hold; the reason is kept"),
	STRINGS(0, "drop", "FEED", &drops,
		"take out all entries of FEED, which the configuration no longer has; "
		"needs --accept-change"),
	FLAG('j', "json", &json, "print one JSON object"),
	FLAG(0, "no-wait", &no_wait,
	     "do not wait until resolvers enforce the new serial"),
	OPTS_END,
};

/* Everything one run gathers; released together. */
struct run {
	struct conf *conf;
	const char *store;
	struct guards guards;
	struct list popular;
	struct feed_states states;
	struct conf_feed *dropped; /* as many as `drops` */
	struct outcome *outcomes;
	unsigned count;
	struct update_result result;
	long long enforced; /* milliseconds, or enum enforced */
	int alive;          /* resolvers */
};

static void run_release(struct run *r)
{
	if (r->conf != NULL)
		conf_free(r->conf);
	guards_release(&r->guards);
	list_release(&r->popular);
	feed_states_release(&r->states);
	for (unsigned i = 0; i < r->count; i++)
		outcome_release(&r->outcomes[i]);
	free(r->outcomes);
	free(r->dropped);
}

static int prepare_drops(struct run *r, struct err *e)
{
	r->dropped = calloc(drops.count + 1, sizeof(*r->dropped));
	if (r->dropped == NULL)
		return err_set(e, ERR_SYSTEM, "out of memory for the feeds");
	for (size_t i = 0; i < drops.count; i++) {
		if (conf_find_feed(r->conf, drops.at[i]) != NULL)
			return err_set(e, ERR_INPUT, "'%s' still has feed '%s'",
				       conf_path(path), drops.at[i]);
		if (strcmp(drops.at[i], FEED_OVERRIDE) == 0)
			return err_set(e, ERR_INPUT,
				       "feed '" FEED_OVERRIDE
				       "' is what 'palang allow' "
				       "and 'palang block' make: see their --remove");
		for (size_t j = 0; j < i; j++)
			if (strcmp(drops.at[i], drops.at[j]) == 0)
				return err_set(e, ERR_INPUT,
					       "--drop names feed '%s' twice",
					       drops.at[i]);
		r->dropped[i].name = (char *)drops.at[i];
	}
	return 0;
}

static int prepare(struct run *r, int count, char **feeds, struct err *e)
{
	int rc = conf_load(&r->conf, conf_path(path), e);

	if (rc != 0)
		return rc;
	r->store = cmd_store(r->conf->store);
	for (int i = 0; i < count; i++)
		if (conf_find_feed(r->conf, feeds[i]) == NULL)
			return err_set(e, ERR_INPUT, "'%s' has no feed '%s'",
				       conf_path(path), feeds[i]);
	if (r->conf->feeds_count + drops.count == 0)
		return err_set(e, ERR_INPUT, "'%s' has no feeds", conf_path(path));
	rc = prepare_drops(r, e);
	if (rc != 0)
		return rc;
	r->outcomes = calloc(r->conf->feeds_count + drops.count, sizeof(*r->outcomes));
	if (r->outcomes == NULL)
		return err_set(e, ERR_SYSTEM, "out of memory for the feeds");
	rc = guard_conf(&r->guards, r->conf, e);
	if (rc == 0 && r->conf->popular != NULL)
		rc = popular_read(&r->popular, r->conf->popular, e);
	return rc;
}

static bool is_named(const char *feed, int count, char **feeds)
{
	for (int i = 0; i < count; i++)
		if (strcmp(feeds[i], feed) == 0)
			return true;
	return count == 0 && drops.count == 0;
}

/* What status will say of the feed from now on. */
static void note(struct run *r, const struct outcome *o, int64_t now)
{
	const struct feed_list *l = &o->list;
	struct feed_state *s = feed_state_of(&r->states, l->feed->name);

	if (s == NULL)
		return;
	s->tried = now;
	s->held = o->kind == FEED_HELD;
	snprintf(s->error, sizeof(s->error), "%s",
		 o->kind == FEED_HELD || o->kind == FEED_FAILED ? o->why : "");
	if (s->error[0] != '\0')
		return;
	s->good = now;
	s->written = l->written;
	s->unterminated = l->unterminated;
	s->refused = report_refused(&l->sum);
	for (int i = 0; i < SOURCE_DIGEST; i++)
		snprintf(s->digest + 2 * i, 3, "%02x", l->digest[i]);
}

static void tell(struct run *r, struct update *u, const struct outcome *o)
{
	if (!dry_run)
		update_print_outcome(o, feed_state_find(&r->states, o->list.feed->name),
				     reason != NULL);
	else if (!json && u->rc == 0)
		update_print_preview(u, o);
}

static void read_feeds(struct run *r, const struct feed_update *f, int count,
		       char **feeds)
{
	for (unsigned i = 0; i < r->conf->feeds_count; i++)
		if (is_named(r->conf->feeds[i].name, count, feeds))
			feed_update_read(f, &r->conf->feeds[i],
					 &r->outcomes[r->count++]);
}

static void drop_feeds(struct run *r, struct feed_update *f)
{
	for (size_t i = 0; i < drops.count && f->update->rc == 0; i++) {
		struct outcome *o = &r->outcomes[r->count];

		feed_update_drop(f, &r->dropped[i], o);
		r->count++;
		feed_state_drop(&r->states, drops.at[i]);
		tell(r, f->update, o);
	}
}

static int take_feeds(struct run *r, struct feed_update *f, struct err *e)
{
	struct update *u = f->update;
	struct update_about about = {
		.verb = span_of("update"),
		.reason = span_of(reason),
		.time = time(NULL),
	};
	int rc = feed_states_load(&r->states, r->store, e);

	if (rc != 0)
		return rc;
	feed_update_settings(f);
	for (unsigned i = 0; i < r->count && u->rc == 0; i++) {
		feed_update_take(f, &r->outcomes[i]);
		tell(r, u, &r->outcomes[i]);
		note(r, &r->outcomes[i], about.time);
	}
	drop_feeds(r, f);
	if (dry_run)
		return u->rc;
	progress_phase("writing");
	rc = update_commit(u, &about, &r->result);
	progress_end();
	return rc != 0 ? rc : feed_states_save(&r->states, r->store, e);
}

static void print_json(struct run *r, struct update *u)
{
	json_t *feeds = json_array(), *all;

	for (unsigned i = 0; i < r->count; i++)
		json_array_append_new(feeds, update_json(u, &r->outcomes[i], dry_run));
	all = json_pack("{s:o,s:b,s:b,s:I,s:o,s:o,s:i}", "store",
			json_span(span_of(r->store)), "dry_run", dry_run, "committed",
			r->result.committed, "serial", (json_int_t)r->result.serial,
			"feeds", feeds, "enforced_ms",
			r->enforced < 0 ? json_null() : json_integer(r->enforced),
			"resolvers", r->alive);
	json_print(all);
}

static void wait_until_enforced(struct run *r, long long committed)
{
	int64_t patience = 0;

	conf_duration(r->conf->wait, &patience);
	r->enforced = ENFORCED_NOBODY;
	if (!r->result.committed || no_wait || dry_run)
		return;
	r->enforced = enforced_within(r->store, r->result.serial, committed, patience,
				      &r->alive);
}

/* Returns CMD_OK when all feeds were taken and resolvers have followed. */
static int conclude(const struct run *r)
{
	unsigned held = 0, failed = 0;

	for (unsigned i = 0; i < r->count; i++) {
		held += r->outcomes[i].kind == FEED_HELD;
		failed += r->outcomes[i].kind == FEED_FAILED;
	}
	if (held + failed > 0)
		fprintf(stderr,
			"palang: %u of %u feeds %s not taken: %u held, %u failed\n",
			held + failed, r->count, dry_run ? "would be" : "were", held,
			failed);
	return held + failed > 0 || r->enforced == ENFORCED_NOT ? CMD_FAILED : CMD_OK;
}

static int update_all(struct run *r, int count, char **feeds, struct err *e)
{
	AUTO(turn) turn = { 0 };
	AUTO(target) to = { 0 };
	AUTO(update) u = { 0 };
	struct feed_update f;
	long long committed;
	int rc = prepare(r, count, feeds, e);

	if (rc == 0 && !dry_run)
		rc = turn_take(&turn, r->store, cmd_waiting, e);
	if (rc != 0)
		return rc;
	f = (struct feed_update){
		.update = &u,
		.conf = r->conf,
		.guards = &r->guards,
		.states = &r->states,
		.popular = r->conf->popular != NULL ? &r->popular : NULL,
		.accepted = reason,
		.preview = dry_run,
	};
	read_feeds(r, &f, count, feeds);
	rc = target_open(&to, r->store, cmd_waiting, e);
	if (rc != 0)
		return rc;
	update_begin(&u, &to, e);
	rc = take_feeds(r, &f, e);
	committed = enforced_clock();
	if (rc != 0)
		return rc;
	if (!dry_run)
		committed_print(&r->result, 0);
	r->enforced = ENFORCED_NOBODY;
	if (json && dry_run)
		print_json(r, &u);
	update_release(&u);
	target_release(&to);
	turn_release(&turn);
	wait_until_enforced(r, committed);
	if (json && !dry_run)
		print_json(r, NULL);
	return 0;
}

static int run(int count, char **operands)
{
	AUTO(run) r = { 0 };
	struct err e = { 0 };

	if (reason == NULL && drops.count > 0 && !dry_run)
		return cmd_usage(&cmd_update, "--drop needs --accept-change REASON");
	if (reason != NULL && count == 0 && drops.count == 0)
		return cmd_usage(&cmd_update,
				 "--accept-change needs the feeds whose change it is");
	if (reason != NULL && cmd_check_text("accept-change", reason, &e) != 0)
		return cmd_usage(&cmd_update, e.text);
	if (update_all(&r, count, operands, &e) == 0)
		return conclude(&r);
	progress_end();
	cmd_complain(e.text);
	return CMD_FAILED;
}

const struct cmd cmd_update = {
	.name = "update",
	.synopsis = "[options] [FEED...]",
	.summary = "read the configured feeds and bring the store up to them",
	.opts = opts,
	.operands_min = 0,
	.operands_max = -1,
	.run = run,
};
