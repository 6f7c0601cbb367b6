// SPDX-License-Identifier: GPL-2.0-or-later
/* Snapshots from JSON written by hand: what tests leave out is filled in, the library reads it. */
#include "snapshots.h"

#include <err.h>
#include <json-c/json.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "vdpamgmt-provision.h"

#define FIRST_IDENTITY 1000

static struct json_object *get(struct json_object *object, const char *key)
{
	struct json_object *value = NULL;

	json_object_object_get_ex(object, key, &value);
	return value;
}

static void set(struct json_object *object, const char *key, struct json_object *value)
{
	json_object_object_add(object, key, value);
}

/* Every bus driver that a device has is registered. */
static struct json_object *drivers(void)
{
	return json_tokener_parse(
		"[{\"name\":\"vhost_vdpa\"},{\"name\":\"virtio_vdpa\"}]");
}

/* No two devices have one identity. */
static void complete_device(struct json_object *device, size_t index)
{
	if (!get(device, "identity"))
		set(device, "identity",
		    json_object_new_int64(FIRST_IDENTITY + (int64_t)index));
	if (get(device, "chardev"))
		set(device, "devnum", json_object_new_string("244:1"));
}

static bool has_handle(struct json_object *list, const char *handle)
{
	for (size_t i = 0; list && i < json_object_array_length(list); i++) {
		struct json_object *item = json_object_array_get_idx(list, i);

		if (!strcmp(json_object_get_string(get(item, "handle")), handle))
			return true;
	}
	return false;
}

/* A function may be written as it is with its management device, of a time when there is none. */
static void complete_function(struct json_object *whole, struct json_object *function)
{
	struct json_object *mgmtdev = get(function, "mgmtdev");

	if (mgmtdev &&
	    !has_handle(get(whole, "mgmtdevs"), json_object_get_string(mgmtdev)))
		json_object_object_del(function, "mgmtdev");
}

struct vdpam_snapshot *snapshot_from_json(struct json_object *json)
{
	struct vdpam_snapshot *snapshot = NULL;
	struct json_object *whole = NULL, *devices, *functions;

	if (json_object_deep_copy(json, &whole, NULL) < 0)
		errx(1, "no memory");
	set(whole, "version", json_object_new_int(1));
	set(whole, "drivers_autoprobe", json_object_new_boolean(1));
	set(whole, "drivers", drivers());
	devices = get(whole, "devices");
	for (size_t i = 0; devices && i < json_object_array_length(devices); i++)
		complete_device(json_object_array_get_idx(devices, i), i);
	functions = get(whole, "functions");
	for (size_t i = 0; functions && i < json_object_array_length(functions); i++)
		complete_function(whole, json_object_array_get_idx(functions, i));
	if (vdpam_snapshot_new_from_json(whole, &snapshot) < 0)
		errx(1, "no snapshot: %s", json_object_to_json_string(whole));
	json_object_put(whole);
	return snapshot;
}
