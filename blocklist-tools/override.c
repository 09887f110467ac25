// SPDX-License-Identifier: BSD-3-Clause
#include "override.h"

#include <string.h>
#include <time.h>

#include "conf-value.h"
#include "date.h"
#include "domain.h"
#include "utf8.h"

static int refuse(const struct override *o, const char *text, const char *why,
		  struct err *e)
{
	char safe[UTF8_SAFE_MAX];

	return err_set(e, ERR_INPUT, "cannot %s '%s': %s", o->allow ? "allow" : "block",
		       utf8_safe(safe, span_of(text)), why);
}

/* Whether N may be blocked. What has been blocked may always be taken back. */
static int ask_guards(const struct override *o, const struct override_name *n,
		      const char *text, struct err *e)
{
	enum refusal why = guards_judge(o->guards, &n->name, (enum action)o->action);
	struct span by = guards_by(o->guards, &n->name);
	char name[NAME_TEXT_MAX], sentence[NAME_TEXT_MAX + 160];

	if (suffixes_match(&o->guards->suffixes, &n->name))
		return refuse(o, text, refusal_rows[REFUSED_SUFFIX].text, e);
	if (why == REFUSED_NOT || (why == REFUSED_PROTECTED && o->accept_protected))
		return 0;
	snprintf(sentence, sizeof(sentence), "%s%s%s%s", refusal_rows[why].text,
		 by.len > 0 ? ": " : "",
		 by.len > 0 ? name_to_text(name, by.data, by.len) : "",
		 why == REFUSED_PROTECTED
			 ? "; --accept-protected blocks it all the same"
			 : "");
	return refuse(o, text, sentence, e);
}

int override_name(const struct override *o, struct override_name *n, const char *text,
		  struct err *e)
{
	struct domain d = { 0 };
	enum refusal why = domain_parse(&d, span_of(text));

	*n = (struct override_name){ .name = d.name, .scope = o->scope };
	if (why != REFUSED_NOT)
		return refuse(o, text, refusal_rows[why].text, e);
	if (d.below && o->allow)
		return refuse(o, text,
			      "what is allowed is a name and all below it: write it "
			      "without '*.'",
			      e);
	if (d.below)
		n->scope = SCOPE_BELOW;
	return o->allow || o->remove ? 0 : ask_guards(o, n, text, e);
}

/* Calls FOUND for each entry by hand at the name itself. */
struct own {
	struct override_name *name;
	uint8_t feed;
};

static void find_own(void *arg, const struct match *m)
{
	struct own *own = arg;

	if (m->len == own->name->name.len && m->entry.feed == own->feed) {
		own->name->replaced = true;
		own->name->was = m->entry;
	}
}

static int find_feed(struct reader *r, uint8_t *ret_feed)
{
	struct feed f;

	for (int i = 0; i < FEEDS_MAX; i++)
		if (reader_feed(r, (uint8_t)i, &f, NULL) == 0 &&
		    span_equal(f.name, span_of(FEED_OVERRIDE))) {
			*ret_feed = (uint8_t)i;
			return 0;
		}
	return -1;
}

/* What is said of the name now. */
static int look_at(struct override_name *n, struct reader *r, struct err *e)
{
	struct own own = { .name = n };
	bool any = find_feed(r, &own.feed) == 0;
	struct verdict v;
	int rc = lookup(r, n->name.key, n->name.len, time(NULL), &v,
			any ? find_own : NULL, &own, e);

	n->blocked = rc == 0 && verdict_blocks(&v);
	return rc;
}

static int judge(const struct override *o, const struct override_name *n, struct err *e)
{
	char text[NAME_TEXT_MAX];

	name_to_text(text, n->name.key, n->name.len);
	if (o->remove && (!n->replaced || (n->was.action == ACTION_PASS) != o->allow))
		return err_set(e, ERR_INPUT, "'%.200s' is not %s by hand%s", text,
			       o->allow ? "allowed" : "blocked",
			       !n->replaced ? ""
			       : o->allow   ? ", it is blocked by hand"
					    : ", it is allowed by hand");
	/* All below would be free. */
	if (o->allow && !o->remove && !n->blocked &&
	    suffixes_match(&o->guards->suffixes, &n->name))
		return refuse(o, text, "public suffix that is not blocked", e);
	return 0;
}

static int look_at_all(const struct override *o, struct override_name *names, int count,
		       struct target *to, struct err *e)
{
	AUTO(reader) r = { 0 };
	int rc = reader_init(&r, &to->store, e);

	if (rc == 0)
		rc = reader_begin(&r, e);
	for (int i = 0; i < count && rc == 0; i++) {
		rc = look_at(&names[i], &r, e);
		if (rc == 0)
			rc = judge(o, &names[i], e);
	}
	reader_end(&r);
	return rc;
}

int override_apply(const struct override *o, struct override_name *names, int count,
		   struct target *to, struct update_result *result, struct err *e)
{
	AUTO(update) u = { 0 };
	struct update_about about = {
		.verb = span_of(o->allow ? "allow" : "block"),
		.reason = o->reason,
		.time = time(NULL),
	};
	struct entry entry = { .action = o->action };
	struct order order = o->order;
	uint8_t feed;
	int rc = look_at_all(o, names, count, to, e);

	if (rc != 0)
		return rc;
	update_begin(&u, to, e);
	feed = update_feed(&u, span_of(FEED_OVERRIDE));
	update_feed_rank(&u, feed, 0);
	update_feed_flags(&u, feed, 0, FEED_SHADOW);
	order.notice = update_notice_find(&u, o->notice);
	if (!o->remove)
		entry.order = update_order(&u, &order);
	for (int i = 0; i < count; i++) {
		entry.scope = names[i].scope;
		update_name(&u, feed,
			    (struct span){ names[i].name.key, names[i].name.len },
			    &entry, o->remove ? 0 : 1);
	}
	return update_commit(&u, &about, result);
}

bool override_until(const char *text, int64_t now, int64_t *ret_until)
{
	int64_t ms;

	if (conf_duration(text, &ms) && ms >= 1000) {
		*ret_until = now + ms / 1000;
		return true;
	}
	return date_parse(span_of(text), ret_until) && *ret_until > now;
}
