// SPDX-License-Identifier: LGPL-2.1-or-later
/* Requests to the devlink family, and their answers. Decides nothing, makes no error objects. */
#include "devlink.h"

#include <errno.h>
#include <string.h>

#include "family.h"
#include "request.h"

/*
 * Sends what was built (`r` says whether it could be), for the family as it is numbered here. Unlike
 * others devlink is no module: its number never changes.
 */
static int send(struct vdpam_ctx *ctx, int r, struct vdpam_msg *msg,
		int (*reply)(const struct nlmsghdr *message, void *userdata),
		void *userdata, char **ret_text)
{
	*ret_text = NULL;
	if (r < 0)
		return r;
	if (!ctx->devlink_family) {
		r = vdpam_family_resolve(&ctx->transport, "devlink",
					 &ctx->devlink_family);
		if (r < 0)
			return r == -ENOENT ? -EOPNOTSUPP : r;
	}
	msg->header.nlmsg_type = ctx->devlink_family;
	return vdpam_request(&ctx->transport, &msg->header, reply, userdata, ret_text);
}

/* ---- E-switch ------------------------------------------------------------------------------ */

struct eswitch {
	enum vdpam_eswitch_mode mode;
	bool seen;
};

static int take_eswitch(const struct nlmsghdr *message, void *userdata)
{
	struct eswitch *eswitch = userdata;
	int r = vdpam_devlink_msg_parse_eswitch(message, &eswitch->mode);

	eswitch->seen = !r;
	return r == -ENODATA ? 0 : r;
}

int vdpam_devlink_get_eswitch(struct vdpam_ctx *ctx, const char *handle,
			      enum vdpam_eswitch_mode *ret_mode, char **ret_text)
{
	struct eswitch eswitch = { .seen = false };
	struct vdpam_msg msg;
	int r;

	r = vdpam_devlink_msg_eswitch_get(&msg, ctx->devlink_family, handle);
	r = send(ctx, r, &msg, take_eswitch, &eswitch, ret_text);
	if (r < 0)
		return r;
	if (!eswitch.seen)
		return -ENODATA;
	*ret_mode = eswitch.mode;
	return 0;
}

int vdpam_devlink_set_eswitch(struct vdpam_ctx *ctx, const char *handle,
			      enum vdpam_eswitch_mode mode, char **ret_text)
{
	struct vdpam_msg msg;
	int r;

	r = vdpam_devlink_msg_eswitch_set(&msg, ctx->devlink_family, handle, mode);
	return send(ctx, r, &msg, NULL, NULL, ret_text);
}

/* ---- Ports --------------------------------------------------------------------------------- */

struct port_list {
	const char *handle;
	int (*port)(void *userdata, struct vdpam_port_info *info);
	void *userdata;
};

/* Kernels before 6.6 list the ports of all devices, whatever they were asked for. */
static bool is_wanted(const struct port_list *list, const struct vdpam_port_info *info)
{
	size_t length = strlen(info->bus);

	return !list->handle || (!strncmp(list->handle, info->bus, length) &&
				 list->handle[length] == '/' &&
				 !strcmp(list->handle + length + 1, info->device));
}

static int list_port(const struct nlmsghdr *message, void *userdata)
{
	struct port_list *list = userdata;
	struct vdpam_port_info info;
	int r;

	r = vdpam_devlink_msg_parse_port(message, &info);
	if (r < 0)
		return r;
	if (is_wanted(list, &info))
		return list->port(list->userdata, &info);
	vdpam_port_info_fini(&info);
	return 0;
}

int vdpam_devlink_list_ports(struct vdpam_ctx *ctx, const char *handle,
			     int (*port)(void *userdata, struct vdpam_port_info *info),
			     void *userdata, char **ret_text)
{
	struct port_list list = { .handle = handle, .port = port, .userdata = userdata };
	struct vdpam_msg msg;
	int r;

	r = vdpam_devlink_msg_port_get(&msg, ctx->devlink_family, handle, NULL);
	return send(ctx, r, &msg, list_port, &list, ret_text);
}

static int take_port(const struct nlmsghdr *message, void *userdata)
{
	struct vdpam_port_info *info = userdata, parsed;
	int r;

	r = vdpam_devlink_msg_parse_port(message, &parsed);
	if (r < 0)
		return r;
	vdpam_port_info_fini(info);
	*info = parsed;
	return 0;
}

/* Of requests that are answered with one port. */
static int send_for_port(struct vdpam_ctx *ctx, int r, struct vdpam_msg *msg,
			 struct vdpam_port_info *ret_info, char **ret_text)
{
	struct vdpam_port_info info = { 0 };

	r = send(ctx, r, msg, take_port, &info, ret_text);
	if (!r && !info.bus)
		r = -EBADMSG;
	if (r < 0) {
		vdpam_port_info_fini(&info);
		return r;
	}
	*ret_info = info;
	return 0;
}

int vdpam_devlink_get_port(struct vdpam_ctx *ctx, const char *handle, uint32_t index,
			   struct vdpam_port_info *ret_info, char **ret_text)
{
	struct vdpam_msg msg;
	int r;

	r = vdpam_devlink_msg_port_get(&msg, ctx->devlink_family, handle, &index);
	return send_for_port(ctx, r, &msg, ret_info, ret_text);
}

int vdpam_devlink_new_port(struct vdpam_ctx *ctx, const char *handle, uint16_t pfnum,
			   uint32_t sfnum, struct vdpam_port_info *ret_info,
			   char **ret_text)
{
	struct vdpam_msg msg;
	int r;

	r = vdpam_devlink_msg_port_new(&msg, ctx->devlink_family, handle, pfnum, sfnum);
	return send_for_port(ctx, r, &msg, ret_info, ret_text);
}

int vdpam_devlink_set_mac(struct vdpam_ctx *ctx, const char *handle, uint32_t index,
			  uint64_t mac, char **ret_text)
{
	struct vdpam_msg msg;
	int r;

	r = vdpam_devlink_msg_port_set_mac(&msg, ctx->devlink_family, handle, index, mac);
	return send(ctx, r, &msg, NULL, NULL, ret_text);
}

int vdpam_devlink_set_active(struct vdpam_ctx *ctx, const char *handle, uint32_t index,
			     bool active, char **ret_text)
{
	struct vdpam_msg msg;
	int r;

	r = vdpam_devlink_msg_port_set_active(&msg, ctx->devlink_family, handle, index,
					      active);
	return send(ctx, r, &msg, NULL, NULL, ret_text);
}

int vdpam_devlink_del_port(struct vdpam_ctx *ctx, const char *handle, uint32_t index,
			   char **ret_text)
{
	struct vdpam_msg msg;
	int r;

	r = vdpam_devlink_msg_port_del(&msg, ctx->devlink_family, handle, index);
	return send(ctx, r, &msg, NULL, NULL, ret_text);
}

/* ---- Parameters, reload -------------------------------------------------------------------- */

static int take_param(const struct nlmsghdr *message, void *userdata)
{
	return vdpam_devlink_msg_parse_param(message, userdata);
}

int vdpam_devlink_get_param(struct vdpam_ctx *ctx, const char *handle, const char *name,
			    struct vdpam_param_info *ret_info, char **ret_text)
{
	struct vdpam_param_info info = { 0 };
	struct vdpam_msg msg;
	int r;

	r = vdpam_devlink_msg_param_get(&msg, ctx->devlink_family, handle, name);
	r = send(ctx, r, &msg, take_param, &info, ret_text);
	if (!r)
		*ret_info = info;
	return r;
}

int vdpam_devlink_set_param(struct vdpam_ctx *ctx, const char *handle, const char *name,
			    enum vdpam_param_cmode cmode, bool value, char **ret_text)
{
	struct vdpam_msg msg;
	int r;

	r = vdpam_devlink_msg_param_set(&msg, ctx->devlink_family, handle, name, cmode,
					value);
	return send(ctx, r, &msg, NULL, NULL, ret_text);
}

int vdpam_devlink_reload(struct vdpam_ctx *ctx, const char *handle, char **ret_text)
{
	struct vdpam_msg msg;
	int r;

	r = vdpam_devlink_msg_reload(&msg, ctx->devlink_family, handle);
	return send(ctx, r, &msg, NULL, NULL, ret_text);
}
