// SPDX-License-Identifier: GPL-2.0-or-later
/* vdpactl bind and unbind: which bus driver a device has. */
#include <json-c/json.h>

#include "bus.h"

static void say_binding(const char *name, struct json_object *steps,
			struct json_object *device)
{
	AUTO_FREE char *binding = binding_text(device);

	printf("%s is%s %s\n", name, json_object_array_length(steps) ? "" : " already",
	       binding ? binding : "changed");
}

static int ask_daemon(const struct command *cmd, const char *name, const char *driver)
{
	sd_bus_message *call = daemon_device_call(cmd, name, driver ? "Bind" : "Unbind");

	if (driver)
		daemon_append(call, "s", driver);
	daemon_append(call, "s", daemon_claim(cmd));
	daemon_append_timeout(cmd, call);
	return daemon_change(cmd, name, call, say_binding);
}

/* `driver` is NULL to unbind. */
static int change_driver(struct command *cmd, const char *name, const char *driver)
{
	AUTO_VIEW struct view view = {};
	AUTO_JOBS struct jobs *jobs = jobs_new();
	struct vdpam_error *error = NULL;
	struct vdpam_plan *plan = NULL;
	bool force = cmd->options[OPTION_FORCE];
	int status, r;

	if (cmd->daemon)
		return ask_daemon(cmd, name, driver);
	status = view_open(cmd, VDPAM_LOOK_WHOLE, &view);
	if (status)
		return status;
	if (driver)
		r = vdpam_plan_new_bind(view.snapshot, name, driver, force, &plan,
					&error);
	else
		r = vdpam_plan_new_unbind(view.snapshot, name, force, &plan, &error);
	jobs_add(jobs, name, driver ? VDPAM_DRIVER_BIND : VDPAM_DRIVER_UNBIND, r, plan,
		 error);
	return jobs_run(cmd, view.ctx, jobs, say_binding);
}

static int run_bind(struct command *cmd)
{
	AUTO_FREE char *name = NULL;
	const char *driver = NULL;
	struct cli_error *error = value_name(cmd, cmd->arguments[0], &name);

	if (!error)
		error = value_driver(cmd->arguments[1], &driver);
	if (!error)
		error = refuse_persist(cmd);
	return error ? fail(cmd, error) : change_driver(cmd, name, driver);
}

static int run_unbind(struct command *cmd)
{
	AUTO_FREE char *name = NULL;
	struct cli_error *error = value_name(cmd, cmd->arguments[0], &name);

	if (!error)
		error = refuse_persist(cmd);
	return error ? fail(cmd, error) : change_driver(cmd, name, NULL);
}

const struct verb bind_verb = {
	.name = "bind",
	.usage = "NAME DRIVER [--force] [--persist]",
	.summary = "Give a device to vhost_vdpa, virtio_vdpa or another bus driver",
	.options = OPTION_BIT(OPTION_FORCE) | OPTION_BIT(OPTION_PERSIST),
	.min_arguments = 2,
	.max_arguments = 2,
	.daemon = DAEMON_IF_THERE,
	.run = run_bind,
};

const struct verb unbind_verb = {
	.name = "unbind",
	.usage = "NAME [--force] [--persist]",
	.summary = "Leave a device without a driver; none takes it by itself",
	.options = OPTION_BIT(OPTION_FORCE) | OPTION_BIT(OPTION_PERSIST),
	.min_arguments = 1,
	.max_arguments = 1,
	.daemon = DAEMON_IF_THERE,
	.run = run_unbind,
};
