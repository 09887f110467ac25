// SPDX-License-Identifier: BSD-3-Clause
#include "refusal.h"

const struct refusal_row refusal_rows[REFUSALS] = {
#define REFUSAL_ROW(name, word, malformed, text)                                       \
	[REFUSED_##name] = { word, text, malformed },
	REFUSALS_TABLE(REFUSAL_ROW)
#undef REFUSAL_ROW
};
