// SPDX-License-Identifier: BSD-3-Clause
/* Whether AppArmor keeps Unbound from a store, as far as files tell. */
#ifndef PALANG_APPARMOR_H
#define PALANG_APPARMOR_H

#include <stdbool.h>

/* True when PROFILES, in the form of /sys/kernel/security/apparmor/profiles, has a
 * profile with "unbound" in its name that is enforced. */
bool apparmor_enforces(const char *profiles);

/* True when a line of FILE that is no comment begins with a path in STORE. */
bool apparmor_allows(const char *file, const char *store);

#endif
