// SPDX-License-Identifier: GPL-2.0-or-later
/* vdpactl mdev list: the mediated devices there are. */
#include <json-c/json.h>

#include "command.h"

static const struct column columns[] = {
	{ "UUID", "uuid", NULL },       { "PARENT", "parent", NULL },
	{ "TYPE", "type", NULL },       { "DRIVER", "driver", NULL },
	{ "MGMTDEV", "mgmtdev", NULL }, { NULL, NULL, NULL },
};

static int run_mdev_list(struct command *cmd)
{
	AUTO_VIEW struct view view = {};
	struct json_object *rows;
	struct vdpam_mdev_list *mdevs = NULL;
	const struct vdpam_mdev *mdev = NULL;
	int status = view_list_mdevs(cmd, &view, &mdevs);

	if (status)
		return status;
	rows = must(json_object_new_array());
	while ((mdev = vdpam_mdev_next(mdevs, mdev)))
		json_append(rows, must(vdpam_mdev_to_json(mdev)));
	vdpam_mdev_list_free(mdevs);
	listing_print(cmd, "mdevs", columns, rows);
	return 0;
}

const struct verb mdev_list_verb = {
	.name = "mdev list",
	.usage = "",
	.summary = "List the mediated devices",
	.run = run_mdev_list,
};
