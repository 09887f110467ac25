// SPDX-License-Identifier: BSD-3-Clause
/* palang allow, palang block: the provider's own decision, which holds whatever any
 * list says. It needs no feed and no network. */
#include <stdlib.h>
#include <time.h>

#include "cmd.h"
#include "conf-value.h"
#include "date.h"
#include "enforced.h"
#include "guard-conf.h"
#include "override.h"

static const char *path, *store, *reason, *until, *authority, *reference;
static int scope = -1, action = ACTION_NOTICE;
static bool remove_it, accept_protected, no_wait;

// clang-format off
/* The options that both have. */
#define COMMON_OPTS                                                                    \
	STRING('c', "config", "FILE", &path, "the configuration (PALANG_CONF)"),       \
	STRING('o', "store", "STORE", &store,                                          \
	       "directory of the store (the configuration's)"),                        \
	STRING('r', "reason", "REASON", &reason, "why; it is kept"),                   \
	STRING('u', "until", "TIME", &until,                                           \
	       "when it ends: 12h, 2d, 2026-12-24 or 2026-12-24T18:00:00+07:00"),      \
	FLAG(0, "remove", &remove_it, "take it back"),                                 \
	FLAG(0, "no-wait", &no_wait,                                                   \
	     "do not wait until resolvers enforce the new serial")
// clang-format on

static const struct opt allow_opts[] = {
	COMMON_OPTS,
	OPTS_END,
};

static const struct opt block_opts[] = {
	COMMON_OPTS,
	WORD('a', "action", "ACTION", &action, action_names, ACTIONS,
	     "how it is answered (notice)"),
	WORD('s', "scope", "SCOPE", &scope, scope_names, SCOPES,
	     "what of it is blocked (subtree)"),
	STRING(0, "authority", "NAME", &authority, "who asked for it"),
	STRING(0, "order", "REFERENCE", &reference, "number of the decision"),
	FLAG(0, "accept-protected", &accept_protected,
	     "block a name that the configuration protects"),
	OPTS_END,
};

struct run {
	const struct cmd *cmd;
	struct conf *conf;
	struct guards guards;
	struct override override;
	struct override_name *names;
	struct update_result result;
	int64_t patience;
};

static void run_release(struct run *r)
{
	if (r->conf != NULL)
		conf_free(r->conf);
	guards_release(&r->guards);
	free(r->names);
}

static int check_options(struct run *r, struct err *e)
{
	struct override *o = &r->override;
	int64_t now = time(NULL);

	if (reason == NULL)
		return err_set(e, ERR_INPUT, "a --reason is needed; it is kept");
	if (cmd_check_text("reason", reason, e) != 0 ||
	    (authority != NULL && cmd_check_text("authority", authority, e) != 0) ||
	    (reference != NULL && cmd_check_text("order", reference, e) != 0))
		return e->code;
	if (remove_it && (until != NULL || scope >= 0 || authority != NULL ||
			  reference != NULL || accept_protected))
		return err_set(e, ERR_INPUT, "--remove goes with --reason alone");
	if (!o->allow && action == ACTION_PASS)
		return err_set(e, ERR_INPUT, "'pass' is no block: use 'palang allow'");
	o->order = (struct order){
		.authority = span_of(authority),
		.reference = span_of(reference),
		.reason = span_of(reason),
		.ede = authority != NULL ? EDE_CENSORED : EDE_BLOCKED,
		.issued = now,
	};
	if (until != NULL && !override_until(until, now, &o->order.expires))
		return err_set(
			e, ERR_INPUT,
			"cannot use --until '%.100s': not a duration such as 12h "
			"or 2d, nor a date to come",
			until);
	o->remove = remove_it;
	o->accept_protected = accept_protected;
	o->reason = span_of(reason);
	o->notice = span_of(o->allow ? NULL : "default");
	o->scope = scope < 0 ? SCOPE_SUBTREE : (uint8_t)scope;
	o->action = o->allow ? ACTION_PASS : (uint8_t)action;
	return 0;
}

/* What the configuration says of the authority. */
static void take_authority(struct run *r)
{
	const struct conf_authority *a =
		authority == NULL || r->conf == NULL
			? NULL
			: conf_find_authority(r->conf, authority);
	struct order *o = &r->override.order;

	if (a == NULL)
		return;
	o->basis = span_of(a->basis);
	o->contact = span_of(a->contact);
	o->appeal = span_of(a->appeal);
	o->language = span_of(a->language);
	if (a->ede != NULL)
		o->ede = (uint16_t)atoi(a->ede);
	if (a->notice != NULL)
		r->override.notice = span_of(a->notice);
}

/* Without a configuration there is still a store; to allow a name in a store that is
 * named none is needed. */
static int load_conf(struct run *r, struct err *e)
{
	bool named = path != NULL || getenv("PALANG_CONF") != NULL;
	bool needed = !r->override.allow || store == NULL;
	int rc = needed || named ? conf_load(&r->conf, conf_path(path), e) : 0;

	if (rc == ERR_MISSING && !named)
		rc = 0;
	if (rc != 0)
		return rc;
	if (store == NULL && r->conf != NULL)
		store = r->conf->store;
	store = cmd_store(store);
	r->patience = 10000;
	if (r->conf != NULL)
		conf_duration(r->conf->wait, &r->patience);
	take_authority(r);
	r->override.guards = &r->guards;
	/* A list of protected names that is not there keeps nobody from allowing. */
	return r->conf != NULL && !r->override.allow
		       ? guard_conf(&r->guards, r->conf, e)
		       : guards_load(&r->guards, NULL, e);
}

static int read_names(struct run *r, int count, char **operands, struct err *e)
{
	int rc = 0;

	r->names = calloc((size_t)count, sizeof(*r->names));
	if (r->names == NULL)
		return err_set(e, ERR_SYSTEM, "out of memory for names");
	for (int i = 0; i < count && rc == 0; i++) {
		rc = override_name(&r->override, &r->names[i], operands[i], e);
		if (rc == 0 && r->names[i].scope == SCOPE_BELOW && scope >= 0 &&
		    scope != SCOPE_BELOW)
			rc = err_set(e, ERR_INPUT, "'%.200s' is what is below: %s",
				     operands[i],
				     refusal_rows[REFUSED_SCOPE_STAR].text);
	}
	return rc;
}

static int write_names(struct run *r, int count, struct err *e)
{
	AUTO(target) to = { 0 };
	AUTO(store) there = { 0 };
	int rc = 0;

	/* Only a block makes a store. */
	if (r->override.allow || remove_it)
		rc = store_open(&there, store, STORE_READ, e);
	store_release(&there);
	if (rc == 0)
		rc = target_open(&to, store, cmd_waiting, e);
	return rc != 0 ? rc
		       : override_apply(&r->override, r->names, count, &to, &r->result,
					e);
}

static void print_name(const struct run *r, const struct override_name *n)
{
	const struct override *o = &r->override;
	char name[NAME_TEXT_MAX], text[DATE_TEXT];
	const char *end = date_text(text, o->order.expires);

	name_to_text(name, n->name.key, n->name.len);
	if (o->remove) {
		fprintf(stderr, "%s: no longer %s by hand\n", name,
			o->allow ? "allowed" : "blocked");
		return;
	}
	fprintf(stderr, "%s: %s (%s), %s%s\n", name, o->allow ? "allowed" : "blocked",
		scope_names[n->scope], end == NULL ? "without end" : "until ",
		end == NULL ? "" : end);
	if (n->replaced)
		fprintf(stderr, "%s: was %s by hand before\n", name,
			n->was.action == ACTION_PASS ? "allowed" : "blocked");
	else if (o->allow && !n->blocked)
		fprintf(stderr, "%s: note: it was not blocked\n", name);
}

/* Returns CMD_OK when resolvers have followed. */
static int wait_until_enforced(const struct run *r, long long committed)
{
	int alive = 0;
	long long ms;

	if (no_wait || !r->result.committed)
		return CMD_OK;
	ms = enforced_within(store, r->result.serial, committed, r->patience, &alive);
	return ms == ENFORCED_NOT ? CMD_FAILED : CMD_OK;
}

static int override(const struct cmd *cmd, bool allow, int count, char **operands)
{
	AUTO(run) r = { .cmd = cmd, .override = { .allow = allow } };
	struct err e = { 0 };
	long long committed;
	int rc;

	if (check_options(&r, &e) != 0)
		return cmd_usage(cmd, e.text);
	rc = load_conf(&r, &e);
	if (rc == 0)
		rc = read_names(&r, count, operands, &e);
	if (rc == 0)
		rc = write_names(&r, count, &e);
	committed = enforced_clock();
	if (rc != 0) {
		cmd_complain(e.text);
		return CMD_FAILED;
	}
	for (int i = 0; i < count; i++)
		print_name(&r, &r.names[i]);
	fprintf(stderr, "serial %llu\n", (unsigned long long)r.result.serial);
	return wait_until_enforced(&r, committed);
}

static int run_allow(int count, char **operands)
{
	return override(&cmd_allow, true, count, operands);
}

static int run_block(int count, char **operands)
{
	return override(&cmd_block, false, count, operands);
}

const struct cmd cmd_allow = {
	.name = "allow",
	.synopsis = "--reason REASON [options] NAME...",
	.summary = "let names and all below them pass, whatever lists say",
	.opts = allow_opts,
	.operands_min = 1,
	.operands_max = -1,
	.run = run_allow,
};

const struct cmd cmd_block = {
	.name = "block",
	.synopsis = "--reason REASON [options] NAME...",
	.summary = "block names by the provider's own decision",
	.opts = block_opts,
	.operands_min = 1,
	.operands_max = -1,
	.run = run_block,
};
