// SPDX-License-Identifier: GPL-2.0-or-later
/* Steps in the queues of their lanes: which lane, which may be queued, what ends with them. */
#include "schedule-private.h"

#include <errno.h>
#include <stdlib.h>

/* ---- Steps --------------------------------------------------------------------------------- */

const struct vdpam_step *item_get_step(const struct item *item)
{
	return vdpam_plan_get_step(item->run->plan, item->index);
}

static enum lane lane_of(const struct vdpam_step *step)
{
	switch (vdpam_step_get_operation(step)) {
	case VDPAM_DEVICE_CREATE:
	case VDPAM_DEVICE_DELETE:
	case VDPAM_DEVICE_SET:
		return LANE_NETLINK;
	case VDPAM_DRIVER_BIND:
	case VDPAM_DRIVER_UNBIND:
	case VDPAM_CHARDEV_SET:
	case VDPAM_DEVICE_ANNOUNCE:
		return LANE_DRIVERS;
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
	return LANE_FUNCTION;
}

/*
 * Whether management devices go with it: the kernel then holds the lock of the vdpa family for as
 * long as it likes, and whoever asks that family waits holding the lock of all generic netlink.
 */
bool step_removes_parent(const struct vdpam_step *step)
{
	switch (vdpam_step_get_operation(step)) {
	case VDPAM_VF_COUNT:
	case VDPAM_SF_DEL:
	case VDPAM_MDEV_REMOVE:
	case VDPAM_FUNCTION_UNBIND:
	case VDPAM_FUNCTION_BIND: /* from another driver */
		return true;
	case VDPAM_DEVICE_CREATE:
	case VDPAM_DEVICE_DELETE:
	case VDPAM_DEVICE_SET:
	case VDPAM_DRIVER_BIND:
	case VDPAM_DRIVER_UNBIND:
	case VDPAM_CHARDEV_SET:
	case VDPAM_DEVICE_ANNOUNCE:
	case VDPAM_VF_SET:
	case VDPAM_SF_ADD:
	case VDPAM_MDEV_CREATE:
		break;
	}
	return false;
}

void schedule_wake(struct schedule *schedule)
{
	sd_event_source_set_enabled(schedule->pump, SD_EVENT_ONESHOT);
}

void schedule_tell_moved(struct schedule *schedule)
{
	if (schedule->moved)
		schedule->moved(schedule->moved_userdata);
}

static void end_step(struct schedule *schedule, struct run *run, size_t index,
		     enum vdpam_step_status status, struct vdpam_error *error)
{
	vdpam_plan_set_result(run->plan, index, status, error);
	run->open--;
	if (schedule->hooks.ends)
		schedule->hooks.ends(schedule->hooks.userdata, run->plan, index);
	schedule_wake(schedule);
}

/* Its target is free for others. */
static void drop_item(struct schedule *schedule, struct item *item)
{
	lh_table_delete(schedule->active, vdpam_step_get_target(item_get_step(item)));
	free(item);
}

void item_end(struct schedule *schedule, struct item *item, enum vdpam_step_status status,
	      struct vdpam_error *error)
{
	struct run *run = item->run;
	size_t index = item->index;

	drop_item(schedule, item);
	end_step(schedule, run, index, status, error);
}

/* ---- Queues -------------------------------------------------------------------------------- */

static void push(struct queue *queue, struct item *item)
{
	item->next = NULL;
	*queue->end = item;
	queue->end = &item->next;
}

void queue_push_front(struct queue *queue, struct item *item)
{
	item->next = queue->first;
	queue->first = item;
	if (!item->next)
		queue->end = &item->next;
}

struct item *queue_take(struct queue *queue, struct item **at)
{
	struct item *item = *at;

	*at = item->next;
	if (!*at)
		queue->end = at;
	return item;
}

/* Into its lane, unless another plan works on its target. 0 or -ENOMEM. */
static int enqueue(struct schedule *schedule, struct run *run, size_t index)
{
	const struct vdpam_step *step = vdpam_plan_get_step(run->plan, index);
	const char *target = vdpam_step_get_target(step);
	struct item *item;

	if (lh_table_lookup_entry(schedule->active, target))
		return 0;
	item = calloc(1, sizeof(*item));
	if (!item || lh_table_insert(schedule->active, target, run) < 0) {
		free(item);
		return -ENOMEM;
	}
	item->run = run;
	item->index = index;
	run->queued[index] = true;
	push(&schedule->queues[lane_of(step)], item);
	return 0;
}

static bool is_open(const struct run *run, size_t index)
{
	return vdpam_plan_get_status(run->plan, index) == VDPAM_STEP_PENDING;
}

/*
 * All steps of a plan that can begin, into their lanes. What removes a function looks for itself
 * whether devices are left on it: it comes after all that stands before it.
 */
void run_fill(struct schedule *schedule, struct run *run)
{
	size_t count = vdpam_plan_count(run->plan);
	bool devices_open = false;

	while (run->settled < count && !is_open(run, run->settled))
		run->settled++;
	for (size_t i = run->settled; i < count; i++) {
		bool is_function =
			lane_of(vdpam_plan_get_step(run->plan, i)) == LANE_FUNCTION;
		int ready;

		if (!is_open(run, i))
			continue;
		if (!run->queued[i] && !(is_function && devices_open)) {
			ready = vdpam_plan_prepare(run->plan, i);
			if (ready < 0)
				end_step(schedule, run, i, VDPAM_STEP_SKIPPED, NULL);
			else if (ready && enqueue(schedule, run, i) < 0)
				end_step(schedule, run, i, VDPAM_STEP_FAILED, NULL);
		}
		devices_open |= !is_function;
	}
}
