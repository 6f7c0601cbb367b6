// SPDX-License-Identifier: LGPL-2.1-or-later
/* driver-bind: gives a device that has no driver to one, and sees that it works. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "batch.h"
#include "objects.h"
#include "step.h"
#include "sysfs.h"

#define NODE_TIMEOUT_USEC \
	2000000 /* for devtmpfs to make a node that the kernel has asked for */

/* ---- The driver's module ------------------------------------------------------------------- */

static int fail_driver(struct vdpam_error **ret_error, const struct vdpam_step *step,
		       bool ours, int r)
{
	const char *driver = step->text[VDPAM_ARG_DRIVER];

	VDPAM_ESCAPED(shown, step->target);
	VDPAM_ESCAPED(shown_driver, driver);
	if (!ours)
		return vdpam_fail(
			ret_error, VDPAM_ERROR_INVALID_VALUE, -EINVAL, step->target, NULL,
			"cannot bind %s: no driver %s is registered on the vdpa bus",
			shown, shown_driver);
	return vdpam_fail(
		ret_error,
		r == -EPERM ? VDPAM_ERROR_NOT_AUTHORIZED : VDPAM_ERROR_NO_KERNEL_SUPPORT,
		r, step->target, NULL,
		"cannot bind %s: the kernel module %s is not loaded, and loading it "
		"failed (%s)",
		shown, shown_driver, strerror(-r));
}

/* ---- Bind ---------------------------------------------------------------------------------- */

static int fail_bind(struct vdpam_error **ret_error, int r, const struct vdpam_step *step,
		     const char *kernel)
{
	const char *name = step->target;

	VDPAM_ESCAPED(shown, name);
	VDPAM_ESCAPED(driver, step->text[VDPAM_ARG_DRIVER]);
	if (r == -EACCES || r == -EPERM)
		return vdpam_fail(ret_error, VDPAM_ERROR_NOT_AUTHORIZED, r, name, kernel,
				  "binding %s to %s needs root", shown, driver);
	if (r == -ENODEV)
		return vdpam_fail(
			ret_error, VDPAM_ERROR_CHANGED_UNDERNEATH, r, name, kernel,
			"cannot bind %s to %s: the device went, or somebody else chose "
			"another driver for it",
			shown, driver);
	return vdpam_fail(ret_error, vdpam_error_code_of(r), r, name, kernel,
			  "cannot bind %s to %s", shown, driver);
}

/* Loads the driver's module, with automatic probing off: it would bind all. */
static int load_driver(struct vdpam_ctx *ctx, const struct vdpam_step *step,
		       uint64_t deadline_usec, struct vdpam_error **ret_error)
{
	const char *driver = step->text[VDPAM_ARG_DRIVER];
	bool ours = !strcmp(driver, "vhost_vdpa") || !strcmp(driver, "virtio_vdpa");
	bool own = false;
	int r;

	if (!ours)
		return fail_driver(ret_error, step, ours, -ENOENT);
	r = vdpam_batch_join(ctx, deadline_usec, &own, ret_error);
	if (r < 0)
		return r;
	r = vdpam_batch_hold_autoprobe(ctx, ret_error);
	if (!r) {
		r = vdpam_module_load(driver);
		if (r)
			r = fail_driver(ret_error, step, ours, r);
	}
	if (own)
		vdpam_batch_end(ctx);
	return r;
}

static int open_bind(struct vdpam_ctx *ctx, const char *driver)
{
	char path[PATH_MAX];

	if (!vdpam_sysfs_is_plain(driver))
		return -ENOENT;
	snprintf(path, sizeof(path), VDPAM_BUS_DRIVERS "/%s/bind", driver);
	return vdpam_sysfs_open_for_write(ctx->sysfs_fd, path);
}

/* The driver's `bind`, its module loaded where it is missing. */
static int ready_bind(struct vdpam_ctx *ctx, const struct vdpam_step *step,
		      uint64_t deadline_usec, int *ret_fd, struct vdpam_error **ret_error)
{
	const char *driver = step->text[VDPAM_ARG_DRIVER];
	int r, fd = open_bind(ctx, driver);

	if (fd == -ENOENT) {
		r = load_driver(ctx, step, deadline_usec, ret_error);
		if (r < 0)
			return r;
		fd = open_bind(ctx, driver);
		if (fd == -ENOENT)
			return fail_driver(ret_error, step, true, -ENOENT);
	}
	if (fd < 0)
		return fail_bind(ret_error, fd, step, NULL);
	*ret_fd = fd;
	return 0;
}

/* Writes the name to the driver's `bind`; a device that is not ready yet is asked again. */
static int write_bind(int bind_fd, const char *name, uint64_t deadline_usec)
{
	const struct timespec pause = { .tv_nsec = 10 * 1000 * 1000 };
	size_t size = strlen(name);

	for (;;) {
		/* No retry of one that was interrupted: who calls reads back. */
		ssize_t n = write(bind_fd, name, size);

		if (n >= 0)
			return (size_t)n == size ? 0 : -EIO;
		if (errno != EAGAIN || !vdpam_left_usec(deadline_usec))
			return -errno;
		nanosleep(&pause, NULL);
	}
}

/*
 * A bus driver binds although the virtio driver behind it has refused the device: look at that one
 * too. Where no such driver is registered there is nobody to refuse.
 */
static int check_virtio(struct vdpam_ctx *ctx, const struct vdpam_step *step,
			struct vdpam_error **ret_error)
{
	static const char *const drivers[] = {
		[1] = "bus/virtio/drivers/virtio_net",
		[2] = "bus/virtio/drivers/virtio_blk",
	};
	struct vdpam_device device;
	int64_t id = 0;
	char path[300];
	int r;

	r = vdpam_step_look(ctx, step, step->text[VDPAM_ARG_DRIVER], &device);
	if (r < 0)
		return fail_bind(ret_error, r, step, NULL);
	if (!device.virtio && !device.virtio_is_hidden) {
		r = fail_bind(ret_error, -EIO, step, "no virtio device came of it");
	} else if (device.virtio && !device.virtio_driver) {
		snprintf(path, sizeof(path), "bus/virtio/devices/%s/device",
			 device.virtio);
		vdpam_sysfs_read_number(ctx->sysfs_fd, path, &id);
		if ((id == 1 || id == 2) &&
		    faccessat(ctx->sysfs_fd, drivers[id], F_OK, 0) == 0)
			r = fail_bind(
				ret_error, -EIO, step,
				"its virtio driver refused the device; see the kernel log");
	}
	vdpam_device_fini(&device);
	return r;
}

static int read_back(struct vdpam_ctx *ctx, const struct vdpam_step *step, int fd,
		     struct vdpam_error **ret_error)
{
	const char *wanted = step->text[VDPAM_ARG_DRIVER];
	VDPAM_AUTO_FREE char *driver = NULL;
	int r;

	if (vdpam_sysfs_link_name(fd, "driver", &driver) < 0 || strcmp(driver, wanted))
		return fail_bind(ret_error, -ENODEV, step, NULL);
	if (!strcmp(wanted, "virtio_vdpa"))
		return check_virtio(ctx, step, ret_error);
	if (!strcmp(wanted, "vhost_vdpa")) {
		r = vdpam_chardev_publish(fd, step->target,
					  vdpam_deadline_usec(NODE_TIMEOUT_USEC));
		if (r < 0)
			return fail_bind(ret_error, r, step, NULL);
	}
	return 0;
}

int vdpam_run_driver_bind(struct vdpam_ctx *ctx, struct vdpam_step *step,
			  uint64_t deadline_usec, struct vdpam_error **ret_error)
{
	const char *wanted = step->text[VDPAM_ARG_DRIVER];
	VDPAM_AUTO_CLOSE int fd = vdpam_step_open_device(ctx, step, ret_error);
	VDPAM_AUTO_FREE char *driver = NULL;
	VDPAM_AUTO_CLOSE int bind_fd = -1;
	int r;

	if (fd < 0)
		return fd;
	r = ready_bind(ctx, step, deadline_usec, &bind_fd, ret_error);
	if (r < 0)
		return r;
	if (!vdpam_sysfs_link_name(fd, "driver", &driver)) {
		VDPAM_ESCAPED(shown, step->target);
		if (!strcmp(driver, wanted))
			return read_back(ctx, step, fd, ret_error);
		return vdpam_fail(ret_error, VDPAM_ERROR_CHANGED_UNDERNEATH, -ESTALE,
				  step->target, NULL,
				  "cannot bind %s to %s: %s has taken it meanwhile",
				  shown, wanted, driver);
	}
	r = vdpam_sysfs_write(fd, "driver_override", wanted);
	if (!r)
		r = write_bind(bind_fd, step->target, deadline_usec);
	/* EBUSY: it was bound in between; by whom is read back. */
	if (r < 0 && r != -EBUSY)
		return fail_bind(ret_error, r, step, NULL);
	r = read_back(ctx, step, fd, ret_error);
	/* libvirt does not look at bind events; this one it sees. */
	vdpam_sysfs_write(fd, "uevent", "change");
	return r;
}
