// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * function-bind and function-unbind: which kernel driver a function has. The vDPA devices on it must
 * have no driver by then: a removal that waits for one of them makes the whole host wait.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "functions.h"
#include "state.h"
#include "step.h"
#include "sysfs.h"
#include "usage.h"

/* ---- The function of a step ---------------------------------------------------------------- */

int vdpam_step_open_function(struct vdpam_ctx *ctx, const struct vdpam_step *step,
			     struct vdpam_error **ret_error)
{
	uint64_t identity = vdpam_step_number(step, VDPAM_ARG_IDENTITY);
	int fd = vdpam_function_open(ctx, step->target);
	struct stat st;

	VDPAM_ESCAPED(shown, step->target);
	if (fd < 0)
		return vdpam_fail(ret_error, VDPAM_ERROR_NO_SUCH_FUNCTION, -ENODEV,
				  step->target, NULL, "there is no function %s", shown);
	if (fstat(fd, &st) < 0 || (identity && st.st_ino != identity)) {
		close(fd);
		return vdpam_fail(
			ret_error, VDPAM_ERROR_CHANGED_UNDERNEATH, -ESTALE, step->target,
			NULL,
			"%s is not the function any more that it was a moment ago: it was "
			"removed and came again; look again",
			shown);
	}
	return fd;
}

int vdpam_step_lock_function(struct vdpam_step *step, uint64_t deadline_usec,
			     struct vdpam_error **ret_error)
{
	VDPAM_AUTO_CLOSE int state_fd = -1;
	char name[NAME_MAX + 1];
	char *slash;
	int r;

	if (step->lock_fd >= 0)
		return 0;
	if (snprintf(name, sizeof(name), "lock-%s", step->target) >= (int)sizeof(name))
		r = -ENAMETOOLONG;
	else
		r = state_fd = vdpam_state_open();
	while ((slash = strchr(name, '/')))
		*slash = ':';
	if (r >= 0)
		r = vdpam_state_lock(state_fd, name, deadline_usec);
	step->lock_fd = r < 0 ? -1 : r;
	if (r >= 0)
		return 0;
	VDPAM_ESCAPED(shown, step->target);
	if (r == -ETIMEDOUT)
		return vdpam_fail(
			ret_error, VDPAM_ERROR_TIMEOUT, r, step->target, NULL,
			"another process is still changing %s, and two at once are one "
			"too many",
			shown);
	if (r == -EACCES || r == -EPERM)
		return vdpam_fail(ret_error, VDPAM_ERROR_NOT_AUTHORIZED, r, step->target,
				  NULL, "changing %s needs root", shown);
	return vdpam_fail(ret_error, VDPAM_ERROR_KERNEL, r, step->target, NULL,
			  "cannot take the lock of %s in /run/vdpad/state", shown);
}

void vdpam_step_unlock_function(struct vdpam_step *step)
{
	if (step->lock_fd >= 0)
		close(step->lock_fd);
	step->lock_fd = -1;
}

/* ---- function-unbind ----------------------------------------------------------------------- */

/* What would cease with the driver beside the devices on the function itself. */
static int check_children(const struct vdpam_step *step, int fd,
			  struct vdpam_error **ret_error)
{
	int count = vdpam_function_count_vfs(fd);

	VDPAM_ESCAPED(shown, step->target);
	if (count <= 0)
		return 0;
	return vdpam_fail(
		ret_error, VDPAM_ERROR_COLLATERAL, -EBUSY, step->target, NULL,
		"cannot change the driver of %s: its %d VFs would go with it; 'vdpactl vf "
		"count %s 0 --force' removes them",
		shown, count, shown);
}

/* Takes the driver away; nothing when there is none. */
static int take_away(struct vdpam_ctx *ctx, struct vdpam_step *step, int fd,
		     uint64_t deadline_usec, struct vdpam_error **ret_error)
{
	int r = 0;

	if (!step->writer) {
		r = check_children(step, fd, ret_error);
		if (!r)
			r = vdpam_usage_check_function(ctx, fd, step->target,
						       VDPAM_USAGE_ANY, step->target,
						       ret_error);
	}
	return r < 0 ? r
		     : vdpam_step_unbind_function(ctx, step, fd, step->target,
						  deadline_usec, ret_error);
}

static int unbind(struct vdpam_ctx *ctx, struct vdpam_step *step, int fd,
		  uint64_t deadline_usec, struct vdpam_error **ret_error)
{
	int r = take_away(ctx, step, fd, deadline_usec, ret_error);

	if (r < 0)
		return r;
	/* No driver has this name. A bus without overrides binds nothing by itself any more. */
	r = vdpam_sysfs_write(fd, "driver_override", "none");
	if (r == -ENOENT)
		return vdpam_step_check_function(step, fd, ret_error);
	VDPAM_ESCAPED(shown, step->target);
	return r < 0 ? vdpam_fail(ret_error, VDPAM_ERROR_KERNEL, r, step->target, NULL,
				  "%s has no driver now, but one may take it", shown)
		     : 0;
}

int vdpam_run_function_unbind(struct vdpam_ctx *ctx, struct vdpam_step *step,
			      uint64_t deadline_usec, struct vdpam_error **ret_error)
{
	VDPAM_AUTO_CLOSE int fd = vdpam_step_open_function(ctx, step, ret_error);
	int r;

	if (fd < 0)
		return fd;
	r = vdpam_step_lock_function(step, deadline_usec, ret_error);
	if (!r)
		r = unbind(ctx, step, fd, deadline_usec, ret_error);
	if (!step->writer)
		vdpam_step_unlock_function(step);
	return r;
}

/* ---- function-bind ------------------------------------------------------------------------- */

enum part {
	PART_TAKE,
	PART_GIVE,
	PART_GIVE_BACK,
	PART_WAIT,
};

/* Keeps the new driver's refusal: the one before may take its time to take it again. */
static int give(struct vdpam_ctx *ctx, struct vdpam_step *step, int fd,
		uint64_t deadline_usec, struct vdpam_error **ret_error)
{
	struct vdpam_error *error = NULL;
	int r = vdpam_step_bind_function(ctx, step, fd, step->target,
					 step->text[VDPAM_ARG_DRIVER], deadline_usec,
					 &error);

	if (!r)
		step->part = PART_WAIT;
	if (!r || r == -ETIMEDOUT || !step->previous ||
	    vdpam_step_check_function(step, fd, NULL) < 0)
		return vdpam_error_pass(ret_error, error, r);
	step->part = PART_GIVE_BACK;
	step->refusal = error;
	return 0;
}

/* After the new driver has refused it: the old one gets it back. */
static int give_back(struct vdpam_ctx *ctx, struct vdpam_step *step, int fd,
		     uint64_t deadline_usec, struct vdpam_error **ret_error)
{
	struct vdpam_error *error = step->refusal;
	int r = vdpam_step_bind_function(ctx, step, fd, step->target, step->previous,
					 deadline_usec, NULL);

	VDPAM_ESCAPED(shown, step->target);
	VDPAM_ESCAPED(driver, step->previous);
	VDPAM_ESCAPED(refuser, step->text[VDPAM_ARG_DRIVER]);
	if (r == -ETIMEDOUT)
		return vdpam_fail(
			ret_error, VDPAM_ERROR_TIMEOUT, r, step->target, NULL,
			"%s has refused %s, and giving it back to %s takes longer",
			refuser, shown, driver);
	if (r < 0)
		vdpam_error_add(&error, "%s, which %s had, is left without a driver",
				shown, driver);
	else
		vdpam_error_add(&error, "%s has it again", driver);
	step->refusal = NULL;
	step->part = PART_TAKE;
	return vdpam_error_pass(ret_error, error, -vdpam_error_get_errno(error));
}

/* Where an earlier run has stopped, it goes on. */
static int bind(struct vdpam_ctx *ctx, struct vdpam_step *step, int fd,
		uint64_t deadline_usec, struct vdpam_error **ret_error)
{
	const char *driver = step->text[VDPAM_ARG_DRIVER];
	int r = 0;

	if (step->part == PART_TAKE && !step->writer) {
		free(step->previous);
		step->previous = NULL;
		vdpam_sysfs_link_name(fd, "driver", &step->previous);
		if (step->previous && !strcmp(step->previous, driver))
			step->part = PART_WAIT;
		else
			r = vdpam_step_ensure_driver(ctx, step, driver, ret_error);
	}
	if (!r && step->part == PART_TAKE) {
		r = take_away(ctx, step, fd, deadline_usec, ret_error);
		step->part = r < 0 ? PART_TAKE : PART_GIVE;
	}
	if (!r && step->part == PART_GIVE)
		r = give(ctx, step, fd, deadline_usec, ret_error);
	if (!r && step->part == PART_GIVE_BACK)
		r = give_back(ctx, step, fd, deadline_usec, ret_error);
	return r < 0 ? r
		     : vdpam_step_wait_mgmtdev(ctx, step, fd, step->target, driver,
					       deadline_usec, ret_error);
}

int vdpam_run_function_bind(struct vdpam_ctx *ctx, struct vdpam_step *step,
			    uint64_t deadline_usec, struct vdpam_error **ret_error)
{
	VDPAM_AUTO_CLOSE int fd = vdpam_step_open_function(ctx, step, ret_error);
	int r;

	if (fd < 0)
		return fd;
	r = vdpam_step_lock_function(step, deadline_usec, ret_error);
	if (!r)
		r = bind(ctx, step, fd, deadline_usec, ret_error);
	if (r != -ETIMEDOUT)
		vdpam_step_unlock_function(step);
	return r;
}
