// SPDX-License-Identifier: GPL-2.0-or-later
/* vdpactl sf list: the scalable functions of all PFs. */
#include <json-c/json.h>

#include "command.h"

static const struct column columns[] = {
	{ "PF", "pf", NULL },           { "SFNUM", "sfnum", NULL },
	{ "STATE", "state", NULL },     { "OPSTATE", "opstate", NULL },
	{ "MAC", "mac", NULL },         { "HANDLE", "handle", NULL },
	{ "MGMTDEV", "mgmtdev", NULL }, { "REPRESENTOR", "representor", NULL },
	{ NULL, NULL, NULL },
};

static int run_sf_list(struct command *cmd)
{
	AUTO_VIEW struct view view = {};
	struct json_object *rows;
	struct vdpam_sf_list *sfs = NULL;
	struct vdpam_error *error = NULL;
	const struct vdpam_sf *sf = NULL;
	int status = view_connect(cmd, &view);

	if (status)
		return status;
	guard_say("asking for the scalable functions");
	if (vdpam_sf_list_new(view.ctx, &sfs, &error) < 0)
		return fail(cmd, cli_error_from(error));
	rows = must(json_object_new_array());
	while ((sf = vdpam_sf_next(sfs, sf)))
		json_append(rows, must(vdpam_sf_to_json(sf)));
	vdpam_sf_list_free(sfs);
	listing_print(cmd, "sfs", columns, rows);
	return 0;
}

const struct verb sf_list_verb = {
	.name = "sf list",
	.usage = "",
	.summary = "List the scalable functions of all PFs",
	.run = run_sf_list,
};
