// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Announcing: libvirt, for one, hears no "bind" and no "unbind". Steps of ours are followed by a
 * "change" that they send themselves; what somebody else does is announced here, unless he does that
 * himself. An echo of ours is a "change", and never causes another.
 */
#include <errno.h>

#include "manager-private.h"

#define WAIT_USEC UINT64_C(500000) /* for whoever has changed it */

static void arm(struct manager *manager, uint64_t usec)
{
	sd_event_source_set_time(manager->announce, usec);
	sd_event_source_set_enabled(manager->announce, SD_EVENT_ONESHOT);
}

void announce_hint(struct manager *manager, const char *name, const char *action)
{
	bool is_driver = !strcmp(action, "bind") || !strcmp(action, "unbind");
	struct target *target = is_driver ? targets_get(&manager->targets, name)
					  : targets_find(&manager->targets, name);

	if (!target)
		return;
	if (!is_driver) {
		if (!strcmp(action, "change"))
			target->announce_usec = 0;
		return;
	}
	target->announce_usec = now_usec() + WAIT_USEC;
	arm(manager, target->announce_usec);
}

/* Why it fails is of no interest: a device that has gone needs no announcement. */
static int announce(struct manager *manager, const char *name)
{
	struct vdpam_plan *plan = NULL;
	int r = vdpam_plan_new_announce(manager->snapshot, name, &plan, NULL);

	if (!r)
		r = manager_run(manager, GATE_SETS, plan, MANAGER_TIMEOUT_USEC,
				manager_run_done, manager);
	if (r < 0)
		vdpam_plan_free(plan);
	return r;
}

/* Those that are due. One that is being changed, or was not seen yet, is so once more. */
static int on_timer(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct manager *manager = userdata;
	uint64_t now = now_usec(), next = UINT64_MAX;
	struct target *target;

	(void)source;
	(void)usec;
	targets_foreach(&manager->targets, target, entry)
	{
		if (target->announce_usec && target->announce_usec <= now) {
			target->announce_usec = 0;
			if (target->r.busy || !target->present ||
			    announce(manager, target->name) < 0)
				target->announce_usec = now + WAIT_USEC;
		}
		if (target->announce_usec && target->announce_usec < next)
			next = target->announce_usec;
	}
	if (next != UINT64_MAX)
		arm(manager, next);
	return 0;
}

int announce_init(struct manager *manager)
{
	int r = sd_event_add_time(manager->event, &manager->announce, CLOCK_MONOTONIC,
				  UINT64_MAX, 1000, on_timer, manager);

	return r < 0 ? r : 0;
}

void announce_fini(struct manager *manager)
{
	sd_event_source_disable_unref(manager->announce);
}

/* ---- When somebody asks for it --------------------------------------------------------------- */

static enum make_result make(struct request *request, struct vdpam_plan **ret_plan)
{
	/* It is no work on the device: nothing has to be let run, or is another afterwards. */
	request->decided = true;
	return request_made(request, vdpam_plan_new_announce(request->manager->snapshot,
							     request->names[0], ret_plan,
							     &request->error));
}

void manager_announce(struct manager *manager, const char *name,
		      const struct manager_reply *reply)
{
	struct request *request = request_new(manager, reply);

	if (!request)
		return;
	request->make = make;
	if (request_set_names(request, &name, 1) < 0)
		request_refuse(request, NULL);
	else
		request_begin(request);
}
