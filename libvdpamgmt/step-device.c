// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * device-create, device-delete. An error reply does not mean that nothing was done, and a success does
 * not mean that it was: each ends by looking.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "batch.h"
#include "parent.h"
#include "step.h"
#include "sysfs.h"
#include "vdpa.h"
#include "vduse.h"

#define VDUSE_MSG_TIMEOUT_MAX \
	5 /* seconds that a silent server may keep a probe waiting */

/* ---- device-create ------------------------------------------------------------------------- */

static bool device_exists(struct vdpam_ctx *ctx, const char *name)
{
	VDPAM_AUTO_CLOSE int fd =
		vdpam_sysfs_open(ctx->sysfs_fd, VDPAM_BUS_DEVICES, name);

	return fd >= 0;
}

static int fail_create(struct vdpam_error **ret_error, int r,
		       const struct vdpam_step *step, const char *kernel)
{
	const char *name = step->target;

	VDPAM_ESCAPED(shown, name);
	VDPAM_ESCAPED(handle, step->text[VDPAM_ARG_MGMTDEV]);
	switch (r) {
	case -EEXIST:
		return vdpam_fail(
			ret_error, VDPAM_ERROR_EXISTS, r, name, kernel,
			"cannot create %s on %s: there is a device of that name", shown,
			handle);
	case -ENODEV:
		return vdpam_fail(ret_error, VDPAM_ERROR_NO_SUCH_MGMTDEV, r, name, kernel,
				  "cannot create %s: there is no management device %s",
				  shown, handle);
	case -ENOSPC:
		return vdpam_fail(ret_error, VDPAM_ERROR_MGMTDEV_FULL, r, name, kernel,
				  "cannot create %s: %s carries no more devices", shown,
				  handle);
	case -EPERM:
		return vdpam_fail(ret_error, VDPAM_ERROR_NOT_AUTHORIZED, r, name, kernel,
				  "creating %s needs CAP_NET_ADMIN", shown);
	case -EOPNOTSUPP:
		return vdpam_fail(
			ret_error, VDPAM_ERROR_UNSUPPORTED, r, name, kernel,
			"cannot create %s: %s does not support what was asked for", shown,
			handle);
	case -EINVAL:
		if (!kernel && !strcmp(step->text[VDPAM_ARG_MGMTDEV], "vduse"))
			return vdpam_fail(
				ret_error, VDPAM_ERROR_KERNEL, r, name, kernel,
				"cannot create %s on vduse: no server offers a device of "
				"that name, or not all of its queues are set up",
				shown);
		break;
	}
	return vdpam_fail(ret_error, VDPAM_ERROR_KERNEL, r, name, kernel,
			  "cannot create %s on %s", shown, handle);
}

/* What the kernel driver of a PCI or auxiliary parent cannot be trusted to refuse. */
static int check_parent(struct vdpam_ctx *ctx, const struct vdpam_step *step,
			struct vdpam_error **ret_error)
{
	const char *handle = step->text[VDPAM_ARG_MGMTDEV];
	const struct vdpam_mgmtdev *mgmtdev;
	struct vdpam_snapshot *snapshot;
	uint64_t features;
	int r;

	if (!strchr(handle, '/'))
		return 0;
	r = vdpam_snapshot_new(ctx, VDPAM_LOOK_BRIEF, &snapshot, ret_error);
	if (r < 0)
		return r;
	mgmtdev = vdpam_snapshot_find_mgmtdev(snapshot, handle);
	if (!mgmtdev)
		r = fail_create(ret_error, -ENODEV, step, NULL);
	else if (!vdpam_step_get_number(step, VDPAM_ARG_FEATURES, &features))
		r = vdpam_parent_check_create(snapshot, mgmtdev, step->target, &features,
					      ret_error);
	else
		r = vdpam_parent_check_create(snapshot, mgmtdev, step->target, NULL,
					      ret_error);
	vdpam_snapshot_unref(snapshot);
	return r;
}

/*
 * Every request to a VDUSE server sleeps with the driver's locks held until it is answered: no longer
 * than the step says, or than we think right.
 */
static int bound_vduse_timeout(struct vdpam_ctx *ctx, const struct vdpam_step *step,
			       struct vdpam_error **ret_error)
{
	VDPAM_AUTO_CLOSE int fd =
		vdpam_sysfs_open(ctx->sysfs_fd, VDPAM_VDUSE_CLASS, step->target);
	uint64_t wanted = VDUSE_MSG_TIMEOUT_MAX;
	int64_t seconds = 0;
	bool is_told;

	/* Without a server the kernel will say so. */
	if (fd < 0 || vdpam_sysfs_read_number(fd, "msg_timeout", &seconds) < 0)
		return 0;
	is_told = !vdpam_step_get_number(step, VDPAM_ARG_MSG_TIMEOUT, &wanted);
	if (is_told ? seconds == (int64_t)wanted
		    : seconds && seconds <= VDUSE_MSG_TIMEOUT_MAX)
		return 0;
	return vdpam_step_set_msg_timeout(step, fd, wanted, ret_error);
}

static int send_new(struct vdpam_ctx *ctx, const struct vdpam_step *step, char **ret_text)
{
	struct vdpam_new_attrs attrs = {
		.mac = step->number[VDPAM_ARG_MAC],
		.mtu = (uint16_t)step->number[VDPAM_ARG_MTU],
		.max_vqp = (uint16_t)step->number[VDPAM_ARG_MAX_VQP],
		.features = step->number[VDPAM_ARG_FEATURES],
		.has_mac = step->present >> VDPAM_ARG_MAC & 1,
		.has_mtu = step->present >> VDPAM_ARG_MTU & 1,
		.has_max_vqp = step->present >> VDPAM_ARG_MAX_VQP & 1,
		.has_features = step->present >> VDPAM_ARG_FEATURES & 1,
	};
	struct vdpam_msg msg;
	int r;

	*ret_text = NULL;
	r = vdpam_msg_device_new(&msg, ctx->vdpa_family, step->target,
				 step->text[VDPAM_ARG_MGMTDEV], &attrs);
	return r < 0 ? r : vdpam_vdpa_request(ctx, &msg, NULL, NULL, ret_text);
}

/* Whether a device of the step's name is on the step's management device. */
static bool is_created(struct vdpam_ctx *ctx, const struct vdpam_step *step)
{
	struct vdpam_device_info info = { 0 };
	VDPAM_AUTO_FREE char *handle = NULL;

	if (vdpam_vdpa_get_device(ctx, step->target, &info) < 0)
		return false;
	if (info.mgmtdev_device)
		handle = vdpam_handle_join(info.mgmtdev_bus, info.mgmtdev_device);
	vdpam_device_info_fini(&info);
	return handle && !strcmp(handle, step->text[VDPAM_ARG_MGMTDEV]);
}

/* Notes which device it is, for the steps that follow, and keeps drivers from it. */
static int take_created(struct vdpam_ctx *ctx, struct vdpam_step *step)
{
	VDPAM_AUTO_CLOSE int fd =
		vdpam_sysfs_open(ctx->sysfs_fd, VDPAM_BUS_DEVICES, step->target);
	struct stat st;

	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0)
		return -errno;
	/* Else a bus driver that is loaded next would take it. */
	if (!vdpam_step_number(step, VDPAM_ARG_PROBE))
		vdpam_sysfs_write(fd, "driver_override", "none");
	return vdpam_step_set_number(step, VDPAM_ARG_IDENTITY, st.st_ino);
}

static int create(struct vdpam_ctx *ctx, struct vdpam_step *step,
		  struct vdpam_error **ret_error)
{
	VDPAM_AUTO_FREE char *text = NULL;
	int r;

	if (device_exists(ctx, step->target))
		return fail_create(ret_error, -EEXIST, step, NULL);
	r = check_parent(ctx, step, ret_error);
	if (!r)
		r = vdpam_batch_hold_autoprobe(ctx, ret_error);
	if (r < 0)
		return r;
	if (!strcmp(step->text[VDPAM_ARG_MGMTDEV], "vduse"))
		r = bound_vduse_timeout(ctx, step, ret_error);
	if (r < 0)
		return r;
	r = send_new(ctx, step, &text);
	/* A lost or failed reply says nothing: it was not there a moment ago, so it is ours. */
	if (r < 0 && (r == -EEXIST || !is_created(ctx, step)))
		return fail_create(ret_error, r, step, text);
	r = take_created(ctx, step);
	if (r < 0)
		return fail_create(ret_error, -EIO, step, "it is gone again");
	vdpam_batch_add_created(ctx, step->target,
				vdpam_step_number(step, VDPAM_ARG_PROBE));
	return 0;
}

int vdpam_run_device_create(struct vdpam_ctx *ctx, struct vdpam_step *step,
			    uint64_t deadline_usec, struct vdpam_error **ret_error)
{
	bool own = false;
	int r;

	r = vdpam_vdpa_resolve(ctx, ret_error);
	if (!r)
		r = vdpam_step_find_mgmtdev(ctx, step, deadline_usec, ret_error);
	if (!r)
		r = vdpam_batch_join(ctx, deadline_usec, &own, ret_error);
	if (r < 0)
		return r;
	r = create(ctx, step, ret_error);
	if (own)
		vdpam_batch_end(ctx);
	return r;
}

/* ---- device-delete ------------------------------------------------------------------------- */

static int fail_delete(struct vdpam_error **ret_error, int r, const char *name,
		       const char *kernel)
{
	VDPAM_ESCAPED(shown, name);
	switch (r) {
	case -ENODEV:
		return vdpam_fail(ret_error, VDPAM_ERROR_NO_SUCH_DEVICE, r, name, kernel,
				  "there is no device %s", shown);
	case -EPERM:
		return vdpam_fail(ret_error, VDPAM_ERROR_NOT_AUTHORIZED, r, name, kernel,
				  "destroying %s needs CAP_NET_ADMIN", shown);
	default:
		return vdpam_fail(ret_error, vdpam_error_code_of(r), r, name, kernel,
				  "cannot destroy %s", shown);
	}
}

/*
 * Never DEV_DEL while a driver is there: were its char device open, the request would sleep under
 * the lock of all generic netlink.
 */
static int wait_for_no_driver(int fd, const char *name, uint64_t deadline_usec,
			      struct vdpam_error **ret_error)
{
	VDPAM_AUTO_FREE char *driver = NULL;

	VDPAM_ESCAPED(shown, name);
	if (vdpam_step_wait_unbound(fd, deadline_usec) < 0)
		return vdpam_fail(
			ret_error, VDPAM_ERROR_TIMEOUT, -ETIMEDOUT, name, NULL,
			"cannot destroy %s yet: an unbind still waits for those who have "
			"it open",
			shown);
	if (!vdpam_sysfs_link_name(fd, "driver", &driver))
		return vdpam_fail(
			ret_error, VDPAM_ERROR_CHANGED_UNDERNEATH, -ESTALE, name, NULL,
			"cannot destroy %s: %s has taken it meanwhile; unbind it first",
			shown, driver);
	return 0;
}

static int delete (struct vdpam_ctx *ctx, struct vdpam_step *step, uint64_t deadline_usec,
		   struct vdpam_error **ret_error)
{
	VDPAM_AUTO_CLOSE int fd = vdpam_step_open_device(ctx, step, ret_error);
	VDPAM_AUTO_FREE char *text = NULL;
	struct vdpam_msg msg;
	int r;

	if (fd < 0)
		return fd;
	r = wait_for_no_driver(fd, step->target, deadline_usec, ret_error);
	if (r < 0)
		return r;
	/* From here on nobody can bind it by accident. */
	vdpam_sysfs_write(fd, "driver_override", "none");
	r = vdpam_msg_device_del(&msg, ctx->vdpa_family, step->target);
	if (!r)
		r = vdpam_vdpa_request(ctx, &msg, NULL, NULL, &text);
	/* The folder that we hold tells of this very device, whatever the reply said. */
	if (faccessat(fd, "uevent", F_OK, 0) < 0)
		return 0;
	return fail_delete(ret_error, r < 0 ? r : -EIO, step->target, text);
}

int vdpam_run_device_delete(struct vdpam_ctx *ctx, struct vdpam_step *step,
			    uint64_t deadline_usec, struct vdpam_error **ret_error)
{
	bool own = false;
	int r;

	r = vdpam_vdpa_resolve(ctx, ret_error);
	if (!r)
		r = vdpam_batch_join(ctx, deadline_usec, &own, ret_error);
	if (r < 0)
		return r;
	r = delete (ctx, step, deadline_usec, ret_error);
	if (own)
		vdpam_batch_end(ctx);
	if (!r)
		vdpam_chardev_retract(step->target);
	return r;
}
