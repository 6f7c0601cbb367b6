/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is wrong with a document: collecting faults, and the JSON path of each. */
#ifndef VDPAM_FAULTS_H
#define VDPAM_FAULTS_H

#include <stddef.h>

#include "vdpamgmt-provision.h"

/* One step of a path, on the stack of whoever walks: a key of an object, or an element of a list. */
struct vdpam_path {
	const struct vdpam_path *up; /* NULL: this is in the outermost object */
	const char *key;             /* NULL: an element */
	size_t key_size;
	size_t index;
};

#define VDPAM_PATH_KEY(above, name)  \
	(&(const struct vdpam_path){ \
		.up = (above), .key = (name), .key_size = strlen(name) })
#define VDPAM_PATH_INDEX(above, number) \
	(&(const struct vdpam_path){ .up = (above), .index = (number) })

/* NULL when there is no memory. */
struct vdpam_faults *vdpam_faults_new(void);

/*
 * One more fault. The path NULL is the document itself. What the message quotes must be printable
 * already (VDPAM_SHOWN). Never fails: vdpam_faults_check() says when there was no memory for it.
 */
void vdpam_fault(struct vdpam_faults *faults, const char *file,
		 const struct vdpam_path *path, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* "devices[2].mtu", to be freed; NULL when there is no memory. */
char *vdpam_path_format(const struct vdpam_path *path);

/* 0; -EINVAL when there are faults; -ENOMEM. */
int vdpam_faults_check(const struct vdpam_faults *faults);

/* A piece of text in quotes, printable and not long, for a message; to be freed. */
char *vdpam_quote(const char *text, size_t size);

#define VDPAM_SHOWN(variable, text, size)                                    \
	__attribute__((cleanup(vdpam_cleanup_free))) char *variable##_copy = \
		vdpam_quote(text, size);                                     \
	const char *const variable = variable##_copy ? variable##_copy : "?"

#endif
