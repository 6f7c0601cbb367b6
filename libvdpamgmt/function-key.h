/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The names of functions beside those of devices: "vf PF", "sf PF SFNUM", "mdev UUID". */
#ifndef VDPAM_FUNCTION_KEY_H
#define VDPAM_FUNCTION_KEY_H

#include "document.h"

struct vdpam_function_key {
	enum vdpam_doc_function_type type;
	char name[64]; /* handle of the PF, or UUID */
	uint32_t sfnum;
};

/* Each to be freed; NULL without memory. */
char *vdpam_function_key_new(enum vdpam_doc_function_type type, const char *name,
			     uint32_t sfnum);
char *vdpam_function_key_of(const struct vdpam_doc_function *function);

/* Whether a text names a function, or would, and not a device. */
bool vdpam_is_function_key(const char *text);

/* False for what names no function. */
bool vdpam_function_key_parse(const char *text, struct vdpam_function_key *ret_key);

/* The function, for VFs their PF where it has some; NULL when there is none. */
const struct vdpam_function *vdpam_function_key_find_parsed(
	const struct vdpam_snapshot *snapshot, const struct vdpam_function_key *key);
const struct vdpam_function *vdpam_function_key_find(
	const struct vdpam_snapshot *snapshot, const char *text);

#endif
