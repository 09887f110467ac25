// SPDX-License-Identifier: BSD-3-Clause
/* A zone as a master file (RFC 1035, section 5.1), record by record, and its digest
 * (RFC 8976): SHA-384 over the records as they come, which is in canonical order. */
#ifndef PALANG_ZONE_FILE_H
#define PALANG_ZONE_FILE_H

#include <openssl/evp.h>
#include <stdio.h>

#include "bytes.h"
#include "err.h"
#include "name.h"

enum rr_type {
	RR_A = 1,
	RR_NS = 2,
	RR_CNAME = 5,
	RR_SOA = 6,
	RR_AAAA = 28,
};

struct zone_file {
	FILE *to;
	uint32_t serial;
	uint32_t ttl; /* what $TTL says */
	uint8_t apex[NAME_WIRE_MAX];
	size_t apex_len;
	EVP_MD_CTX *digest; /* NULL: none is wanted */
	/* The owner of the next records. */
	uint8_t owner[NAME_WIRE_MAX];
	size_t owner_len;
	char text[NAME_TEXT_MAX + 2];
};

/* Writes the head of the zone: $ORIGIN, $TTL, SOA and NS. Returns 0 or
 * ERR_SYSTEM; zone_file_release() follows in either case. */
int zone_file_begin(struct zone_file *z, FILE *to, const struct name *apex,
		    uint32_t serial, uint32_t ttl, bool digest, struct err *e);
void zone_file_release(struct zone_file *z);

/* Makes the owner of the records that follow the name KEY below the apex, or *.KEY when
 * STAR. Returns false when that is too long for a name. */
bool zone_file_owner(struct zone_file *z, struct span key, bool star);

/* Writes a record of that owner. RDATA is in wire format and in canonical order; TEXT
 * is the same in text form. */
void zone_file_record(struct zone_file *z, enum rr_type type, uint32_t ttl,
		      struct span rdata, const char *text);

/* Writes the digest, when it is wanted. Returns 0 or ERR_SYSTEM. */
int zone_file_end(struct zone_file *z, struct err *e);

#endif
