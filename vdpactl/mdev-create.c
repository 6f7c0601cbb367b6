// SPDX-License-Identifier: GPL-2.0-or-later
/* vdpactl mdev create: a mediated device, under a given UUID or a new one. */
#include <errno.h>
#include <json-c/json.h>
#include <string.h>

#include "bus.h"

/* Of most parents no management device comes: theirs are for VFIO. */
static void say_created(struct vdpam_ctx *ctx, const struct vdpam_mdev_wish *wish)
{
	AUTO_FREE char *parent = must(vdpam_name_escape(wish->parent)), *shown = NULL;
	struct vdpam_mdev_list *mdevs = NULL;
	const struct vdpam_mdev *mdev = NULL;

	if (vdpam_mdev_list_new(ctx, &mdevs, NULL) == 0)
		mdev = vdpam_mdev_list_find(mdevs, wish->uuid);
	if (mdev && vdpam_mdev_get_mgmtdev(mdev))
		shown = must(vdpam_name_escape(vdpam_mdev_get_mgmtdev(mdev)));
	printf("created mdev %s on %s: %s%s\n", wish->uuid, parent,
	       shown ? "management device " : "no management device has come of it",
	       shown ? shown : "");
	vdpam_mdev_list_free(mdevs);
}

static void say_nothing(const char *name, struct json_object *steps,
			struct json_object *device)
{
	(void)name;
	(void)steps;
	(void)device;
}

static int ask_daemon(const struct command *cmd, const struct vdpam_mdev_wish *wish)
{
	AUTO_VIEW struct view view = {};
	AUTO_FREE char *parent = must(vdpam_name_escape(wish->parent));
	AUTO_FREE char *type = must(vdpam_name_escape(wish->type));
	sd_bus_message *call =
		daemon_call(cmd, BUS_MANAGER, "org.vdpad1.Manager", "CreateMdev");
	int status;

	daemon_append(call, "sss", parent, type, wish->uuid);
	daemon_append_timeout(cmd, call);
	status = daemon_change(cmd, wish->parent, call, say_nothing);
	if (!status && !cmd->json && !cmd->quiet && !view_connect(cmd, &view))
		say_created(view.ctx, wish);
	return status;
}

static int create(struct command *cmd, const struct vdpam_mdev_wish *wish)
{
	AUTO_VIEW struct view view = {};
	AUTO_JOBS struct jobs *jobs = jobs_new();
	struct vdpam_mdev_list *mdevs = NULL;
	struct vdpam_error *error = NULL;
	struct vdpam_plan *plan = NULL;
	int status, r;

	if (cmd->daemon)
		return ask_daemon(cmd, wish);
	status = view_list_mdevs(cmd, &view, &mdevs);
	if (status)
		return status;
	r = vdpam_plan_new_mdev_create(mdevs, wish, &plan, &error);
	vdpam_mdev_list_free(mdevs);
	jobs_add(jobs, wish->parent, VDPAM_MDEV_CREATE, r, plan, error);
	status = jobs_run(cmd, view.ctx, jobs, say_nothing);
	if (!status && !cmd->json && !cmd->quiet)
		say_created(view.ctx, wish);
	return status;
}

/* The one that was given, as the kernel writes it, or a new one. */
static struct cli_error *find_uuid(const struct command *cmd, char uuid[VDPAM_UUID_TEXT])
{
	const char *text = cmd->options[OPTION_UUID];
	int r;

	if (text)
		return value_uuid(cmd, text, uuid);
	r = vdpam_uuid_new(uuid);
	return r < 0 ? cli_error_new(VDPAM_ERROR_INTERNAL, -r, NULL,
				     "mdev create: cannot make a UUID: %s", strerror(-r))
		     : NULL;
}

static int run_mdev_create(struct command *cmd)
{
	AUTO_FREE char *parent = NULL, *type = NULL;
	char uuid[VDPAM_UUID_TEXT];
	struct cli_error *error = value_name(cmd, cmd->arguments[0], &parent);
	struct vdpam_mdev_wish wish = { .uuid = uuid };

	if (!error)
		error = value_name(cmd, cmd->arguments[1], &type);
	if (!error)
		error = find_uuid(cmd, uuid);
	wish.parent = parent;
	wish.type = type;
	return error ? fail(cmd, error) : create(cmd, &wish);
}

const struct verb mdev_create_verb = {
	.name = "mdev create",
	.usage = "PARENT TYPE [--uuid U]",
	.summary = "Create a mediated device",
	.options = OPTION_BIT(OPTION_UUID),
	.min_arguments = 2,
	.max_arguments = 2,
	.daemon = DAEMON_IF_THERE,
	.run = run_mdev_create,
};
