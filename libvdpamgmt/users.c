// SPDX-License-Identifier: LGPL-2.1-or-later
/* Users and groups by name, from whatever the C library asks for them. */
#include "users.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>

#include "vdpamgmt-provision.h"

#define BUFFER_SIZE 65536 /* for a group with all its members */

const struct vdpam_plan_options vdpam_plan_options_default = {
	.uid_of = vdpam_uid_of,
	.gid_of = vdpam_gid_of,
};

/* 4294967295 is what the kernel takes for "leave it as it is". */
static int64_t number_of(const char *text)
{
	unsigned long long number;

	if (!*text || strspn(text, "0123456789") != strlen(text))
		return -1;
	errno = 0;
	number = strtoull(text, NULL, 10);
	return errno || number >= UINT32_MAX ? -1 : (int64_t)number;
}

int64_t vdpam_uid_of(const char *name)
{
	char *buffer = malloc(BUFFER_SIZE);
	struct passwd passwd, *found = NULL;
	int64_t uid = -1;

	if (buffer && !getpwnam_r(name, &passwd, buffer, BUFFER_SIZE, &found) && found)
		uid = found->pw_uid;
	free(buffer);
	return uid >= 0 ? uid : number_of(name);
}

int64_t vdpam_gid_of(const char *name)
{
	char *buffer = malloc(BUFFER_SIZE);
	struct group group, *found = NULL;
	int64_t gid = -1;

	if (buffer && !getgrnam_r(name, &group, buffer, BUFFER_SIZE, &found) && found)
		gid = found->gr_gid;
	free(buffer);
	return gid >= 0 ? gid : number_of(name);
}
