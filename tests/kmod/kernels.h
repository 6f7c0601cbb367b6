/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What Linux 6.12 and 7.2 have each in a way of its own. Those between were not tried.
 */
#ifndef VDPATEST_KERNELS_H
#define VDPATEST_KERNELS_H

#include <linux/vdpa.h>
#include <linux/version.h>
#include <net/devlink.h>

#define VDPATEST_IS_NEWER (LINUX_VERSION_CODE >= KERNEL_VERSION(7, 0, 0))

/* A device of one group and one address space, whose addresses are mapped by itself. */
#if VDPATEST_IS_NEWER
#define vdpatest_alloc_device(type, member, parent, ops, name) \
	vdpa_alloc_device(type, member, parent, ops, NULL, 1, 1, name, false)
#else
#define vdpatest_alloc_device(type, member, parent, ops, name) \
	vdpa_alloc_device(type, member, parent, ops, 1, 1, name, false)
#endif

static inline void vdpatest_set_dma_dev(struct vdpa_device *vdpa, struct device *dma_dev)
{
#if VDPATEST_IS_NEWER
	vdpa->vmap.dma_dev = dma_dev;
#else
	vdpa->dma_dev = dma_dev;
#endif
}

static inline void vdpatest_set_driverinit(struct devlink *devlink, u32 id,
					   union devlink_param_value value)
{
#if VDPATEST_IS_NEWER
	devl_param_driverinit_value_set(devlink, id, &value);
#else
	devl_param_driverinit_value_set(devlink, id, value);
#endif
}

#endif
