// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What users do to single devices: the same planners as without the daemon, and the claim that a
 * document has on a device. Decides nothing about steps.
 */
#include <errno.h>

#include "manager-private.h"

/* ---- Claims -------------------------------------------------------------------------------- */

/* On a device that a document names only with --persist (of an applied document) or --force. */
static struct vdpam_error *check_claim(const struct request *request, const char *verb,
				       const char *name)
{
	const struct manager *manager = request->manager;
	const struct target *target = targets_find(&manager->targets, name);
	const char *file = target ? target->file : NULL;
	const struct stored *stored =
		file ? store_find_path(&manager->store, file) : NULL;
	AUTO_FREE char *shown = vdpam_name_escape(name);

	if (!file)
		return NULL;
	switch (request->claim) {
	case MANAGER_CLAIM_NONE:
		return manager_error(VDPAM_ERROR_MANAGED, EBUSY, name,
				     "%s %s: the document %s names it; --persist changes "
				     "that too, --force diverts from it",
				     verb, shown, file);
	case MANAGER_CLAIM_PERSIST:
		if (!stored || stored->place != STORE_VAR)
			return manager_error(
				VDPAM_ERROR_MANAGED, EBUSY, name,
				"%s %s: the document %s names it, which is the "
				"administrator's: change it there",
				verb, shown, file);
		break;
	case MANAGER_CLAIM_FORCE:
		break;
	}
	return NULL;
}

/* Kept as it is to be made now, until the next apply, reload or restart. */
static void divert(struct request *request)
{
	struct manager *manager = request->manager;

	for (size_t i = 0; i < request->n_names && request->claim == MANAGER_CLAIM_FORCE;
	     i++) {
		struct target *target =
			targets_find(&manager->targets, request->names[i]);

		if (target && target->file)
			targets_event(&manager->targets, target, EVENT_DIVERT,
				      now_usec());
	}
}

static bool is_forced(const struct request *request)
{
	return request->claim == MANAGER_CLAIM_FORCE;
}

/* ---- Create -------------------------------------------------------------------------------- */

static enum make_result make_create(struct request *request, struct vdpam_plan **ret_plan)
{
	struct manager *manager = request->manager;
	const struct target *target = targets_find(&manager->targets, request->wish.name);
	AUTO_FREE char *shown = vdpam_name_escape(request->wish.name);

	if (target && target->file) {
		request->error =
			manager_error(VDPAM_ERROR_MANAGED, EEXIST, request->wish.name,
				      "create %s: the document %s names it already",
				      shown, target->file);
		return MAKE_END;
	}
	return request_made(request,
			    vdpam_plan_new_create(manager->snapshot, &request->wish,
						  ret_plan, &request->error));
}

void manager_create(struct manager *manager, const struct vdpam_device_wish *wish,
		    bool persistent, const struct manager_reply *reply)
{
	struct request *request = request_new(manager, reply);

	if (!request)
		return;
	request->wish = *wish;
	request->text = strdup(wish->name);
	request->text2 = strdup(wish->mgmtdev);
	request->text3 = wish->driver ? strdup(wish->driver) : NULL;
	request->wish.name = request->text;
	request->wish.mgmtdev = request->text2;
	request->wish.driver = request->text3;
	request->claim = persistent ? MANAGER_CLAIM_PERSIST : MANAGER_CLAIM_NONE;
	request->make = make_create;
	request->check = persist_check_adopted;
	if (!request->text || !request->text2 || (wish->driver && !request->text3) ||
	    request_set_names(request, &wish->name, 1) < 0)
		request_refuse(request, NULL);
	else
		request_begin(request);
}

static enum make_result begin_plan(struct request *request, int r,
				   struct vdpam_plan *const *plan)
{
	if (r < 0)
		return request_made(request, r);
	if (targets_is_busy(&request->manager->targets, *plan))
		return MAKE_AGAIN;
	divert(request);
	return MAKE_RUN;
}

/* ---- Destroy ------------------------------------------------------------------------------- */

/* One plan of those for each device. */
static int plan_destroy(struct request *request, struct vdpam_plan **ret_plan)
{
	struct vdpam_plan **plans = calloc(request->n_names + 1, sizeof(*plans));
	int r = plans ? 0 : -ENOMEM;

	for (size_t i = 0; !r && i < request->n_names; i++)
		r = vdpam_plan_new_destroy(request->manager->snapshot, request->names[i],
					   is_forced(request), &plans[i],
					   &request->error);
	if (!r)
		r = vdpam_plan_new_joined(plans, request->n_names, ret_plan);
	for (size_t i = 0; plans && i < request->n_names; i++)
		vdpam_plan_free(plans[i]);
	free(plans);
	return r;
}

static enum make_result make_destroy(struct request *request,
				     struct vdpam_plan **ret_plan)
{
	for (size_t i = 0; i < request->n_names && !request->error; i++)
		request->error = check_claim(request, "destroy", request->names[i]);
	if (request->error)
		return MAKE_END;
	return begin_plan(request, plan_destroy(request, ret_plan), ret_plan);
}

void manager_destroy(struct manager *manager, const char *const *names, size_t count,
		     enum manager_claim claim, const struct manager_reply *reply)
{
	struct request *request = request_new(manager, reply);

	if (!request)
		return;
	request->claim = claim;
	request->make = make_destroy;
	request->ran = persist_destroy;
	if (request_set_names(request, names, count) < 0)
		request_refuse(request, NULL);
	else
		request_begin(request);
}

/* ---- Bind, unbind, set --------------------------------------------------------------------- */

static enum make_result make_bind(struct request *request, struct vdpam_plan **ret_plan)
{
	const struct vdpam_snapshot *snapshot = request->manager->snapshot;
	const char *name = request->names[0];
	int r;

	request->error = check_claim(request, request->text ? "bind" : "unbind", name);
	if (request->error)
		return MAKE_END;
	if (request->text)
		r = vdpam_plan_new_bind(snapshot, name, request->text, is_forced(request),
					ret_plan, &request->error);
	else
		r = vdpam_plan_new_unbind(snapshot, name, is_forced(request), ret_plan,
					  &request->error);
	return begin_plan(request, r, ret_plan);
}

void manager_bind(struct manager *manager, const char *name, const char *driver,
		  enum manager_claim claim, const struct manager_reply *reply)
{
	struct request *request = request_new(manager, reply);

	if (!request)
		return;
	request->text = driver ? strdup(driver) : NULL;
	request->claim = claim;
	request->make = make_bind;
	request->ran = persist_bind;
	request->check = persist_check_adopted;
	if ((driver && !request->text) || request_set_names(request, &name, 1) < 0)
		request_refuse(request, NULL);
	else
		request_begin(request);
}

static enum make_result make_set(struct request *request, struct vdpam_plan **ret_plan)
{
	int r;

	request->error = check_claim(request, "set", request->names[0]);
	if (request->error)
		return MAKE_END;
	r = vdpam_plan_new_set_mac(request->manager->snapshot, request->names[0],
				   request->number, is_forced(request), ret_plan,
				   &request->error);
	return begin_plan(request, r, ret_plan);
}

void manager_set_mac(struct manager *manager, const char *name, uint64_t mac,
		     enum manager_claim claim, const struct manager_reply *reply)
{
	struct request *request = request_new(manager, reply);

	if (!request)
		return;
	request->number = mac;
	request->claim = claim;
	request->make = make_set;
	request->ran = persist_set;
	request->check = persist_check_adopted;
	if (request_set_names(request, &name, 1) < 0)
		request_refuse(request, NULL);
	else
		request_begin(request);
}

/* ---- On demand ----------------------------------------------------------------------------- */

/* Where the device is in the documents, or how many they have: they do not name it. */
static size_t find_in_documents(const struct request *request)
{
	const struct vdpam_document *document = request->manager->document;
	size_t count = vdpam_document_count_devices(document), i = 0;

	while (i < count && strcmp(vdpam_document_get_device_name(document, i),
				   request->names[0]) != 0)
		i++;
	return i;
}

static struct vdpam_error *check_demand(const struct request *request)
{
	const char *name = request->names[0];
	AUTO_FREE char *shown = vdpam_name_escape(name);

	if (find_in_documents(request) <
	    vdpam_document_count_devices(request->manager->document))
		return NULL;
	return manager_error(VDPAM_ERROR_NO_SUCH_DEVICE, ENODEV, name,
			     "%s: no document names it", shown);
}

/* One that is there without a demand, too, stays. */
static bool ends_with_demand(const struct request *request, const struct target *target)
{
	return target->present && vdpam_document_is_on_demand(request->manager->document,
							      find_in_documents(request));
}

/* Another has asked for it and has it since: only that one gives it back. */
static bool is_of_another(const struct request *request, const struct target *target)
{
	return target && target->present && target->demander &&
	       strcmp(target->demander, request->text) != 0;
}

/* Its document is planned with it, or without it, from now on. */
static int demand(struct request *request, struct target *target, bool wanted)
{
	if (!target)
		return -ENODEV;
	if (!is_of_another(request, target)) {
		free(target->demander);
		target->demander = wanted ? strdup(request->text) : NULL;
		if (wanted && !target->demander)
			return -ENOMEM;
	}
	targets_event(&request->manager->targets, target, EVENT_RESUME, now_usec());
	return documents_recombine(request->manager);
}

static enum make_result make_demand(struct request *request, struct vdpam_plan **ret_plan)
{
	struct manager *manager = request->manager;
	const char *name = request->names[0];
	struct target *target = targets_find(&manager->targets, name);
	uint64_t wake;
	int r;

	request->error = check_demand(request);
	if (request->error)
		return MAKE_END;
	if (target && target->r.busy)
		return MAKE_AGAIN;
	if (!request->number && is_of_another(request, target))
		return MAKE_END;
	r = demand(request, target, request->number != 0);
	if (!r && !request->number && !ends_with_demand(request, target))
		return MAKE_END;
	if (!r && !request->number)
		r = vdpam_plan_new_destroy(manager->snapshot, name, false, ret_plan,
					   &request->error);
	else if (!r)
		r = vdpam_plan_new(manager->document, manager->snapshot,
				   &vdpam_plan_options_default, ret_plan,
				   &request->error);
	if (!r && request->number) {
		request->decided = true;
		r = targets_decide(&manager->targets, manager->document, *ret_plan, 0,
				   now_usec(), &wake);
	}
	return request_made(request, r);
}

/* Made, or why not. */
static bool check_demanded(struct request *request)
{
	const struct target *target =
		targets_find(&request->manager->targets, request->names[0]);
	AUTO_FREE char *shown = vdpam_name_escape(request->names[0]);

	if (!request->number || request->error || (target && target->present))
		return false;
	request->error = target && target->error
				 ? vdpam_error_copy(target->error)
				 : manager_error(VDPAM_ERROR_NO_SUCH_MGMTDEV, ENODEV,
						 request->names[0],
						 "%s: its management device is not there",
						 shown ? shown : "?");
	return false;
}

void manager_demand(struct manager *manager, const char *name, const char *consumer,
		    bool wanted, const struct manager_reply *reply)
{
	struct request *request = request_new(manager, reply);

	if (!request)
		return;
	request->text = strdup(consumer);
	request->number = wanted;
	request->make = make_demand;
	request->check = check_demanded;
	if (!request->text || request_set_names(request, &name, 1) < 0)
		request_refuse(request, NULL);
	else
		request_begin(request);
}
