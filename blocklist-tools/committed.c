// SPDX-License-Identifier: BSD-3-Clause
#include "committed.h"

#include <stdio.h>

typedef unsigned long long ull;

void committed_print(const struct update_result *r, uint64_t as)
{
	if (!r->committed) {
		fprintf(stderr, "nothing changed: the store stays at serial %llu\n",
			(ull)r->serial);
		return;
	}
	fprintf(stderr, "serial %llu", (ull)r->serial);
	if (as != 0)
		fprintf(stderr, ", as serial %llu was", (ull)as);
	fprintf(stderr, ": %llu names added, %llu removed, %llu changed; %llu listed\n",
		(ull)r->added, (ull)r->removed, (ull)r->changed, (ull)r->names);
}
