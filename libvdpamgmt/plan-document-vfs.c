// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The VFs of a document: how many a PF is to have, their kernel driver, and what the PF is to enforce on
 * them. Pure: no I/O.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "objects.h"
#include "plan-document.h"
#include "private.h"
#include "step.h"
#include "vf-link.h"

/* What can be said of a VF: in the document, by its PF's driver, to a step. */
static const struct {
	enum vdpam_doc_vf_key key;
	enum vdpam_vf_attr attr;
	enum vdpam_argument argument;
	size_t offset, size; /* in struct vdpam_doc_vf */
} vf_keys[] = {
#define VF_KEY(name, member)                                            \
	{                                                               \
		VDPAM_DOC_VF_##name, VDPAM_VF_##name, VDPAM_ARG_##name, \
			offsetof(struct vdpam_doc_vf, member),          \
			sizeof(((struct vdpam_doc_vf *)NULL)->member)   \
	}
	VF_KEY(MAC, mac.value),
	VF_KEY(VLAN, vlan),
	VF_KEY(QOS, qos),
	VF_KEY(TRUST, trust),
	VF_KEY(SPOOFCHK, spoofchk),
	VF_KEY(LINK_STATE, link_state),
	VF_KEY(MIN_TX_RATE, min_tx_rate),
	VF_KEY(MAX_TX_RATE, max_tx_rate),
};
#define VF_KEY_COUNT (sizeof(vf_keys) / sizeof(*vf_keys))

static const struct vdpam_function *find_vf(const struct vdpam_snapshot *snapshot,
					    const char *pf, int index)
{
	for (size_t i = 0; i < snapshot->n_functions; i++) {
		const struct vdpam_function_info *info = &snapshot->functions[i].info;

		if (info->pf && info->vf_index == index && !strcmp(info->pf, pf))
			return &snapshot->functions[i];
	}
	return NULL;
}

static int add_vf_count(struct vdpam_plan *plan, const struct vdpam_function *pf, int now,
			uint32_t count, const char *driver)
{
	char before[16], after[16];
	struct vdpam_step *step;
	int r;

	snprintf(before, sizeof(before), "%d", now);
	snprintf(after, sizeof(after), "%u", count);
	r = vdpam_plan_add(plan, VDPAM_VF_COUNT, pf->handle, "its number of VFs differs",
			   &step);
	if (!r)
		r = vdpam_step_set_number(step, VDPAM_ARG_COUNT_OF_VFS, count);
	if (!r && driver && count)
		r = vdpam_step_set_text(step, VDPAM_ARG_DRIVER, driver);
	return r ? r : vdpam_step_add_change(step, "count", before, after);
}

/* The kernel knows no way from some VFs to another number of them but through none. */
static int plan_vf_count(const struct vdpam_doc_function *function,
			 const struct vdpam_snapshot *snapshot,
			 const struct vdpam_function *pf, struct vdpam_plan *plan)
{
	int r = 0;

	if (pf->sriov_count) {
		r = add_vf_count(plan, pf, pf->sriov_count, 0, NULL);
		if (!r)
			r = vdpam_plan_add_lost_vfs(plan->entries[plan->count - 1].step,
						    snapshot, pf->handle);
	}
	if (!r && function->count) {
		r = add_vf_count(plan, pf, 0, function->count, function->driver);
		if (!r && pf->sriov_count)
			vdpam_plan_require(plan, plan->count - 2);
	}
	return r;
}

/* All numbers of a VF are unsigned and in the byte order of this machine. */
static uint64_t vf_number(const struct vdpam_doc_vf *vf, size_t i)
{
	const char *member = (const char *)vf + vf_keys[i].offset;

	switch (vf_keys[i].size) {
	case sizeof(uint8_t):
		return *(const uint8_t *)member;
	case sizeof(uint32_t):
		return *(const uint32_t *)(const void *)member;
	default:
		return *(const uint64_t *)(const void *)member;
	}
}

static void format_vf_number(size_t i, uint64_t number, char text[32])
{
	if (vf_keys[i].attr == VDPAM_VF_MAC)
		vdpam_mac_format(number, text);
	else if (vf_keys[i].attr == VDPAM_VF_LINK_STATE)
		snprintf(text, 32, "%s", vdpam_vf_link_state_name(number));
	else
		snprintf(text, 32, "%llu", (unsigned long long)number);
}

static int set_vf_number(struct vdpam_step *step, size_t i, const struct vdpam_vf *now,
			 uint64_t number)
{
	char before[32], after[32];
	uint64_t is = 0;
	bool known = now && !vdpam_vf_get_number(now, vf_keys[i].attr, &is);
	int r;

	format_vf_number(i, is, before);
	format_vf_number(i, number, after);
	r = vf_keys[i].attr == VDPAM_VF_LINK_STATE
		    ? vdpam_step_set_text(step, vf_keys[i].argument, after)
		    : vdpam_step_set_number(step, vf_keys[i].argument, number);
	return r ? r
		 : vdpam_step_add_change(step, vdpam_vf_attr_name(vf_keys[i].attr),
					 known ? before : NULL, after);
}

static bool vf_differs(const struct vdpam_doc_vf *vf, const struct vdpam_vf *now,
		       size_t i)
{
	uint64_t number;

	if (!vdpam_doc_has(&vf->keys, vf_keys[i].key))
		return false;
	/* Of a VF that is not there yet, and of what its driver does not tell, all is to be set. */
	return !now || vdpam_vf_get_number(now, vf_keys[i].attr, &number) < 0 ||
	       number != vf_number(vf, i);
}

static int plan_vf(const struct vdpam_doc_vf *vf, const struct vdpam_function *pf,
		   bool is_new, size_t count_step, struct vdpam_plan *plan)
{
	const struct vdpam_vf *now =
		!is_new && pf->vfs ? vdpam_vfs_find(pf->vfs, vf->index) : NULL;
	struct vdpam_step *step = NULL;
	int r = 0;

	for (size_t i = 0; !r && i < VF_KEY_COUNT; i++) {
		if (!vf_differs(vf, now, i))
			continue;
		if (!step) {
			r = vdpam_plan_add(plan, VDPAM_VF_SET, pf->handle,
					   is_new ? "it is new" : "it differs", &step);
			if (!r)
				r = vdpam_step_set_number(step, VDPAM_ARG_VF_INDEX,
							  vf->index);
			if (!r && is_new)
				vdpam_plan_require(plan, count_step);
		}
		if (!r)
			r = set_vf_number(step, i, now, vf_number(vf, i));
	}
	return r;
}

/* The kernel driver of VFs that stay. */
static int plan_vf_drivers(const struct vdpam_doc_function *function,
			   const struct vdpam_snapshot *snapshot,
			   const struct vdpam_function *pf, struct vdpam_plan *plan)
{
	int r = 0;

	for (int i = 0; !r && function->driver && i < pf->sriov_count; i++) {
		const struct vdpam_function *vf = find_vf(snapshot, pf->handle, i);
		struct vdpam_step *step;

		if (!vf ||
		    (vf->info.driver && !strcmp(vf->info.driver, function->driver)))
			continue;
		r = vdpam_plan_add(plan, VDPAM_FUNCTION_BIND, vf->handle,
				   "its kernel driver differs", &step);
		if (!r)
			r = vdpam_step_set_text(step, VDPAM_ARG_DRIVER, function->driver);
		if (!r)
			r = vdpam_step_add_change(step, "driver", vf->info.driver,
						  function->driver);
		if (!r)
			r = vdpam_plan_add_lost_on(step, snapshot, vf->handle);
	}
	return r;
}

int vdpam_plan_document_vfs(const struct vdpam_doc_function *function,
			    const struct vdpam_snapshot *snapshot,
			    struct vdpam_plan *plan)
{
	const struct vdpam_function *pf =
		vdpam_snapshot_find_function(snapshot, function->pf);
	const struct vdpam_doc_vf *vfs = function->vfs.vfs;
	bool anew;
	int r;

	if (!pf)
		return vdpam_plan_add_note(plan, function->pf, "is not there");
	if (pf->sriov_total < 0)
		return vdpam_plan_add_note(plan, function->pf, "has no SR-IOV");
	anew = pf->sriov_count != (int)function->count;
	r = anew ? plan_vf_count(function, snapshot, pf, plan)
		 : plan_vf_drivers(function, snapshot, pf, plan);

	size_t count_step = plan->count - 1;

	for (size_t i = 0; !r && i < function->vfs.count; i++)
		r = plan_vf(&vfs[i], pf, anew, count_step, plan);
	return r;
}
