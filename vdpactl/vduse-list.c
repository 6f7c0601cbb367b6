// SPDX-License-Identifier: GPL-2.0-or-later
/* vdpactl vduse list: the devices that programs offer through VDUSE. */
#include <json-c/json.h>

#include "command.h"

static const struct column columns[] = {
	{ "NAME", "name", NULL },
	{ "ATTACHED", "attached", NULL },
	{ "CLASS", "class", NULL },
	{ "QUEUES", "queues", NULL },
	{ "MSG-TIMEOUT", "msg_timeout", NULL },
	{ NULL, NULL, NULL },
};

static int run_vduse_list(struct command *cmd)
{
	AUTO_VIEW struct view view = {};
	struct json_object *rows;
	struct vdpam_vduse_list *list = NULL;
	const struct vdpam_vduse *vduse = NULL;
	struct vdpam_error *error = NULL;
	int status = view_connect(cmd, &view);

	if (status)
		return status;
	guard_say("asking for the VDUSE devices");
	if (vdpam_vduse_list_new(view.ctx, &list, &error) < 0)
		return fail(cmd, cli_error_from(error));
	rows = must(json_object_new_array());
	while ((vduse = vdpam_vduse_next(list, vduse)))
		json_append(rows, must(vdpam_vduse_to_json(vduse)));
	vdpam_vduse_list_free(list);
	listing_print(cmd, "vduse", columns, rows);
	return 0;
}

const struct verb vduse_list_verb = {
	.name = "vduse list",
	.usage = "",
	.summary = "List the devices that programs offer through VDUSE",
	.run = run_vduse_list,
};
