// SPDX-License-Identifier: BSD-3-Clause
#include "fake_unbound.h"

#include <stdlib.h>
#include <string.h>

#include "libunbound/worker.h"
#include "services/cache/infra.h"
#include "services/cache/rrset.h"
#include "services/modstack.h"
#include "services/outbound_list.h"
#include "util/alloc.h"
#include "util/log.h"

int init(struct module_env *env, int id);
void deinit(struct module_env *env, int id);
void operate(struct module_qstate *q, enum module_ev event, int id,
	     struct outbound_entry *outbound);
void inform_super(struct module_qstate *q, int id, struct module_qstate *super);
void clear(struct module_qstate *q, int id);
size_t get_mem(struct module_env *env, int id);

const char *__asan_default_options(void);
time_t __wrap_time(time_t *to);
int __wrap_nanosleep(const struct timespec *time, struct timespec *left);
int __real_mdb_env_open(MDB_env *env, const char *path, unsigned flags,
			mdb_mode_t mode);
int __wrap_mdb_env_open(MDB_env *env, const char *path, unsigned flags,
			mdb_mode_t mode);
int __real_reply_info_answer_encode(struct query_info *qinfo, struct reply_info *rep,
				    uint16_t id, uint16_t flags, sldns_buffer *to,
				    time_t now, int cached, struct regional *region,
				    uint16_t udp_size, struct edns_data *edns,
				    int dnssec, int secure);
int __wrap_reply_info_answer_encode(struct query_info *qinfo, struct reply_info *rep,
				    uint16_t id, uint16_t flags, sldns_buffer *to,
				    time_t now, int cached, struct regional *region,
				    uint16_t udp_size, struct edns_data *edns,
				    int dnssec, int secure);
void __wrap_comm_point_send_reply(struct comm_reply *reply);
void __wrap_comm_point_drop_reply(struct comm_reply *reply);

struct fake fake;

/* Memory that was freed is used again soon, which is what takes the time. */
const char *__asan_default_options(void)
{
	return "quarantine_size_mb=4:malloc_context_size=8";
}

void require_failed(const char *what, const char *file, int line)
{
	fprintf(stderr, "%s:%d: not so: %s\n", file, line, what);
	abort();
}

void fake_trace(const char *what, const struct query_info *qinfo, int number)
{
	static int wanted = -1;
	char text[NAME_TEXT_MAX];
	struct name n = { 0 };

	if (wanted < 0)
		wanted = getenv("PALANG_FUZZ_TRACE") != NULL;
	if (wanted == 0)
		return;
	if (qinfo != NULL)
		name_from_wire(&n, qinfo->qname, qinfo->qname_len);
	fprintf(stderr, "%s %d: %s type %u class %u\n", what, number,
		name_to_text(text, n.key, n.len), qinfo == NULL ? 0 : qinfo->qtype,
		qinfo == NULL ? 0 : qinfo->qclass);
}

/* guard.c's: this program is no Unbound. */
const char *guard_refusal(void)
{
	return NULL;
}

time_t __wrap_time(time_t *to)
{
	if (to != NULL)
		*to = fake.now;
	return fake.now;
}

/* There is nobody to leave the processor to. */
int __wrap_nanosleep(const struct timespec *time, struct timespec *left)
{
	(void)time;
	(void)left;
	return 0;
}

void fake_set_time(time_t now)
{
	fake.now = now;
	fake.now_tv.tv_sec = now;
}

/* A process opens a store once: the target writes through the module's own. */
int __wrap_mdb_env_open(MDB_env *env, const char *path, unsigned flags, mdb_mode_t mode)
{
	return __real_mdb_env_open(env, path,
				   (flags & ~(unsigned)MDB_RDONLY) | MDB_NOSYNC, mode);
}

/* A comm_point is the first member of its question. */
void __wrap_comm_point_send_reply(struct comm_reply *reply)
{
	on_answer((struct asked *)(void *)reply->c, reply->c->buffer);
}

void __wrap_comm_point_drop_reply(struct comm_reply *reply)
{
	on_answer((struct asked *)(void *)reply->c, NULL);
}

/* The encoder trusts a CNAME's target to be a name; the parser has seen to it. */
int __wrap_reply_info_answer_encode(struct query_info *qinfo, struct reply_info *rep,
				    uint16_t id, uint16_t flags, sldns_buffer *to,
				    time_t now, int cached, struct regional *region,
				    uint16_t udp_size, struct edns_data *edns,
				    int dnssec, int secure)
{
	return can_encode(rep) &&
	       __real_reply_info_answer_encode(qinfo, rep, id, flags, to, now, cached,
					       region, udp_size, edns, dnssec, secure);
}

static void operate_and_tell(struct module_qstate *q, enum module_ev event, int id,
			     struct outbound_entry *outbound)
{
	before_operated(q, event);
	fake_trace(strmodulevent(event), &q->qinfo, q->is_valrec);
	operate(q, event, id, outbound);
	fake_trace(strextstate(q->ext_state[id]), &q->qinfo, q->no_cache_store);
	on_operated(q, event, id);
}

static void set_up_env(struct module_env *env)
{
	struct config_file *cfg = config_create();

	require(cfg != NULL);
	cfg->num_threads = 1;
	cfg->use_syslog = 0;
	cfg->wait_limit = 0;
	cfg->discard_timeout = 0;
	env->cfg = cfg;
	alloc_init(&fake.alloc, NULL, 0);
	env->alloc = &fake.alloc;
	env->now = &fake.now;
	env->now_tv = &fake.now_tv;
	env->scratch = regional_create();
	env->scratch_buffer = sldns_buffer_new(cfg->msg_buffer_size);
	fake.buffer = sldns_buffer_new(cfg->msg_buffer_size);
	env->msg_cache = slabhash_create(2, 16, cfg->msg_cache_size, msgreply_sizefunc,
					 query_info_compare, query_entry_delete,
					 reply_info_delete, NULL);
	cfg->rrset_cache_slabs = 2;
	env->rrset_cache = rrset_cache_create(cfg, &fake.alloc);
	env->infra_cache = infra_create(cfg);
	env->detach_subs = mesh_detach_subs;
	env->attach_sub = mesh_attach_sub;
	env->add_sub = mesh_add_sub;
	env->kill_sub = mesh_state_delete;
	require(env->scratch != NULL && env->scratch_buffer != NULL &&
		fake.buffer != NULL && env->msg_cache != NULL &&
		env->rrset_cache != NULL && env->infra_cache != NULL &&
		edns_known_options_init(env) != 0);
}

void fake_start(const char *path, const struct dynlibmod_env *world)
{
	struct module_env *env = &fake.env;
	struct module_stack stack = { 0 };

	log_init("/dev/null", 0, NULL);
	set_up_env(env);
	require(modstack_config(&stack, "dynlib dynlib") != 0);
	fake.modules[0] = (struct dynlibmod_env){
		.func_init = init,
		.func_deinit = deinit,
		.func_operate = operate_and_tell,
		.func_inform = inform_super,
		.func_clear = clear,
		.func_get_mem = get_mem,
		.inplace_cb_register_wrapped = inplace_cb_register_wrapped,
		.inplace_cb_delete_wrapped = inplace_cb_delete_wrapped,
	};
	fake.modules[1] = *world;
	env->modinfo[0] = &fake.modules[0];
	env->modinfo[1] = &fake.modules[1];
	env->mesh = mesh_create(&stack, env);
	require(env->mesh != NULL && setenv("PALANG_STORE", path, 1) == 0);
	require(init(env, 0) == 1);
	/* No callback is registered once there are workers. */
	env->worker = &fake.worker;
}

struct palang *fake_palang(void)
{
	return fake.modules[0].dyn_env;
}

void fake_ask(struct asked *a)
{
	struct comm_reply reply = { .c = &a->point };

	fake_trace("ask", &a->qinfo, ntohs(a->id));
	a->point.buffer = fake.buffer;
	a->point.fd = -1;
	reply.remote_addr = reply.client_addr = a->address;
	reply.remote_addrlen = reply.client_addrlen = a->address_len;
	reply.max_udp_size = a->edns.udp_size;
	sldns_buffer_clear(fake.buffer);
	mesh_new_client(fake.env.mesh, &a->qinfo, NULL, a->flags, &a->edns, &reply,
			a->id, 0);
}

void fake_prefetch(struct query_info *qinfo, uint16_t flags)
{
	fake_trace("prefetch", qinfo, 0);
	mesh_new_prefetch(fake.env.mesh, qinfo, flags, 0, 0, NULL, NULL);
}

void fake_probe(struct query_info *qinfo, uint16_t flags)
{
	struct edns_data edns = { .edns_present = 1, .udp_size = 1232 };

	fake_trace("probe", qinfo, 0);
	/* Unbound knows its callbacks; this one does nothing in worker_cb.c. */
	mesh_new_callback(fake.env.mesh, qinfo, flags, &edns, fake.env.scratch_buffer,
			  0, libworker_event_done_cb, NULL, 0);
}

void fake_resume(struct module_qstate *q, bool answered)
{
	struct outbound_entry entry = { .qstate = q };

	mesh_report_reply(fake.env.mesh, &entry, NULL,
			  answered ? NETEVENT_NOERROR : NETEVENT_TIMEOUT);
}

void fake_forget(void)
{
	mesh_delete_all(fake.env.mesh);
	slabhash_clear(fake.env.msg_cache);
	slabhash_clear(&fake.env.rrset_cache->table);
}

bool fake_is_cached(const struct query_info *qinfo, uint16_t flags)
{
	struct msgreply_entry *e =
		msg_cache_lookup(&fake.env, qinfo->qname, qinfo->qname_len,
				 qinfo->qtype, qinfo->qclass, flags, fake.now, 0);

	if (e != NULL)
		lock_rw_unlock(&e->entry.lock);
	return e != NULL;
}
