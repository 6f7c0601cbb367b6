// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The functions that an earlier generation of a document named and this one does not: the steps that
 * take them away. A function on which the document wants a device stays. Pure: no I/O.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "function-key.h"
#include "objects.h"
#include "plan-document.h"
#include "private.h"
#include "step.h"

#define WHY "no document names it any more"

struct prune {
	const struct vdpam_document *document;
	const struct vdpam_snapshot *snapshot;
	const struct vdpam_plan_options *options;
	struct vdpam_plan *plan;
	struct vdpam_function_key key; /* of the function in question */
};

/* ---- What stays ---------------------------------------------------------------------------- */

static bool is_named(const struct prune *prune, const char *text)
{
	for (size_t i = 0; i < prune->document->n_functions; i++) {
		VDPAM_AUTO_FREE char *key =
			vdpam_function_key_of(&prune->document->functions[i]);

		/* Without memory it rather stays. */
		if (!key || !strcmp(key, text))
			return true;
	}
	return false;
}

static bool is_selected_by(const struct vdpam_function_key *key,
			   const struct vdpam_doc_selector *selector)
{
	switch (key->type) {
	case VDPAM_DOC_VF:
		return selector->pf && !strcmp(selector->pf, key->name) &&
		       vdpam_doc_has(&selector->keys, VDPAM_DOC_SELECTOR_VF);
	case VDPAM_DOC_SF:
		return selector->pf && !strcmp(selector->pf, key->name) &&
		       vdpam_doc_has(&selector->keys, VDPAM_DOC_SELECTOR_SFNUM) &&
		       selector->sfnum.value == key->sfnum;
	case VDPAM_DOC_MDEV:
		return selector->mdev && !strcmp(selector->mdev, key->name);
	}
	return true;
}

static bool is_selected(const struct prune *prune)
{
	for (size_t i = 0; i < prune->document->n_devices; i++) {
		if (is_selected_by(&prune->key, &prune->document->devices[i].mgmtdev))
			return true;
	}
	return false;
}

/* ---- What goes ----------------------------------------------------------------------------- */

static bool is_pruned(const struct prune *prune, const char *device)
{
	for (size_t i = 0; i < prune->options->n_prune; i++) {
		if (!strcmp(prune->options->prune[i], device))
			return true;
	}
	return false;
}

/* Devices on it that the earlier generation did not name. */
static int add_lost_devices(const struct prune *prune, struct vdpam_step *step)
{
	int r = 0;

	for (size_t i = 0; !r && i < prune->snapshot->n_devices; i++) {
		const struct vdpam_device *device = &prune->snapshot->devices[i];
		const struct vdpam_mgmtdev *mgmtdev =
			vdpam_device_find_mgmtdev(prune->snapshot, device);

		if (mgmtdev && vdpam_function_step_loses(step, mgmtdev) &&
		    !is_pruned(prune, device->info.name))
			r = vdpam_step_add_collateral(step, device->info.name);
	}
	return r;
}

static int add_vf_removal(const struct prune *prune, const struct vdpam_function *pf)
{
	struct vdpam_step *step;
	char before[16];
	int r;

	snprintf(before, sizeof(before), "%d", pf->sriov_count);
	r = vdpam_plan_add(prune->plan, VDPAM_VF_COUNT, pf->handle, WHY, &step);
	if (!r)
		r = vdpam_step_set_number(step, VDPAM_ARG_COUNT_OF_VFS, 0);
	if (!r)
		r = vdpam_step_add_change(step, "count", before, "0");
	return r ? r : vdpam_plan_add_lost_vfs(step, prune->snapshot, pf->handle);
}

static int add_sf_removal(const struct prune *prune)
{
	struct vdpam_step *step;
	char before[16];
	int r;

	snprintf(before, sizeof(before), "%u", prune->key.sfnum);
	r = vdpam_plan_add(prune->plan, VDPAM_SF_DEL, prune->key.name, WHY, &step);
	if (!r)
		r = vdpam_step_set_number(step, VDPAM_ARG_SFNUM, prune->key.sfnum);
	if (!r)
		r = vdpam_step_add_change(step, "sfnum", before, NULL);
	return r ? r : add_lost_devices(prune, step);
}

static int add_mdev_removal(const struct prune *prune)
{
	struct vdpam_step *step;
	int r;

	r = vdpam_plan_add(prune->plan, VDPAM_MDEV_REMOVE, prune->key.name, WHY, &step);
	if (!r)
		r = vdpam_step_add_change(step, "uuid", prune->key.name, NULL);
	return r ? r : add_lost_devices(prune, step);
}

static int remove_function(const struct prune *prune)
{
	const struct vdpam_function *function =
		vdpam_function_key_find_parsed(prune->snapshot, &prune->key);

	if (!function)
		return 0;
	switch (prune->key.type) {
	case VDPAM_DOC_VF:
		return add_vf_removal(prune, function);
	case VDPAM_DOC_SF:
		return add_sf_removal(prune);
	case VDPAM_DOC_MDEV:
		return add_mdev_removal(prune);
	}
	return 0;
}

int vdpam_plan_document_prune(const struct vdpam_document *document,
			      const struct vdpam_snapshot *snapshot,
			      const struct vdpam_plan_options *options,
			      struct vdpam_plan *plan)
{
	struct prune prune = { document, snapshot, options, plan, { 0 } };
	int r = 0;

	for (size_t i = 0; !r && i < options->n_prune; i++) {
		if (vdpam_function_key_parse(options->prune[i], &prune.key) &&
		    !is_named(&prune, options->prune[i]) && !is_selected(&prune))
			r = remove_function(&prune);
	}
	return r;
}
