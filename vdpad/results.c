// SPDX-License-Identifier: GPL-2.0-or-later
/* What came of a plan, as it is told: its steps, its notes, and the error that it amounts to. */
#include "manager-private.h"

static struct json_object *error_json(const struct vdpam_error *error)
{
	struct json_object *outer = error ? vdpam_error_to_json(error) : NULL;
	struct json_object *inner =
		outer ? json_object_get(json_object_object_get(outer, "error")) : NULL;

	json_object_put(outer);
	return inner;
}

static const char *status_name(enum vdpam_step_status status)
{
	switch (status) {
	case VDPAM_STEP_DONE:
		return "done";
	case VDPAM_STEP_FAILED:
		return "failed";
	case VDPAM_STEP_PENDING:
	case VDPAM_STEP_WAITING:
	case VDPAM_STEP_SKIPPED:
		break;
	}
	return "skipped";
}

static struct json_object *list_steps(const struct vdpam_plan *plan, bool steps)
{
	struct json_object *rows = json_object_new_array();

	for (size_t i = 0; plan && i < vdpam_plan_count(plan); i++) {
		struct json_object *row =
			vdpam_step_to_json(vdpam_plan_get_step(plan, i));

		if (!row)
			continue;
		json_object_object_add(row, "id", json_object_new_uint64(i + 1));
		if (!steps) {
			json_object_object_add(row, "status",
					       json_object_new_string(status_name(
						       vdpam_plan_get_status(plan, i))));
			json_object_object_add(row, "error",
					       error_json(vdpam_plan_get_error(plan, i)));
		}
		json_object_array_add(rows, row);
	}
	return rows;
}

static struct json_object *list_notes(const struct vdpam_plan *plan)
{
	struct json_object *notes = json_object_new_array();

	for (size_t i = 0; plan && i < vdpam_plan_count_notes(plan); i++) {
		struct json_object *note = json_object_new_object();
		const char *target, *text = vdpam_plan_get_note(plan, i, &target);
		AUTO_FREE char *shown = vdpam_name_escape(target);

		json_object_object_add(note, "target",
				       shown ? json_object_new_string(shown) : NULL);
		json_object_object_add(note, "message", json_object_new_string(text));
		json_object_array_add(notes, note);
	}
	return notes;
}

struct json_object *results_new(const struct vdpam_plan *plan, bool steps)
{
	struct json_object *object = json_object_new_object();

	json_object_object_add(object, "version", json_object_new_int(1));
	json_object_object_add(object, steps ? "steps" : "results",
			       list_steps(plan, steps));
	json_object_object_add(object, "notes", list_notes(plan));
	return object;
}

const struct vdpam_error *results_error(const struct vdpam_plan *plan)
{
	const struct vdpam_error *first = NULL;

	for (size_t i = 0; i < vdpam_plan_count(plan); i++) {
		if (vdpam_plan_get_status(plan, i) == VDPAM_STEP_DONE)
			return NULL;
		if (!first)
			first = vdpam_plan_get_error(plan, i);
	}
	return first;
}
