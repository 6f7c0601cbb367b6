// SPDX-License-Identifier: GPL-2.0-or-later
/* vdpactl destroy: devices unbound, then deleted. Each is tried, whatever became of the others. */
#include <json-c/json.h>

#include "bus.h"

static void say_destroyed(const char *name, struct json_object *steps,
			  struct json_object *device)
{
	(void)steps;
	(void)device;
	printf("destroyed %s\n", name);
}

static void add_job(const struct command *cmd, const struct view *view, struct jobs *jobs,
		    const char *name)
{
	struct vdpam_error *error = NULL;
	struct vdpam_plan *plan = NULL;
	int r = vdpam_plan_new_destroy(view->snapshot, name, cmd->options[OPTION_FORCE],
				       &plan, &error);

	jobs_add(jobs, name, VDPAM_DEVICE_DELETE, r, plan, error);
}

static int ask_daemon(const struct command *cmd, char *const *names)
{
	AUTO_FREE sd_bus_message **calls =
		must(calloc(cmd->argument_count, sizeof(sd_bus_message *)));

	for (size_t i = 0; i < cmd->argument_count; i++) {
		calls[i] = daemon_device_call(cmd, names[i], "Destroy");
		daemon_append(calls[i], "s", daemon_claim(cmd));
		daemon_append_timeout(cmd, calls[i]);
	}
	return daemon_changes(cmd, names, calls, cmd->argument_count, say_destroyed);
}

static int destroy(struct command *cmd, char *const *names)
{
	AUTO_VIEW struct view view = {};
	AUTO_JOBS struct jobs *jobs = jobs_new();
	int status;

	if (cmd->daemon)
		return ask_daemon(cmd, names);
	status = view_open(cmd, VDPAM_LOOK_WHOLE, &view);
	if (status)
		return status;
	for (size_t i = 0; i < cmd->argument_count; i++)
		add_job(cmd, &view, jobs, names[i]);
	return jobs_run(cmd, view.ctx, jobs, say_destroyed);
}

static int run_destroy(struct command *cmd)
{
	char **names = must(calloc(cmd->argument_count, sizeof(*names)));
	struct cli_error *error = NULL;
	int status;

	for (size_t i = 0; i < cmd->argument_count && !error; i++)
		error = value_name(cmd, cmd->arguments[i], &names[i]);
	if (!error)
		error = refuse_persist(cmd);
	status = error ? fail(cmd, error) : destroy(cmd, names);
	for (size_t i = 0; i < cmd->argument_count; i++)
		free(names[i]);
	free(names);
	return status;
}

const struct verb destroy_verb = {
	.name = "destroy",
	.usage = "NAME... [--force] [--persist]",
	.summary = "Unbind devices and delete them",
	.options = OPTION_BIT(OPTION_FORCE) | OPTION_BIT(OPTION_PERSIST),
	.min_arguments = 1,
	.max_arguments = SIZE_MAX,
	.daemon = DAEMON_IF_THERE,
	.run = run_destroy,
};
