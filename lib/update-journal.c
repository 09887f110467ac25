// SPDX-License-Identifier: BSD-3-Clause
/* Writing the journal: what an update noted, in a header and parts. */
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "update-internal.h"

/* The fields of a header besides its texts. */
#define HEADER_FIXED 256

void update_record(struct update *u, enum store_table table, struct span key,
		   struct span before, struct span after)
{
	struct journal_record record = { (uint8_t)table, key, before, after };
	size_t size = 7 + key.len + before.len + after.len;
	uint8_t *records =
		u->rc != 0 ? NULL : realloc(u->records, u->records_used + size);
	struct bytes b;

	if (u->rc != 0)
		return;
	if (records == NULL) {
		u->rc = err_set(u->e, ERR_SYSTEM, "out of memory for the journal");
		return;
	}
	u->records = records;
	b = bytes_over(records + u->records_used, size);
	journal_record_put(&b, &record);
	u->records_used += size;
}

bool update_get_part(struct update *u, uint64_t serial, uint32_t part, MDB_val *v)
{
	uint8_t key[JOURNAL_KEY];

	journal_key(key, serial, part);
	if (update_get(u, TABLE_JOURNAL, key, sizeof(key), v) == 0)
		return true;
	update_damaged(u);
	return false;
}

bool update_get_header(struct update *u, uint64_t serial, struct journal *j)
{
	struct bytes b;
	MDB_val v;

	if (!update_get_part(u, serial, 0, &v))
		return false;
	b = bytes_from(v.mv_data, v.mv_size);
	*j = journal_get(&b);
	if (b.failed)
		update_damaged(u);
	return !b.failed;
}

/* The digest of the serial before; zeros before the first. */
static void previous_digest(struct update *u, uint8_t digest[static JOURNAL_DIGEST])
{
	struct journal j;

	memset(digest, 0, JOURNAL_DIGEST);
	if (u->head.serial > 1 && update_get_header(u, u->head.serial - 1, &j))
		memcpy(digest, j.digest.data, JOURNAL_DIGEST);
}

static bool digest_begin(struct update *u, EVP_MD_CTX *digest)
{
	if (digest != NULL && EVP_DigestInit_ex(digest, EVP_sha256(), NULL))
		return true;
	if (u->rc == 0)
		u->rc = err_set(u->e, ERR_SYSTEM, "cannot compute a digest");
	return false;
}

/* Writes the changeset in parts of whole changes; returns how many, and the digest
 * of all of them. */
static uint32_t write_parts(struct update *u, EVP_MD_CTX *digest,
			    uint8_t contents[static EVP_MAX_MD_SIZE])
{
	struct bytes b = bytes_from(u->changes.data, u->changes.used);
	const uint8_t *start = b.at;
	uint8_t key[JOURNAL_KEY];
	struct change change;
	uint32_t parts = 0;

	if (!digest_begin(u, digest))
		return 0;
	while (u->rc == 0 && change_next(&b, &change)) {
		size_t len = (size_t)(b.at - start);

		if (len < JOURNAL_PART && bytes_left(&b) > 0)
			continue;
		journal_key(key, u->head.serial, ++parts);
		update_put(u, TABLE_JOURNAL, key, sizeof(key), start, len);
		EVP_DigestUpdate(digest, start, len);
		start = b.at;
	}
	EVP_DigestFinal_ex(digest, contents, NULL);
	return parts;
}

/* The shares of the feeds, as a header has them. Returns memory that the caller
 * frees; NULL with an error latched. */
static uint8_t *encode_feeds(struct update *u, size_t *ret_len)
{
	size_t room = 1;
	uint8_t *feeds;
	struct bytes b;

	for (unsigned i = 0; i < u->share_count; i++)
		room += u->shares[i].from_len + 24;
	feeds = malloc(room);
	if (feeds == NULL) {
		u->rc = err_set(u->e, ERR_SYSTEM, "out of memory for the journal");
		return NULL;
	}
	b = bytes_over(feeds, room);
	for (unsigned i = 0; i < u->share_count; i++) {
		const struct update_share *s = &u->shares[i];

		put_data(&b, s->from, s->from_len);
		put_u64(&b, s->counts.added);
		put_u64(&b, s->counts.removed);
		put_u64(&b, s->counts.changed);
	}
	*ret_len = (size_t)(b.at - feeds);
	return feeds;
}

/* Writes the header. The digest is over the part's key, and over the header up to
 * the digest itself. */
static void write_header(struct update *u, const struct journal *j, EVP_MD_CTX *digest)
{
	size_t room = HEADER_FIXED + j->verb.len + j->reason.len + j->feeds.len +
		      j->records.len;
	uint8_t *header = malloc(room), key[JOURNAL_KEY], sum[EVP_MAX_MD_SIZE];
	struct bytes b = bytes_over(header, header == NULL ? 0 : room);

	journal_key(key, u->head.serial, 0);
	journal_put(&b, j);
	if (header == NULL && u->rc == 0)
		u->rc = err_set(u->e, ERR_SYSTEM, "out of memory for the journal");
	if (b.failed && u->rc == 0)
		u->rc = err_set(u->e, ERR_INPUT, "the verb or the reason is too long");
	if (u->rc == 0 && digest_begin(u, digest)) {
		size_t len = (size_t)(b.at - header);

		EVP_DigestUpdate(digest, key, sizeof(key));
		EVP_DigestUpdate(digest, header, len - JOURNAL_TAIL);
		EVP_DigestFinal_ex(digest, sum, NULL);
		memcpy(header + len - 1 - JOURNAL_DIGEST, sum, JOURNAL_DIGEST);
		update_put(u, TABLE_JOURNAL, key, sizeof(key), header, len);
	}
	free(header);
}

void update_journal(struct update *u, const struct update_about *about,
		    const struct update_result *result)
{
	uint8_t previous[JOURNAL_DIGEST], contents[EVP_MAX_MD_SIZE],
		zeros[JOURNAL_DIGEST] = { 0 };
	EVP_MD_CTX *digest = EVP_MD_CTX_new();
	size_t feeds_len = 0;
	uint8_t *feeds = encode_feeds(u, &feeds_len);
	struct journal j = {
		.time = about->time,
		.flags = u->flags,
		.added = result->added,
		.removed = result->removed,
		.changed = result->changed,
		.verb = about->verb,
		.reason = about->reason,
		.feed_count = (uint8_t)u->share_count,
		.feeds = { feeds, feeds_len },
		.records = { u->records, u->records_used },
		.contents = { contents, JOURNAL_DIGEST },
		.previous = { previous, sizeof(previous) },
		.digest = { zeros, sizeof(zeros) },
	};

	previous_digest(u, previous);
	j.parts = write_parts(u, digest, contents);
	if (u->rc == 0)
		write_header(u, &j, digest);
	free(feeds);
	EVP_MD_CTX_free(digest);
}
