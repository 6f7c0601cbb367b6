/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Requests to the devlink family, one function a command. The id of the family is asked for once:
 * with it devlink answers even while a request to the vdpa family is stuck, which the look-up of a
 * family would wait for.
 *
 * Each returns 0; -ENODEV when there is no such device or port; -EOPNOTSUPP; -EPERM; other negative
 * errno. `*ret_text` is written in any case: the kernel's words, which the caller frees, or NULL.
 *
 * The kernel does not tell when a function attaches or detaches: get its port again.
 */
#ifndef VDPAM_DEVLINK_H
#define VDPAM_DEVLINK_H

#include "devlink-msg.h"
#include "private.h"

/* -ENODATA for a device without e-switch. */
int vdpam_devlink_get_eswitch(struct vdpam_ctx *ctx, const char *handle,
			      enum vdpam_eswitch_mode *ret_mode, char **ret_text);
int vdpam_devlink_set_eswitch(struct vdpam_ctx *ctx, const char *handle,
			      enum vdpam_eswitch_mode mode, char **ret_text);

/* Hands each port of a device, or of all (NULL), to `port`, which takes what is in `info`. */
int vdpam_devlink_list_ports(struct vdpam_ctx *ctx, const char *handle,
			     int (*port)(void *userdata, struct vdpam_port_info *info),
			     void *userdata, char **ret_text);
int vdpam_devlink_get_port(struct vdpam_ctx *ctx, const char *handle, uint32_t index,
			   struct vdpam_port_info *ret_info, char **ret_text);
int vdpam_devlink_new_port(struct vdpam_ctx *ctx, const char *handle, uint16_t pfnum,
			   uint32_t sfnum, struct vdpam_port_info *ret_info,
			   char **ret_text);
int vdpam_devlink_set_mac(struct vdpam_ctx *ctx, const char *handle, uint32_t index,
			  uint64_t mac, char **ret_text);
int vdpam_devlink_set_active(struct vdpam_ctx *ctx, const char *handle, uint32_t index,
			     bool active, char **ret_text);
int vdpam_devlink_del_port(struct vdpam_ctx *ctx, const char *handle, uint32_t index,
			   char **ret_text);

/* -EINVAL when the device has no such parameter. */
int vdpam_devlink_get_param(struct vdpam_ctx *ctx, const char *handle, const char *name,
			    struct vdpam_param_info *ret_info, char **ret_text);
int vdpam_devlink_set_param(struct vdpam_ctx *ctx, const char *handle, const char *name,
			    enum vdpam_param_cmode cmode, bool value, char **ret_text);
int vdpam_devlink_reload(struct vdpam_ctx *ctx, const char *handle, char **ret_text);

#endif
