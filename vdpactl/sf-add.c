// SPDX-License-Identifier: GPL-2.0-or-later
/* vdpactl sf add: a scalable function, up to its management device. */
#include <json-c/json.h>

#include "bus.h"

/* What came of it, which only a look tells: the name of its management device is the kernel's. */
static void say_added(struct vdpam_ctx *ctx, const struct vdpam_sf_wish *wish,
		      bool was_there)
{
	AUTO_FREE char *pf = must(vdpam_name_escape(wish->pf)), *shown = NULL;
	struct vdpam_sf_list *sfs = NULL;
	const struct vdpam_sf *sf = NULL;

	if (vdpam_sf_list_new(ctx, &sfs, NULL) == 0)
		sf = vdpam_sf_list_find(sfs, wish->pf, wish->sfnum);
	if (sf && vdpam_sf_get_mgmtdev(sf))
		shown = must(vdpam_name_escape(vdpam_sf_get_mgmtdev(sf)));
	printf("%s SF %u %s %s%s%s\n", was_there ? "there is" : "added", wish->sfnum,
	       was_there ? "already on" : "to", pf, shown ? ": management device " : "",
	       shown ? shown : "");
	vdpam_sf_list_free(sfs);
}

static void say_nothing(const char *name, struct json_object *steps,
			struct json_object *device)
{
	(void)name;
	(void)steps;
	(void)device;
}

static int ask_daemon(const struct command *cmd, const struct vdpam_sf_wish *wish)
{
	AUTO_VIEW struct view view = {};
	AUTO_FREE char *shown = must(vdpam_name_escape(wish->pf));
	sd_bus_message *call =
		daemon_call(cmd, BUS_MANAGER, "org.vdpad1.Manager", "AddSf");
	int status;

	daemon_append(call, "su", shown, wish->sfnum);
	daemon_open_options(call);
	if (wish->mac)
		daemon_append_option(call, "mac", "s", cmd->options[OPTION_MAC]);
	if (wish->eswitch)
		daemon_append_option(call, "eswitch", "s", wish->eswitch);
	daemon_close_options(call);
	daemon_append_timeout(cmd, call);
	status = daemon_change(cmd, wish->pf, call, say_nothing);
	if (!status && !cmd->json && !cmd->quiet && !view_connect(cmd, &view))
		say_added(view.ctx, wish, false);
	return status;
}

static int add(struct command *cmd, const struct vdpam_sf_wish *wish)
{
	AUTO_VIEW struct view view = {};
	AUTO_JOBS struct jobs *jobs = jobs_new();
	struct vdpam_sf_list *sfs = NULL;
	struct vdpam_error *error = NULL;
	struct vdpam_plan *plan = NULL;
	bool was_there;
	int status, r;

	if (cmd->daemon)
		return ask_daemon(cmd, wish);
	status = view_connect(cmd, &view);
	if (status)
		return status;
	guard_say("asking for the scalable functions");
	if (vdpam_sf_list_new(view.ctx, &sfs, &error) < 0)
		return fail(cmd, cli_error_from(error));
	r = vdpam_plan_new_sf_add(sfs, wish, &plan, &error);
	vdpam_sf_list_free(sfs);
	was_there = r == 0 && !vdpam_plan_count(plan);
	jobs_add(jobs, wish->pf, VDPAM_SF_ADD, r, plan, error);
	status = jobs_run(cmd, view.ctx, jobs, say_nothing);
	if (!status && !cmd->json && !cmd->quiet)
		say_added(view.ctx, wish, was_there);
	return status;
}

static int run_sf_add(struct command *cmd)
{
	AUTO_FREE char *pf = NULL;
	struct vdpam_sf_wish wish = {};
	struct cli_error *error = value_name(cmd, cmd->arguments[0], &pf);

	if (!error)
		error = value_sfnum(cmd, &wish.sfnum);
	if (!error && cmd->options[OPTION_MAC])
		error = value_mac(cmd->options[OPTION_MAC], &wish.mac);
	wish.pf = pf;
	wish.eswitch = cmd->options[OPTION_ESWITCH];
	return error ? fail(cmd, error) : add(cmd, &wish);
}

const struct verb sf_add_verb = {
	.name = "sf add",
	.usage = "PF --sfnum N [--mac M] [--eswitch switchdev]",
	.summary = "Add a scalable function, up to its management device",
	.options = OPTION_BIT(OPTION_SFNUM) | OPTION_BIT(OPTION_MAC) |
		   OPTION_BIT(OPTION_ESWITCH),
	.min_arguments = 1,
	.max_arguments = 1,
	.daemon = DAEMON_IF_THERE,
	.run = run_sf_add,
};
