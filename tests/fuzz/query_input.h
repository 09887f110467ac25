// SPDX-License-Identifier: BSD-3-Clause
/* What the parts of fuzz_query share: the input, read piece by piece, and the names
 * that it makes. */
#ifndef PALANG_QUERY_INPUT_H
#define PALANG_QUERY_INPUT_H

#include "fake_unbound.h"

/* At the input's end every number is 0. */
void input_begin(const uint8_t *data, size_t size);
bool input_ended(void);
uint8_t input_u8(void);
uint16_t input_u16(void);
uint32_t input_u32(void);
unsigned input_below(unsigned n);
/* Up to LEN octets, from a place in the input; *RET_LEN says how many there are. */
const uint8_t *input_data(size_t len, size_t *ret_len);

/* A name on the wire, often one that was there before, or near it. */
struct wire_name {
	size_t len;
	uint8_t data[LDNS_MAX_DOMAINLEN];
};
struct wire_name input_name(void);
/* Starts without names. */
void names_forget(void);

/* query_store.c */
/* Makes an empty store in a new directory, and takes the directory away again. */
void store_start(char path[static STORE_PATH_MAX]);
void store_hide(const char *path);
/* Commits what the input says in place of all that there was. */
void store_write(void);
/* The moments at which an order begins or ends. */
#define STORE_EPOCH 1000000000

/* query_world.c */
void world_operate(struct module_qstate *q, enum module_ev event, int id,
		   struct outbound_entry *outbound);
extern const struct dynlibmod_env world_module;
/* A query that waits for its upstream; NULL when none does. */
struct module_qstate *world_waiting(unsigned which);
void world_forget(void);
/* check_cache() for what was stored under other names than the clients'. */
void world_check_stored(void);
/* The query ended without an answer that the module could look at. */
extern bool world_erred;

/* query_opinion.c, and on_operated() of fake_unbound.h; query_check.c is on_answer().
 */
void check_start(void);
void check_forget(void);
/* An upstream's answer is stored. */
void check_stored(const struct module_qstate *q, const struct dns_msg *m);
/* No message of a blocked name is in the cache. */
void check_cache(const struct query_info *qinfo);
/* Queries end because the input did. */
extern bool check_nothing;

#endif
