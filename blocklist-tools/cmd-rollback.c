// SPDX-License-Identifier: BSD-3-Clause
/* palang rollback: back to what a past serial said, as a new serial. */
#include <stdlib.h>
#include <time.h>

#include "cmd.h"
#include "committed.h"
#include "enforced.h"
#include "past-print.h"
#include "serial.h"
#include "update.h"

static const char *store, *reason;
static bool dry_run, no_wait;

static const struct opt opts[] = {
	STRING('o', "store", "STORE", &store, "directory of the store (PALANG_STORE)"),
	STRING('r', "reason", "TEXT", &reason, "why; goes into the journal"),
	FLAG('n', "dry-run", &dry_run, "say what would change, and write nothing"),
	FLAG(0, "no-wait", &no_wait,
	     "do not wait until resolvers enforce the new serial"),
	OPTS_END,
};

/* The reason in the journal says to which serial, too. */
static struct span write_reason(char text[static 1100], uint64_t serial)
{
	snprintf(text, 1100, "to serial %llu%s%s", (unsigned long long)serial,
		 reason == NULL ? "" : ": ", reason == NULL ? "" : reason);
	return span_of(text);
}

static void print_counts(const struct update *u, uint64_t serial)
{
	uint64_t added = 0, removed = 0, changed = 0;

	for (unsigned i = 0; i < u->share_count; i++) {
		added += u->shares[i].counts.added;
		removed += u->shares[i].counts.removed;
		changed += u->shares[i].counts.changed;
	}
	fprintf(stderr,
		"to serial %llu: %llu names would be added, %llu removed, %llu "
		"changed\n",
		(unsigned long long)serial, (unsigned long long)added,
		(unsigned long long)removed, (unsigned long long)changed);
}

/* What the rollback would do, a line for each entry. */
static void print_changes(const struct update *u)
{
	struct bytes b = bytes_from(u->changes.data, u->changes.used);
	struct change change;

	while (change_next(&b, &change))
		change_print(&change);
}

static int write_rollback(struct target *to, uint64_t serial,
			  struct update_result *result, struct err *e)
{
	AUTO(update) u = { 0 };
	char text[1100];
	struct update_about about = {
		.verb = span_of("rollback"),
		.reason = write_reason(text, serial),
		.time = time(NULL),
	};

	update_begin(&u, to, e);
	update_rollback(&u, serial);
	if (!dry_run || u.rc != 0)
		return update_commit(&u, &about, result);
	print_changes(&u);
	print_counts(&u, serial);
	return 0;
}

static int rollback(uint64_t serial, struct err *e)
{
	AUTO(store) there = { 0 };
	AUTO(target) to = { 0 };
	struct update_result result = { 0 };
	long long committed;
	int rc = store_open(&there, store, STORE_READ, e);

	/* A rollback makes no store. */
	store_release(&there);
	if (rc == 0)
		rc = target_open(&to, store, cmd_waiting, e);
	if (rc == 0)
		rc = write_rollback(&to, serial, &result, e);
	committed = enforced_clock();
	if (rc != 0 || dry_run)
		return rc;
	committed_print(&result, serial);
	target_release(&to);
	if (result.committed && !no_wait)
		enforced_wait(store, result.serial, committed);
	return 0;
}

static int run(int count, char **operands)
{
	struct err e = { 0 };
	uint64_t serial;

	(void)count;
	store = cmd_store(store);
	if (!serial_parse(operands[0], &serial))
		return cmd_usage(&cmd_rollback, "a serial is a number from 1 on");
	if (reason != NULL && cmd_check_text("reason", reason, &e) != 0)
		return cmd_usage(&cmd_rollback, e.text);
	if (rollback(serial, &e) == 0)
		return CMD_OK;
	cmd_complain(e.text);
	return CMD_FAILED;
}

const struct cmd cmd_rollback = {
	.name = "rollback",
	.synopsis = "[options] SERIAL",
	.summary = "make names and settings what they were at a serial",
	.opts = opts,
	.operands_min = 1,
	.operands_max = 1,
	.run = run,
};
