// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What is wanted: the kept documents as one, and the requests that change them. Text goes to the
 * store, decisions to the planner.
 */
#include <errno.h>

#include "manager-private.h"

/* ---- All as one ---------------------------------------------------------------------------- */

void documents_forget_losses(struct manager *manager)
{
	for (size_t i = 0; i < manager->n_losses; i++) {
		free(manager->losses[i].name);
		free(manager->losses[i].winner);
		free(manager->losses[i].loser);
	}
	free(manager->losses);
	manager->losses = NULL;
	manager->n_losses = 0;
}

static void on_lost(void *userdata, const char *kind, const char *name,
		    const char *winner, const char *loser)
{
	struct manager *manager = userdata;
	struct loss *larger =
		reallocarray(manager->losses, manager->n_losses + 1, sizeof(*larger));

	if (!larger)
		return;
	manager->losses = larger;
	larger[manager->n_losses++] = (struct loss){
		.name = strdup(name),
		.winner = strdup(winner),
		.loser = strdup(loser),
	};
	(void)kind;
}

static void say_losses(const struct manager *manager)
{
	for (size_t i = 0; i < manager->n_losses; i++) {
		const struct loss *loss = &manager->losses[i];
		AUTO_FREE char *shown = vdpam_name_escape(loss->name);

		journal(JOURNAL_DOCUMENT_LOST, LOG_WARNING,
			&(struct journal_fields){ .device = loss->name,
						  .document = loss->loser },
			"%s: %s names it too, and %s goes first", shown ? shown : "?",
			loss->loser, loss->winner);
	}
}

bool documents_is_frozen(void *userdata, const char *file)
{
	const struct manager *manager = userdata;
	const struct stored *stored = store_find_path(&manager->store, file);

	return stored && stored->fault;
}

size_t documents_count_faulty(const struct manager *manager)
{
	size_t count = 0;

	for (size_t i = 0; i < manager->store.count; i++)
		count += manager->store.documents[i]->fault != NULL;
	return count;
}

static void apply_demands(struct manager *manager)
{
	size_t count = vdpam_document_count_devices(manager->document);

	for (size_t i = 0; i < count; i++) {
		const struct target *target = targets_find(
			&manager->targets,
			vdpam_document_get_device_name(manager->document, i));

		if (target && target->demander)
			vdpam_document_demand(manager->document, i);
	}
}

int documents_combine(struct manager *manager)
{
	const struct store *store = &manager->store;
	struct vdpam_document **all =
		calloc(store->count + 1, sizeof(struct vdpam_document *));
	struct vdpam_document *combined = NULL;
	bool is_news = !manager->document;
	size_t count = 0;
	int r = -ENOMEM;

	for (size_t i = 0; all && i < store->count; i++) {
		if (store->documents[i]->document)
			all[count++] = store->documents[i]->document;
	}
	if (all) {
		documents_forget_losses(manager);
		r = vdpam_document_combine(all, count, manager->snapshot, on_lost,
					   manager, &combined);
	}
	free(all);
	if (r < 0)
		return r;
	vdpam_document_unref(manager->document);
	manager->document = combined;
	apply_demands(manager);
	if (is_news)
		say_losses(manager);
	return 0;
}

void documents_changed(struct manager *manager)
{
	manager->document = vdpam_document_unref(manager->document);
	manager->desired_generation++;
	targets_event_all(&manager->targets, EVENT_RESUME, now_usec());
	look_want(manager, 0);
}

/* A document of ours is another now, and is to be planned from this look on. */
int documents_recombine(struct manager *manager)
{
	int r;

	manager->document = vdpam_document_unref(manager->document);
	manager->desired_generation++;
	r = documents_combine(manager);
	if (!r)
		r = targets_observe(&manager->targets, manager->document,
				    manager->snapshot, documents_is_frozen, manager,
				    now_usec());
	return r;
}

/* ---- Show, remove, adopt, reload ------------------------------------------------------------ */

char *manager_get_document(struct manager *manager, const char *name,
			   struct vdpam_error **ret_error)
{
	const struct stored *stored = store_find(&manager->store, name);
	AUTO_FREE char *shown = vdpam_name_escape(name);

	if (stored && stored->text)
		return strndup(stored->text, stored->size);
	*ret_error =
		manager_error(VDPAM_ERROR_NO_SUCH_DOCUMENT, ENOENT, name,
			      "there is no document %s; 'vdpactl document list' shows "
			      "them",
			      shown ? shown : "?");
	return NULL;
}

static enum make_result make_remove(struct request *request, struct vdpam_plan **ret_plan)
{
	static const char empty[] = "{\"version\":1}";
	struct vdpam_document_source source = { "", empty, sizeof(empty) - 1 };
	struct manager *manager = request->manager;
	const struct stored *kept = document_find_applied(manager, request->text);
	int r = 0;

	if (!request->document)
		r = vdpam_document_new(&source, 1, &request->document, NULL);
	if (!r)
		r = document_plan(request, kept, ret_plan);
	if (!r && targets_is_busy(&manager->targets, *ret_plan))
		return MAKE_AGAIN;
	if (!r)
		r = store_remove(&manager->store, request->text, &request->error);
	if (!r)
		r = documents_recombine(manager);
	return request_made(request, r);
}

void manager_remove_document(struct manager *manager, const char *name, bool prune,
			     const struct manager_reply *reply)
{
	struct request *request = request_new(manager, reply);

	if (!request)
		return;
	request->text = strdup(name);
	request->flags = prune ? MANAGER_APPLY_PRUNE : 0;
	request->make = make_remove;
	if (request->text)
		request_begin(request);
	else
		request_refuse(request, NULL);
}

int documents_adopt(struct manager *manager, const char *name,
		    struct vdpam_error **ret_error)
{
	struct json_object *json = vdpam_export(manager->snapshot, &name, 1);
	const char *text;
	int r;

	if (!json)
		return -ENOMEM;
	if (store_find(&manager->store, name)) {
		json_object_put(json);
		*ret_error = manager_error(
			VDPAM_ERROR_EXISTS, EEXIST, name,
			"there is a document of the name %s already, and it "
			"does not name this device",
			name);
		return -EEXIST;
	}
	text = json_object_to_json_string_ext(
		json, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_NOSLASHESCAPE);
	r = store_save(&manager->store, name, text, strlen(text), ret_error);
	json_object_put(json);
	return r;
}

static struct vdpam_error *check_adopt(const struct manager *manager, const char *name)
{
	const struct target *target = targets_find(&manager->targets, name);
	const struct vdpam_device *device =
		vdpam_snapshot_find_device(manager->snapshot, name);
	AUTO_FREE char *shown = vdpam_name_escape(name);

	if (target && target->file)
		return manager_error(VDPAM_ERROR_MANAGED, EEXIST, name,
				     "adopt %s: it is in the document %s already", shown,
				     target->file);
	if (!device)
		return manager_error(VDPAM_ERROR_NO_SUCH_DEVICE, ENODEV, name,
				     "adopt %s: there is no such device; 'vdpactl list' "
				     "shows them",
				     shown);
	if (!vdpam_name_is_valid(name) || !vdpam_device_get_mgmtdev(device))
		return manager_error(VDPAM_ERROR_UNSUPPORTED, EOPNOTSUPP, name,
				     "adopt %s: no document can name it", shown);
	return NULL;
}

static enum make_result make_adopt(struct request *request, struct vdpam_plan **ret_plan)
{
	struct manager *manager = request->manager;
	int r = 0;

	(void)ret_plan;
	for (size_t i = 0; i < request->n_names && !request->error; i++)
		request->error = check_adopt(manager, request->names[i]);
	for (size_t i = 0; i < request->n_names && !request->error && !r; i++)
		r = documents_adopt(manager, request->names[i], &request->error);
	/* Those that came before one that failed are kept. */
	if (documents_recombine(manager) < 0 && !r)
		r = -ENOMEM;
	request_made(request, r);
	look_want(manager, 0);
	request->result = results_new(NULL, false);
	return MAKE_END;
}

void manager_adopt(struct manager *manager, const char *const *names, size_t count,
		   const struct manager_reply *reply)
{
	struct request *request = request_new(manager, reply);

	if (!request)
		return;
	request->make = make_adopt;
	if (request_set_names(request, names, count) < 0)
		request_refuse(request, NULL);
	else
		request_begin(request);
}

static enum make_result make_nothing(struct request *request,
				     struct vdpam_plan **ret_plan)
{
	(void)request;
	(void)ret_plan;
	return MAKE_END;
}

void manager_reload(struct manager *manager, const struct manager_reply *reply)
{
	struct request *request = request_new(manager, reply);

	store_load(&manager->store);
	documents_changed(manager);
	if (!request)
		return;
	request->make = make_nothing;
	request_begin(request);
}

void manager_look(struct manager *manager, const struct manager_reply *reply)
{
	struct request *request = request_new(manager, reply);

	if (!request)
		return;
	request->make = make_nothing;
	request_begin(request);
}
