// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The part of a plan that empties a management device before what it sits on goes away: the kernel
 * would delete its devices under the lock of all vDPA, waiting for whoever has one open. Pure.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "objects.h"
#include "parent.h"
#include "plan.h"
#include "private.h"

int vdpam_plan_add_unbind(struct vdpam_plan *plan, const struct vdpam_device *device,
			  bool force)
{
	VDPAM_AUTO_FREE char *why = NULL;
	struct vdpam_step *step;
	int r;

	if (asprintf(&why, "%s has it",
		     device->driver ? device->driver : "an unbind that waits") < 0)
		return -ENOMEM;
	r = vdpam_plan_add(plan, VDPAM_DRIVER_UNBIND, device->info.name, why, &step);
	if (!r && device->identity)
		r = vdpam_step_set_number(step, VDPAM_ARG_IDENTITY, device->identity);
	if (!r && device->driver)
		r = vdpam_step_set_text(step, VDPAM_ARG_DRIVER, device->driver);
	if (!r && force)
		r = vdpam_step_set_number(step, VDPAM_ARG_FORCE, 1);
	return r;
}

static int add_delete(struct vdpam_plan *plan, const struct vdpam_device *device)
{
	struct vdpam_step *step;
	int r;

	r = vdpam_plan_add(plan, VDPAM_DEVICE_DELETE, device->info.name,
			   "what it sits on goes", &step);
	if (!r && device->identity)
		r = vdpam_step_set_number(step, VDPAM_ARG_IDENTITY, device->identity);
	return r;
}

/* One management device, or those on all VFs of one PF. */
struct place {
	const char *handle;
	const char *pf;
};

static bool is_on(const struct vdpam_snapshot *snapshot, const char *handle,
		  const struct place *place)
{
	const struct vdpam_mgmtdev *mgmtdev;

	if (place->handle)
		return !strcmp(handle, place->handle);
	mgmtdev = vdpam_snapshot_find_mgmtdev(snapshot, handle);
	return mgmtdev && mgmtdev->function.pf && mgmtdev->function.vf_index >= 0 &&
	       !strcmp(mgmtdev->function.pf, place->pf);
}

static const struct vdpam_device *next_on(const struct vdpam_snapshot *snapshot,
					  const struct place *place,
					  const struct vdpam_device *device)
{
	while ((device = vdpam_device_next(snapshot, device))) {
		if (device->mgmtdev && is_on(snapshot, device->mgmtdev, place))
			break;
	}
	return device;
}

static int check(const struct vdpam_snapshot *snapshot, const struct place *place,
		 struct vdpam_error **ret_error)
{
	const struct vdpam_device *device = NULL;
	int r = 0;

	while (!r && (device = next_on(snapshot, place, device)))
		r = vdpam_parent_check_delete(snapshot, device, ret_error);
	return r;
}

int vdpam_plan_check_drain(const struct vdpam_snapshot *snapshot, const char *handle,
			   struct vdpam_error **ret_error)
{
	return check(snapshot, &(struct place){ .handle = handle }, ret_error);
}

int vdpam_plan_check_drain_vfs(const struct vdpam_snapshot *snapshot, const char *pf,
			       struct vdpam_error **ret_error)
{
	return check(snapshot, &(struct place){ .pf = pf }, ret_error);
}

/* Each step needs the one before it, and so all of them. */
void vdpam_plan_require_previous(struct vdpam_plan *plan)
{
	if (plan->count > 1)
		vdpam_plan_require(plan, plan->count - 2);
}

static int add(struct vdpam_plan *plan, const struct vdpam_snapshot *snapshot,
	       const struct place *place, bool force)
{
	const struct vdpam_device *device = NULL;
	int r = 0;

	/* All unbinds first: they are what can be refused, and then nothing is lost yet. */
	while (!r && (device = next_on(snapshot, place, device))) {
		if (!device->driver && !device->unbinding)
			continue;
		r = vdpam_plan_add_unbind(plan, device, force);
		if (!r)
			vdpam_plan_require_previous(plan);
	}
	while (!r && (device = next_on(snapshot, place, device))) {
		r = add_delete(plan, device);
		if (!r)
			vdpam_plan_require_previous(plan);
	}
	return r;
}

int vdpam_plan_add_drain(struct vdpam_plan *plan, const struct vdpam_snapshot *snapshot,
			 const char *handle, bool force)
{
	return add(plan, snapshot, &(struct place){ .handle = handle }, force);
}

int vdpam_plan_add_drain_vfs(struct vdpam_plan *plan,
			     const struct vdpam_snapshot *snapshot, const char *pf,
			     bool force)
{
	return add(plan, snapshot, &(struct place){ .pf = pf }, force);
}
