// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * vf-count: from no VFs to some, or from some to none. A child process writes, for seconds to minutes
 * or for ever; meanwhile nothing is read here that would wait for it, sriov_numvfs above all.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <time.h>

#include "functions.h"
#include "step.h"
#include "sysfs.h"
#include "usage.h"

#define LOOK_USEC (100 * 1000)

/* A driver that udev loads for new VFs has come by then, or is none. */
#define SETTLED_USEC (1000 * 1000)

enum part {
	PART_WRITE,
	PART_DRIVERS, /* and one more for each VF that has its driver */
};

static uint32_t wanted_count(const struct vdpam_step *step)
{
	return (uint32_t)vdpam_step_number(step, VDPAM_ARG_COUNT_OF_VFS);
}

/* ---- Sentences ----------------------------------------------------------------------------- */

static int fail_write(const struct vdpam_step *step, int r,
		      struct vdpam_error **ret_error)
{
	VDPAM_ESCAPED(shown, step->target);
	switch (r) {
	case -ETIMEDOUT:
		return vdpam_fail(
			ret_error, VDPAM_ERROR_TIMEOUT, r, step->target, NULL,
			"the kernel has not finished changing the number of VFs of %s yet",
			shown);
	case -EACCES:
		return vdpam_fail(ret_error, VDPAM_ERROR_NOT_AUTHORIZED, r, step->target,
				  NULL, "changing the number of VFs of %s needs root",
				  shown);
	case -ENOENT:
		return vdpam_fail(
			ret_error, VDPAM_ERROR_UNSUPPORTED, r, step->target, NULL,
			"cannot change the number of VFs of %s: it has no kernel driver, "
			"or one that makes none",
			shown);
	case -EPERM:
		return vdpam_fail(
			ret_error, VDPAM_ERROR_IN_USE, r, step->target, NULL,
			"cannot change the number of VFs of %s: its driver does not "
			"permit it, as when one of them is in use by a virtual machine",
			shown);
	default:
		return vdpam_fail(ret_error, VDPAM_ERROR_KERNEL, r, step->target, NULL,
				  "cannot change the number of VFs of %s", shown);
	}
}

static int fail_count(const struct vdpam_step *step, int64_t count,
		      struct vdpam_error **ret_error)
{
	VDPAM_ESCAPED(shown, step->target);
	return vdpam_fail(ret_error, VDPAM_ERROR_KERNEL, -ENOSPC, step->target,
			  "its driver enables no more",
			  "%s has %lld VFs and not %u; they are left as they are", shown,
			  (long long)count, wanted_count(step));
}

/* ---- The write ----------------------------------------------------------------------------- */

/* Nobody must keep a VF that is to go: the write would wait for them, and all else for it. */
static int check_vfs(struct vdpam_ctx *ctx, const struct vdpam_step *step, int fd,
		     int count, struct vdpam_error **ret_error)
{
	int r = 0;

	for (int i = 0; !r && i < count; i++) {
		VDPAM_AUTO_FREE char *address = NULL, *handle = NULL;
		VDPAM_AUTO_CLOSE int vf =
			vdpam_function_open_vf(ctx, fd, (uint32_t)i, &address);

		if (vf < 0)
			continue;
		handle = vdpam_handle_join("pci", address);
		r = handle ? vdpam_usage_check_function(ctx, vf, handle, VDPAM_USAGE_ANY,
							step->target, ret_error)
			   : -ENOMEM;
	}
	return r;
}

static int check(struct vdpam_ctx *ctx, const struct vdpam_step *step, int fd, int now,
		 struct vdpam_error **ret_error)
{
	uint32_t count = wanted_count(step);
	int64_t total = 0;

	VDPAM_ESCAPED(shown, step->target);
	if (vdpam_sysfs_read_number(fd, "sriov_totalvfs", &total) < 0)
		return vdpam_fail(ret_error, VDPAM_ERROR_NO_SUCH_FUNCTION, -EOPNOTSUPP,
				  step->target, NULL, "%s has no SR-IOV", shown);
	if (count > total)
		return vdpam_fail(ret_error, VDPAM_ERROR_INVALID_VALUE, -ERANGE,
				  step->target, NULL,
				  "%s can have %lld VFs at most, not %u", shown,
				  (long long)total, count);
	if (now && count)
		return vdpam_fail(
			ret_error, VDPAM_ERROR_CHANGED_UNDERNEATH, -EBUSY, step->target,
			NULL,
			"%s has %d VFs by now, and their number can be changed only from "
			"or to none",
			shown, now);
	return check_vfs(ctx, step, fd, now, ret_error);
}

static int start_write(struct vdpam_ctx *ctx, struct vdpam_step *step, int fd,
		       struct vdpam_error **ret_error)
{
	const char *driver = step->text[VDPAM_ARG_DRIVER];
	VDPAM_AUTO_CLOSE int file = -1;
	char token[16];
	int now, r;

	now = vdpam_function_count_vfs(fd);
	if (now < 0)
		return vdpam_step_check_function(step, fd, ret_error) < 0
			       ? -ENODEV
			       : fail_write(step, now, ret_error);
	vdpam_step_restore_autoprobe(step, fd);
	if ((uint32_t)now == wanted_count(step))
		return 0;
	r = check(ctx, step, fd, now, ret_error);
	if (!r && driver)
		r = vdpam_step_ensure_driver(ctx, step, driver, ret_error);
	if (r < 0)
		return r;
	file = vdpam_sysfs_open_for_write(fd, "sriov_numvfs");
	if (file < 0)
		return fail_write(step, file, ret_error);
	if (driver)
		r = vdpam_step_hold_autoprobe(step, fd);
	snprintf(token, sizeof(token), "%u", wanted_count(step));
	if (!r)
		r = vdpam_writer_new(file, step->lock_fd, token, &step->writer);
	if (!r)
		r = vdpam_writer_go(step->writer);
	return r < 0 ? fail_write(step, r, ret_error) : 0;
}

static void say_count(struct vdpam_ctx *ctx, const struct vdpam_step *step, int fd,
		      int *count)
{
	int now = vdpam_function_count_vfs(fd);

	VDPAM_ESCAPED(shown, step->target);
	if (now >= 0 && now != *count)
		vdpam_log(ctx, LOG_INFO, "%s has %d VFs of %u", shown, now,
			  wanted_count(step));
	*count = now;
}

static int finish_write(struct vdpam_ctx *ctx, struct vdpam_step *step, int fd,
			uint64_t deadline_usec, struct vdpam_error **ret_error)
{
	int r, count = -1;

	do {
		uint64_t left = vdpam_left_usec(deadline_usec);

		say_count(ctx, step, fd, &count);
		r = vdpam_writer_wait(
			step->writer,
			vdpam_deadline_usec(left < LOOK_USEC ? left : LOOK_USEC));
	} while (r == -ETIMEDOUT && vdpam_left_usec(deadline_usec));
	if (r == -ETIMEDOUT)
		return fail_write(step, r, ret_error);
	step->writer = vdpam_writer_free(step->writer);
	if (!r)
		return 0;
	vdpam_step_restore_autoprobe(step, fd);
	if (vdpam_step_check_function(step, fd, ret_error) < 0)
		return -ENODEV;
	r = fail_write(step, r, ret_error);
	count = vdpam_function_count_vfs(fd);
	if (count >= 0)
		vdpam_error_add(ret_error, "it has %d VFs now", count);
	return r;
}

/* ---- What comes of it ---------------------------------------------------------------------- */

struct seen {
	uint32_t vfs;
	uint32_t drivers;
};

static struct seen look_at_vfs(struct vdpam_ctx *ctx, const struct vdpam_step *step,
			       int fd)
{
	struct seen seen = { 0 };

	for (uint32_t i = 0; i < wanted_count(step); i++) {
		VDPAM_AUTO_FREE char *address = NULL, *driver = NULL;
		VDPAM_AUTO_CLOSE int vf = vdpam_function_open_vf(ctx, fd, i, &address);

		seen.vfs += vf >= 0;
		seen.drivers += vf >= 0 && !vdpam_sysfs_link_name(vf, "driver", &driver);
	}
	return seen;
}

/* Links and drivers may come after the write: waits for all VFs, and drivers as long as some come. */
static int wait_for_vfs(struct vdpam_ctx *ctx, struct vdpam_step *step, int fd,
			uint64_t deadline_usec, struct vdpam_error **ret_error)
{
	const struct timespec pause = { .tv_nsec = LOOK_USEC * 1000 };
	uint64_t settled = vdpam_deadline_usec(SETTLED_USEC);
	uint32_t count = wanted_count(step);
	struct seen before = { 0 };
	int64_t autoprobe = 0;

	if (!step->text[VDPAM_ARG_DRIVER])
		vdpam_sysfs_read_number(fd, VDPAM_SRIOV_AUTOPROBE, &autoprobe);
	for (;;) {
		struct seen now = look_at_vfs(ctx, step, fd);

		if (memcmp(&now, &before, sizeof(now)))
			settled = vdpam_deadline_usec(SETTLED_USEC);
		if (now.vfs == count &&
		    (!autoprobe || now.drivers == count || !vdpam_left_usec(settled)))
			return 0;
		if (vdpam_step_check_function(step, fd, ret_error) < 0)
			return -ENODEV;
		if (!vdpam_left_usec(deadline_usec))
			return fail_write(step, -ETIMEDOUT, ret_error);
		before = now;
		nanosleep(&pause, NULL);
	}
}

static int read_back(struct vdpam_ctx *ctx, struct vdpam_step *step, int fd,
		     uint64_t deadline_usec, struct vdpam_error **ret_error)
{
	int64_t count = -1;
	int r;

	/* Nobody writes to it now: our child has ended, and we have the lock. */
	r = vdpam_sysfs_read_number(fd, "sriov_numvfs", &count);
	if (vdpam_step_check_function(step, fd, ret_error) < 0)
		return -ENODEV;
	if (r < 0 || count != (int64_t)wanted_count(step)) {
		vdpam_step_restore_autoprobe(step, fd);
		return fail_count(step, count, ret_error);
	}
	return wait_for_vfs(ctx, step, fd, deadline_usec, ret_error);
}

/* ---- The driver that they are to have ------------------------------------------------------ */

/* While no driver is probed by itself: from here on none but this one can be. */
static int override(struct vdpam_ctx *ctx, const struct vdpam_step *step, int fd,
		    struct vdpam_error **ret_error)
{
	int r = 0;

	for (uint32_t i = 0; !r && i < wanted_count(step); i++) {
		VDPAM_AUTO_FREE char *address = NULL, *driver = NULL;
		VDPAM_AUTO_CLOSE int vf = vdpam_function_open_vf(ctx, fd, i, &address);

		if (vf >= 0 && vdpam_sysfs_link_name(vf, "driver", &driver) < 0)
			r = vdpam_sysfs_write(vf, "driver_override",
					      step->text[VDPAM_ARG_DRIVER]);
	}
	vdpam_step_restore_autoprobe(step, fd);
	if (vdpam_step_check_function(step, fd, ret_error) < 0)
		return -ENODEV;
	return r < 0 ? fail_write(step, r, ret_error) : 0;
}

static int bind_vf(struct vdpam_ctx *ctx, struct vdpam_step *step, int fd, uint32_t index,
		   uint64_t deadline_usec, struct vdpam_error **ret_error)
{
	const char *driver = step->text[VDPAM_ARG_DRIVER];
	VDPAM_AUTO_FREE char *address = NULL, *handle = NULL;
	VDPAM_AUTO_CLOSE int vf = vdpam_function_open_vf(ctx, fd, index, &address);
	int r;

	VDPAM_ESCAPED(shown, step->target);
	handle = vf < 0 ? NULL : vdpam_handle_join("pci", address);
	if (!handle)
		return vdpam_step_check_function(step, fd, ret_error) < 0
			       ? -ENODEV
			       : vdpam_fail(ret_error, VDPAM_ERROR_CHANGED_UNDERNEATH,
					    -ESTALE, step->target, NULL,
					    "VF %u of %s is gone again", index, shown);
	r = vdpam_step_bind_function(ctx, step, vf, handle, driver, deadline_usec,
				     ret_error);
	if (!r)
		r = vdpam_step_wait_mgmtdev(ctx, step, vf, handle, driver, deadline_usec,
					    ret_error);
	if (r < 0 && r != -ETIMEDOUT)
		vdpam_error_add(ret_error,
				"%s has its %u VFs, %u of them with that driver", shown,
				wanted_count(step), index);
	return r;
}

static int bind_vfs(struct vdpam_ctx *ctx, struct vdpam_step *step, int fd,
		    uint64_t deadline_usec, struct vdpam_error **ret_error)
{
	int r = 0;

	if (step->part == PART_DRIVERS && !step->writer)
		r = override(ctx, step, fd, ret_error);
	while (!r && step->part - PART_DRIVERS < wanted_count(step)) {
		r = bind_vf(ctx, step, fd, step->part - PART_DRIVERS, deadline_usec,
			    ret_error);
		if (!r) {
			step->part++;
			step->give_up_usec = 0;
		}
	}
	return r;
}

static int change(struct vdpam_ctx *ctx, struct vdpam_step *step, int fd,
		  uint64_t deadline_usec, struct vdpam_error **ret_error)
{
	int r = 0;

	if (step->part == PART_WRITE) {
		if (!step->writer)
			r = start_write(ctx, step, fd, ret_error);
		if (!r && step->writer)
			r = finish_write(ctx, step, fd, deadline_usec, ret_error);
		if (!r)
			r = read_back(ctx, step, fd, deadline_usec, ret_error);
		if (r < 0)
			return r;
		step->part = PART_DRIVERS;
	}
	return step->text[VDPAM_ARG_DRIVER]
		       ? bind_vfs(ctx, step, fd, deadline_usec, ret_error)
		       : 0;
}

int vdpam_run_vf_count(struct vdpam_ctx *ctx, struct vdpam_step *step,
		       uint64_t deadline_usec, struct vdpam_error **ret_error)
{
	VDPAM_AUTO_CLOSE int fd = vdpam_step_open_function(ctx, step, ret_error);
	int r;

	if (fd < 0)
		return fd;
	r = vdpam_step_lock_function(step, deadline_usec, ret_error);
	if (!r)
		r = change(ctx, step, fd, deadline_usec, ret_error);
	if (r != -ETIMEDOUT)
		vdpam_step_unlock_function(step);
	return r;
}
