// SPDX-License-Identifier: BSD-3-Clause
/* Lists of names: a name in them is blocked with all that is below it. */
#include <arpa/inet.h>

#include "export.h"
#include "flat.h"
#include "progress.h"

/* Counts what a list cannot say about the name at hand. Returns true when the name,
 * with all below it, or with BELOW_ALONE what is below it, is to be written. */
static bool is_written(struct export *x, const struct said *above,
		       const struct said *self, const struct said *below,
		       bool has_stars)
{
	bool name = said_blocks(self), rest = said_blocks(below);

	if (said_blocks(above) && !(name && rest)) {
		x->losses[EXPORT_LOSS_PASS]++;
		return false;
	}
	if (!name && !rest)
		return false;
	if (!rest || (!name && !has_stars)) {
		x->losses[rest ? EXPORT_LOSS_BELOW : EXPORT_LOSS_EXACT]++;
		return false;
	}
	return true;
}

/* A notice without an address is no other action: nothing was said about it. */
static bool is_other_action(const struct walk *w, const struct said *s)
{
	if (!said_blocks(s) || s->action == ACTION_NOTICE)
		return false;
	for (unsigned i = 0; i < w->count && s->action == ACTION_NODATA; i++)
		if (w->entries[i].action == ACTION_NOTICE &&
		    w->reader->now.rank[w->entries[i].feed] == s->rank)
			return false;
	return true;
}

static int write_names(struct export *x, bool has_stars,
		       int (*write)(struct export *x, const char *name,
				    const struct said *self, const struct said *below,
				    struct err *e),
		       struct err *e)
{
	struct said above, self, below;
	struct flat flat = { 0 };
	int rc;

	while ((rc = walk_next(&x->walk, e)) > 0) {
		char name[NAME_TEXT_MAX];

		progress("names written", x->names);
		rc = flat_next(&flat, &x->walk, &above, &self, &below, e);
		if (rc != 0)
			return rc;
		if (!is_written(x, &above, &self, &below, has_stars))
			continue;
		if (is_other_action(&x->walk, &self) ||
		    is_other_action(&x->walk, &below))
			x->losses[EXPORT_LOSS_ACTION]++;
		export_name(name, x->walk.key);
		rc = write(x, name, &self, &below, e);
		if (rc != 0)
			return rc;
		x->names++;
	}
	return rc;
}

static int write_domain(struct export *x, const char *name, const struct said *self,
			const struct said *below, struct err *e)
{
	(void)below;
	(void)e;
	fprintf(x->to, "%s%s\n", said_blocks(self) ? "" : "*.", name);
	return 0;
}

int export_domains(struct export *x, struct err *e)
{
	return write_names(x, true, write_domain, e);
}

/* At the addresses of the notice, or at none. */
static int write_host(struct export *x, const char *name, const struct said *self,
		      const struct said *below, struct err *e)
{
	char address[INET6_ADDRSTRLEN];
	struct notice n;
	int rc;

	(void)below;
	if (self->action != ACTION_NOTICE) {
		fprintf(x->to, "0.0.0.0 %s\n", name);
		return 0;
	}
	rc = reader_notice(x->walk.reader, self->notice, &n, e);
	if (rc != 0)
		return rc;
	for (int i = 0; i < n.v4_count; i++)
		fprintf(x->to, "%s %s\n",
			inet_ntop(AF_INET, n.v4[i], address, sizeof(address)), name);
	for (int i = 0; i < n.v6_count; i++)
		fprintf(x->to, "%s %s\n",
			inet_ntop(AF_INET6, n.v6[i], address, sizeof(address)), name);
	return 0;
}

int export_hosts(struct export *x, struct err *e)
{
	return write_names(x, false, write_host, e);
}
