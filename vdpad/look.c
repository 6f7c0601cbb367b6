// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * When to look at the kernel, and the worker that does. Hints are gathered for a moment, a look in
 * flight is never doubled, and one that the kernel does not answer is waited for.
 */
#include <errno.h>
#include <sys/random.h>

#include "manager-private.h"
#include "wire.h"

#define DEADLINE_USEC UINT64_C(10000000)
#define RETRY_USEC UINT64_C(1000000)
#define POLL_USEC UINT64_C(30000000)

static void on_message(void *userdata, struct worker *worker,
		       struct json_object *message);
static void on_lost(void *userdata, struct worker *worker);

static void arm(sd_event_source *timer, uint64_t usec)
{
	sd_event_source_set_time(timer, usec);
	sd_event_source_set_enabled(timer, SD_EVENT_ONESHOT);
}

static void arm_timer(struct manager *manager)
{
	struct look *look = &manager->look;

	if (look->in_flight || look->wanted_usec == UINT64_MAX)
		return;
	arm(look->timer, look->wanted_usec);
}

uint64_t look_want(struct manager *manager, uint64_t delay_usec)
{
	struct look *look = &manager->look;
	uint64_t usec = now_usec() + delay_usec;

	if (usec < look->wanted_usec)
		look->wanted_usec = usec;
	arm_timer(manager);
	return look->begun + 1;
}

/* Said when it is news, and told in the status as long as it is so. */
static void set_fault(struct look *look, const char *fault)
{
	if (fault && (!look->fault || strcmp(look->fault, fault) != 0))
		journal(JOURNAL_OTHER, LOG_ERR, NULL, "a look failed: %s", fault);
	free(look->fault);
	look->fault = fault ? strdup(fault) : NULL;
}

/* The worker is gone, or there is none: again in a moment. */
static void fail(struct manager *manager)
{
	struct look *look = &manager->look;

	look->worker = worker_free(look->worker);
	look->in_flight = false;
	look->recover = true;
	sd_event_source_set_enabled(look->deadline, SD_EVENT_OFF);
	look->wanted_usec = UINT64_MAX;
	look_want(manager, RETRY_USEC);
}

static int begin(struct manager *manager)
{
	const struct worker_events events = {
		.userdata = manager,
		.message = on_message,
		.lost = on_lost,
	};
	struct look *look = &manager->look;
	int r = 0;

	if (!look->worker)
		r = worker_new(manager->event, manager->workers, WORKER_STEPS, &events,
			       &look->worker);
	/* To run no step puts drivers_autoprobe right, and has no answer. */
	if (!r && look->recover)
		r = worker_send(look->worker, wire_steps(0));
	if (!r)
		r = worker_send(look->worker, wire_snapshot(VDPAM_LOOK_FUNCTIONS));
	if (r < 0)
		return r;
	look->in_flight = true;
	look->recover = false;
	look->begun++;
	look->begun_usec = now_usec();
	look->wanted_usec = UINT64_MAX;
	arm(look->deadline, look->begun_usec + DEADLINE_USEC);
	return 0;
}

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct manager *manager = userdata;

	(void)source;
	(void)usec;
	if (manager->look.in_flight)
		return 0;
	/* Asking now could be what freezes the host: schedule_is_quiet(). */
	if (schedule_is_quiet(manager->schedule)) {
		arm(manager->look.timer, now_usec() + RETRY_USEC);
		return 0;
	}
	if (begin(manager) < 0)
		fail(manager);
	return 0;
}

static int on_deadline(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct manager *manager = userdata;

	(void)source;
	(void)usec;
	manager->look.stuck = true;
	journal(JOURNAL_WORKER_STUCK, LOG_WARNING, NULL,
		"the kernel has not answered a look for %llu s; what is known is told, and the "
		"answer is waited for",
		(unsigned long long)(DEADLINE_USEC / 1000000));
	notify_want(manager, NULL);
	return 0;
}

static void on_message(void *userdata, struct worker *worker, struct json_object *message)
{
	struct manager *manager = userdata;
	struct look *look = &manager->look;
	struct vdpam_snapshot *snapshot = NULL;

	(void)worker;
	if (wire_parse_snapshot(message, &snapshot) < 0) {
		set_fault(look, wire_get_message(message));
		notify_want(manager, NULL);
		fail(manager);
		return;
	}
	set_fault(look, NULL);
	look->in_flight = look->stuck = false;
	sd_event_source_set_enabled(look->deadline, SD_EVENT_OFF);
	look->took_usec = now_usec() - look->begun_usec;
	manager->metrics.looks++;
	manager_take_snapshot(manager, snapshot, look->begun);
	/* At most half of the time is spent looking. */
	if (look->wanted_usec != UINT64_MAX &&
	    look->wanted_usec < now_usec() + look->took_usec)
		look->wanted_usec = now_usec() + look->took_usec;
	arm_timer(manager);
}

static void on_lost(void *userdata, struct worker *worker)
{
	struct manager *manager = userdata;

	journal(JOURNAL_WORKER_GONE, LOG_NOTICE, NULL, "a worker (process %d) has ended",
		(int)worker_get_pid(worker));
	manager->look.stuck = false;
	fail(manager);
}

/* Up to a tenth sooner or later, so that hosts that started together do not stay together. */
static uint64_t with_jitter(uint64_t usec)
{
	uint16_t random = 0;

	if (getrandom(&random, sizeof(random), GRND_NONBLOCK) < 0)
		random = 0;
	return usec - usec / 10 + usec / 5 * random / UINT16_MAX;
}

static int on_poll(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct manager *manager = userdata;

	(void)usec;
	look_want(manager, 0);
	arm(source, now_usec() + with_jitter(manager->look.poll_usec));
	return 0;
}

int look_start(struct manager *manager)
{
	struct look *look = &manager->look;
	int r;

	if (!look->poll_usec)
		look->poll_usec = POLL_USEC;
	look->wanted_usec = UINT64_MAX;
	look->recover = true;
	r = sd_event_add_time(manager->event, &look->timer, CLOCK_MONOTONIC, UINT64_MAX,
			      1000, on_timer, manager);
	if (r >= 0)
		r = sd_event_add_time(manager->event, &look->deadline, CLOCK_MONOTONIC,
				      UINT64_MAX, 1000, on_deadline, manager);
	if (r >= 0)
		r = sd_event_add_time(manager->event, &look->poll, CLOCK_MONOTONIC,
				      now_usec() + with_jitter(look->poll_usec), 0,
				      on_poll, manager);
	return r < 0 ? r : 0;
}

void look_stop(struct manager *manager)
{
	struct look *look = &manager->look;

	sd_event_source_disable_unref(look->timer);
	sd_event_source_disable_unref(look->deadline);
	sd_event_source_disable_unref(look->poll);
	worker_free(look->worker);
	free(look->fault);
}
