// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The functions of a document: which SFs and mediated devices are to be made, and what a step for a
 * function means for the devices. VFs are in plan-document-vfs.c. Pure: no I/O.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "objects.h"
#include "plan-document.h"
#include "private.h"
#include "step.h"

/* With another kernel driver a VF becomes another management device, or one at all. */
static bool is_vf(const struct vdpam_function *function,
		  const struct vdpam_doc_selector *selector)
{
	return function && function->info.pf && selector->pf &&
	       !strcmp(function->info.pf, selector->pf) &&
	       vdpam_doc_has(&selector->keys, VDPAM_DOC_SELECTOR_VF) &&
	       function->info.vf_index == (int)selector->vf.value;
}

bool vdpam_function_step_makes(const struct vdpam_snapshot *snapshot,
			       const struct vdpam_step *step,
			       const struct vdpam_doc_selector *selector)
{
	switch (step->operation) {
	case VDPAM_VF_COUNT:
		return selector->pf && !strcmp(step->target, selector->pf) &&
		       vdpam_doc_has(&selector->keys, VDPAM_DOC_SELECTOR_VF) &&
		       selector->vf.value <
			       vdpam_step_number(step, VDPAM_ARG_COUNT_OF_VFS);
	case VDPAM_SF_ADD:
		return selector->pf && !strcmp(step->target, selector->pf) &&
		       vdpam_doc_has(&selector->keys, VDPAM_DOC_SELECTOR_SFNUM) &&
		       selector->sfnum.value == vdpam_step_number(step, VDPAM_ARG_SFNUM);
	case VDPAM_MDEV_CREATE:
		return selector->mdev &&
		       !strcmp(step->text[VDPAM_ARG_UUID], selector->mdev);
	case VDPAM_FUNCTION_BIND:
		return is_vf(vdpam_snapshot_find_function(snapshot, step->target),
			     selector);
	case VDPAM_DEVICE_CREATE:
	case VDPAM_DEVICE_DELETE:
	case VDPAM_DEVICE_SET:
	case VDPAM_DRIVER_BIND:
	case VDPAM_DRIVER_UNBIND:
	case VDPAM_CHARDEV_SET:
	case VDPAM_DEVICE_ANNOUNCE:
	case VDPAM_VF_SET:
	case VDPAM_SF_DEL:
	case VDPAM_MDEV_REMOVE:
	case VDPAM_FUNCTION_UNBIND:
		break;
	}
	return false;
}

bool vdpam_function_step_loses(const struct vdpam_step *step,
			       const struct vdpam_mgmtdev *mgmtdev)
{
	const struct vdpam_function_info *info = &mgmtdev->function;

	switch (step->operation) {
	case VDPAM_VF_COUNT:
		return info->pf && info->vf_index >= 0 &&
		       !strcmp(step->target, info->pf) &&
		       !vdpam_step_number(step, VDPAM_ARG_COUNT_OF_VFS);
	case VDPAM_SF_DEL:
		return info->pf && info->has_sfnum && !strcmp(step->target, info->pf) &&
		       info->sfnum == vdpam_step_number(step, VDPAM_ARG_SFNUM);
	case VDPAM_MDEV_REMOVE:
		return info->uuid && !strcmp(step->target, info->uuid);
	case VDPAM_FUNCTION_BIND: /* the driver that it has goes first */
		return !strcmp(step->target, mgmtdev->handle);
	case VDPAM_DEVICE_CREATE:
	case VDPAM_DEVICE_DELETE:
	case VDPAM_DEVICE_SET:
	case VDPAM_DRIVER_BIND:
	case VDPAM_DRIVER_UNBIND:
	case VDPAM_CHARDEV_SET:
	case VDPAM_DEVICE_ANNOUNCE:
	case VDPAM_VF_SET:
	case VDPAM_SF_ADD:
	case VDPAM_MDEV_CREATE:
	case VDPAM_FUNCTION_UNBIND:
		break;
	}
	return false;
}

/* ---- Scalable functions and mediated devices ----------------------------------------------- */

static const struct vdpam_function *find_sf(const struct vdpam_snapshot *snapshot,
					    const char *pf, uint32_t sfnum)
{
	for (size_t i = 0; i < snapshot->n_functions; i++) {
		const struct vdpam_function *sf = &snapshot->functions[i];

		if (sf->info.has_sfnum && sf->info.sfnum == sfnum && sf->info.pf &&
		    !strcmp(sf->info.pf, pf))
			return sf;
	}
	return NULL;
}

/* Why an SF is to be made, or completed, which is the same step; NULL: it is as wanted. */
static const char *why_sf(const struct vdpam_doc_function *function,
			  const struct vdpam_function *sf)
{
	if (!sf)
		return "it is missing";
	if (!sf->mgmtdev)
		return "it has no management device";
	if (vdpam_doc_has(&function->keys, VDPAM_DOC_FUNCTION_MAC) && sf->has_mac &&
	    sf->mac != function->mac.value)
		return "its MAC differs";
	return NULL;
}

static int add_sf_changes(struct vdpam_step *step,
			  const struct vdpam_doc_function *function,
			  const struct vdpam_function *sf)
{
	char number[16], before[VDPAM_MAC_TEXT], after[VDPAM_MAC_TEXT];
	int r = 0;

	snprintf(number, sizeof(number), "%u", function->sfnum);
	if (!sf || !sf->mgmtdev)
		r = vdpam_step_add_change(step, "sfnum", sf ? number : NULL, number);
	if (r || !sf || !sf->has_mac ||
	    !vdpam_doc_has(&function->keys, VDPAM_DOC_FUNCTION_MAC) ||
	    sf->mac == function->mac.value)
		return r;
	vdpam_mac_format(sf->mac, before);
	vdpam_mac_format(function->mac.value, after);
	return vdpam_step_add_change(step, "mac", before, after);
}

static int plan_sf(const struct vdpam_doc_function *function,
		   const struct vdpam_snapshot *snapshot, struct vdpam_plan *plan)
{
	const struct vdpam_function *sf;
	struct vdpam_step *step;
	const char *why;
	int r;

	if (!vdpam_snapshot_find_function(snapshot, function->pf))
		return vdpam_plan_add_note(plan, function->pf, "is not there");
	sf = find_sf(snapshot, function->pf, function->sfnum);
	why = why_sf(function, sf);
	if (!why)
		return 0;
	r = vdpam_plan_add(plan, VDPAM_SF_ADD, function->pf, why, &step);
	if (!r)
		r = vdpam_step_set_number(step, VDPAM_ARG_SFNUM, function->sfnum);
	if (!r && vdpam_doc_has(&function->keys, VDPAM_DOC_FUNCTION_MAC))
		r = vdpam_step_set_number(step, VDPAM_ARG_MAC, function->mac.value);
	if (!r && vdpam_doc_has(&function->keys, VDPAM_DOC_FUNCTION_ESWITCH))
		r = vdpam_step_set_text(step, VDPAM_ARG_ESWITCH, "switchdev");
	return r ? r : add_sf_changes(step, function, sf);
}

static const struct vdpam_function *find_mdev(const struct vdpam_snapshot *snapshot,
					      const char *uuid)
{
	for (size_t i = 0; i < snapshot->n_functions; i++) {
		if (snapshot->functions[i].info.uuid &&
		    !strcmp(snapshot->functions[i].info.uuid, uuid))
			return &snapshot->functions[i];
	}
	return NULL;
}

/* A mediated device cannot change its type, nor its parent. */
static bool is_another(const struct vdpam_doc_function *function,
		       const struct vdpam_function *mdev)
{
	return (mdev->mdev_type && strcmp(mdev->mdev_type, function->mdev_type)) ||
	       (mdev->parent && strcmp(mdev->parent, function->parent));
}

static int plan_mdev(const struct vdpam_doc_function *function,
		     const struct vdpam_snapshot *snapshot, struct vdpam_plan *plan)
{
	const struct vdpam_function *mdev = find_mdev(snapshot, function->uuid);
	struct vdpam_step *step;
	int r = 0;

	if (mdev && !is_another(function, mdev))
		return 0;
	if (mdev) {
		r = vdpam_plan_add(plan, VDPAM_MDEV_REMOVE, function->uuid,
				   "its parent or type differs", &step);
		if (!r)
			r = vdpam_step_add_change(step, "mdev_type", mdev->mdev_type,
						  function->mdev_type);
		if (!r)
			r = vdpam_plan_add_lost_on(step, snapshot, mdev->handle);
	}
	if (!r)
		r = vdpam_plan_add(plan, VDPAM_MDEV_CREATE, function->parent,
				   mdev ? "its parent or type differs" : "it is missing",
				   &step);
	if (!r && mdev)
		vdpam_plan_require_previous(plan);
	if (!r)
		r = vdpam_step_set_text(step, VDPAM_ARG_MDEV_TYPE, function->mdev_type);
	if (!r)
		r = vdpam_step_set_text(step, VDPAM_ARG_UUID, function->uuid);
	return r ? r
		 : vdpam_step_add_change(step, "uuid", mdev ? function->uuid : NULL,
					 function->uuid);
}

int vdpam_plan_document_functions(const struct vdpam_document *document,
				  const struct vdpam_snapshot *snapshot,
				  const struct vdpam_plan_options *options,
				  struct vdpam_plan *plan)
{
	int r = vdpam_plan_document_prune(document, snapshot, options, plan);

	for (size_t i = 0; !r && i < document->n_functions; i++) {
		const struct vdpam_doc_function *function = &document->functions[i];

		switch ((enum vdpam_doc_function_type)function->type) {
		case VDPAM_DOC_VF:
			r = vdpam_plan_document_vfs(function, snapshot, plan);
			break;
		case VDPAM_DOC_SF:
			r = plan_sf(function, snapshot, plan);
			break;
		case VDPAM_DOC_MDEV:
			r = plan_mdev(function, snapshot, plan);
			break;
		}
	}
	return r;
}
