// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The way back from a document that could not be made true: the state before is exported as a
 * document of its own and planned. Pure: no I/O but for the names of users.
 */
#include <errno.h>
#include <json-c/json.h>
#include <string.h>

#include "document.h"
#include "export.h"
#include "function-key.h"
#include "objects.h"
#include "private.h"

enum vdpam_look vdpam_document_get_look(const struct vdpam_document *document)
{
	enum vdpam_look look = VDPAM_LOOK_BRIEF;

	if (document->n_functions)
		return VDPAM_LOOK_FUNCTIONS;
	for (size_t i = 0; i < document->n_devices; i++) {
		const struct vdpam_doc_keys *keys = &document->devices[i].keys;

		if (vdpam_doc_has(keys, VDPAM_DOC_DEVICE_CHARDEV) ||
		    vdpam_doc_has(keys, VDPAM_DOC_DEVICE_MSG_TIMEOUT))
			look = VDPAM_LOOK_WHOLE;
	}
	return look;
}

/* What there was before, and what there was not, of what a document names. */
struct back {
	const struct vdpam_document *document;
	const struct vdpam_snapshot *before;
	const char **there,
		**new_names; /* of devices; the keys of functions are among the new */
	size_t n_there, n_new;
	char **keys;  /* of functions, one for each of the document's */
	bool *wanted; /* functions of `before`, by index */
};

static void part_devices(struct back *back)
{
	for (size_t i = 0; i < back->document->n_devices; i++) {
		const char *name = back->document->devices[i].name;

		if (vdpam_snapshot_find_device(back->before, name))
			back->there[back->n_there++] = name;
		else
			back->new_names[back->n_new++] = name;
	}
}

static bool is_of(const struct vdpam_function *function,
		  const struct vdpam_doc_function *doc)
{
	const struct vdpam_function_info *info = &function->info;

	switch ((enum vdpam_doc_function_type)doc->type) {
	case VDPAM_DOC_VF:
		return function->sriov_count > 0 && !strcmp(function->handle, doc->pf);
	case VDPAM_DOC_SF:
		return info->has_sfnum && info->sfnum == doc->sfnum && info->pf &&
		       !strcmp(info->pf, doc->pf);
	case VDPAM_DOC_MDEV:
		return info->uuid && !strcmp(info->uuid, doc->uuid);
	}
	return false;
}

static int part_functions(struct back *back)
{
	for (size_t i = 0; i < back->document->n_functions; i++) {
		const struct vdpam_doc_function *doc = &back->document->functions[i];
		bool was_there = false;

		for (size_t j = 0; j < back->before->n_functions; j++) {
			if (!is_of(&back->before->functions[j], doc))
				continue;
			was_there = back->wanted[j] = true;
		}
		back->keys[i] = vdpam_function_key_of(doc);
		if (!back->keys[i])
			return -ENOMEM;
		if (!was_there)
			back->new_names[back->n_new++] = back->keys[i];
	}
	return 0;
}

/* Devices that went with the VFs or the mediated device that the document changed. */
static void add_lost(struct back *back, const struct vdpam_snapshot *now)
{
	for (size_t i = 0; i < back->before->n_devices; i++) {
		const struct vdpam_device *device = &back->before->devices[i];
		const struct vdpam_mgmtdev *mgmtdev =
			vdpam_device_find_mgmtdev(back->before, device);
		bool is_on = false;

		for (size_t j = 0; mgmtdev && j < back->before->n_functions; j++) {
			const struct vdpam_function *function =
				&back->before->functions[j];
			const char *pf = mgmtdev->function.pf;

			is_on |= back->wanted[j] &&
				 ((function->mgmtdev &&
				   !strcmp(function->mgmtdev, mgmtdev->handle)) ||
				  (pf && mgmtdev->function.vf_index >= 0 &&
				   !strcmp(function->handle, pf)));
		}
		if (is_on && !vdpam_snapshot_find_device(now, device->info.name))
			back->there[back->n_there++] = device->info.name;
	}
}

static int read_state(const struct back *back, struct vdpam_document **ret_document)
{
	struct json_object *json = json_object_new_object();
	struct vdpam_document_source source = { "the state before", NULL, 0 };
	int r = -ENOMEM;

	json_object_object_add(json, "version", json_object_new_int(1));
	json_object_object_add(json, "functions",
			       vdpam_export_functions(back->before, back->wanted, true));
	json_object_object_add(
		json, "devices",
		vdpam_export_devices(back->before, back->there, back->n_there));
	source.text = json_object_to_json_string(json);
	if (source.text) {
		source.size = strlen(source.text);
		r = vdpam_document_new(&source, 1, ret_document, NULL);
	}
	json_object_put(json);
	return r;
}

static int plan(struct back *back, const struct vdpam_snapshot *now,
		struct vdpam_plan **ret_plan, struct vdpam_error **ret_error)
{
	struct vdpam_plan_options options = vdpam_plan_options_default;
	struct vdpam_document *state = NULL;
	int r;

	part_devices(back);
	r = part_functions(back);
	if (!r) {
		add_lost(back, now);
		r = read_state(back, &state);
	}
	if (r < 0)
		return vdpam_fail(ret_error, VDPAM_ERROR_INTERNAL, r, NULL, NULL,
				  "cannot plan the way back");
	options.prune = back->new_names;
	options.n_prune = back->n_new;
	r = vdpam_plan_new(state, now, &options, ret_plan, ret_error);
	vdpam_document_unref(state);
	return r;
}

int vdpam_plan_new_back(const struct vdpam_document *document,
			const struct vdpam_snapshot *before,
			const struct vdpam_snapshot *now, struct vdpam_plan **ret_plan,
			struct vdpam_error **ret_error)
{
	size_t named = document->n_devices + document->n_functions + 1;
	VDPAM_AUTO_FREE const char **there =
		calloc(named + before->n_devices, sizeof(*there));
	VDPAM_AUTO_FREE const char **new_names = calloc(named, sizeof(*new_names));
	VDPAM_AUTO_FREE char **keys = calloc(named, sizeof(*keys));
	VDPAM_AUTO_FREE bool *wanted = calloc(before->n_functions + 1, sizeof(*wanted));
	struct back back = {
		.document = document,
		.before = before,
		.there = there,
		.new_names = new_names,
		.keys = keys,
		.wanted = wanted,
	};
	int r;

	if (!there || !new_names || !keys || !wanted)
		return vdpam_fail(ret_error, VDPAM_ERROR_INTERNAL, -ENOMEM, NULL, NULL,
				  "cannot plan the way back");
	r = plan(&back, now, ret_plan, ret_error);
	for (size_t i = 0; i < document->n_functions; i++)
		free(keys[i]);
	return r;
}
