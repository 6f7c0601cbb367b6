// SPDX-License-Identifier: GPL-2.0-or-later
/* The worker that watches for us. What it says is a hint; when it is gone, anything may have happened. */
#include <errno.h>

#include "manager-private.h"
#include "wire.h"

#define RETRY_USEC UINT64_C(1000000)

static void retry(struct manager *manager)
{
	manager->watch.worker = worker_free(manager->watch.worker);
	sd_event_source_set_time_relative(manager->watch.timer, RETRY_USEC);
	sd_event_source_set_enabled(manager->watch.timer, SD_EVENT_ONESHOT);
}

static void on_message(void *userdata, struct worker *worker, struct json_object *message)
{
	struct manager *manager = userdata;
	struct wire_hint hint;

	(void)worker;
	if (wire_parse_hint(message, &hint) < 0) {
		retry(manager);
		return;
	}
	if (hint.is_everything) {
		manager->metrics.overruns++;
		journal(JOURNAL_OVERRUN, LOG_NOTICE, NULL,
			"more happened than could be heard: looking at everything");
	}
	manager_hint(manager, hint.is_everything ? NULL : hint.subsystem, hint.action,
		     hint.name);
	free(hint.name);
}

static void on_lost(void *userdata, struct worker *worker)
{
	struct manager *manager = userdata;

	journal(JOURNAL_WORKER_GONE, LOG_NOTICE, NULL,
		"the worker that watches (process %d) has ended",
		(int)worker_get_pid(worker));
	retry(manager);
}

static int begin(struct manager *manager)
{
	const struct worker_events events = {
		.userdata = manager,
		.message = on_message,
		.lost = on_lost,
	};
	int r = worker_new(manager->event, manager->workers, WORKER_STEPS, &events,
			   &manager->watch.worker);

	return r < 0 ? r : worker_send(manager->watch.worker, wire_watch());
}

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct manager *manager = userdata;

	(void)source;
	(void)usec;
	if (begin(manager) < 0)
		retry(manager);
	else
		manager_hint(manager, NULL, NULL, NULL);
	return 0;
}

int watch_start(struct manager *manager)
{
	int r = sd_event_add_time_relative(manager->event, &manager->watch.timer,
					   CLOCK_MONOTONIC, 0, 0, on_timer, manager);

	return r < 0 ? r : 0;
}

void watch_stop(struct manager *manager)
{
	sd_event_source_disable_unref(manager->watch.timer);
	worker_free(manager->watch.worker);
}
