// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Lanes: which steps may run beside each other, in which worker, and what happens to those that the
 * kernel does not finish. Decides nothing about devices, and never waits.
 */
#include "schedule-private.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "journal.h"
#include "targets.h"
#include "wire.h"

uint64_t now_usec(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000 + (uint64_t)ts.tv_nsec / 1000;
}

/* ---- Lanes --------------------------------------------------------------------------------- */

static size_t count_calls(const struct schedule *schedule, enum lane lane, bool stuck)
{
	size_t count = 0;

	for (const struct call *call = schedule->calls; call; call = call->next)
		count += call->lane == lane && call->stuck == stuck;
	return count;
}

bool schedule_is_quiet(const struct schedule *schedule)
{
	for (const struct call *call = schedule->calls; call; call = call->next) {
		if (call->lane == LANE_FUNCTION && !call_is_over(call) &&
		    step_removes_parent(item_get_step(call->items[call->ended])))
			return true;
	}
	return false;
}

/* Whether the netlink lane is at rest: a parent is not to be removed beside its requests. */
static bool is_netlink_at_rest(const struct schedule *schedule)
{
	return !count_calls(schedule, LANE_NETLINK, false);
}

/* The next of the functions' steps waits until netlink is at rest. */
static bool wants_rest(const struct schedule *schedule)
{
	const struct item *next = schedule->queues[LANE_FUNCTION].first;

	return next && step_removes_parent(item_get_step(next));
}

static bool may_begin(const struct schedule *schedule, enum lane lane)
{
	switch (lane) {
	case LANE_NETLINK:
		return is_netlink_at_rest(schedule) && !schedule_is_quiet(schedule) &&
		       !wants_rest(schedule) &&
		       count_calls(schedule, lane, true) < NETLINK_STUCK_MAX;
	case LANE_DRIVERS:
		return count_calls(schedule, lane, false) < SCHEDULE_SYSFS_LANES;
	case LANE_FUNCTION:
		break;
	}
	return !wants_rest(schedule) || is_netlink_at_rest(schedule);
}

static int send_steps(struct call *call)
{
	struct json_object *request = wire_steps(call->timeout_usec);

	for (size_t i = 0; request && i < call->count; i++)
		wire_add_step(request, item_get_step(call->items[i]));
	return request ? worker_send(call->worker, request) : -ENOMEM;
}

static int begin_call(struct schedule *schedule, struct call *call)
{
	int r = call_acquire(schedule, call);

	if (r < 0)
		return r;
	call->timeout_usec = call->items[0]->run->timeout_usec;
	r = send_steps(call);
	/* One step is never too long for a request, many with names of others' making are. */
	while (r == -E2BIG && call->count > 1) {
		call_give_back(call, call->count / 2);
		r = send_steps(call);
	}
	return r;
}

/* What of a lane goes into one request. */
static void take_items(struct schedule *schedule, struct call *call)
{
	struct queue *queue = &schedule->queues[call->lane];
	size_t max = call->lane == LANE_NETLINK ? CHUNK_MAX : 1;
	uint64_t timeout_usec = queue->first->run->timeout_usec;

	while (call->count < max && queue->first &&
	       queue->first->run->timeout_usec == timeout_usec)
		call->items[call->count++] = queue_take(queue, &queue->first);
}

static int on_retry(sd_event_source *source, uint64_t usec, void *userdata)
{
	(void)source;
	(void)usec;
	schedule_wake(userdata);
	return 0;
}

static int begin(struct schedule *schedule, enum lane lane)
{
	struct call *call = calloc(1, sizeof(*call));
	int r;

	if (!call)
		return -ENOMEM;
	call->schedule = schedule;
	call->lane = lane;
	call->next = schedule->calls;
	schedule->calls = call;
	r = sd_event_add_time_relative(schedule->event, &call->deadline, CLOCK_MONOTONIC,
				       GRACE_USEC, 0, call_on_deadline, call);
	take_items(schedule, call);
	if (r >= 0)
		r = begin_call(schedule, call);
	if (r >= 0) {
		call_begin_item(call);
		return 0;
	}
	call_give_back(call, 0);
	call_free(call);
	return r;
}

static void begin_lanes(struct schedule *schedule)
{
	for (unsigned int lane = 0; lane < LANE_COUNT; lane++) {
		while (schedule->queues[lane].first &&
		       may_begin(schedule, (enum lane)lane)) {
			if (begin(schedule, (enum lane)lane) == 0)
				continue;
			sd_event_source_set_enabled(schedule->pump, SD_EVENT_OFF);
			sd_event_source_set_time_relative(schedule->retry, RETRY_USEC);
			sd_event_source_set_enabled(schedule->retry, SD_EVENT_ONESHOT);
			return;
		}
	}
}

/* ---- Plans --------------------------------------------------------------------------------- */

static void run_free(struct run *run)
{
	vdpam_plan_free(run->plan);
	free(run->queued);
	free(run);
}

static void end_runs(struct schedule *schedule)
{
	for (struct run **at = &schedule->runs; *at;) {
		struct run *run = *at;
		struct vdpam_plan *plan;

		if (run->open) {
			at = &run->next;
			continue;
		}
		*at = run->next;
		plan = run->plan;
		run->plan = NULL;
		run->done(run->userdata, plan);
		run_free(run);
		/* done() may have added others */
		at = &schedule->runs;
	}
}

static int on_pump(sd_event_source *source, void *userdata)
{
	struct schedule *schedule = userdata;

	(void)source;
	for (struct run *run = schedule->runs; run; run = run->next)
		run_fill(schedule, run);
	begin_lanes(schedule);
	end_runs(schedule);
	return 0;
}

int schedule_run(struct schedule *schedule, struct vdpam_plan *plan,
		 uint64_t timeout_usec, schedule_done_fn *done, void *userdata)
{
	struct run *run = calloc(1, sizeof(*run)), **end = &schedule->runs;
	size_t count = vdpam_plan_count(plan);

	if (run)
		run->queued = calloc(count + 1, sizeof(*run->queued));
	if (!run || !run->queued) {
		free(run);
		return -ENOMEM;
	}
	run->plan = plan;
	run->timeout_usec = timeout_usec;
	run->done = done;
	run->userdata = userdata;
	for (size_t i = 0; i < count; i++)
		run->open += vdpam_plan_get_status(plan, i) == VDPAM_STEP_PENDING;
	while (*end)
		end = &(*end)->next;
	*end = run;
	schedule_wake(schedule);
	return 0;
}

/* ---- Seen from outside --------------------------------------------------------------------- */

void schedule_set_moved(struct schedule *schedule, void (*moved)(void *userdata),
			void *userdata)
{
	schedule->moved = moved;
	schedule->moved_userdata = userdata;
}

static struct json_object *describe(const struct call *call)
{
	const struct vdpam_step *step = item_get_step(call->items[call->ended]);
	struct json_object *lane = json_object_new_object();
	char *shown = vdpam_name_escape(vdpam_step_get_target(step));
	char *wchan = worker_get_wchan(call->worker);
	pid_t pid = worker_get_pid(call->worker);

	json_object_object_add(lane, "lane",
			       json_object_new_string(call_get_lane_name(call)));
	json_object_object_add(lane, "operation",
			       json_object_new_string(vdpam_operation_name(
				       vdpam_step_get_operation(step))));
	json_object_object_add(lane, "target",
			       shown ? json_object_new_string(shown) : NULL);
	json_object_object_add(lane, "age_usec",
			       json_object_new_uint64(now_usec() - call->begun_usec));
	json_object_object_add(lane, "pid", pid ? json_object_new_int(pid) : NULL);
	json_object_object_add(lane, "wchan",
			       wchan ? json_object_new_string(wchan) : NULL);
	free(wchan);
	free(shown);
	return lane;
}

struct json_object *schedule_get_stuck(struct schedule *schedule)
{
	struct json_object *lanes = json_object_new_array();

	for (const struct call *call = schedule->calls; call; call = call->next) {
		if (call->stuck)
			json_object_array_add(lanes, describe(call));
	}
	return lanes;
}

size_t schedule_count_stuck(const struct schedule *schedule)
{
	size_t count = 0;

	for (const struct call *call = schedule->calls; call; call = call->next)
		count += call->stuck;
	return count;
}

uint64_t schedule_count_abandoned(const struct schedule *schedule)
{
	return schedule->abandoned;
}

/* ---- Lifetime ------------------------------------------------------------------------------ */

int schedule_new(sd_event *event, struct worker_source *source,
		 const struct schedule_hooks *hooks, struct schedule **ret_schedule)
{
	struct schedule *schedule = calloc(1, sizeof(*schedule));
	int r = -ENOMEM;

	if (!schedule)
		return -ENOMEM;
	schedule->event = event;
	schedule->source = source;
	schedule->hooks = *hooks;
	for (unsigned int i = 0; i < LANE_COUNT; i++)
		schedule->queues[i].end = &schedule->queues[i].first;
	schedule->active = lh_kchar_table_new(64, NULL);
	if (schedule->active)
		r = sd_event_add_defer(event, &schedule->pump, on_pump, schedule);
	if (r >= 0)
		r = sd_event_source_set_enabled(schedule->pump, SD_EVENT_OFF);
	if (r >= 0)
		r = sd_event_add_time_relative(event, &schedule->retry, CLOCK_MONOTONIC,
					       RETRY_USEC, 0, on_retry, schedule);
	if (r >= 0)
		r = sd_event_source_set_enabled(schedule->retry, SD_EVENT_OFF);
	if (r < 0) {
		schedule_free(schedule);
		return r;
	}
	*ret_schedule = schedule;
	return 0;
}

struct schedule *schedule_free(struct schedule *schedule)
{
	if (!schedule)
		return NULL;
	while (schedule->calls) {
		for (size_t i = schedule->calls->ended; i < schedule->calls->count; i++)
			free(schedule->calls->items[i]);
		call_free(schedule->calls);
	}
	for (unsigned int i = 0; i < LANE_COUNT; i++) {
		while (schedule->queues[i].first)
			free(queue_take(&schedule->queues[i],
					&schedule->queues[i].first));
	}
	while (schedule->runs) {
		struct run *run = schedule->runs;

		schedule->runs = run->next;
		run_free(run);
	}
	while (schedule->n_idle)
		worker_free(schedule->idle[--schedule->n_idle]);
	if (schedule->active)
		lh_table_free(schedule->active);
	sd_event_source_disable_unref(schedule->pump);
	sd_event_source_disable_unref(schedule->retry);
	free(schedule);
	return NULL;
}
