// SPDX-License-Identifier: BSD-3-Clause
/* palang diff: what two serials, stores or lists differ in. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cmd.h"
#include "format.h"
#include "json.h"
#include "net.h"
#include "serial.h"
#include "terms.h"
#include "utf8.h"
#include "view.h"
#include "walk.h"

static const char *store;
static bool json;

static const struct opt opts[] = {
	STRING('o', "store", "STORE", &store,
	       "directory of the store whose serials are meant (PALANG_STORE)"),
	FLAG('j', "json", &json, "print JSON objects, one a line"),
	OPTS_END,
};

/* Both sides, with one numbering of orders. */
struct diff {
	struct list sides[2];
	struct terms terms;
	struct guards guards;
	struct list *into;          /* the side that is read */
	uint64_t only[2], names[3]; /* entries; names removed, added, changed */
};

static void diff_release(struct diff *d)
{
	list_release(&d->sides[0]);
	list_release(&d->sides[1]);
	terms_release(&d->terms);
	guards_release(&d->guards);
}

/* Where a name is answered to is no part of the comparison. */
static int take(void *arg, const struct listing *l, struct err *e)
{
	struct diff *d = arg;
	struct listing plain = *l;
	uint32_t number;
	int rc;

	plain.notice = (struct span){ 0 };
	rc = terms_number(&d->terms, &plain, &number, e);
	return rc != 0 ? rc
		       : list_add(d->into, &l->name, l->scope, l->action, number, e);
}

static int read_list(struct diff *d, const char *path, struct err *e)
{
	struct report report = { 0 };
	struct reading r = {
		.guards = &d->guards,
		.scope = SCOPE_SUBTREE,
		.action = ACTION_NOTICE,
		.sink = { take, d },
		.report = &report,
	};
	int rc = list_read(&r, path, -1, e);

	if (rc == 0 && report_refused(&report) > 0)
		fprintf(stderr,
			"palang: %llu lines of '%s' are refused: see "
			"'palang check'\n",
			(unsigned long long)report_refused(&report), path);
	return rc;
}

static int take_entry(struct diff *d, struct reader *r, struct span key,
		      const struct entry *entry, struct err *e)
{
	struct listing l = { .scope = entry->scope, .action = entry->action };
	struct order order;
	int rc = reader_order(r, entry->order, &order, e);

	if (rc != 0)
		return rc;
	l.name.len = (uint16_t)key.len;
	memcpy(l.name.key, key.data, key.len);
	l.order = &order;
	return take(d, &l, e);
}

/* The entries of the name that W is at, but for what NET says came later. */
static int take_name(struct diff *d, const struct walk *w, const struct net *net,
		     struct err *e)
{
	int rc = 0;

	for (unsigned i = 0; i < w->count && rc == 0; i++)
		if (net_find(net, w->key, &w->entries[i]) == NULL)
			rc = take_entry(d, w->reader, w->key, &w->entries[i], e);
	return rc;
}

/* The names of the store at its serial now, and what NET says went. */
static int take_names(struct diff *d, struct reader *r, const struct net *net,
		      struct err *e)
{
	struct walk w;
	int rc = walk_begin(&w, r, 0, true, e);

	if (rc == 0)
		while ((rc = walk_next(&w, e)) > 0)
			if ((rc = take_name(d, &w, net, e)) != 0)
				break;
	walk_release(&w);
	for (size_t i = 0; i < net->count && rc == 0; i++)
		if (!net->at[i].came)
			rc = take_entry(d, r, net->at[i].key, &net->at[i].entry, e);
	return rc;
}

static int check_serial(const struct reader *r, uint64_t serial, struct err *e)
{
	return serial <= r->now.serial
		       ? 0
		       : err_set(e, ERR_INPUT, "the store has no serial %llu",
				 (unsigned long long)serial);
}

/* A store as it is now, for SERIAL 0, or at a serial. */
static int read_store(struct diff *d, const char *path, uint64_t serial, struct err *e)
{
	AUTO(view) s = { 0 };
	AUTO(net) net = { 0 };
	int rc = view_open(&s, path, e);

	if (rc == 0)
		rc = check_serial(&s.reader, serial, e);
	if (rc == 0 && serial > 0)
		rc = net_read(&net, &s.reader, serial, s.reader.now.serial, e);
	return rc == 0 ? take_names(d, &s.reader, &net, e) : rc;
}

static int read_side(struct diff *d, const char *what, struct err *e)
{
	struct stat st;
	uint64_t serial;

	if (serial_parse(what, &serial))
		return read_store(d, store, serial, e);
	if (stat(what, &st) == 0 && S_ISDIR(st.st_mode))
		return read_store(d, what, 0, e);
	return read_list(d, what, e);
}

/* Two serials of one store: only what is between them is read. */
static int read_serials(struct diff *d, uint64_t a, uint64_t b, struct err *e)
{
	uint64_t from = a < b ? a : b, to = a < b ? b : a;
	AUTO(view) s = { 0 };
	AUTO(net) net = { 0 };
	int rc = view_open(&s, store, e);

	if (rc == 0)
		rc = check_serial(&s.reader, to, e);
	if (rc == 0)
		rc = net_read(&net, &s.reader, from, to, e);
	for (size_t i = 0; i < net.count && rc == 0; i++) {
		d->into = &d->sides[net.at[i].came == (a < b)];
		rc = take_entry(d, &s.reader, net.at[i].key, &net.at[i].entry, e);
	}
	return rc;
}

static void show(struct diff *d, int side, size_t i)
{
	struct span key = list_key(&d->sides[side], i);
	struct entry entry = list_entry(&d->sides[side], i);
	const struct terms_row *row = &d->terms.rows[entry.order];
	struct bytes b = bytes_from(d->terms.bytes + row->at, row->len);
	char name[NAME_TEXT_MAX], text[UTF8_SAFE_MAX];
	struct order o;

	get_text(&b);
	o = order_get(&b);
	d->only[side]++;
	name_to_text(name, key.data, key.len);
	if (json) {
		json_t *one = json_pack("{s:s,s:s,s:s,s:s}", "name", name, "only",
					side == 0 ? "a" : "b", "scope",
					scope_names[entry.scope], "action",
					action_names[entry.action]);

		json_object_update_new(one, json_order(&o));
		json_print(one);
		return;
	}
	printf("%c %s (%s, %s)", side == 0 ? '-' : '+', name, scope_names[entry.scope],
	       action_names[entry.action]);
	if (o.authority.len > 0)
		printf(", %s", utf8_safe(text, o.authority));
	if (o.reference.len > 0)
		printf(", order %s", utf8_safe(text, o.reference));
	putchar('\n');
}

static int compare_terms(const struct entry *a, const struct entry *b)
{
	int c = (a->scope << 4 | a->action) - (b->scope << 4 | b->action);

	return c != 0 ? c : (a->order > b->order) - (a->order < b->order);
}

/* Walks one name of both sides. */
static void compare_name(struct diff *d, struct span key, size_t at[static 2])
{
	const struct list *a = &d->sides[0], *b = &d->sides[1];
	uint64_t before[2] = { d->only[0], d->only[1] };
	bool gone, come;

	for (;;) {
		bool in_a = at[0] < a->count && span_equal(list_key(a, at[0]), key);
		bool in_b = at[1] < b->count && span_equal(list_key(b, at[1]), key);
		struct entry x = { 0 }, y = { 0 };
		int c;

		if (!in_a && !in_b)
			break;
		if (in_a)
			x = list_entry(a, at[0]);
		if (in_b)
			y = list_entry(b, at[1]);
		c = !in_b ? -1 : !in_a ? 1 : compare_terms(&x, &y);
		if (c < 0)
			show(d, 0, at[0]);
		if (c > 0)
			show(d, 1, at[1]);
		at[0] += c <= 0;
		at[1] += c >= 0;
	}
	gone = d->only[0] > before[0];
	come = d->only[1] > before[1];
	if (gone || come)
		d->names[gone && come ? 2 : come]++;
}

static void compare(struct diff *d)
{
	const struct list *a = &d->sides[0], *b = &d->sides[1];
	size_t at[2] = { 0 };

	while (at[0] < a->count || at[1] < b->count) {
		struct span x =
			at[0] < a->count ? list_key(a, at[0]) : list_key(b, at[1]);
		struct span y = at[1] < b->count ? list_key(b, at[1]) : x;

		compare_name(d, name_compare(x.data, x.len, y.data, y.len) <= 0 ? x : y,
			     at);
	}
}

static void print_sums(const struct diff *d)
{
	if (json)
		json_print(json_pack(
			"{s:b,s:I,s:I,s:I,s:I,s:I}", "same",
			d->only[0] + d->only[1] == 0, "only_a", (json_int_t)d->only[0],
			"only_b", (json_int_t)d->only[1], "removed",
			(json_int_t)d->names[0], "added", (json_int_t)d->names[1],
			"changed", (json_int_t)d->names[2]));
	else
		fprintf(stderr,
			"%llu names added, %llu removed, %llu changed: %llu entries "
			"more, %llu less\n",
			(unsigned long long)d->names[1],
			(unsigned long long)d->names[0],
			(unsigned long long)d->names[2], (unsigned long long)d->only[1],
			(unsigned long long)d->only[0]);
}

static int diff(char **operands, struct diff *d, struct err *e)
{
	uint64_t a, b;
	int rc = guards_load(&d->guards, NULL, e);

	if (rc == 0 && serial_parse(operands[0], &a) && serial_parse(operands[1], &b)) {
		rc = read_serials(d, a, b, e);
	} else {
		for (int i = 0; i < 2 && rc == 0; i++) {
			d->into = &d->sides[i];
			rc = read_side(d, operands[i], e);
		}
	}
	if (rc != 0)
		return rc;
	list_sort(&d->sides[0]);
	list_sort(&d->sides[1]);
	compare(d);
	print_sums(d);
	return 0;
}

static int run(int count, char **operands)
{
	AUTO(diff) d = { 0 };
	struct err e = { 0 };

	(void)count;
	store = cmd_store(store);
	if (diff(operands, &d, &e) != 0) {
		cmd_complain(e.text);
		return CMD_USAGE;
	}
	return d.only[0] + d.only[1] > 0 ? CMD_FAILED : CMD_OK;
}

const struct cmd cmd_diff = {
	.name = "diff",
	.synopsis = "[options] A B",
	.summary = "tell what two serials, stores or lists differ in",
	.opts = opts,
	.operands_min = 2,
	.operands_max = 2,
	.run = run,
};
