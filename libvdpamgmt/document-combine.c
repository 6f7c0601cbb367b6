// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Documents that are each right by themselves as one, with what their profiles come to on this
 * host. Pure. What two of them name belongs to the first, and what is written out goes before what
 * a profile makes.
 */
#include <errno.h>
#include <json-c/linkhash.h>
#include <stdio.h>
#include <string.h>

#include "document-parse.h"
#include "objects.h"
#include "private.h"

struct combining {
	struct vdpam_doc_maker maker; /* of the combined document */
	struct vdpam_document *const *documents;
	size_t count;
	vdpam_document_lost_fn *lost;
	void *userdata;
};

/* Takes a name that only one can have; false when it is taken, which is told. */
static bool claim(struct combining *c, const char *kind, const char *name,
		  const struct vdpam_doc_keys *keys)
{
	const struct vdpam_doc_owner owner = { .keys = keys };
	const struct vdpam_doc_owner *first;
	char key[VDPAM_DOC_TEXT_MAX + 64];

	snprintf(key, sizeof(key), "%s %s", kind, name);
	first = vdpam_doc_find_owner(&c->maker, key);
	if (!first) {
		vdpam_doc_claim(&c->maker, NULL, key, name, &owner);
		return true;
	}
	if (c->lost)
		c->lost(c->userdata, kind, name, first->keys->file, keys->file);
	return false;
}

static bool claim_function(struct combining *c, const struct vdpam_doc_function *function)
{
	char name[VDPAM_DOC_TEXT_MAX];

	switch ((enum vdpam_doc_function_type)function->type) {
	case VDPAM_DOC_VF:
		return claim(c, "VFs of", function->pf, &function->keys);
	case VDPAM_DOC_SF:
		snprintf(name, sizeof(name), "%u of %s", function->sfnum, function->pf);
		return claim(c, "SF", name, &function->keys);
	case VDPAM_DOC_MDEV:
		return claim(c, "mdev", function->uuid, &function->keys);
	}
	return false;
}

/* The lists below it stay those of the document it is from, which outlives the combined one. */
static void add_function(struct combining *c, const struct vdpam_doc_function *function)
{
	struct vdpam_document *document = c->maker.document;
	struct vdpam_doc_function *last;

	if (!claim_function(c, function))
		return;
	last = vdpam_append(&document->functions, &document->n_functions, sizeof(*last));
	if (last)
		*last = *function;
	else
		c->maker.no_memory = true;
}

static void add_device(struct combining *c, const struct vdpam_doc_device *device)
{
	if (claim(c, "device", device->name, &device->keys))
		vdpam_doc_add_device(&c->maker, device);
}

/* ---- Profiles ------------------------------------------------------------------------------ */

static struct vdpam_match_list list_of(const struct vdpam_doc_list *list)
{
	return (struct vdpam_match_list){ .texts = list->texts, .count = list->count };
}

static bool takes(const struct vdpam_doc_profile *profile,
		  const struct vdpam_snapshot *snapshot,
		  const struct vdpam_function *function)
{
	const struct vdpam_match match = {
		.vendors = list_of(&profile->match.vendors),
		.devices = list_of(&profile->match.devices),
		.drivers = list_of(&profile->match.drivers),
		.pf_names = list_of(&profile->match.pf_names),
		.pci_addresses = list_of(&profile->match.pci_addresses),
	};

	return !strcmp(function->info.kind, "pf") && function->info.pci_address &&
	       vdpam_match_takes(&match, snapshot, function);
}

static void add_profile_devices(struct combining *c, const struct vdpam_doc_device *entry,
				const struct vdpam_function *pf, const char *handle)
{
	size_t count = entry->count ? entry->count : 1;

	for (size_t n = 0; n < count && !c->maker.no_memory; n++) {
		struct vdpam_doc_device device;

		/* A name that is too long with this address is a fault that nobody reads. */
		if (!vdpam_doc_instantiate(&c->maker, NULL, entry, n,
					   pf->info.pci_address, &device))
			continue;
		if (!device.mgmtdev.handle) {
			device.mgmtdev.pf = handle;
			device.mgmtdev.keys.present |= 1U << VDPAM_DOC_SELECTOR_PF;
			device.mgmtdev.keys.given |= 1U << VDPAM_DOC_SELECTOR_PF;
		}
		add_device(c, &device);
	}
}

static void add_profile(struct combining *c, const struct vdpam_doc_profile *profile,
			const struct vdpam_function *pf)
{
	const char *handle = vdpam_doc_keep(&c->maker, pf->handle, strlen(pf->handle));

	for (size_t i = 0; handle && i < profile->functions.count; i++) {
		struct vdpam_doc_function function = profile->functions.functions[i];

		function.pf = handle;
		function.keys.present |= 1U << VDPAM_DOC_FUNCTION_PF;
		function.keys.given |= 1U << VDPAM_DOC_FUNCTION_PF;
		add_function(c, &function);
	}
	for (size_t i = 0; handle && i < profile->devices.count; i++)
		add_profile_devices(c, &profile->devices.devices[i], pf, handle);
}

static void add_profiles(struct combining *c, const struct vdpam_document *document,
			 const struct vdpam_snapshot *snapshot)
{
	for (size_t i = 0; i < document->n_profiles; i++) {
		const struct vdpam_function *function = NULL;

		while ((function = vdpam_function_next(snapshot, function))) {
			if (takes(&document->profiles[i], snapshot, function))
				add_profile(c, &document->profiles[i], function);
		}
	}
}

/* ---- The whole ----------------------------------------------------------------------------- */

static int combine(struct combining *c, const struct vdpam_snapshot *snapshot)
{
	struct vdpam_document *combined = c->maker.document;
	int r = vdpam_doc_names_init(&c->maker);

	if (r < 0)
		return r;
	combined->bases = calloc(c->count + 1, sizeof(struct vdpam_document *));
	if (!combined->bases)
		return -ENOMEM;
	for (size_t i = 0; i < c->count; i++) {
		const struct vdpam_document *document = c->documents[i];

		combined->bases[combined->n_bases++] =
			vdpam_document_ref(c->documents[i]);
		for (size_t j = 0; j < document->n_functions; j++)
			add_function(c, &document->functions[j]);
		for (size_t j = 0; j < document->n_devices; j++)
			add_device(c, &document->devices[j]);
	}
	for (size_t i = 0; snapshot && i < c->count; i++)
		add_profiles(c, c->documents[i], snapshot);
	return c->maker.no_memory ? -ENOMEM : 0;
}

int vdpam_document_combine(struct vdpam_document *const *documents, size_t count,
			   const struct vdpam_snapshot *snapshot,
			   vdpam_document_lost_fn *lost, void *userdata,
			   struct vdpam_document **ret_document)
{
	struct combining c = {
		.maker = {
			.document = calloc(1, sizeof(*c.maker.document)),
			.faults = vdpam_faults_new(),
			.file = "",
		},
		.documents = documents,
		.count = count,
		.lost = lost,
		.userdata = userdata,
	};
	int r = -ENOMEM;

	if (c.maker.document && c.maker.faults) {
		c.maker.document->refs = 1;
		r = combine(&c, snapshot);
	}
	vdpam_doc_names_fini(&c.maker);
	vdpam_faults_free(c.maker.faults);
	if (r < 0)
		vdpam_document_unref(c.maker.document);
	else
		*ret_document = c.maker.document;
	return r;
}

/* ---- What it names ------------------------------------------------------------------------- */

size_t vdpam_document_count_devices(const struct vdpam_document *document)
{
	return document->n_devices;
}

const char *vdpam_document_get_device_name(const struct vdpam_document *document,
					   size_t index)
{
	return document->devices[index].name;
}

const char *vdpam_document_get_device_file(const struct vdpam_document *document,
					   size_t index)
{
	return document->devices[index].keys.file;
}

const char *vdpam_document_get_device_mgmtdev(const struct vdpam_document *document,
					      size_t index)
{
	return document->devices[index].mgmtdev.handle;
}

bool vdpam_document_is_on_demand(const struct vdpam_document *document, size_t index)
{
	const struct vdpam_doc_device *device = &document->devices[index];

	return vdpam_doc_has(&device->keys, VDPAM_DOC_DEVICE_ON_DEMAND) &&
	       device->on_demand;
}

void vdpam_document_demand(struct vdpam_document *document, size_t index)
{
	document->devices[index].on_demand = false;
}
