// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Runs a plan and tells how far it is: a line for each step, or one bar for all of them where they
 * are many and somebody watches. What came of it is for others to say.
 */
#include <string.h>

#include "plan.h"

#define MANY 20
#define BAR 30 /* characters */

struct progress {
	const struct command *cmd;
	size_t total, ended, failed;
	bool is_bar;
};

static void show_bar(const struct progress *progress, const char *operation,
		     const char *target)
{
	static const char full[BAR + 1] = "##############################";
	int length = (int)(progress->ended * BAR / progress->total);
	char failed[40] = "", line[160];

	if (progress->failed)
		snprintf(failed, sizeof(failed), ", %zu failed", progress->failed);
	/* On a terminal of 80 columns it must not be wrapped: only one line can be taken back. */
	snprintf(line, sizeof(line), "[%-*.*s] %zu/%zu%s %.*s", BAR, length, full,
		 progress->ended, progress->total, failed, 18, operation);
	snprintf(line + strlen(line), sizeof(line) - strlen(line), " %.*s",
		 78 - (int)strlen(line) > 0 ? 78 - (int)strlen(line) : 0, target);
	guard_progress(line);
}

static void begin_step(void *userdata, const struct vdpam_plan *plan, size_t index)
{
	const struct vdpam_step *step = vdpam_plan_get_step(plan, index);
	const char *operation = vdpam_operation_name(vdpam_step_get_operation(step));
	AUTO_FREE char *target = must(vdpam_name_escape(vdpam_step_get_target(step)));
	const struct progress *progress = userdata;

	guard_say("running %s of %s", operation, target);
	if (progress->is_bar)
		show_bar(progress, operation, target);
}

static void end_step(void *userdata, const struct vdpam_plan *plan, size_t index)
{
	static const char *const words[] = {
		[VDPAM_STEP_PENDING] = "pending", [VDPAM_STEP_WAITING] = "waiting",
		[VDPAM_STEP_DONE] = "done",       [VDPAM_STEP_FAILED] = "FAILED",
		[VDPAM_STEP_SKIPPED] = "skipped",
	};
	enum vdpam_step_status status = vdpam_plan_get_status(plan, index);
	struct progress *progress = userdata;

	progress->ended++;
	progress->failed += status == VDPAM_STEP_FAILED;
	if (progress->cmd->quiet || progress->cmd->json || progress->is_bar)
		return;
	printf("[%zu/%zu] ", progress->ended, progress->total);
	plan_print_step(stdout, vdpam_plan_get_step(plan, index));
	printf(": %s\n", words[status]);
}

static bool is_to_stop(void *userdata)
{
	(void)userdata;
	return guard_is_interrupted();
}

int plan_run(const struct command *cmd, struct vdpam_ctx *ctx, struct vdpam_plan *plan,
	     uint64_t timeout_usec, struct cli_error **ret_error)
{
	struct progress progress = {
		.cmd = cmd,
		.total = vdpam_plan_count(plan),
		.is_bar = cmd->on_terminal && cmd->shows_progress &&
			  vdpam_plan_count(plan) > MANY,
	};
	const struct vdpam_run_hooks hooks = {
		.userdata = &progress,
		.begin = begin_step,
		.end = end_step,
		.stop = is_to_stop,
	};
	struct vdpam_error *error = NULL;
	int failed = vdpam_plan_run(ctx, plan, timeout_usec, &hooks, &error);

	if (failed < 0)
		*ret_error = cli_error_from(error);
	return failed;
}
