// SPDX-License-Identifier: GPL-2.0-or-later
/* One request to a worker: its worker, its answers, and the kernel that does not finish it. */
#include "schedule-private.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "journal.h"
#include "wire.h"

/* ---- Workers ------------------------------------------------------------------------------- */

static void on_idle_message(void *userdata, struct worker *worker,
			    struct json_object *message)
{
	(void)userdata;
	(void)worker;
	(void)message;
}

static void on_idle_lost(void *userdata, struct worker *worker)
{
	struct schedule *schedule = userdata;

	for (size_t i = 0; i < schedule->n_idle; i++) {
		if (schedule->idle[i] == worker)
			schedule->idle[i] = schedule->idle[--schedule->n_idle];
	}
	worker_free(worker);
}

static size_t count_workers(const struct schedule *schedule)
{
	size_t count = schedule->n_idle;

	for (const struct call *call = schedule->calls; call; call = call->next)
		count += call->worker != NULL;
	return count;
}

static void on_message(void *userdata, struct worker *worker,
		       struct json_object *message);
static void on_lost(void *userdata, struct worker *worker);

int call_acquire(struct schedule *schedule, struct call *call)
{
	const struct worker_events events = {
		.userdata = call,
		.message = on_message,
		.lost = on_lost,
	};

	if (schedule->n_idle) {
		call->worker = schedule->idle[--schedule->n_idle];
		worker_set_events(call->worker, &events);
		return 0;
	}
	if (count_workers(schedule) >= SCHEDULE_WORKERS_MAX)
		return -EAGAIN;
	return worker_new(schedule->event, schedule->source, WORKER_STEPS, &events,
			  &call->worker);
}

static void release(struct schedule *schedule, struct call *call)
{
	const struct worker_events events = {
		.userdata = schedule,
		.message = on_idle_message,
		.lost = on_idle_lost,
	};

	if (schedule->n_idle < IDLE_MAX) {
		worker_set_events(call->worker, &events);
		schedule->idle[schedule->n_idle++] = call->worker;
	} else {
		worker_free(call->worker);
	}
	call->worker = NULL;
}

/* ---- Calls --------------------------------------------------------------------------------- */

void call_free(struct call *call)
{
	struct call **at = &call->schedule->calls;

	while (*at != call)
		at = &(*at)->next;
	*at = call->next;
	sd_event_source_disable_unref(call->deadline);
	worker_free(call->worker);
	free(call);
}

bool call_is_over(const struct call *call)
{
	return call->ended == call->count;
}

void call_begin_item(struct call *call)
{
	struct schedule *schedule = call->schedule;
	const struct item *item = call->items[call->ended];

	call->begun_usec = now_usec();
	sd_event_source_set_time_relative(call->deadline,
					  call->timeout_usec + GRACE_USEC);
	sd_event_source_set_enabled(call->deadline, SD_EVENT_ONESHOT);
	if (schedule->hooks.begins)
		schedule->hooks.begins(schedule->hooks.userdata, item->run->plan,
				       item->index);
}

/* Those that the worker has not begun go back to where they came from. */
void call_give_back(struct call *call, size_t from)
{
	struct schedule *schedule = call->schedule;

	if (from >= call->count)
		return;
	for (size_t i = call->count; i-- > from;)
		queue_push_front(&schedule->queues[call->lane], call->items[i]);
	call->count = from;
	schedule_wake(schedule);
}

const char *call_get_lane_name(const struct call *call)
{
	switch (call->lane) {
	case LANE_NETLINK:
		return "netlink";
	case LANE_DRIVERS:
		return "drivers";
	case LANE_FUNCTION:
		break;
	}
	return "function";
}

static void say_stuck(const struct call *call)
{
	const struct vdpam_step *step = item_get_step(call->items[call->ended]);
	char *shown = vdpam_name_escape(vdpam_step_get_target(step));

	journal(JOURNAL_WORKER_STUCK, LOG_WARNING,
		&(struct journal_fields){ .device = vdpam_step_get_target(step) },
		"the kernel has not finished %s of %s after %llu s; its worker is left to "
		"it, other work goes on",
		vdpam_operation_name(vdpam_step_get_operation(step)), shown ? shown : "?",
		(unsigned long long)((now_usec() - call->begun_usec) / 1000000));
	free(shown);
}

static void become_stuck(struct call *call)
{
	if (call->stuck)
		return;
	call->stuck = true;
	call->schedule->abandoned++;
	say_stuck(call);
	schedule_wake(call->schedule);
	schedule_tell_moved(call->schedule);
}

/* No word from the worker: it waits in the kernel itself, and will not begin another step. */
int call_on_deadline(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct call *call = userdata;

	(void)source;
	(void)usec;
	worker_stop_listening(call->worker);
	call_give_back(call, call->ended + 1);
	become_stuck(call);
	return 0;
}

static struct vdpam_error *lost_error(const struct item *item)
{
	const char *target = vdpam_step_get_target(item_get_step(item));
	char *shown = vdpam_name_escape(target);
	struct vdpam_error *error;
	char message[256];

	snprintf(message, sizeof(message),
		 "%s of %s: the worker has ended before it was done; it is tried again",
		 vdpam_operation_name(vdpam_step_get_operation(item_get_step(item))),
		 shown ? shown : "?");
	error = vdpam_error_new(VDPAM_ERROR_INTERNAL, ECONNRESET, target, NULL, message);
	free(shown);
	return error;
}

static void on_lost(void *userdata, struct worker *worker)
{
	struct call *call = userdata;
	struct schedule *schedule = call->schedule;

	journal(JOURNAL_WORKER_GONE, LOG_NOTICE, NULL,
		"a worker (process %d) has ended%s", (int)worker_get_pid(worker),
		call->stuck ? ", which the kernel had kept" : "");
	call_give_back(call, call->ended + 1);
	if (!call_is_over(call)) {
		struct item *item = call->items[call->ended++];

		item_end(schedule, item, VDPAM_STEP_FAILED, lost_error(item));
	}
	call_free(call);
	schedule_tell_moved(schedule);
}

static void end_call(struct call *call)
{
	struct schedule *schedule = call->schedule;

	release(schedule, call);
	call_free(call);
	schedule_wake(schedule);
}

static void on_message(void *userdata, struct worker *worker, struct json_object *message)
{
	struct call *call = userdata;
	struct schedule *schedule = call->schedule;
	bool was_stuck = call->stuck;
	struct wire_result result;
	struct item *item;

	/* An answer that is none, or of another step: this worker is not to be trusted. */
	if (wire_parse_result(message, &result) < 0 || call_is_over(call) ||
	    result.index != call->ended) {
		on_lost(call, worker);
		return;
	}
	item = call->items[call->ended];
	/* It answers: it has begun the steps after this one, and tells of them when this one ends. */
	if (result.is_waiting) {
		if (result.error)
			schedule->hooks.waits(schedule->hooks.userdata, item->run->plan,
					      result.error);
		vdpam_error_free(result.error);
		become_stuck(call);
		sd_event_source_set_enabled(call->deadline, SD_EVENT_OFF);
		if (worker_send(worker, wire_await(call->timeout_usec)) < 0)
			on_lost(call, worker);
		return;
	}
	call->ended++;
	/* It goes on, and its lane is taken again. */
	call->stuck = false;
	if (result.identity)
		vdpam_step_set_number(vdpam_plan_get_step(item->run->plan, item->index),
				      VDPAM_ARG_IDENTITY, result.identity);
	item_end(schedule, item, result.status, result.error);
	if (call_is_over(call))
		end_call(call);
	else
		call_begin_item(call);
	if (was_stuck)
		schedule_tell_moved(schedule);
}
