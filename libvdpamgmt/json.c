// SPDX-License-Identifier: LGPL-2.1-or-later
/* The one JSON form of a snapshot, of steps and of errors. Key names are the contract's. */
#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "objects.h"
#include "private.h"
#include "step.h"
#include "vf-link.h"

/* ---- Values -------------------------------------------------------------------------------- */

/* The kernel's bytes as text; NULL becomes null. */
static struct json_object *text(const char *name)
{
	VDPAM_AUTO_FREE char *shown = name ? vdpam_name_escape(name) : NULL;

	return shown ? json_object_new_string(shown) : NULL;
}

static struct json_object *features(uint32_t virtio_id, uint64_t mask)
{
	struct json_object *array = json_object_new_array();
	char unknown[16];

	for (unsigned int bit = 0; bit < 64; bit++) {
		const char *name = vdpam_feature_name(virtio_id, bit);

		if (!(mask >> bit & 1))
			continue;
		snprintf(unknown, sizeof(unknown), "bit-%u", bit);
		json_object_array_add(array,
				      json_object_new_string(name ? name : unknown));
	}
	return array;
}

static struct json_object *mac(uint64_t number)
{
	char shown[VDPAM_MAC_TEXT];

	vdpam_mac_format(number, shown);
	return json_object_new_string(shown);
}

static struct json_object *attr(enum vdpam_attr which, uint32_t virtio_id,
				uint64_t number)
{
	switch (vdpam_attr_kind(which)) {
	case VDPAM_KIND_NUMBER:
		return json_object_new_uint64(number);
	case VDPAM_KIND_BOOL:
		return json_object_new_boolean(number != 0);
	case VDPAM_KIND_MAC:
		return mac(number);
	case VDPAM_KIND_FEATURES:
		return features(virtio_id, number);
	case VDPAM_KIND_LINK:
		return json_object_new_string(number ? "up" : "down");
	}
	return NULL;
}

static void add(struct json_object *object, const char *key, struct json_object *value)
{
	json_object_object_add(object, key, value);
}

/* ---- Device -------------------------------------------------------------------------------- */

static struct json_object *virtio(const struct vdpam_device *device)
{
	struct json_object *object;

	if (!device->virtio)
		return NULL;
	object = json_object_new_object();
	add(object, "device", text(device->virtio));
	add(object, "driver", text(device->virtio_driver));
	add(object, "netdev", text(device->netdev));
	add(object, "blockdev", text(device->blockdev));
	return object;
}

static struct json_object *class_of(uint32_t virtio_id)
{
	const char *name = vdpam_class_name(virtio_id);
	char number[24];

	if (!virtio_id)
		return NULL;
	snprintf(number, sizeof(number), "id-%u", virtio_id);
	return json_object_new_string(name ? name : number);
}

struct json_object *vdpam_device_to_json(const struct vdpam_device *device)
{
	struct json_object *object = json_object_new_object();
	struct json_object *config = json_object_new_object();
	uint64_t number;

	add(object, "name", text(device->info.name));
	add(object, "class", class_of(device->info.virtio_id));
	add(object, "mgmtdev", text(device->mgmtdev));
	add(object, "driver", text(device->driver));
	for (enum vdpam_attr which = 0; which < VDPAM_ATTR_COUNT; which++) {
		bool told = !vdpam_device_get_number(device, which, &number);
		bool is_config = vdpam_attr_is_config(which);

		if (told || !is_config)
			add(is_config ? config : object, vdpam_attr_name(which),
			    told ? attr(which, device->info.virtio_id, number) : NULL);
	}
	add(object, "config", config);
	add(object, "chardev", text(device->chardev));
	add(object, "virtio", virtio(device));
	if (device->has_msg_timeout)
		add(object, "msg_timeout", json_object_new_uint64(device->msg_timeout));
	return object;
}

/* ---- Management device ----------------------------------------------------------------------- */

static struct json_object *number_or_null(int r, uint64_t number)
{
	return r < 0 ? NULL : json_object_new_uint64(number);
}

static struct json_object *classes(uint64_t mask)
{
	struct json_object *array = json_object_new_array();

	for (uint32_t id = 1; id < 64; id++) {
		if (mask >> id & 1)
			json_object_array_add(array, class_of(id));
	}
	return array;
}

/* Feature names depend on the class; those of a management device with several are ambiguous. */
static uint32_t only_class(uint64_t mask)
{
	return mask && !(mask & (mask - 1)) ? (uint32_t)__builtin_ctzll(mask) : 0;
}

static struct json_object *devices_of(const struct vdpam_snapshot *snapshot,
				      const char *handle)
{
	struct json_object *array = json_object_new_array();
	const struct vdpam_device *device = NULL;

	while ((device = vdpam_device_next(snapshot, device))) {
		if (device->mgmtdev && !strcmp(device->mgmtdev, handle))
			json_object_array_add(array, text(device->info.name));
	}
	return array;
}

struct json_object *vdpam_mgmtdev_to_json(const struct vdpam_snapshot *snapshot,
					  const struct vdpam_mgmtdev *mgmtdev)
{
	struct json_object *object = json_object_new_object();
	const struct vdpam_mgmtdev_info *info = &mgmtdev->info;
	int vf_index = vdpam_mgmtdev_get_vf_index(mgmtdev);
	int numa_node = vdpam_mgmtdev_get_numa_node(mgmtdev);

	add(object, "handle", text(mgmtdev->handle));
	add(object, "bus", text(info->bus));
	add(object, "device", text(info->device));
	add(object, "function", text(vdpam_mgmtdev_get_function(mgmtdev)));
	add(object, "classes", classes(info->classes));
	add(object, "max_supported_vqs",
	    info->has_max_vqs ? json_object_new_uint64(info->max_vqs) : NULL);
	add(object, "features",
	    info->has_features ? features(only_class(info->classes), info->features)
			       : NULL);
	add(object, "driver", text(vdpam_mgmtdev_get_driver(mgmtdev)));
	add(object, "dma_translation", text(vdpam_mgmtdev_get_dma_translation(mgmtdev)));
	add(object, "pci_address", text(vdpam_mgmtdev_get_pci_address(mgmtdev)));
	add(object, "pf", text(vdpam_mgmtdev_get_pf(mgmtdev)));
	add(object, "vf_index", number_or_null(vf_index, (uint64_t)vf_index));
	add(object, "sfnum",
	    mgmtdev->function.has_sfnum ? json_object_new_uint64(mgmtdev->function.sfnum)
					: NULL);
	add(object, "uuid", text(vdpam_mgmtdev_get_uuid(mgmtdev)));
	add(object, "numa_node", number_or_null(numa_node, (uint64_t)numa_node));
	add(object, "devices", devices_of(snapshot, mgmtdev->handle));
	return object;
}

/* ---- Function, link attributes of a VF ------------------------------------------------------ */

static struct json_object *vfs_of(const struct vdpam_vfs *vfs)
{
	struct json_object *array = json_object_new_array();

	for (size_t i = 0; i < vfs->count; i++)
		json_object_array_add(array, vdpam_vf_to_json(&vfs->list[i]));
	return array;
}

/* "15b3"; null where there is none. */
static struct json_object *pci_id(uint32_t id)
{
	char shown[12];

	snprintf(shown, sizeof(shown), "%04x", id);
	return id ? json_object_new_string(shown) : NULL;
}

struct json_object *vdpam_function_to_json(const struct vdpam_function *function)
{
	struct json_object *object = json_object_new_object();
	int vf_index = vdpam_function_get_vf_index(function);
	int numa_node = vdpam_function_get_numa_node(function);
	int total = vdpam_function_get_sriov_total(function);
	int count = vdpam_function_get_sriov_count(function);

	add(object, "handle", text(function->handle));
	add(object, "function", text(vdpam_function_get_function(function)));
	add(object, "pci_address", text(vdpam_function_get_pci_address(function)));
	add(object, "pci_vendor", pci_id(function->info.pci_vendor));
	add(object, "pci_device", pci_id(function->info.pci_device));
	add(object, "pf", text(vdpam_function_get_pf(function)));
	add(object, "vf_index", number_or_null(vf_index, (uint64_t)vf_index));
	add(object, "sfnum",
	    function->info.has_sfnum ? json_object_new_uint64(function->info.sfnum)
				     : NULL);
	add(object, "uuid", text(vdpam_function_get_uuid(function)));
	add(object, "driver", text(vdpam_function_get_driver(function)));
	add(object, "netdev", text(vdpam_function_get_netdev(function)));
	add(object, "representor", text(vdpam_function_get_representor(function)));
	add(object, "numa_node", number_or_null(numa_node, (uint64_t)numa_node));
	add(object, "sriov_totalvfs", number_or_null(total, (uint64_t)total));
	add(object, "sriov_numvfs", number_or_null(count, (uint64_t)count));
	if (function->vfs)
		add(object, "vfs", vfs_of(function->vfs));
	if (function->info.has_sfnum)
		add(object, "mac", function->has_mac ? mac(function->mac) : NULL);
	if (function->info.uuid) {
		add(object, "parent", text(function->parent));
		add(object, "mdev_type", text(function->mdev_type));
	}
	add(object, "mgmtdev", text(vdpam_function_get_mgmtdev(function)));
	return object;
}

static struct json_object *vf_attr(enum vdpam_vf_attr which, uint64_t number)
{
	switch (which) {
	case VDPAM_VF_MAC:
		return mac(number);
	case VDPAM_VF_TRUST:
	case VDPAM_VF_SPOOFCHK:
		return json_object_new_boolean(number != 0);
	case VDPAM_VF_LINK_STATE:
		return text(vdpam_vf_link_state_name(number));
	case VDPAM_VF_VLAN:
	case VDPAM_VF_QOS:
	case VDPAM_VF_MIN_TX_RATE:
	case VDPAM_VF_MAX_TX_RATE:
		break;
	}
	return json_object_new_uint64(number);
}

struct json_object *vdpam_vf_to_json(const struct vdpam_vf *vf)
{
	struct json_object *object = json_object_new_object();
	uint64_t number;

	add(object, "index", json_object_new_uint64(vdpam_vf_get_index(vf)));
	for (enum vdpam_vf_attr which = 0; which < VDPAM_VF_ATTR_COUNT; which++)
		add(object, vdpam_vf_attr_name(which),
		    vdpam_vf_get_number(vf, which, &number) ? NULL
							    : vf_attr(which, number));
	return object;
}

/* ---- Scalable function, mediated device, VDUSE ---------------------------------------------- */

struct json_object *vdpam_sf_to_json(const struct vdpam_sf *sf)
{
	struct json_object *object = json_object_new_object();
	uint64_t number = 0;

	add(object, "pf", text(vdpam_sf_get_pf(sf)));
	add(object, "sfnum", json_object_new_uint64(vdpam_sf_get_sfnum(sf)));
	add(object, "port", text(vdpam_sf_get_port(sf)));
	add(object, "mac", vdpam_sf_get_mac(sf, &number) < 0 ? NULL : mac(number));
	add(object, "state", text(vdpam_sf_get_state(sf)));
	add(object, "opstate", text(vdpam_sf_get_opstate(sf)));
	add(object, "handle", text(vdpam_sf_get_handle(sf)));
	add(object, "mgmtdev", text(vdpam_sf_get_mgmtdev(sf)));
	add(object, "representor", text(vdpam_sf_get_representor(sf)));
	return object;
}

struct json_object *vdpam_mdev_type_to_json(const struct vdpam_mdev_type *type)
{
	struct json_object *object = json_object_new_object();
	uint32_t count = 0;
	int r = vdpam_mdev_type_get_available(type, &count);

	add(object, "parent", text(vdpam_mdev_type_get_parent(type)));
	add(object, "type", text(vdpam_mdev_type_get_type(type)));
	add(object, "name", text(vdpam_mdev_type_get_name(type)));
	add(object, "description", text(vdpam_mdev_type_get_description(type)));
	add(object, "device_api", text(vdpam_mdev_type_get_device_api(type)));
	add(object, "available_instances", number_or_null(r, count));
	return object;
}

struct json_object *vdpam_mdev_to_json(const struct vdpam_mdev *mdev)
{
	struct json_object *object = json_object_new_object();

	add(object, "uuid", text(vdpam_mdev_get_uuid(mdev)));
	add(object, "parent", text(vdpam_mdev_get_parent(mdev)));
	add(object, "type", text(vdpam_mdev_get_type(mdev)));
	add(object, "driver", text(vdpam_mdev_get_driver(mdev)));
	add(object, "mgmtdev", text(vdpam_mdev_get_mgmtdev(mdev)));
	return object;
}

struct json_object *vdpam_vduse_to_json(const struct vdpam_vduse *vduse)
{
	struct json_object *object = json_object_new_object();
	uint32_t seconds = 0;
	int r = vdpam_vduse_get_msg_timeout(vduse, &seconds);

	add(object, "name", text(vdpam_vduse_get_name(vduse)));
	add(object, "attached", json_object_new_boolean(vdpam_vduse_is_attached(vduse)));
	add(object, "class", class_of(vdpam_vduse_get_virtio_id(vduse)));
	add(object, "msg_timeout", number_or_null(r, seconds));
	add(object, "queues", json_object_new_uint64(vdpam_vduse_count_queues(vduse)));
	return object;
}

/* ---- Driver, snapshot ----------------------------------------------------------------------- */

struct json_object *vdpam_driver_to_json(const struct vdpam_snapshot *snapshot,
					 const struct vdpam_driver *driver)
{
	struct json_object *object = json_object_new_object();
	struct json_object *array = json_object_new_array();
	const struct vdpam_device *device = NULL;

	while ((device = vdpam_device_next(snapshot, device))) {
		if (device->driver == driver->name)
			json_object_array_add(array, text(device->info.name));
	}
	add(object, "name", text(driver->name));
	add(object, "devices", array);
	return object;
}

/* The device as users see it, and what planning needs besides. */
static struct json_object *whole_device(const struct vdpam_device *device)
{
	struct json_object *object = vdpam_device_to_json(device);
	struct json_object *access;
	char shown[32];

	add(object, "identity", json_object_new_uint64(device->identity));
	add(object, "parent_function", text(device->function));
	add(object, "unbinding", json_object_new_boolean(device->unbinding));
	snprintf(shown, sizeof(shown), "%u:%u", major(device->devnum),
		 minor(device->devnum));
	add(object, "devnum", device->devnum ? json_object_new_string(shown) : NULL);
	if (device->chardev) {
		access = json_object_new_object();
		snprintf(shown, sizeof(shown), "%04o", device->chardev_mode);
		add(access, "uid", json_object_new_uint64(device->chardev_uid));
		add(access, "gid", json_object_new_uint64(device->chardev_gid));
		add(access, "mode", json_object_new_string(shown));
		add(object, "chardev_access", access);
	}
	if (device->virtio_is_hidden) {
		access = json_object_new_object();
		add(access, "driver", text(device->virtio_driver));
		add(object, "hidden_virtio", access);
	}
	return object;
}

static struct json_object *whole_function(const struct vdpam_function *function)
{
	struct json_object *object = vdpam_function_to_json(function);

	add(object, "identity", json_object_new_uint64(function->identity));
	return object;
}

struct json_object *vdpam_snapshot_to_json(const struct vdpam_snapshot *snapshot)
{
	struct json_object *object = json_object_new_object();
	struct json_object *mgmtdevs = json_object_new_array();
	struct json_object *devices = json_object_new_array();
	struct json_object *drivers = json_object_new_array();
	struct json_object *functions = json_object_new_array();

	for (size_t i = 0; i < snapshot->n_mgmtdevs; i++)
		json_object_array_add(
			mgmtdevs,
			vdpam_mgmtdev_to_json(snapshot, &snapshot->mgmtdevs[i]));
	for (size_t i = 0; i < snapshot->n_devices; i++)
		json_object_array_add(devices, whole_device(&snapshot->devices[i]));
	for (size_t i = 0; i < snapshot->n_drivers; i++)
		json_object_array_add(
			drivers, vdpam_driver_to_json(snapshot, &snapshot->drivers[i]));
	add(object, "version", json_object_new_int(1));
	add(object, "drivers_autoprobe",
	    snapshot->autoprobe < 0 ? NULL
				    : json_object_new_boolean(snapshot->autoprobe));
	add(object, "mgmtdevs", mgmtdevs);
	add(object, "devices", devices);
	add(object, "drivers", drivers);
	for (size_t i = 0; i < snapshot->n_functions; i++)
		json_object_array_add(functions, whole_function(&snapshot->functions[i]));
	add(object, "functions", functions);
	return object;
}

/* ---- Holders, statistics, errors, steps ---------------------------------------------------- */

struct json_object *vdpam_holders_to_json(const struct vdpam_holders *holders)
{
	struct json_object *array = json_object_new_array();

	for (size_t i = 0; i < vdpam_holders_count(holders); i++) {
		struct json_object *holder = json_object_new_object();

		add(holder, "pid",
		    json_object_new_int(vdpam_holders_get_pid(holders, i)));
		add(holder, "comm",
		    json_object_new_string(vdpam_holders_get_comm(holders, i)));
		json_object_array_add(array, holder);
	}
	return array;
}

struct json_object *vdpam_stats_to_json(const struct vdpam_stats *stats)
{
	struct json_object *object = json_object_new_object();
	struct json_object *counters = json_object_new_object();

	for (size_t i = 0; i < vdpam_stats_count(stats); i++) {
		VDPAM_ESCAPED(name, vdpam_stats_get_name(stats, i));
		add(counters, name,
		    json_object_new_uint64(vdpam_stats_get_value(stats, i)));
	}
	add(object, "queue", json_object_new_uint64(vdpam_stats_get_queue(stats)));
	add(object, "counters", counters);
	return object;
}

struct json_object *vdpam_error_to_json(const struct vdpam_error *error)
{
	struct json_object *object = json_object_new_object();
	struct json_object *inner = json_object_new_object();
	const char *name = strerrorname_np(vdpam_error_get_errno(error));
	const char *kernel = vdpam_error_get_kernel(error),
		   *target = vdpam_error_get_target(error);

	add(inner, "code",
	    json_object_new_string(vdpam_error_code_name(vdpam_error_get_code(error))));
	add(inner, "message", json_object_new_string(vdpam_error_get_message(error)));
	add(inner, "errno",
	    vdpam_error_get_errno(error) && name ? json_object_new_string(name) : NULL);
	add(inner, "kernel", kernel ? json_object_new_string(kernel) : NULL);
	add(inner, "target", target ? json_object_new_string(target) : NULL);
	if (vdpam_error_get_holders(error))
		add(inner, "holders",
		    vdpam_holders_to_json(vdpam_error_get_holders(error)));
	add(object, "error", inner);
	return object;
}

static struct json_object *argument(enum vdpam_argument which, uint64_t number)
{
	if (which == VDPAM_ARG_MAC)
		return mac(number);
	if (vdpam_argument_is_flag(which))
		return json_object_new_boolean(number != 0);
	return json_object_new_uint64(number);
}

struct json_object *vdpam_step_to_json(const struct vdpam_step *step)
{
	struct json_object *object = json_object_new_object();
	struct json_object *arguments = json_object_new_object();
	struct json_object *before = json_object_new_object();
	struct json_object *after = json_object_new_object();
	struct json_object *collateral = json_object_new_array();
	uint64_t number;

	for (enum vdpam_argument which = 0; which < VDPAM_ARG_COUNT; which++) {
		if (vdpam_step_get_text(step, which))
			add(arguments, vdpam_argument_name(which),
			    text(vdpam_step_get_text(step, which)));
		else if (!vdpam_step_get_number(step, which, &number))
			add(arguments, vdpam_argument_name(which),
			    argument(which, number));
	}
	for (unsigned int i = 0; i < step->n_changes; i++) {
		add(before, step->changes[i].key, text(step->changes[i].before));
		add(after, step->changes[i].key, text(step->changes[i].after));
	}
	for (size_t i = 0; i < step->n_collateral; i++)
		json_object_array_add(collateral, text(step->collateral[i]));
	add(object, "operation",
	    json_object_new_string(vdpam_operation_name(vdpam_step_get_operation(step))));
	add(object, "target", text(vdpam_step_get_target(step)));
	add(object, "arguments", arguments);
	add(object, "why", text(vdpam_step_get_why(step)));
	add(object, "before", before);
	add(object, "after", after);
	add(object, "collateral", collateral);
	return object;
}
