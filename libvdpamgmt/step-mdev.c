// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * mdev-create and mdev-remove. A driver may take its time over either, so a child process writes; what
 * it did is read back from the bus. The vDPA devices on a mediated device are gone before it goes
 * (plan-mdev.c).
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "function.h"
#include "mdev.h"
#include "step.h"
#include "sysfs.h"
#include "usage.h"

/* ---- mdev-create --------------------------------------------------------------------------- */

static int fail_create(const struct vdpam_step *step, int r,
		       struct vdpam_error **ret_error)
{
	enum vdpam_error_code code = vdpam_error_code_of(r);

	VDPAM_ESCAPED(parent, step->target);
	VDPAM_ESCAPED(type, step->text[VDPAM_ARG_MDEV_TYPE]);
	VDPAM_ESCAPED(uuid, step->text[VDPAM_ARG_UUID]);
	switch (r) {
	case -ENOSPC:
	case -EUSERS:
		return vdpam_fail(ret_error, VDPAM_ERROR_MGMTDEV_FULL, r, step->target,
				  NULL,
				  "cannot create mdev %s: %s has no room for another %s",
				  uuid, parent, type);
	case -EEXIST:
		return vdpam_fail(ret_error, VDPAM_ERROR_EXISTS, r, step->target, NULL,
				  "cannot create mdev %s: there is one of that UUID",
				  uuid);
	case -ENODEV:
	case -EAGAIN: /* the parent is about to go */
		return vdpam_fail(ret_error, VDPAM_ERROR_NO_SUCH_FUNCTION, -ENODEV,
				  step->target, NULL,
				  "cannot create mdev %s: %s went away, or is about to",
				  uuid, parent);
	case -ETIMEDOUT:
		return vdpam_fail(
			ret_error, VDPAM_ERROR_TIMEOUT, r, step->target, NULL,
			"mdev %s is not there yet: the driver of %s still works "
			"on it",
			uuid, parent);
	}
	return vdpam_fail(ret_error, code, r, step->target, NULL,
			  "cannot create mdev %s of type %s on %s", uuid, type, parent);
}

/* Whether the step's device is there: 1; 0; an error when another one has its UUID. */
static int is_created(struct vdpam_ctx *ctx, const struct vdpam_step *step,
		      struct vdpam_error **ret_error)
{
	struct vdpam_mdev mdev = { 0 };
	int r;

	r = vdpam_mdev_look(ctx, step->text[VDPAM_ARG_UUID], &mdev);
	if (r < 0)
		return r == -ENOENT ? 0 : fail_create(step, r, ret_error);
	r = 1;
	if (!mdev.parent || strcmp(mdev.parent, step->target) != 0 || !mdev.type ||
	    strcmp(mdev.type, step->text[VDPAM_ARG_MDEV_TYPE]) != 0)
		r = fail_create(step, -EEXIST, ret_error);
	vdpam_mdev_fini(&mdev);
	return r;
}

static int open_create(struct vdpam_ctx *ctx, const struct vdpam_step *step,
		       struct vdpam_error **ret_error)
{
	VDPAM_AUTO_CLOSE int parent = vdpam_mdev_open_parent(ctx, step->target);
	VDPAM_AUTO_CLOSE int type = -1;
	int fd;

	VDPAM_ESCAPED(shown, step->target);
	VDPAM_ESCAPED(shown_type, step->text[VDPAM_ARG_MDEV_TYPE]);
	if (parent < 0)
		return vdpam_fail(ret_error, VDPAM_ERROR_NO_SUCH_FUNCTION, -ENODEV,
				  step->target, NULL,
				  "%s is no parent of mediated devices", shown);
	type = vdpam_sysfs_open(parent, "mdev_supported_types",
				step->text[VDPAM_ARG_MDEV_TYPE]);
	if (type < 0)
		return vdpam_fail(ret_error, VDPAM_ERROR_NO_SUCH_FUNCTION, -ENODEV,
				  step->target, NULL, "%s has no type %s", shown,
				  shown_type);
	fd = vdpam_sysfs_open_for_write(type, "create");
	return fd < 0 ? fail_create(step, fd, ret_error) : fd;
}

static int begin_create(struct vdpam_ctx *ctx, struct vdpam_step *step,
			uint64_t deadline_usec, struct vdpam_error **ret_error)
{
	VDPAM_AUTO_CLOSE int fd = -1;
	int r;

	r = vdpam_step_lock_function(step, deadline_usec, ret_error);
	fd = r < 0 ? r : open_create(ctx, step, ret_error);
	if (fd < 0)
		return fd;
	r = vdpam_writer_new(fd, step->lock_fd, step->text[VDPAM_ARG_UUID],
			     &step->writer);
	if (!r)
		r = vdpam_writer_go(step->writer);
	return r < 0 ? fail_create(step, r, ret_error) : 0;
}

static int create(struct vdpam_ctx *ctx, struct vdpam_step *step, uint64_t deadline_usec,
		  struct vdpam_error **ret_error)
{
	int r, written;

	if (!step->writer) {
		r = is_created(ctx, step, ret_error);
		if (r)
			return r < 0 ? r : 0;
		r = begin_create(ctx, step, deadline_usec, ret_error);
		if (r < 0)
			return r;
	}
	written = vdpam_writer_wait(step->writer, deadline_usec);
	if (written == -ETIMEDOUT)
		return fail_create(step, written, ret_error);
	step->writer = vdpam_writer_free(step->writer);
	vdpam_step_unlock_function(step);
	r = written == -EEXIST ? 0 : is_created(ctx, step, ret_error);
	if (r)
		return r < 0 ? r : 0;
	return fail_create(step, written < 0 ? written : -EIO, ret_error);
}

static int fail_gone(const struct vdpam_step *step, struct vdpam_error **ret_error)
{
	VDPAM_ESCAPED(uuid, step->text[VDPAM_ARG_UUID]);
	return vdpam_fail(ret_error, VDPAM_ERROR_CHANGED_UNDERNEATH, -ESTALE,
			  step->target, NULL, "mdev %s was removed meanwhile", uuid);
}

/* Where no management device comes it is a mediated device all the same. */
static int wait_mgmtdev(struct vdpam_ctx *ctx, struct vdpam_step *step,
			uint64_t deadline_usec, struct vdpam_error **ret_error)
{
	VDPAM_AUTO_CLOSE int fd = vdpam_sysfs_open(ctx->sysfs_fd, VDPAM_MDEV_DEVICES,
						   step->text[VDPAM_ARG_UUID]);
	VDPAM_AUTO_FREE char *driver = NULL, *handle = NULL;
	int r;

	if (fd < 0)
		return fail_gone(step, ret_error);
	if (vdpam_sysfs_link_name(fd, "driver", &driver) < 0)
		return 0;
	handle = vdpam_handle_join("mdev", step->text[VDPAM_ARG_UUID]);
	if (!handle)
		return fail_create(step, -ENOMEM, ret_error);
	r = vdpam_step_wait_mgmtdev(ctx, step, fd, handle, driver, deadline_usec, NULL);
	if (r == -ETIMEDOUT)
		return vdpam_fail(ret_error, VDPAM_ERROR_TIMEOUT, r, step->target, NULL,
				  "mdev %s is there, but its management device has not "
				  "come yet",
				  step->text[VDPAM_ARG_UUID]);
	return faccessat(fd, "uevent", F_OK, 0) < 0 ? fail_gone(step, ret_error) : 0;
}

enum part {
	PART_CREATE,
	PART_WAIT,
};

int vdpam_run_mdev_create(struct vdpam_ctx *ctx, struct vdpam_step *step,
			  uint64_t deadline_usec, struct vdpam_error **ret_error)
{
	int r = 0;

	if (!step->text[VDPAM_ARG_UUID] || !step->text[VDPAM_ARG_MDEV_TYPE])
		return vdpam_fail(ret_error, VDPAM_ERROR_INVALID_VALUE, -EINVAL,
				  step->target, NULL,
				  "an mdev is created with a type and a UUID");
	if (step->part == PART_CREATE)
		r = create(ctx, step, deadline_usec, ret_error);
	if (r < 0)
		return r;
	step->part = PART_WAIT;
	return wait_mgmtdev(ctx, step, deadline_usec, ret_error);
}

/* ---- mdev-remove --------------------------------------------------------------------------- */

static int fail_remove(const struct vdpam_step *step, int r,
		       struct vdpam_error **ret_error)
{
	VDPAM_ESCAPED(uuid, step->target);
	if (r == -ETIMEDOUT)
		return vdpam_fail(
			ret_error, VDPAM_ERROR_TIMEOUT, r, step->target, NULL,
			"mdev %s is not gone yet: the kernel waits for its driver, and "
			"for whoever has it open",
			uuid);
	return vdpam_fail(ret_error, vdpam_error_code_of(r), r, step->target, NULL,
			  "cannot remove mdev %s", uuid);
}

static int begin_remove(struct vdpam_ctx *ctx, struct vdpam_step *step, int fd,
			uint64_t deadline_usec, struct vdpam_error **ret_error)
{
	VDPAM_AUTO_FREE char *handle = NULL;
	VDPAM_AUTO_CLOSE int file = -1;
	int r;

	if (asprintf(&handle, "mdev/%s", step->target) < 0)
		return fail_remove(step, -ENOMEM, ret_error);
	r = vdpam_step_lock_function(step, deadline_usec, ret_error);
	if (!r)
		r = vdpam_usage_check_function(ctx, fd, handle, VDPAM_USAGE_ANY,
					       step->target, ret_error);
	if (r < 0)
		return r;
	file = vdpam_sysfs_open_for_write(fd, "remove");
	r = file < 0 ? file : vdpam_writer_new(file, step->lock_fd, "1", &step->writer);
	if (!r)
		r = vdpam_writer_go(step->writer);
	return r < 0 ? fail_remove(step, r, ret_error) : 0;
}

int vdpam_run_mdev_remove(struct vdpam_ctx *ctx, struct vdpam_step *step,
			  uint64_t deadline_usec, struct vdpam_error **ret_error)
{
	VDPAM_AUTO_CLOSE int fd =
		vdpam_sysfs_open(ctx->sysfs_fd, VDPAM_MDEV_DEVICES, step->target);
	VDPAM_AUTO_CLOSE int again = -1;
	int r;

	if (!step->writer) {
		if (fd < 0)
			return fd == -ENOENT ? 0 : fail_remove(step, fd, ret_error);
		r = begin_remove(ctx, step, fd, deadline_usec, ret_error);
		if (r < 0) {
			vdpam_step_unlock_function(step);
			return r;
		}
	}
	r = vdpam_writer_wait(step->writer, deadline_usec);
	if (r == -ETIMEDOUT)
		return fail_remove(step, r, ret_error);
	step->writer = vdpam_writer_free(step->writer);
	vdpam_step_unlock_function(step);
	again = vdpam_sysfs_open(ctx->sysfs_fd, VDPAM_MDEV_DEVICES, step->target);
	if (again == -ENOENT)
		return 0;
	return fail_remove(step, r < 0 ? r : -EIO, ret_error);
}
