// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Whether somebody uses what a plan takes away: asked before its first step, so that it is refused
 * whole and not in its middle. Each step asks again when it runs. Changes nothing.
 */
#include <errno.h>
#include <string.h>

#include "functions.h"
#include "objects.h"
#include "step.h"
#include "usage.h"

static int check_device(struct vdpam_ctx *ctx, const struct vdpam_snapshot *snapshot,
			const struct vdpam_step *step, struct vdpam_error **ret_error)
{
	const struct vdpam_device *device =
		vdpam_snapshot_find_device(snapshot, step->target);

	if (!device || vdpam_device_is_in_use(ctx, device, NULL) <= 0)
		return 0;
	return vdpam_usage_fail(ret_error, device);
}

/* Of the other devices on it the steps that unbind them are asked. */
static int check_own_devices(const struct vdpam_snapshot *snapshot, const char *handle,
			     const char *target, struct vdpam_error **ret_error)
{
	for (size_t i = 0; snapshot && i < snapshot->n_devices; i++) {
		const struct vdpam_device *device = &snapshot->devices[i];

		if (device->function && !strcmp(device->function, handle) &&
		    device->driver)
			return vdpam_usage_fail_bound(ret_error, target,
						      device->info.name, device->driver);
	}
	return 0;
}

static int check_function(struct vdpam_ctx *ctx, const struct vdpam_snapshot *snapshot,
			  const char *handle, const char *target,
			  struct vdpam_error **ret_error)
{
	VDPAM_AUTO_CLOSE int fd = vdpam_function_open(ctx, handle);
	int r;

	if (fd < 0)
		return 0;
	r = check_own_devices(snapshot, handle, target, ret_error);
	return r ? r
		 : vdpam_usage_check_function(ctx, fd, handle,
					      VDPAM_USAGE_OPEN | VDPAM_USAGE_OWN, target,
					      ret_error);
}

/* Whether the step, which is on a PF, takes this function away. */
static bool takes_away(const struct vdpam_step *step,
		       const struct vdpam_function *function)
{
	const struct vdpam_function_info *info = &function->info;

	if (!info->pf || strcmp(info->pf, step->target))
		return false;
	if (step->operation == VDPAM_SF_DEL)
		return info->has_sfnum &&
		       info->sfnum == vdpam_step_number(step, VDPAM_ARG_SFNUM);
	return info->vf_index >= 0;
}

static int check_functions(struct vdpam_ctx *ctx, const struct vdpam_snapshot *snapshot,
			   const struct vdpam_step *step, struct vdpam_error **ret_error)
{
	int r = 0;

	for (size_t i = 0; !r && i < snapshot->n_functions; i++) {
		if (takes_away(step, &snapshot->functions[i]))
			r = check_function(ctx, snapshot, snapshot->functions[i].handle,
					   step->target, ret_error);
	}
	return r;
}

static int check_step(struct vdpam_ctx *ctx, const struct vdpam_snapshot *snapshot,
		      const struct vdpam_step *step, struct vdpam_error **ret_error)
{
	switch (step->operation) {
	case VDPAM_DRIVER_UNBIND:
		return check_device(ctx, snapshot, step, ret_error);
	case VDPAM_FUNCTION_BIND:
	case VDPAM_FUNCTION_UNBIND:
		return check_function(ctx, snapshot, step->target, step->target,
				      ret_error);
	case VDPAM_VF_COUNT:
		if (vdpam_step_number(step, VDPAM_ARG_COUNT_OF_VFS))
			return 0;
		return check_functions(ctx, snapshot, step, ret_error);
	case VDPAM_SF_DEL:
		return check_functions(ctx, snapshot, step, ret_error);
	case VDPAM_DEVICE_CREATE:
	case VDPAM_DEVICE_DELETE:
	case VDPAM_DEVICE_SET:
	case VDPAM_DRIVER_BIND:
	case VDPAM_CHARDEV_SET:
	case VDPAM_DEVICE_ANNOUNCE:
	case VDPAM_VF_SET:
	case VDPAM_SF_ADD:
	case VDPAM_MDEV_CREATE:
	case VDPAM_MDEV_REMOVE: /* with devices on it, it is not for VFIO */
		break;
	}
	return 0;
}

int vdpam_plan_check_use(struct vdpam_ctx *ctx, const struct vdpam_snapshot *snapshot,
			 const struct vdpam_plan *plan, struct vdpam_error **ret_error)
{
	int r = 0;

	for (size_t i = 0; !r && i < vdpam_plan_count(plan); i++) {
		const struct vdpam_step *step = vdpam_plan_get_step(plan, i);

		if (!vdpam_step_number(step, VDPAM_ARG_FORCE))
			r = check_step(ctx, snapshot, step, ret_error);
	}
	return r;
}
