/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The strict reading of JSON that comes before json-c. */
#ifndef VDPAM_JSON_SCAN_H
#define VDPAM_JSON_SCAN_H

#include "faults.h"

#define VDPAM_JSON_MAX_DEPTH 16 /* lists and objects within each other */
#define VDPAM_JSON_MAX_KEYS 64  /* of one object */

/* Of a document. */
#define VDPAM_JSON_MAX_SIZE (8U << 20)
#define VDPAM_JSON_MAX_STRING 255
#define VDPAM_JSON_MAX_CONTAINERS 200000

struct json_object;

struct vdpam_json_limits {
	size_t size;             /* bytes of text, whole MiB */
	size_t string;           /* bytes, once its escapes are undone */
	unsigned int containers; /* lists and objects in all: json-c's are large */
};

/* Of what users write, and of what our own processes tell each other. */
extern const struct vdpam_json_limits vdpam_json_document, vdpam_json_message;

/*
 * Says each fault that makes `text` something else than RFC 8259 has it, or than what we take:
 * every key once in its object, every number a whole one that int64_t or uint64_t holds, no NUL,
 * valid UTF-8, the limits above. In one pass, in constant memory. What cannot be read past ends it.
 *
 * Returns 0, or -EINVAL when it said something.
 */
int vdpam_json_scan(const char *text, size_t size, const char *file,
		    const struct vdpam_json_limits *limits, struct vdpam_faults *faults);

/* What the scan took as json-c has it, to be put. 0, or -ENOMEM. */
int vdpam_json_build(const char *text, size_t size, struct json_object **ret_json);

#endif
