/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * All devices and functions that the daemon thinks about, and which steps of a plan may run now.
 * Pure but for memory: documents, snapshots, plans and the time come in.
 */
#ifndef TARGETS_H
#define TARGETS_H

#include <json-c/linkhash.h>
#include <vdpamgmt-provision.h>

#include "reconcile.h"

#define TARGET_KEYS_MAX 24

struct target {
	char *name; /* of a device, or the target of a function's steps; the kernel's bytes */
	bool is_function;
	struct reconcile r;
	char *file;           /* of the document that names it; NULL: foreign */
	char *mgmtdev;        /* that the document wants it on, when that is a handle */
	bool frozen;          /* its document became faulty: it stays as it is */
	bool present;         /* in the snapshot */
	unsigned int pending; /* steps that were let run and have not ended */
	bool run_failed;      /* one of them did not do it */
	struct vdpam_error *error; /* of the last failure, until it is as it should be */
	uint64_t announce_usec;    /* when its driver is announced; 0: that need not be */
	char *demander;            /* who has asked for it first; NULL: nobody does */
	char *libvirt_name, *domain; /* as libvirt says, escaped; NULL: unknown, none */
	/* Of one look or plan. */
	bool seen, noted, blocked, granted, creates;
	unsigned int what;
	size_t costs;
	size_t first_step;
	/* What was told of it: a hash of the value of each key; see notify.c. */
	bool told;
	uint32_t hashes[TARGET_KEYS_MAX];
	bool dirty;
};

struct targets {
	struct lh_table *devices, *functions; /* by name */
	/* Called when a state is another than before; may be NULL. */
	void (*changed)(void *userdata, struct target *target, enum device_state before);
	/* Called before one is forgotten: neither there nor wanted; may be NULL. */
	void (*forgotten)(void *userdata, struct target *target);
	/* Called when somebody keeps changing back what we mend; may be NULL. */
	void (*fight)(void *userdata, struct target *target);
	void *userdata;
};

int targets_init(struct targets *targets);
void targets_fini(struct targets *targets);

struct target *targets_find(const struct targets *targets, const char *name);
struct target *targets_find_function(const struct targets *targets, const char *name);
/* Found, or made in state unknown; NULL without memory. */
struct target *targets_get(struct targets *targets, const char *name);

#define targets_foreach(targets, target, entry)                                \
	for (struct lh_entry *entry = (targets)->devices->head, *entry##_next; \
	     entry && ((target) = (struct target *)lh_entry_v(entry), 1) &&    \
	     (entry##_next = entry->next, 1);                                  \
	     entry = entry##_next)

/* An event of a device or function. Returns enum reconcile_action. */
unsigned int targets_event(struct targets *targets, struct target *target,
			   enum reconcile_event event, uint64_t now);

/* The same for all of them. */
void targets_event_all(struct targets *targets, enum reconcile_event event, uint64_t now);

/*
 * Which devices are there, and which are a document's; `document` is all of them as one. Foreign
 * ones get their state here. `is_frozen` says of a file whether its devices are to stay as they are.
 * 0 or -ENOMEM.
 */
int targets_observe(struct targets *targets, const struct vdpam_document *document,
		    const struct vdpam_snapshot *snapshot,
		    bool (*is_frozen)(void *userdata, const char *file), void *userdata,
		    uint64_t now);

/* What a plan may do beyond the devices of documents. */
enum decide_flag {
	DECIDE_COLLATERAL = 1 << 0, /* cost others their devices and VFs */
	DECIDE_PRUNE = 1 << 1,      /* remove devices that the plan was told to */
};

/*
 * Lets those steps of a plan for `document` run that may run now, and marks the others as skipped.
 * The targets of the former are busy then; targets_step_ends() has to be called for each of the
 * plan's steps that was let run. Returns how many, or a negative errno. `ret_wake` is when to look
 * again: 0 for not at all.
 */
int targets_decide(struct targets *targets, const struct vdpam_document *document,
		   struct vdpam_plan *plan, unsigned int flags, uint64_t now,
		   uint64_t *ret_wake);

/* The steps of a verb: all are let run. The same bookkeeping. 0 or -ENOMEM. */
int targets_admit(struct targets *targets, struct vdpam_plan *plan, uint64_t now);

/* A step that was let run begins, ends. */
void targets_step_begins(struct targets *targets, const struct vdpam_step *step,
			 uint64_t now);
void targets_step_ends(struct targets *targets, const struct vdpam_plan *plan,
		       size_t index, uint64_t now);

/* Whether steps of a target of this plan are under way. */
bool targets_is_busy(const struct targets *targets, const struct vdpam_plan *plan);

#endif
