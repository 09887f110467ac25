// SPDX-License-Identifier: BSD-3-Clause
/* The DoH client: POST over HTTP/2, one connection for each source address. */
#include "hunt.h"

#ifdef HAVE_LIBCURL

#include <curl/curl.h>
#include <stdio.h>
#include <time.h>

struct body {
	uint8_t wire[65536];
	size_t len;
};

bool doh_exists(void)
{
	return true;
}

static size_t receive(char *data, size_t size, size_t count, void *arg)
{
	struct body *b = arg;

	if (count > sizeof(b->wire) - b->len)
		return 0;
	memcpy(b->wire + b->len, data, size * count);
	b->len += size * count;
	return size * count;
}

static CURL *open_handle(const struct client *c, bool exempt,
			 struct curl_slist *headers, struct body *body)
{
	CURL *curl = curl_easy_init();
	char url[64], from[64];

	if (curl == NULL)
		return NULL;
	snprintf(url, sizeof(url), "https://127.0.0.1:%u/dns-query",
		 c->hunt->options.https_port);
	snprintf(from, sizeof(from), "host!%s", client_address(c, exempt));
	curl_easy_setopt(curl, CURLOPT_URL, url);
	curl_easy_setopt(curl, CURLOPT_INTERFACE, from);
	curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
	curl_easy_setopt(curl, CURLOPT_HTTP_VERSION,
			 (long)CURL_HTTP_VERSION_2_PRIOR_KNOWLEDGE);
	curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 0L);
	curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 0L);
	curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT, 4L);
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, receive);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, body);
	return curl;
}

static void ask(struct client *c, CURL *curl, bool exempt, struct body *body)
{
	struct timespec pause = { .tv_nsec = 5000000 };
	struct query q;
	long status = 0;
	CURLcode rc;

	body->len = 0;
	query_make(c->hunt, &c->dice, exempt, OVER_HTTPS, &q);
	query_number(&q, 0);
	curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, (long)q.len);
	curl_easy_setopt(curl, CURLOPT_POSTFIELDS, q.wire);
	query_mark(c->hunt, &q);
	rc = curl_easy_perform(curl);
	curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
	if (rc == CURLE_OK && status == 200) {
		judge(c->hunt, &c->tally, &q, body->wire, body->len);
	} else {
		*(rc == CURLE_OPERATION_TIMEDOUT ? &c->tally.timeouts
						 : &c->tally.refused) += 1;
		nanosleep(&pause, NULL);
	}
}

void *doh_run(void *arg)
{
	static _Thread_local struct body body;
	struct client *c = arg;
	struct curl_slist *headers =
		curl_slist_append(NULL, "Content-Type: application/dns-message");
	CURL *handles[2] = { open_handle(c, false, headers, &body), NULL };

	if (c->hunt->options.exempt != NULL)
		handles[1] = open_handle(c, true, headers, &body);
	while (!atomic_load(&c->hunt->stop) && handles[0] != NULL) {
		bool exempt = handles[1] != NULL && dice_below(&c->dice, 4) == 0;

		ask(c, handles[exempt], exempt, &body);
	}
	curl_easy_cleanup(handles[0]);
	curl_easy_cleanup(handles[1]);
	curl_slist_free_all(headers);
	return NULL;
}

#else

bool doh_exists(void)
{
	return false;
}

void *doh_run(void *arg)
{
	(void)arg;
	return NULL;
}

#endif
