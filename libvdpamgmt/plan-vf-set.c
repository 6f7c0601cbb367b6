// SPDX-License-Identifier: LGPL-2.1-or-later
/* The plan for what a PF is to enforce on one of its VFs. Pure. */
#include <errno.h>

#include "objects.h"
#include "plan.h"
#include "private.h"
#include "step.h"
#include "vf-link.h"

static int set_attr(struct vdpam_step *step, enum vdpam_vf_attr attr, uint64_t number)
{
	if (attr == VDPAM_VF_LINK_STATE)
		return number <= 2 ? vdpam_step_set_text(step, VDPAM_ARG_LINK_STATE,
							 vdpam_vf_link_state_name(number))
				   : -EINVAL;
	return vdpam_step_set_number(step, vdpam_vf_attr_argument(attr), number);
}

/* -EINVAL for a value out of range. */
static int add_vf_set(struct vdpam_plan *plan, const struct vdpam_function *pf,
		      uint32_t index, const struct vdpam_vf_wish *wish)
{
	const struct vdpam_vf *now = pf->vfs ? vdpam_vfs_find(pf->vfs, index) : NULL;
	struct vdpam_step *step = NULL;
	uint64_t number;
	int r = 0;

	for (enum vdpam_vf_attr attr = 0; !r && attr < VDPAM_VF_ATTR_COUNT; attr++) {
		if (!(wish->present >> attr & 1) ||
		    (now && !vdpam_vf_get_number(now, attr, &number) &&
		     number == wish->number[attr]))
			continue;
		if (!step) {
			r = vdpam_plan_add_on_function(plan, VDPAM_VF_SET, pf, &step);
			if (!r)
				r = vdpam_step_set_number(step, VDPAM_ARG_VF_INDEX,
							  index);
		}
		if (!r)
			r = set_attr(step, attr, wish->number[attr]);
	}
	return r;
}

int vdpam_plan_new_vf_set(const struct vdpam_snapshot *snapshot, const char *pf_handle,
			  uint32_t index, const struct vdpam_vf_wish *wish,
			  struct vdpam_plan **ret_plan, struct vdpam_error **ret_error)
{
	const struct vdpam_function *pf;
	struct vdpam_plan *plan;
	int r;

	VDPAM_ESCAPED(shown, pf_handle);
	r = vdpam_plan_find_pf(snapshot, pf_handle, 0, &pf, ret_error);
	if (r < 0)
		return r;
	if (!vdpam_snapshot_find_vf(snapshot, pf_handle, index))
		return vdpam_fail(ret_error, VDPAM_ERROR_NO_SUCH_FUNCTION, -ENODEV,
				  pf_handle, NULL, "%s has no VF %u", shown, index);
	plan = calloc(1, sizeof(*plan));
	r = plan ? add_vf_set(plan, pf, index, wish) : -ENOMEM;
	if (r == -EINVAL) {
		vdpam_plan_free(plan);
		return vdpam_fail(ret_error, VDPAM_ERROR_INVALID_VALUE, r, pf_handle,
				  NULL, "a value for VF %u of %s is out of range", index,
				  shown);
	}
	return vdpam_plan_finish(plan, r, ret_plan, ret_error);
}
