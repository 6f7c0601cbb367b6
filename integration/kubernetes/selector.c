// SPDX-License-Identifier: GPL-2.0-or-later
/* Which devices a resource takes. What is asked of the function is the library's matcher. Pure. */
#include <fnmatch.h>
#include <string.h>

#include "config.h"

static bool has_glob(const struct vdpam_match_list *list, const char *text)
{
	for (size_t i = 0; text && i < list->count; i++) {
		if (!fnmatch(list->texts[i], text, 0))
			return true;
	}
	return false;
}

static bool has_word(const struct vdpam_match_list *list, const char *text)
{
	for (size_t i = 0; text && i < list->count; i++) {
		if (!strcmp(list->texts[i], text))
			return true;
	}
	return false;
}

static bool asks_function(const struct vdpam_match *match)
{
	return match->vendors.count || match->devices.count || match->drivers.count ||
	       match->pf_names.count || match->pci_addresses.count ||
	       match->root_devices.count;
}

static bool is_of_class(const struct vdpam_device *device, const char *class)
{
	const char *name = vdpam_class_name(vdpam_device_get_virtio_id(device));

	return name && !strcmp(name, class);
}

static bool is_driven(const struct vdpam_device *device, const char *wanted)
{
	const char *driver = vdpam_device_get_driver(device);

	if (!driver)
		return false;
	return wanted ? !strcmp(driver, wanted)
		      : !strcmp(driver, "vhost_vdpa") || !strcmp(driver, "virtio_vdpa");
}

/* Simulators, VDUSE and what made itself have no function: they pass where none is asked for. */
static bool selector_takes(const struct kube_selector *selector,
			   const struct vdpam_snapshot *snapshot,
			   const struct vdpam_device *device)
{
	const char *handle = vdpam_device_get_mgmtdev(device);
	const struct vdpam_mgmtdev *mgmtdev =
		handle ? vdpam_snapshot_find_mgmtdev(snapshot, handle) : NULL;
	const struct vdpam_function *function =
		handle ? vdpam_snapshot_find_function(snapshot, handle) : NULL;

	return is_driven(device, selector->driver) &&
	       (!selector->class || is_of_class(device, selector->class)) &&
	       (!selector->names.count ||
		has_glob(&selector->names, vdpam_device_get_name(device))) &&
	       (!selector->mgmtdevs.count || has_glob(&selector->mgmtdevs, handle)) &&
	       (!selector->functions.count ||
		(mgmtdev &&
		 has_word(&selector->functions, vdpam_mgmtdev_get_function(mgmtdev)))) &&
	       (!asks_function(&selector->match) ||
		(function && vdpam_match_takes(&selector->match, snapshot, function)));
}

bool kube_resource_takes(const struct kube_resource *resource,
			 const struct vdpam_snapshot *snapshot,
			 const struct vdpam_device *device)
{
	for (size_t i = 0; i < resource->n_selectors; i++) {
		if (selector_takes(&resource->selectors[i], snapshot, device))
			return true;
	}
	return false;
}
