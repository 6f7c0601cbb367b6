// SPDX-License-Identifier: GPL-2.0-or-later
/* What the verbs that change a device have in common beside their jobs. */
#include <json-c/json.h>

#include "command.h"

struct cli_error *refuse_persist(const struct command *cmd)
{
	if (!cmd->options[OPTION_PERSIST] || cmd->daemon)
		return NULL;
	return cli_error_new(
		VDPAM_ERROR_DAEMON_UNREACHABLE, 0, NULL,
		"%s --persist: documents are kept by the daemon vdpad, which cannot be "
		"reached",
		cmd->verb->name);
}

struct json_object *step_argument(struct json_object *steps, size_t index,
				  enum vdpam_argument argument)
{
	struct json_object *step = json_object_array_get_idx(steps, index);
	struct json_object *arguments = step ? json_get(step, "arguments") : NULL;

	return arguments ? json_get(arguments, vdpam_argument_name(argument)) : NULL;
}

char *binding_text(struct json_object *row)
{
	struct json_object *driver = row ? json_get(row, "driver") : NULL;
	struct json_object *endpoint = row ? view_endpoint(row) : NULL;
	char *text = NULL;
	int length = 0;

	if (driver)
		length = asprintf(&text, "bound to %s%s%s",
				  json_object_get_string(driver), endpoint ? ": " : "",
				  endpoint ? json_object_get_string(endpoint) : "");
	else if (row)
		length = asprintf(&text, "without a driver");
	if (length < 0)
		out_of_memory();
	return text;
}

int refuse_plan_in_use(const struct view *view, int result, struct vdpam_plan **plan,
		       struct vdpam_error **error)
{
	if (result < 0)
		return result;
	guard_say("looking for those who use the devices");
	result = vdpam_plan_check_use(view->ctx, view->snapshot, *plan, error);
	if (result < 0)
		*plan = vdpam_plan_free(*plan);
	return result;
}
