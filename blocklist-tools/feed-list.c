// SPDX-License-Identifier: BSD-3-Clause
#include "feed-list.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "progress.h"

/* The files of a source, in the order of their names. */
struct files {
	struct dirent **at;
	int count;
	bool directory;
};

static void files_release(struct files *f)
{
	for (int i = 0; i < f->count; i++)
		free(f->at[i]);
	free(f->at);
	f->at = NULL;
	f->count = 0;
}

/* What begins with a dot is a file on its way, or no list. */
static int is_list(const struct dirent *d)
{
	return d->d_name[0] != '.';
}

static int find_files(struct files *f, const char *path, struct err *e)
{
	struct stat st;

	*f = (struct files){ NULL, 0, false };
	if (stat(path, &st) != 0)
		return err_set(e, ERR_SYSTEM, "cannot read '%s': %m", path);
	f->directory = S_ISDIR(st.st_mode);
	if (!f->directory)
		return 0;
	f->count = scandir(path, &f->at, is_list, alphasort);
	if (f->count < 0) {
		f->count = 0;
		return err_set(e, ERR_SYSTEM, "cannot read '%s': %m", path);
	}
	if (f->count == 0)
		return err_set(e, ERR_INPUT, "no list in directory '%s'", path);
	return 0;
}

bool feed_by_guard(enum refusal why)
{
	return why == REFUSED_PROTECTED || why == REFUSED_OWN_HOST ||
	       why == REFUSED_SUFFIX || why == REFUSED_TLD || why == REFUSED_ROOT ||
	       why == REFUSED_AUTHORITY;
}

static void on_refused(void *arg, const struct refused *r)
{
	struct feed_list *l = arg;
	struct feed_example *x = &l->examples[l->example_count];

	if (!feed_by_guard(r->why) || l->example_count == FEED_EXAMPLES)
		return;
	l->example_count++;
	x->why = r->why;
	x->line = r->line;
	snprintf(x->file, sizeof(x->file), "%s", r->list);
	snprintf(x->text, sizeof(x->text), "%s", r->text);
}

static int accept_listing(void *arg, const struct listing *listing, struct err *e)
{
	struct feed_list *l = arg;
	uint32_t number;
	int rc = terms_number(&l->terms, listing, &number, e);

	progress(l->feed->name, l->list.count);
	return rc != 0 ? rc
		       : list_add(&l->list, &listing->name, listing->scope,
				  listing->action, number, e);
}

static void add_up(struct report *sum, const struct report *r)
{
	sum->bytes += r->bytes;
	sum->lines += r->lines;
	sum->skipped += r->skipped;
	sum->content += r->content;
	sum->names += r->names;
	sum->accepted += r->accepted;
	sum->local += r->local;
	sum->odd_idn += r->odd_idn;
	for (int i = 0; i < REFUSALS; i++)
		sum->refused[i] += r->refused[i];
}

static int read_file(struct feed_list *l, const char *path, const struct guards *g,
		     EVP_MD_CTX *digest, struct err *e)
{
	const struct conf_feed *f = l->feed;
	struct report report = {
		.on_refused = on_refused,
		.arg = l,
		.malformed_max =
			l->limits.bad_lines.count > 0 ? l->limits.bad_lines.count : 1,
	};
	struct reading r = {
		.guards = g,
		.authorities = f->authorities_count > 0 ? &l->may_speak : NULL,
		.scope = (uint8_t)word_find(scope_names, SCOPES,
					    span_of(f->defaults.scope)),
		.action = (uint8_t)word_find(action_names, ACTIONS,
					     span_of(f->defaults.action)),
		.sink = { accept_listing, l },
		.report = &report,
	};
	int format = word_find(format_names, FORMATS, span_of(f->format));
	struct stat st;
	int rc = list_read(&r, path, format, e);

	progress_end();
	add_up(&l->sum, &report);
	l->sum.format = report.format;
	l->unterminated |= report.unterminated;
	memcpy(l->digest, report.digest, sizeof(l->digest));
	EVP_DigestUpdate(digest, report.digest, sizeof(report.digest));
	if (stat(path, &st) == 0 && st.st_mtime > l->written)
		l->written = st.st_mtime;
	return rc;
}

static int read_files(struct feed_list *l, const struct files *files,
		      const struct guards *g, EVP_MD_CTX *digest, struct err *e)
{
	int rc = 0;

	if (!files->directory)
		return read_file(l, l->feed->source, g, digest, e);
	for (int i = 0; i < files->count && rc == 0; i++) {
		char path[2048];

		snprintf(path, sizeof(path), "%s/%s", l->feed->source,
			 files->at[i]->d_name);
		rc = read_file(l, path, g, digest, e);
	}
	EVP_DigestFinal_ex(digest, l->digest, NULL);
	return rc;
}

/* What the configuration says of the authorities that the feed may speak for. */
static bool set_authorities(struct feed_list *l, const struct conf *c)
{
	const struct conf_feed *f = l->feed;

	l->authorities = calloc(f->authorities_count + 1, sizeof(*l->authorities));
	for (unsigned i = 0; l->authorities != NULL && i < f->authorities_count; i++) {
		const struct conf_authority *a =
			conf_find_authority(c, f->authorities[i]);

		l->authorities[i] = (struct authority){
			.name = span_of(a->name),
			.basis = span_of(a->basis),
			.contact = span_of(a->contact),
			.appeal = span_of(a->appeal),
			.language = span_of(a->language),
			.notice = span_of(a->notice),
			.ede = (uint16_t)atoi(a->ede),
		};
	}
	l->may_speak = (struct authorities){ l->authorities, f->authorities_count };
	return l->authorities != NULL;
}

static void set_terms(struct feed_list *l)
{
	const struct conf_defaults *d = &l->feed->defaults;

	if (l->may_speak.count > 0)
		l->terms.authority = l->authorities[0].name;
	l->terms.authorities = &l->may_speak;
	l->terms.category = span_of(d->category);
	l->terms.ede = d->ede == NULL ? 0 : (uint16_t)atoi(d->ede);
	l->terms.notice.ttl = 30; /* of addresses that a row names */
}

int feed_list_read(struct feed_list *l, const struct conf *c,
		   const struct conf_feed *feed, const struct guards *g, struct err *e)
{
	EVP_MD_CTX *digest = EVP_MD_CTX_new();
	AUTO(files) files = { NULL, 0, false };
	int rc = 0;

	*l = (struct feed_list){ .feed = feed, .limits = limit_of(feed) };
	if (digest == NULL || EVP_DigestInit_ex(digest, EVP_sha256(), NULL) != 1 ||
	    !set_authorities(l, c))
		rc = err_set(e, ERR_SYSTEM, "out of memory for feed '%s'", feed->name);
	if (rc == 0)
		rc = find_files(&files, feed->source, e);
	if (rc == 0) {
		set_terms(l);
		rc = read_files(l, &files, g, digest, e);
	}
	EVP_MD_CTX_free(digest);
	if (rc != 0)
		return rc;
	progress_phase("sorting");
	list_sort(&l->list);
	progress_end();
	return 0;
}

void feed_list_release(struct feed_list *l)
{
	list_release(&l->list);
	terms_release(&l->terms);
	free(l->authorities);
	l->authorities = NULL;
}
