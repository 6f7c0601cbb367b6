// SPDX-License-Identifier: GPL-2.0-or-later
/* vdpactl vf list: the VFs of one PF, and what the PF's driver enforces on each. */
#include <json-c/json.h>

#include "command.h"

static const struct column columns[] = {
	{ "VF", "index", NULL },           { "HANDLE", "handle", NULL },
	{ "DRIVER", "driver", NULL },      { "NETDEV", "netdev", NULL },
	{ "MGMTDEV", "mgmtdev", NULL },    { "MAC", "mac", NULL },
	{ "VLAN", "vlan", NULL },          { "QOS", "qos", NULL },
	{ "TRUST", "trust", NULL },        { "SPOOFCHK", "spoofchk", NULL },
	{ "LINK", "link_state", NULL },    { "MIN-TX", "min_tx_rate", NULL },
	{ "MAX-TX", "max_tx_rate", NULL }, { NULL, NULL, NULL },
};

static void copy_keys(struct json_object *row, struct json_object *from,
		      const char *const *keys)
{
	for (; *keys; keys++)
		json_set(row, *keys, json_object_get(json_get(from, *keys)));
	json_object_put(from);
}

static struct json_object *vf_row(const struct vdpam_function *vf,
				  const struct vdpam_vf *link)
{
	static const char *const keys[] = { "handle",  "pf",          "driver",
					    "netdev",  "representor", "numa_node",
					    "mgmtdev", NULL };
	struct json_object *row = must(json_object_new_object());
	int index = vdpam_function_get_vf_index(vf);

	json_set(row, "index", index < 0 ? NULL : must(json_object_new_int(index)));
	copy_keys(row, must(vdpam_function_to_json(vf)), keys);
	for (enum vdpam_vf_attr attr = 0; attr < VDPAM_VF_ATTR_COUNT; attr++)
		json_set(row, vdpam_vf_attr_name(attr), NULL);
	if (link) {
		struct json_object *attrs = must(vdpam_vf_to_json(link));

		json_object_object_foreach(attrs, key, value)
		{
			json_set(row, key, json_object_get(value));
		}
		json_object_put(attrs);
	}
	return row;
}

static struct json_object *vf_rows(const struct view *view,
				   const struct vdpam_function *pf)
{
	const struct vdpam_vfs *vfs = vdpam_function_get_vfs(pf);
	struct json_object *rows = must(json_object_new_array());
	int total = vdpam_function_get_sriov_total(pf);

	for (int i = 0; i < total; i++) {
		const struct vdpam_function *vf = vdpam_snapshot_find_vf(
			view->snapshot, vdpam_function_get_handle(pf), (uint32_t)i);

		if (vf)
			json_append(rows,
				    vf_row(vf, vfs ? vdpam_vfs_find(vfs, (uint32_t)i)
						   : NULL));
	}
	return rows;
}

static int run_vf_list(struct command *cmd)
{
	AUTO_VIEW struct view view = {};
	AUTO_FREE char *handle = NULL;
	const struct vdpam_function *pf;
	struct json_object *rows;
	struct cli_error *error = value_name(cmd, cmd->arguments[0], &handle);
	int status;

	if (error)
		return fail(cmd, error);
	status = view_open(cmd, VDPAM_LOOK_FUNCTIONS, &view);
	if (status)
		return status;
	error = view_find_pf(cmd, &view, handle, &pf);
	if (error)
		return fail(cmd, error);
	rows = vf_rows(&view, pf);
	if (cmd->json) {
		json_print(json_listing("vfs", rows));
		return 0;
	}
	table_print(stdout, columns, rows);
	json_object_put(rows);
	return 0;
}

const struct verb vf_list_verb = {
	.name = "vf list",
	.usage = "PF",
	.summary = "List the VFs of a PF and what it enforces on them",
	.min_arguments = 1,
	.max_arguments = 1,
	.run = run_vf_list,
};
