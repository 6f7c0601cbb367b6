// SPDX-License-Identifier: GPL-2.0-or-later
/* Which steps of a plan may run now: the table of states is asked for each device and function. */
#include "targets-private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void clear_plan(struct lh_table *table)
{
	struct lh_entry *entry;

	lh_foreach(table, entry)
	{
		struct target *target = (struct target *)lh_entry_v(entry);

		target->noted = target->blocked = target->granted = target->creates =
			false;
		target->what = 0;
		target->costs = 0;
	}
}

/* What the steps of a plan would do to one target. */
static void add_step(struct target *target, const struct vdpam_plan *plan, size_t index)
{
	const struct vdpam_step *step = vdpam_plan_get_step(plan, index);
	enum vdpam_operation operation = vdpam_step_get_operation(step);

	if (!target->what) {
		target->first_step = index;
		target->creates = operation == VDPAM_DEVICE_CREATE;
	}
	target->what |= 1U << operation;
	target->costs += vdpam_step_count_collateral(step);
}

enum reconcile_event target_begin_event(enum vdpam_operation operation)
{
	switch (operation) {
	case VDPAM_DEVICE_CREATE:
		return EVENT_CREATE_BEGINS;
	case VDPAM_DEVICE_DELETE:
		return EVENT_DELETE_BEGINS;
	case VDPAM_DRIVER_UNBIND:
		return EVENT_UNBIND_BEGINS;
	case VDPAM_DEVICE_SET:
	case VDPAM_DRIVER_BIND:
	case VDPAM_CHARDEV_SET:
	case VDPAM_DEVICE_ANNOUNCE:
	case VDPAM_VF_COUNT:
	case VDPAM_VF_SET:
	case VDPAM_SF_ADD:
	case VDPAM_SF_DEL:
	case VDPAM_MDEV_CREATE:
	case VDPAM_MDEV_REMOVE:
	case VDPAM_FUNCTION_BIND:
	case VDPAM_FUNCTION_UNBIND:
		break;
	}
	return EVENT_CHANGE_BEGINS;
}

static void refuse_costs(struct target *target)
{
	vdpam_error_free(target->error);
	target->error = vdpam_error_new(
		VDPAM_ERROR_COLLATERAL, EBUSY, target->name, NULL,
		"this costs VFs or devices that are there (see 'vdpactl plan'): only an "
		"apply with --allow-collateral does it");
}

struct deciding {
	struct targets *targets;
	struct vdpam_plan *plan;
	unsigned int flags;
	uint64_t now, wake;
};

static void ask(struct deciding *d, struct target *target, enum reconcile_event event)
{
	unsigned int action = targets_event(d->targets, target, event, d->now);
	uint64_t when = reconcile_when(&target->r);

	target->granted = action & ACTION_RUN;
	if (action & ACTION_WAIT && (!d->wake || when < d->wake))
		d->wake = when;
}

/* Functions first: whether they come decides on the devices that are to be on them. */
static int decide_functions(struct deciding *d)
{
	size_t count = vdpam_plan_count(d->plan);
	struct lh_entry *entry;

	for (size_t i = 0; i < count; i++) {
		const struct vdpam_step *step = vdpam_plan_get_step(d->plan, i);
		struct target *target;

		if (!target_is_function_step(step))
			continue;
		target = target_get(d->targets->functions, vdpam_step_get_target(step));
		if (!target)
			return -ENOMEM;
		target->is_function = true;
		add_step(target, d->plan, i);
	}
	lh_foreach(d->targets->functions, entry)
	{
		struct target *target = (struct target *)lh_entry_v(entry);

		if (!target->what)
			ask(d, target, EVENT_SEEN_RIGHT);
		else if (target->costs && !(d->flags & DECIDE_COLLATERAL))
			refuse_costs(target);
		else
			ask(d, target, EVENT_SEEN_OTHER);
	}
	return 0;
}

static void skip_refused(struct deciding *d, bool functions)
{
	for (size_t i = 0; i < vdpam_plan_count(d->plan); i++) {
		const struct vdpam_step *step = vdpam_plan_get_step(d->plan, i);
		struct target *target;

		if (target_is_function_step(step) != functions)
			continue;
		target = targets_find_of(d->targets, step);
		if (!target || !target->granted)
			vdpam_plan_set_result(d->plan, i, VDPAM_STEP_SKIPPED, NULL);
	}
}

static void gather_devices(struct deciding *d)
{
	const char *name;

	for (size_t i = 0; i < vdpam_plan_count(d->plan); i++) {
		const struct vdpam_step *step = vdpam_plan_get_step(d->plan, i);
		struct target *target;

		if (target_is_function_step(step))
			continue;
		target = targets_find_of(d->targets, step);
		if (!target)
			continue;
		add_step(target, d->plan, i);
		target->blocked |= vdpam_plan_prepare(d->plan, i) < 0;
	}
	for (size_t i = 0; i < vdpam_plan_count_notes(d->plan); i++) {
		struct target *target;

		vdpam_plan_get_note(d->plan, i, &name);
		target = targets_find(d->targets, name);
		if (target)
			target->noted = true;
	}
}

static void decide_device(struct deciding *d, struct target *target)
{
	if (target->blocked)
		ask(d, target, EVENT_SEEN_WAITING);
	else if (target->what)
		ask(d, target, target->creates ? EVENT_SEEN_MISSING : EVENT_SEEN_OTHER);
	else
		ask(d, target, target->noted ? EVENT_SEEN_WAITING : EVENT_SEEN_RIGHT);
	target->granted &= !target->frozen;
}

/* Devices that no document names: only where somebody asked for exactly that. */
static void decide_unnamed(struct deciding *d)
{
	struct target *target;

	targets_foreach(d->targets, target, entry)
	{
		if (!target->file && target->what && !target->r.busy)
			target->granted = d->flags & (DECIDE_COLLATERAL | DECIDE_PRUNE);
	}
}

static int begin_granted(struct deciding *d)
{
	int count = 0;

	for (size_t i = 0; i < vdpam_plan_count(d->plan); i++) {
		const struct vdpam_step *step = vdpam_plan_get_step(d->plan, i);
		struct target *target = targets_find_of(d->targets, step);

		if (vdpam_plan_get_status(d->plan, i) != VDPAM_STEP_PENDING)
			continue;
		if (!target->pending++)
			targets_event(d->targets, target,
				      target_begin_event(vdpam_step_get_operation(step)),
				      d->now);
		count++;
	}
	return count;
}

int targets_decide(struct targets *targets, const struct vdpam_document *document,
		   struct vdpam_plan *plan, unsigned int flags, uint64_t now,
		   uint64_t *ret_wake)
{
	struct deciding d = {
		.targets = targets, .plan = plan, .flags = flags, .now = now
	};
	int r;

	clear_plan(targets->functions);
	clear_plan(targets->devices);
	r = decide_functions(&d);
	if (r < 0)
		return r;
	skip_refused(&d, true);
	gather_devices(&d);
	for (size_t i = 0; i < vdpam_document_count_devices(document); i++) {
		const char *name = vdpam_document_get_device_name(document, i);
		struct target *target = targets_find(targets, name);

		if (target && target->file)
			decide_device(&d, target);
	}
	decide_unnamed(&d);
	skip_refused(&d, false);
	*ret_wake = d.wake;
	return begin_granted(&d);
}

int targets_admit(struct targets *targets, struct vdpam_plan *plan, uint64_t now)
{
	struct deciding d = { .targets = targets, .plan = plan, .now = now };

	for (size_t i = 0; i < vdpam_plan_count(plan); i++) {
		const struct vdpam_step *step = vdpam_plan_get_step(plan, i);
		struct target *target = target_get(targets_table_of(targets, step),
						   vdpam_step_get_target(step));

		if (!target)
			return -ENOMEM;
		target->is_function = target_is_function_step(step);
	}
	begin_granted(&d);
	return 0;
}
