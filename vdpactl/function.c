// SPDX-License-Identifier: GPL-2.0-or-later
/* vdpactl function bind and function unbind: the kernel driver of a function. */
#include <json-c/json.h>
#include <string.h>

#include "bus.h"

static void say_driver(const char *name, struct json_object *steps,
		       struct json_object *device)
{
	size_t count = json_object_array_length(steps);
	struct json_object *driver =
		count ? step_argument(steps, count - 1, VDPAM_ARG_DRIVER) : NULL;

	(void)device;
	for (size_t i = 0; i + 1 < count; i++) {
		struct json_object *step = json_object_array_get_idx(steps, i);

		if (!strcmp(json_object_get_string(json_get(step, "operation")),
			    vdpam_operation_name(VDPAM_DEVICE_DELETE)))
			printf("removed %s\n",
			       json_object_get_string(json_get(step, "target")));
	}
	if (!count)
		printf("%s has that driver already\n", name);
	else if (driver)
		printf("%s is bound to %s\n", name, json_object_get_string(driver));
	else
		printf("%s has no driver, and none takes it by itself\n", name);
}

static int ask_daemon(const struct command *cmd, const char *handle, const char *driver)
{
	AUTO_FREE char *shown = must(vdpam_name_escape(handle));
	sd_bus_message *call =
		daemon_call(cmd, BUS_MANAGER, "org.vdpad1.Manager", "BindFunction");

	daemon_append(call, "ss", shown, driver ? driver : "");
	daemon_append_timeout(cmd, call);
	return daemon_change(cmd, handle, call, say_driver);
}

/* `driver` is NULL to unbind. */
static int change_driver(struct command *cmd, const char *handle, const char *driver)
{
	AUTO_VIEW struct view view = {};
	AUTO_JOBS struct jobs *jobs = jobs_new();
	struct vdpam_error *error = NULL;
	struct vdpam_plan *plan = NULL;
	int status, r;

	if (cmd->daemon)
		return ask_daemon(cmd, handle, driver);
	status = view_open(cmd, VDPAM_LOOK_FUNCTIONS, &view);
	if (status)
		return status;
	if (driver)
		r = vdpam_plan_new_function_bind(view.snapshot, handle, driver, &plan,
						 &error);
	else
		r = vdpam_plan_new_function_unbind(view.snapshot, handle, &plan, &error);
	r = refuse_plan_in_use(&view, r, &plan, &error);
	jobs_add(jobs, handle, driver ? VDPAM_FUNCTION_BIND : VDPAM_FUNCTION_UNBIND, r,
		 plan, error);
	return jobs_run(cmd, view.ctx, jobs, say_driver);
}

static int run_function(struct command *cmd)
{
	AUTO_FREE char *handle = NULL;
	struct cli_error *error = value_name(cmd, cmd->arguments[0], &handle);

	if (error)
		return fail(cmd, error);
	return change_driver(cmd, handle,
			     cmd->argument_count > 1 ? cmd->arguments[1] : NULL);
}

const struct verb function_bind_verb = {
	.name = "function bind",
	.usage = "HANDLE DRIVER",
	.summary = "Give a function to a kernel driver, such as vp-vdpa",
	.min_arguments = 2,
	.max_arguments = 2,
	.daemon = DAEMON_IF_THERE,
	.run = run_function,
};

const struct verb function_unbind_verb = {
	.name = "function unbind",
	.usage = "HANDLE",
	.summary = "Leave a function without a kernel driver; none takes it by itself",
	.min_arguments = 1,
	.max_arguments = 1,
	.daemon = DAEMON_IF_THERE,
	.run = run_function,
};
