// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * From a snapshot to the document that it is the fulfilment of: planning it again gives no step, and
 * on an empty host it makes the same devices. Pure: no I/O but for the names of users.
 */
#include "export.h"

#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

#include "objects.h"
#include "parent.h"
#include "private.h"
#include "vdpamgmt-provision.h"

#define MSG_TIMEOUT_MAX 3600 /* that a document can ask for, in seconds */

static void add(struct json_object *object, const char *key, struct json_object *value)
{
	json_object_object_add(object, key, value);
}

static void add_text(struct json_object *object, const char *key, const char *text)
{
	add(object, key, json_object_new_string(text));
}

/* The management device by what does not change when the host starts anew. */
static struct json_object *selector(const struct vdpam_mgmtdev *mgmtdev)
{
	const struct vdpam_function_info *function = &mgmtdev->function;
	struct json_object *object;

	if (!function->uuid &&
	    (!function->pf || (function->vf_index < 0 && !function->has_sfnum)))
		return json_object_new_string(mgmtdev->handle);
	object = json_object_new_object();
	if (function->uuid) {
		add_text(object, "mdev", function->uuid);
		return object;
	}
	add_text(object, "pf", function->pf);
	if (function->has_sfnum)
		add(object, "sfnum", json_object_new_uint64(function->sfnum));
	else
		add(object, "vf", json_object_new_int(function->vf_index));
	return object;
}

static bool accepts(const struct vdpam_mgmtdev *mgmtdev, unsigned int what)
{
	return vdpam_parent_of(mgmtdev)->accepts & what;
}

static struct json_object *feature_names(uint32_t virtio_id, uint64_t features)
{
	struct json_object *names = json_object_new_array();
	char unknown[16];

	for (unsigned int bit = 0; bit < 64; bit++) {
		const char *name = vdpam_feature_name(virtio_id, bit);

		snprintf(unknown, sizeof(unknown), "bit-%u", bit);
		if (features >> bit & 1)
			json_object_array_add(
				names, json_object_new_string(name ? name : unknown));
	}
	return names;
}

/* What the parent would be told again; what it takes no word on is left out. */
static void add_config(struct json_object *object, const struct vdpam_device *device,
		       const struct vdpam_mgmtdev *mgmtdev)
{
	char mac[VDPAM_MAC_TEXT];
	uint64_t number;

	if (accepts(mgmtdev, VDPAM_ACCEPTS_MAC) &&
	    !vdpam_device_get_number(device, VDPAM_ATTR_MAC, &number) &&
	    vdpam_mac_is_unicast(number)) {
		vdpam_mac_format(number, mac);
		add_text(object, "mac", mac);
	}
	if (accepts(mgmtdev, VDPAM_ACCEPTS_MTU) &&
	    !vdpam_device_get_number(device, VDPAM_ATTR_MTU, &number) &&
	    number >= VDPAM_MTU_MIN)
		add(object, "mtu", json_object_new_uint64(number));
	if (accepts(mgmtdev, VDPAM_ACCEPTS_MAX_VQP) &&
	    !vdpam_device_get_number(device, VDPAM_ATTR_MAX_VQ_PAIRS, &number) && number)
		add(object, "max_vqp", json_object_new_uint64(number));
	/* All that the parent has is what it gives when it is told nothing. */
	if (accepts(mgmtdev, VDPAM_ACCEPTS_FEATURES) &&
	    !vdpam_device_get_number(device, VDPAM_ATTR_FEATURES, &number) &&
	    mgmtdev->info.has_features && number != mgmtdev->info.features)
		add(object, "features", feature_names(device->info.virtio_id, number));
}

static void add_chardev(struct json_object *object, const struct vdpam_device *device)
{
	struct json_object *chardev;
	char mode[8], number[16];

	if (!device->chardev || (!device->chardev_uid && !device->chardev_gid &&
				 device->chardev_mode == VDPAM_CHARDEV_MODE))
		return;
	chardev = json_object_new_object();
	snprintf(number, sizeof(number), "%u", (unsigned int)device->chardev_uid);
	add_text(chardev, "owner", number);
	snprintf(number, sizeof(number), "%u", (unsigned int)device->chardev_gid);
	add_text(chardev, "group", number);
	snprintf(mode, sizeof(mode), "%04o", (unsigned int)device->chardev_mode);
	add_text(chardev, "mode", mode);
	add(object, "chardev", chardev);
}

/* NULL for what no document can name: a name of others' making, no management device. */
static struct json_object *export_device(const struct vdpam_snapshot *snapshot,
					 const struct vdpam_device *device)
{
	const struct vdpam_mgmtdev *mgmtdev;
	struct json_object *object;

	if (!device->mgmtdev || !vdpam_name_is_valid(device->info.name))
		return NULL;
	mgmtdev = vdpam_snapshot_find_mgmtdev(snapshot, device->mgmtdev);
	if (!mgmtdev)
		return NULL;
	object = json_object_new_object();
	add_text(object, "name", device->info.name);
	add(object, "mgmtdev", selector(mgmtdev));
	add_config(object, device, mgmtdev);
	if (device->has_msg_timeout && device->msg_timeout &&
	    device->msg_timeout <= MSG_TIMEOUT_MAX)
		add(object, "msg_timeout", json_object_new_uint64(device->msg_timeout));
	if (!device->unbinding) /* which driver comes then, whoever unbinds it knows */
		add_text(object, "driver", device->driver ? device->driver : "none");
	add_chardev(object, device);
	return object;
}

static bool is_named(const char *name, const char *const *names, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (!strcmp(names[i], name))
			return true;
	}
	return !names;
}

struct json_object *vdpam_export_devices(const struct vdpam_snapshot *snapshot,
					 const char *const *names, size_t count)
{
	struct json_object *devices = json_object_new_array();

	for (size_t i = 0; i < snapshot->n_devices; i++) {
		struct json_object *device = NULL;

		if (is_named(snapshot->devices[i].info.name, names, count))
			device = export_device(snapshot, &snapshot->devices[i]);
		if (device)
			json_object_array_add(devices, device);
	}
	return devices;
}

/* Whether a function carries a device of these names: itself, or one of its VFs. */
static bool carries(const struct vdpam_snapshot *snapshot,
		    const struct vdpam_function *function, const char *const *names,
		    size_t count)
{
	for (size_t i = 0; i < snapshot->n_devices; i++) {
		const struct vdpam_device *device = &snapshot->devices[i];
		const struct vdpam_mgmtdev *mgmtdev =
			vdpam_device_find_mgmtdev(snapshot, device);

		if (!mgmtdev || !is_named(device->info.name, names, count))
			continue;
		if (function->mgmtdev && !strcmp(function->mgmtdev, mgmtdev->handle))
			return true;
		if (mgmtdev->function.vf_index >= 0 && mgmtdev->function.pf &&
		    !strcmp(mgmtdev->function.pf, function->handle))
			return true;
	}
	return false;
}

struct json_object *vdpam_export(const struct vdpam_snapshot *snapshot,
				 const char *const *names, size_t count)
{
	VDPAM_AUTO_FREE bool *wanted = calloc(snapshot->n_functions + 1, sizeof(*wanted));
	struct json_object *document = json_object_new_object();

	if (!wanted) {
		json_object_put(document);
		return NULL;
	}
	for (size_t i = 0; i < snapshot->n_functions; i++)
		wanted[i] = !names ||
			    carries(snapshot, &snapshot->functions[i], names, count);
	add(document, "version", json_object_new_int(1));
	if (snapshot->n_functions)
		add(document, "functions",
		    vdpam_export_functions(snapshot, wanted, false));
	add(document, "devices", vdpam_export_devices(snapshot, names, count));
	return document;
}
