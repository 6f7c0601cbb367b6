// SPDX-License-Identifier: GPL-2.0-or-later
/* vdpactl path: the char device of a device, for use in scripts. */
#include <errno.h>
#include <json-c/json.h>
#include <string.h>

#include "command.h"

static struct cli_error *find_path(const struct command *cmd, const struct view *view,
				   const char *name, const char **ret_path)
{
	AUTO_FREE char *shown = must(vdpam_name_escape(name));
	AUTO_FREE char *driver_shown = NULL;
	const struct vdpam_device *device;
	const char *driver;
	struct cli_error *error = view_find_device(cmd, view, name, &device);

	if (error)
		return error;
	*ret_path = vdpam_device_get_chardev(device);
	driver = vdpam_device_get_driver(device);
	if (*ret_path)
		return NULL;
	driver_shown = must(vdpam_name_escape(driver ? driver : "none"));
	if (!driver || strcmp(driver, "vhost_vdpa"))
		return cli_error_new(
			VDPAM_ERROR_WRONG_DRIVER, 0, shown,
			"path %s: its driver is %s, and only vhost_vdpa has a char "
			"device; 'vdpactl bind %s vhost_vdpa' gives it one",
			shown, driver_shown, shown);
	return cli_error_new(
		VDPAM_ERROR_KERNEL, 0, shown,
		"path %s: vhost_vdpa has it, but there is no char device yet or any more",
		shown);
}

static int run_path(struct command *cmd)
{
	AUTO_VIEW struct view view = {};
	AUTO_FREE char *name = NULL;
	const char *path = NULL;
	struct cli_error *error = value_name(cmd, cmd->arguments[0], &name);
	int status;

	if (error)
		return fail(cmd, error);
	status = view_open(cmd, VDPAM_LOOK_WHOLE, &view);
	if (status)
		return status;
	error = find_path(cmd, &view, name, &path);
	if (error)
		return fail(cmd, error);
	if (cmd->json) {
		struct json_object *object = must(json_object_new_object());

		json_set(object, "name", json_escaped(name));
		json_set(object, "chardev", json_text(path));
		json_print(object);
	} else {
		puts(path);
	}
	return 0;
}

const struct verb path_verb = {
	.name = "path",
	.usage = "NAME",
	.summary = "Print the char device of a device, /dev/vhost-vdpa-N",
	.min_arguments = 1,
	.max_arguments = 1,
	.run = run_path,
};
