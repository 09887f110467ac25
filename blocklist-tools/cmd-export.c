// SPDX-License-Identifier: BSD-3-Clause
/* palang export: what a store says, for those who run something else and for
 * auditors. */
#include <string.h>
#include <time.h>

#include "cmd.h"
#include "date.h"
#include "domain.h"
#include "export.h"
#include "out-file.h"
#include "progress.h"
#include "view.h"

static const char *store, *output, *at, *zone;
static struct opt_strings feeds;
static int format = EXPORT_CSV;
static uint32_t serial = UINT32_MAX, ttl;
static bool all, zonemd;
static int64_t now;
static struct name apex;

static const struct opt opts[] = {
	STRING('o', "store", "STORE", &store, "directory of the store (PALANG_STORE)"),
	WORD('f', "format", "FORMAT", &format, export_format_names, EXPORT_FORMATS,
	     "what to write (csv)"),
	STRINGS(0, "feed", "NAME", &feeds,
		"only the entries of this feed; once for each"),
	STRING(0, "at", "TIME", &at, "what is in force then, by what the store says"),
	FLAG(0, "all", &all, "entries too that are not in force; csv and json"),
	STRING(0, "output", "FILE", &output, "write FILE, whole or not at all"),
	STRING(0, "zone", "NAME", &zone, "name of the zone (rpz)"),
	NUMBER(0, "serial", "NUMBER", &serial, 0, UINT32_MAX - 1,
	       "serial of the zone (the store's)"),
	NUMBER(0, "ttl", "SECONDS", &ttl, 1, 86400,
	       "TTL of the zone's policies (as resolvers answer)"),
	FLAG(0, "zonemd", &zonemd, "end the zone with its digest (RFC 8976)"),
	OPTS_END,
};

static int check_options(struct err *e)
{
	struct domain d = { 0 };
	enum refusal why = domain_parse(&d, span_of(zone == NULL ? "rpz" : zone));

	if (format != EXPORT_RPZ &&
	    (zone != NULL || serial != UINT32_MAX || ttl != 0 || zonemd))
		return err_set(e, ERR_INPUT,
			       "--zone, --serial, --ttl and --zonemd are of the "
			       "format rpz");
	if (all && (format != EXPORT_CSV && format != EXPORT_JSON))
		return err_set(e, ERR_INPUT,
			       "--all goes with csv and json: only they carry dates");
	if (all && at != NULL)
		return err_set(e, ERR_INPUT, "--all and --at exclude each other");
	if ((why != REFUSED_NOT && why != REFUSED_TLD) || d.below)
		return err_set(e, ERR_INPUT, "cannot use --zone '%.100s': %s", zone,
			       d.below ? "write it without '*.'"
				       : refusal_rows[why].text);
	apex = d.name;
	now = time(NULL);
	if (at != NULL && !date_parse(span_of(at), &now))
		return err_set(e, ERR_INPUT,
			       "cannot use --at '%.100s': not a date such as "
			       "2026-11-23 or 2026-11-23T10:00:00+07:00",
			       at);
	return 0;
}

/* Wants the feeds that were named alone, and of them also those in shadow mode. */
static int want_feeds(struct walk *w, struct err *e)
{
	if (feeds.count > 0)
		memset(w->wanted, 0, sizeof(w->wanted));
	for (size_t i = 0; i < feeds.count; i++) {
		bool found = false;
		struct feed f;

		for (int n = 0; n <= UINT8_MAX && !found; n++) {
			found = reader_feed(w->reader, (uint8_t)n, &f, NULL) == 0 &&
				span_equal(f.name, span_of(feeds.at[i]));
			w->wanted[n] |= found;
		}
		if (!found)
			return err_set(e, ERR_INPUT, "store '%s' has no feed '%s'",
				       store, feeds.at[i]);
	}
	return 0;
}

static int export(struct export *x, struct reader *r, struct err *e)
{
	AUTO(out_file) out = { 0 };
	int rc = walk_begin(&x->walk, r, now, all, e);

	x->zone = (struct export_zone){
		.apex = apex,
		.serial = serial != UINT32_MAX ? serial : (uint32_t)r->now.serial,
		.ttl = ttl,
		.zonemd = zonemd,
	};
	if (rc == 0)
		rc = want_feeds(&x->walk, e);
	if (rc == 0)
		rc = out_file_open(&out, output, e);
	x->to = out.to;
	if (rc == 0)
		rc = export_write(x, (enum export_format)format, e);
	progress_end();
	if (rc == 0)
		rc = out_file_commit(&out, e);
	walk_release(&x->walk);
	return rc;
}

static int read_and_export(struct export *x, struct err *e)
{
	AUTO(view) v = { 0 };
	int rc = view_open(&v, store, e);

	if (rc == 0)
		rc = export(x, &v.reader, e);
	if (rc == 0)
		fprintf(stderr, "serial %llu: %llu names written\n",
			(unsigned long long)v.reader.now.serial,
			(unsigned long long)x->names);
	return rc;
}

static int run(int count, char **operands)
{
	static struct export x; /* large */
	struct err e = { 0 };

	(void)count;
	(void)operands;
	store = cmd_store(store);
	if (check_options(&e) != 0)
		return cmd_usage(&cmd_export, e.text);
	if (read_and_export(&x, &e) != 0) {
		cmd_complain(e.text);
		return CMD_USAGE;
	}
	return export_print_losses(stderr, &x) ? CMD_FAILED : CMD_OK;
}

const struct cmd cmd_export = {
	.name = "export",
	.synopsis = "[options]",
	.summary = "write what a store says as a zone, a list or a table",
	.opts = opts,
	.operands_min = 0,
	.operands_max = 0,
	.run = run,
};
