// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * From a document and a snapshot to steps: what is missing is made, what differs is changed, what
 * is as wanted is left alone, and so is every device that no document names. Pure: no I/O.
 *
 * Order: what goes goes first (drivers, devices, functions), then what comes comes (functions,
 * devices, drivers, owners). Devices are deleted oldest first: the other way round the kernel's
 * search of the bus makes it quadratic.
 */
#include <errno.h>

#include "objects.h"
#include "plan-document.h"
#include "private.h"
#include "step.h"

/* ---- What the parts share ------------------------------------------------------------------ */

size_t vdpam_planning_find_function(const struct vdpam_planning *p,
				    const struct vdpam_doc_selector *selector)
{
	for (size_t i = 0; i < p->functions->count && !selector->handle; i++) {
		if (vdpam_function_step_makes(p->snapshot, p->functions->entries[i].step,
					      selector))
			return i;
	}
	return NO_STEP;
}

int vdpam_planning_add_step(struct vdpam_planning *p, enum vdpam_operation operation,
			    const char *name, const struct vdpam_device *device,
			    const char *why, struct vdpam_step **ret_step)
{
	int r;

	r = vdpam_plan_add(p->plan, operation, name, why, ret_step);
	if (!r && device && device->identity)
		r = vdpam_step_set_number(*ret_step, VDPAM_ARG_IDENTITY,
					  device->identity);
	return r;
}

/* ---- What is to be done about each device ------------------------------------------------- */

static bool will_be_there(const struct vdpam_planning *p,
			  const struct vdpam_doc_selector *selector)
{
	return vdpam_planning_find_function(p, selector) != NO_STEP;
}

/* Whether its management device is there when the plan comes to make the device. */
static bool has_place(const struct vdpam_planning *p, const struct vdpam_wanted *wanted)
{
	return will_be_there(p, &wanted->doc->mgmtdev) ||
	       (wanted->mgmtdev && !vdpam_planning_loses(p, wanted->mgmtdev));
}

/* The device that there is: what is to become of it. */
static void look_at_device(struct vdpam_planning *p, struct vdpam_wanted *wanted)
{
	const struct vdpam_mgmtdev *mgmtdev =
		vdpam_device_find_mgmtdev(p->snapshot, wanted->device);
	bool is_lost = mgmtdev && vdpam_planning_loses(p, mgmtdev);

	vdpam_wanted_compare(wanted);
	if (is_lost)
		vdpam_wanted_replace(wanted, "its function goes");
	else if (!wanted->mgmtdev && will_be_there(p, &wanted->doc->mgmtdev))
		vdpam_wanted_replace(wanted, "it is on another management device");
	wanted->waiting = wanted->replace && !has_place(p, wanted);
	if (!wanted->waiting)
		return;
	wanted->bind = false;
	/* Nowhere to make it anew: better as it is than gone, where it can stay. */
	if (!is_lost)
		wanted->replace = wanted->unbind = false;
}

static void look_at(struct vdpam_planning *p, struct vdpam_wanted *wanted)
{
	wanted->mgmtdev = vdpam_selector_find(&wanted->doc->mgmtdev, p->snapshot);
	wanted->device = vdpam_snapshot_find_device(p->snapshot, wanted->doc->name);
	if (wanted->device) {
		p->by_device[wanted->device - p->snapshot->devices] = wanted;
		look_at_device(p, wanted);
		return;
	}
	wanted->bind = vdpam_wanted_has_driver(wanted);
	wanted->waiting = !has_place(p, wanted);
}

/* ---- The whole ----------------------------------------------------------------------------- */

static int note_waiting(struct vdpam_planning *p)
{
	int r = 0;

	for (size_t i = 0; !r && i < p->document->n_devices; i++) {
		if (p->wanted[i].waiting && !p->wanted[i].doc->on_demand)
			r = vdpam_plan_add_note(p->plan, p->wanted[i].doc->name,
						"waits for its management device");
	}
	return r;
}

static int make(struct vdpam_planning *p)
{
	int r;

	r = vdpam_plan_document_functions(p->document, p->snapshot, p->options,
					  p->functions);
	if (r < 0)
		return r;
	for (size_t i = 0; i < p->document->n_devices; i++) {
		p->wanted[i] = (struct vdpam_wanted){
			.doc = &p->document->devices[i],
			.unbind_step = NO_STEP,
			.delete_step = NO_STEP,
			.create_step = NO_STEP,
			.bind_step = NO_STEP,
		};
		look_at(p, &p->wanted[i]);
	}
	vdpam_planning_mark_pruned(p);
	r = vdpam_planning_add_removals(p);
	p->first_function = p->plan->count;
	if (!r)
		r = vdpam_plan_append(p->plan, p->functions);
	if (!r)
		vdpam_planning_link_losses(p);
	if (!r)
		r = vdpam_planning_add_additions(p);
	return r ? r : note_waiting(p);
}

int vdpam_plan_new(const struct vdpam_document *document,
		   const struct vdpam_snapshot *snapshot,
		   const struct vdpam_plan_options *options, struct vdpam_plan **ret_plan,
		   struct vdpam_error **ret_error)
{
	VDPAM_AUTO_FREE struct vdpam_wanted *wanted =
		calloc(document->n_devices + 1, sizeof(*wanted));
	VDPAM_AUTO_FREE struct vdpam_wanted **by_device =
		calloc(snapshot->n_devices + 1, sizeof(*by_device));
	VDPAM_AUTO_FREE bool *pruned = calloc(snapshot->n_devices + 1, sizeof(*pruned));
	VDPAM_AUTO_FREE size_t *deletes =
		calloc(snapshot->n_devices + 1, sizeof(*deletes));
	struct vdpam_planning p = {
		.document = document,
		.snapshot = snapshot,
		.options = options,
		.plan = calloc(1, sizeof(*p.plan)),
		.functions = calloc(1, sizeof(*p.functions)),
		.wanted = wanted,
		.by_device = by_device,
		.pruned = pruned,
		.deletes = deletes,
	};
	int r = -ENOMEM;

	if (wanted && by_device && pruned && deletes && p.plan && p.functions)
		r = make(&p);

	vdpam_plan_free(p.functions);
	return vdpam_plan_finish(p.plan, r, ret_plan, ret_error);
}
