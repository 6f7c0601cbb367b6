// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Between the planner, which says what would have to be done, and the scheduler, which does what it
 * is given: what may be done now. Never a step for a device that no document names.
 */
#include "targets-private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* ---- The table ----------------------------------------------------------------------------- */

static void free_target(struct lh_entry *entry)
{
	struct target *target = (struct target *)lh_entry_v(entry);

	vdpam_error_free(target->error);
	free(target->name);
	free(target->file);
	free(target->mgmtdev);
	free(target->demander);
	free(target->libvirt_name);
	free(target->domain);
	free(target);
}

int targets_init(struct targets *targets)
{
	targets->devices = lh_kchar_table_new(64, free_target);
	targets->functions = lh_kchar_table_new(16, free_target);
	return targets->devices && targets->functions ? 0 : -ENOMEM;
}

void targets_fini(struct targets *targets)
{
	if (targets->devices)
		lh_table_free(targets->devices);
	if (targets->functions)
		lh_table_free(targets->functions);
}

static struct target *find(struct lh_table *table, const char *name)
{
	void *value;

	return lh_table_lookup_ex(table, name, &value) ? value : NULL;
}

struct target *targets_find(const struct targets *targets, const char *name)
{
	return find(targets->devices, name);
}

struct target *targets_find_function(const struct targets *targets, const char *name)
{
	return find(targets->functions, name);
}

struct target *target_get(struct lh_table *table, const char *name)
{
	struct target *target = find(table, name);

	if (target)
		return target;
	target = calloc(1, sizeof(*target));
	if (target)
		target->name = strdup(name);
	if (!target || !target->name ||
	    lh_table_insert(table, target->name, target) < 0) {
		if (target)
			free(target->name);
		free(target);
		return NULL;
	}
	return target;
}

struct target *targets_get(struct targets *targets, const char *name)
{
	return target_get(targets->devices, name);
}

bool target_is_function_step(const struct vdpam_step *step)
{
	return !vdpam_operation_is_on_device(vdpam_step_get_operation(step));
}

struct lh_table *targets_table_of(const struct targets *targets,
				  const struct vdpam_step *step)
{
	return target_is_function_step(step) ? targets->functions : targets->devices;
}

struct target *targets_find_of(const struct targets *targets,
			       const struct vdpam_step *step)
{
	return find(targets_table_of(targets, step), vdpam_step_get_target(step));
}

/* ---- Events -------------------------------------------------------------------------------- */

unsigned int targets_event(struct targets *targets, struct target *target,
			   enum reconcile_event event, uint64_t now)
{
	enum device_state before = target->r.state;
	unsigned int action = reconcile(&target->r, event, target->what, now);

	if (target->r.state == STATE_READY || target->r.state == STATE_FOREIGN)
		target->error = vdpam_error_free(target->error);
	if (target->r.state != before && targets->changed)
		targets->changed(targets->userdata, target, before);
	if (action & ACTION_FIGHT && targets->fight)
		targets->fight(targets->userdata, target);
	return action;
}

void targets_event_all(struct targets *targets, enum reconcile_event event, uint64_t now)
{
	struct lh_entry *entry;

	lh_foreach(targets->devices, entry)
	{
		targets_event(targets, (struct target *)lh_entry_v(entry), event, now);
	}
	lh_foreach(targets->functions, entry)
	{
		targets_event(targets, (struct target *)lh_entry_v(entry), event, now);
	}
}

/* ---- Observing ----------------------------------------------------------------------------- */

static int set_text(char **text, const char *with)
{
	char *copy;

	if (*text && with && !strcmp(*text, with))
		return 0;
	copy = with ? strdup(with) : NULL;
	if (with && !copy)
		return -ENOMEM;
	free(*text);
	*text = copy;
	return 0;
}

static void clear_sights(struct targets *targets)
{
	struct target *target;

	targets_foreach(targets, target, entry)
	{
		target->seen = target->present = false;
	}
}

static int observe_document(struct targets *targets,
			    const struct vdpam_document *document,
			    bool (*is_frozen)(void *userdata, const char *file),
			    void *userdata)
{
	for (size_t i = 0; i < vdpam_document_count_devices(document); i++) {
		const char *file = vdpam_document_get_device_file(document, i);
		struct target *target =
			targets_get(targets, vdpam_document_get_device_name(document, i));

		if (!target || set_text(&target->file, file) < 0 ||
		    set_text(&target->mgmtdev,
			     vdpam_document_get_device_mgmtdev(document, i)) < 0)
			return -ENOMEM;
		target->seen = true;
		target->frozen = is_frozen && is_frozen(userdata, file);
	}
	return 0;
}

static void forget_owner(struct target *target)
{
	free(target->file);
	free(target->mgmtdev);
	free(target->demander);
	target->file = target->mgmtdev = target->demander = NULL;
	target->frozen = false;
}

static void settle_foreign(struct targets *targets, const struct vdpam_snapshot *snapshot,
			   uint64_t now)
{
	struct target *target;

	targets_foreach(targets, target, entry)
	{
		const struct vdpam_device *device;

		if (target->seen)
			continue;
		forget_owner(target);
		device = vdpam_snapshot_find_device(snapshot, target->name);
		if (targets_event(targets, target,
				  !device ? EVENT_SEEN_GONE
				  : vdpam_device_is_unbinding(device)
					  ? EVENT_SEEN_UNBINDING
					  : EVENT_SEEN_FOREIGN,
				  now) &
		    ACTION_FORGET) {
			if (targets->forgotten)
				targets->forgotten(targets->userdata, target);
			lh_table_delete_entry(targets->devices, entry);
		}
	}
}

int targets_observe(struct targets *targets, const struct vdpam_document *document,
		    const struct vdpam_snapshot *snapshot,
		    bool (*is_frozen)(void *userdata, const char *file), void *userdata,
		    uint64_t now)
{
	const struct vdpam_device *device = NULL;
	int r;

	clear_sights(targets);
	r = observe_document(targets, document, is_frozen, userdata);
	while (!r && (device = vdpam_device_next(snapshot, device))) {
		struct target *target =
			targets_get(targets, vdpam_device_get_name(device));

		if (target)
			target->present = true;
		else
			r = -ENOMEM;
	}
	if (!r)
		settle_foreign(targets, snapshot, now);
	return r;
}

/* ---- Running ------------------------------------------------------------------------------- */

/* It changes no device, and so nothing that is thought of it. */
static bool is_message(const struct vdpam_step *step)
{
	return vdpam_step_get_operation(step) == VDPAM_DEVICE_ANNOUNCE;
}

void targets_step_begins(struct targets *targets, const struct vdpam_step *step,
			 uint64_t now)
{
	struct target *target = targets_find_of(targets, step);

	if (target && !is_message(step))
		targets_event(targets, target,
			      target_begin_event(vdpam_step_get_operation(step)), now);
}

static void keep_error(struct target *target, const struct vdpam_error *error)
{
	if (!error)
		return;
	vdpam_error_free(target->error);
	target->error = vdpam_error_copy(error);
}

void targets_step_ends(struct targets *targets, const struct vdpam_plan *plan,
		       size_t index, uint64_t now)
{
	const struct vdpam_step *step = vdpam_plan_get_step(plan, index);
	struct target *target = targets_find_of(targets, step);
	bool failed = vdpam_plan_get_status(plan, index) == VDPAM_STEP_FAILED;

	if (!target || is_message(step))
		return;
	if (failed) {
		target->run_failed = true;
		keep_error(target, vdpam_plan_get_error(plan, index));
	}
	if (target->pending && --target->pending)
		return;
	failed = target->run_failed && (target->file || target->is_function);
	target->run_failed = false;
	targets_event(targets, target, failed ? EVENT_RUN_FAILS : EVENT_RUN_ENDS, now);
}

bool targets_is_busy(const struct targets *targets, const struct vdpam_plan *plan)
{
	for (size_t i = 0; i < vdpam_plan_count(plan); i++) {
		const struct target *target =
			targets_find_of(targets, vdpam_plan_get_step(plan, i));

		if (target && target->r.busy)
			return true;
	}
	return false;
}
