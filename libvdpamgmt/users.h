/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Users and groups as documents write them: names, or numbers in digits. */
#ifndef VDPAM_USERS_H
#define VDPAM_USERS_H

#include <stdint.h>

/* The number, or -1 when there is no such user (group). */
int64_t vdpam_uid_of(const char *name);
int64_t vdpam_gid_of(const char *name);

#endif
