// SPDX-License-Identifier: BSD-3-Clause
#include "guard-conf.h"

#include <stdlib.h>
#include <string.h>

#include "conf-value.h"
#include "domain.h"
#include "format.h"
#include "utf8.h"

static int protect(struct guards *g, struct span text, enum refusal why, struct err *e)
{
	char safe[UTF8_SAFE_MAX];
	struct domain d;
	enum refusal is = domain_parse(&d, text);

	if ((is != REFUSED_NOT && is != REFUSED_TLD) || d.below)
		return err_set(
			e, ERR_INPUT, "cannot protect '%s': %s", utf8_safe(safe, text),
			d.below ? "write it without '*.'" : refusal_rows[is].text);
	return guards_add(g, &d.name, why, e);
}

static int protect_all(struct guards *g, char *const *names, unsigned count,
		       struct err *e)
{
	int rc = 0;

	for (unsigned i = 0; i < count && rc == 0; i++)
		rc = protect(g, span_of(names[i]), REFUSED_PROTECTED, e);
	return rc;
}

/* Calls LINE for each line that is not blank or a comment. */
static int each_line(const char *path,
		     int (*line)(void *arg, struct span text, struct err *e), void *arg,
		     struct err *e)
{
	FILE *f = fopen(path, "re");
	unsigned long long number = 0;
	char *buffer = NULL;
	size_t room = 0;
	ssize_t n;
	int rc = 0;

	if (f == NULL)
		return err_set(e, ERR_SYSTEM, "cannot open '%s': %m", path);
	while (rc == 0 && (n = getline(&buffer, &room, f)) > 0) {
		struct span rest = { (uint8_t *)buffer, (size_t)n };
		struct span text = span_trim(span_line(&rest));
		struct err why = { 0 };

		number++;
		if (text.len > 0 && text.data[0] != '#')
			rc = line(arg, text, &why);
		if (rc != 0)
			err_set(e, rc, "%s:%llu: %s", path, number, why.text);
	}
	if (rc == 0 && ferror(f))
		rc = err_set(e, ERR_SYSTEM, "cannot read '%s': %m", path);
	free(buffer);
	fclose(f);
	return rc;
}

static int protect_line(void *arg, struct span text, struct err *e)
{
	return protect(arg, text, REFUSED_PROTECTED, e);
}

static int protect_hosts(struct guards *g, const struct conf *c, struct err *e)
{
	int rc = 0;

	for (unsigned i = 0; i < c->notices_count && rc == 0; i++)
		if (c->notices[i].host != NULL)
			rc = protect(g, span_of(c->notices[i].host), REFUSED_OWN_HOST,
				     e);
	for (unsigned i = 0; i < c->feeds_count && rc == 0; i++) {
		char host[256];

		if (c->feeds[i].origin != NULL &&
		    conf_url_host(c->feeds[i].origin, host))
			rc = protect(g, span_of(host), REFUSED_OWN_HOST, e);
	}
	return rc;
}

int guard_conf(struct guards *g, const struct conf *c, struct err *e)
{
	const struct conf_protected *p = &c->protected;
	int rc = guards_load(g, NULL, e);

	if (rc == 0)
		rc = protect_all(g, p->names, p->names_count, e);
	for (unsigned i = 0; i < p->files_count && rc == 0; i++)
		rc = each_line(p->files[i], protect_line, g, e);
	if (rc == 0)
		rc = protect_hosts(g, c, e);
	return rc != 0 ? rc : guards_seal(g, e);
}

struct ranking {
	struct list *list;
	uint32_t rank;
};

static int rank_line(void *arg, struct span text, struct err *e)
{
	struct ranking *r = arg;
	const uint8_t *comma = memchr(text.data, ',', text.len);
	struct domain d;

	r->rank++;
	if (comma != NULL) {
		text.len -= (size_t)(comma + 1 - text.data);
		text.data = comma + 1;
	}
	if (domain_parse(&d, span_trim(text)) != REFUSED_NOT)
		return 0;
	return list_add(r->list, &d.name, SCOPE_EXACT, ACTION_NOTICE, r->rank, e);
}

int popular_read(struct list *popular, const char *path, struct err *e)
{
	struct ranking r = { popular, 0 };
	int rc = each_line(path, rank_line, &r, e);

	if (rc == 0 && popular->count == 0)
		rc = err_set(e, ERR_INPUT, "no names in '%s'", path);
	list_sort(popular);
	return rc;
}
