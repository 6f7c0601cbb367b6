// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What came of a plan, whoever ran it: tables of what was done and of what failed, or the results as
 * JSON, and the exit status that this amounts to. Changes nothing.
 */
#include <json-c/json.h>
#include <string.h>

#include "plan.h"

#define EXIT_CHANGED 2
#define EXIT_PARTLY 3

/* ---- Of a plan that ran here ---- */

bool plan_goes_on(const struct vdpam_plan *plan)
{
	for (size_t i = 0; i < vdpam_plan_count(plan); i++) {
		if (vdpam_plan_get_status(plan, i) == VDPAM_STEP_WAITING)
			return true;
	}
	return false;
}

/* What the steps that have not ended are called, for the kernel's or for lack of time. */
static const char *status_word(enum vdpam_step_status status)
{
	switch (status) {
	case VDPAM_STEP_DONE:
		return "done";
	case VDPAM_STEP_WAITING: /* it has the error of its time-out, and goes on */
	case VDPAM_STEP_FAILED:
		return "failed";
	case VDPAM_STEP_PENDING:
	case VDPAM_STEP_SKIPPED:
		break;
	}
	return "skipped";
}

static struct json_object *error_json(const struct vdpam_error *error)
{
	struct json_object *outer = error ? must(vdpam_error_to_json(error)) : NULL;
	struct json_object *inner =
		outer ? json_object_get(json_get(outer, "error")) : NULL;

	json_object_put(outer);
	return inner;
}

static struct json_object *plan_results(const struct vdpam_plan *plan)
{
	struct json_object *rows = plan_steps(plan);

	for (size_t i = 0; i < vdpam_plan_count(plan); i++) {
		struct json_object *row = json_object_array_get_idx(rows, i);

		json_set(row, "status",
			 json_text(status_word(vdpam_plan_get_status(plan, i))));
		json_set(row, "error", error_json(vdpam_plan_get_error(plan, i)));
	}
	return rows;
}

/* ---- Rows ---- */

static const char *text_of(struct json_object *row, const char *key)
{
	struct json_object *value = json_get(row, key);

	return value ? json_object_get_string(value) : "";
}

static size_t count_status(struct json_object *rows, const char *word)
{
	size_t count = 0;

	for (size_t i = 0; i < json_object_array_length(rows); i++)
		count += !strcmp(text_of(json_object_array_get_idx(rows, i), "status"),
				 word);
	return count;
}

/* The code of the error that a step ended with; false: it has none. */
static bool error_code(struct json_object *row, enum vdpam_error_code *ret_code)
{
	struct json_object *error = json_get(row, "error");

	if (!error)
		return false;
	if (vdpam_error_code_parse(text_of(error, "code"), ret_code) < 0)
		*ret_code = VDPAM_ERROR_INTERNAL;
	return true;
}

static bool is_for_lack_of_time(enum vdpam_error_code code)
{
	return code == VDPAM_ERROR_TIMEOUT || code == VDPAM_ERROR_KERNEL_STUCK;
}

/* Whether there is one that the kernel has not finished. */
static bool goes_on(struct json_object *rows)
{
	enum vdpam_error_code code;

	for (size_t i = 0; i < json_object_array_length(rows); i++) {
		if (error_code(json_object_array_get_idx(rows, i), &code) &&
		    is_for_lack_of_time(code))
			return true;
	}
	return false;
}

/*
 * What one more failure makes of the exit status: its own where all agree, 1 where they do not, 75
 * when something goes on. Returns whether another one could change it.
 */
static bool add_failure(int *status, enum vdpam_error_code code)
{
	int own = vdpam_error_code_exit_status(code);

	*status = *status && *status != own && !is_for_lack_of_time(code) ? 1 : own;
	return !is_for_lack_of_time(code);
}

static int failure_status(struct json_object *rows)
{
	enum vdpam_error_code code;
	int status = 0;

	for (size_t i = 0; i < json_object_array_length(rows); i++) {
		if (error_code(json_object_array_get_idx(rows, i), &code) &&
		    !add_failure(&status, code))
			break;
	}
	return status;
}

/* ---- Tables ---- */

/* How many steps there are of an operation that ended as `word` says. */
static struct json_object *count_of(struct json_object *rows, const char *operation,
				    const char *word)
{
	uint64_t count = 0;

	for (size_t i = 0; i < json_object_array_length(rows); i++) {
		struct json_object *row = json_object_array_get_idx(rows, i);

		count += !strcmp(text_of(row, "operation"), operation) &&
			 !strcmp(text_of(row, "status"), word);
	}
	return must(json_object_new_uint64(count));
}

static bool has_row(struct json_object *counts, const char *operation)
{
	for (size_t i = 0; i < json_object_array_length(counts); i++) {
		if (!strcmp(text_of(json_object_array_get_idx(counts, i), "operation"),
			    operation))
			return true;
	}
	return false;
}

/* One row an operation, in the order in which they first come. */
static void print_counts(struct json_object *rows)
{
	static const struct column columns[] = {
		{ "OPERATION", "operation", NULL },
		{ "DONE", "done", NULL },
		{ "FAILED", "failed", NULL },
		{ "SKIPPED", "skipped", NULL },
		{ NULL, NULL, NULL },
	};
	static const char *const words[] = { "done", "failed", "skipped" };
	struct json_object *counts = must(json_object_new_array());

	for (size_t i = 0; i < json_object_array_length(rows); i++) {
		const char *operation =
			text_of(json_object_array_get_idx(rows, i), "operation");
		struct json_object *row;

		if (has_row(counts, operation))
			continue;
		row = must(json_object_new_object());
		json_set(row, "operation", json_text(operation));
		for (size_t j = 0; j < sizeof(words) / sizeof(*words); j++)
			json_set(row, words[j], count_of(rows, operation, words[j]));
		json_append(counts, row);
	}
	table_print(stdout, columns, counts);
	json_object_put(counts);
}

/* What failed, why in one word, and what the kernel said. */
static void print_failed(struct json_object *rows)
{
	static const struct column columns[] = {
		{ "FAILED", "target", NULL },   { "OPERATION", "operation", NULL },
		{ "CODE", "error.code", NULL }, { "KERNEL", "error.kernel", NULL },
		{ NULL, NULL, NULL },
	};
	struct json_object *failed = must(json_object_new_array());

	for (size_t i = 0; i < json_object_array_length(rows); i++) {
		struct json_object *row = json_object_array_get_idx(rows, i);

		if (json_get(row, "error"))
			json_append(failed, json_object_get(row));
	}
	if (json_object_array_length(failed))
		table_print(stdout, columns, failed);
	json_object_put(failed);
}

static void print_notes(struct json_object *notes)
{
	for (size_t i = 0; notes && i < json_object_array_length(notes); i++) {
		struct json_object *note = json_object_array_get_idx(notes, i);

		printf("%s: %s\n", text_of(note, "target"), text_of(note, "message"));
	}
}

static void print_tables(struct json_object *rows, struct json_object *notes)
{
	print_notes(notes);
	if (!json_object_array_length(rows)) {
		puts("nothing to do");
		return;
	}
	print_counts(rows);
	print_failed(rows);
	printf("%zu done, %zu failed, %zu skipped\n", count_status(rows, "done"),
	       count_status(rows, "failed"), count_status(rows, "skipped"));
}

/* As JSON, standard error has one object: the first. */
static void print_errors(const struct command *cmd, struct json_object *rows)
{
	for (size_t i = 0; i < json_object_array_length(rows); i++) {
		struct json_object *error =
			json_get(json_object_array_get_idx(rows, i), "error");
		struct cli_error *shown;

		if (!error)
			continue;
		shown = cli_error_from_json(error);
		cli_error_print(cmd, shown);
		cli_error_free(shown);
		if (cmd->json)
			return;
	}
}

/* ---- The whole ---- */

int results_report(const struct command *cmd, struct json_object *rows,
		   struct json_object *notes)
{
	bool done = count_status(rows, "done");
	int status = failure_status(rows);

	if (cmd->json)
		json_print(json_listing("results", json_object_get(rows)));
	else if (!cmd->quiet)
		print_tables(rows, notes);
	print_errors(cmd, rows);
	if (status)
		return done && !goes_on(rows) ? EXIT_PARTLY : status;
	return done && cmd->options[OPTION_EXITCODE] ? EXIT_CHANGED : 0;
}

int plan_failure_status(const struct vdpam_plan *plan)
{
	int status = 0;

	for (size_t i = 0; i < vdpam_plan_count(plan); i++) {
		const struct vdpam_error *error = vdpam_plan_get_error(plan, i);

		if (error && !add_failure(&status, vdpam_error_get_code(error)))
			break;
	}
	return status;
}

int plan_report(const struct command *cmd, const struct vdpam_plan *plan)
{
	struct json_object *rows = plan_results(plan);
	int status;

	if (!cmd->json && !cmd->quiet)
		plan_print_notes(stdout, plan);
	status = results_report(cmd, rows, NULL);
	json_object_put(rows);
	return status;
}
