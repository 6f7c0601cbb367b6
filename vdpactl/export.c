// SPDX-License-Identifier: GPL-2.0-or-later
/* vdpactl export: the running state as a document. */
#include <json-c/json.h>

#include "command.h"

static int check_names(const struct command *cmd, const struct view *view, char **names)
{
	for (size_t i = 0; i < cmd->argument_count; i++) {
		const struct vdpam_device *device;
		struct cli_error *error = value_name(cmd, cmd->arguments[i], &names[i]);

		if (!error)
			error = view_find_device(cmd, view, names[i], &device);
		if (error)
			return fail(cmd, error);
	}
	return 0;
}

static void print(struct json_object *document)
{
	puts(json_object_to_json_string_ext(
		document, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED |
				  JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(document);
}

static int run_export(struct command *cmd)
{
	AUTO_VIEW struct view view = {};
	size_t count = cmd->argument_count;
	char **names = must(calloc(count + 1, sizeof(*names)));
	int status = view_open(cmd, VDPAM_LOOK_FUNCTIONS, &view);

	if (!status)
		status = check_names(cmd, &view, names);
	if (!status)
		print(must(vdpam_export(view.snapshot,
					count ? (const char *const *)names : NULL,
					count)));
	for (size_t i = 0; i < count; i++)
		free(names[i]);
	free(names);
	return status;
}

const struct verb export_verb = {
	.name = "export",
	.usage = "[NAME...]",
	.summary = "Print the running state as a document",
	.min_arguments = 0,
	.max_arguments = SIZE_MAX,
	.run = run_export,
};
