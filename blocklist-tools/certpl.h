// SPDX-License-Identifier: BSD-3-Clause
/* What the files of CERT Polska have in common. */
#ifndef PALANG_CERTPL_H
#define PALANG_CERTPL_H

#include "bytes.h"

/* The members and columns; the names of columns may be in any letter case. */
#define CERTPL_ID      "RegisterPositionId"
#define CERTPL_DOMAIN  "DomainAddress"
#define CERTPL_INSERT  "InsertDate"
#define CERTPL_DELETE  "DeleteDate"
#define CERTPL_ACTION  "ActionType"
#define CERTPL_ID_ROOM 24 /* for a number as text */

#endif
