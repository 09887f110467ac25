// SPDX-License-Identifier: BSD-3-Clause
/* The UDP client: a socket for each source address, many queries under way. */
#include "hunt.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define SOCKETS_MAX 5
#define WINDOW_MAX  256

struct flying {
	struct query query;
	uint16_t id;
	bool here;
};

struct socket {
	int fd;
	bool exempt;
	uint16_t turns; /* the upper bits of the next id */
	struct flying *flying;
};

static int open_v6(uint16_t port)
{
	struct sockaddr_in6 to = { .sin6_family = AF_INET6,
				   .sin6_port = htons(port),
				   .sin6_addr = in6addr_loopback };
	int fd = socket(AF_INET6, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd >= 0 && connect(fd, (struct sockaddr *)&to, sizeof(to)) == 0)
		return fd;
	if (fd >= 0)
		close(fd);
	return -1;
}

static int open_v4(const char *address, uint16_t port)
{
	struct sockaddr_in from = { .sin_family = AF_INET },
			   to = { .sin_family = AF_INET, .sin_port = htons(port) };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int size = 1 << 20;

	inet_pton(AF_INET, address, &from.sin_addr);
	inet_pton(AF_INET, "127.0.0.1", &to.sin_addr);
	if (fd >= 0 &&
	    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size)) == 0 &&
	    bind(fd, (struct sockaddr *)&from, sizeof(from)) == 0 &&
	    connect(fd, (struct sockaddr *)&to, sizeof(to)) == 0)
		return fd;
	if (fd >= 0)
		close(fd);
	return -1;
}

static bool add_socket(struct socket *sockets, unsigned *count, int fd, bool exempt,
		       unsigned window)
{
	struct socket *s = &sockets[*count];

	*s = (struct socket){ .fd = fd, .exempt = exempt };
	s->flying = fd >= 0 ? calloc(window, sizeof(*s->flying)) : NULL;
	if (s->flying == NULL)
		return false;
	++*count;
	return true;
}

static unsigned open_sockets(const struct client *c, struct socket *sockets)
{
	static const char *const addresses[3] = { "127.0.0.1", "127.0.0.3",
						  "127.0.0.4" };
	const struct options *o = &c->hunt->options;
	unsigned count = 0;
	bool good = true;

	for (unsigned i = 0; i < 3; i++)
		good = good &&
		       add_socket(sockets, &count, open_v4(addresses[i], o->port),
				  false, o->window);
	if (o->exempt != NULL)
		good = good && add_socket(sockets, &count, open_v4(o->exempt, o->port),
					  true, o->window);
	if (o->exempt_v6)
		good = good &&
		       add_socket(sockets, &count, open_v6(o->port), true, o->window);
	return good ? count : 0;
}

/* Ids tell the place of a query, and one that waits from one that was given up. */
static void send_some(struct client *c, struct socket *s)
{
	unsigned window = c->hunt->options.window;

	for (unsigned i = 0; i < window; i++) {
		struct flying *f = &s->flying[i];

		if (f->here)
			continue;
		query_make(c->hunt, &c->dice, s->exempt, OVER_UDP, &f->query);
		f->id = (uint16_t)(s->turns++ * window + i);
		query_number(&f->query, f->id);
		query_mark(c->hunt, &f->query);
		if (send(s->fd, f->query.wire, f->query.len, 0) < 0) {
			c->tally.refused++;
			break;
		}
		f->here = true;
	}
}

/* Returns how many came. */
static unsigned receive_some(struct client *c, struct socket *s)
{
	unsigned window = c->hunt->options.window, came = 0;
	uint8_t wire[4096];
	ssize_t len;

	while (came < window && (len = recv(s->fd, wire, sizeof(wire), 0)) >= 2) {
		uint16_t id = wire_u16(wire);
		struct flying *f = &s->flying[id % window];

		came++;
		if (!f->here || f->id != id)
			continue;
		f->here = false;
		judge(c->hunt, &c->tally, &f->query, wire, (size_t)len);
	}
	return came;
}

static void give_up_old(struct client *c, struct socket *s)
{
	int64_t old = clock_us() - 3000000;

	for (unsigned i = 0; i < c->hunt->options.window; i++)
		if (s->flying[i].here && s->flying[i].query.sent < old) {
			s->flying[i].here = false;
			c->tally.timeouts++;
		}
}

static void wait_for_some(struct socket *sockets, unsigned count)
{
	struct pollfd fds[SOCKETS_MAX];

	for (unsigned i = 0; i < count; i++)
		fds[i] = (struct pollfd){ sockets[i].fd, POLLIN, 0 };
	poll(fds, count, 20);
}

void *udp_run(void *arg)
{
	struct client *c = arg;
	struct socket sockets[SOCKETS_MAX] = { 0 };
	unsigned count = open_sockets(c, sockets);
	int64_t next = 0;

	if (count == 0) {
		fprintf(stderr, "hunt: cannot open the UDP clients' sockets\n");
		atomic_store(&c->hunt->trouble, true);
	}
	while (count > 0 && !atomic_load(&c->hunt->stop)) {
		for (unsigned i = 0; i < count; i++)
			send_some(c, &sockets[i]);
		wait_for_some(sockets, count);
		for (unsigned i = 0; i < count; i++)
			receive_some(c, &sockets[i]);
		if (clock_us() < next)
			continue;
		next = clock_us() + 100000;
		for (unsigned i = 0; i < count; i++)
			give_up_old(c, &sockets[i]);
	}
	for (unsigned i = 0; i < count; i++) {
		close(sockets[i].fd);
		free(sockets[i].flying);
	}
	return NULL;
}
