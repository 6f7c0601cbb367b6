// SPDX-License-Identifier: GPL-2.0-or-later
/* vdpactl vf count: how many VFs a PF has. */
#include <json-c/json.h>
#include <string.h>

#include "bus.h"

/* The kernel and the card need seconds to minutes for it. */
#define WRITE_USEC (60 * USEC_PER_SEC)

static void show_log(void *userdata, int priority, const char *line)
{
	(void)userdata;
	(void)priority;
	guard_progress(line);
}

/* A minute for each write, and a second for each VF that comes or goes. */
static uint64_t time_for(const struct vdpam_plan *plan, int now)
{
	uint64_t usec = 0;

	for (size_t i = 0; i < vdpam_plan_count(plan); i++) {
		const struct vdpam_step *step = vdpam_plan_get_step(plan, i);
		uint64_t count;

		if (vdpam_step_get_number(step, VDPAM_ARG_COUNT_OF_VFS, &count))
			continue;
		usec += WRITE_USEC + (count ? count : (uint64_t)now) * USEC_PER_SEC;
	}
	return usec;
}

/* Before anything is done. */
static void list_lost(const struct vdpam_step *step)
{
	for (size_t i = 0; i < vdpam_step_count_collateral(step); i++) {
		AUTO_FREE char *lost =
			must(vdpam_name_escape(vdpam_step_get_collateral(step, i)));

		printf("removing %s\n", lost);
	}
}

static void list_all_lost(const struct command *cmd, const struct vdpam_plan *plan)
{
	if (cmd->json || cmd->quiet)
		return;
	for (size_t i = 0; i < vdpam_plan_count(plan); i++)
		list_lost(vdpam_plan_get_step(plan, i));
}

static void say_count(const char *name, struct json_object *steps,
		      struct json_object *device)
{
	struct json_object *count = NULL;

	(void)device;
	for (size_t i = 0; i < json_object_array_length(steps); i++) {
		struct json_object *own = step_argument(steps, i, VDPAM_ARG_COUNT_OF_VFS);

		count = own ? own : count;
	}
	if (count)
		printf("%s has %s VFs\n", name, json_object_get_string(count));
	else
		printf("%s has that many VFs already\n", name);
}

/* The daemon knows how long it can take; what the user said is another matter. */
static int ask_daemon(struct command *cmd, const char *pf, uint32_t count)
{
	AUTO_FREE char *shown = must(vdpam_name_escape(pf));
	sd_bus_message *call;

	guard_extend(cmd, 2 * WRITE_USEC + 2 * (uint64_t)count * USEC_PER_SEC);
	call = daemon_call(cmd, BUS_MANAGER, "org.vdpad1.Manager", "SetVfCount");
	daemon_append(call, "sub", shown, count, cmd->options[OPTION_FORCE] != NULL);
	daemon_append_timeout(cmd, call);
	return daemon_change(cmd, pf, call, say_count);
}

static int count_vfs(struct command *cmd, const char *pf, uint32_t count,
		     const char *driver)
{
	AUTO_VIEW struct view view = {};
	AUTO_JOBS struct jobs *jobs = jobs_new();
	struct vdpam_error *error = NULL;
	struct vdpam_plan *plan = NULL;
	int status, r;

	if (cmd->daemon && !driver)
		return ask_daemon(cmd, pf, count);
	status = view_open(cmd, VDPAM_LOOK_FUNCTIONS, &view);
	if (status)
		return status;
	r = vdpam_plan_new_vf_count(view.snapshot, pf, count, driver,
				    cmd->options[OPTION_FORCE], &plan, &error);
	if (!r) {
		const struct vdpam_function *function =
			vdpam_snapshot_find_function(view.snapshot, pf);
		uint64_t usec = time_for(plan, vdpam_function_get_sriov_count(function));

		if (usec)
			guard_extend(cmd, usec);
		vdpam_set_log(view.ctx, show_log, NULL);
	}
	r = refuse_plan_in_use(&view, r, &plan, &error);
	if (!r)
		list_all_lost(cmd, plan);
	jobs_add(jobs, pf, VDPAM_VF_COUNT, r, plan, error);
	return jobs_run(cmd, view.ctx, jobs, say_count);
}

static int run_vf_count(struct command *cmd)
{
	AUTO_FREE char *pf = NULL;
	uint64_t count = 0;
	struct cli_error *error = value_name(cmd, cmd->arguments[0], &pf);

	if (!error)
		error = value_number("vf count: N", cmd->arguments[1], 0, UINT16_MAX,
				     &count);
	return error ? fail(cmd, error)
		     : count_vfs(cmd, pf, (uint32_t)count, cmd->options[OPTION_DRIVER]);
}

const struct verb vf_count_verb = {
	.name = "vf count",
	.usage = "PF N [--driver D] [--force]",
	.summary =
		"Give a PF that many VFs; --force removes those that are there, which the "
		"way to another number costs, --driver is the kernel driver of new ones",
	.options = OPTION_BIT(OPTION_DRIVER) | OPTION_BIT(OPTION_FORCE),
	.min_arguments = 2,
	.max_arguments = 2,
	.daemon = DAEMON_IF_THERE,
	.run = run_vf_count,
};
