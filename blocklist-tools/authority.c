// SPDX-License-Identifier: BSD-3-Clause
#include "authority.h"

const struct authority *authorities_find(const struct authorities *a, struct span name)
{
	for (size_t i = 0; i < a->count; i++)
		if (span_equal(a->at[i].name, name))
			return &a->at[i];
	return NULL;
}
