// SPDX-License-Identifier: LGPL-2.1-or-later
/* UUIDs as text: made and checked. */
#include <ctype.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "vdpamgmt.h"

static const char form[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";

_Static_assert(sizeof(form) == VDPAM_UUID_TEXT, "the text of a UUID");

int vdpam_uuid_new(char uuid[VDPAM_UUID_TEXT])
{
	uint8_t b[16];

	/* So little is never cut short by a signal. */
	if (getrandom(b, sizeof(b), 0) != (ssize_t)sizeof(b))
		return -errno;
	b[6] = (b[6] & 0x0f) | 0x40;
	b[8] = (b[8] & 0x3f) | 0x80;
	snprintf(uuid, VDPAM_UUID_TEXT,
		 "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-"
		 "%02x%02x%02x%02x%02x%02x",
		 b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11],
		 b[12], b[13], b[14], b[15]);
	return 0;
}

int vdpam_uuid_parse(const char *text, char uuid[VDPAM_UUID_TEXT])
{
	char copy[VDPAM_UUID_TEXT];

	if (strnlen(text, sizeof(copy)) != sizeof(copy) - 1)
		return -EINVAL;
	for (size_t i = 0; i < sizeof(copy) - 1; i++) {
		unsigned char c = (unsigned char)text[i];

		if (form[i] == 'x' ? !isxdigit(c) : c != '-')
			return -EINVAL;
		copy[i] = (char)tolower(c);
	}
	copy[sizeof(copy) - 1] = 0;
	memcpy(uuid, copy, sizeof(copy));
	return 0;
}
