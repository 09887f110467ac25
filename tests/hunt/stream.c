// SPDX-License-Identifier: BSD-3-Clause
/* The TCP and DoT clients: one query a connection, or many over one before the
 * first answer. */
#include "hunt.h"

#include <arpa/inet.h>
#include <openssl/ssl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define PIPELINE 16
#define ROUNDS   24

struct stream {
	int fd;
	SSL *ssl; /* NULL over TCP */
};

static int connect_from(const char *address, uint16_t port)
{
	struct sockaddr_in from = { .sin_family = AF_INET },
			   to = { .sin_family = AF_INET, .sin_port = htons(port) };
	struct timeval patience = { .tv_sec = 4 };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int yes = 1;

	inet_pton(AF_INET, address, &from.sin_addr);
	inet_pton(AF_INET, "127.0.0.1", &to.sin_addr);
	if (fd >= 0 &&
	    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)) == 0 &&
	    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience)) == 0 &&
	    setsockopt(fd, IPPROTO_IP, 24 /* IP_BIND_ADDRESS_NO_PORT */, &yes,
		       sizeof(yes)) == 0 &&
	    bind(fd, (struct sockaddr *)&from, sizeof(from)) == 0 &&
	    connect(fd, (struct sockaddr *)&to, sizeof(to)) == 0)
		return fd;
	if (fd >= 0)
		close(fd);
	return -1;
}

static void stream_close(struct stream *s, SSL_SESSION **session)
{
	if (s->ssl != NULL) {
		SSL_SESSION_free(*session);
		*session = SSL_get1_session(s->ssl);
		SSL_free(s->ssl);
	}
	if (s->fd >= 0)
		close(s->fd);
	*s = (struct stream){ .fd = -1 };
}

static bool stream_open(struct stream *s, const struct client *c, SSL_CTX *tls,
			SSL_SESSION *session)
{
	const struct options *o = &c->hunt->options;

	*s = (struct stream){ .fd = connect_from(client_address(c, c->exempt),
						 tls != NULL ? o->tls_port : o->port) };
	if (s->fd < 0 || tls == NULL)
		return s->fd >= 0;
	s->ssl = SSL_new(tls);
	if (s->ssl == NULL)
		return false;
	if (session != NULL)
		SSL_set_session(s->ssl, session);
	return SSL_set_fd(s->ssl, s->fd) == 1 && SSL_connect(s->ssl) == 1;
}

static bool stream_write(struct stream *s, const uint8_t *data, size_t len)
{
	if (s->ssl != NULL)
		return SSL_write(s->ssl, data, (int)len) == (int)len;
	return send(s->fd, data, len, MSG_NOSIGNAL) == (ssize_t)len;
}

static bool stream_read(struct stream *s, uint8_t *to, size_t len)
{
	while (len > 0) {
		ssize_t n = s->ssl != NULL ? SSL_read(s->ssl, to, (int)len)
					   : recv(s->fd, to, len, 0);

		if (n <= 0)
			return false;
		to += n;
		len -= (size_t)n;
	}
	return true;
}

static bool write_queries(struct client *c, struct stream *s, struct query *q,
			  unsigned count)
{
	uint8_t wires[PIPELINE * (sizeof(q->wire) + 2)], *at = wires;

	for (unsigned i = 0; i < count; i++) {
		query_make(c->hunt, &c->dice, c->exempt, c->transport, &q[i]);
		query_number(&q[i], (uint16_t)i);
		*at++ = (uint8_t)(q[i].len >> 8);
		*at++ = (uint8_t)q[i].len;
		memcpy(at, q[i].wire, q[i].len);
		at += q[i].len;
	}
	for (unsigned i = 0; i < count; i++)
		query_mark(c->hunt, &q[i]);
	return stream_write(s, wires, (size_t)(at - wires));
}

static bool read_answers(struct client *c, struct stream *s, struct query *q,
			 unsigned count)
{
	static _Thread_local uint8_t wire[65536];
	bool open[PIPELINE] = { 0 };

	for (unsigned i = 0; i < count; i++) {
		uint8_t size[2];
		uint16_t len, id;

		if (!stream_read(s, size, 2))
			return false;
		len = wire_u16(size);
		if (len < 2 || !stream_read(s, wire, len))
			return false;
		id = wire_u16(wire);
		if (id >= count || open[id])
			return false;
		open[id] = true;
		judge(c->hunt, &c->tally, &q[id], wire, len);
	}
	return true;
}

/* One connection from its beginning to its end. */
static void talk(struct client *c, SSL_CTX *tls, SSL_SESSION **session)
{
	struct stream s = { .fd = -1 };
	struct query queries[PIPELINE];
	struct timespec pause = { .tv_nsec = 5000000 };
	bool single = dice_below(&c->dice, 2) == 0;
	unsigned count = single ? 1 : PIPELINE;

	if (!stream_open(&s, c, tls, *session)) {
		c->tally.refused++;
		nanosleep(&pause, NULL);
	} else {
		for (unsigned i = 0; i < (single ? 1 : ROUNDS); i++) {
			if (atomic_load(&c->hunt->stop))
				break;
			if (!write_queries(c, &s, queries, count) ||
			    !read_answers(c, &s, queries, count)) {
				c->tally.timeouts++;
				break;
			}
		}
	}
	stream_close(&s, session);
}

void *stream_run(void *arg)
{
	struct client *c = arg;
	SSL_CTX *tls = NULL;
	SSL_SESSION *session = NULL;
	bool usual_exempt = c->exempt;

	if (c->transport == OVER_TLS) {
		tls = SSL_CTX_new(TLS_client_method());
		if (tls == NULL)
			return NULL;
		SSL_CTX_set_verify(tls, SSL_VERIFY_NONE, NULL);
	}
	while (!atomic_load(&c->hunt->stop)) {
		c->exempt = usual_exempt || (c->hunt->options.exempt != NULL &&
					     dice_below(&c->dice, 4) == 0);
		talk(c, tls, &session);
	}
	SSL_SESSION_free(session);
	SSL_CTX_free(tls);
	return NULL;
}
