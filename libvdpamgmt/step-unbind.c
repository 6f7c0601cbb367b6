// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * driver-unbind: takes a device's driver away without ever sleeping in the kernel, and not from
 * those who use it. A child does the write (writer.h). Before it does, the device is claimed: a
 * vhost char device has one opener, so while we are that one nobody else can be; a disk is opened
 * exclusively.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "holders.h"
#include "objects.h"
#include "step.h"
#include "sysfs.h"
#include "usage.h"

#define ENOTSUPP 524 /* kernel-internal: vhost_vdpa_open() without a coherent IOMMU */
#define PAUSE_NSEC 50000
#define CLAIM_USEC 2000000
#define OTHERS_USEC 500000

/* ---- Sentences ----------------------------------------------------------------------------- */

/*
 * Whether this host ends with a panic when a task waits for long: to force an unbind makes one
 * that does (kernel/hung_task.c). Not in /sys; absent where the kernel has no such watch.
 */
static bool panics_on_hung_tasks(void)
{
	VDPAM_AUTO_CLOSE int fd =
		open("/proc/sys/kernel/hung_task_panic", O_RDONLY | O_CLOEXEC);
	char digit;

	return fd >= 0 && read(fd, &digit, 1) == 1 && digit != '0';
}

static int fail_panic(struct vdpam_error **ret_error, const struct vdpam_step *step)
{
	VDPAM_ESCAPED(shown, step->target);
	return vdpam_fail(
		ret_error, VDPAM_ERROR_IN_USE, -EBUSY, step->target, NULL,
		"%s is in use, and to wait for it in the kernel would bring this host "
		"down, whose sysctl kernel.hung_task_panic is set; end the holder, or set "
		"it to 0",
		shown);
}

static int fail_timeout(struct vdpam_error **ret_error, const struct vdpam_step *step)
{
	VDPAM_ESCAPED(shown, step->target);
	return vdpam_fail(
		ret_error, VDPAM_ERROR_TIMEOUT, -ETIMEDOUT, step->target, NULL,
		"%s is not unbound yet: the kernel waits for those who have it open, and "
		"goes on as soon as they close it",
		shown);
}

static int fail_unbind(struct vdpam_error **ret_error, const struct vdpam_step *step,
		       int r)
{
	VDPAM_ESCAPED(shown, step->target);
	if (r == -EACCES || r == -EPERM)
		return vdpam_fail(ret_error, VDPAM_ERROR_NOT_AUTHORIZED, r, step->target,
				  NULL, "unbinding %s needs root", shown);
	if (r == -ENODEV || r == -ENOENT || r == -ENXIO)
		return vdpam_fail(
			ret_error, VDPAM_ERROR_CHANGED_UNDERNEATH, -ESTALE, step->target,
			NULL, "%s changed while it was about to be unbound; look again",
			shown);
	return vdpam_fail(ret_error, VDPAM_ERROR_KERNEL, r, step->target, NULL,
			  "cannot unbind %s", shown);
}

/* ---- Claim --------------------------------------------------------------------------------- */

/* Opens the char device, which resets it: only one that is about to be unbound. */
static int open_chardev(const struct vdpam_device *device)
{
	struct stat st;
	int fd;

	if (!device->chardev)
		return -ENOENT;
	fd = open(device->chardev, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) < 0 || !S_ISCHR(st.st_mode) || st.st_rdev != device->devnum) {
		close(fd);
		return -ENOENT;
	}
	return fd;
}

/*
 * A descriptor that keeps others away; -1 where there is nothing to open, or nobody can open it (no
 * coherent IOMMU, a broken VDUSE server); -EBUSY when somebody uses the device; other errno.
 */
static int claim(struct vdpam_ctx *ctx, const struct vdpam_device *device, int *ret_fd)
{
	int r = -1;

	if (!strcmp(device->driver, "vhost_vdpa")) {
		r = open_chardev(device);
		if (r == -ENOTSUPP || r == -EIO)
			r = -1;
		else if (r < 0)
			return r;
	} else if (device->blockdev) {
		r = vdpam_usage_claim_disk(device->blockdev, device->devnum);
		if (r < 0)
			return r;
	} else if (device->virtio || device->virtio_is_hidden) {
		r = vdpam_usage_of_netdev(ctx, device);
		if (r)
			return r < 0 ? r : -EBUSY;
		r = -1;
	}
	*ret_fd = r;
	return 0;
}

/* ---- Unbind -------------------------------------------------------------------------------- */

static bool has_node(const struct vdpam_device *device)
{
	char path[300];
	struct stat st;

	snprintf(path, sizeof(path), "%s%s", device->chardev ? "" : "/dev/",
		 device->chardev ? device->chardev : device->blockdev);
	return !lstat(path, &st) && st.st_rdev == device->devnum;
}

/*
 * Lets the child write, and lets go of the claim once the node is gone, when nobody can find it any
 * more, and the child waits for us to close it: a close that comes just before that wait races with
 * the end of the device (drivers/vhost/vdpa.c:vhost_vdpa_release, vhost_vdpa_remove). An open(2) that
 * had found it by then fails as long as we have it, hence the moment more. However little time the
 * step has left: one that came late would let somebody else in, and wait for that one.
 */
static int let_go(struct vdpam_writer *writer, const struct vdpam_device *device,
		  int claim_fd)
{
	const struct timespec pause = { .tv_nsec = PAUSE_NSEC };
	uint64_t deadline_usec = vdpam_deadline_usec(CLAIM_USEC);
	bool waits = true;
	int r;

	r = vdpam_writer_go(writer);
	while (!r && claim_fd >= 0 && waits && vdpam_left_usec(deadline_usec)) {
		waits = vdpam_writer_wait(writer, 0) == -ETIMEDOUT &&
			(has_node(device) || !vdpam_writer_sleeps(writer));
		nanosleep(&pause, NULL);
	}
	if (claim_fd >= 0)
		close(claim_fd);
	return r;
}

static int start(struct vdpam_ctx *ctx, struct vdpam_step *step, int device_fd,
		 const struct vdpam_device *device, struct vdpam_error **ret_error)
{
	bool force = vdpam_step_number(step, VDPAM_ARG_FORCE);
	VDPAM_AUTO_CLOSE int unbind_fd = -1;
	VDPAM_AUTO_CLOSE int driver_fd = -1;
	int claim_fd = -1, r;

	driver_fd = vdpam_sysfs_open(ctx->sysfs_fd, VDPAM_BUS_DRIVERS, device->driver);
	unbind_fd = driver_fd < 0 ? driver_fd
				  : vdpam_sysfs_open_for_write(driver_fd, "unbind");
	if (unbind_fd < 0)
		return fail_unbind(ret_error, step, unbind_fd);
	/* First the child, then the claim: a child that inherits it would wait for itself. */
	r = vdpam_writer_new(unbind_fd, -1, step->target, &step->writer);
	if (r < 0)
		return fail_unbind(ret_error, step, r);
	r = claim(ctx, device, &claim_fd);
	if (r == -EBUSY && !force)
		r = vdpam_usage_fail(ret_error, device);
	else if (r == -EBUSY && device->chardev && panics_on_hung_tasks())
		r = fail_panic(ret_error, step);
	else if (r < 0 && r != -EBUSY)
		r = fail_unbind(ret_error, step, r);
	else
		r = 0;
	if (r < 0) {
		step->writer = vdpam_writer_free(step->writer);
		return r;
	}
	/* Before the unbind, because where it waits this would too. */
	vdpam_sysfs_write(device_fd, "driver_override", "none");
	r = let_go(step->writer, device, claim_fd);
	return r < 0 ? fail_unbind(ret_error, step, r) : 0;
}

/* Waits for the child, and for what another process may still be waiting for. */
static int finish(struct vdpam_step *step, int device_fd, uint64_t deadline_usec,
		  struct vdpam_error **ret_error)
{
	VDPAM_AUTO_FREE char *driver = NULL;
	int r = 0;

	if (step->writer) {
		r = vdpam_writer_wait(step->writer, deadline_usec);
		if (r == -ETIMEDOUT)
			return fail_timeout(ret_error, step);
		step->writer = vdpam_writer_free(step->writer);
	}
	r = vdpam_step_wait_unbound(device_fd, deadline_usec) < 0 ? -ETIMEDOUT : r;
	if (r == -ETIMEDOUT)
		return fail_timeout(ret_error, step);
	/* ENODEV: somebody else was quicker, which is as good. */
	if (!vdpam_sysfs_link_name(device_fd, "driver", &driver))
		return fail_unbind(ret_error, step, r < 0 ? r : -ENODEV);
	vdpam_chardev_retract(step->target);
	vdpam_sysfs_write(device_fd, "uevent", "change");
	return 0;
}

/*
 * An unbind of somebody else that is under way: without force it is waited for as long as one takes
 * that nobody keeps waiting.
 */
static int wait_for_others(const struct vdpam_step *step, int device_fd,
			   uint64_t deadline_usec, struct vdpam_error **ret_error)
{
	struct vdpam_device device = { .info.name = step->target, .unbinding = true };
	uint64_t moment = vdpam_deadline_usec(OTHERS_USEC);

	if (step->writer || vdpam_step_number(step, VDPAM_ARG_FORCE) ||
	    !vdpam_step_wait_unbound(device_fd,
				     moment < deadline_usec ? moment : deadline_usec))
		return 0;
	return vdpam_usage_fail(ret_error, &device);
}

int vdpam_run_driver_unbind(struct vdpam_ctx *ctx, struct vdpam_step *step,
			    uint64_t deadline_usec, struct vdpam_error **ret_error)
{
	const char *expected = step->text[VDPAM_ARG_DRIVER];
	VDPAM_AUTO_CLOSE int fd = vdpam_step_open_device(ctx, step, ret_error);
	VDPAM_AUTO_FREE char *driver = NULL;
	struct vdpam_device device;
	int r;

	if (fd < 0)
		return fd;
	if (!step->writer && !vdpam_sysfs_link_name(fd, "driver", &driver)) {
		if (expected && strcmp(driver, expected))
			return fail_unbind(ret_error, step, -ENODEV);
		r = vdpam_step_look(ctx, step, driver, &device);
		if (r < 0)
			return fail_unbind(ret_error, step, r);
		r = start(ctx, step, fd, &device, ret_error);
		vdpam_device_fini(&device);
		if (r < 0)
			return r;
	}
	r = wait_for_others(step, fd, deadline_usec, ret_error);
	return r < 0 ? r : finish(step, fd, deadline_usec, ret_error);
}
