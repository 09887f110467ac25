// SPDX-License-Identifier: BSD-3-Clause
/* List formats: one file each, one row in one table. */
#ifndef PALANG_FORMAT_H
#define PALANG_FORMAT_H

#include "authority.h"
#include "domain.h"
#include "guard.h"
#include "listing.h"
#include "report.h"
#include "source.h"

/* What reading a list needs, and where its listings and counts go. */
struct reading {
	const struct guards *guards;
	const struct authorities *authorities; /* that it may speak for; NULL: any */
	uint8_t scope, action;                 /* where the list does not say */
	struct sink sink;
	struct report *report;
	struct source *source; /* set by list_read() */
	/* Of the name read last, for its refusal: set by reading_name(); where a row
	 * has several lines, the format sets the first. */
	uint64_t line;
	struct span text;
};

struct format {
	const char *name;
	const char *summary;
	/* True when FIRST, the first block of a list, is of this format. */
	bool (*recognise)(struct span first);
	/* Reads R's source to its end. Returns 0, an error of the source, of the
	 * sink, or ERR_INPUT for a file that is broken as a whole. */
	int (*read)(struct reading *r, struct err *e);
};

extern const struct format format_csv, format_jsonl, format_certpl, format_certpl_log,
	format_ojk, format_json, format_hazard, format_rkn, format_hosts,
	format_unbound, format_dnsmasq, format_adblock, format_adm, format_rpz,
	format_wildcard, format_domains;

/* All of them, and their names in the same order for an option's table. */
#define FORMATS 16
extern const struct format *const formats[FORMATS];
extern const char *const format_names[FORMATS];

/* Reads the list at PATH ("-" is standard input) in FORMAT, an index of `formats`
 * or -1 to recognise it. Each entry goes to the sink as it is read, so they count
 * for nothing until this returns 0: a list may prove broken at its end. The
 * report is filled in either case; before, only its `on_refused`, `arg` and
 * `malformed_max` are set. */
int list_read(struct reading *r, const char *path, int format, struct err *e);

/* For the formats. */

/* Takes the next line without the blanks around it and counts it. As
 * source_line(). */
int reading_line(struct reading *r, struct span *line, struct err *e);

/* TEXT as a name into L, whose scope becomes SCOPE_BELOW for a leading `*.` and
 * the list's default else. Returns why it is refused; nothing is counted. The guards
 * are not asked yet: L's action and order may still change. */
enum refusal reading_name(struct reading *r, struct span text, struct listing *l,
			  bool *ret_odd_idn);

/* Asks the guards about L, the name read last, and whether the list may speak for its
 * authority; counts it as refused, or counts it and hands it on. */
int reading_accept(struct reading *r, const struct listing *l, bool odd_idn,
		   struct err *e);

/* reading_name(), and then reading_accept() or report_refuse(). */
int reading_take(struct reading *r, struct span text, struct listing *l, struct err *e);

/* The same of a name in LINE, where lines do not say where a name is. */
int reading_take_at(struct reading *r, struct span text, uint64_t line,
		    struct listing *l, struct err *e);

/* reading_take(), where the format says the scope and the action; a name written
 * `*.name` is what is below it all the same. */
int reading_take_as(struct reading *r, struct span text, uint8_t scope, uint8_t action,
		    struct listing *l, struct err *e);

/* Why O, whose texts are not all of our making, is no order: a text that is too long
 * or not clean, dates that contradict each other. *RET_TEXT is what it is about. */
enum refusal reading_check_order(const struct order *o, struct span *ret_text);

/* At the end of a list that was read by source_block(): counts its lines. */
void reading_document_end(struct reading *r);

/* True when IS is true of more than half of the first lines that are neither blank nor
 * comments, blanks around them cut off. */
bool reading_mostly(struct span first, bool (*is)(struct span line));

struct span span_trim(struct span text);
/* LINE without what follows a `#` at its start or after a blank. */
struct span span_cut_comment(struct span line);
/* Takes the first run of non-blanks off *REST; empty when there is none. */
struct span span_word(struct span *rest);
/* Takes the first line off *REST. */
struct span span_line(struct span *rest);

#endif
