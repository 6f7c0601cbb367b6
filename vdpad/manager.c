// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Owns everything: documents, the last look, what is thought of each device, the plans under way.
 * From a look to steps: combine, observe, plan, decide, run, look again.
 */
#include "manager.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include "manager-private.h"

#define GATHER_USEC 20000 /* hints that come together are one */
#define BUSY_USEC 300000  /* while our own steps cause them */

struct vdpam_error *manager_error(enum vdpam_error_code code, int errnum,
				  const char *target, const char *format, ...)
{
	struct vdpam_error *error;
	char *message;
	va_list args;
	int n;

	va_start(args, format);
	n = vasprintf(&message, format, args);
	va_end(args);
	if (n < 0)
		return NULL;
	error = vdpam_error_new(code, errnum, target, NULL, message);
	free(message);
	return error;
}

/* ---- What is said -------------------------------------------------------------------------- */

static void on_changed(void *userdata, struct target *target, enum device_state before)
{
	struct manager *manager = userdata;
	AUTO_FREE char *shown = vdpam_name_escape(target->name);
	const char *state = device_state_name(target->r.state);
	const struct journal_fields fields = {
		.device = target->name,
		.document = target->file,
		.state = state,
		.error = target->r.state == STATE_FAILED ? target->error : NULL,
	};

	if (!target->is_function)
		notify_want(manager, target);
	if (target->r.state == STATE_FAILED)
		journal(JOURNAL_DEVICE_FAILED, LOG_ERR, &fields, "%s",
			vdpam_error_get_message(target->error));
	else if (target->file)
		journal(JOURNAL_DEVICE_STATE, LOG_INFO, &fields, "%s is %s, was %s",
			shown ? shown : "?", state, device_state_name(before));
}

static void on_forgotten(void *userdata, struct target *target)
{
	notify_forgotten(userdata, target);
}

static void on_fight(void *userdata, struct target *target)
{
	struct manager *manager = userdata;
	AUTO_FREE char *shown = vdpam_name_escape(target->name);

	manager->metrics.fights++;
	journal(JOURNAL_DEVICE_FIGHT, LOG_WARNING,
		&(struct journal_fields){ .device = target->name,
					  .document = target->file },
		"%s: somebody else keeps changing back what its document says; it is mended less "
		"and less often",
		shown ? shown : "?");
}

/* ---- Steps --------------------------------------------------------------------------------- */

void manager_step_begins(void *userdata, const struct vdpam_plan *plan, size_t index)
{
	struct manager *manager = userdata;

	targets_step_begins(&manager->targets, vdpam_plan_get_step(plan, index),
			    now_usec());
}

void manager_step_ends(void *userdata, const struct vdpam_plan *plan, size_t index)
{
	struct manager *manager = userdata;

	switch (vdpam_plan_get_status(plan, index)) {
	case VDPAM_STEP_DONE:
		manager->metrics.steps_done++;
		break;
	case VDPAM_STEP_FAILED:
		manager->metrics.steps_failed++;
		break;
	case VDPAM_STEP_PENDING:
	case VDPAM_STEP_WAITING:
	case VDPAM_STEP_SKIPPED:
		break;
	}
	targets_step_ends(&manager->targets, plan, index, now_usec());
}

static void on_step_waits(void *userdata, const struct vdpam_plan *plan,
			  const struct vdpam_error *error)
{
	requests_wait(userdata, plan, error);
}

/* A parent is gone, a stuck step has ended: time to look. */
static void on_moved(void *userdata)
{
	struct manager *manager = userdata;

	manager->look.recover = true;
	look_want(manager, 0);
	notify_want(manager, NULL);
}

void manager_skip(struct manager *manager, struct vdpam_plan *plan)
{
	for (size_t i = 0; i < vdpam_plan_count(plan); i++) {
		if (vdpam_plan_get_status(plan, i) != VDPAM_STEP_PENDING)
			continue;
		vdpam_plan_set_result(plan, i, VDPAM_STEP_SKIPPED, NULL);
		manager_step_ends(manager, plan, i);
	}
}

int manager_run(struct manager *manager, enum gate_kind kind, struct vdpam_plan *plan,
		uint64_t timeout_usec, schedule_done_fn *done, void *userdata)
{
	int r = gate_run(manager, kind, plan, timeout_usec, done, userdata);

	if (!r)
		manager->runs++;
	return r;
}

void manager_run_ends(struct manager *manager)
{
	manager->runs--;
	look_want(manager, 0);
}

void manager_run_done(void *userdata, struct vdpam_plan *plan)
{
	vdpam_plan_free(plan);
	manager_run_ends(userdata);
}

/* ---- From a look to steps ------------------------------------------------------------------ */

static void settle(struct manager *manager, int running)
{
	if (running || manager->runs) {
		if (!manager->unsettled_usec)
			manager->unsettled_usec = manager->look.begun_usec;
		return;
	}
	if (manager->unsettled_usec)
		metrics_settled(&manager->metrics, now_usec() - manager->unsettled_usec);
	manager->unsettled_usec = 0;
	manager->observed_generation = manager->desired_generation;
}

/* Decides, and sets going what may run. Returns how many steps, or a negative errno. */
static int mend(struct manager *manager)
{
	struct vdpam_plan *plan = NULL;
	uint64_t now = now_usec(), wake = 0;
	int count, r;

	r = targets_observe(&manager->targets, manager->document, manager->snapshot,
			    documents_is_frozen, manager, now);
	if (!r)
		r = vdpam_plan_new(manager->document, manager->snapshot,
				   &vdpam_plan_options_default, &plan, NULL);
	if (r < 0)
		return r;
	count = targets_decide(&manager->targets, manager->document, plan, 0, now, &wake);
	if (wake)
		look_want(manager, wake > now ? wake - now : 0);
	if (count > 0)
		r = manager_run(manager, GATE_SETS, plan, MANAGER_TIMEOUT_USEC,
				manager_run_done, manager);
	if (r < 0)
		manager_skip(manager, plan);
	if (count <= 0 || r < 0)
		vdpam_plan_free(plan);
	return r < 0 ? r : count;
}

void manager_take_snapshot(struct manager *manager, struct vdpam_snapshot *snapshot,
			   uint64_t number)
{
	struct vdpam_snapshot *before = manager->snapshot;
	int r;

	manager->snapshot = snapshot;
	manager->before = before;
	r = documents_combine(manager);
	if (!r)
		r = mend(manager);
	if (r < 0)
		journal(JOURNAL_OTHER, LOG_ERR, NULL, "cannot decide what to do: %s",
			strerror(-r));
	else
		settle(manager, r);
	notify_all(manager);
	manager->before = NULL;
	vdpam_snapshot_unref(before);
	requests_proceed(manager, number);
}

void manager_hint(struct manager *manager, const char *subsystem, const char *action,
		  const char *name)
{
	bool is_device = subsystem && !strcmp(subsystem, "vdpa") && name;
	struct target *target = is_device ? targets_find(&manager->targets, name) : NULL;
	uint64_t now = now_usec();

	/* What a device waits for can be anything but another device. */
	if (target)
		targets_event(&manager->targets, target, EVENT_HINT, now);
	else if (!is_device)
		targets_event_all(&manager->targets, EVENT_HINT, now);
	if (is_device && action)
		announce_hint(manager, name, action);
	look_want(manager, manager->runs ? BUSY_USEC : GATHER_USEC);
}

/* ---- Lifetime ------------------------------------------------------------------------------ */

static void on_store_changed(void *userdata)
{
	documents_changed(userdata);
}

static int init(struct manager *manager, const struct manager_options *options)
{
	const char *const folders[] = { options->etc_folder, options->run_folder,
					options->var_folder };
	const struct schedule_hooks hooks = {
		.userdata = manager,
		.begins = manager_step_begins,
		.ends = manager_step_ends,
		.waits = on_step_waits,
	};
	int r = store_init(&manager->store, manager->event, folders);

	manager->store.changed = on_store_changed;
	manager->store.userdata = manager;
	if (!r)
		r = targets_init(&manager->targets);
	manager->targets.changed = on_changed;
	manager->targets.forgotten = on_forgotten;
	manager->targets.fight = on_fight;
	manager->targets.userdata = manager;
	if (!r)
		r = schedule_new(manager->event, manager->workers, &hooks,
				 &manager->schedule);
	if (!r)
		r = notify_init(manager);
	if (!r)
		r = announce_init(manager);
	if (!r)
		schedule_set_moved(manager->schedule, on_moved, manager);
	return r;
}

int manager_new(sd_event *event, const struct manager_options *options,
		struct manager **ret_manager)
{
	struct manager *manager = calloc(1, sizeof(*manager));
	int r;

	if (!manager)
		return -ENOMEM;
	manager->event = event;
	manager->workers = options->workers;
	manager->look.poll_usec = options->poll_usec;
	r = init(manager, options);
	if (r < 0)
		manager_free(manager);
	else
		*ret_manager = manager;
	return r;
}

int manager_start(struct manager *manager)
{
	int r = store_watch(&manager->store);

	if (r < 0)
		journal(JOURNAL_OTHER, LOG_WARNING, NULL,
			"documents cannot be watched, only reload reads them anew: %s",
			strerror(-r));
	r = store_load(&manager->store);
	if (r < 0)
		return r;
	manager->desired_generation = 1;
	r = look_start(manager);
	if (!r)
		r = watch_start(manager);
	if (!r)
		look_want(manager, 0);
	return r;
}

struct manager *manager_free(struct manager *manager)
{
	if (!manager)
		return NULL;
	manager->has_observer = false;
	requests_fini(manager);
	gates_fini(manager);
	watch_stop(manager);
	look_stop(manager);
	schedule_free(manager->schedule);
	announce_fini(manager);
	notify_fini(manager);
	documents_forget_losses(manager);
	vdpam_document_unref(manager->document);
	vdpam_snapshot_unref(manager->snapshot);
	targets_fini(&manager->targets);
	store_fini(&manager->store);
	free(manager);
	return NULL;
}
