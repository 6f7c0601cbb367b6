// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Plans for the verbs that change functions: what is emptied first, what is lost besides, and what
 * is refused before the kernel is asked. Pure: looks at a snapshot, does no I/O.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "objects.h"
#include "plan.h"
#include "private.h"
#include "step.h"

static int find(const struct vdpam_snapshot *snapshot, const char *handle,
		const struct vdpam_function **ret_function,
		struct vdpam_error **ret_error)
{
	VDPAM_ESCAPED(shown, handle);
	*ret_function = vdpam_snapshot_find_function(snapshot, handle);
	if (!*ret_function)
		return vdpam_fail(ret_error, VDPAM_ERROR_NO_SUCH_FUNCTION, -ENODEV,
				  handle, NULL, "there is no function %s", shown);
	return 0;
}

int vdpam_plan_add_on_function(struct vdpam_plan *plan, enum vdpam_operation operation,
			       const struct vdpam_function *function,
			       struct vdpam_step **ret_step)
{
	int r;

	r = vdpam_plan_add(plan, operation, function->handle, "asked for", ret_step);
	if (r < 0)
		return r;
	vdpam_plan_require_previous(plan);
	return function->identity ? vdpam_step_set_number(*ret_step, VDPAM_ARG_IDENTITY,
							  function->identity)
				  : 0;
}

static int check_driver(const char *handle, const char *driver,
			struct vdpam_error **ret_error)
{
	VDPAM_ESCAPED(shown, driver);
	if (vdpam_name_is_valid(driver))
		return 0;
	return vdpam_fail(ret_error, VDPAM_ERROR_INVALID_VALUE, -EINVAL, handle, NULL,
			  "'%s' cannot be the name of a kernel driver", shown);
}

/* ---- What is emptied first ----------------------------------------------------------------- */

static int check_drain(const struct vdpam_snapshot *snapshot,
		       const struct vdpam_function *function,
		       struct vdpam_error **ret_error)
{
	return function->mgmtdev
		       ? vdpam_plan_check_drain(snapshot, function->mgmtdev, ret_error)
		       : 0;
}

static int add_drain(struct vdpam_plan *plan, const struct vdpam_snapshot *snapshot,
		     const struct vdpam_function *function)
{
	return function->mgmtdev
		       ? vdpam_plan_add_drain(plan, snapshot, function->mgmtdev, false)
		       : 0;
}

/* ---- What is lost -------------------------------------------------------------------------- */

static bool is_vf_of(const struct vdpam_function_info *info, const char *pf)
{
	return info->pf && info->vf_index >= 0 && !strcmp(info->pf, pf);
}

/* By way of a management device, or made by the VF's driver itself. */
static bool is_on_vf_of(const struct vdpam_snapshot *snapshot,
			const struct vdpam_device *device, const char *pf)
{
	const struct vdpam_mgmtdev *mgmtdev = vdpam_device_find_mgmtdev(snapshot, device);
	const struct vdpam_function *function =
		device->function
			? vdpam_snapshot_find_function(snapshot, device->function)
			: NULL;

	return (mgmtdev && is_vf_of(&mgmtdev->function, pf)) ||
	       (function && is_vf_of(&function->info, pf));
}

int vdpam_plan_add_lost_vfs(struct vdpam_step *step,
			    const struct vdpam_snapshot *snapshot, const char *pf)
{
	int r = 0;

	for (size_t i = 0; !r && i < snapshot->n_functions; i++) {
		if (is_vf_of(&snapshot->functions[i].info, pf))
			r = vdpam_step_add_collateral(step,
						      snapshot->functions[i].handle);
	}
	for (size_t i = 0; !r && i < snapshot->n_devices; i++) {
		if (is_on_vf_of(snapshot, &snapshot->devices[i], pf))
			r = vdpam_step_add_collateral(step,
						      snapshot->devices[i].info.name);
	}
	return r;
}

int vdpam_plan_add_lost_on(struct vdpam_step *step, const struct vdpam_snapshot *snapshot,
			   const char *mgmtdev)
{
	int r = 0;

	for (size_t i = 0; !r && i < snapshot->n_devices; i++) {
		const struct vdpam_device *device = &snapshot->devices[i];

		if (device->mgmtdev && !strcmp(device->mgmtdev, mgmtdev))
			r = vdpam_step_add_collateral(step, device->info.name);
	}
	return r;
}

/* "pci/0000:01:10.0, pci/0000:01:10.2, n0"; to be freed. */
static char *list_lost(const struct vdpam_step *step)
{
	char *list = NULL;

	for (size_t i = 0; i < step->n_collateral; i++) {
		VDPAM_AUTO_FREE char *before = list;
		VDPAM_ESCAPED(name, step->collateral[i]);
		if (asprintf(&list, "%s%s%s", before ? before : "", before ? ", " : "",
			     name) < 0)
			return NULL;
	}
	return list;
}

static int refuse_loss(const struct vdpam_step *step, const struct vdpam_function *pf,
		       uint32_t count, struct vdpam_error **ret_error)
{
	VDPAM_AUTO_FREE char *lost = list_lost(step);

	VDPAM_ESCAPED(shown, pf->handle);
	return vdpam_fail(ret_error, VDPAM_ERROR_COLLATERAL, -EBUSY, pf->handle, NULL,
			  "%s has %d VFs, and on the way to %u all of them are removed; "
			  "without --force that is refused, because it ends %s",
			  shown, pf->sriov_count, count, lost ? lost : "them");
}

/* ---- vf count ------------------------------------------------------------------------------ */

int vdpam_plan_find_pf(const struct vdpam_snapshot *snapshot, const char *handle,
		       uint32_t count, const struct vdpam_function **ret_pf,
		       struct vdpam_error **ret_error)
{
	int r = find(snapshot, handle, ret_pf, ret_error);

	VDPAM_ESCAPED(shown, handle);
	if (r < 0)
		return r;
	if ((*ret_pf)->sriov_total <= 0)
		return vdpam_fail(ret_error, VDPAM_ERROR_NO_SUCH_FUNCTION, -EOPNOTSUPP,
				  handle, NULL, "%s has no SR-IOV", shown);
	if (count > (uint32_t)(*ret_pf)->sriov_total)
		return vdpam_fail(ret_error, VDPAM_ERROR_INVALID_VALUE, -ERANGE, handle,
				  NULL, "%s can have %d VFs at most, not %u", shown,
				  (*ret_pf)->sriov_total, count);
	return 0;
}

static int add_count(struct vdpam_plan *plan, const struct vdpam_function *pf, int now,
		     uint32_t count, struct vdpam_step **ret_step)
{
	char before[16], after[16];
	int r;

	snprintf(before, sizeof(before), "%d", now);
	snprintf(after, sizeof(after), "%u", count);
	r = vdpam_plan_add_on_function(plan, VDPAM_VF_COUNT, pf, ret_step);
	if (!r)
		r = vdpam_step_set_number(*ret_step, VDPAM_ARG_COUNT_OF_VFS, count);
	return r < 0 ? r : vdpam_step_add_change(*ret_step, "count", before, after);
}

static int add_function_bind(struct vdpam_plan *plan,
			     const struct vdpam_snapshot *snapshot,
			     const struct vdpam_function *function, const char *driver)
{
	struct vdpam_step *step = NULL;
	int r;

	r = add_drain(plan, snapshot, function);
	if (!r)
		r = vdpam_plan_add_on_function(plan, VDPAM_FUNCTION_BIND, function,
					       &step);
	if (!r)
		r = vdpam_step_set_text(step, VDPAM_ARG_DRIVER, driver);
	return r < 0 ? r
		     : vdpam_step_add_change(step, "driver", function->info.driver,
					     driver);
}

static bool needs_driver(const struct vdpam_function *vf, const char *pf,
			 const char *driver)
{
	return !strncmp(vf->handle, "pci/", 4) && is_vf_of(&vf->info, pf) &&
	       (!vf->info.driver || strcmp(vf->info.driver, driver));
}

/* VFs that stay, and shall have another driver. */
static int plan_drivers(struct vdpam_plan *plan, const struct vdpam_snapshot *snapshot,
			const char *pf, const char *driver, struct vdpam_plan **ret_plan,
			struct vdpam_error **ret_error)
{
	int r = 0;

	for (size_t i = 0; !r && i < snapshot->n_functions; i++) {
		const struct vdpam_function *vf = &snapshot->functions[i];

		if (!needs_driver(vf, pf, driver))
			continue;
		r = check_drain(snapshot, vf, ret_error);
		if (r < 0) {
			vdpam_plan_free(plan);
			return r;
		}
		r = add_function_bind(plan, snapshot, vf, driver);
	}
	return vdpam_plan_finish(plan, r, ret_plan, ret_error);
}

/* `*ret_loss` is the step that ends what there is, NULL where that is nothing. */
static int add_vf_count(struct vdpam_plan *plan, const struct vdpam_snapshot *snapshot,
			const struct vdpam_function *pf, uint32_t count,
			const char *driver, const struct vdpam_step **ret_loss)
{
	struct vdpam_step *step = NULL;
	int r = 0;

	*ret_loss = NULL;
	if (pf->sriov_count) {
		r = vdpam_plan_add_drain_vfs(plan, snapshot, pf->handle, false);
		if (!r)
			r = add_count(plan, pf, pf->sriov_count, 0, &step);
		if (!r)
			r = vdpam_plan_add_lost_vfs(step, snapshot, pf->handle);
		*ret_loss = r < 0 ? NULL : step;
	}
	if (!r && count) {
		r = add_count(plan, pf, 0, count, &step);
		if (!r && driver)
			r = vdpam_step_set_text(step, VDPAM_ARG_DRIVER, driver);
	}
	return r;
}

int vdpam_plan_new_vf_count(const struct vdpam_snapshot *snapshot, const char *pf_handle,
			    uint32_t count, const char *driver, bool force,
			    struct vdpam_plan **ret_plan, struct vdpam_error **ret_error)
{
	const struct vdpam_step *loss = NULL;
	const struct vdpam_function *pf;
	struct vdpam_plan *plan;
	int r;

	r = vdpam_plan_find_pf(snapshot, pf_handle, count, &pf, ret_error);
	if (!r && driver)
		r = check_driver(pf_handle, driver, ret_error);
	if (!r && (uint32_t)pf->sriov_count != count)
		r = vdpam_plan_check_drain_vfs(snapshot, pf_handle, ret_error);
	if (r < 0)
		return r;
	plan = calloc(1, sizeof(*plan));
	if (!plan)
		return vdpam_plan_finish(NULL, -ENOMEM, ret_plan, ret_error);
	if ((uint32_t)pf->sriov_count == count && driver)
		return plan_drivers(plan, snapshot, pf_handle, driver, ret_plan,
				    ret_error);
	if ((uint32_t)pf->sriov_count != count)
		r = add_vf_count(plan, snapshot, pf, count, driver, &loss);
	if (!r && loss && !force) {
		r = refuse_loss(loss, pf, count, ret_error);
		vdpam_plan_free(plan);
		return r;
	}
	return vdpam_plan_finish(plan, r, ret_plan, ret_error);
}

/* ---- What is on a function ----------------------------------------------------------------- */

static bool is_on(const struct vdpam_function *child,
		  const struct vdpam_function *function)
{
	const struct vdpam_function_info *info = &child->info;

	if (child == function)
		return false;
	if (info->uuid)
		return info->pci_address && function->info.pci_address &&
		       !strcmp(info->pci_address, function->info.pci_address);
	return info->pf && !strcmp(info->pf, function->handle);
}

/* VFs, SFs and mediated devices cease with the driver of their parent. */
static int check_children(const struct vdpam_snapshot *snapshot,
			  const struct vdpam_function *function,
			  struct vdpam_error **ret_error)
{
	VDPAM_AUTO_FREE char *lost = NULL;
	struct vdpam_step step = { 0 };
	int r = 0;

	for (size_t i = 0; !r && i < snapshot->n_functions; i++) {
		if (is_on(&snapshot->functions[i], function))
			r = vdpam_step_add_collateral(&step,
						      snapshot->functions[i].handle);
	}
	lost = list_lost(&step);
	if (!r && step.n_collateral) {
		VDPAM_ESCAPED(shown, function->handle);
		r = vdpam_fail(
			ret_error, VDPAM_ERROR_COLLATERAL, -EBUSY, function->handle, NULL,
			"cannot change the driver of %s: that would end %s; remove "
			"them first",
			shown, lost ? lost : "others");
	}
	for (size_t i = 0; i < step.n_collateral; i++)
		free(step.collateral[i]);
	free(step.collateral);
	return r;
}

/* ---- Kernel driver ------------------------------------------------------------------------- */

/* Its bus binds a mediated device once, when it is made (drivers/vfio/mdev/mdev_driver.c). */
static int check_bus(const struct vdpam_function *function,
		     struct vdpam_error **ret_error)
{
	if (!function->info.uuid)
		return 0;
	VDPAM_ESCAPED(shown, function->handle);
	return vdpam_fail(
		ret_error, VDPAM_ERROR_UNSUPPORTED, -EOPNOTSUPP, function->handle, NULL,
		"cannot change the driver of %s: a mediated device keeps the one "
		"that it was created with; 'vdpactl mdev remove' removes it",
		shown);
}

/* What is to be so before a function's driver is touched. */
static int check_function(const struct vdpam_snapshot *snapshot, const char *handle,
			  const struct vdpam_function **ret_function,
			  struct vdpam_error **ret_error)
{
	int r;

	r = find(snapshot, handle, ret_function, ret_error);
	if (!r)
		r = check_bus(*ret_function, ret_error);
	if (!r)
		r = check_children(snapshot, *ret_function, ret_error);
	return r < 0 ? r : check_drain(snapshot, *ret_function, ret_error);
}

int vdpam_plan_new_function_bind(const struct vdpam_snapshot *snapshot,
				 const char *handle, const char *driver,
				 struct vdpam_plan **ret_plan,
				 struct vdpam_error **ret_error)
{
	const struct vdpam_function *function;
	struct vdpam_plan *plan;
	int r;

	r = find(snapshot, handle, &function, ret_error);
	if (!r)
		r = check_driver(handle, driver, ret_error);
	if (r < 0)
		return r;
	plan = calloc(1, sizeof(*plan));
	if (function->info.driver && !strcmp(function->info.driver, driver))
		return vdpam_plan_finish(plan, 0, ret_plan, ret_error);
	r = check_function(snapshot, handle, &function, ret_error);
	if (r < 0) {
		vdpam_plan_free(plan);
		return r;
	}
	r = plan ? add_function_bind(plan, snapshot, function, driver) : -ENOMEM;
	return vdpam_plan_finish(plan, r, ret_plan, ret_error);
}

int vdpam_plan_new_function_unbind(const struct vdpam_snapshot *snapshot,
				   const char *handle, struct vdpam_plan **ret_plan,
				   struct vdpam_error **ret_error)
{
	const struct vdpam_function *function;
	struct vdpam_plan *plan;
	struct vdpam_step *step;
	int r;

	r = check_function(snapshot, handle, &function, ret_error);
	if (r < 0)
		return r;
	plan = calloc(1, sizeof(*plan));
	r = plan ? add_drain(plan, snapshot, function) : -ENOMEM;
	/* Also of one without a driver: afterwards none takes it by itself. */
	if (!r)
		r = vdpam_plan_add_on_function(plan, VDPAM_FUNCTION_UNBIND, function,
					       &step);
	if (!r)
		r = vdpam_step_add_change(step, "driver", function->info.driver, NULL);
	return vdpam_plan_finish(plan, r, ret_plan, ret_error);
}
