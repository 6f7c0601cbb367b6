// SPDX-License-Identifier: GPL-2.0-or-later
/* vdpactl plan: what apply would do. Changes nothing. */
#include "plan.h"

#include <errno.h>
#include <json-c/json.h>
#include <string.h>

#define EXIT_PENDING 2

void planned_close(struct planned *planned)
{
	vdpam_plan_free(planned->plan);
	vdpam_generation_free(planned->generation);
	vdpam_document_unref(planned->document);
	free(planned->name);
	view_close(&planned->view);
}

static int load_generation(const struct command *cmd, struct planned *planned)
{
	int r = vdpam_generation_load(planned->name, &planned->generation);

	if (r < 0)
		return fail(cmd,
			    cli_error_new(VDPAM_ERROR_INTERNAL, -r, NULL,
					  "%s: cannot read what %s named before: %s",
					  cmd->verb->name, planned->name, strerror(-r)));
	return 0;
}

static int make_plan(const struct command *cmd, struct planned *planned)
{
	struct vdpam_plan_options options = vdpam_plan_options_default;
	struct vdpam_error *error = NULL;

	if (cmd->options[OPTION_PRUNE]) {
		options.prune = vdpam_generation_get_names(planned->generation);
		options.n_prune = vdpam_generation_count(planned->generation);
	}
	if (vdpam_plan_new(planned->document, planned->view.snapshot, &options,
			   &planned->plan, &error) < 0)
		return fail(cmd, cli_error_from(error));
	return 0;
}

/*
 * A brief look is enough to see that nothing is to be done; what is to be done is planned once more
 * from a whole one, which knows each device from another of its name.
 */
int planned_open(const struct command *cmd, struct planned *planned)
{
	enum vdpam_look look;
	struct cli_error *error;
	int status;

	error = document_name(cmd, &planned->name);
	if (error)
		return fail(cmd, error);
	status = document_open(cmd, &planned->document);
	if (!status)
		status = load_generation(cmd, planned);
	if (status)
		return status;
	look = vdpam_document_get_look(planned->document);
	if (cmd->options[OPTION_PRUNE] &&
	    vdpam_generation_get_look(planned->generation) > look)
		look = vdpam_generation_get_look(planned->generation);
	status = view_open(cmd, look, &planned->view);
	if (!status)
		status = make_plan(cmd, planned);
	if (status || look != VDPAM_LOOK_BRIEF || !vdpam_plan_count(planned->plan))
		return status;
	planned->plan = vdpam_plan_free(planned->plan);
	view_close(&planned->view);
	planned->view = (struct view){};
	status = view_open(cmd, VDPAM_LOOK_WHOLE, &planned->view);
	return status ? status : make_plan(cmd, planned);
}

/* ---- Printing ---- */

/* What a step is told, but for what is for us alone. */
static void print_arguments(FILE *out, struct json_object *arguments)
{
	json_object_object_foreach(arguments, key, value)
	{
		AUTO_FREE char *text = cell_text(value);

		if (strcmp(key, "identity") && strcmp(key, "probe"))
			fprintf(out, " %s=%s", key, text);
	}
}

void plan_print_step(FILE *out, const struct vdpam_step *step)
{
	AUTO_FREE char *target = must(vdpam_name_escape(vdpam_step_get_target(step)));
	struct json_object *json = must(vdpam_step_to_json(step));
	const char *why = vdpam_step_get_why(step);

	fprintf(out, "%s: %s", target,
		vdpam_operation_name(vdpam_step_get_operation(step)));
	print_arguments(out, json_get(json, "arguments"));
	if (why)
		fprintf(out, " (%s)", why);
	json_object_put(json);
}

static void print_collateral(FILE *out, const struct vdpam_step *step)
{
	for (size_t i = 0; i < vdpam_step_count_collateral(step); i++) {
		AUTO_FREE char *shown =
			must(vdpam_name_escape(vdpam_step_get_collateral(step, i)));

		fprintf(out, "  which costs %s\n", shown);
	}
}

void plan_print_notes(FILE *out, const struct vdpam_plan *plan)
{
	for (size_t i = 0; i < vdpam_plan_count_notes(plan); i++) {
		const char *target;
		const char *text = vdpam_plan_get_note(plan, i, &target);
		AUTO_FREE char *shown = must(vdpam_name_escape(target));

		fprintf(out, "%s: %s\n", shown, text);
	}
}

struct json_object *plan_steps(const struct vdpam_plan *plan)
{
	struct json_object *rows = must(json_object_new_array());

	for (size_t i = 0; i < vdpam_plan_count(plan); i++) {
		struct json_object *row =
			must(vdpam_step_to_json(vdpam_plan_get_step(plan, i)));

		json_set(row, "id", must(json_object_new_uint64(i + 1)));
		json_append(rows, row);
	}
	return rows;
}

int plan_show(const struct command *cmd, const struct planned *planned)
{
	size_t count = vdpam_plan_count(planned->plan);

	if (cmd->json) {
		json_print(json_listing("steps", plan_steps(planned->plan)));
		return count ? EXIT_PENDING : 0;
	}
	for (size_t i = 0; i < count; i++) {
		const struct vdpam_step *step = vdpam_plan_get_step(planned->plan, i);

		plan_print_step(stdout, step);
		putchar('\n');
		print_collateral(stdout, step);
	}
	plan_print_notes(stdout, planned->plan);
	if (!cmd->quiet && !count)
		puts("nothing to do");
	return count ? EXIT_PENDING : 0;
}

static int run_plan(struct command *cmd)
{
	AUTO_PLANNED struct planned planned = {};
	int status = planned_open(cmd, &planned);

	return status ? status : plan_show(cmd, &planned);
}

const struct verb plan_verb = {
	.name = "plan",
	.usage = "FILE... [--prune] [--name N]",
	.summary = "Show the steps that apply would take",
	.options = OPTION_BIT(OPTION_PRUNE) | OPTION_BIT(OPTION_NAME),
	.min_arguments = 1,
	.max_arguments = SIZE_MAX,
	.reads_files = true,
	.run = run_plan,
};
