// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Runs a plan: each step once, in order, those that others need first. A step that fails ends those
 * that need it and no others; one that the kernel has to finish holds up nobody but them.
 */
#include <errno.h>
#include <string.h>
#include <time.h>

#include "batch.h"
#include "plan.h"
#include "private.h"
#include "step.h"

#define MOMENT_USEC 200000ULL /* how long a step may take before others get their turn */
#define BATCH_USEC 500000ULL  /* how long others are kept waiting by many quick ones */
#define LET_IN_NSEC 6000000   /* who waits for the lock looks every 5 ms */
#define ROUND_USEC 1000000ULL /* how long all that wait are waited for, in turn */

struct run {
	struct vdpam_ctx *ctx;
	struct vdpam_plan *plan;
	uint64_t timeout_usec;
	const struct vdpam_run_hooks *hooks;
	uint64_t batch_end_usec; /* when others are to be let in, of CLOCK_MONOTONIC */
	int batch_result;        /* below 0: drivers_autoprobe could not be restored */
};

/* ---- Batches ------------------------------------------------------------------------------- */

static void end_batch(struct run *run)
{
	int r = vdpam_batch_end(run->ctx);

	if (r < 0)
		run->batch_result = r;
}

/* A long plan lets a short one in. */
static void let_others_in(struct run *run)
{
	const struct timespec pause = { .tv_nsec = LET_IN_NSEC };

	if (!run->ctx->batch || vdpam_left_usec(run->batch_end_usec))
		return;
	end_batch(run);
	nanosleep(&pause, NULL);
}

static int begin_batch(struct run *run, struct vdpam_plan_entry *entry)
{
	int r = vdpam_batch_begin(run->ctx, vdpam_left_usec(entry->deadline_usec),
				  &entry->error);

	run->batch_end_usec = vdpam_deadline_usec(BATCH_USEC);
	return r;
}

/*
 * A step begins with other writers kept away. For the lock one waits as long as for the step itself:
 * nothing has begun then. One that has to be waited for is so without it.
 */
static int ready_batch(struct run *run, struct vdpam_plan_entry *entry)
{
	if (entry->status == VDPAM_STEP_WAITING)
		return 0;
	/* Steps on devices share a batch; those on functions take it when they need it. */
	if (!vdpam_operation_is_on_device(vdpam_step_get_operation(entry->step))) {
		end_batch(run);
		return 0;
	}
	let_others_in(run);
	return run->ctx->batch ? 0 : begin_batch(run, entry);
}

/* ---- One step ------------------------------------------------------------------------------ */

/* What follows a creation is for the very device that was made, and no other of its name. */
static void take_identity(const struct vdpam_plan *plan,
			  const struct vdpam_plan_entry *entry)
{
	uint64_t identity;

	if (vdpam_step_get_operation(entry->step) == VDPAM_DEVICE_CREATE)
		return;
	for (size_t i = 0; i < entry->n_needs; i++) {
		const struct vdpam_step *before = plan->entries[entry->needs[i]].step;

		if (!strcmp(vdpam_step_get_target(before),
			    vdpam_step_get_target(entry->step)) &&
		    !vdpam_step_get_number(before, VDPAM_ARG_IDENTITY, &identity))
			vdpam_step_set_number(entry->step, VDPAM_ARG_IDENTITY, identity);
	}
}

static void settle(struct run *run, struct vdpam_plan_entry *entry,
		   enum vdpam_step_status status)
{
	entry->status = status;
	if (status != VDPAM_STEP_WAITING && run->hooks && run->hooks->end)
		run->hooks->end(run->hooks->userdata, run->plan,
				(size_t)(entry - run->plan->entries));
}

/* Begins a step, or waits on for one that has begun, for `patience_usec` at most. */
static void run_entry(struct run *run, struct vdpam_plan_entry *entry,
		      uint64_t patience_usec)
{
	uint64_t left = vdpam_left_usec(entry->deadline_usec);
	int r;

	if (run->hooks && run->hooks->begin)
		run->hooks->begin(run->hooks->userdata, run->plan,
				  (size_t)(entry - run->plan->entries));
	entry->error = vdpam_error_free(entry->error);
	r = ready_batch(run, entry);
	if (r < 0) {
		settle(run, entry, VDPAM_STEP_FAILED);
		return;
	}
	r = vdpam_step_run(run->ctx, entry->step,
			   patience_usec < left ? patience_usec : left, &entry->error);
	if (!r)
		settle(run, entry, VDPAM_STEP_DONE);
	else if (r == -ETIMEDOUT &&
		 vdpam_error_get_code(entry->error) == VDPAM_ERROR_TIMEOUT)
		settle(run, entry, VDPAM_STEP_WAITING);
	else
		settle(run, entry, VDPAM_STEP_FAILED);
}

/* ---- All of them --------------------------------------------------------------------------- */

/* DONE: it can begin. PENDING: not yet. SKIPPED: never. */
static enum vdpam_step_status readiness(const struct vdpam_plan *plan,
					const struct vdpam_plan_entry *entry)
{
	enum vdpam_step_status readiness = VDPAM_STEP_DONE;

	for (size_t i = 0; i < entry->n_needs; i++) {
		switch (plan->entries[entry->needs[i]].status) {
		case VDPAM_STEP_DONE:
			break;
		case VDPAM_STEP_PENDING:
		case VDPAM_STEP_WAITING:
			readiness = VDPAM_STEP_PENDING;
			break;
		case VDPAM_STEP_FAILED:
		case VDPAM_STEP_SKIPPED:
			return VDPAM_STEP_SKIPPED;
		}
	}
	return readiness;
}

static bool is_stopped(const struct run *run)
{
	return run->hooks && run->hooks->stop && run->hooks->stop(run->hooks->userdata);
}

int vdpam_plan_prepare(struct vdpam_plan *plan, size_t index)
{
	switch (readiness(plan, &plan->entries[index])) {
	case VDPAM_STEP_DONE:
		take_identity(plan, &plan->entries[index]);
		return 1;
	case VDPAM_STEP_SKIPPED:
		return -ECANCELED;
	case VDPAM_STEP_PENDING:
	case VDPAM_STEP_WAITING:
	case VDPAM_STEP_FAILED:
		break;
	}
	return 0;
}

void vdpam_plan_set_result(struct vdpam_plan *plan, size_t index,
			   enum vdpam_step_status status, struct vdpam_error *error)
{
	struct vdpam_plan_entry *entry = &plan->entries[index];

	entry->status = status;
	vdpam_error_free(entry->error);
	entry->error = error;
}

/* Begins what can begin. Returns whether there was any. */
static bool begin_all(struct run *run)
{
	bool any = false;

	for (size_t i = 0; i < run->plan->count; i++) {
		struct vdpam_plan_entry *entry = &run->plan->entries[i];
		enum vdpam_step_status ready;

		if (entry->status != VDPAM_STEP_PENDING)
			continue;
		ready = is_stopped(run) ? VDPAM_STEP_SKIPPED
					: readiness(run->plan, entry);
		if (ready == VDPAM_STEP_PENDING)
			continue;
		any = true;
		if (ready == VDPAM_STEP_SKIPPED) {
			settle(run, entry, VDPAM_STEP_SKIPPED);
			continue;
		}
		entry->deadline_usec = vdpam_deadline_usec(run->timeout_usec);
		take_identity(run->plan, entry);
		run_entry(run, entry, MOMENT_USEC);
	}
	return any;
}

static bool is_awaited(const struct vdpam_plan_entry *entry)
{
	return entry->status == VDPAM_STEP_WAITING &&
	       vdpam_left_usec(entry->deadline_usec);
}

/* Waits for each that waits, in turn. Returns whether there was any. */
static bool wait_for_all(struct run *run)
{
	size_t count = 0;

	for (size_t i = 0; i < run->plan->count; i++)
		count += is_awaited(&run->plan->entries[i]);
	if (!count)
		return false;
	end_batch(run);
	for (size_t i = 0; i < run->plan->count; i++) {
		if (is_awaited(&run->plan->entries[i]))
			run_entry(run, &run->plan->entries[i], ROUND_USEC / count);
	}
	return true;
}

static int count_failed(const struct vdpam_plan *plan)
{
	int failed = 0;

	for (size_t i = 0; i < plan->count; i++)
		failed += plan->entries[i].status == VDPAM_STEP_FAILED;
	return failed;
}

int vdpam_plan_run(struct vdpam_ctx *ctx, struct vdpam_plan *plan, uint64_t timeout_usec,
		   const struct vdpam_run_hooks *hooks, struct vdpam_error **ret_error)
{
	struct run run = {
		.ctx = ctx,
		.plan = plan,
		.timeout_usec = timeout_usec,
		.hooks = hooks,
	};

	/*
	 * Even where nothing is to be done: whoever was interrupted may have been all but done.
	 * Who has the lock now has put it right.
	 */
	vdpam_batch_recover(ctx, 0);
	vdpam_step_recover_autoprobe(ctx);
	for (size_t i = 0; i < plan->count; i++)
		plan->entries[i].deadline_usec = vdpam_deadline_usec(timeout_usec);
	while (begin_all(&run) || wait_for_all(&run))
		;
	end_batch(&run);
	if (run.batch_result < 0)
		return vdpam_fail(ret_error, VDPAM_ERROR_KERNEL, run.batch_result, NULL,
				  NULL,
				  "cannot restore drivers_autoprobe of the vdpa bus");
	return count_failed(plan);
}
