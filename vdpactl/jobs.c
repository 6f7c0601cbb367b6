// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a verb does to each of the things that it names: their plans, run as one, and what came of
 * them. At the deadline the caller gets its answer, and what is unfinished goes on.
 */
#include <errno.h>
#include <json-c/json.h>
#include <string.h>

#include "command.h"

#define EXIT_PARTLY 3
#define NO_TIMEOUT UINT64_MAX

struct job {
	char *name;
	enum vdpam_operation operation; /* what could not even be planned */
	struct vdpam_plan *plan;        /* NULL: failed in planning */
	size_t first;                   /* where its steps are in the plan of all */
	size_t done;                    /* how many of them are */
	bool goes_on;                   /* the kernel, or we, have not finished */
	struct cli_error *error;
};

struct jobs {
	struct job *list;
	size_t count;
	struct vdpam_plan *all;
	struct cli_error *error; /* of the run, not of one job */
};

struct jobs *jobs_new(void)
{
	return must(calloc(1, sizeof(struct jobs)));
}

void jobs_free(struct jobs **pointer)
{
	struct jobs *jobs = *pointer;

	for (size_t i = 0; i < jobs->count; i++) {
		free(jobs->list[i].name);
		vdpam_plan_free(jobs->list[i].plan);
		cli_error_free(jobs->list[i].error);
	}
	vdpam_plan_free(jobs->all);
	cli_error_free(jobs->error);
	free(jobs->list);
	free(jobs);
}

void jobs_add(struct jobs *jobs, const char *name, enum vdpam_operation operation,
	      int result, struct vdpam_plan *plan, struct vdpam_error *error)
{
	struct job *job;

	jobs->list = must(reallocarray(jobs->list, jobs->count + 1, sizeof(*jobs->list)));
	job = &jobs->list[jobs->count++];
	*job = (struct job){ .name = must(strdup(name)), .operation = operation };
	if (result < 0)
		job->error = cli_error_from(error);
	else
		job->plan = plan;
}

/* ---- Running ---- */

static const char *operation_of(const struct vdpam_step *step)
{
	return vdpam_operation_name(vdpam_step_get_operation(step));
}

/* Even of plans that have no step: running puts right what a killed command left off. */
static void join(struct jobs *jobs)
{
	AUTO_FREE struct vdpam_plan **plans =
		must(calloc(jobs->count + 1, sizeof(struct vdpam_plan *)));
	size_t steps = 0;

	for (size_t i = 0; i < jobs->count; i++) {
		struct job *job = &jobs->list[i];

		plans[i] = job->plan;
		job->first = steps;
		steps += job->plan ? vdpam_plan_count(job->plan) : 0;
	}
	if (vdpam_plan_new_joined(plans, jobs->count, &jobs->all) < 0)
		out_of_memory();
}

static void begin_step(void *userdata, const struct vdpam_plan *plan, size_t index)
{
	const struct vdpam_step *step = vdpam_plan_get_step(plan, index);
	AUTO_FREE char *shown = must(vdpam_name_escape(vdpam_step_get_target(step)));

	(void)userdata;
	guard_say("running %s %s", operation_of(step), shown);
}

static bool is_to_stop(void *userdata)
{
	(void)userdata;
	return guard_is_interrupted();
}

static void run(struct vdpam_ctx *ctx, struct jobs *jobs, uint64_t timeout_usec)
{
	static const struct vdpam_run_hooks hooks = {
		.begin = begin_step,
		.stop = is_to_stop,
	};
	struct vdpam_error *error = NULL;

	if (vdpam_plan_run(ctx, jobs->all, timeout_usec, &hooks, &error) < 0)
		jobs->error = cli_error_from(error);
}

/* What came of a job: how far it is, and the error at which it ended or that it waits for. */
static void look_at(const struct command *cmd, struct jobs *jobs, struct job *job)
{
	size_t count = vdpam_plan_count(job->plan), at;
	AUTO_FREE char *shown = must(vdpam_name_escape(job->name));
	enum vdpam_step_status status;
	const struct vdpam_error *error;

	while (job->done < count &&
	       vdpam_plan_get_status(jobs->all, job->first + job->done) ==
		       VDPAM_STEP_DONE)
		job->done++;
	if (job->done == count)
		return;
	at = job->first + job->done;
	status = vdpam_plan_get_status(jobs->all, at);
	error = vdpam_plan_get_error(jobs->all, at);
	job->goes_on = status == VDPAM_STEP_WAITING || status == VDPAM_STEP_PENDING;
	if (error)
		job->error = cli_error_copy(error);
	else if (job->goes_on)
		job->error =
			cli_error_new(VDPAM_ERROR_TIMEOUT, ETIMEDOUT, shown,
				      "%s %s: not finished in time; it goes on in the "
				      "background",
				      cmd->verb->name, shown);
}

/* ---- Saying what came of it ---- */

static bool is_done(const struct job *job)
{
	return job->plan && job->done == vdpam_plan_count(job->plan);
}

static struct json_object *result_row(const struct vdpam_step *step, const char *status,
				      const struct cli_error *error)
{
	struct json_object *row = must(vdpam_step_to_json(step));

	json_set(row, "status", json_text(status));
	json_set(row, "error", error ? json_object_get(cli_error_get_json(error)) : NULL);
	return row;
}

static void add_unplanned(struct json_object *rows, const struct job *job)
{
	struct vdpam_step *step = NULL;

	if (vdpam_step_new(job->operation, job->name, &step) < 0)
		out_of_memory();
	json_append(rows, result_row(step, "failed", job->error));
	vdpam_step_unref(step);
}

static void add_results(struct json_object *rows, const struct job *job)
{
	if (!job->plan) {
		add_unplanned(rows, job);
		return;
	}
	for (size_t i = 0; i < vdpam_plan_count(job->plan); i++) {
		const struct vdpam_step *step = vdpam_plan_get_step(job->plan, i);

		if (i < job->done)
			json_append(rows, result_row(step, "done", NULL));
		else if (i == job->done && job->error)
			json_append(rows, result_row(step, "failed", job->error));
		else
			json_append(rows, result_row(step, "skipped", NULL));
	}
}

static void print_results(const struct jobs *jobs)
{
	struct json_object *rows = must(json_object_new_array());

	for (size_t i = 0; i < jobs->count; i++)
		add_results(rows, &jobs->list[i]);
	json_print(json_listing("results", rows));
}

static void say_done(const struct job *job, const char *shown,
		     const struct vdpam_device *device, jobs_say_fn *say)
{
	struct json_object *row = device ? must(vdpam_device_to_json(device)) : NULL;
	struct json_object *steps = must(json_object_new_array());

	add_results(steps, job);
	say(shown, steps, row);
	json_object_put(steps);
	json_object_put(row);
}

static void say_job(const struct job *job, const struct vdpam_snapshot *after,
		    jobs_say_fn *say)
{
	AUTO_FREE char *shown = must(vdpam_name_escape(job->name));

	if (is_done(job)) {
		say_done(job, shown,
			 after ? vdpam_snapshot_find_device(after, job->name) : NULL,
			 say);
		return;
	}
	for (size_t i = 0; i < job->done; i++)
		printf("done: %s %s\n", operation_of(vdpam_plan_get_step(job->plan, i)),
		       shown);
}

static void say_all(struct vdpam_ctx *ctx, const struct jobs *jobs, jobs_say_fn *say)
{
	struct vdpam_snapshot *after = NULL;
	bool any = false;

	for (size_t i = 0; i < jobs->count; i++)
		any |= is_done(&jobs->list[i]);
	if (any) {
		guard_say("asking for the vDPA devices");
		/* Without it the lines are only shorter: the steps have read back themselves. */
		vdpam_snapshot_new(ctx, VDPAM_LOOK_WHOLE, &after, NULL);
	}
	for (size_t i = 0; i < jobs->count; i++)
		say_job(&jobs->list[i], after, say);
	vdpam_snapshot_unref(after);
}

static bool was_planned(const struct jobs *jobs)
{
	for (size_t i = 0; i < jobs->count; i++) {
		if (jobs->list[i].plan)
			return true;
	}
	return jobs->count > 1;
}

/* As JSON, standard error has one object: `first` of them. */
static void print_errors(const struct command *cmd, const struct jobs *jobs,
			 const struct cli_error *first)
{
	if (cmd->json) {
		cli_error_print(cmd, first);
		return;
	}
	for (size_t i = 0; i < jobs->count; i++) {
		const struct cli_error *error = jobs->list[i].error;
		const struct cli_error *before = i ? jobs->list[i - 1].error : NULL;

		/* What stands against all of them is said once. */
		if (error && !(before && json_object_equal(cli_error_get_json(error),
							   cli_error_get_json(before))))
			cli_error_print(cmd, error);
	}
	if (jobs->error)
		cli_error_print(cmd, jobs->error);
}

/* The one that the caller hears of first: what goes on, or what failed. */
static const struct cli_error *first_error(const struct jobs *jobs)
{
	for (size_t i = 0; i < jobs->count; i++) {
		if (jobs->list[i].goes_on)
			return jobs->list[i].error;
	}
	for (size_t i = 0; i < jobs->count; i++) {
		if (jobs->list[i].error)
			return jobs->list[i].error;
	}
	return jobs->error;
}

static bool is_anything_done(const struct jobs *jobs)
{
	for (size_t i = 0; i < jobs->count; i++) {
		if (jobs->list[i].done || is_done(&jobs->list[i]))
			return true;
	}
	return false;
}

static bool is_anything_going_on(const struct jobs *jobs)
{
	for (size_t i = 0; i < jobs->count; i++) {
		if (jobs->list[i].goes_on)
			return true;
	}
	return false;
}

static int report(const struct command *cmd, struct vdpam_ctx *ctx,
		  const struct jobs *jobs, jobs_say_fn *say)
{
	const struct cli_error *first = first_error(jobs);

	if (cmd->json && was_planned(jobs))
		print_results(jobs);
	else if (!cmd->json && !cmd->quiet)
		say_all(ctx, jobs, say);
	if (!first)
		return 0;
	print_errors(cmd, jobs, first);
	if (jobs->count > 1 && is_anything_done(jobs) && !is_anything_going_on(jobs))
		return EXIT_PARTLY;
	return vdpam_error_code_exit_status(cli_error_get_code(first));
}

int jobs_run(const struct command *cmd, struct vdpam_ctx *ctx, struct jobs *jobs,
	     jobs_say_fn *say)
{
	int status;

	join(jobs);
	run(ctx, jobs, left_usec(cmd->deadline_usec));
	for (size_t i = 0; i < jobs->count; i++) {
		if (jobs->list[i].plan)
			look_at(cmd, jobs, &jobs->list[i]);
	}
	status = report(cmd, ctx, jobs, say);
	if (is_anything_going_on(jobs)) {
		guard_leave(status);
		run(ctx, jobs, NO_TIMEOUT);
	}
	return status;
}
