// SPDX-License-Identifier: GPL-2.0-or-later
/* vdpactl mdev remove: the vDPA devices on a mediated device, then it. */
#include <json-c/json.h>

#include "bus.h"

static void say_removed(const char *name, struct json_object *steps,
			struct json_object *device)
{
	(void)steps;
	(void)device;
	printf("removed mdev %s\n", name);
}

static int ask_daemon(const struct command *cmd, const char *uuid)
{
	sd_bus_message *call =
		daemon_call(cmd, BUS_MANAGER, "org.vdpad1.Manager", "RemoveMdev");

	daemon_append(call, "s", uuid);
	daemon_append_timeout(cmd, call);
	return daemon_change(cmd, uuid, call, say_removed);
}

static int remove_mdev(struct command *cmd, const char *uuid)
{
	AUTO_VIEW struct view view = {};
	AUTO_JOBS struct jobs *jobs = jobs_new();
	struct vdpam_mdev_list *mdevs = NULL;
	struct vdpam_error *error = NULL;
	struct vdpam_plan *plan = NULL;
	int status, r;

	if (cmd->daemon)
		return ask_daemon(cmd, uuid);
	status = view_open(cmd, VDPAM_LOOK_FUNCTIONS, &view);
	if (status)
		return status;
	guard_say("asking for the mediated devices");
	if (vdpam_mdev_list_new(view.ctx, &mdevs, &error) < 0)
		return fail(cmd, cli_error_from(error));
	r = vdpam_plan_new_mdev_remove(view.snapshot, mdevs, uuid, &plan, &error);
	vdpam_mdev_list_free(mdevs);
	r = refuse_plan_in_use(&view, r, &plan, &error);
	jobs_add(jobs, uuid, VDPAM_MDEV_REMOVE, r, plan, error);
	return jobs_run(cmd, view.ctx, jobs, say_removed);
}

static int run_mdev_remove(struct command *cmd)
{
	char uuid[VDPAM_UUID_TEXT];
	struct cli_error *error = value_uuid(cmd, cmd->arguments[0], uuid);

	return error ? fail(cmd, error) : remove_mdev(cmd, uuid);
}

const struct verb mdev_remove_verb = {
	.name = "mdev remove",
	.usage = "UUID",
	.summary = "Remove a mediated device and the vDPA devices on it",
	.min_arguments = 1,
	.max_arguments = 1,
	.daemon = DAEMON_IF_THERE,
	.run = run_mdev_remove,
};
