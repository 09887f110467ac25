// SPDX-License-Identifier: BSD-3-Clause
#include "domain.h"

#include <arpa/inet.h>
#include <string.h>
#include <strings.h>

#include "idn.h"
#include "utf8.h"

/* The lower case of the bytes that need no further thought, and of the dot. */
// clang-format off
static const uint8_t plain[256] = {
	['-'] = '-', ['.'] = '.', ['_'] = '_',
	['0'] = '0', '1', '2', '3', '4', '5', '6', '7', '8', '9',
	['A'] = 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l', 'm',
	'n', 'o', 'p', 'q', 'r', 's', 't', 'u', 'v', 'w', 'x', 'y', 'z',
	['a'] = 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l', 'm',
	'n', 'o', 'p', 'q', 'r', 's', 't', 'u', 'v', 'w', 'x', 'y', 'z',
};
// clang-format on

static bool is_ace(const uint8_t *label, size_t len)
{
	return len >= 4 && (label[0] | 0x20) == 'x' && (label[1] | 0x20) == 'n' &&
	       label[2] == '-' && label[3] == '-';
}

/* Labels are copied in steps of this many bytes. */
#define STEP 16

/* The way nearly every name takes. Returns false for one that has anything to
 * look at twice, its faults included. */
static bool parse_plain(struct name *n, struct span text)
{
	uint8_t at[NAME_LABELS_MAX + 2], low[NAME_WIRE_MAX + STEP];
	unsigned labels = 0;
	size_t start = 0, len = text.len;
	uint8_t *out = n->key; /* room for STEP more than a plain name fills */

	if (len > 1 && text.data[len - 1] == '.')
		len--;
	if (len == 0 || len > NAME_WIRE_MAX - 2)
		return false;
	for (size_t i = 0; i <= len; i++) {
		uint8_t c = i < len ? plain[text.data[i]] : '.';

		low[i] = c;
		if (c > '.')
			continue;
		if (c == '-')
			continue;
		if (c == 0 || i == start || i - start > NAME_LABEL_MAX ||
		    is_ace(low + start, i - start))
			return false;
		low[i] = 0x00;
		at[labels++] = (uint8_t)start;
		start = i + 1;
	}
	for (size_t end = len + 1; labels-- > 0; end = at[labels]) {
		size_t size = end - at[labels];

		for (size_t i = 0; i < size; i += STEP)
			memcpy(out + i, low + at[labels] + i, STEP);
		out += size;
	}
	n->len = (uint16_t)(out - n->key);
	return true;
}

/* A label while it is read: its bytes without escapes. */
struct label {
	uint8_t bytes[IDN_UTF8_MAX];
	size_t len;
	bool escaped, unicode;
};

struct wire {
	uint8_t bytes[NAME_WIRE_MAX];
	size_t len;
};

static bool label_add(struct label *l, const uint8_t *bytes, size_t len)
{
	if (l->len + len > sizeof(l->bytes))
		return false;
	memcpy(l->bytes + l->len, bytes, len);
	l->len += len;
	return true;
}

/* Puts the label that ends here on the wire and begins the next one. */
static enum refusal label_end(struct domain *d, struct wire *w, struct label *l)
{
	enum refusal why = REFUSED_NOT;
	uint8_t ascii[NAME_LABEL_MAX];
	const uint8_t *bytes = l->bytes;

	if (l->len == 0)
		return REFUSED_EMPTY_LABEL;
	if (l->unicode) {
		why = l->escaped ? REFUSED_IDNA
				 : idn_encode(l->bytes, l->len, ascii, &l->len);
		bytes = ascii;
	} else if (l->len > NAME_LABEL_MAX) {
		why = REFUSED_LABEL_LENGTH;
	} else if (!l->escaped && is_ace(l->bytes, l->len)) {
		d->odd_idn |= !idn_round_trip(l->bytes, l->len);
	}
	if (why != REFUSED_NOT)
		return why;
	if (w->len + 1 + l->len > NAME_WIRE_MAX - 1)
		return REFUSED_NAME_LENGTH;
	w->bytes[w->len++] = (uint8_t)l->len;
	memcpy(w->bytes + w->len, bytes, l->len);
	w->len += l->len;
	l->len = 0;
	l->escaped = l->unicode = false;
	return REFUSED_NOT;
}

static bool is_digit(uint8_t c)
{
	return c >= '0' && c <= '9';
}

/* Reads \DDD or \X at S. Returns the bytes it takes, 0 when it is neither. */
static size_t read_escape(const uint8_t *s, size_t len, uint8_t *ret_c)
{
	unsigned c;

	if (len < 2 || s[1] < 0x20 || s[1] >= 0x7f)
		return 0;
	if (!is_digit(s[1])) {
		*ret_c = s[1];
		return 2;
	}
	if (len < 4 || !is_digit(s[2]) || !is_digit(s[3]))
		return 0;
	c = (unsigned)(s[1] - '0') * 100 + (unsigned)(s[2] - '0') * 10 +
	    (unsigned)(s[3] - '0');
	*ret_c = (uint8_t)c;
	return c <= 255 ? 4 : 0;
}

static bool is_dot(uint32_t c)
{
	return c == '.' || c == 0x3002 || c == 0xff0e || c == 0xff61;
}

/* Reads what is at S into L: one character. Sets *RET_DOT at the end of a label.
 * Returns the bytes taken, 0 with *WHY set. */
static size_t read_character(const uint8_t *s, size_t len, struct label *l,
			     bool *ret_dot, enum refusal *why)
{
	uint32_t c = 0;
	uint8_t byte;
	size_t n;
	bool fits;

	if (*s == '\\') {
		n = read_escape(s, len, &byte);
		fits = label_add(l, &byte, n > 0);
		l->escaped = true;
		*why = n == 0 ? REFUSED_NOT_A_NAME : REFUSED_LABEL_LENGTH;
		return fits ? n : 0;
	}
	n = utf8_decode(s, len, &c);
	*ret_dot = n > 0 && is_dot(c);
	*why = REFUSED_UTF8;
	if (n == 0 || *ret_dot)
		return n;
	*why = REFUSED_NOT_A_NAME;
	if (c < 0x80 && plain[c] == 0)
		return 0;
	l->unicode |= c >= 0x80;
	*why = REFUSED_LABEL_LENGTH;
	return label_add(l, s, n) ? n : 0;
}

/* The way of all the others. */
static enum refusal parse_slowly(struct domain *d, struct span text)
{
	struct wire w = { .len = 0 };
	struct label l = { .len = 0 };
	enum refusal why;
	bool dot = false;

	for (size_t at = 0; at < text.len;) {
		size_t n;

		dot = false;
		n = read_character(text.data + at, text.len - at, &l, &dot, &why);
		if (n == 0)
			return why;
		at += n;
		if (!dot)
			continue;
		if (at == text.len && w.len == 0 && l.len == 0)
			return REFUSED_ROOT;
		why = label_end(d, &w, &l);
		if (why != REFUSED_NOT)
			return why;
	}
	if (!dot) {
		why = label_end(d, &w, &l);
		if (why != REFUSED_NOT)
			return why;
	}
	w.bytes[w.len++] = 0;
	return name_from_wire(&d->name, w.bytes, w.len) ? REFUSED_NOT
							: REFUSED_NOT_A_NAME;
}

static bool is_address(struct span text)
{
	char buffer[INET6_ADDRSTRLEN];
	uint8_t address[16];

	if (text.len >= sizeof(buffer))
		return false;
	memcpy(buffer, text.data, text.len);
	buffer[text.len] = '\0';
	return inet_pton(AF_INET, buffer, address) == 1 ||
	       inet_pton(AF_INET6, buffer, address) == 1;
}

/* True for 192.0.2.1, 192.0.2.0/24, 2001:db8::1, [2001:db8::1], 2001:db8::/32. */
static bool is_network(struct span text)
{
	const uint8_t *slash = memchr(text.data, '/', text.len);

	if (slash != NULL) {
		size_t len = (size_t)(slash - text.data), digits = text.len - len - 1;

		if (digits > 3 || !is_address((struct span){ text.data, len }))
			return false;
		for (size_t i = 1; i <= digits; i++)
			if (!is_digit(slash[i]))
				return false;
		return true;
	}
	if (text.len > 2 && text.data[0] == '[' && text.data[text.len - 1] == ']')
		text = (struct span){ text.data + 1, text.len - 2 };
	return is_address(text);
}

/* Names end in letters: the top label of a key, all digits, is (the rest of) an
 * address, or the date line some publishers begin with. */
static enum refusal check_top(const struct name *n)
{
	size_t i = 0;
	char text[NAME_TEXT_MAX];

	while (i < n->len && is_digit(n->key[i]))
		i++;
	if (i == 0 || n->key[i] != 0x00)
		return REFUSED_NOT;
	name_to_text(text, n->key, n->len);
	return is_address(span_of(text)) ? REFUSED_ADDRESS : REFUSED_NUMBER;
}

static enum refusal parse_host(struct domain *d, struct span text)
{
	enum refusal why;

	if (text.len == 1 && text.data[0] == '*')
		return REFUSED_ROOT;
	if (text.len >= 2 && text.data[0] == '*' && text.data[1] == '.') {
		if (text.len == 2)
			return REFUSED_ROOT;
		d->below = true;
		text = (struct span){ text.data + 2, text.len - 2 };
	}
	if (!parse_plain(&d->name, text)) {
		why = parse_slowly(d, text);
		if (why != REFUSED_NOT)
			return why;
	}
	why = check_top(&d->name);
	if (why == REFUSED_NOT &&
	    memchr(d->name.key, 0x00, d->name.len) == d->name.key + d->name.len - 1)
		why = REFUSED_TLD;
	return why;
}

/* The first of the bytes in SET that no backslash precedes; text.len if none. */
static size_t find_bare(struct span text, const char *set)
{
	size_t at = 0, n = strlen(set);

	while (at < text.len && memchr(set, text.data[at], n) == NULL)
		at += text.data[at] == '\\' ? 2 : 1;
	return at < text.len ? at : text.len;
}

static enum refusal check_tail(struct span tail)
{
	if (tail.len > 0 && tail.data[0] == '/')
		tail = (struct span){ tail.data + 1, tail.len - 1 };
	if (tail.len == 0)
		return REFUSED_NOT;
	if (tail.data[0] == '?')
		return REFUSED_URL_QUERY;
	return tail.data[0] == '#' ? REFUSED_URL_FRAGMENT : REFUSED_URL_PATH;
}

/* Leaves the host in *HOST and says what else the authority of a URL holds. */
static enum refusal check_authority(struct span *host)
{
	enum refusal why = REFUSED_NOT;
	size_t at;

	while ((at = find_bare(*host, "@")) < host->len) {
		*host = (struct span){ host->data + at + 1, host->len - at - 1 };
		why = REFUSED_URL_USER;
	}
	if (is_network(*host))
		return REFUSED_ADDRESS;
	at = find_bare(*host, ":");
	if (at == host->len)
		return why;
	if (at + 1 == host->len)
		return REFUSED_NOT_A_NAME;
	for (size_t i = at + 1; i < host->len; i++)
		if (!is_digit(host->data[i]))
			return REFUSED_NOT_A_NAME;
	host->len = at;
	return why != REFUSED_NOT ? why : REFUSED_URL_PORT;
}

static bool is_http(struct span scheme)
{
	const char *text = (const char *)scheme.data;

	return (scheme.len == 4 && strncasecmp(text, "http", 4) == 0) ||
	       (scheme.len == 5 && strncasecmp(text, "https", 5) == 0);
}

/* Takes "scheme://" off *TEXT. */
static enum refusal check_scheme(struct span *text)
{
	const uint8_t *end = memmem(text->data, text->len, "://", 3);
	size_t len = end == NULL ? 0 : (size_t)(end - text->data);
	struct span scheme = { text->data, len };

	for (size_t i = 0; i < len; i++)
		if (plain[text->data[i]] < 'a' && !(i > 0 && is_digit(text->data[i])))
			return REFUSED_NOT;
	if (len == 0)
		return REFUSED_NOT;
	*text = (struct span){ text->data + len + 3, text->len - len - 3 };
	return is_http(scheme) ? REFUSED_NOT : REFUSED_URL_SCHEME;
}

/* What may be a URL: what its host is worth comes first, then what it has that a
 * host alone does not. */
static enum refusal parse_url(struct domain *d, struct span text)
{
	enum refusal scheme = check_scheme(&text), authority, tail, why;
	size_t at = find_bare(text, "/?#");
	struct span host = { text.data, at };

	tail = check_tail((struct span){ text.data + at, text.len - at });
	authority = check_authority(&host);
	if (authority == REFUSED_NOT_A_NAME || authority == REFUSED_ADDRESS)
		return authority;
	why = parse_host(d, host);
	if (why != REFUSED_NOT && refusal_rows[why].malformed)
		return why;
	if (scheme != REFUSED_NOT)
		return scheme;
	if (authority != REFUSED_NOT)
		return authority;
	return tail != REFUSED_NOT ? tail : why;
}

enum refusal domain_parse(struct domain *d, struct span text)
{
	enum refusal why;

	d->below = d->odd_idn = false;
	if (text.len == 0)
		return REFUSED_EMPTY_LABEL;
	why = parse_host(d, text);
	if (why != REFUSED_NOT_A_NAME)
		return why;
	d->below = d->odd_idn = false;
	if (is_network(text))
		return REFUSED_ADDRESS;
	return parse_url(d, text);
}
