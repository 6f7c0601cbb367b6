// SPDX-License-Identifier: GPL-2.0-or-later
/* vdpactl mdev types: which mediated devices could be created, of one parent or of all. */
#include <errno.h>
#include <json-c/json.h>
#include <string.h>

#include "command.h"

static const struct column columns[] = {
	{ "PARENT", "parent", NULL },
	{ "TYPE", "type", NULL },
	{ "AVAILABLE", "available_instances", NULL },
	{ "API", "device_api", NULL },
	{ "NAME", "name", NULL },
	{ "DESCRIPTION", "description", NULL },
	{ NULL, NULL, NULL },
};

static struct json_object *find_rows(const struct vdpam_mdev_list *mdevs,
				     const char *parent)
{
	struct json_object *rows = must(json_object_new_array());
	const struct vdpam_mdev_type *type = NULL;

	while ((type = vdpam_mdev_type_next(mdevs, type))) {
		if (!parent || !strcmp(vdpam_mdev_type_get_parent(type), parent))
			json_append(rows, must(vdpam_mdev_type_to_json(type)));
	}
	return rows;
}

static int list_types(struct command *cmd, const char *parent)
{
	AUTO_VIEW struct view view = {};
	AUTO_FREE char *shown = must(vdpam_name_escape(parent ? parent : ""));
	struct vdpam_mdev_list *mdevs = NULL;
	struct cli_error *wrong = NULL;
	int status = view_list_mdevs(cmd, &view, &mdevs);

	if (status)
		return status;
	if (parent && !vdpam_mdev_list_has_parent(mdevs, parent))
		wrong = cli_error_new(VDPAM_ERROR_NO_SUCH_FUNCTION, ENODEV, shown,
				      "mdev types: %s is no parent of mediated devices; "
				      "'vdpactl mdev types' shows all there are",
				      shown);
	else
		listing_print(cmd, "types", columns, find_rows(mdevs, parent));
	vdpam_mdev_list_free(mdevs);
	return wrong ? fail(cmd, wrong) : 0;
}

static int run_mdev_types(struct command *cmd)
{
	AUTO_FREE char *parent = NULL;
	struct cli_error *error = NULL;

	if (cmd->argument_count)
		error = value_name(cmd, cmd->arguments[0], &parent);
	return error ? fail(cmd, error) : list_types(cmd, parent);
}

const struct verb mdev_types_verb = {
	.name = "mdev types",
	.usage = "[PARENT]",
	.summary = "List the types of mediated devices that can be created",
	.max_arguments = 1,
	.run = run_mdev_types,
};
