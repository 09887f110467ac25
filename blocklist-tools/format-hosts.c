// SPDX-License-Identifier: BSD-3-Clause
/* hosts(5): an address and the names it is given, `#` begins a comment. The
 * address says nothing: what a blocked name is answered with is the notice. */
#include <arpa/inet.h>
#include <string.h>
#include <strings.h>

#include "format.h"

/* How many lines it takes to recognise the format. */
#define SAMPLE 100

static const char *const local_names[] = {
	"localhost",     "localhost.localdomain",
	"localhost4",    "localhost4.localdomain4",
	"localhost6",    "localhost6.localdomain6",
	"localdomain",   "local",
	"broadcasthost", "0.0.0.0",
};

static bool is_text(struct span text, const char *s)
{
	return text.len == strlen(s) &&
	       strncasecmp((const char *)text.data, s, text.len) == 0;
}

/* Names that every system gives itself; TEXT is not empty. */
static bool is_local(struct span text)
{
	/* Cheap to tell of nearly every name. */
	if (memchr("bBiIlL0", text.data[0], 7) == NULL)
		return false;
	if (text.len > 4 && strncasecmp((const char *)text.data, "ip6-", 4) == 0 &&
	    memchr(text.data, '.', text.len) == NULL)
		return true;
	for (size_t i = 0; i < sizeof(local_names) / sizeof(local_names[0]); i++)
		if (is_text(text, local_names[i]))
			return true;
	return false;
}

/* An address, with or without a zone: fe80::1%lo0. */
static bool is_address(struct span text)
{
	const uint8_t *zone = memchr(text.data, '%', text.len);
	char buffer[INET6_ADDRSTRLEN];
	uint8_t address[16];

	if (zone != NULL)
		text.len = (size_t)(zone - text.data);
	if (text.len >= sizeof(buffer))
		return false;
	memcpy(buffer, text.data, text.len);
	buffer[text.len] = '\0';
	return (zone == NULL && inet_pton(AF_INET, buffer, address) == 1) ||
	       inet_pton(AF_INET6, buffer, address) == 1;
}

static struct span cut_comment(struct span line)
{
	const uint8_t *hash = memchr(line.data, '#', line.len);

	if (hash != NULL)
		line.len = (size_t)(hash - line.data);
	return span_trim(line);
}

/* One line with content, comments cut off. */
static int read_hosts_line(struct reading *r, struct span line, struct listing *l,
			   struct err *e)
{
	uint64_t number = r->source->line;
	struct span rest = line, word = span_word(&rest);
	int rc = 0;

	if (!is_address(word)) {
		report_refuse(r->report, number, REFUSED_NO_ADDRESS, line);
		return 0;
	}
	if (span_trim(rest).len == 0) {
		report_refuse(r->report, number, REFUSED_NO_HOST, line);
		return 0;
	}
	while (rc == 0 && (word = span_word(&rest)).len > 0) {
		if (is_local(word)) {
			r->report->names++;
			r->report->local++;
		} else {
			rc = reading_take(r, word, l, e);
		}
	}
	return rc;
}

static int read_hosts(struct reading *r, struct err *e)
{
	struct listing l;
	struct span line;
	int rc;

	l.order = NULL;
	l.notice = (struct span){ NULL, 0 };
	while ((rc = reading_line(r, &line, e)) > 0) {
		line = cut_comment(line);
		if (line.len == 0) {
			r->report->skipped++;
			continue;
		}
		r->report->content++;
		rc = read_hosts_line(r, line, &l, e);
		if (rc != 0)
			break;
	}
	return rc;
}

/* More than half of the first lines begin with an address and go on. */
static bool recognise(struct span first)
{
	unsigned seen = 0, hosts = 0;

	while (first.len > 0 && seen < SAMPLE) {
		struct span rest = cut_comment(span_trim(span_line(&first)));
		struct span word = span_word(&rest);

		if (word.len == 0)
			continue;
		seen++;
		hosts += is_address(word) && span_trim(rest).len > 0;
	}
	return hosts * 2 > seen;
}

const struct format format_hosts = {
	.name = "hosts",
	.summary = "an address and names on each line, as in /etc/hosts",
	.recognise = recognise,
	.read = read_hosts,
};
