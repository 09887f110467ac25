// SPDX-License-Identifier: BSD-3-Clause
/* palang doctor: checks of Unbound's configuration. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "doctor.h"
#include "domain.h"
#include "lookup.h"

void check_configuration(struct doctor *d)
{
	struct findings *f = &d->findings;

	if (d->valid && d->conf_error.code != 0)
		finding_add(f, LEVEL_NOTE,
			    "%s: not every line of the configuration was found",
			    d->conf_error.text);
	if (d->unreadable.code == ERR_MISSING)
		finding_add(f, LEVEL_ERROR, "%s", d->unreadable.text);
	else if (d->unreadable.code != 0)
		finding_add(f, LEVEL_ERROR, "unbound-checkconf cannot read '%s': %s",
			    d->config, d->unreadable.text);
	else if (!d->valid)
		finding_add(f, LEVEL_ERROR, "unbound-checkconf says of '%s': %s",
			    d->config, d->complaint);
	else
		finding_add(f, LEVEL_OK,
			    "'%s' has no error that unbound-checkconf finds",
			    d->config);
}

/* Adds the line that module-config should be. */
static void change_modules(struct doctor *d, struct finding *f)
{
	char line[256];

	doctor_modules(d, line);
	finding_change(f, doctor_setting(d, OPTION_MODULE_CONFIG), d->config,
		       "module-config: \"%s\"", line);
}

void check_dynlib(struct doctor *d)
{
	const char *modules = d->value[OPTION_MODULE_CONFIG];

	if (d->unreadable.code != 0 || doctor_word(modules, "dynlib") >= 0)
		return;
	change_modules(d,
		       finding_add(&d->findings, LEVEL_ERROR,
				   "module-config is \"%s\", without dynlib: Unbound "
				   "does not load palang, and nothing is blocked",
				   modules));
}

/* What a module that comes before palang does past it. */
// clang-format off
static const struct {
	const char *module, *does;
} before[] = {
	{ "iterator", "answers all there is, and palang is never asked" },
	{ "validator", "puts answers into the cache after palang has looked at them: a "
		       "name that is listed in that moment can stay free for its TTL" },
	{ "dns64", "makes AAAA of the notice's IPv4 address, and blocked answers get "
		   "into the cache, where they stay when a block is lifted" },
	{ "subnetcache", "answers from a cache of its own, which palang cannot clear: "
			 "names stay free for as long as they are in it" },
	{ "cachedb", "answers from a cache outside Unbound, which palang cannot clear: "
		     "names stay free for as long as they are in it" },
	{ "respip", "is to come after dynlib" },
	{ "ipsecmod", "is to come after dynlib" },
	{ "python", "runs a script that may answer before palang is asked" },
	{ "ipset", "is to come after dynlib" },
};
// clang-format on

void check_order(struct doctor *d)
{
	const char *modules = d->value[OPTION_MODULE_CONFIG];
	int place = doctor_word(modules, "dynlib");
	struct finding *f;

	if (d->unreadable.code != 0 || place < 0)
		return;
	if (place == 0) {
		finding_add(&d->findings, LEVEL_OK,
			    "module-config is \"%s\": dynlib comes first", modules);
		return;
	}
	for (size_t i = 0; i < sizeof(before) / sizeof(before[0]); i++) {
		int at = doctor_word(modules, before[i].module);

		if (at < 0 || at > place)
			continue;
		f = finding_add(
			&d->findings, LEVEL_ERROR,
			"module-config is \"%s\": %s comes before dynlib and %s",
			modules, before[i].module, before[i].does);
		change_modules(d, f);
	}
}

void check_slabs(struct doctor *d)
{
	long threads = doctor_number(d, OPTION_NUM_THREADS), slabs, power = 1;
	struct finding *f;

	slabs = doctor_number(d, OPTION_MSG_CACHE_SLABS);
	if (d->unreadable.code != 0 || slabs >= threads)
		return;
	while (power < threads)
		power *= 2;
	f = finding_add(&d->findings, LEVEL_WARNING,
			"num-threads is %ld and msg-cache-slabs is %ld: while palang "
			"drops cached answers, threads wait for each other's part of "
			"the cache",
			threads, slabs);
	finding_change(f, doctor_setting(d, OPTION_MSG_CACHE_SLABS), d->config,
		       "msg-cache-slabs: %ld", power);
}

/* Why nothing that is listed leaves the cache; NULL when it does, as far as can be
 * told. */
static const char *why_not_evicted(const struct doctor *d)
{
	if (doctor_word(d->value[OPTION_MODULE_CONFIG], "dynlib") < 0)
		return "module-config is without dynlib";
	if (d->control_answers && doctor_word(d->live_modules, "dynlib") < 0)
		return "the running resolver has not loaded palang";
	if (d->own != NULL && d->own->store != STORE_SERVING)
		return "the resolver cannot use its store";
	if (d->own != NULL && d->store_error.code == 0 && d->own->enforced < d->serial)
		return "the resolver does not enforce the store's serial";
	return NULL;
}

void check_serve_expired(struct doctor *d)
{
	const char *why = why_not_evicted(d);
	struct finding *f;

	if (d->unreadable.code != 0 || !doctor_is(d, OPTION_SERVE_EXPIRED, "yes"))
		return;
	if (why != NULL) {
		f = finding_add(&d->findings, LEVEL_ERROR,
				"serve-expired is yes, but %s: what the cache holds of "
				"listed names is answered on, also after its TTL",
				why);
		finding_change(f, doctor_setting(d, OPTION_SERVE_EXPIRED), d->config,
			       "serve-expired: no");
	}
	if (doctor_number(d, OPTION_SERVE_EXPIRED_TTL) != 0)
		return;
	f = finding_add(
		&d->findings, LEVEL_WARNING,
		"serve-expired is yes and serve-expired-ttl is 0: should palang "
		"ever not run, expired answers of listed names are given "
		"without a limit");
	finding_change(f, doctor_setting(d, OPTION_SERVE_EXPIRED_TTL), d->config,
		       "serve-expired-ttl: 86400");
}

/* Local data that answers a name which the store blocks. */
static bool is_blocked(struct doctor *d, const char *value, char name[static 256])
{
	struct domain domain = { 0 };
	struct verdict v;
	size_t len = strcspn(value, " \t");
	bool blocked;

	snprintf(name, 256, "%.*s", (int)len, value);
	if (d->store_error.code != 0 || d->lock_missing ||
	    domain_parse(&domain, span_of(name)) != REFUSED_NOT ||
	    reader_begin(&d->reader, NULL) != 0)
		return false;
	blocked = lookup(&d->reader, domain.name.key, domain.name.len, time(NULL), &v,
			 NULL, NULL, NULL) == 0 &&
		  verdict_blocks(&v);
	reader_end(&d->reader);
	return blocked;
}

/* Types of local zones that answer nothing by themselves. */
static bool is_silent(const char *value)
{
	static const char *const types[] = { "nodefault", "transparent",
					     "typetransparent", "inform" };
	const char *blank = strrchr(value, ' ');

	for (size_t i = 0; blank != NULL && i < sizeof(types) / sizeof(types[0]); i++)
		if (strcmp(blank + 1, types[i]) == 0)
			return true;
	return false;
}

static size_t look_at_local(struct doctor *d, size_t *answering)
{
	size_t conflicts = 0;

	for (size_t i = 0; i < d->conf.count; i++) {
		const struct conf_setting *s = &d->conf.at[i];
		char name[256];

		if ((strcmp(s->key, "local-zone") != 0 || is_silent(s->value)) &&
		    strcmp(s->key, "local-data") != 0)
			continue;
		++*answering;
		if (!is_blocked(d, s->value, name) || conflicts++ >= 10)
			continue;
		finding_change(finding_add(&d->findings, LEVEL_WARNING,
					   "%s of '%s' is answered before palang is "
					   "asked, and the store blocks that name",
					   s->key, name),
			       s, "", "# %s: %s", s->key, s->value);
	}
	return conflicts;
}

void check_precedence(struct doctor *d)
{
	size_t local = 0, conflicts = look_at_local(d, &local);
	struct findings *f = &d->findings;

	if (conflicts > 10)
		finding_add(f, LEVEL_WARNING, "%zu more of that kind", conflicts - 10);
	if (local > 0)
		finding_add(f, LEVEL_NOTE,
			    "%zu local-zone and local-data: they are answered before "
			    "palang is asked",
			    local);
	if (conf_clauses(&d->conf, "rpz") > 0)
		finding_add(f, LEVEL_NOTE,
			    "%zu response policy zones (rpz): what they say of a "
			    "client's name is answered before palang is asked",
			    conf_clauses(&d->conf, "rpz"));
	if (conf_clauses(&d->conf, "auth-zone") > 0)
		finding_add(f, LEVEL_NOTE,
			    "%zu auth-zone: with for-downstream: yes their names are "
			    "answered before palang is asked",
			    conf_clauses(&d->conf, "auth-zone"));
	if (conf_find(&d->conf, "server", "response-ip", NULL) != NULL)
		finding_add(f, LEVEL_NOTE,
			    "response-ip: it acts on the addresses in answers that "
			    "palang lets pass, not on what palang answers");
}
