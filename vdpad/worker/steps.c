// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Steps of a worker: the library's runner runs them, so that creations share one batch; results are
 * told in the order of the steps. Decides nothing.
 */
#include <poll.h>
#include <stdio.h>

#include "worker.h"

/* Tells what has ended, up to the first step that has not. */
static void tell(struct worker *worker, const struct vdpam_plan *plan)
{
	while (!worker->r && worker->told < vdpam_plan_count(plan)) {
		switch (vdpam_plan_get_status(plan, worker->told)) {
		case VDPAM_STEP_PENDING:
		case VDPAM_STEP_WAITING:
			return;
		case VDPAM_STEP_DONE:
		case VDPAM_STEP_FAILED:
		case VDPAM_STEP_SKIPPED:
			break;
		}
		worker->r =
			worker_send(worker, protocol_result_reply(plan, worker->told++));
	}
}

static void on_end(void *userdata, const struct vdpam_plan *plan, size_t index)
{
	(void)index;
	tell(userdata, plan);
}

/* Nobody wants more steps of a front that is gone: its successor decides anew. */
static bool is_abandoned(void *userdata)
{
	const struct worker *worker = userdata;
	struct pollfd poller = { .fd = worker->fd, .events = POLLRDHUP };

	return worker->r < 0 || (poll(&poller, 1, 0) > 0 &&
				 poller.revents & (POLLHUP | POLLRDHUP | POLLERR));
}

int worker_run(struct worker *worker, uint64_t timeout_usec)
{
	const struct vdpam_run_hooks hooks = {
		.userdata = worker,
		.end = on_end,
		.stop = is_abandoned,
	};
	struct vdpam_error *error = NULL;
	int r;

	worker->r = 0;
	r = vdpam_plan_run(worker->ctx, worker->plan, timeout_usec, &hooks, &error);
	tell(worker, worker->plan);
	/* drivers_autoprobe is recorded: whoever makes the next batch restores it. */
	if (r < 0) {
		fprintf(stderr, "vdpad-worker: %s\n", vdpam_error_get_message(error));
		vdpam_error_free(error);
	}
	if (worker->r < 0)
		return worker->r;
	if (worker->told < vdpam_plan_count(worker->plan))
		return worker_send(worker,
				   protocol_result_reply(worker->plan, worker->told));
	worker->plan = vdpam_plan_free(worker->plan);
	return 0;
}
