// SPDX-License-Identifier: BSD-3-Clause
/* palang compile: lists into a store, no configuration needed. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cmd.h"
#include "committed.h"
#include "enforced.h"
#include "format.h"
#include "progress.h"
#include "refusals.h"
#include "terms.h"
#include "utf8.h"

/* How many refusals of one reason are shown. */
#define SHOWN 10

static const char *store, *feed = "list", *authority, *category, *refused_path;
static struct opt_strings notices;
static struct notice notice; /* made of them and of `ttl` */
static uint32_t ttl = 30, ede;
static int refused_format = REFUSALS_TEXT;
static int format = -1, scope = SCOPE_SUBTREE, action = ACTION_NOTICE;
static bool no_wait;

static const struct opt opts[] = {
	STRING('o', "store", "STORE", &store, "directory of the store (PALANG_STORE)"),
	STRINGS('n', "notice", "ADDR", &notices,
		"address of the notice page; once for each, IPv4 and IPv6"),
	NUMBER('t', "ttl", "SECONDS", &ttl, 1, 86400,
	       "how long a blocked answer may be kept (30)"),
	STRING(0, "feed", "NAME", &feed, "feed whose entries these are (list)"),
	WORD('f', "format", "FORMAT", &format, format_names, FORMATS,
	     "format of the lists, instead of recognising it"),
	WORD('a', "action", "ACTION", &action, action_names, ACTIONS,
	     "action where a list does not say (notice)"),
	WORD('s', "scope", "SCOPE", &scope, scope_names, SCOPES,
	     "scope where a list does not say (subtree)"),
	STRING(0, "authority", "NAME", &authority,
	       "who ordered it, where a list does not say"),
	STRING(0, "category", "NAME", &category, "of what, where a list does not say"),
	NUMBER(0, "ede", "CODE", &ede, EDE_BLOCKED, EDE_FILTERED,
	       "Extended DNS Error where a list does not say: 15 the provider's own "
	       "decision, 16 an authority's, 17 the customer's (16 with an authority, "
	       "else 15)"),
	STRING(0, "refused", "FILE", &refused_path,
	       "write what is refused to FILE, grouped by reason"),
	WORD(0, "refused-format", "FORMAT", &refused_format, refusals_format_names,
	     REFUSALS_FORMATS, "how (text)"),
	FLAG(0, "no-wait", &no_wait,
	     "do not wait until resolvers enforce the new serial"),
	OPTS_END,
};

/* Everything one run gathers; released together. */
struct compilation {
	struct guards guards;
	struct list list;
	struct terms terms;
	FILE *refused; /* where `refused_list` goes; NULL: nowhere */
	struct refusals refused_list;
	EVP_MD_CTX *digest; /* over the digests of the lists */
	uint64_t names, refusals, local, joined, lifted;
};

static void compilation_release(struct compilation *c)
{
	guards_release(&c->guards);
	list_release(&c->list);
	terms_release(&c->terms);
	EVP_MD_CTX_free(c->digest);
	if (c->refused != NULL)
		fclose(c->refused);
	refusals_release(&c->refused_list);
}

static int accept_listing(void *arg, const struct listing *l, struct err *e)
{
	struct compilation *c = arg;
	uint32_t number;
	int rc = terms_number(&c->terms, l, &number, e);

	progress("names read", c->list.count);
	return rc != 0 ? rc
		       : list_add(&c->list, &l->name, l->scope, l->action, number, e);
}

static void on_refused(void *arg, const struct refused *r)
{
	struct compilation *c = arg;

	progress_end();
	if (c->refused != NULL)
		refusals_add(&c->refused_list, r);
	if (r->nth <= SHOWN)
		report_print_refused(stderr, r);
	else if (r->nth == SHOWN + 1)
		fprintf(stderr, "%s: more of them: %s\n", r->list,
			c->refused != NULL ? refused_path : "see --refused FILE");
}

static int read_lists(struct compilation *c, int count, char **paths, struct err *e)
{
	int rc = 0;

	for (int i = 0; i < count && rc == 0; i++) {
		struct report report = { .on_refused = on_refused, .arg = c };
		struct reading r = {
			.guards = &c->guards,
			.scope = (uint8_t)scope,
			.action = (uint8_t)action,
			.sink = { accept_listing, c },
			.report = &report,
		};

		rc = list_read(&r, paths[i], format, e);
		progress_end();
		if (c->refused != NULL)
			refusals_end_list(&c->refused_list, &report, rc == 0);
		if (report.format != NULL)
			report_print(stderr, &report);
		EVP_DigestUpdate(c->digest, report.digest, sizeof(report.digest));
		c->names += report.names;
		c->local += report.local;
		c->joined += report.joined;
		c->lifted += report.lifted;
		c->refusals += report_refused(&report);
	}
	return rc;
}

static int check_options(struct err *e)
{
	notice.ttl = ttl;
	for (size_t i = 0; i < notices.count; i++)
		if (!notice_add(&notice, notices.at[i]))
			return err_set(e, ERR_INPUT,
				       "'%s' is not an IP address, or one too many",
				       notices.at[i]);
	if (!utf8_printable(span_of(authority)) || !utf8_printable(span_of(category)))
		return err_set(e, ERR_INPUT,
			       "an authority or a category is not plain text");
	if (span_of(authority).len > 1000 || span_of(category).len > 1000 ||
	    span_of(feed).len > 255 || feed[0] == '\0')
		return err_set(e, ERR_INPUT,
			       "the name of a feed, an authority or a "
			       "category is empty or too long");
	if (strcmp(feed, FEED_OVERRIDE) == 0)
		return err_set(e, ERR_INPUT,
			       "feed '%s' is what 'palang allow' and 'palang block' "
			       "make",
			       feed);
	return 0;
}

static int prepare(struct compilation *c, struct err *e)
{
	int rc = guards_load(&c->guards, NULL, e);

	c->terms.authority = span_of(authority);
	c->terms.category = span_of(category);
	c->terms.ede = (uint16_t)ede;
	c->terms.notice = notice;
	c->digest = EVP_MD_CTX_new();
	if (rc == 0 &&
	    (c->digest == NULL || !EVP_DigestInit_ex(c->digest, EVP_sha256(), NULL)))
		rc = err_set(e, ERR_SYSTEM, "cannot compute digests");
	if (rc == 0 && refused_path != NULL) {
		c->refused = fopen(refused_path, "w");
		if (c->refused == NULL)
			rc = err_set(e, ERR_SYSTEM, "cannot write '%s': %m",
				     refused_path);
	}
	return rc;
}

static int write_store(struct compilation *c, struct target *to, struct span source,
		       struct update_result *result, struct err *e)
{
	AUTO(update) u = { 0 };
	uint8_t digest[EVP_MAX_MD_SIZE];
	struct update_about about = { .verb = span_of("compile"), .time = time(NULL) };
	struct update_from from = {
		.feed = span_of(feed),
		.source = source,
		.source_digest = { digest, JOURNAL_DIGEST },
	};
	uint32_t *numbers;
	uint8_t number;

	EVP_DigestFinal_ex(c->digest, digest, NULL);
	update_begin(&u, to, e);
	number = update_feed(&u, from.feed);
	numbers = terms_write(&c->terms, &u);
	if (numbers == NULL)
		return err_set(e, ERR_SYSTEM, "out of memory for the orders");
	if (u.rc == 0 && action == ACTION_NOTICE &&
	    update_notice_find(&u, span_of("default")) == 0)
		cmd_complain("no --notice address: names are answered with no data");
	update_compare(&u, number, &c->list, numbers, NULL);
	update_accept(&u, &from);
	free(numbers);
	return update_commit(&u, &about, result);
}

static void print_result(const struct compilation *c, const struct update_result *r)
{
	fprintf(stderr, "%llu names read: %zu entries, %llu duplicates, %llu refused",
		(unsigned long long)c->names, c->list.count,
		(unsigned long long)c->list.duplicates,
		(unsigned long long)c->refusals);
	if (c->local > 0)
		fprintf(stderr, ", %llu local", (unsigned long long)c->local);
	if (c->joined > 0)
		fprintf(stderr, ", %llu joined", (unsigned long long)c->joined);
	if (c->lifted > 0)
		fprintf(stderr, ", %llu lifted", (unsigned long long)c->lifted);
	fputc('\n', stderr);
	committed_print(r, 0);
}

/* The lists' paths in one text, as much of it as the journal keeps. */
static struct span join(char *text, size_t size, int count, char **paths)
{
	size_t used = 0;

	text[0] = '\0';
	for (int i = 0; i < count && used < size - 1; i++) {
		int n = snprintf(text + used, size - used, "%s%s", i > 0 ? " " : "",
				 paths[i]);

		used = n < 0 || (size_t)n >= size - used ? size - 1 : used + (size_t)n;
	}
	return (struct span){ (uint8_t *)text, used };
}

static int compile(int count, char **paths, struct err *e)
{
	AUTO(compilation) c = { 0 };
	AUTO(turn) turn = { 0 };
	AUTO(target) to = { 0 };
	struct update_result result;
	long long committed;
	char source[1000];
	int rc = prepare(&c, e);

	if (rc == 0)
		rc = turn_take(&turn, store, cmd_waiting, e);
	if (rc == 0)
		rc = read_lists(&c, count, paths, e);
	if (c.refused != NULL &&
	    refusals_print(&c.refused_list, (enum refusals_format)refused_format,
			   c.refused, refused_path, rc == 0 ? e : NULL) != 0 &&
	    rc == 0)
		rc = ERR_SYSTEM;
	if (rc != 0)
		return rc;
	progress_phase("sorting");
	list_sort(&c.list);
	progress_phase("writing");
	rc = target_open(&to, store, cmd_waiting, e);
	if (rc == 0)
		rc = write_store(&c, &to, join(source, sizeof(source), count, paths),
				 &result, e);
	committed = enforced_clock();
	progress_end();
	if (rc != 0)
		return rc;
	print_result(&c, &result);
	target_release(&to);
	turn_release(&turn);
	if (result.committed && !no_wait)
		enforced_wait(store, result.serial, committed);
	return 0;
}

static int run(int count, char **operands)
{
	struct err e = { 0 };

	store = cmd_store(store);
	if (check_options(&e) != 0)
		return cmd_usage(&cmd_compile, e.text);
	if (compile(count, operands, &e) == 0)
		return CMD_OK;
	cmd_complain(e.text);
	return CMD_FAILED;
}

const struct cmd cmd_compile = {
	.name = "compile",
	.synopsis = "[options] LIST...",
	.summary = "compile lists into a store, or bring it up to what they say",
	.opts = opts,
	.operands_min = 1,
	.operands_max = -1,
	.run = run,
};
