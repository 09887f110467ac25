// SPDX-License-Identifier: BSD-3-Clause
/* palang verify: is the store whole, and is its journal the one that was written? */
#include "cmd.h"
#include "json.h"
#include "progress.h"
#include "verify.h"
#include "view.h"

static const char *store;
static bool json;

static const struct opt opts[] = {
	STRING('o', "store", "STORE", &store, "directory of the store (PALANG_STORE)"),
	FLAG('j', "json", &json, "print one JSON object"),
	OPTS_END,
};

static void show(uint64_t names)
{
	progress("names verified", names);
}

static void print(const struct verified *v, const char *error)
{
	char digest[2 * sizeof(v->digest) + 1];

	for (size_t i = 0; i < sizeof(v->digest); i++)
		snprintf(digest + 2 * i, 3, "%02x", v->digest[i]);
	if (json) {
		json_print(json_pack(
			"{s:b,s:s?,s:I,s:I,s:I,s:I,s:I,s:I,s:s}", "whole",
			error == NULL, "error", error, "serial", (json_int_t)v->serial,
			"names", (json_int_t)v->names, "entries",
			(json_int_t)v->entries, "orders", (json_int_t)v->orders,
			"tombstones", (json_int_t)v->tombstones, "serials_cut",
			(json_int_t)v->cut, "digest", digest));
		return;
	}
	if (error != NULL)
		return;
	printf("serial %llu is whole: %llu names, %llu entries, %llu orders, %llu "
	       "tombstones\n",
	       (unsigned long long)v->serial, (unsigned long long)v->names,
	       (unsigned long long)v->entries, (unsigned long long)v->orders,
	       (unsigned long long)v->tombstones);
	printf("journal: %llu serials, the changes of %llu are cut; digest %s\n",
	       (unsigned long long)v->serial, (unsigned long long)v->cut, digest);
}

static int run(int count, char **operands)
{
	AUTO(view) there = { 0 };
	struct verified v = { 0 };
	struct err e = { 0 };
	int rc;

	(void)count;
	(void)operands;
	store = cmd_store(store);
	rc = view_open(&there, store, &e);
	if (rc == 0)
		rc = verify(&there.reader, &v, show, &e);
	progress_end();
	print(&v, rc == 0 ? NULL : e.text);
	if (rc == 0)
		return CMD_OK;
	cmd_complain(e.text);
	return CMD_FAILED;
}

const struct cmd cmd_verify = {
	.name = "verify",
	.synopsis = "[options]",
	.summary = "look whether the store is whole and its journal unaltered",
	.opts = opts,
	.operands_min = 0,
	.operands_max = 0,
	.run = run,
};
