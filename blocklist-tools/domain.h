// SPDX-License-Identifier: BSD-3-Clause
/* The text of one entry as a name. Understood are: plain names, with or without
 * the final dot; RFC 1035 escapes (\DDD and \X); names in Unicode (IDNA2008 after
 * the mapping of UTS 46, non-transitional; the ideographic full stops are dots);
 * a leading `*.`, meaning only what is below; `http://name/`, a URL that is no
 * more than a host. Anything else is refused, never cut down to something else. */
#ifndef PALANG_DOMAIN_H
#define PALANG_DOMAIN_H

#include "bytes.h"
#include "name.h"
#include "refusal.h"

struct domain {
	struct name name;
	bool below;   /* written with a leading `*.` */
	bool odd_idn; /* has a label xn--... that is not the form IDNA2008 gives;
		       * kept as it is */
};

/* Returns REFUSED_NOT with D filled, or why TEXT is no name to list. Public
 * suffixes are not looked at here (suffix.h). */
enum refusal domain_parse(struct domain *d, struct span text);

#endif
