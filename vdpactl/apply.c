// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * vdpactl apply: makes a document true, once. What it named is recorded before it begins, so that
 * whatever interrupts it, a later --prune knows whose the devices are.
 */
#include <errno.h>
#include <fcntl.h>
#include <json-c/json.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bus.h"
#include "plan.h"

#define EXIT_PARTLY 3
#define NO_TIMEOUT UINT64_MAX

/* ---- Before: what it costs, whose the devices are ---- */

static int check_collateral(const struct command *cmd, const struct vdpam_plan *plan)
{
	for (size_t i = 0; i < vdpam_plan_count(plan) && !cmd->options[OPTION_COLLATERAL];
	     i++) {
		const struct vdpam_step *step = vdpam_plan_get_step(plan, i);
		size_t count = vdpam_step_count_collateral(step);
		AUTO_FREE char *target =
			must(vdpam_name_escape(vdpam_step_get_target(step)));

		if (count)
			return fail(
				cmd,
				cli_error_new(VDPAM_ERROR_COLLATERAL, EBUSY, target,
					      "apply: %s of %s costs %zu VFs or devices "
					      "(see 'vdpactl plan'); allow it with "
					      "--allow-collateral",
					      vdpam_operation_name(
						      vdpam_step_get_operation(step)),
					      target, count));
	}
	return 0;
}

/* With --prune, too, what it named before and is still there. */
static int record(const struct command *cmd, const struct planned *planned,
		  const struct vdpam_snapshot *snapshot)
{
	struct vdpam_generation *generation = NULL;
	int r = vdpam_generation_new(planned->document,
				     cmd->options[OPTION_PRUNE] ? planned->generation
								: NULL,
				     snapshot, &generation);

	if (!r)
		r = vdpam_generation_save(planned->name, generation);
	vdpam_generation_free(generation);
	if (r == -EACCES || r == -EPERM)
		return fail(cmd,
			    cli_error_new(VDPAM_ERROR_NOT_AUTHORIZED, -r, NULL,
					  "apply: changing vDPA devices needs root"));
	if (r < 0)
		return fail(cmd, cli_error_new(VDPAM_ERROR_INTERNAL, -r, NULL,
					       "apply: cannot record what %s names: %s",
					       planned->name, strerror(-r)));
	return 0;
}

/* ---- Rollback ---- */

static int plan_back(const struct planned *planned, struct vdpam_plan **ret_plan)
{
	enum vdpam_look look = vdpam_document_get_look(planned->document);
	struct vdpam_snapshot *now = NULL;
	int r;

	guard_say("looking at what is to be rolled back");
	r = vdpam_snapshot_new(planned->view.ctx,
			       look == VDPAM_LOOK_BRIEF ? VDPAM_LOOK_WHOLE : look, &now,
			       NULL);
	if (!r)
		r = vdpam_plan_new_back(planned->document, planned->view.snapshot, now,
					ret_plan, NULL);
	vdpam_snapshot_unref(now);
	return r;
}

/* What the document named before is what it names again. Returns whether all is as it was. */
static bool roll_back(const struct command *cmd, const struct planned *planned)
{
	struct vdpam_plan *plan = NULL;
	struct cli_error *error = NULL;
	bool says = !cmd->json && !cmd->quiet, done;
	int r = plan_back(planned, &plan);

	if (!r && says)
		puts("rolling back");
	if (!r)
		r = plan_run(cmd, planned->view.ctx, plan, cmd->timeout_usec, &error);
	done = !r && vdpam_plan_is_done(plan) &&
	       !vdpam_generation_save(planned->name, planned->generation);
	if (!done)
		fprintf(stderr,
			"vdpactl: apply: what was done could not all be rolled back\n");
	else if (says)
		puts("as it was before");
	cli_error_free(error);
	vdpam_plan_free(plan);
	return done;
}

/* ---- The verb ---- */

static int record_after(const struct command *cmd, const struct planned *planned)
{
	struct vdpam_snapshot *now = NULL;
	int status;

	if (!cmd->options[OPTION_PRUNE])
		return 0;
	guard_say("looking at what is left");
	if (vdpam_snapshot_new(planned->view.ctx,
			       vdpam_generation_get_look(planned->generation), &now,
			       NULL) < 0)
		return 0; /* the record still has them all */
	status = record(cmd, planned, now);
	vdpam_snapshot_unref(now);
	return status;
}

static int apply(const struct command *cmd, struct planned *planned)
{
	struct vdpam_plan *plan = planned->plan;
	struct cli_error *error = NULL;
	int status, failed;

	status = check_collateral(cmd, plan);
	if (!status)
		status = record(cmd, planned, planned->view.snapshot);
	if (status)
		return status;
	failed = plan_run(cmd, planned->view.ctx, plan, cmd->timeout_usec, &error);
	status = plan_report(cmd, plan);
	if (!error && plan_goes_on(plan)) {
		guard_leave(status);
		failed = plan_run(cmd, planned->view.ctx, plan, NO_TIMEOUT, &error);
	}
	if (error)
		return fail(cmd, error);
	if (failed && cmd->options[OPTION_ROLLBACK])
		return roll_back(cmd, planned) ? plan_failure_status(plan) : EXIT_PARTLY;
	return record_after(cmd, planned) ? EXIT_PARTLY : status;
}

/* ---- By the daemon, which keeps it so ---- */

/* As the daemon takes it: nobody can change it any more, nor keep it waiting. */
static int sealed_file(const char *text)
{
	size_t size = strlen(text);
	int fd = memfd_create("vdpactl", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (fd < 0)
		return -errno;
	while (size) {
		ssize_t count = write(fd, text, size);

		if (count < 0) {
			close(fd);
			return -errno;
		}
		text += count;
		size -= (size_t)count;
	}
	fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL);
	return fd;
}

/* The text of one file as it was read; of several the one document that they are. */
static char *join_files(const struct command *cmd, const struct vdpam_document *document)
{
	struct json_object *json;
	char *text;

	if (cmd->argument_count == 1)
		return must(strndup(cmd->files[0].text, cmd->files[0].size));
	json = must(vdpam_document_to_json(document));
	text = must(strdup(json_object_to_json_string_ext(json, JSON_C_TO_STRING_PLAIN)));
	json_object_put(json);
	return text;
}

static struct cli_error *write_call(const struct command *cmd, const char *name,
				    const char *text, sd_bus_message **ret_call)
{
	int fd = sealed_file(text);
	sd_bus_message *call;

	if (fd < 0)
		return cli_error_new(VDPAM_ERROR_INTERNAL, -fd, NULL,
				     "apply: cannot hand the document over: %s",
				     strerror(-fd));
	call = daemon_call(cmd, BUS_MANAGER, "org.vdpad1.Manager", "ApplyFile");
	daemon_append(call, "sh", name, fd);
	close(fd);
	daemon_open_options(call);
	daemon_append_option(call, "prune", "b", cmd->options[OPTION_PRUNE] != NULL);
	daemon_append_option(call, "allow_collateral", "b",
			     cmd->options[OPTION_COLLATERAL] != NULL);
	daemon_append_option(call, "rollback", "b",
			     cmd->options[OPTION_ROLLBACK] != NULL);
	daemon_close_options(call);
	daemon_append_timeout(cmd, call);
	*ret_call = call;
	return NULL;
}

/* Where all is as it was before, what came of it is the failure alone. */
static int say_rolled_back(const struct command *cmd, const struct cli_error *error)
{
	if (!cmd->json && !cmd->quiet)
		puts("rolled back: as it was before");
	return vdpam_error_code_exit_status(cli_error_get_code(error));
}

static int report_answer(const struct command *cmd, const char *name,
			 struct daemon_answer *answer)
{
	struct json_object *object = json_object_get(answer->beside), *rows, *notes;
	const char *json;
	int status = 0;

	if (answer->reply && sd_bus_message_read(answer->reply, "s", &json) > 0)
		object = json_tokener_parse(json);
	rows = json_object_is_type(object, json_type_object) ? json_get(object, "results")
							     : NULL;
	notes = rows ? json_get(object, "notes") : NULL;
	/* The error is that of one of the steps, where there are any. */
	if (rows && (!answer->error || json_object_array_length(rows)))
		status = results_report(cmd, rows, notes);
	if (answer->error && !status)
		status = cli_error_print(cmd, answer->error);
	else if (answer->error && cmd->options[OPTION_ROLLBACK])
		status = say_rolled_back(cmd, answer->error);
	else if (!answer->error && !cmd->json && !cmd->quiet)
		printf("kept as document %s\n", name);
	json_object_put(object);
	return status;
}

static int ask_daemon(const struct command *cmd)
{
	struct vdpam_document *document = NULL;
	struct daemon_answer answer = {};
	AUTO_FREE char *name = NULL, *text = NULL;
	sd_bus_message *call = NULL;
	struct cli_error *error = document_name(cmd, &name);
	int status;

	if (error)
		return fail(cmd, error);
	status = document_open(cmd, &document);
	if (status)
		return status;
	text = join_files(cmd, document);
	vdpam_document_unref(document);
	error = write_call(cmd, name, text, &call);
	if (error)
		return fail(cmd, error);
	daemon_ask_all(cmd, &call, 1, &answer);
	status = report_answer(cmd, name, &answer);
	daemon_answer_clear(&answer);
	return status;
}

static int run_apply(struct command *cmd)
{
	AUTO_PLANNED struct planned planned = {};
	int status;

	if (cmd->daemon && !cmd->options[OPTION_CHECK])
		return ask_daemon(cmd);
	status = planned_open(cmd, &planned);
	if (status)
		return status;
	return cmd->options[OPTION_CHECK] ? plan_show(cmd, &planned)
					  : apply(cmd, &planned);
}

const struct verb apply_verb = {
	.name = "apply",
	.usage = "FILE... [--name N] [--prune] [--check] [--detailed-exitcode] "
		 "[--rollback-on-failure] [--allow-collateral]",
	.summary = "Make a document true",
	.options = OPTION_BIT(OPTION_NAME) | OPTION_BIT(OPTION_PRUNE) |
		   OPTION_BIT(OPTION_CHECK) | OPTION_BIT(OPTION_EXITCODE) |
		   OPTION_BIT(OPTION_ROLLBACK) | OPTION_BIT(OPTION_COLLATERAL),
	.min_arguments = 1,
	.max_arguments = SIZE_MAX,
	.reads_files = true,
	.daemon = DAEMON_IF_THERE,
	.run = run_apply,
};
