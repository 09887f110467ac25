// SPDX-License-Identifier: BSD-3-Clause
/* A response policy zone that answers as palang does, in any server.
 *
 * NAME and *.NAME are two records. A server looks for *.NAME only at the closest name
 * above the one asked for that there is (RFC 4592); what stands between two names is
 * there as well. So below a name whose policy goes on downwards, each name down to the
 * next that is written gets both records: without them there were a hole. Names that
 * are answered like what is above them are not written, unless such a name goes through
 * them: that they are covered costs nothing. */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "export.h"
#include "flat.h"
#include "progress.h"
#include "zone-file.h"

/* Of policies that have no notice, as the module has it. */
#define DEFAULT_TTL 30

/* A name that is written, on the way from the root. */
struct node {
	size_t len; /* of its key */
	struct said below;
	bool star; /* its *.NAME is still to be written */
};

struct rpz {
	struct export *x;
	struct zone_file zone;
	uint8_t key[NAME_KEY_MAX]; /* of the last node */
	struct node nodes[NAME_LABELS_MAX];
	unsigned depth;
	struct err *e;
	int rc;
};

static int compare_addresses(const void *a, const void *b, void *size)
{
	return memcmp(a, b, *(size_t *)size);
}

static void write_addresses(struct rpz *z, enum rr_type type, const void *at,
			    size_t count, size_t size, uint32_t ttl)
{
	uint8_t sorted[NOTICE_ADDRESSES_MAX * 16];
	char text[INET6_ADDRSTRLEN];

	memcpy(sorted, at, count * size);
	qsort_r(sorted, count, size, compare_addresses, &size);
	for (size_t i = 0; i < count; i++) {
		const uint8_t *address = sorted + i * size;

		inet_ntop(type == RR_A ? AF_INET : AF_INET6, address, text,
			  sizeof(text));
		zone_file_record(&z->zone, type, ttl, (struct span){ address, size },
				 text);
	}
}

static void write_cname(struct rpz *z, const char *text, const char *wire, size_t len,
			uint32_t ttl)
{
	zone_file_record(&z->zone, RR_CNAME, ttl,
			 (struct span){ (const uint8_t *)wire, len }, text);
}

/* What S says, for the owner that was set. */
static void write_policy(struct rpz *z, const struct said *s)
{
	struct notice n = { .ttl = DEFAULT_TTL };
	uint32_t ttl = z->x->zone.ttl;

	if (s->notice != 0)
		z->rc = reader_notice(z->x->walk.reader, s->notice, &n, z->e);
	if (z->rc != 0)
		return;
	if (ttl == 0)
		ttl = n.ttl;
	switch (s->action) {
	case ACTION_NOTICE:
		write_addresses(z, RR_A, n.v4, n.v4_count, sizeof(n.v4[0]), ttl);
		write_addresses(z, RR_AAAA, n.v6, n.v6_count, sizeof(n.v6[0]), ttl);
		break;
	case ACTION_PASS:
		write_cname(z, "rpz-passthru.", "\14rpz-passthru", 14, ttl);
		break;
	case ACTION_DROP:
		write_cname(z, "rpz-drop.", "\10rpz-drop", 10, ttl);
		break;
	case ACTION_NODATA:
		write_cname(z, "*.", "\1*", 3, ttl);
		break;
	default:
		write_cname(z, ".", "", 1, ttl);
	}
}

/* Writes *.NAME of the last node, whose key begins with Z's. */
static void write_star(struct rpz *z)
{
	struct node *node = &z->nodes[z->depth - 1];

	node->star = false;
	if (zone_file_owner(&z->zone, (struct span){ z->key, node->len }, true))
		write_policy(z, &node->below);
	else
		z->x->losses[EXPORT_LOSS_LENGTH]++;
}

/* True when *.NAME of the last node comes before the name KEY. */
static bool star_is_before(const struct rpz *z, struct span key)
{
	size_t len = z->nodes[z->depth - 1].len;
	uint8_t star[NAME_KEY_MAX + 2];

	memcpy(star, z->key, len);
	memcpy(star + len, "*", 2);
	return name_compare(star, len + 2, key.data, key.len) < 0;
}

/* Leaves the nodes that KEY is not below, and writes what comes before it. */
static void leave(struct rpz *z, struct span key)
{
	size_t common =
		name_common(z->key, z->depth > 0 ? z->nodes[z->depth - 1].len : 0,
			    key.data, key.len);

	while (z->depth > 0 && z->nodes[z->depth - 1].len > common && z->rc == 0) {
		if (z->nodes[z->depth - 1].star)
			write_star(z);
		z->depth--;
	}
	if (z->depth > 0 && z->nodes[z->depth - 1].star && star_is_before(z, key))
		write_star(z);
}

/* Writes a name, which is below the last node. Returns false when it is too long. */
static bool enter(struct rpz *z, struct span key, const struct said *self,
		  const struct said *below)
{
	bool fits = zone_file_owner(&z->zone, key, false);

	if (z->depth > 0 && z->nodes[z->depth - 1].star && star_is_before(z, key)) {
		write_star(z);
		fits = zone_file_owner(&z->zone, key, false);
	}
	if (fits && self->found)
		write_policy(z, self);
	z->nodes[z->depth++] = (struct node){ key.len, *below, fits && below->found };
	memcpy(z->key, key.data, key.len);
	return fits;
}

/* The names between the last node and KEY. */
static void enter_between(struct rpz *z, struct span key)
{
	struct said above = z->nodes[z->depth - 1].below;
	size_t len = z->nodes[z->depth - 1].len;

	for (;;) {
		const uint8_t *end = memchr(key.data + len, 0x00, key.len - len);

		len = (size_t)(end + 1 - key.data);
		if (len == key.len || z->rc != 0)
			return;
		enter(z, (struct span){ key.data, len }, &above, &above);
	}
}

/* True for a name with a label `*`, and for one below a top-level name of RPZ's own. */
static bool means_else(struct span key)
{
	if (key.len > 4 && strncasecmp((const char *)key.data, "rpz-", 4) == 0)
		return true;
	for (size_t i = 0; i + 1 < key.len; i++)
		if ((i == 0 || key.data[i - 1] == 0x00) && key.data[i] == '*' &&
		    key.data[i + 1] == 0x00)
			return true;
	return false;
}

/* No zone can answer REFUSED. Returns true when one of them does. */
static bool replace_refused(struct said *self, struct said *below)
{
	bool name = self->found && self->action == ACTION_REFUSED;
	bool rest = below->found && below->action == ACTION_REFUSED;

	if (rest)
		below->action = ACTION_NXDOMAIN;
	if (name)
		self->action = rest ? ACTION_NXDOMAIN : ACTION_NODATA;
	return name || rest;
}

static void take_name(struct rpz *z, struct said *self, struct said *below)
{
	static const struct said nothing;
	struct span key = z->x->walk.key;
	bool refused = replace_refused(self, below);
	const struct said *above;

	leave(z, key);
	above = z->depth > 0 ? &z->nodes[z->depth - 1].below : &nothing;
	if (z->rc != 0 || (said_same(self, above) && said_same(below, above)))
		return;
	if (means_else(key)) {
		z->x->losses[EXPORT_LOSS_MEANING]++;
		return;
	}
	if (refused)
		z->x->losses[EXPORT_LOSS_REFUSED]++;
	if (above->found)
		enter_between(z, key);
	if (z->rc != 0)
		return;
	if (enter(z, key, self, below))
		z->x->names++;
	else
		z->x->losses[EXPORT_LOSS_LENGTH]++;
}

int export_rpz(struct export *x, struct err *e)
{
	struct rpz z = { .x = x, .e = e };
	struct said above, self, below;
	struct flat flat = { 0 };
	int rc;

	z.rc = zone_file_begin(&z.zone, x->to, &x->zone.apex, x->zone.serial,
			       x->zone.ttl != 0 ? x->zone.ttl : DEFAULT_TTL,
			       x->zone.zonemd, e);
	while (z.rc == 0 && (rc = walk_next(&x->walk, e)) != 0) {
		progress("names written", x->names);
		z.rc = rc < 0 ? rc
			      : flat_next(&flat, &x->walk, &above, &self, &below, e);
		if (z.rc == 0)
			take_name(&z, &self, &below);
	}
	if (z.rc == 0)
		leave(&z, (struct span){ NULL, 0 });
	if (z.rc == 0)
		z.rc = zone_file_end(&z.zone, e);
	zone_file_release(&z.zone);
	return z.rc;
}
