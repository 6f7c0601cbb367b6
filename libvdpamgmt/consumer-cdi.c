// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The Container Device Interface: names that stay, and a specification in the lowest version that
 * allows what is in it, because a runtime refuses a file of a later version whole. Pure.
 */
#include <errno.h>
#include <json-c/json.h>
#include <linux/virtio_ids.h>
#include <stdio.h>
#include <string.h>

#include "consumer.h"
#include "private.h"

static const char alphanumeric[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				   "abcdefghijklmnopqrstuvwxyz"
				   "0123456789";

void vdpam_device_get_cdi_kind(const struct vdpam_device *device,
			       char kind[VDPAM_CDI_KIND])
{
	const char *class = vdpam_class_name(device->info.virtio_id);

	if (class)
		snprintf(kind, VDPAM_CDI_KIND, "vdpad.org/%s", class);
	else
		snprintf(kind, VDPAM_CDI_KIND, "vdpad.org/id-%u", device->info.virtio_id);
}

/* FNV-1a: tells names apart that look the same once they are made fit. */
static uint32_t hash(const char *name)
{
	uint32_t sum = 2166136261U;

	for (; *name; name++)
		sum = (sum ^ (unsigned char)*name) * 16777619U;
	return sum;
}

/* Letters and digits at both ends, and _.- between them. False when other than ':' was lost. */
static bool fit(const char *name, char *text, size_t size)
{
	bool whole = true;
	size_t length = 0;

	for (; *name && length < size - 1; name++) {
		if (!strchr(alphanumeric, *name) && (!length || !strchr("_.-:", *name)))
			whole = false;
		if (strchr(alphanumeric, *name) || (length && strchr("_.-", *name)))
			text[length++] = *name;
		else if (length)
			text[length++] = '-';
	}
	while (length && !strchr(alphanumeric, text[length - 1])) {
		length--;
		whole = false;
	}
	text[length] = '\0';
	return whole && length && !*name;
}

static bool is_taken(const struct vdpam_snapshot *snapshot,
		     const struct vdpam_device *device, const char *name)
{
	const struct vdpam_device *other = NULL;
	char its[256];

	while ((other = vdpam_device_next(snapshot, other))) {
		if (other != device && fit(other->info.name, its, sizeof(its)) &&
		    !strcmp(its, name))
			return true;
	}
	return false;
}

void vdpam_device_get_cdi_name(const struct vdpam_snapshot *snapshot,
			       const struct vdpam_device *device,
			       char name[VDPAM_CDI_NAME])
{
	char text[256];

	if (fit(device->info.name, text, sizeof(text)) &&
	    (!strcmp(text, device->info.name) || !is_taken(snapshot, device, text)))
		snprintf(name, VDPAM_CDI_NAME, "%s", text);
	else
		snprintf(name, VDPAM_CDI_NAME, "%s%s%08x", text, *text ? "-" : "device-",
			 hash(device->info.name));
}

/* ---- Specification --------------------------------------------------------------------------- */

enum version {
	CDI_0_3_0,
	CDI_0_5_0, /* names that begin with a digit */
	CDI_1_1_0, /* network devices */
};

static const char *const version_names[] = {
	[CDI_0_3_0] = "0.3.0",
	[CDI_0_5_0] = "0.5.0",
	[CDI_1_1_0] = "1.1.0",
};

/* `"KEY":[element]`, whose only element is returned, borrowed. */
static struct json_object *set_list(struct json_object *edits, const char *key)
{
	struct json_object *list = json_object_new_array();
	struct json_object *element = json_object_new_object();

	if (list && element && !json_object_array_add(list, element)) {
		element = json_object_array_get_idx(list, 0);
		return vdpam_consumer_set(edits, key, list) < 0 ? NULL : element;
	}
	json_object_put(list);
	json_object_put(element);
	return NULL;
}

static int set_node(struct json_object *edits, const char *path, const char *type)
{
	struct json_object *node = set_list(edits, "deviceNodes");

	if (!node || vdpam_consumer_set_text(node, "path", path) < 0 ||
	    vdpam_consumer_set_text(node, "type", type) < 0)
		return -ENOMEM;
	return vdpam_consumer_set_text(node, "permissions", "rw");
}

static int set_edits(struct json_object *edits, const struct vdpam_device *device,
		     enum version *version)
{
	struct json_object *element;
	char path[300];

	if (vdpam_device_is_vhost(device))
		return set_node(edits, device->chardev, "c");
	if (device->blockdev) {
		snprintf(path, sizeof(path), "/dev/%.255s", device->blockdev);
		return set_node(edits, path, "b");
	}
	*version = CDI_1_1_0;
	element = set_list(edits, "netDevices");
	if (!element ||
	    vdpam_consumer_set_text(element, "hostInterfaceName", device->netdev) < 0)
		return -ENOMEM;
	return vdpam_consumer_set_text(element, "name", device->netdev);
}

static bool is_usable(const struct vdpam_device *device)
{
	return vdpam_device_is_vhost(device) ||
	       (vdpam_device_is_virtio(device) && (device->blockdev || device->netdev));
}

static int add_device(struct json_object *list, const struct vdpam_snapshot *snapshot,
		      const struct vdpam_device *device, enum version *version)
{
	struct json_object *entry = json_object_new_object(), *edits;
	char name[VDPAM_CDI_NAME];
	int r;

	if (!entry)
		return -ENOMEM;
	r = json_object_array_add(list, entry);
	if (r < 0) {
		json_object_put(entry);
		return -ENOMEM;
	}
	vdpam_device_get_cdi_name(snapshot, device, name);
	if (strchr("0123456789", name[0]) && *version < CDI_0_5_0)
		*version = CDI_0_5_0;
	r = vdpam_consumer_set_text(entry, "name", name);
	edits = json_object_new_object();
	if (r < 0 ||
	    vdpam_consumer_set(entry, "containerEdits", json_object_get(edits)) < 0)
		r = -ENOMEM;
	else
		r = set_edits(edits, device, version);
	json_object_put(edits);
	return r;
}

static int fill_spec(struct json_object *spec, const struct vdpam_snapshot *snapshot,
		     const struct vdpam_device *const *devices, size_t count)
{
	struct json_object *list = json_object_new_array();
	enum version version = CDI_0_3_0;
	char kind[VDPAM_CDI_KIND];
	int r = list ? 0 : -ENOMEM;

	for (size_t i = 0; !r && i < count; i++)
		r = add_device(list, snapshot, devices[i], &version);
	vdpam_device_get_cdi_kind(devices[0], kind);
	if (r < 0 ||
	    vdpam_consumer_set_text(spec, "cdiVersion", version_names[version]) < 0 ||
	    vdpam_consumer_set_text(spec, "kind", kind) < 0) {
		json_object_put(list);
		return -ENOMEM;
	}
	return vdpam_consumer_set(spec, "devices", list);
}

int vdpam_devices_to_cdi(const struct vdpam_snapshot *snapshot,
			 const struct vdpam_device *const *devices, size_t count,
			 struct json_object **ret_spec, struct vdpam_error **ret_error)
{
	struct json_object *spec;

	for (size_t i = 0; i < count; i++) {
		if (!is_usable(devices[i]))
			return vdpam_consumer_refuse(ret_error, devices[i], "a container",
						     "vhost_vdpa and virtio_vdpa");
	}
	spec = json_object_new_object();
	if (!spec || fill_spec(spec, snapshot, devices, count) < 0) {
		json_object_put(spec);
		return -ENOMEM;
	}
	*ret_spec = spec;
	return 0;
}
