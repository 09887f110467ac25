// SPDX-License-Identifier: BSD-3-Clause
/* An Unbound without network: its own mesh of queries, caches and encoder, with
 * palang as the first module and the target's world in place of the iterator.
 * Clients put questions; what Unbound would send them comes back to the target. */
#ifndef PALANG_FAKE_UNBOUND_H
#define PALANG_FAKE_UNBOUND_H

#include "palang.h"

/* Ends the process when CONDITION is not so. */
#define require(condition)                                                             \
	((condition) ? (void)0 : require_failed(#condition, __FILE__, __LINE__))
_Noreturn void require_failed(const char *what, const char *file, int line);

/* With PALANG_FUZZ_TRACE in the environment: a line for a person. */
void fake_trace(const char *what, const struct query_info *qinfo, int number);

enum transport { CLIENT_UDP, CLIENT_TCP, CLIENT_TLS, TRANSPORTS };

/* One question of one client. */
struct asked {
	struct comm_point point; /* its own, so that the answer finds the question */
	struct query_info qinfo;
	uint8_t name[LDNS_MAX_DOMAINLEN];
	uint16_t id, flags;
	struct edns_data edns;
	struct edns_option options[4];
	struct sockaddr_storage address;
	socklen_t address_len;
	unsigned ends; /* how often it was answered or dropped */
};

struct fake {
	struct module_env env;
	struct worker worker;
	struct dynlibmod_env modules[2];
	struct alloc_cache alloc;
	struct sldns_buffer *buffer; /* what is sent */
	time_t now;
	struct timeval now_tv;
};
extern struct fake fake;

/* The clock of all that is linked: Unbound, the module, the target. */
void fake_set_time(time_t now);

/* Starts it with the store at PATH. */
void fake_start(const char *path, const struct dynlibmod_env *world);
struct palang *fake_palang(void);

/* Puts a question as the worker does for a packet that its cache cannot answer. */
void fake_ask(struct asked *a);
/* A look-up without a client: to refresh the cache, or for Unbound's own needs. */
void fake_prefetch(struct query_info *qinfo, uint16_t flags);
void fake_probe(struct query_info *qinfo, uint16_t flags);
/* The upstream answers what Q waits for, or does not. */
void fake_resume(struct module_qstate *q, bool answered);
/* Drops every query that waits, and what the caches hold. */
void fake_forget(void);

/* True when the message cache would answer. */
bool fake_is_cached(const struct query_info *qinfo, uint16_t flags);

/* The target's: called for each question when Unbound is done with it, ANSWER
 * being what it would send, NULL when it sends nothing. */
void on_answer(struct asked *a, struct sldns_buffer *answer);
/* The target's: false for a message that Unbound's parser would not have let in. */
bool can_encode(const struct reply_info *rep);
/* The target's: called before and after every event of the module. */
void before_operated(struct module_qstate *q, enum module_ev event);
void on_operated(struct module_qstate *q, enum module_ev event, int id);

/* polled_watch.c: one round of the maintenance thread. */
void watch_poll(struct palang *p);

#endif
