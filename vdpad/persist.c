// SPDX-License-Identifier: GPL-2.0-or-later
/* What a verb has changed, in the document that names the device too. */
#include <errno.h>

#include "manager-private.h"

static struct json_object *find_device(struct json_object *document, const char *name,
				       size_t *ret_index)
{
	struct json_object *devices = json_object_object_get(document, "devices");

	for (size_t i = 0; devices && i < json_object_array_length(devices); i++) {
		struct json_object *device = json_object_array_get_idx(devices, i);
		struct json_object *own = json_object_object_get(device, "name");

		if (own && !strcmp(json_object_get_string(own), name) &&
		    !json_object_object_get(device, "count")) {
			*ret_index = i;
			return device;
		}
	}
	return NULL;
}

/* As it was written; or, where the device is one of a template, with all of them written out. */
static struct json_object *open_document(const struct stored *stored, const char *name)
{
	struct json_object *json = json_tokener_parse(stored->text);
	size_t index;

	if (json && find_device(json, name, &index))
		return json;
	json_object_put(json);
	return vdpam_document_to_json(stored->document);
}

/* What the verb has changed, in the document's words. */
typedef void edit_fn(const struct request *request, struct json_object *device);

static int edit_document(struct request *request, const struct stored *stored,
			 const char *name, edit_fn *edit)
{
	struct manager *manager = request->manager;
	struct json_object *json = open_document(stored, name), *device;
	AUTO_FREE char *document = strdup(stored->name);
	size_t index;
	const char *text;
	int r = -ENOENT;

	device = json && document ? find_device(json, name, &index) : NULL;
	if (device && edit)
		edit(request, device);
	else if (device)
		json_object_array_del_idx(json_object_object_get(json, "devices"), index,
					  1);
	if (device) {
		text = json_object_to_json_string_ext(
			json, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_NOSLASHESCAPE);
		r = store_save(&manager->store, document, text, strlen(text),
			       &request->error);
	}
	json_object_put(json);
	return r;
}

static const struct stored *find_owner(const struct manager *manager, const char *name)
{
	const struct target *target = targets_find(&manager->targets, name);

	return target && target->file ? store_find_path(&manager->store, target->file)
				      : NULL;
}

static bool is_to_persist(const struct request *request)
{
	return request->claim == MANAGER_CLAIM_PERSIST && !request->error;
}

/*
 * Before the look that shows what the steps came to: what a document says of a device is changed
 * first, or that look would see drift. Without `edit` the device is taken out of it.
 */
static void persist(struct request *request, edit_fn *edit)
{
	struct manager *manager = request->manager;

	for (size_t i = 0; i < request->n_names && is_to_persist(request); i++) {
		const struct stored *stored = find_owner(manager, request->names[i]);

		/* An administrator's may have come to name it meanwhile. */
		if (stored && stored->place == STORE_VAR)
			edit_document(request, stored, request->names[i], edit);
	}
	if (request->claim == MANAGER_CLAIM_PERSIST)
		documents_recombine(manager);
}

/* After that look: a device that no document names gets one, as it has come out. */
bool persist_check_adopted(struct request *request)
{
	struct manager *manager = request->manager;
	bool adopted = false;

	for (size_t i = 0; i < request->n_names && is_to_persist(request); i++) {
		if (find_owner(manager, request->names[i]))
			continue;
		documents_adopt(manager, request->names[i], &request->error);
		adopted = true;
	}
	if (adopted) {
		documents_recombine(manager);
		look_want(manager, 0);
	}
	return false;
}

static void set_text(struct json_object *device, const char *key, const char *text)
{
	json_object_object_add(device, key, json_object_new_string(text));
}

static void edit_driver(const struct request *request, struct json_object *device)
{
	const char *driver = request->text ? request->text : "none";

	/* Only what has a char device can be asked for on demand, or have an owner. */
	if (strcmp(driver, "vhost_vdpa") != 0) {
		json_object_object_del(device, "chardev");
		json_object_object_del(device, "on_demand");
	}
	set_text(device, "driver", driver);
}

static void edit_mac(const struct request *request, struct json_object *device)
{
	char mac[VDPAM_MAC_TEXT];

	vdpam_mac_format(request->number, mac);
	set_text(device, "mac", mac);
}

void persist_bind(struct request *request)
{
	persist(request, edit_driver);
}

void persist_set(struct request *request)
{
	persist(request, edit_mac);
}

void persist_destroy(struct request *request)
{
	persist(request, NULL);
}
