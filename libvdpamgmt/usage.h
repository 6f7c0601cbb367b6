/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whether a device or a function is in use, for those who are about to take its driver away. */
#ifndef VDPAM_USAGE_H
#define VDPAM_USAGE_H

#include "objects.h"

/*
 * Opens a disk so that nobody else can begin to use it as long as the descriptor is open. -EBUSY
 * when somebody does; -ENOENT when the node is not this disk.
 */
int vdpam_usage_claim_disk(const char *blockdev, dev_t devnum);

/* 1 when the interface is in use, 0 when not; negative errno. */
int vdpam_usage_of_netdev(struct vdpam_ctx *ctx, const struct vdpam_device *device);
int vdpam_usage_of_interface(struct vdpam_ctx *ctx, const char *netdev);

/* The error that a device is in use, with its holders where they can be seen. -EBUSY. */
int vdpam_usage_fail(struct vdpam_error **ret_error, const struct vdpam_device *device);

/* The error that a device on `target`, which is to change, has a driver. -EBUSY. */
int vdpam_usage_fail_bound(struct vdpam_error **ret_error, const char *target,
			   const char *device, const char *driver);

/* Ways in which a function is used; bits. */
enum vdpam_usage_way {
	VDPAM_USAGE_BOUND = 1, /* a vDPA device on it has a driver */
	VDPAM_USAGE_OPEN = 2,  /* somebody has it open by VFIO */
	VDPAM_USAGE_OWN =
		4, /* its own interface or disk is in use, or in another namespace */
	VDPAM_USAGE_ANY = 7,
};

/*
 * Whether a function (by handle BUS/DEVICE, opened at `fd`) can lose its kernel driver because nobody
 * uses it in one of these ways. 0, or -EBUSY with VDPAM_ERROR_IN_USE, which says that `target` cannot
 * be changed. sysfs alone is asked: a removal that waits in the kernel makes netlink wait.
 */
int vdpam_usage_check_function(struct vdpam_ctx *ctx, int fd, const char *handle,
			       unsigned int ways, const char *target,
			       struct vdpam_error **ret_error);

#endif
