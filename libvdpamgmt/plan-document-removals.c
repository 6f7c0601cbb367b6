// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What goes of the devices: first all drivers, then all devices, oldest first, for the other way round
 * the kernel's search of the bus makes it quadratic. Pure.
 */
#include <errno.h>

#include "objects.h"
#include "plan-document.h"
#include "private.h"
#include "step.h"

bool vdpam_planning_loses(const struct vdpam_planning *p,
			  const struct vdpam_mgmtdev *mgmtdev)
{
	for (size_t i = 0; i < p->functions->count; i++) {
		if (vdpam_function_step_loses(p->functions->entries[i].step, mgmtdev))
			return true;
	}
	return false;
}

void vdpam_planning_mark_pruned(struct vdpam_planning *p)
{
	for (size_t i = 0; i < p->snapshot->n_devices; i++) {
		const struct vdpam_mgmtdev *mgmtdev =
			p->by_device[i] ? NULL
					: vdpam_device_find_mgmtdev(
						  p->snapshot, &p->snapshot->devices[i]);

		if (mgmtdev && vdpam_planning_loses(p, mgmtdev))
			p->pruned[i] = true;
	}
	for (size_t i = 0; i < p->options->n_prune; i++) {
		const struct vdpam_device *device =
			vdpam_snapshot_find_device(p->snapshot, p->options->prune[i]);

		if (device && !p->by_device[device - p->snapshot->devices])
			p->pruned[device - p->snapshot->devices] = true;
	}
}

static int add_unbind(struct vdpam_planning *p, const struct vdpam_device *device,
		      const struct vdpam_wanted *wanted, size_t *ret_index)
{
	struct vdpam_step *step;
	int r;

	r = vdpam_planning_add_step(
		p, VDPAM_DRIVER_UNBIND, device->info.name, device,
		!wanted || wanted->replace ? "it is to go" : "another driver is wanted",
		&step);
	if (!r && device->driver)
		r = vdpam_step_set_text(step, VDPAM_ARG_DRIVER, device->driver);
	if (!r)
		r = vdpam_step_add_change(step, "driver", device->driver,
					  wanted && wanted->bind && !wanted->replace
						  ? wanted->doc->driver
						  : NULL);
	*ret_index = vdpam_planning_last(p);
	return r;
}

static int add_delete(struct vdpam_planning *p, const struct vdpam_device *device,
		      const struct vdpam_wanted *wanted, size_t unbind_step,
		      size_t *ret_index)
{
	struct vdpam_step *step;
	int r;

	r = vdpam_planning_add_step(
		p, VDPAM_DEVICE_DELETE, device->info.name, device,
		wanted ? wanted->why : "no document names it any more", &step);
	if (!r)
		r = vdpam_step_add_change(
			step, "mgmtdev", device->mgmtdev,
			wanted && wanted->mgmtdev ? wanted->mgmtdev->handle : NULL);
	if (!r && unbind_step != NO_STEP)
		vdpam_plan_require(p->plan, unbind_step);
	*ret_index = vdpam_planning_last(p);
	return r;
}

int vdpam_planning_add_removals(struct vdpam_planning *p)
{
	size_t n = p->snapshot->n_devices;
	VDPAM_AUTO_FREE size_t *unbinds = calloc(n + 1, sizeof(*unbinds));
	int r = unbinds ? 0 : -ENOMEM;

	for (size_t i = 0; !r && i < n; i++) {
		const struct vdpam_device *device = &p->snapshot->devices[i];
		struct vdpam_wanted *wanted = p->by_device[i];

		unbinds[i] = p->deletes[i] = NO_STEP;
		if (p->pruned[i] ? device->driver || device->unbinding
				 : wanted && wanted->unbind)
			r = add_unbind(p, device, wanted, &unbinds[i]);
		if (wanted)
			wanted->unbind_step = unbinds[i];
	}
	for (size_t i = 0; !r && i < n; i++) {
		struct vdpam_wanted *wanted = p->by_device[i];

		if (p->pruned[i] || (wanted && wanted->replace))
			r = add_delete(p, &p->snapshot->devices[i], wanted, unbinds[i],
				       &p->deletes[i]);
		if (wanted)
			wanted->delete_step = p->deletes[i];
	}
	return r;
}

void vdpam_planning_link_losses(struct vdpam_planning *p)
{
	for (size_t i = 0; i < p->snapshot->n_devices; i++) {
		const struct vdpam_mgmtdev *mgmtdev =
			vdpam_device_find_mgmtdev(p->snapshot, &p->snapshot->devices[i]);

		for (size_t j = 0;
		     mgmtdev && p->deletes[i] != NO_STEP && j < p->functions->count;
		     j++) {
			if (vdpam_function_step_loses(p->functions->entries[j].step,
						      mgmtdev))
				vdpam_plan_add_need(p->plan, p->first_function + j,
						    p->deletes[i]);
		}
	}
}
