// SPDX-License-Identifier: LGPL-2.1-or-later
/* Requests to the vdpa family: its id, and the look-up of one device. */
#include "vdpa.h"

#include <errno.h>

#include "family.h"
#include "request.h"

static int resolve(struct vdpam_ctx *ctx)
{
	int r = vdpam_family_resolve(&ctx->transport, "vdpa", &ctx->vdpa_family);

	return r == -ENOENT ? -EOPNOTSUPP : r;
}

int vdpam_vdpa_resolve(struct vdpam_ctx *ctx, struct vdpam_error **ret_error)
{
	int r;

	if (ctx->vdpa_family)
		return 0;
	r = resolve(ctx);
	if (r == -EOPNOTSUPP)
		return vdpam_fail(
			ret_error, VDPAM_ERROR_NO_KERNEL_SUPPORT, r, NULL, NULL,
			"no vDPA here: the kernel module vdpa is not loaded, or this is "
			"not the host's own network namespace");
	if (r < 0)
		return vdpam_fail(ret_error, vdpam_error_code_of(r), r, NULL, NULL,
				  "cannot ask the kernel for its vDPA interface");
	return 0;
}

int vdpam_vdpa_request(struct vdpam_ctx *ctx, struct vdpam_msg *msg,
		       int (*reply)(const struct nlmsghdr *message, void *userdata),
		       void *userdata, char **ret_text)
{
	int r;

	*ret_text = NULL;
	for (int attempt = 0;; attempt++) {
		if (!ctx->vdpa_family) {
			r = resolve(ctx);
			if (r < 0)
				return r;
		}
		msg->header.nlmsg_type = ctx->vdpa_family;
		r = vdpam_request(&ctx->transport, &msg->header, reply, userdata,
				  ret_text);
		if (r != -ENOENT || attempt)
			return r;
		/* The family was unregistered; when it is back it has another id. */
		ctx->vdpa_family = 0;
		free(*ret_text);
		*ret_text = NULL;
	}
}

static int take_info(const struct nlmsghdr *message, void *userdata)
{
	struct vdpam_device_info *info = userdata, parsed;
	int r;

	r = vdpam_msg_parse_device(message, &parsed);
	if (r < 0)
		return r;
	vdpam_device_info_fini(info);
	*info = parsed;
	return 0;
}

int vdpam_vdpa_get_device(struct vdpam_ctx *ctx, const char *name,
			  struct vdpam_device_info *ret_info)
{
	struct vdpam_device_info info = { 0 };
	VDPAM_AUTO_FREE char *text = NULL;
	struct vdpam_msg msg;
	int r;

	r = vdpam_msg_device_get(&msg, ctx->vdpa_family, name);
	if (!r)
		r = vdpam_vdpa_request(ctx, &msg, take_info, &info, &text);
	if (!r && !info.name)
		r = -EBADMSG;
	if (r < 0) {
		vdpam_device_info_fini(&info);
		return r;
	}
	*ret_info = info;
	return 0;
}

void vdpam_vdpa_merge(struct vdpam_device_info *info,
		      const struct vdpam_device_info *more)
{
	for (unsigned int i = 0; i < VDPAM_ATTR_COUNT; i++) {
		if (more->present >> i & 1)
			info->number[i] = more->number[i];
	}
	info->present |= more->present;
}

int vdpam_vdpa_get_config(struct vdpam_ctx *ctx, const char *name,
			  struct vdpam_device_info *info)
{
	struct vdpam_device_info config = { 0 };
	VDPAM_AUTO_FREE char *text = NULL;
	struct vdpam_msg msg;
	int r;

	r = vdpam_msg_config_get(&msg, ctx->vdpa_family, name);
	if (!r)
		r = vdpam_vdpa_request(ctx, &msg, take_info, &config, &text);
	if (!r)
		vdpam_vdpa_merge(info, &config);
	vdpam_device_info_fini(&config);
	return r;
}

int vdpam_vdpa_has_mgmtdev(struct vdpam_ctx *ctx, const char *handle)
{
	VDPAM_AUTO_FREE char *text = NULL;
	struct vdpam_msg msg;
	int r;

	r = vdpam_msg_mgmtdev_get(&msg, ctx->vdpa_family, handle);
	if (!r)
		r = vdpam_vdpa_request(ctx, &msg, NULL, NULL, &text);
	if (r == -ENODEV || r == -EOPNOTSUPP)
		return 0;
	return r < 0 ? r : 1;
}
