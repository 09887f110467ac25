// SPDX-License-Identifier: BSD-3-Clause
#include "kind.h"

#include <string.h>
#include <strings.h>

#include "format.h"

/* How many lines are looked at to tell what a text is. */
#define SAMPLE 100

/* What a file that is no list begins with. */
static const struct {
	const char *bytes;
	size_t len;
	const char *what;
} magics[] = {
	{ "BZh", 3, "it is compressed: bzip2 -dc FILE | palang compile -" },
	{ "PK\x03\x04", 4, "a ZIP archive, not a list" },
	{ "%PDF-", 5, "a PDF document, not a list" },
	{ "\xff\xfe", 2, "UTF-16 text: convert it to UTF-8 first" },
	{ "\xfe\xff", 2, "UTF-16 text: convert it to UTF-8 first" },
	{ "version https://git-lfs.github.com/spec/", 40,
	  "a Git LFS pointer, not the list it stands for" },
};

static const char *const page_roots[] = {
	"html", "head", "body", "title", "center", "h1", "div", "script", "meta",
};

static bool begins(struct span text, const char *s)
{
	size_t len = strlen(s);

	return text.len >= len && strncasecmp((const char *)text.data, s, len) == 0;
}

static struct span skip_space(struct span text)
{
	while (text.len > 0 && memchr(" \t\r\n\f\v", text.data[0], 6) != NULL) {
		text.data++;
		text.len--;
	}
	return text;
}

/* What follows the first END in TEXT; empty when there is none. */
static struct span after(struct span text, const char *end)
{
	const uint8_t *at = memmem(text.data, text.len, end, strlen(end));

	if (at == NULL)
		return (struct span){ text.data + text.len, 0 };
	at += strlen(end);
	return (struct span){ at, text.len - (size_t)(at - text.data) };
}

/* What comes after the declaration, comments and document type of an XML or HTML
 * text; *RET_PAGE when that type is a web page's. */
static struct span skip_prolog(struct span text, bool *ret_page)
{
	*ret_page = false;
	for (;;) {
		text = skip_space(text);
		if (begins(text, "<?"))
			text = after(text, "?>");
		else if (begins(text, "<!--"))
			text = after(text, "-->");
		else if (begins(text, "<!doctype")) {
			*ret_page |= begins(skip_space((struct span){ text.data + 9,
								      text.len - 9 }),
					    "html");
			text = after(text, ">");
		} else
			return text;
	}
}

struct span kind_xml_root(struct span first)
{
	bool page;
	struct span text = skip_prolog(first, &page);
	size_t start = 1, end = 1;

	if (text.len == 0 || text.data[0] != '<')
		return (struct span){ text.data, 0 };
	while (end < text.len && memchr(" \t\r\n/>", text.data[end], 6) == NULL) {
		if (text.data[end] == ':')
			start = end + 1;
		end++;
	}
	return (struct span){ text.data + start, end - start };
}

static bool is_page(struct span first)
{
	bool page;
	struct span root, rest = skip_prolog(first, &page);

	if (page)
		return true;
	/* Nothing but what a page may begin with. */
	if (rest.len == 0)
		return skip_space(first).len > 0;
	root = kind_xml_root(first);
	for (size_t i = 0; i < sizeof(page_roots) / sizeof(page_roots[0]); i++)
		if (root.len == strlen(page_roots[i]) && begins(root, page_roots[i]))
			return true;
	return false;
}

const char *kind_of_file(struct span first)
{
	if (first.len == 0)
		return "an empty file";
	for (size_t i = 0; i < sizeof(magics) / sizeof(magics[0]); i++)
		if (first.len >= magics[i].len &&
		    memcmp(first.data, magics[i].bytes, magics[i].len) == 0)
			return magics[i].what;
	return is_page(first) ? "an HTML page, not a list" : NULL;
}

/* `- key: value` and `key: value`; a URL is neither. */
static bool is_yaml(struct span line)
{
	const uint8_t *colon = memchr(line.data, ':', line.len);
	size_t at = colon == NULL ? 0 : (size_t)(colon - line.data);

	if (begins(line, "- ") && line.len > 2)
		return true;
	if (at == 0 || (at + 1 < line.len && line.data[at + 1] != ' '))
		return false;
	/* "404: Not Found" is a server's word. */
	if (line.data[0] >= '0' && line.data[0] <= '9')
		return false;
	for (size_t i = 0; i < at; i++)
		if (memchr(" ./[", line.data[i], 4) != NULL)
			return false;
	return true;
}

static bool is_regex(struct span line)
{
	static const char *const marks[] = { "\\.", ".*", ".+", "(?", "[^" };

	if (line.data[0] == '^' || line.data[line.len - 1] == '$')
		return true;
	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
		if (memmem(line.data, line.len, marks[i], strlen(marks[i])) != NULL)
			return true;
	return false;
}

/* A star in the place of the scheme. */
static bool is_match_pattern(struct span line)
{
	return memmem(line.data, line.len, "*://", 4) != NULL;
}

static bool is_pem(struct span line)
{
	return begins(line, "-----BEGIN ");
}

/* An address or network, whole or cut: nothing else is made of digits only. */
static bool is_address(struct span line)
{
	bool colon = false;

	for (size_t i = 0; i < line.len; i++)
		colon |= line.data[i] == ':';
	for (size_t i = 0; i < line.len; i++)
		if (memchr(colon ? "0123456789abcdefABCDEF:./" : "0123456789./",
			   line.data[i], colon ? 25 : 12) == NULL)
			return false;
	return true;
}

static bool is_table(struct span line)
{
	line = span_cut_comment(line);
	for (size_t i = 0; i < line.len; i++)
		if (line.data[i] == ';' || line.data[i] == '\t')
			return true;
	return false;
}

static const struct {
	bool (*is)(struct span line);
	const char *what;
} texts[] = {
	{ is_pem, "a certificate or key, not a list of names" },
	{ is_match_pattern, "match patterns of uBlacklist, not a list of names" },
	{ is_regex, "regular expressions, not a list of names" },
	{ is_address, "a list of IP addresses, not of names: an address is shared by "
		      "many names and is not blocked by DNS" },
	{ is_table,
	  "fields separated by semicolons or tabs: a table is read with commas "
	  "and a header row" },
	{ is_yaml, "YAML, not a list of names" },
};

const char *kind_of_text(struct span first)
{
	unsigned seen = 0, counts[sizeof(texts) / sizeof(texts[0])] = { 0 };
	struct span start = skip_space(first);

	if (start.len > 0 && start.data[0] == '<')
		return "XML of a kind that no list format is made of";
	if (start.len > 0 && (start.data[0] == '{' ||
			      (start.data[0] == '[' && !begins(start, "[adblock"))))
		return "JSON of a kind that no list format is made of";
	while (first.len > 0 && seen < SAMPLE) {
		struct span line = span_trim(span_line(&first));

		if (line.len == 0 || memchr("#!;", line.data[0], 3) != NULL)
			continue;
		seen++;
		for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++)
			counts[i] += texts[i].is(line);
	}
	/* More than three quarters: a few of them are refused one by one. */
	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++)
		if (seen > 0 && counts[i] * 4 > seen * 3)
			return texts[i].what;
	return NULL;
}
