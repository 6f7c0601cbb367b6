// SPDX-License-Identifier: LGPL-2.1-or-later
/* An error, and holders, from their JSON form, as another process of ours has written it. Nothing in it is trusted. */
#include <json-c/json.h>
#include <string.h>

#include "holders.h"
#include "private.h"
#include "vdpamgmt-provision.h"

#define ERRNO_MAX 4095

static const char *get_text(struct json_object *json, const char *key)
{
	struct json_object *value = NULL;

	if (!json_object_object_get_ex(json, key, &value) ||
	    !json_object_is_type(value, json_type_string))
		return NULL;
	return json_object_get_string(value);
}

static int errno_of(const char *name)
{
	for (int errnum = 1; name && errnum < ERRNO_MAX; errnum++) {
		const char *own = strerrorname_np(errnum);

		if (own && !strcmp(own, name))
			return errnum;
	}
	return 0;
}

/* Written escaped: what cannot be read back is kept as it is. */
static char *unescape(const char *text)
{
	char *name;

	if (!text)
		return NULL;
	return vdpam_name_unescape(text, &name) < 0 ? strdup(text) : name;
}

struct vdpam_holders *vdpam_holders_new_from_json(struct json_object *list)
{
	struct vdpam_holders *holders;

	if (!json_object_is_type(list, json_type_array))
		return NULL;
	holders = vdpam_holders_new();
	for (size_t i = 0; holders && i < json_object_array_length(list); i++) {
		struct json_object *holder = json_object_array_get_idx(list, i), *pid;
		const char *comm = json_object_is_type(holder, json_type_object)
					   ? get_text(holder, "comm")
					   : NULL;

		if (comm && json_object_object_get_ex(holder, "pid", &pid))
			vdpam_holders_add(holders, json_object_get_int(pid), comm);
	}
	return holders;
}

struct vdpam_error *vdpam_error_new_from_json(struct json_object *json)
{
	enum vdpam_error_code code = VDPAM_ERROR_INTERNAL;
	const char *message, *name;
	struct vdpam_error *error;

	if (!json_object_is_type(json, json_type_object))
		return NULL;
	message = get_text(json, "message");
	name = get_text(json, "code");
	if (!message)
		return NULL;
	if (name)
		vdpam_error_code_parse(name, &code);

	VDPAM_AUTO_FREE char *target = unescape(get_text(json, "target"));
	VDPAM_AUTO_FREE char *kernel = unescape(get_text(json, "kernel"));

	error = vdpam_error_new(code, errno_of(get_text(json, "errno")), target, kernel,
				message);
	if (error)
		vdpam_error_take_holders(
			&error, vdpam_holders_new_from_json(
					json_object_object_get(json, "holders")));
	return error;
}
