// SPDX-License-Identifier: BSD-3-Clause
/* The journal: serials without a gap, each with its parts, each digest over what it
 * says it is over. */
#include <stdio.h>
#include <string.h>

#include "past.h"
#include "verify-internal.h"

static void digest_of(const void *a, size_t a_len, const void *b, size_t b_len,
		      uint8_t digest[static EVP_MAX_MD_SIZE])
{
	EVP_MD_CTX *c = EVP_MD_CTX_new();

	memset(digest, 0, EVP_MAX_MD_SIZE);
	if (c != NULL && EVP_DigestInit_ex(c, EVP_sha256(), NULL)) {
		EVP_DigestUpdate(c, a, a_len);
		EVP_DigestUpdate(c, b, b_len);
		EVP_DigestFinal_ex(c, digest, NULL);
	}
	EVP_MD_CTX_free(c);
}

/* The parts of a serial are all there, and are those that were written. */
static void end_serial(struct verify *v)
{
	const struct journal *j = &v->header;
	uint8_t digest[EVP_MAX_MD_SIZE];

	if (v->serial == 0 || v->rc != 0)
		return;
	EVP_DigestFinal_ex(v->contents, digest, NULL);
	if (!j->cut && v->part != j->parts)
		verify_fault(v, "serial %llu has %u parts, and %u are there",
			     (unsigned long long)v->serial, j->parts, v->part);
	if (!j->cut && memcmp(digest, j->contents.data, JOURNAL_DIGEST) != 0)
		verify_fault(v,
			     "the changes of serial %llu are not those that were "
			     "written",
			     (unsigned long long)v->serial);
	if (j->cut)
		v->seen->cut++;
}

static void check_header(struct verify *v, uint64_t serial, struct span key,
			 MDB_val value)
{
	struct bytes b = bytes_from(value.mv_data, value.mv_size);
	unsigned long long s = serial;
	uint8_t digest[EVP_MAX_MD_SIZE];
	struct journal j;

	end_serial(v);
	if (serial != v->serial + 1)
		verify_fault(v, "serial %llu follows serial %llu in the journal", s,
			     (unsigned long long)v->serial);
	j = journal_get(&b);
	if (b.failed || bytes_left(&b) > 0 || (j.flags & ~JOURNAL_FIRST_LOAD) != 0) {
		verify_fault(v, "the journal's header of serial %llu cannot be read",
			     s);
		return;
	}
	digest_of(key.data, key.len, value.mv_data, value.mv_size - JOURNAL_TAIL,
		  digest);
	if (memcmp(j.previous.data, v->previous, JOURNAL_DIGEST) != 0)
		verify_fault(v,
			     "serial %llu does not follow from the one before it: "
			     "its digest of that is another",
			     s);
	if (memcmp(j.digest.data, digest, JOURNAL_DIGEST) != 0)
		verify_fault(v,
			     "the journal of serial %llu was altered: its digest is "
			     "another",
			     s);
	memcpy(v->previous, digest, JOURNAL_DIGEST);
	v->header = j;
	v->serial = serial;
	v->part = 0;
	EVP_DigestInit_ex(v->contents, EVP_sha256(), NULL);
}

static void check_part(struct verify *v, uint64_t serial, uint32_t part, MDB_val value)
{
	struct bytes b = bytes_from(value.mv_data, value.mv_size);
	struct change change;
	char text[64];

	snprintf(text, sizeof(text), "the journal of serial %llu",
		 (unsigned long long)serial);
	if (serial != v->serial || part != v->part + 1 || v->header.cut) {
		verify_fault(v, "%s has a part %u that does not belong there", text,
			     part);
		return;
	}
	EVP_DigestUpdate(v->contents, value.mv_data, value.mv_size);
	v->part = part;
	while (v->rc == 0 && change_next(&b, &change)) {
		if (!name_valid(change.key.data, change.key.len) ||
		    change.gone + change.come == 0)
			verify_fault(v, "%s has a change that is none", text);
		for (int i = 0; i < change.gone + change.come; i++)
			verify_entry(v, &change.entries[i], text);
	}
	if (b.failed)
		verify_fault(v, "%s cannot be read", text);
}

void verify_journal_record(struct verify *v, struct span key, MDB_val value)
{
	struct bytes b = bytes_from(key.data, key.len);
	uint64_t serial = get_u64(&b);
	uint32_t part = get_u32(&b);

	if (b.failed || bytes_left(&b) > 0)
		verify_fault(v, "a key of %zu bytes in the journal", key.len);
	else if (part == 0)
		check_header(v, serial, key, value);
	else
		check_part(v, serial, part, value);
}

void verify_journal_end(struct verify *v)
{
	end_serial(v);
	if (v->serial != v->head.serial)
		verify_fault(v, "it is at serial %llu, and its journal ends with %llu",
			     (unsigned long long)v->head.serial,
			     (unsigned long long)v->serial);
	else if (v->serial > 0 && v->header.time != v->head.committed)
		verify_fault(v,
			     "it and its journal disagree on when serial %llu was "
			     "committed",
			     (unsigned long long)v->serial);
}

void verify_past_record(struct verify *v, struct span key, MDB_val value)
{
	struct bytes b = bytes_from(value.mv_data, value.mv_size);
	char text[NAME_TEXT_MAX + 20];
	unsigned count = 0;
	uint32_t last = 0;
	struct past p;
	size_t used;

	used = (size_t)snprintf(text, sizeof(text), "the past of ");
	name_to_text(text + used, key.data, key.len);
	if (!name_valid(key.data, key.len) || key.len > NAME_KEY_MAX)
		verify_fault(v, "a past of a name whose key is none");
	for (; v->rc == 0 && past_next(&b, &p); last = p.until, count++) {
		verify_entry(v, &p.entry, text);
		if (p.until > v->head.serial || p.until <= p.entry.since)
			verify_fault(v,
				     "%s says that an entry of serial %u went at "
				     "serial %u",
				     text, p.entry.since, p.until);
		if (p.until < last)
			verify_fault(v, "%s is out of order", text);
		v->seen->tombstones++;
	}
	if (b.failed || count == 0 || count > PAST_MAX)
		verify_fault(v, "%s cannot be read", text);
}
