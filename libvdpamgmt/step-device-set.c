// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * device-set: changes what a living device has. Whoever uses it has read the old value, and the kernel
 * keeps nobody from changing it under them: so we do.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#include "batch.h"
#include "objects.h"
#include "step.h"
#include "sysfs.h"
#include "usage.h"
#include "vdpa.h"
#include "vduse.h"

#define PAUSE_NSEC (100 * 1000 * 1000)

static int fail_set(struct vdpam_error **ret_error, int r, const char *name,
		    const char *kernel)
{
	VDPAM_ESCAPED(shown, name);
	switch (r) {
	case -EPERM:
		return vdpam_fail(ret_error, VDPAM_ERROR_NOT_AUTHORIZED, r, name, kernel,
				  "changing %s needs CAP_NET_ADMIN", shown);
	case -EOPNOTSUPP:
		return vdpam_fail(ret_error, VDPAM_ERROR_UNSUPPORTED, r, name, kernel,
				  "the MAC of %s cannot be changed while it exists",
				  shown);
	case -EBUSY:
		return vdpam_fail(
			ret_error, VDPAM_ERROR_IN_USE, r, name, kernel,
			"the MAC of %s cannot be changed while a driver runs it", shown);
	case -ETIMEDOUT:
		return vdpam_fail(
			ret_error, VDPAM_ERROR_TIMEOUT, r, name, kernel,
			"the MAC of %s is not changed yet: it is in use, and will be "
			"changed as soon as it is not",
			shown);
	default:
		return vdpam_fail(ret_error, vdpam_error_code_of(r), r, name, kernel,
				  "cannot change the MAC of %s", shown);
	}
}

/* ---- Use ----------------------------------------------------------------------------------- */

/* 0 when nobody does, or when it cannot be seen from here: then the kernel decides. */
static int check_use(struct vdpam_ctx *ctx, const struct vdpam_step *step,
		     struct vdpam_error **ret_error)
{
	VDPAM_AUTO_CLOSE int fd = vdpam_step_open_device(ctx, step, ret_error);
	VDPAM_AUTO_FREE char *driver = NULL;
	struct vdpam_device device;
	int r;

	if (fd < 0)
		return fd;
	vdpam_sysfs_link_name(fd, "driver", &driver);
	r = vdpam_step_look(ctx, step, driver, &device);
	if (r < 0)
		return fail_set(ret_error, r, step->target, NULL);
	if (vdpam_device_is_in_use(ctx, &device, NULL) > 0)
		r = vdpam_usage_fail(ret_error, &device);
	vdpam_device_fini(&device);
	return r;
}

/* No lock is held meanwhile. */
static int wait_for_users(struct vdpam_ctx *ctx, const struct vdpam_step *step,
			  uint64_t deadline_usec, struct vdpam_error **ret_error)
{
	const struct timespec pause = { .tv_nsec = PAUSE_NSEC };
	struct vdpam_error *error = NULL;
	int r;

	while ((r = check_use(ctx, step, &error)) == -EBUSY &&
	       vdpam_step_number(step, VDPAM_ARG_FORCE)) {
		error = vdpam_error_free(error);
		if (!vdpam_left_usec(deadline_usec))
			return fail_set(ret_error, -ETIMEDOUT, step->target, NULL);
		nanosleep(&pause, NULL);
	}
	return vdpam_error_pass(ret_error, error, r);
}

/* ---- The step ------------------------------------------------------------------------------ */

static int set_mac(struct vdpam_ctx *ctx, struct vdpam_step *step,
		   struct vdpam_error **ret_error)
{
	uint64_t mac = vdpam_step_number(step, VDPAM_ARG_MAC);
	VDPAM_AUTO_CLOSE int fd = vdpam_step_open_device(ctx, step, ret_error);
	struct vdpam_device_info info = { 0 };
	VDPAM_AUTO_FREE char *text = NULL;
	struct vdpam_msg msg;
	int r;

	if (fd < 0)
		return fd;
	r = vdpam_msg_attr_set(&msg, ctx->vdpa_family, step->target, mac);
	if (!r)
		r = vdpam_vdpa_request(ctx, &msg, NULL, NULL, &text);
	/* A warning beside a success says that nothing was done (vdpa_nl_cmd_dev_attr_set_doit). */
	if (!r && text)
		r = -EOPNOTSUPP;
	if (!r)
		r = vdpam_vdpa_get_config(ctx, step->target, &info);
	if (!r && info.number[VDPAM_ATTR_MAC] != mac)
		r = -EIO;
	return r < 0 ? fail_set(ret_error, r, step->target, text) : 0;
}

/* The patience with a VDUSE server can be changed at any time, whoever uses the device. */
static int set_msg_timeout(struct vdpam_ctx *ctx, const struct vdpam_step *step,
			   struct vdpam_error **ret_error)
{
	VDPAM_AUTO_CLOSE int device = vdpam_step_open_device(ctx, step, ret_error);
	VDPAM_AUTO_CLOSE int fd = -1;

	if (device < 0)
		return device;
	fd = vdpam_sysfs_open(ctx->sysfs_fd, VDPAM_VDUSE_CLASS, step->target);
	if (fd < 0) {
		VDPAM_ESCAPED(shown, step->target);
		return vdpam_fail(
			ret_error, VDPAM_ERROR_UNSUPPORTED, -EOPNOTSUPP, step->target,
			NULL, "%s has no msg_timeout: no VDUSE server offers it", shown);
	}
	return vdpam_step_set_msg_timeout(
		step, fd, vdpam_step_number(step, VDPAM_ARG_MSG_TIMEOUT), ret_error);
}

int vdpam_step_set_msg_timeout(const struct vdpam_step *step, int vduse_fd,
			       uint64_t seconds, struct vdpam_error **ret_error)
{
	int64_t now = -1;
	char text[24];
	int r;

	snprintf(text, sizeof(text), "%" PRIu64, seconds);
	r = vdpam_sysfs_write(vduse_fd, "msg_timeout", text);
	if (!r)
		r = vdpam_sysfs_read_number(vduse_fd, "msg_timeout", &now);
	if (!r && now != (int64_t)seconds)
		r = -EIO;
	if (r < 0) {
		VDPAM_ESCAPED(shown, step->target);
		return vdpam_fail(ret_error, vdpam_error_code_of(r), r, step->target,
				  NULL, "the msg_timeout of %s cannot be set to %s s",
				  shown, text);
	}
	return 0;
}

int vdpam_run_device_set(struct vdpam_ctx *ctx, struct vdpam_step *step,
			 uint64_t deadline_usec, struct vdpam_error **ret_error)
{
	uint64_t number;
	bool own = false;
	int r = 0;

	if (!vdpam_step_get_number(step, VDPAM_ARG_MSG_TIMEOUT, &number))
		r = set_msg_timeout(ctx, step, ret_error);
	if (r < 0 || vdpam_step_get_number(step, VDPAM_ARG_MAC, &number) < 0)
		return r;
	r = vdpam_vdpa_resolve(ctx, ret_error);
	if (!r)
		r = wait_for_users(ctx, step, deadline_usec, ret_error);
	if (!r)
		r = vdpam_batch_join(ctx, deadline_usec, &own, ret_error);
	if (r < 0)
		return r;
	r = set_mac(ctx, step, ret_error);
	if (own)
		vdpam_batch_end(ctx);
	return r;
}
