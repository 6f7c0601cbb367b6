/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Reading values out of JSON that is not trusted. The first fault is kept, with the key that has it,
 * and all that follows comes to nothing: callers check once, at the end.
 */
#ifndef VDPAM_JSON_READ_H
#define VDPAM_JSON_READ_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stdint.h>

struct vdpam_reader {
	int r; /* 0, -EINVAL, -ENOMEM */
	const char *key;
};

/* Keeps a fault; returns false. */
bool vdpam_read_fail(struct vdpam_reader *reader, int r, const char *key);

/* The value of a key, of this type; NULL where there is none or null. */
struct json_object *vdpam_read_get(struct vdpam_reader *reader,
				   struct json_object *object, const char *key,
				   enum json_type type);

/* An element of a list, of this type. */
struct json_object *vdpam_read_at(struct vdpam_reader *reader, struct json_object *list,
				  size_t index, const char *key, enum json_type type);

/* The kernel's bytes of which it is the escaped form, to be freed; not empty. NULL where none. */
char *vdpam_read_text(struct vdpam_reader *reader, struct json_object *object,
		      const char *key);
char *vdpam_read_name(struct vdpam_reader *reader, struct json_object *value,
		      const char *key);

/* 0 and false where there is none. */
bool vdpam_read_number(struct vdpam_reader *reader, struct json_object *object,
		       const char *key, uint64_t max, uint64_t *ret_number);
bool vdpam_read_bool(struct vdpam_reader *reader, struct json_object *object,
		     const char *key);
bool vdpam_read_mac(struct vdpam_reader *reader, struct json_object *object,
		    const char *key, uint64_t *ret_mac);

/* A fault when the object has a key that is none of these; the list ends with NULL. */
void vdpam_read_keys(struct vdpam_reader *reader, struct json_object *object,
		     const char *const *known);

#endif
