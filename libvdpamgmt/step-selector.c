// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The management device of a device that was planned before it was there: the step names the
 * function, whose management device has a name of its own only once it has come.
 */
#include <errno.h>
#include <string.h>
#include <time.h>

#include "batch.h"
#include "objects.h"
#include "step.h"

#define PAUSE_MIN_NSEC (10 * 1000 * 1000L)
#define PAUSE_MAX_NSEC (640 * 1000 * 1000L)

static bool is_wanted(const struct vdpam_step *step, const struct vdpam_mgmtdev *mgmtdev)
{
	const struct vdpam_function_info *function = &mgmtdev->function;
	uint64_t number;

	if (step->text[VDPAM_ARG_UUID])
		return function->uuid &&
		       !strcmp(function->uuid, step->text[VDPAM_ARG_UUID]);
	if (!step->text[VDPAM_ARG_PF] || !function->pf ||
	    strcmp(function->pf, step->text[VDPAM_ARG_PF]))
		return false;
	if (!vdpam_step_get_number(step, VDPAM_ARG_SFNUM, &number))
		return function->has_sfnum && function->sfnum == number;
	return !vdpam_step_get_number(step, VDPAM_ARG_VF_INDEX, &number) &&
	       function->vf_index == (int)number;
}

/* 0 when it was there, -ENODEV when it was not. */
static int look_once(struct vdpam_ctx *ctx, struct vdpam_step *step,
		     struct vdpam_error **ret_error)
{
	const struct vdpam_mgmtdev *mgmtdev = NULL;
	struct vdpam_snapshot *snapshot;
	int r;

	r = vdpam_snapshot_new(ctx, VDPAM_LOOK_BRIEF, &snapshot, ret_error);
	if (r < 0)
		return r;
	r = -ENODEV;
	while (r == -ENODEV && (mgmtdev = vdpam_mgmtdev_next(snapshot, mgmtdev))) {
		if (is_wanted(step, mgmtdev))
			r = vdpam_step_set_text(step, VDPAM_ARG_MGMTDEV, mgmtdev->handle);
	}
	vdpam_snapshot_unref(snapshot);
	return r;
}

int vdpam_step_find_mgmtdev(struct vdpam_ctx *ctx, struct vdpam_step *step,
			    uint64_t deadline_usec, struct vdpam_error **ret_error)
{
	struct timespec pause = { .tv_nsec = PAUSE_MIN_NSEC };
	int r;

	if (step->text[VDPAM_ARG_MGMTDEV])
		return 0;
	while ((r = look_once(ctx, step, ret_error)) == -ENODEV &&
	       vdpam_left_usec(deadline_usec)) {
		/* It comes without an event. Others need not wait for that with us. */
		vdpam_batch_end(ctx);
		nanosleep(&pause, NULL);
		if (pause.tv_nsec < PAUSE_MAX_NSEC)
			pause.tv_nsec *= 2;
	}
	if (r != -ENODEV)
		return r;
	VDPAM_ESCAPED(shown, step->target);
	return vdpam_fail(ret_error, VDPAM_ERROR_NO_SUCH_MGMTDEV, r, step->target, NULL,
			  "cannot create %s: the function that it is to be on has no "
			  "management device",
			  shown);
}
