// SPDX-License-Identifier: LGPL-2.1-or-later
/* A management device: what netlink said of it, and the function that it sits on. Changes nothing. */
#include <errno.h>
#include <string.h>

#include "objects.h"
#include "parent.h"
#include "private.h"

void vdpam_mgmtdev_fini(struct vdpam_mgmtdev *mgmtdev)
{
	vdpam_mgmtdev_info_fini(&mgmtdev->info);
	vdpam_function_info_fini(&mgmtdev->function);
	free(mgmtdev->handle);
}

int vdpam_mgmtdev_look(struct vdpam_ctx *ctx, struct vdpam_mgmtdev *mgmtdev)
{
	return vdpam_function_look(ctx, mgmtdev->info.bus, mgmtdev->info.device,
				   &mgmtdev->function);
}

const char *vdpam_mgmtdev_get_handle(const struct vdpam_mgmtdev *mgmtdev)
{
	return mgmtdev->handle;
}

const char *vdpam_mgmtdev_get_bus(const struct vdpam_mgmtdev *mgmtdev)
{
	return mgmtdev->info.bus;
}

const char *vdpam_mgmtdev_get_device(const struct vdpam_mgmtdev *mgmtdev)
{
	return mgmtdev->info.device;
}

uint64_t vdpam_mgmtdev_get_classes(const struct vdpam_mgmtdev *mgmtdev)
{
	return mgmtdev->info.classes;
}

int vdpam_mgmtdev_get_max_vqs(const struct vdpam_mgmtdev *mgmtdev, uint32_t *ret_count)
{
	if (!mgmtdev->info.has_max_vqs)
		return -ENODATA;
	*ret_count = mgmtdev->info.max_vqs;
	return 0;
}

int vdpam_mgmtdev_get_features(const struct vdpam_mgmtdev *mgmtdev,
			       uint64_t *ret_features)
{
	if (!mgmtdev->info.has_features)
		return -ENODATA;
	*ret_features = mgmtdev->info.features;
	return 0;
}

const char *vdpam_mgmtdev_get_function(const struct vdpam_mgmtdev *mgmtdev)
{
	return mgmtdev->function.kind;
}

const char *vdpam_mgmtdev_get_driver(const struct vdpam_mgmtdev *mgmtdev)
{
	return mgmtdev->function.driver;
}

const char *vdpam_mgmtdev_get_pci_address(const struct vdpam_mgmtdev *mgmtdev)
{
	return mgmtdev->function.pci_address;
}

const char *vdpam_mgmtdev_get_pf(const struct vdpam_mgmtdev *mgmtdev)
{
	return mgmtdev->function.pf;
}

int vdpam_mgmtdev_get_vf_index(const struct vdpam_mgmtdev *mgmtdev)
{
	return mgmtdev->function.vf_index < 0 ? -ENODATA : mgmtdev->function.vf_index;
}

int vdpam_mgmtdev_get_sfnum(const struct vdpam_mgmtdev *mgmtdev, uint32_t *ret_sfnum)
{
	if (!mgmtdev->function.has_sfnum)
		return -ENODATA;
	*ret_sfnum = mgmtdev->function.sfnum;
	return 0;
}

const char *vdpam_mgmtdev_get_uuid(const struct vdpam_mgmtdev *mgmtdev)
{
	return mgmtdev->function.uuid;
}

int vdpam_mgmtdev_get_numa_node(const struct vdpam_mgmtdev *mgmtdev)
{
	return mgmtdev->function.numa_node < 0 ? -ENODATA : mgmtdev->function.numa_node;
}

const char *vdpam_mgmtdev_get_dma_translation(const struct vdpam_mgmtdev *mgmtdev)
{
	return vdpam_parent_of(mgmtdev)->dma_translation;
}

unsigned int vdpam_mgmtdev_get_max_devices(const struct vdpam_mgmtdev *mgmtdev)
{
	return vdpam_parent_of(mgmtdev)->max_devices;
}
