// SPDX-License-Identifier: GPL-2.0-or-later
/* vdpactl list: devices, management devices, bus drivers or functions, a line each. */
#include <json-c/json.h>
#include <string.h>

#include "bus.h"

static char *format_endpoint(struct json_object *row)
{
	return cell_text(view_endpoint(row));
}

static char *format_count(struct json_object *array)
{
	char *text;

	return asprintf(&text, "%zu", json_object_array_length(array)) < 0 ? NULL : text;
}

static const struct column device_columns[] = {
	{ "NAME", "name", NULL },
	{ "CLASS", "class", NULL },
	{ "MGMTDEV", "mgmtdev", NULL },
	{ "DRIVER", "driver", NULL },
	{ "ENDPOINT", "", format_endpoint },
	{ "MAC", "config.mac", NULL },
	{ "MTU", "config.mtu", NULL },
	{ "STATE", "state", NULL },
	{ NULL, NULL, NULL },
};

static const struct column holder_columns[] = {
	{ "NAME", "name", NULL },
	{ "CLASS", "class", NULL },
	{ "MGMTDEV", "mgmtdev", NULL },
	{ "DRIVER", "driver", NULL },
	{ "ENDPOINT", "", format_endpoint },
	{ "STATE", "state", NULL },
	{ "IN-USE", "in_use", NULL },
	{ "HOLDERS", "holders", NULL },
	{ "DOMAIN", "domain", NULL },
	{ NULL, NULL, NULL },
};

static const struct column mgmtdev_columns[] = {
	{ "HANDLE", "handle", NULL },
	{ "FUNCTION", "function", NULL },
	{ "CLASSES", "classes", NULL },
	{ "MAX-VQS", "max_supported_vqs", NULL },
	{ "DRIVER", "driver", NULL },
	{ "DMA", "dma_translation", NULL },
	{ "PF", "pf", NULL },
	{ "NUMA", "numa_node", NULL },
	{ "DEVICES", "devices", format_count },
	{ NULL, NULL, NULL },
};

static const struct column driver_columns[] = {
	{ "DRIVER", "name", NULL },
	{ "DEVICES", "devices", format_count },
	{ NULL, NULL, NULL },
};

/* How many VFs of how many. */
static char *format_vfs(struct json_object *row)
{
	struct json_object *total = json_get(row, "sriov_totalvfs");
	char *text;

	if (!total)
		return strdup("-");
	return asprintf(&text, "%d/%d",
			json_object_get_int(json_get(row, "sriov_numvfs")),
			json_object_get_int(total)) < 0
		       ? NULL
		       : text;
}

static const struct column function_columns[] = {
	{ "HANDLE", "handle", NULL },   { "FUNCTION", "function", NULL },
	{ "PF", "pf", NULL },           { "DRIVER", "driver", NULL },
	{ "NETDEV", "netdev", NULL },   { "REPRESENTOR", "representor", NULL },
	{ "VFS", "", format_vfs },      { "NUMA", "numa_node", NULL },
	{ "MGMTDEV", "mgmtdev", NULL }, { NULL, NULL, NULL },
};

static struct json_object *rows_of_devices(const struct view *view, bool holders)
{
	return view_device_rows(view, holders);
}

static struct json_object *rows_of_mgmtdevs(const struct view *view, bool holders)
{
	struct json_object *rows = must(json_object_new_array());
	const struct vdpam_mgmtdev *mgmtdev = NULL;

	(void)holders;
	while ((mgmtdev = vdpam_mgmtdev_next(view->snapshot, mgmtdev)))
		json_append(rows, must(vdpam_mgmtdev_to_json(view->snapshot, mgmtdev)));
	return rows;
}

static int compare_names(const void *a, const void *b)
{
	struct json_object *const *rows[] = { a, b };

	return strcmp(json_object_get_string(json_get(*rows[0], "name")),
		      json_object_get_string(json_get(*rows[1], "name")));
}

static struct json_object *rows_of_drivers(const struct view *view, bool holders)
{
	struct json_object *rows = must(json_object_new_array());
	const struct vdpam_driver *driver = NULL;

	(void)holders;
	while ((driver = vdpam_driver_next(view->snapshot, driver)))
		json_append(rows, must(vdpam_driver_to_json(view->snapshot, driver)));
	/* A folder lists them in no order that would last. */
	json_object_array_sort(rows, compare_names);
	return rows;
}

static struct json_object *rows_of_functions(const struct view *view, bool holders)
{
	struct json_object *rows = must(json_object_new_array());
	const struct vdpam_function *function = NULL;

	(void)holders;
	while ((function = vdpam_function_next(view->snapshot, function)))
		json_append(rows, must(vdpam_function_to_json(function)));
	return rows;
}

static const struct kind {
	const char *name;
	enum vdpam_look look;
	struct json_object *(*rows)(const struct view *view, bool holders);
	const struct column *columns;
} kinds[] = {
	{ "devices", VDPAM_LOOK_WHOLE, rows_of_devices, device_columns },
	{ "mgmtdevs", VDPAM_LOOK_WHOLE, rows_of_mgmtdevs, mgmtdev_columns },
	{ "drivers", VDPAM_LOOK_BRIEF, rows_of_drivers, driver_columns },
	{ "functions", VDPAM_LOOK_FUNCTIONS, rows_of_functions, function_columns },
};
#define KIND_COUNT (sizeof(kinds) / sizeof(*kinds))

/* NULL, and the error, when there is no such kind or it has no holders. */
static const struct kind *find_kind(const struct command *cmd,
				    struct cli_error **ret_error)
{
	const char *word = cmd->argument_count ? cmd->arguments[0] : kinds[0].name;
	AUTO_FREE char *shown = must(vdpam_name_escape(word));
	size_t i = 0;

	while (i < KIND_COUNT && strcmp(kinds[i].name, word))
		i++;
	if (i == KIND_COUNT)
		*ret_error = cli_error_new(
			VDPAM_ERROR_USAGE, 0, NULL,
			"list '%s': what can be listed is devices, mgmtdevs, drivers or "
			"functions",
			shown);
	else if (i && cmd->options[OPTION_HOLDERS])
		*ret_error = cli_error_new(VDPAM_ERROR_USAGE, 0, NULL,
					   "list %s --holders: only devices have holders",
					   word);
	else
		return &kinds[i];
	return NULL;
}

/* 0, or the exit status of an error that was printed. */
static int look(const struct command *cmd, const struct kind *kind,
		struct json_object **ret_rows)
{
	AUTO_VIEW struct view view = {};
	int status = view_open(cmd, kind->look, &view);

	if (status)
		return status;
	*ret_rows = kind->rows(&view, cmd->options[OPTION_HOLDERS]);
	return 0;
}

static int ask_daemon(const struct command *cmd, const struct kind *kind,
		      struct json_object **ret_rows)
{
	struct json_object *listing = NULL;
	struct cli_error *error;

	error = daemon_refresh(cmd);
	if (!error)
		error = daemon_snapshot(cmd, kind->name, &listing);
	if (error)
		return fail(cmd, error);
	*ret_rows = json_object_get(json_get(listing, kind->name));
	json_object_put(listing);
	if (cmd->options[OPTION_HOLDERS])
		daemon_add_holders(*ret_rows);
	return 0;
}

static int run_list(struct command *cmd)
{
	struct cli_error *error = NULL;
	const struct kind *kind = find_kind(cmd, &error);
	struct json_object *rows = NULL;
	int status;

	if (!kind)
		return fail(cmd, error);
	status = cmd->daemon ? ask_daemon(cmd, kind, &rows) : look(cmd, kind, &rows);
	if (status)
		return status;
	if (cmd->json) {
		json_print(json_listing(kind->name, rows));
		return 0;
	}
	table_print(stdout, cmd->options[OPTION_HOLDERS] ? holder_columns : kind->columns,
		    rows);
	json_object_put(rows);
	return 0;
}

const struct verb list_verb = {
	.name = "list",
	.usage = "[devices|mgmtdevs|drivers|functions] [--holders]",
	.summary = "List devices, management devices, bus drivers or functions",
	.options = OPTION_BIT(OPTION_HOLDERS),
	.max_arguments = 1,
	.daemon = DAEMON_IF_THERE,
	.run = run_list,
};
