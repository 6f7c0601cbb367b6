// SPDX-License-Identifier: LGPL-2.1-or-later
/* What the forms for consumers share, and those for Kubernetes and Nova. Pure. */
#include "consumer.h"

#include <errno.h>
#include <json-c/json.h>
#include <linux/virtio_ids.h>
#include <stdio.h>
#include <string.h>

#include "private.h"

bool vdpam_device_is_vhost(const struct vdpam_device *device)
{
	return device->driver && !strcmp(device->driver, "vhost_vdpa") && device->chardev;
}

bool vdpam_device_is_virtio(const struct vdpam_device *device)
{
	return device->driver && !strcmp(device->driver, "virtio_vdpa") && device->virtio;
}

int vdpam_consumer_refuse(struct vdpam_error **ret_error,
			  const struct vdpam_device *device, const char *who,
			  const char *drivers)
{
	VDPAM_ESCAPED(name, device->info.name);
	VDPAM_ESCAPED(driver, device->driver ? device->driver : "none");

	if (device->driver && !strcmp(device->driver, "vhost_vdpa"))
		return vdpam_fail(ret_error, VDPAM_ERROR_KERNEL, -ENOENT,
				  device->info.name, NULL,
				  "info %s: vhost_vdpa has it, but there is no char "
				  "device yet or any more",
				  name);
	return vdpam_fail(ret_error, VDPAM_ERROR_WRONG_DRIVER, -EMEDIUMTYPE,
			  device->info.name, NULL,
			  "info %s: its driver is %s, and %s takes devices of %s; "
			  "'vdpactl bind %s vhost_vdpa' gives it that",
			  name, driver, who, drivers, name);
}

uint64_t vdpam_consumer_queues(const struct vdpam_device *device)
{
	uint64_t count;
	enum vdpam_attr attr = device->info.virtio_id == VIRTIO_ID_NET
				       ? VDPAM_ATTR_MAX_VQ_PAIRS
				       : VDPAM_ATTR_NUM_QUEUES;

	return vdpam_device_get_number(device, attr, &count) < 0 || !count ? 1 : count;
}

int vdpam_consumer_set(struct json_object *object, const char *key,
		       struct json_object *value)
{
	if (value && !json_object_object_add(object, key, value))
		return 0;
	json_object_put(value);
	return -ENOMEM;
}

int vdpam_consumer_set_text(struct json_object *object, const char *key, const char *text)
{
	VDPAM_AUTO_FREE char *shown = vdpam_name_escape(text);

	return shown ? vdpam_consumer_set(object, key, json_object_new_string(shown))
		     : -ENOMEM;
}

/* ---- Device-information file (k8snetworkplumbingwg, version 1.1.0) --------------------------- */

static const char *without_bus(const char *handle)
{
	const char *slash = handle ? strchr(handle, '/') : NULL;

	return slash ? slash + 1 : handle;
}

/* Only a VF or PF "backs" a device in the words of the specification. */
static int add_pci(struct json_object *vdpa, const struct vdpam_mgmtdev *mgmtdev)
{
	const char *kind = vdpam_mgmtdev_get_function(mgmtdev);
	const char *address = vdpam_mgmtdev_get_pci_address(mgmtdev);
	const char *pf = without_bus(vdpam_mgmtdev_get_pf(mgmtdev));
	int r;

	if (!address || (strcmp(kind, "vf") != 0 && strcmp(kind, "pf") != 0))
		return 0;
	r = vdpam_consumer_set_text(vdpa, "pci-address", address);
	return r < 0 || !pf ? r : vdpam_consumer_set_text(vdpa, "pf-pci-address", pf);
}

static int fill_device_info(struct json_object *vdpa,
			    const struct vdpam_snapshot *snapshot,
			    const struct vdpam_device *device)
{
	const struct vdpam_mgmtdev *mgmtdev = NULL;
	const struct vdpam_function *function = NULL;
	bool vhost = vdpam_device_is_vhost(device);
	char path[300];

	if (device->mgmtdev) {
		mgmtdev = vdpam_snapshot_find_mgmtdev(snapshot, device->mgmtdev);
		function = vdpam_snapshot_find_function(snapshot, device->mgmtdev);
	}
	snprintf(path, sizeof(path), "/sys/bus/virtio/devices/%.255s",
		 vhost ? "" : device->virtio);
	if (vdpam_consumer_set_text(vdpa, "parent-device", device->info.name) < 0 ||
	    vdpam_consumer_set_text(vdpa, "driver", vhost ? "vhost" : "virtio") < 0 ||
	    vdpam_consumer_set_text(vdpa, "path", vhost ? device->chardev : path) < 0 ||
	    (mgmtdev && add_pci(vdpa, mgmtdev) < 0))
		return -ENOMEM;
	if (function && function->representor)
		return vdpam_consumer_set_text(vdpa, "representor-device",
					       function->representor);
	return 0;
}

int vdpam_device_to_device_info(const struct vdpam_snapshot *snapshot,
				const struct vdpam_device *device,
				struct json_object **ret_info,
				struct vdpam_error **ret_error)
{
	struct json_object *info, *vdpa;

	if (!vdpam_device_is_vhost(device) && !vdpam_device_is_virtio(device))
		return vdpam_consumer_refuse(ret_error, device, "Kubernetes",
					     "vhost_vdpa and virtio_vdpa");
	info = json_object_new_object();
	vdpa = json_object_new_object();
	if (!info || !vdpa || vdpam_consumer_set_text(info, "type", "vdpa") < 0 ||
	    vdpam_consumer_set_text(info, "version", "1.1.0") < 0 ||
	    fill_device_info(vdpa, snapshot, device) < 0 ||
	    json_object_object_add(info, "vdpa", vdpa) < 0) {
		json_object_put(info);
		json_object_put(vdpa);
		return -ENOMEM;
	}
	*ret_info = info;
	return 0;
}

/* ---- Nova ---------------------------------------------------------------------------------- */

/* The one network device of a VF on vhost_vdpa: of several Nova would take any. */
static bool is_for_nova(const struct vdpam_snapshot *snapshot,
			const struct vdpam_function *vf)
{
	const struct vdpam_device *device = NULL, *only = NULL;

	while ((device = vdpam_device_next(snapshot, device))) {
		if (!device->mgmtdev || strcmp(device->mgmtdev, vf->handle) != 0)
			continue;
		if (only)
			return false;
		only = device;
	}
	return only && vdpam_device_is_vhost(only) &&
	       only->info.virtio_id == VIRTIO_ID_NET;
}

static int add_spec(struct json_object *specs, const char *address)
{
	struct json_object *spec = json_object_new_object();

	if (spec && !vdpam_consumer_set_text(spec, "address", address) &&
	    !json_object_object_add(spec, "physical_network", NULL) &&
	    !json_object_array_add(specs, spec))
		return 0;
	json_object_put(spec);
	return -ENOMEM;
}

int vdpam_function_to_nova(const struct vdpam_snapshot *snapshot,
			   const struct vdpam_function *pf,
			   struct json_object **ret_specs, struct vdpam_error **ret_error)
{
	struct json_object *specs = json_object_new_array();
	const struct vdpam_function *vf = NULL;
	int r = specs ? 0 : -ENOMEM;

	while (!r && (vf = vdpam_function_next(snapshot, vf))) {
		if (vf->info.vf_index >= 0 && vf->info.pf && vf->info.pci_address &&
		    !strcmp(vf->info.pf, pf->handle) && is_for_nova(snapshot, vf))
			r = add_spec(specs, vf->info.pci_address);
	}
	if (!r && !json_object_array_length(specs)) {
		VDPAM_ESCAPED(name, pf->handle);
		r = vdpam_fail(ret_error, VDPAM_ERROR_WRONG_DRIVER, -EMEDIUMTYPE,
			       pf->handle, NULL,
			       "info %s: none of its VFs has one network device, on "
			       "vhost_vdpa, and Nova takes no others",
			       name);
	}
	if (r < 0)
		json_object_put(specs);
	else
		*ret_specs = specs;
	return r;
}
