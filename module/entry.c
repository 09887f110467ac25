// SPDX-License-Identifier: BSD-3-Clause
/* The six functions that Unbound's dynlib module looks up, by plain names. */
#include "palang.h"

#include <stdlib.h>
#include <string.h>

#define EXPORT __attribute__((visibility("default")))

EXPORT int init(struct module_env *env, int id);
EXPORT void deinit(struct module_env *env, int id);
EXPORT void operate(struct module_qstate *q, enum module_ev event, int id,
		    struct outbound_entry *outbound);
EXPORT void inform_super(struct module_qstate *q, int id, struct module_qstate *super);
EXPORT void clear(struct module_qstate *q, int id);
EXPORT size_t get_mem(struct module_env *env, int id);

static struct palang *ours(const struct module_env *env, int id)
{
	return ((struct dynlibmod_env *)env->modinfo[id])->dyn_env;
}

static bool register_callbacks(struct palang *p, struct dynlibmod_env *de, int id)
{
	return de->inplace_cb_register_wrapped((void *)options_reply, inplace_cb_reply,
					       p, p->env, id) &&
	       de->inplace_cb_register_wrapped((void *)judge_response,
					       inplace_cb_query_response, p, p->env,
					       id);
}

/* How many workers there may be. With so-reuseport Unbound keeps the number it was
 * started with, whatever its file says at a reload; what a module knows is lost
 * then, so the number is kept where only the process's end loses it. */
static unsigned count_workers(const struct module_env *env)
{
	static const char name[] = "PALANG_WORKERS";
	const char *before = getenv(name);
	int most = before == NULL ? 1 : atoi(before);
	char text[16];

	if (env->cfg->num_threads > most)
		most = env->cfg->num_threads;
	snprintf(text, sizeof(text), "%d", most);
	setenv(name, text, 1);
	return (unsigned)most;
}

static struct palang *new_palang(struct module_env *env, unsigned workers)
{
	struct palang *p = calloc(1, sizeof(*p));
	const char *path = getenv("PALANG_STORE");

	if (p == NULL)
		return NULL;
	p->env = env;
	p->workers = workers;
	/* The maintenance thread sits behind the workers. */
	p->seats = aligned_alloc(64, (p->workers + 1) * sizeof(*p->seats));
	if (path == NULL || path[0] == '\0')
		path = PALANG_STORE_DEFAULT;
	if (p->seats == NULL || strlen(path) >= sizeof(p->path) ||
	    state_init(&p->state, p->workers, &p->trouble) != 0) {
		free(p->seats);
		free(p);
		return NULL;
	}
	memset(p->seats, 0, (p->workers + 1) * sizeof(*p->seats));
	memcpy(p->path, path, strlen(path) + 1);
	return p;
}

/* Fails, and with it Unbound's start, only for what an operator has to mend
 * before the resolver can block anything; a store that is missing or broken is
 * not of that kind: the resolver starts, and says so. */
int init(struct module_env *env, int id)
{
	const char *refusal = guard_refusal();
	struct dynlibmod_env *de;
	struct palang *p;
	unsigned workers;

	if (refusal != NULL) {
		log_err("%s", refusal);
		return 0;
	}
	workers = count_workers(env);
	p = new_palang(env, HOLDS ? 1 : workers);
	if (p == NULL) {
		log_err("palang: out of memory, or the path of the store is too long");
		return 0;
	}
	de = env->modinfo[id];
	de->dyn_env = p;
	fault_install();
	if (!hold_start(p, id, workers) || !register_callbacks(p, de, id) ||
	    !watch_start(p)) {
		log_err("palang: cannot start");
		deinit(env, id);
		return 0;
	}
	return 1;
}

/* At Unbound's exit env->cfg is gone already; it is not touched here. */
void deinit(struct module_env *env, int id)
{
	struct dynlibmod_env *de = env->modinfo[id];
	struct palang *p = de->dyn_env;

	if (p == NULL)
		return;
	de->inplace_cb_delete_wrapped(env, inplace_cb_reply, id);
	de->inplace_cb_delete_wrapped(env, inplace_cb_query_response, id);
	watch_stop(p);
	hold_end(p, id);
	fault_remove();
	state_release(&p->state);
	free(p->seats);
	free(p);
	de->dyn_env = NULL;
}

void operate(struct module_qstate *q, enum module_ev event, int id,
	     struct outbound_entry *outbound)
{
	struct palang *p = ours(q->env, id);

	(void)outbound;
	hold_meet(p, q->env->worker);
	switch (event) {
	case module_event_new:
	case module_event_pass:
		judge_query(p, q, id);
		break;
	case module_event_moddone:
		judge_answer(p, q, id);
		break;
	default:
		q->ext_state[id] = module_error;
		break;
	}
}

void inform_super(struct module_qstate *q, int id, struct module_qstate *super)
{
	(void)q;
	(void)id;
	(void)super;
}

void clear(struct module_qstate *q, int id)
{
	q->minfo[id] = NULL; /* its memory goes with the query's region */
}

size_t get_mem(struct module_env *env, int id)
{
	struct palang *p = ours(env, id);

	return p == NULL ? 0 : sizeof(*p) + (p->workers + 1) * sizeof(*p->seats);
}
