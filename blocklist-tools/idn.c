// SPDX-License-Identifier: BSD-3-Clause
#include "idn.h"

#include <idn2.h>
#include <string.h>
#include <strings.h>

#define FLAGS (IDN2_NONTRANSITIONAL | IDN2_NFC_INPUT)

/* The mapping may produce any ASCII: only what a name is made of is let through. */
static bool is_name(const char *label)
{
	static const char bytes[] = "abcdefghijklmnopqrstuvwxyz0123456789-_";

	return strspn(label, bytes) == strlen(label);
}

enum refusal idn_encode(const uint8_t *label, size_t len,
			uint8_t out[static NAME_LABEL_MAX], size_t *ret_len)
{
	uint8_t text[IDN_UTF8_MAX + 1], *ascii = NULL;
	enum refusal why = REFUSED_NOT;
	int rc;

	if (len > IDN_UTF8_MAX)
		return REFUSED_LABEL_LENGTH;
	memcpy(text, label, len);
	text[len] = '\0';
	rc = idn2_lookup_u8(text, &ascii, FLAGS);
	if (rc == IDN2_TOO_BIG_LABEL || rc == IDN2_TOO_BIG_DOMAIN ||
	    rc == IDN2_PUNYCODE_BIG_OUTPUT)
		return REFUSED_LABEL_LENGTH;
	if (rc != IDN2_OK)
		return REFUSED_IDNA;
	*ret_len = strlen((const char *)ascii);
	if (*ret_len == 0)
		why = REFUSED_EMPTY_LABEL;
	else if (*ret_len > NAME_LABEL_MAX)
		why = REFUSED_LABEL_LENGTH;
	else if (!is_name((const char *)ascii))
		why = REFUSED_IDNA;
	else
		memcpy(out, ascii, *ret_len);
	idn2_free(ascii);
	return why;
}

bool idn_round_trip(const uint8_t *label, size_t len)
{
	char text[NAME_LABEL_MAX + 1], *unicode = NULL;
	uint8_t again[NAME_LABEL_MAX];
	size_t again_len = 0;
	bool same;

	if (len > NAME_LABEL_MAX || memchr(label, 0, len) != NULL)
		return false;
	memcpy(text, label, len);
	text[len] = '\0';
	if (idn2_to_unicode_8z8z(text, &unicode, FLAGS) != IDN2_OK)
		return false;
	same = idn_encode((const uint8_t *)unicode, strlen(unicode), again,
			  &again_len) == REFUSED_NOT &&
	       again_len == len && strncasecmp((const char *)again, text, len) == 0;
	idn2_free(unicode);
	return same;
}
