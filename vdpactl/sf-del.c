// SPDX-License-Identifier: GPL-2.0-or-later
/* vdpactl sf del: the devices on a scalable function, then the function. */
#include <json-c/json.h>

#include "bus.h"

static void say_removed(const char *name, struct json_object *steps,
			struct json_object *device)
{
	struct json_object *sfnum = step_argument(
		steps, json_object_array_length(steps) - 1, VDPAM_ARG_SFNUM);

	(void)device;
	printf("removed SF %s of %s\n", sfnum ? json_object_get_string(sfnum) : "?",
	       name);
}

static int ask_daemon(const struct command *cmd, const char *pf, uint32_t sfnum)
{
	AUTO_FREE char *shown = must(vdpam_name_escape(pf));
	sd_bus_message *call =
		daemon_call(cmd, BUS_MANAGER, "org.vdpad1.Manager", "DeleteSf");

	daemon_append(call, "sub", shown, sfnum, cmd->options[OPTION_FORCE] != NULL);
	daemon_append_timeout(cmd, call);
	return daemon_change(cmd, pf, call, say_removed);
}

static int del(struct command *cmd, const char *pf, uint32_t sfnum)
{
	AUTO_VIEW struct view view = {};
	AUTO_JOBS struct jobs *jobs = jobs_new();
	struct vdpam_sf_list *sfs = NULL;
	struct vdpam_error *error = NULL;
	struct vdpam_plan *plan = NULL;
	int status, r;

	if (cmd->daemon)
		return ask_daemon(cmd, pf, sfnum);
	status = view_open(cmd, VDPAM_LOOK_FUNCTIONS, &view);
	if (status)
		return status;
	guard_say("asking for the scalable functions");
	if (vdpam_sf_list_new(view.ctx, &sfs, &error) < 0)
		return fail(cmd, cli_error_from(error));
	r = vdpam_plan_new_sf_del(view.snapshot, sfs, pf, sfnum,
				  cmd->options[OPTION_FORCE], &plan, &error);
	vdpam_sf_list_free(sfs);
	r = refuse_plan_in_use(&view, r, &plan, &error);
	jobs_add(jobs, pf, VDPAM_SF_DEL, r, plan, error);
	return jobs_run(cmd, view.ctx, jobs, say_removed);
}

static int run_sf_del(struct command *cmd)
{
	AUTO_FREE char *pf = NULL;
	struct cli_error *error = value_name(cmd, cmd->arguments[0], &pf);
	uint32_t sfnum = 0;

	if (!error)
		error = value_sfnum(cmd, &sfnum);
	return error ? fail(cmd, error) : del(cmd, pf, sfnum);
}

const struct verb sf_del_verb = {
	.name = "sf del",
	.usage = "PF --sfnum N [--force]",
	.summary = "Remove a scalable function and the devices on it",
	.options = OPTION_BIT(OPTION_SFNUM) | OPTION_BIT(OPTION_FORCE),
	.min_arguments = 1,
	.max_arguments = 1,
	.daemon = DAEMON_IF_THERE,
	.run = run_sf_del,
};
