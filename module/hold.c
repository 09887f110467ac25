// SPDX-License-Identifier: BSD-3-Clause
/* The maintenance thread and the worker of a process of an Unbound without threads.
 *
 * The thread wakes the worker by an event of the worker's own loop, where nothing of a
 * query is half done, and the worker waits in it until the thread lets it go on. A
 * worker can be reached only from its first query on, be it one that the module is
 * asked about or one that Unbound answers from its cache. Before that the cache is
 * empty, with one exception: a reload may keep it. Then nothing is called enforced
 * before they have met; and where processes are forked, which would take copies of it
 * along, its messages are dropped at the start. */
#include "palang.h"

#if HOLDS
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* In the worker, between two events. */
static void wait_for_thread(int fd, short bits, void *arg)
{
	struct palang *p = arg;
	eventfd_t wanted;

	(void)bits;
	eventfd_read(fd, &wanted);
	pthread_mutex_lock(&p->lock);
	if (p->hold.state == HOLD_WANTED) {
		p->hold.state = HOLD_HELD;
		pthread_cond_signal(&p->wake);
		while (p->hold.state == HOLD_HELD)
			pthread_cond_wait(&p->wake, &p->lock);
	}
	pthread_mutex_unlock(&p->lock);
}

static bool add_event(struct palang *p, struct worker *worker)
{
	struct hold *h = &p->hold;

	h->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (h->fd >= 0)
		h->event = ub_event_new(comm_base_internal(worker->base), h->fd,
					UB_EV_READ | UB_EV_PERSIST, wait_for_thread, p);
	if (h->event != NULL && ub_event_add(h->event, NULL) == 0)
		return true;
	ub_event_free(h->event);
	h->event = NULL;
	if (h->fd >= 0)
		close(h->fd);
	h->fd = -1;
	return false;
}

/* What was started in this process, or in the one that it was forked from. */
static struct palang *started;

/* All that this process has is a copy of what the first one had when it was forked. A
 * thread does not live on in a copy. Nor does an environment of LMDB: that is left as
 * it is, for to close it would end what the first process reads. The counters are one
 * resolver's: `palang stats` adds them up. */
static void begin_own(struct palang *p)
{
	const struct state_file *first = p->state.file;
	int64_t pid = first->pid, since = first->started;
	uint32_t on_error = atomic_load(&first->on_error);

	state_release(&p->state);
	/* Made before, where a failure is one of Unbound's start. */
	p->state = p->hold.spare;
	p->hold.spare = (struct state){ .fd = -1 };
	p->hold.forks = false;
	p->state.file->pid = pid;
	p->state.file->started = since;
	atomic_store(&p->state.file->on_error, on_error);
	memset(p->seats, 0, (p->workers + 1) * sizeof(*p->seats));
	atomic_store(&p->current, NULL);
	p->trouble = (struct err){ 0 };
	p->attached = p->unattached = p->running = p->hold.inside = false;
	if (!watch_start(p))
		log_err("palang: process %d cannot make a thread: what is in its cache "
			"stays",
			(int)getpid());
}

/* Called in a process that was just forked. Unbound forks its workers before the first
 * has had a query; whatever is forked later is none. */
static void on_fork(void)
{
	if (started != NULL && started->hold.forks && !atomic_load(&started->hold.met))
		begin_own(started);
}

void hold_meet(struct palang *p, struct worker *worker)
{
	if (atomic_load_explicit(&p->hold.met, memory_order_relaxed))
		return;
	/* Unbound blocks signals in a process that it has forked. */
	fault_hear();
	/* Before this query's verdict: whoever still says that nothing is cached
	 * has read the store before it. */
	if (add_event(p, worker)) {
		atomic_store(&p->hold.met, true);
	} else if (!p->hold.told) {
		p->hold.told = true;
		log_err("palang: no event can be made: what is in the cache stays");
	}
}

/* Unbound's inplace_cb_reply_cache. */
static int meet_at_hit(struct query_info *qinfo, struct module_qstate *q,
		       struct reply_info *rep, int rcode, struct edns_data *edns,
		       struct edns_option **options, struct comm_reply *reply,
		       struct regional *region, struct timeval *start, int id,
		       void *arg)
{
	(void)qinfo;
	(void)q;
	(void)rep;
	(void)rcode;
	(void)edns;
	(void)options;
	(void)region;
	(void)start;
	(void)id;
	if (reply != NULL && reply->c->callback == worker_handle_request)
		hold_meet(arg, reply->c->cb_arg);
	return 1;
}

bool hold_start(struct palang *p, int id, unsigned workers)
{
	struct dynlibmod_env *de = p->env->modinfo[id];
	static bool listens;

	p->hold.fd = -1;
	p->hold.spare.fd = -1;
	p->hold.forks = workers > 1;
	if (p->hold.forks) {
		if (state_init(&p->hold.spare, p->workers, &p->trouble) != 0)
			return false;
		slabhash_clear(p->env->msg_cache);
	}
	p->hold.kept = count_slabhash_entries(p->env->msg_cache) > 0;
	if (!listens && pthread_atfork(NULL, NULL, on_fork) != 0)
		return false;
	listens = true;
	started = p;
	return de->inplace_cb_register_wrapped((void *)meet_at_hit,
					       inplace_cb_reply_cache, p, p->env, id);
}

/* The event went with its loop, and only its memory is left. */
void hold_end(struct palang *p, int id)
{
	struct dynlibmod_env *de = p->env->modinfo[id];

	started = NULL;
	state_release(&p->hold.spare);
	de->inplace_cb_delete_wrapped(p->env, inplace_cb_reply_cache, id);
	ub_event_free(p->hold.event);
	if (p->hold.fd >= 0)
		close(p->hold.fd);
}

bool hold_worker(struct palang *p)
{
	struct hold *h = &p->hold;
	bool held;

	if (!h->inside)
		return true;
	if (!atomic_load(&h->met))
		return false;
	pthread_mutex_lock(&p->lock);
	h->state = HOLD_WANTED;
	eventfd_write(h->fd, 1);
	while (h->state == HOLD_WANTED && !p->stop)
		pthread_cond_wait(&p->wake, &p->lock);
	held = h->state == HOLD_HELD;
	if (!held)
		h->state = HOLD_NONE;
	pthread_mutex_unlock(&p->lock);
	return held;
}

void release_worker(struct palang *p)
{
	if (!p->hold.inside)
		return;
	pthread_mutex_lock(&p->lock);
	p->hold.state = HOLD_NONE;
	pthread_cond_signal(&p->wake);
	pthread_mutex_unlock(&p->lock);
}

bool hold_idle(struct palang *p)
{
	return !atomic_load(&p->hold.met) && !p->hold.kept;
}

bool hold_greet(struct palang *p)
{
	bool first = !p->hold.greeted && atomic_load(&p->hold.met);

	p->hold.greeted |= first;
	return first;
}
#endif
