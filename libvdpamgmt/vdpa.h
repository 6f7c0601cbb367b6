/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Requests to the vdpa family, wherever its id is just now. */
#ifndef VDPAM_VDPA_H
#define VDPAM_VDPA_H

#include "private.h"
#include "vdpa-msg.h"

/* The family's id is known afterwards. 0; -EOPNOTSUPP with an error when the kernel has none. */
int vdpam_vdpa_resolve(struct vdpam_ctx *ctx, struct vdpam_error **ret_error);

/*
 * vdpam_request() for a message to the family; resolves it first, and once more when the module
 * was loaded anew. -EOPNOTSUPP when there is no family, `*ret_text` is then NULL.
 */
int vdpam_vdpa_request(struct vdpam_ctx *ctx, struct vdpam_msg *msg,
		       int (*reply)(const struct nlmsghdr *message, void *userdata),
		       void *userdata, char **ret_text);

/* DEV_GET of one device. 0, -ENODEV, -EINVAL for one that no management device made, others. */
int vdpam_vdpa_get_device(struct vdpam_ctx *ctx, const char *name,
			  struct vdpam_device_info *ret_info);

/* DEV_CONFIG_GET of one device, merged into `info`. */
int vdpam_vdpa_get_config(struct vdpam_ctx *ctx, const char *name,
			  struct vdpam_device_info *info);

/* Whether there is a management device of this handle: 1, 0 (also without vDPA), negative errno. */
int vdpam_vdpa_has_mgmtdev(struct vdpam_ctx *ctx, const char *handle);

/* Adds to `info` the numbers that `more` has. */
void vdpam_vdpa_merge(struct vdpam_device_info *info,
		      const struct vdpam_device_info *more);

#endif
