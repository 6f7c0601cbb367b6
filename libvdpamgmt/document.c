// SPDX-License-Identifier: LGPL-2.1-or-later
/* Documents: from the text of one or several files to one that nothing changes any more. */
#include "document.h"

#include <errno.h>
#include <json-c/json.h>
#include <string.h>

#include "document-parse.h"
#include "json-scan.h"
#include "private.h"

/* ---- Reading ------------------------------------------------------------------------------- */

static void read_source(struct vdpam_doc_maker *maker,
			const struct vdpam_document_source *source,
			struct vdpam_doc_root *root)
{
	struct json_object *json;

	maker->file = vdpam_doc_keep(maker, source->file, strlen(source->file));
	if (!maker->file || vdpam_json_scan(source->text, source->size, maker->file,
					    &vdpam_json_document, maker->faults) < 0)
		return;
	if (vdpam_json_build(source->text, source->size, &json) < 0) {
		maker->no_memory = true;
		return;
	}
	vdpam_doc_read_root(maker, json, root);
	json_object_put(json);
}

/* Moves the items to the end of an array; what is below them moves along. */
static void *move(struct vdpam_doc_maker *maker, struct vdpam_doc_list *from,
		  size_t item_size, void *to, size_t *count)
{
	char *larger;

	if (!from->count)
		return to;
	larger = reallocarray(to, *count + from->count, item_size);
	if (!larger) {
		maker->no_memory = true;
		return to;
	}
	memcpy(larger + *count * item_size, from->items, from->count * item_size);
	*count += from->count;
	free(from->items);
	*from = (struct vdpam_doc_list){};
	return larger;
}

static void take_root(struct vdpam_doc_maker *maker, struct vdpam_doc_root *root)
{
	struct vdpam_document *document = maker->document;

	vdpam_doc_apply_defaults(&root->devices, &root->defaults);
	for (size_t i = 0; i < root->profiles.count; i++)
		vdpam_doc_apply_defaults(&root->profiles.profiles[i].devices,
					 &root->defaults);
	document->functions = move(maker, &root->functions, sizeof(*document->functions),
				   document->functions, &document->n_functions);
	document->profiles = move(maker, &root->profiles, sizeof(*document->profiles),
				  document->profiles, &document->n_profiles);
}

/* All functions first: a device may sit on one of another file. */
static void check(struct vdpam_doc_maker *maker, struct vdpam_doc_root *roots,
		  size_t count)
{
	const struct vdpam_document *document = maker->document;

	for (size_t i = 0; i < document->n_functions; i++) {
		maker->file = document->functions[i].keys.file;
		vdpam_doc_check_function(maker, VDPAM_PATH_KEY(NULL, "functions"),
					 &document->functions[i], NULL);
	}
	for (size_t i = 0; i < count; i++) {
		maker->file = roots[i].keys.file;
		vdpam_doc_expand(maker, VDPAM_PATH_KEY(NULL, "devices"),
				 &roots[i].devices, NULL);
	}
	for (size_t i = 0; i < document->n_profiles; i++) {
		const struct vdpam_doc_profile *profile = &document->profiles[i];
		const struct vdpam_path *list = VDPAM_PATH_KEY(NULL, "profiles");
		const struct vdpam_path *path =
			VDPAM_PATH_INDEX(list, profile->keys.index);

		maker->file = profile->keys.file;
		vdpam_doc_check_profile(maker, list, profile);
		vdpam_doc_expand(maker, VDPAM_PATH_KEY(path, "devices"),
				 &profile->devices, profile);
	}
}

static int make(struct vdpam_doc_maker *maker,
		const struct vdpam_document_source *sources, size_t count)
{
	struct vdpam_doc_root *roots = calloc(count ? count : 1, sizeof(*roots));
	int r = roots ? vdpam_doc_names_init(maker) : -ENOMEM;

	for (size_t i = 0; !r && i < count; i++) {
		read_source(maker, &sources[i], &roots[i]);
		take_root(maker, &roots[i]);
	}
	if (!r)
		check(maker, roots, count);
	for (size_t i = 0; roots && i < count; i++)
		vdpam_doc_clear(&vdpam_doc_root_table, &roots[i]);
	free(roots);
	vdpam_doc_names_fini(maker);
	if (!r)
		r = maker->no_memory ? -ENOMEM : vdpam_faults_check(maker->faults);
	return r;
}

/* ---- Lifetime ------------------------------------------------------------------------------ */

int vdpam_document_new(const struct vdpam_document_source *sources, size_t count,
		       struct vdpam_document **ret_document,
		       struct vdpam_faults **ret_faults)
{
	struct vdpam_doc_maker maker = {
		.document = calloc(1, sizeof(*maker.document)),
		.faults = vdpam_faults_new(),
	};
	int r = -ENOMEM;

	if (maker.document && maker.faults) {
		maker.document->refs = 1;
		r = make(&maker, sources, count);
	}
	if (r < 0)
		vdpam_document_unref(maker.document);
	else
		*ret_document = maker.document;
	if (r == -EINVAL && ret_faults)
		*ret_faults = maker.faults;
	else
		vdpam_faults_free(maker.faults);
	return r;
}

struct vdpam_document *vdpam_document_ref(struct vdpam_document *document)
{
	document->refs++;
	return document;
}

struct vdpam_document *vdpam_document_unref(struct vdpam_document *document)
{
	if (!document || --document->refs > 0)
		return NULL;
	for (size_t i = 0; i < document->n_functions && !document->bases; i++)
		vdpam_doc_clear(&vdpam_doc_function_table, &document->functions[i]);
	for (size_t i = 0; i < document->n_profiles; i++)
		vdpam_doc_clear(&vdpam_doc_profile_table, &document->profiles[i]);
	free(document->functions);
	free(document->profiles);
	free(document->devices);
	for (size_t i = 0; document->bases && i < document->n_bases; i++)
		vdpam_document_unref(document->bases[i]);
	free(document->bases);
	if (document->texts)
		lh_table_free(document->texts);
	free(document);
	return NULL;
}
