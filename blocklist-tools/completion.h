// SPDX-License-Identifier: BSD-3-Clause
/* Completion scripts for shells, made from the verbs' tables: what a shell offers is
 * what the command takes. */
#ifndef PALANG_COMPLETION_H
#define PALANG_COMPLETION_H

#include "cmd.h"

void completion_bash(FILE *to);
void completion_zsh(FILE *to);

#endif
