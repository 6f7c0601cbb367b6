// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What is known of the kernel drivers behind management devices, so that nothing is asked of them
 * that they are known to answer by breaking. Pure: looks at a snapshot, does no I/O.
 */
#include "parent.h"

#include <errno.h>
#include <string.h>

#include "private.h"

/*
 * The drivers by the name of their driver on the parent's bus; by handle where there is no bus.
 * One device each: mlx5_vdpa and pds_vdpa refuse a second one; vp_vdpa, ifcvf and octep_vdpa take it
 * and share one hardware state between two devices (vp_vdpa.c:vp_vdpa_dev_add overwrites its only
 * pointer). The sims and vduse translate on their own, as mlx5 does on chip (set_map).
 */
#define A VDPAM_ACCEPTS_MAC
#define M VDPAM_ACCEPTS_MTU
#define Q VDPAM_ACCEPTS_MAX_VQP
#define F VDPAM_ACCEPTS_FEATURES

static const struct {
	const char *driver;
	const char *device;
	struct vdpam_parent parent;
} parents[] = {
	{ "vp-vdpa", NULL, { F, 1, true, false, "platform" } },
	{ "ifcvf", NULL, { F, 1, true, false, "platform" } },
	{ "octep_vdpa", NULL, { F, 1, true, false, "platform" } },
	{ "mlx5_core", NULL, { A | M | Q | F, 1, false, true, "device" } },
	{ "mlx5_core.sf", NULL, { A | M | Q | F, 1, false, true, "device" } },
	{ "pds_vdpa.vDPA", NULL, { A | Q | F, 1, false, false, "platform" } },
	{ NULL, "vdpasim_net", { A | M | F, 0, false, true, "device" } },
	{ NULL, "vdpasim_blk", { 0, 0, false, false, "device" } },
	{ NULL, "vduse", { 0, 0, false, false, "device" } },
};

static const struct vdpam_parent unknown_parent = { .accepts = A | M | Q | F };

const struct vdpam_parent *vdpam_parent_of(const struct vdpam_mgmtdev *mgmtdev)
{
	for (size_t i = 0; i < sizeof(parents) / sizeof(*parents); i++) {
		const char *driver = parents[i].driver;

		if (driver && mgmtdev->function.driver &&
		    !strcmp(driver, mgmtdev->function.driver))
			return &parents[i].parent;
		if (!driver && !mgmtdev->info.bus &&
		    !strcmp(parents[i].device, mgmtdev->info.device))
			return &parents[i].parent;
	}
	return &unknown_parent;
}

bool vdpam_parent_is_known(const char *driver)
{
	for (size_t i = 0; driver && i < sizeof(parents) / sizeof(*parents); i++) {
		if (parents[i].driver && !strcmp(parents[i].driver, driver))
			return true;
	}
	return false;
}

/* How many devices are on a management device, and one of them. */
static unsigned int count_devices(const struct vdpam_snapshot *snapshot,
				  const char *handle, const struct vdpam_device **ret_one)
{
	const struct vdpam_device *device = NULL;
	unsigned int count = 0;

	while ((device = vdpam_device_next(snapshot, device))) {
		if (device->mgmtdev && !strcmp(device->mgmtdev, handle)) {
			*ret_one = device;
			count++;
		}
	}
	return count;
}

int vdpam_parent_check_create(const struct vdpam_snapshot *snapshot,
			      const struct vdpam_mgmtdev *mgmtdev, const char *name,
			      const uint64_t *features, struct vdpam_error **ret_error)
{
	const struct vdpam_parent *parent = vdpam_parent_of(mgmtdev);
	const struct vdpam_device *one = NULL;

	VDPAM_ESCAPED(shown, name);
	VDPAM_ESCAPED(handle, mgmtdev->handle);
	if (parent->max_devices &&
	    count_devices(snapshot, mgmtdev->handle, &one) >= parent->max_devices) {
		VDPAM_ESCAPED(other, one->info.name);
		return vdpam_fail(
			ret_error, VDPAM_ERROR_MGMTDEV_FULL, -ENOSPC, name, NULL,
			"cannot create %s on %s: it carries one device, and has %s",
			shown, handle, other);
	}
	if (features && parent->checks_features_late && mgmtdev->info.has_features &&
	    (*features & ~mgmtdev->info.features))
		return vdpam_fail(
			ret_error, VDPAM_ERROR_UNSUPPORTED, -EOPNOTSUPP, name, NULL,
			"cannot create %s on %s: it does not have the features 0x%llx",
			shown, handle,
			(unsigned long long)(*features & ~mgmtdev->info.features));
	return 0;
}

int vdpam_parent_check_delete(const struct vdpam_snapshot *snapshot,
			      const struct vdpam_device *device,
			      struct vdpam_error **ret_error)
{
	const struct vdpam_mgmtdev *mgmtdev = NULL;
	const struct vdpam_device *one = NULL;

	VDPAM_ESCAPED(shown, device->info.name);
	if (!device->mgmtdev)
		return vdpam_fail(
			ret_error, VDPAM_ERROR_UNSUPPORTED, -EOPNOTSUPP,
			device->info.name, NULL,
			"cannot destroy %s: its driver made it, no management device",
			shown);
	mgmtdev = vdpam_snapshot_find_mgmtdev(snapshot, device->mgmtdev);
	if (mgmtdev && vdpam_parent_of(mgmtdev)->checks_features_late &&
	    count_devices(snapshot, device->mgmtdev, &one) > 1) {
		VDPAM_ESCAPED(handle, device->mgmtdev);
		return vdpam_fail(
			ret_error, VDPAM_ERROR_UNSUPPORTED, -EOPNOTSUPP,
			device->info.name, NULL,
			"cannot destroy %s: %s carries more devices than its driver can "
			"keep apart; only a reboot removes them safely",
			shown, handle);
	}
	return 0;
}
