// SPDX-License-Identifier: BSD-3-Clause
/* Any store, damaged ones included, and any questions of any clients through the
 * module inside Unbound's own mesh, and out through its encoder. An input is the
 * content of a store and steps: a question, an upstream's answer, another content, a
 * round of the maintenance thread, time that passes. */
#include "query_input.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define ASKED_MAX 32

static struct asked asked[ASKED_MAX];
static unsigned asked_count;

static uint16_t some_type(void)
{
	static const uint16_t types[] = {
		LDNS_RR_TYPE_A,     LDNS_RR_TYPE_AAAA,  LDNS_RR_TYPE_A,
		LDNS_RR_TYPE_AAAA,  LDNS_RR_TYPE_HTTPS, LDNS_RR_TYPE_ANY,
		LDNS_RR_TYPE_CNAME, LDNS_RR_TYPE_DS,    LDNS_RR_TYPE_SOA,
		LDNS_RR_TYPE_TXT,   LDNS_RR_TYPE_NS,    LDNS_RR_TYPE_PTR,
	};
	uint8_t b = input_u8();

	return b < 0xf0 ? types[b % (sizeof(types) / sizeof(types[0]))] : input_u16();
}

static uint16_t some_class(void)
{
	uint8_t b = input_u8();

	return b < 0xe0 ? LDNS_RR_CLASS_IN : b < 0xf0 ? LDNS_RR_CLASS_ANY : b;
}

static void set_client(struct asked *a, uint8_t client)
{
	struct sockaddr_in *v4 = (struct sockaddr_in *)(void *)&a->address;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)(void *)&a->address;

	if ((client & 4) == 0) {
		v4->sin_family = AF_INET;
		v4->sin_addr.s_addr = htonl(0xc0000200u | client >> 3);
		a->address_len = sizeof(*v4);
	} else if ((client & 0xc0) == 0xc0) {
		/* ::ffff:192.0.2.N */
		v6->sin6_family = AF_INET6;
		v6->sin6_addr = (struct in6_addr){
			{ { [10] = 0xff, 0xff, 192, 0, 2, client >> 3 & 7 } }
		};
		a->address_len = sizeof(*v6);
	} else {
		v6->sin6_family = AF_INET6;
		memcpy(&v6->sin6_addr,
		       (uint8_t[16]){ 0x20, 1, 0xd, 0xb8, [15] = client >> 3 }, 16);
		a->address_len = sizeof(*v6);
	}
	switch (client % TRANSPORTS) {
	case CLIENT_UDP:
		a->point.type = comm_udp;
		break;
	case CLIENT_TLS:
		a->point.ssl = a; /* only whether there is one is looked at */
				  /* fall through */
	default:
		a->point.type = comm_tcp;
		break;
	}
}

static void add_option(struct asked *a, uint16_t code, size_t len)
{
	for (size_t i = 0; i < sizeof(a->options) / sizeof(a->options[0]); i++) {
		struct edns_option *o = &a->options[i];

		if (o->opt_code != 0)
			continue;
		o->opt_code = code;
		o->opt_data = (uint8_t *)(uintptr_t)input_data(len, &o->opt_len);
		o->next = a->edns.opt_list_in;
		a->edns.opt_list_in = o;
		return;
	}
}

/* As the worker has it: the size that it lets the answer have. */
static void set_edns(struct asked *a)
{
	uint8_t how = input_u8();

	if ((how & 1) != 0) {
		a->edns.edns_present = 1;
		a->edns.bits = (how & 2) != 0 ? EDNS_DO : 0;
		a->edns.udp_size = input_u16();
		if ((how & 4) != 0)
			add_option(a, 26, how >> 6);
		if ((how & 8) != 0)
			add_option(a, input_u16(), input_u8());
	}
	if (a->point.type != comm_udp)
		a->edns.udp_size = 65535;
	else if (a->edns.udp_size < 512)
		a->edns.udp_size = 512;
	else if (a->edns.udp_size > 1232)
		a->edns.udp_size = 1232;
}

static void ask(const struct wire_name *name)
{
	struct asked *a = &asked[asked_count];

	if (asked_count == ASKED_MAX)
		return;
	*a = (struct asked){ .id = htons((uint16_t)(asked_count++ + 1)) };
	memcpy(a->name, name->data, name->len);
	a->qinfo.qname = a->name;
	a->qinfo.qname_len = name->len;
	a->qinfo.qtype = some_type();
	a->qinfo.qclass = some_class();
	a->flags = input_u16() & (BIT_RD | BIT_CD);
	set_client(a, input_u8());
	set_edns(a);
	fake_ask(a);
}

/* The same question from another client, in other letters. */
static void ask_again(void)
{
	struct wire_name name = input_name();

	if (asked_count > 0) {
		const struct asked *a = &asked[input_below(asked_count)];

		name.len = a->qinfo.qname_len;
		memcpy(name.data, a->name, name.len);
	}
	ask(&name);
}

static void poll_store(void)
{
	watch_poll(fake_palang());
	for (unsigned i = 0; i < asked_count; i++)
		check_cache(&asked[i].qinfo);
	world_check_stored();
}

static void resume(bool answered)
{
	struct module_qstate *q = world_waiting(input_u8());

	if (q != NULL)
		fake_resume(q, answered);
}

static void look_up_alone(bool prefetch)
{
	struct wire_name name = input_name();
	struct query_info qinfo = { .qname = name.data,
				    .qname_len = name.len,
				    .qtype = some_type(),
				    .qclass = LDNS_RR_CLASS_IN };

	if (prefetch)
		fake_prefetch(&qinfo, BIT_RD);
	else
		fake_probe(&qinfo, BIT_RD);
}

static void step(void)
{
	struct wire_name name;

	switch (input_below(12)) {
	case 0:
	case 1:
	case 2:
	case 3:
		name = input_name();
		ask(&name);
		break;
	case 4:
	case 5:
		ask_again();
		break;
	case 6:
		resume(true);
		break;
	case 7:
		resume(input_below(4) != 0);
		break;
	case 8:
		store_write();
		break;
	case 9:
		poll_store();
		break;
	case 10:
		/* The maintenance thread notices in no time. */
		fake_set_time(fake.now + input_u8() % 64);
		poll_store();
		break;
	default:
		look_up_alone(input_below(2) == 1);
		break;
	}
}

static void finish(void)
{
	input_begin(NULL, 0);
	for (struct module_qstate *q; (q = world_waiting(0)) != NULL;)
		fake_resume(q, true);
	poll_store();
	check_nothing = true;
	fake_forget();
	check_nothing = false;
	for (unsigned i = 0; i < asked_count; i++)
		require(asked[i].ends == 1);
	require(fake.env.mesh->num_reply_addrs == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static bool started;
	char path[STORE_PATH_MAX];

	if (!started) {
		fake_set_time(STORE_EPOCH);
		store_start(path);
		fake_start(path, &world_module);
		store_hide(path);
		check_start();
		started = true;
	}
	asked_count = 0;
	names_forget();
	world_forget();
	check_forget();
	fake_set_time(STORE_EPOCH);
	input_begin(data, size);
	store_write();
	watch_poll(fake_palang());
	for (int steps = 0; steps < 100 && !input_ended(); steps++)
		step();
	finish();
	return 0;
}
