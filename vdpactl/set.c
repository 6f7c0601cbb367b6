// SPDX-License-Identifier: GPL-2.0-or-later
/* vdpactl set: changes a living device. */
#include <json-c/json.h>

#include "bus.h"

static void say_set(const char *name, struct json_object *steps,
		    struct json_object *device)
{
	struct json_object *config = device ? json_get(device, "config") : NULL;
	struct json_object *mac = config ? json_get(config, "mac") : NULL;

	printf("%s has%s the MAC %s\n", name,
	       json_object_array_length(steps) ? "" : " already",
	       mac ? json_object_get_string(mac) : "?");
}

static int ask_daemon(const struct command *cmd, const char *name)
{
	sd_bus_message *call = daemon_device_call(cmd, name, "SetMac");

	daemon_append(call, "ss", cmd->options[OPTION_MAC], daemon_claim(cmd));
	daemon_append_timeout(cmd, call);
	return daemon_change(cmd, name, call, say_set);
}

static int set_mac(struct command *cmd, const char *name, uint64_t mac)
{
	AUTO_VIEW struct view view = {};
	AUTO_JOBS struct jobs *jobs = jobs_new();
	struct vdpam_error *error = NULL;
	struct vdpam_plan *plan = NULL;
	int status, r;

	if (cmd->daemon)
		return ask_daemon(cmd, name);
	status = view_open(cmd, VDPAM_LOOK_WHOLE, &view);
	if (status)
		return status;
	r = vdpam_plan_new_set_mac(view.snapshot, name, mac, cmd->options[OPTION_FORCE],
				   &plan, &error);
	jobs_add(jobs, name, VDPAM_DEVICE_SET, r, plan, error);
	return jobs_run(cmd, view.ctx, jobs, say_set);
}

static int run_set(struct command *cmd)
{
	AUTO_FREE char *name = NULL;
	uint64_t mac = 0;
	struct cli_error *error = value_name(cmd, cmd->arguments[0], &name);

	if (!error && !cmd->options[OPTION_MAC])
		error = cli_error_new(VDPAM_ERROR_USAGE, 0, NULL,
				      "set: what is to change is missing: --mac M");
	if (!error)
		error = value_mac(cmd->options[OPTION_MAC], &mac);
	if (!error)
		error = refuse_persist(cmd);
	return error ? fail(cmd, error) : set_mac(cmd, name, mac);
}

const struct verb set_verb = {
	.name = "set",
	.usage = "NAME --mac M [--force] [--persist]",
	.summary = "Change a living device",
	.options = OPTION_BIT(OPTION_MAC) | OPTION_BIT(OPTION_FORCE) |
		   OPTION_BIT(OPTION_PERSIST),
	.min_arguments = 1,
	.max_arguments = 1,
	.daemon = DAEMON_IF_THERE,
	.run = run_set,
};
