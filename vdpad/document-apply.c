// SPDX-License-Identifier: GPL-2.0-or-later
/* A document that is applied: checked, kept, made true, and the way back where that fails. */
#include <errno.h>
#include <stdio.h>

#include "manager-private.h"

/* ---- Apply --------------------------------------------------------------------------------- */

static struct json_object *new_faults(const struct vdpam_faults *faults)
{
	struct json_object *object = json_object_new_object();

	json_object_object_add(object, "faults", vdpam_faults_to_json(faults));
	return object;
}

static struct vdpam_error *parse(struct request *request)
{
	struct vdpam_document_source source = { request->text, request->text2,
						request->size };
	struct vdpam_faults *faults = NULL;
	struct vdpam_error *error;
	int r = vdpam_document_new(&source, 1, &request->document, &faults);

	if (!r)
		return NULL;
	if (r != -EINVAL)
		return manager_error(VDPAM_ERROR_INTERNAL, -r, NULL,
				     "apply: no memory for the document");
	error = manager_error(VDPAM_ERROR_INVALID_DOCUMENT, EINVAL, request->text,
			      "apply: %s: %s: %s", request->text,
			      vdpam_faults_get_path(faults, 0),
			      vdpam_faults_get_message(faults, 0));
	request->result = new_faults(faults);
	vdpam_faults_free(faults);
	return error;
}

const struct stored *document_find_applied(const struct manager *manager,
					   const char *name)
{
	const struct stored *stored = store_find(&manager->store, name);

	return stored && stored->place == STORE_VAR ? stored : NULL;
}

/* A device that another kept document names. */
static struct vdpam_error *check_owners(const struct request *request)
{
	const struct manager *manager = request->manager;
	const struct stored *own = document_find_applied(manager, request->text);

	for (size_t i = 0; i < vdpam_document_count_devices(request->document); i++) {
		const char *name = vdpam_document_get_device_name(request->document, i);
		const struct target *target = targets_find(&manager->targets, name);

		if (target && target->file && !(own && !strcmp(own->path, target->file)))
			return manager_error(VDPAM_ERROR_MANAGED, EBUSY, name,
					     "apply: %s is in the document %s already",
					     name, target->file);
	}
	return NULL;
}

static struct vdpam_error *check_collateral(const struct vdpam_plan *plan)
{
	for (size_t i = 0; i < vdpam_plan_count(plan); i++) {
		const struct vdpam_step *step = vdpam_plan_get_step(plan, i);
		const char *target = vdpam_step_get_target(step);
		AUTO_FREE char *shown = vdpam_name_escape(target);

		if (vdpam_step_count_collateral(step))
			return manager_error(
				VDPAM_ERROR_COLLATERAL, EBUSY, target,
				"apply: %s of %s costs %zu VFs or devices (see 'vdpactl "
				"plan'); allow it with --allow-collateral",
				vdpam_operation_name(vdpam_step_get_operation(step)),
				shown ? shown : "?", vdpam_step_count_collateral(step));
	}
	return NULL;
}

/* What the kept generation names; the planner leaves out what the new one names. To be freed. */
static const char **names_of(const struct manager *manager, const struct stored *stored,
			     size_t *ret_count)
{
	const char **names =
		calloc(lh_table_length(manager->targets.devices) + 1, sizeof(*names));
	struct target *target;
	size_t count = 0;

	targets_foreach(&manager->targets, target, entry)
	{
		if (names && stored && target->file &&
		    !strcmp(target->file, stored->path))
			names[count++] = target->name;
	}
	*ret_count = count;
	return names;
}

int document_plan(struct request *request, const struct stored *kept,
		  struct vdpam_plan **ret_plan)
{
	const struct manager *manager = request->manager;
	struct vdpam_plan_options options = vdpam_plan_options_default;
	struct vdpam_document *combined = NULL;
	AUTO_FREE const char **names = names_of(manager, kept, &options.n_prune);
	int r;

	if (!names)
		return -ENOMEM;
	if (request->flags & MANAGER_APPLY_PRUNE)
		options.prune = names;
	else
		options.n_prune = 0;
	r = vdpam_document_combine(&request->document, 1, manager->snapshot, NULL, NULL,
				   &combined);
	if (r < 0)
		return r;
	vdpam_document_unref(request->combined);
	request->combined = combined;
	return vdpam_plan_new(combined, manager->snapshot, &options, ret_plan,
			      &request->error);
}

static void resume(struct request *request)
{
	struct targets *targets = &request->manager->targets;
	size_t count = vdpam_document_count_devices(request->combined);
	struct lh_entry *entry;

	for (size_t i = 0; i < count; i++) {
		struct target *target = targets_find(
			targets, vdpam_document_get_device_name(request->combined, i));

		if (target)
			targets_event(targets, target, EVENT_RESUME, now_usec());
	}
	lh_foreach(targets->functions, entry)
	{
		targets_event(targets, (struct target *)lh_entry_v(entry), EVENT_RESUME,
			      now_usec());
	}
}

static unsigned int decide_flags(const struct request *request)
{
	return (request->flags & MANAGER_APPLY_COLLATERAL ? DECIDE_COLLATERAL : 0U) |
	       (request->flags & MANAGER_APPLY_PRUNE ? DECIDE_PRUNE : 0U);
}

/* Keeps it, and lets its steps run. */
static int keep(struct request *request, struct vdpam_plan *plan)
{
	struct manager *manager = request->manager;
	uint64_t wake;
	int r = store_save(&manager->store, request->text, request->text2, request->size,
			   &request->error);

	if (!r)
		r = documents_recombine(manager);
	if (r < 0)
		return r;
	resume(request);
	request->decided = true;
	return targets_decide(&manager->targets, request->combined, plan,
			      decide_flags(request), now_usec(), &wake);
}

static bool is_any_busy(const struct request *request)
{
	for (size_t i = 0; i < vdpam_document_count_devices(request->combined); i++) {
		const struct target *target = targets_find(
			&request->manager->targets,
			vdpam_document_get_device_name(request->combined, i));

		if (target && target->r.busy)
			return true;
	}
	return false;
}

static enum make_result make_apply(struct request *request, struct vdpam_plan **ret_plan)
{
	struct manager *manager = request->manager;
	const struct stored *kept = document_find_applied(manager, request->text);
	int r;

	request->error = check_owners(request);
	if (request->error)
		return MAKE_END;
	r = document_plan(request, kept, ret_plan);
	if (r < 0)
		return request_made(request, r);
	if (request->flags & MANAGER_APPLY_CHECK) {
		request->result = results_new(*ret_plan, true);
		return MAKE_END;
	}
	if (!(request->flags & MANAGER_APPLY_COLLATERAL))
		request->error = check_collateral(*ret_plan);
	if (request->error)
		return MAKE_END;
	/* Steps under way on its devices end first: a plan beside them would be of half a state. */
	if (is_any_busy(request) || targets_is_busy(&manager->targets, *ret_plan))
		return MAKE_AGAIN;
	if (request->flags & MANAGER_APPLY_ROLLBACK) {
		request->before = vdpam_snapshot_ref(manager->snapshot);
		request->text3 = kept ? strndup(kept->text, kept->size) : NULL;
	}
	return request_made(request, keep(request, *ret_plan));
}

/* ---- Rollback ---- */

static enum make_result make_rollback(struct request *request,
				      struct vdpam_plan **ret_plan)
{
	return request_made(
		request, vdpam_plan_new_back(request->combined, request->before,
					     request->manager->snapshot, ret_plan, NULL));
}

/* What was kept before is kept again. */
static void unkeep(struct request *request)
{
	struct manager *manager = request->manager;
	struct vdpam_error *error = NULL;
	int r;

	if (request->text3)
		r = store_save(&manager->store, request->text, request->text3,
			       strlen(request->text3), &error);
	else
		r = store_remove(&manager->store, request->text, &error);
	if (r < 0)
		journal(JOURNAL_OTHER, LOG_ERR, NULL, "%s",
			vdpam_error_get_message(error));
	vdpam_error_free(error);
	documents_recombine(manager);
}

static bool check_apply(struct request *request)
{
	bool failed = false;

	for (size_t i = 0; request->plan && i < vdpam_plan_count(request->plan); i++)
		failed |= vdpam_plan_get_status(request->plan, i) == VDPAM_STEP_FAILED;
	if (!failed || !request->before)
		return false;
	unkeep(request);
	request->make = make_rollback;
	request->check = NULL;
	request->decided = false;
	request->rolls_back = true;
	return true;
}

void manager_apply(struct manager *manager, const char *name, const char *text,
		   size_t size, unsigned int flags, const struct manager_reply *reply)
{
	struct request *request = request_new(manager, reply);
	struct vdpam_error *error;

	if (!request)
		return;
	request->text = strdup(name);
	request->text2 = malloc(size + 1);
	if (!request->text || !request->text2) {
		request_refuse(request, NULL);
		return;
	}
	memcpy(request->text2, text, size);
	request->text2[size] = 0;
	request->size = size;
	request->flags = flags;
	request->make = make_apply;
	request->check = check_apply;
	error = vdpam_name_is_valid(name)
			? parse(request)
			: manager_error(VDPAM_ERROR_INVALID_NAME, EINVAL, name,
					"apply: this cannot be the name of a document");
	if (error)
		request_refuse(request, error);
	else
		request_begin(request);
}
