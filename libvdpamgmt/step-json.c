// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Steps and plans from their JSON form, for whoever runs what another process has decided. Nothing in
 * it is trusted: what no step of ours could say is refused before anything is looked at.
 */
#include <errno.h>
#include <string.h>

#include "json-read.h"
#include "plan.h"
#include "private.h"
#include "step.h"
#include "sysfs.h"

#define NAME_SIZE_MAX 255

/* ---- Names --------------------------------------------------------------------------------- */

static int find_operation(const char *name)
{
	for (int i = 0; i < VDPAM_OPERATION_COUNT; i++) {
		if (!strcmp(vdpam_operation_name((enum vdpam_operation)i), name))
			return i;
	}
	return -EINVAL;
}

static int find_argument(const char *name)
{
	for (int i = 0; i < VDPAM_ARG_COUNT; i++) {
		if (!strcmp(vdpam_argument_name((enum vdpam_argument)i), name))
			return i;
	}
	return -EINVAL;
}

/* Something may be called so, and it fits into one line of a file in /sys. */
static bool is_name(const char *name)
{
	for (const char *p = name; *p; p++) {
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			return false;
	}
	return *name && strlen(name) <= NAME_SIZE_MAX;
}

/* A handle: one name, or a bus and a name on it. */
static bool is_handle(const char *handle)
{
	const char *slash = strchr(handle, '/');

	return is_name(handle) && vdpam_sysfs_is_plain(slash ? slash + 1 : handle) &&
	       slash != handle && *handle != '.';
}

/* By the folder of what it is on. */
static bool is_target(enum vdpam_operation operation, const char *target)
{
	switch (operation) {
	case VDPAM_DEVICE_CREATE:
		return vdpam_name_is_valid(target);
	case VDPAM_DEVICE_DELETE:
	case VDPAM_DEVICE_SET:
	case VDPAM_DRIVER_BIND:
	case VDPAM_DRIVER_UNBIND:
	case VDPAM_CHARDEV_SET:
	case VDPAM_DEVICE_ANNOUNCE:
	case VDPAM_MDEV_REMOVE:
		return is_name(target) && vdpam_sysfs_is_plain(target);
	case VDPAM_VF_COUNT:
	case VDPAM_VF_SET:
	case VDPAM_SF_ADD:
	case VDPAM_SF_DEL:
	case VDPAM_MDEV_CREATE:
	case VDPAM_FUNCTION_BIND:
	case VDPAM_FUNCTION_UNBIND:
		break;
	}
	return is_handle(target);
}

/* ---- Step ---------------------------------------------------------------------------------- */

static void read_text_argument(struct vdpam_reader *reader, struct vdpam_step *step,
			       enum vdpam_argument which, struct json_object *value)
{
	const char *key = vdpam_argument_name(which);
	VDPAM_AUTO_FREE char *name = vdpam_read_name(reader, value, key);
	bool is_path = which == VDPAM_ARG_MGMTDEV || which == VDPAM_ARG_PF;
	int r;

	if (!name)
		return;
	if (is_path ? !is_handle(name) : !is_name(name) || !vdpam_sysfs_is_plain(name))
		vdpam_read_fail(reader, -EINVAL, key);
	r = vdpam_step_set_text(step, which, name);
	if (r < 0)
		vdpam_read_fail(reader, r, key);
}

/* MACs are text and flags are booleans, all other numbers are numbers: as they are written. */
static void read_number_argument(struct vdpam_reader *reader, struct vdpam_step *step,
				 enum vdpam_argument which, struct json_object *arguments)
{
	const char *key = vdpam_argument_name(which);
	uint64_t number = 0;

	if (which == VDPAM_ARG_MAC)
		vdpam_read_mac(reader, arguments, key, &number);
	else if (vdpam_argument_is_flag(which))
		number = vdpam_read_bool(reader, arguments, key);
	else
		vdpam_read_number(reader, arguments, key, UINT64_MAX, &number);
	if (!reader->r && vdpam_step_set_number(step, which, number) < 0)
		vdpam_read_fail(reader, -EINVAL, key);
}

static void read_arguments(struct vdpam_reader *reader, struct vdpam_step *step,
			   struct json_object *arguments)
{
	struct json_object_iter iter;

	json_object_object_foreachC(arguments, iter)
	{
		int which = find_argument(iter.key);

		if (which < 0 || !iter.val)
			vdpam_read_fail(reader, -EINVAL, iter.key);
		else if (vdpam_argument_is_text((enum vdpam_argument)which))
			read_text_argument(reader, step, (enum vdpam_argument)which,
					   vdpam_read_get(reader, arguments, iter.key,
							  json_type_string));
		else
			read_number_argument(reader, step, (enum vdpam_argument)which,
					     arguments);
	}
}

static void read_collateral(struct vdpam_reader *reader, struct vdpam_step *step,
			    struct json_object *json)
{
	struct json_object *list =
		vdpam_read_get(reader, json, "collateral", json_type_array);

	for (size_t i = 0; list && i < json_object_array_length(list); i++) {
		VDPAM_AUTO_FREE char *name = vdpam_read_name(
			reader,
			vdpam_read_at(reader, list, i, "collateral", json_type_string),
			"collateral");

		if (name && vdpam_step_add_collateral(step, name) < 0)
			vdpam_read_fail(reader, -ENOMEM, "collateral");
	}
}

/* NULL after a fault. */
static struct vdpam_step *read_step(struct vdpam_reader *reader, struct json_object *json)
{
	static const char *const keys[] = { "operation",  "target", "arguments",
					    "why",        "before", "after",
					    "collateral", "needs",  NULL };
	VDPAM_AUTO_FREE char *target = vdpam_read_text(reader, json, "target");
	VDPAM_AUTO_FREE char *why = vdpam_read_text(reader, json, "why");
	VDPAM_AUTO_FREE char *operation = vdpam_read_text(reader, json, "operation");
	struct json_object *arguments =
		vdpam_read_get(reader, json, "arguments", json_type_object);
	int which = operation ? find_operation(operation) : -EINVAL;
	struct vdpam_step *step = NULL;

	vdpam_read_keys(reader, json, keys);
	if (which < 0)
		vdpam_read_fail(reader, -EINVAL, "operation");
	else if (!target || !is_target((enum vdpam_operation)which, target))
		vdpam_read_fail(reader, -EINVAL, "target");
	else if (!arguments)
		vdpam_read_fail(reader, -EINVAL, "arguments");
	else if (!reader->r &&
		 vdpam_step_new((enum vdpam_operation)which, target, &step) < 0)
		vdpam_read_fail(reader, -ENOMEM, "target");
	if (reader->r || !step)
		return NULL;
	read_arguments(reader, step, arguments);
	read_collateral(reader, step, json);
	if (why && vdpam_step_set_why(step, why) < 0)
		vdpam_read_fail(reader, -ENOMEM, "why");
	return reader->r ? vdpam_step_unref(step) : step;
}

static int report(const struct vdpam_reader *reader, struct vdpam_error **ret_error)
{
	VDPAM_ESCAPED(key, reader->key ? reader->key : "");

	if (reader->r == -ENOMEM)
		return vdpam_fail(ret_error, VDPAM_ERROR_INTERNAL, -ENOMEM, NULL, NULL,
				  "cannot read a step");
	return vdpam_fail(
		ret_error, VDPAM_ERROR_INVALID_VALUE, reader->r, NULL, NULL,
		"no step of ours: '%.64s' is missing, unknown, of another type, or out of "
		"range",
		key);
}

int vdpam_step_new_from_json(struct json_object *json, struct vdpam_step **ret_step,
			     struct vdpam_error **ret_error)
{
	struct vdpam_reader reader = { 0 };
	struct vdpam_step *step = NULL;

	if (json_object_is_type(json, json_type_object))
		step = read_step(&reader, json);
	else
		vdpam_read_fail(&reader, -EINVAL, "operation");
	if (!step)
		return report(&reader, ret_error);
	*ret_step = step;
	return 0;
}

/* ---- Plan ---------------------------------------------------------------------------------- */

static void read_needs(struct vdpam_reader *reader, struct vdpam_plan *plan,
		       struct json_object *json)
{
	struct json_object *list = vdpam_read_get(reader, json, "needs", json_type_array);
	size_t last = plan->count - 1;

	for (size_t i = 0; list && i < json_object_array_length(list); i++) {
		struct json_object *index =
			vdpam_read_at(reader, list, i, "needs", json_type_int);
		int64_t number = index ? json_object_get_int64(index) : -1;

		if (number < 0 || (uint64_t)number >= last) {
			vdpam_read_fail(reader, -EINVAL, "needs");
			return;
		}
		vdpam_plan_require(plan, (size_t)number);
	}
}

static void read_entry(struct vdpam_reader *reader, struct vdpam_plan *plan,
		       struct json_object *json)
{
	struct vdpam_step *step = json ? read_step(reader, json) : NULL;

	if (!step) {
		vdpam_read_fail(reader, -EINVAL, "steps");
		return;
	}
	if (vdpam_plan_add_step(plan, step) < 0)
		vdpam_read_fail(reader, -ENOMEM, "steps");
	else
		read_needs(reader, plan, json);
}

int vdpam_plan_new_from_json(struct json_object *steps, struct vdpam_plan **ret_plan,
			     struct vdpam_error **ret_error)
{
	struct vdpam_plan *plan = calloc(1, sizeof(*plan));
	struct vdpam_reader reader = { 0 };

	if (!plan) {
		vdpam_read_fail(&reader, -ENOMEM, "steps");
		return report(&reader, ret_error);
	}
	if (!json_object_is_type(steps, json_type_array))
		vdpam_read_fail(&reader, -EINVAL, "steps");
	for (size_t i = 0; !reader.r && i < json_object_array_length(steps); i++)
		read_entry(&reader, plan,
			   vdpam_read_at(&reader, steps, i, "steps", json_type_object));
	if (reader.r < 0) {
		vdpam_plan_free(plan);
		return report(&reader, ret_error);
	}
	return vdpam_plan_finish(plan, 0, ret_plan, ret_error);
}
