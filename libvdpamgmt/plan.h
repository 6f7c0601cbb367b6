/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A plan from the inside, for those who make and run one. */
#ifndef VDPAM_PLAN_H
#define VDPAM_PLAN_H

#include "vdpamgmt-provision.h"

struct vdpam_plan_entry {
	struct vdpam_step *step;
	size_t *needs; /* steps before it, by index, without which it makes no sense */
	size_t n_needs;
	enum vdpam_step_status status;
	struct vdpam_error
		*error; /* of one that failed, or that the kernel still works on */
	uint64_t deadline_usec; /* until when it is waited for, once it has begun */
};

/* What is not as wanted, and nothing can be done about for now. */
struct vdpam_plan_note {
	char *target;
	const char *text;
};

struct vdpam_plan {
	struct vdpam_plan_entry *entries;
	size_t count;
	struct vdpam_plan_note *notes;
	size_t n_notes;
	bool lacks_memory; /* for a need: the plan is not to be used */
};

/* Adds a step at the end. 0 or -ENOMEM. */
int vdpam_plan_add(struct vdpam_plan *plan, enum vdpam_operation operation,
		   const char *target, const char *why, struct vdpam_step **ret_step);

/* Adds a step that was made elsewhere, and takes it, also on failure. 0 or -ENOMEM. */
int vdpam_plan_add_step(struct vdpam_plan *plan, struct vdpam_step *step);

/*
 * Says that a step, or the last one, is to run only if the one at `index` is done. Without memory
 * vdpam_plan_finish() fails.
 */
void vdpam_plan_add_need(struct vdpam_plan *plan, size_t step, size_t index);
void vdpam_plan_require(struct vdpam_plan *plan, size_t index);

/* Says that the last step is to run only if the one before it is done. */
void vdpam_plan_require_previous(struct vdpam_plan *plan);

/* Adds a step for the very function that the snapshot saw, after all those before it. 0 or -ENOMEM. */
int vdpam_plan_add_on_function(struct vdpam_plan *plan, enum vdpam_operation operation,
			       const struct vdpam_function *function,
			       struct vdpam_step **ret_step);

/* The PF of that handle, which can have `count` VFs; or a negative errno with an error. */
int vdpam_plan_find_pf(const struct vdpam_snapshot *snapshot, const char *handle,
		       uint32_t count, const struct vdpam_function **ret_pf,
		       struct vdpam_error **ret_error);

/* Adds the unbind of a device that has a driver, or is just losing it. 0 or -ENOMEM. */
int vdpam_plan_add_unbind(struct vdpam_plan *plan, const struct vdpam_device *device,
			  bool force);

/*
 * Before the function below a management device goes: adds the steps that remove its devices, each
 * of which requires the one before it. Only where vdpam_plan_check_drain() has nothing against it: 0,
 * or a negative errno with an error. 0 or -ENOMEM.
 */
int vdpam_plan_check_drain(const struct vdpam_snapshot *snapshot, const char *handle,
			   struct vdpam_error **ret_error);
int vdpam_plan_add_drain(struct vdpam_plan *plan, const struct vdpam_snapshot *snapshot,
			 const char *handle, bool force);

/* The same for the management devices on all VFs of a PF. */
int vdpam_plan_check_drain_vfs(const struct vdpam_snapshot *snapshot, const char *pf,
			       struct vdpam_error **ret_error);
int vdpam_plan_add_drain_vfs(struct vdpam_plan *plan,
			     const struct vdpam_snapshot *snapshot, const char *pf,
			     bool force);

/* Names the VFs of a PF and the devices on them as what a step costs. 0 or -ENOMEM. */
int vdpam_plan_add_lost_vfs(struct vdpam_step *step,
			    const struct vdpam_snapshot *snapshot, const char *pf);

/* The same for the devices on one management device. */
int vdpam_plan_add_lost_on(struct vdpam_step *step, const struct vdpam_snapshot *snapshot,
			   const char *mgmtdev);

/* Adds the steps of another plan at the end; both have them then. 0 or -ENOMEM. */
int vdpam_plan_append(struct vdpam_plan *plan, const struct vdpam_plan *more);

/* Adds a note; the text is a constant. 0 or -ENOMEM. */
int vdpam_plan_add_note(struct vdpam_plan *plan, const char *target, const char *text);

/*
 * Ends the making of a plan: hands it over, or, when `r` is an error or `plan` NULL, frees it and
 * says that there was no memory. For `return vdpam_plan_finish(...)`.
 */
int vdpam_plan_finish(struct vdpam_plan *plan, int r, struct vdpam_plan **ret_plan,
		      struct vdpam_error **ret_error);

#endif
