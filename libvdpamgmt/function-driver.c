// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The kernel driver of a function: taken away and given. A child process writes, because a probe
 * lasts as long as the driver likes and an unbind as long as somebody has the function open.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "step.h"
#include "sysfs.h"

#define PAUSE_MIN_NSEC (10 * 1000 * 1000)
#define PAUSE_MAX_NSEC (960 * 1000 * 1000)

/* A handle in its parts. */
struct place {
	char drivers[NAME_MAX + 16]; /* "bus/pci/drivers" */
	const char *device;
};

static struct place place_of(const char *handle)
{
	struct place place;
	int length = (int)strcspn(handle, "/");

	snprintf(place.drivers, sizeof(place.drivers), "bus/%.*s/drivers", length,
		 handle);
	place.device = handle + length + 1;
	return place;
}

/* ---- Sentences ----------------------------------------------------------------------------- */

int vdpam_step_check_function(const struct vdpam_step *step, int fd,
			      struct vdpam_error **ret_error)
{
	/* The folder that is held tells of this very function, whatever has its address now. */
	if (!faccessat(fd, "uevent", F_OK, 0))
		return 0;
	VDPAM_ESCAPED(shown, step->target);
	return vdpam_fail(ret_error, VDPAM_ERROR_NO_SUCH_FUNCTION, -ENODEV, step->target,
			  NULL, "%s was removed meanwhile", shown);
}

static int fail_timeout(const struct vdpam_step *step, const char *handle,
			const char *what, struct vdpam_error **ret_error)
{
	VDPAM_ESCAPED(shown, handle);
	return vdpam_fail(ret_error, VDPAM_ERROR_TIMEOUT, -ETIMEDOUT, step->target, NULL,
			  "the kernel has not finished %s %s yet", what, shown);
}

static int fail_open(const struct vdpam_step *step, const char *handle, int r,
		     struct vdpam_error **ret_error)
{
	VDPAM_ESCAPED(shown, handle);
	if (r == -EACCES || r == -EPERM)
		return vdpam_fail(ret_error, VDPAM_ERROR_NOT_AUTHORIZED, r, step->target,
				  NULL, "changing the driver of %s needs root", shown);
	return vdpam_fail(ret_error, VDPAM_ERROR_KERNEL, r, step->target, NULL,
			  "cannot change the driver of %s", shown);
}

static int fail_bind(const struct vdpam_step *step, const char *handle,
		     const char *driver, const char *other, int r,
		     struct vdpam_error **ret_error)
{
	VDPAM_ESCAPED(shown, handle);
	VDPAM_ESCAPED(shown_driver, driver);
	if (other) {
		VDPAM_ESCAPED(shown_other, other);
		return vdpam_fail(ret_error, VDPAM_ERROR_CHANGED_UNDERNEATH, -ESTALE,
				  step->target, NULL,
				  "cannot bind %s to %s: %s has taken it meanwhile",
				  shown, shown_driver, shown_other);
	}
	if (r == -ENODEV)
		return vdpam_fail(
			ret_error, VDPAM_ERROR_KERNEL, r, step->target, NULL,
			"cannot bind %s to %s: that driver does not take such a function",
			shown, shown_driver);
	return vdpam_fail(ret_error, VDPAM_ERROR_KERNEL, r, step->target, NULL,
			  "cannot bind %s to %s", shown, shown_driver);
}

/* ---- One write ----------------------------------------------------------------------------- */

/* Has the child write the function's name to a file of a driver's folder. */
static int start(struct vdpam_ctx *ctx, struct vdpam_step *step,
		 const struct place *place, const char *driver, const char *file)
{
	VDPAM_AUTO_CLOSE int dir =
		vdpam_sysfs_open(ctx->sysfs_fd, place->drivers, driver);
	VDPAM_AUTO_CLOSE int fd = -1;
	int r;

	if (dir < 0)
		return dir;
	fd = vdpam_sysfs_open_for_write(dir, file);
	if (fd < 0)
		return fd;
	r = vdpam_writer_new(fd, step->lock_fd, place->device, &step->writer);
	return r < 0 ? r : vdpam_writer_go(step->writer);
}

/* What the write gave; -ETIMEDOUT when it goes on. */
static int finish(struct vdpam_step *step, uint64_t deadline_usec)
{
	int r = vdpam_writer_wait(step->writer, deadline_usec);

	if (r != -ETIMEDOUT)
		step->writer = vdpam_writer_free(step->writer);
	return r;
}

/* ---- The driver ---------------------------------------------------------------------------- */

int vdpam_step_ensure_driver(struct vdpam_ctx *ctx, const struct vdpam_step *step,
			     const char *driver, struct vdpam_error **ret_error)
{
	struct place place = place_of(step->target);
	int fd = vdpam_sysfs_open(ctx->sysfs_fd, place.drivers, driver);

	if (fd < 0 && !vdpam_module_load(driver))
		fd = vdpam_sysfs_open(ctx->sysfs_fd, place.drivers, driver);
	if (fd >= 0) {
		close(fd);
		return 0;
	}
	VDPAM_ESCAPED(shown, step->target);
	VDPAM_ESCAPED(shown_driver, driver);
	return vdpam_fail(
		ret_error, VDPAM_ERROR_INVALID_VALUE, -ENOENT, step->target, NULL,
		"cannot change %s: its bus has no driver %s, and no kernel module of that "
		"name could be loaded",
		shown, shown_driver);
}

/* ---- Unbind -------------------------------------------------------------------------------- */

int vdpam_step_unbind_function(struct vdpam_ctx *ctx, struct vdpam_step *step, int fd,
			       const char *handle, uint64_t deadline_usec,
			       struct vdpam_error **ret_error)
{
	struct place place = place_of(handle);
	VDPAM_AUTO_FREE char *driver = NULL, *left = NULL;
	int r = 0;

	if (!step->writer) {
		if (vdpam_sysfs_link_name(fd, "driver", &driver) < 0)
			return vdpam_step_check_function(step, fd, ret_error);
		r = start(ctx, step, &place, driver, "unbind");
		if (r < 0)
			return fail_open(step, handle, r, ret_error);
	}
	r = finish(step, deadline_usec);
	if (r == -ETIMEDOUT)
		return fail_timeout(step, handle, "unbinding", ret_error);
	if (vdpam_step_check_function(step, fd, ret_error) < 0)
		return -ENODEV;
	if (!vdpam_sysfs_link_name(fd, "driver", &left))
		return fail_open(step, handle, r < 0 ? r : -EBUSY, ret_error);
	return 0;
}

/* ---- Bind ---------------------------------------------------------------------------------- */

/* Whether the driver has it. 1; 0 when none has; -EBUSY and the other one's name. */
static int look_at_driver(int fd, const char *driver, char **ret_other)
{
	VDPAM_AUTO_FREE char *now = NULL;

	if (vdpam_sysfs_link_name(fd, "driver", &now) < 0)
		return 0;
	if (!strcmp(now, driver))
		return 1;
	*ret_other = now;
	now = NULL;
	return -EBUSY;
}

/* Also keeps others off. An auxiliary device has no such file, and one driver that fits. */
static int override(struct vdpam_step *step, int fd, const char *handle,
		    const char *driver, struct vdpam_error **ret_error)
{
	char before[NAME_MAX + 1];
	int r;

	free(step->override);
	step->override = NULL;
	if (vdpam_sysfs_read(fd, "driver_override", before, sizeof(before)) >= 0)
		step->override = strdup(before);
	r = vdpam_sysfs_write(fd, "driver_override", driver);
	if (r == -ENOENT)
		return vdpam_step_check_function(step, fd, ret_error);
	return r < 0 ? fail_open(step, handle, r, ret_error) : 0;
}

static void restore_override(const struct vdpam_step *step, int fd)
{
	/* The kernel prints a NULL pointer so. */
	if (step->override && strcmp(step->override, "(null)"))
		vdpam_sysfs_write(fd, "driver_override", step->override);
	else if (step->override)
		vdpam_sysfs_clear(fd, "driver_override");
}

/* Writes, and again as long as the driver asks to be called later. 0, -ETIMEDOUT, the errno. */
static int write_bind(struct vdpam_ctx *ctx, struct vdpam_step *step,
		      const struct place *place, const char *driver,
		      uint64_t deadline_usec)
{
	struct timespec pause = { .tv_nsec = PAUSE_MIN_NSEC };
	int r = 0;

	for (;;) {
		if (!step->writer)
			r = start(ctx, step, place, driver, "bind");
		if (!r)
			r = finish(step, deadline_usec);
		if (r != -EAGAIN)
			return r;
		if (!vdpam_left_usec(deadline_usec))
			return -ETIMEDOUT;
		nanosleep(&pause, NULL);
		if (pause.tv_nsec < PAUSE_MAX_NSEC)
			pause.tv_nsec *= 2;
	}
}

int vdpam_step_bind_function(struct vdpam_ctx *ctx, struct vdpam_step *step, int fd,
			     const char *handle, const char *driver,
			     uint64_t deadline_usec, struct vdpam_error **ret_error)
{
	struct place place = place_of(handle);
	VDPAM_AUTO_FREE char *other = NULL;
	int r;

	r = step->writer ? 0 : look_at_driver(fd, driver, &other);
	if (r)
		return r < 0 ? fail_bind(step, handle, driver, other, r, ret_error) : 0;
	r = step->writer ? 0 : override(step, fd, handle, driver, ret_error);
	if (r < 0)
		return r;
	r = write_bind(ctx, step, &place, driver, deadline_usec);
	if (r == -ETIMEDOUT)
		return fail_timeout(step, handle, "binding", ret_error);
	if (vdpam_step_check_function(step, fd, ret_error) < 0)
		return -ENODEV;
	if (look_at_driver(fd, driver, &other) > 0)
		return 0;
	restore_override(step, fd);
	return fail_bind(step, handle, driver, other, r < 0 ? r : -EIO, ret_error);
}
