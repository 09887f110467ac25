// SPDX-License-Identifier: BSD-3-Clause
#include "zone-file.h"

#include <string.h>

#include "export.h"

/* How long a secondary waits, retries and keeps the zone, and how long it may be
 * remembered that a name is not in it. */
#define REFRESH 3600
#define RETRY   600
#define EXPIRE  604800
#define MINIMUM 30

#define LOCALHOST "\11localhost"

static const char *type_text(enum rr_type type)
{
	switch (type) {
	case RR_A:
		return "A";
	case RR_NS:
		return "NS";
	case RR_CNAME:
		return "CNAME";
	case RR_SOA:
		return "SOA";
	default:
		return "AAAA";
	}
}

/* The fixed part of a record in wire format, and its RDATA. */
static void add_to_digest(struct zone_file *z, enum rr_type type, uint32_t ttl,
			  struct span rdata)
{
	uint8_t head[10];
	struct bytes b = bytes_over(head, sizeof(head));

	if (z->digest == NULL)
		return;
	put_u16(&b, (uint16_t)type);
	put_u16(&b, 1); /* IN */
	put_u32(&b, ttl);
	put_u16(&b, (uint16_t)rdata.len);
	EVP_DigestUpdate(z->digest, z->owner, z->owner_len);
	EVP_DigestUpdate(z->digest, head, sizeof(head));
	EVP_DigestUpdate(z->digest, rdata.data, rdata.len);
}

void zone_file_record(struct zone_file *z, enum rr_type type, uint32_t ttl,
		      struct span rdata, const char *text)
{
	fputs(z->text, z->to);
	if (ttl != z->ttl)
		fprintf(z->to, " %u", ttl);
	fprintf(z->to, " IN %s %s\n", type_text(type), text);
	add_to_digest(z, type, ttl, rdata);
}

bool zone_file_owner(struct zone_file *z, struct span key, bool star)
{
	uint8_t wire[NAME_WIRE_MAX];
	size_t len = name_to_wire(wire, key.data, key.len), at = star ? 2 : 0;

	if (len == 0 || at + len - 1 + z->apex_len > NAME_WIRE_MAX)
		return false;
	memcpy(z->owner, "\1*", at);
	memcpy(z->owner + at, wire, len - 1);
	memcpy(z->owner + at + len - 1, z->apex, z->apex_len);
	z->owner_len = at + len - 1 + z->apex_len;
	memcpy(z->text, "*.", at);
	export_name(z->text + at, key);
	return true;
}

/* NS sorts before SOA; in the file the SOA has to come first. */
static void write_head(struct zone_file *z)
{
	static const uint8_t ns[] = LOCALHOST;
	uint8_t soa[sizeof(LOCALHOST) + sizeof("\4root" LOCALHOST) + 20];
	struct bytes b = bytes_over(soa, sizeof(soa));

	put_data(&b, LOCALHOST, sizeof(LOCALHOST));
	put_data(&b, "\4root" LOCALHOST, sizeof("\4root" LOCALHOST));
	put_u32(&b, z->serial);
	put_u32(&b, REFRESH);
	put_u32(&b, RETRY);
	put_u32(&b, EXPIRE);
	put_u32(&b, MINIMUM);
	memcpy(z->owner, z->apex, z->apex_len);
	z->owner_len = z->apex_len;
	fprintf(z->to,
		"$TTL %u\n"
		"@ IN SOA localhost. root.localhost. %u %d %d %d %d\n"
		"@ IN NS localhost.\n",
		z->ttl, z->serial, REFRESH, RETRY, EXPIRE, MINIMUM);
	add_to_digest(z, RR_NS, z->ttl, (struct span){ ns, sizeof(ns) });
	add_to_digest(z, RR_SOA, z->ttl, (struct span){ soa, sizeof(soa) });
}

int zone_file_begin(struct zone_file *z, FILE *to, const struct name *apex,
		    uint32_t serial, uint32_t ttl, bool digest, struct err *e)
{
	char text[NAME_TEXT_MAX];

	*z = (struct zone_file){ .to = to, .serial = serial, .ttl = ttl };
	z->apex_len = name_to_wire(z->apex, apex->key, apex->len);
	if (digest) {
		z->digest = EVP_MD_CTX_new();
		if (z->digest == NULL ||
		    !EVP_DigestInit_ex(z->digest, EVP_sha384(), NULL))
			return err_set(e, ERR_SYSTEM, "cannot compute digests");
	}
	export_name(text, (struct span){ apex->key, apex->len });
	fprintf(to, "$ORIGIN %s.\n", text);
	write_head(z);
	return 0;
}

void zone_file_release(struct zone_file *z)
{
	EVP_MD_CTX_free(z->digest);
	z->digest = NULL;
}

int zone_file_end(struct zone_file *z, struct err *e)
{
	uint8_t digest[EVP_MAX_MD_SIZE];
	unsigned len;

	if (z->digest == NULL)
		return 0;
	if (!EVP_DigestFinal_ex(z->digest, digest, &len))
		return err_set(e, ERR_SYSTEM, "cannot compute digests");
	/* Scheme SIMPLE, hash SHA-384. */
	fprintf(z->to, "@ IN ZONEMD %u 1 1 ", z->serial);
	for (unsigned i = 0; i < len; i++)
		fprintf(z->to, "%02x", digest[i]);
	putc('\n', z->to);
	return 0;
}
