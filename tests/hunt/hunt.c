// SPDX-License-Identifier: BSD-3-Clause
/* The leak hunt: after a serial is reported enforced, no true answer for a name
 * that it blocks, and no block of one that it lifts, ever gets out. Exit status: 0
 * none did, 1 one did, 2 the hunt went wrong. */
#include "hunt.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define CLIENTS_MAX 64

int64_t clock_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

uint64_t dice_throw(struct dice *d)
{
	uint64_t z = d->state += 0x9e3779b97f4a7c15u;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

const char *client_address(const struct client *c, bool exempt)
{
	static const char *const addresses[3] = { "127.0.0.1", "127.0.0.3",
						  "127.0.0.4" };

	return exempt ? c->hunt->options.exempt : addresses[c->number % 3];
}

/* Runs `palang set` and waits for its end: then the settings are enforced. */
static bool set(const struct options *o, const char *feed, const char *setting)
{
	const char *argv[8] = { o->palang, "set", "-o",   o->store,
				"--feed",  feed,  setting };
	int status = -1;
	pid_t pid;

	if (feed == NULL) {
		argv[4] = setting;
		argv[5] = NULL;
	}
	pid = fork();
	if (pid == 0) {
		execv(argv[0], (char **)(uintptr_t)argv);
		_exit(127);
	}
	if (pid > 0)
		waitpid(pid, &status, 0);
	if (status == 0)
		return true;
	fprintf(stderr, "hunt: '%s set %s' failed\n", o->palang, setting);
	return false;
}

static bool set_all(const struct options *o)
{
	char exempt[64];

	snprintf(exempt, sizeof(exempt), "exempt=%s/32%s", o->exempt,
		 o->exempt_v6 ? ",::1/128" : "");
	return (o->exempt == NULL || set(o, NULL, exempt)) &&
	       (!o->cname_targets || set(o, "wide", "cname-targets=yes"));
}

static unsigned start_clients(struct hunt *h, struct client *clients)
{
	static void *(*const runs[TRANSPORTS])(void *) = { udp_run, stream_run,
							   stream_run, doh_run };
	unsigned count = 0;

	for (unsigned t = 0; t < TRANSPORTS; t++)
		for (unsigned i = 0; i < h->options.threads[t]; i++) {
			struct client *c = &clients[count];

			if (count == CLIENTS_MAX)
				return count;
			*c = (struct client){ .hunt = h,
					      .transport = t,
					      .number = count };
			c->dice.state = h->options.seed * 31 + ++count;
			if (pthread_create(&c->thread, NULL, runs[t], c) != 0)
				return count - 1;
		}
	return count;
}

static void add_up(struct tally *sum, const struct tally *t)
{
	for (unsigned i = 0; i < TRANSPORTS; i++)
		for (unsigned j = 0; j < 2; j++) {
			sum->answers[i][j] += t->answers[i][j];
			sum->judged[i][j] += t->judged[i][j];
		}
	sum->timeouts += t->timeouts;
	sum->refused += t->refused;
	sum->servfails += t->servfails;
	sum->cut += t->cut;
	sum->violations += t->violations;
	sum->window += t->window;
	sum->window_serials += t->window_serials;
	if (t->window_sent > sum->window_sent)
		sum->window_sent = t->window_sent;
	if (t->window_received > sum->window_received)
		sum->window_received = t->window_received;
}

static struct hunt hunt;

static void stop(int number)
{
	(void)number;
	atomic_store(&hunt.stop, true);
}

static int run(struct hunt *h, struct writer *w)
{
	static struct client clients[CLIENTS_MAX];
	struct timespec tick = { .tv_nsec = 50000000 };
	struct tally sum = { 0 };
	pthread_t writer;
	unsigned count;
	bool answered;

	if (!writer_begin(w) || !set_all(&h->options) ||
	    pthread_create(&writer, NULL, writer_run, w) != 0)
		return 2;
	h->started = clock_us();
	count = start_clients(h, clients);
	while (!atomic_load(&h->stop) && !atomic_load(&h->trouble) &&
	       clock_us() - h->started < (int64_t)h->options.seconds * 1000000)
		nanosleep(&tick, NULL);
	atomic_store(&h->stop, true);
	pthread_join(writer, NULL);
	for (unsigned i = 0; i < count; i++) {
		pthread_join(clients[i].thread, NULL);
		add_up(&sum, &clients[i].tally);
	}
	answered = summary_print(h, &sum, writer_commits(w));
	if (sum.violations > 0)
		return 1;
	if (!answered)
		fprintf(stderr, "hunt: answers are missing\n");
	return atomic_load(&h->trouble) || !answered ? 2 : 0;
}

int main(int argc, char **argv)
{
	struct writer *w;
	int status = 2;

	if (!options_read(&hunt.options, argc, argv)) {
		fprintf(stderr, "usage: see tests/hunt/run\n");
		return 2;
	}
	if (!doh_exists() && hunt.options.threads[OVER_HTTPS] > 0)
		fprintf(stderr, "hunt: built without libcurl: no DoH client\n");
	signal(SIGINT, stop);
	signal(SIGTERM, stop);
	signal(SIGPIPE, SIG_IGN);
	pthread_mutex_init(&hunt.lock, NULL);
	printf("seed %" PRIu64 "\n", hunt.options.seed);
	if (names_make(&hunt) && (w = writer_new(&hunt)) != NULL) {
		status = run(&hunt, w);
		writer_free(w);
	}
	names_release(&hunt);
	return status;
}
