// SPDX-License-Identifier: GPL-2.0-or-later
/* vdpactl show: all that is known of one device, management device or function. */
#include <errno.h>
#include <json-c/json.h>

#include "bus.h"

static struct json_object *find_object(const struct view *view, const char *name)
{
	const struct vdpam_device *device =
		vdpam_snapshot_find_device(view->snapshot, name);
	const struct vdpam_mgmtdev *mgmtdev =
		vdpam_snapshot_find_mgmtdev(view->snapshot, name);

	if (device) {
		guard_say("looking for those who hold the device");
		return view_device_row(view, device, true);
	}
	return mgmtdev ? must(vdpam_mgmtdev_to_json(view->snapshot, mgmtdev)) : NULL;
}

/* Functions are there without vDPA. */
static struct json_object *find_function(struct view *view, const char *name)
{
	const struct vdpam_function *function;
	struct vdpam_snapshot *snapshot;
	struct json_object *object;

	if (vdpam_snapshot_new(view->ctx, VDPAM_LOOK_FUNCTIONS, &snapshot, NULL) < 0)
		return NULL;
	function = vdpam_snapshot_find_function(snapshot, name);
	object = function ? must(vdpam_function_to_json(function)) : NULL;
	vdpam_snapshot_unref(snapshot);
	return object;
}

static struct cli_error *no_such_thing(const char *name)
{
	AUTO_FREE char *shown = must(vdpam_name_escape(name));

	return cli_error_new(VDPAM_ERROR_NO_SUCH_DEVICE, ENODEV, shown,
			     "show %s: there is no such device, management device or "
			     "function; 'vdpactl list' shows them",
			     shown);
}

static void print(const struct command *cmd, struct json_object *object)
{
	if (cmd->json) {
		json_print(object);
		return;
	}
	table_print_object(stdout, object);
	json_object_put(object);
}

/* What the daemon has of this name; NULL: nothing. */
static struct json_object *find_in(struct json_object *snapshot, const char *shown)
{
	struct json_object *devices = must(json_object_new_array());
	struct json_object *object =
		daemon_find(json_get(snapshot, "devices"), "name", shown);

	if (object) {
		json_append(devices, json_object_get(object));
		daemon_add_holders(devices);
	}
	json_object_put(devices);
	if (!object)
		object = daemon_find(json_get(snapshot, "mgmtdevs"), "handle", shown);
	if (!object)
		object = daemon_find(json_get(snapshot, "functions"), "handle", shown);
	return json_object_get(object);
}

static int ask_daemon(const struct command *cmd, const char *name)
{
	AUTO_FREE char *shown = must(vdpam_name_escape(name));
	struct json_object *snapshot = NULL, *object;
	struct cli_error *error;

	error = daemon_refresh(cmd);
	if (!error)
		error = daemon_snapshot(cmd, "snapshot", &snapshot);
	if (error)
		return fail(cmd, error);
	object = find_in(snapshot, shown);
	json_object_put(snapshot);
	if (!object)
		return fail(cmd, no_such_thing(name));
	print(cmd, object);
	return 0;
}

static int fail_absent(const struct command *cmd, struct view *view, const char *name)
{
	if (!view->snapshot) {
		view_close(view);
		return view_open(cmd, VDPAM_LOOK_WHOLE, view);
	}
	return fail(cmd, no_such_thing(name));
}

static int run_show(struct command *cmd)
{
	AUTO_VIEW struct view view = {};
	AUTO_FREE char *name = NULL;
	struct json_object *object = NULL;
	struct cli_error *error = value_name(cmd, cmd->arguments[0], &name);
	int status;

	if (error)
		return fail(cmd, error);
	if (cmd->daemon)
		return ask_daemon(cmd, name);
	status = view_open_if_any(cmd, VDPAM_LOOK_WHOLE, &view);
	if (status)
		return status;
	if (view.snapshot)
		object = find_object(&view, name);
	if (!object)
		object = find_function(&view, name);
	if (!object)
		return fail_absent(cmd, &view, name);
	print(cmd, object);
	return 0;
}

const struct verb show_verb = {
	.name = "show",
	.usage = "NAME|MGMTDEV|FUNCTION",
	.summary =
		"Show all of one device, with its holders, of one management device or of "
		"one function",
	.min_arguments = 1,
	.max_arguments = 1,
	.daemon = DAEMON_IF_THERE,
	.run = run_show,
};
