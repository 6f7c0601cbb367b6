/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the parts of planning a document share: the whole (plan-document.c), how each device compares
 * (-compare.c), what goes and comes of devices (-removals.c, -additions.c), functions (-functions.c,
 * -vfs.c), and those that go (-prune.c).
 */
#ifndef VDPAM_PLAN_DOCUMENT_H
#define VDPAM_PLAN_DOCUMENT_H

#include "document.h"
#include "plan.h"

#define NO_STEP SIZE_MAX

/* What is to be done about one device of the document. */
struct vdpam_wanted {
	const struct vdpam_doc_device *doc;
	const struct vdpam_device *device;   /* NULL: absent */
	const struct vdpam_mgmtdev *mgmtdev; /* NULL: not there yet */
	const char *why;                     /* of a replacement; NULL: none is needed */
	bool waiting;                        /* for its management device */
	bool replace, set_mac, set_timeout, unbind, bind;
	size_t unbind_step, delete_step, create_step, bind_step;
};

static inline bool vdpam_wanted_has(const struct vdpam_wanted *wanted,
				    enum vdpam_doc_device_key key)
{
	return vdpam_doc_has(&wanted->doc->keys, key);
}

/* Whether a bus driver is wanted, and not just none. */
bool vdpam_wanted_has_driver(const struct vdpam_wanted *wanted);

/* Compares with the device that there is, and notes what is to be done. */
void vdpam_wanted_compare(struct vdpam_wanted *wanted);

/* Notes that the device is to be made anew, and why. */
void vdpam_wanted_replace(struct vdpam_wanted *wanted, const char *why);

/* A plan in the making. */
struct vdpam_planning {
	const struct vdpam_document *document;
	const struct vdpam_snapshot *snapshot;
	const struct vdpam_plan_options *options;
	struct vdpam_plan *plan;
	struct vdpam_plan
		*functions; /* their steps, which come between what goes and what comes */
	size_t first_function;       /* where they begin in the plan */
	struct vdpam_wanted *wanted; /* one for each device of the document */
	struct vdpam_wanted *
		*by_device; /* by index of the snapshot's devices; NULL: not named */
	bool *pruned;       /* by index of the snapshot's devices */
	size_t *deletes;    /* the same: the step that deletes it, or NO_STEP */
};

/* Adds a step on a device, for the very one that was seen unless `device` is NULL. 0 or -ENOMEM. */
int vdpam_planning_add_step(struct vdpam_planning *p, enum vdpam_operation operation,
			    const char *name, const struct vdpam_device *device,
			    const char *why, struct vdpam_step **ret_step);

static inline size_t vdpam_planning_last(const struct vdpam_planning *p)
{
	return p->plan->count - 1;
}

/* The step of this very plan that makes the function that a device is to be on, or NO_STEP. */
size_t vdpam_planning_find_function(const struct vdpam_planning *p,
				    const struct vdpam_doc_selector *selector);

/* Whether a step of this plan takes the function of a management device away. */
bool vdpam_planning_loses(const struct vdpam_planning *p,
			  const struct vdpam_mgmtdev *mgmtdev);

/* Devices that no document names: of an earlier generation, or on VFs that go (collateral). */
void vdpam_planning_mark_pruned(struct vdpam_planning *p);

/* Adds the steps for the devices that go, and for those that come or change. 0 or -ENOMEM. */
int vdpam_planning_add_removals(struct vdpam_planning *p);
int vdpam_planning_add_additions(struct vdpam_planning *p);

/* A function goes only when all that was on it has gone. */
void vdpam_planning_link_losses(struct vdpam_planning *p);

/* The management device that a document means, or NULL. */
const struct vdpam_mgmtdev *vdpam_selector_find(const struct vdpam_doc_selector *selector,
						const struct vdpam_snapshot *snapshot);

/* Adds the steps for the functions of a document to `plan`, which is empty. 0 or -ENOMEM. */
int vdpam_plan_document_functions(const struct vdpam_document *document,
				  const struct vdpam_snapshot *snapshot,
				  const struct vdpam_plan_options *options,
				  struct vdpam_plan *plan);

/* The same for one entry of the document that is about VFs. */
int vdpam_plan_document_vfs(const struct vdpam_doc_function *function,
			    const struct vdpam_snapshot *snapshot,
			    struct vdpam_plan *plan);

/* Whether a step for a function makes the one that a device is to be on. */
bool vdpam_function_step_makes(const struct vdpam_snapshot *snapshot,
			       const struct vdpam_step *step,
			       const struct vdpam_doc_selector *selector);

/* Whether a step takes away the function that a management device is, or the driver from it. */
bool vdpam_function_step_loses(const struct vdpam_step *step,
			       const struct vdpam_mgmtdev *mgmtdev);

/* Adds the steps that take away what `options->prune` names of functions. 0 or -ENOMEM. */
int vdpam_plan_document_prune(const struct vdpam_document *document,
			      const struct vdpam_snapshot *snapshot,
			      const struct vdpam_plan_options *options,
			      struct vdpam_plan *plan);

#endif
