/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A step, and what the files that run steps share. */
#ifndef VDPAM_STEP_H
#define VDPAM_STEP_H

#include "private.h"
#include "vdpamgmt-provision.h"
#include "writer.h"

#define VDPAM_CHANGES_MAX 9

/* What a step makes of what; NULL is nothing. */
struct vdpam_change {
	const char *key; /* a constant */
	char *before, *after;
};

struct vdpam_sf_run;

struct vdpam_step {
	int refs;
	enum vdpam_operation operation;
	char *target;
	char *why;
	uint64_t number[VDPAM_ARG_COUNT];
	char *text[VDPAM_ARG_COUNT];
	uint32_t present; /* bit N: number[N] is set */
	struct vdpam_change changes[VDPAM_CHANGES_MAX];
	unsigned int n_changes;
	char **collateral; /* what else it ends */
	size_t n_collateral;
	struct vdpam_writer *writer; /* a write that still waits */
	unsigned int part; /* of an operation with several writes: which one that is */
	char *previous;    /* the driver that the function had */
	char *override;    /* what driver_override said before */
	struct vdpam_error *refusal; /* of a driver, until the one before has it again */
	uint64_t give_up_usec;   /* deadline for what may never come; 0: not set yet */
	int lock_fd;             /* of the function that it changes; -1: not locked */
	struct vdpam_sf_run *sf; /* a scalable function half way; NULL: not begun */
};

/* Whether an argument is text; whether it is a number that is 0 or 1, a boolean in JSON. */
bool vdpam_argument_is_text(enum vdpam_argument argument);
bool vdpam_argument_is_flag(enum vdpam_argument argument);

/* Names something that ceases with the step; the kernel's bytes. 0 or -ENOMEM. */
int vdpam_step_add_collateral(struct vdpam_step *step, const char *name);

/* Says what the step changes; before and after are the kernel's bytes or NULL. 0 or -ENOMEM. */
int vdpam_step_add_change(struct vdpam_step *step, const char *key, const char *before,
			  const char *after);

/* A number that was set, or 0. */
uint64_t vdpam_step_number(const struct vdpam_step *step, enum vdpam_argument argument);

/*
 * Opens the folder of the step's device, which must be the very device that the plan saw. Returns a
 * descriptor, or fails with VDPAM_ERROR_NO_SUCH_DEVICE or VDPAM_ERROR_CHANGED_UNDERNEATH.
 */
int vdpam_step_open_device(struct vdpam_ctx *ctx, const struct vdpam_step *step,
			   struct vdpam_error **ret_error);

/*
 * The same for the function that the step is on, by handle. NO_SUCH_FUNCTION where there is none.
 */
int vdpam_step_open_function(struct vdpam_ctx *ctx, const struct vdpam_step *step,
			     struct vdpam_error **ret_error);

/* Locks the step's function against other writers, until the step ends. 0, or an error. */
int vdpam_step_lock_function(struct vdpam_step *step, uint64_t deadline_usec,
			     struct vdpam_error **ret_error);
void vdpam_step_unlock_function(struct vdpam_step *step);

/*
 * Loads the module of a driver that is not registered on the bus of the step's function.
 * -ENOENT with VDPAM_ERROR_INVALID_VALUE when it is not registered then either.
 */
int vdpam_step_ensure_driver(struct vdpam_ctx *ctx, const struct vdpam_step *step,
			     const char *driver, struct vdpam_error **ret_error);

/*
 * Gives a function without a driver (by handle, opened at `fd`) to one, or takes its driver away, by
 * a child process. -ETIMEDOUT when the kernel has not finished: to be called again. How it failed is
 * read back; a function that went meanwhile is VDPAM_ERROR_NO_SUCH_FUNCTION.
 */
int vdpam_step_unbind_function(struct vdpam_ctx *ctx, struct vdpam_step *step, int fd,
			       const char *handle, uint64_t deadline_usec,
			       struct vdpam_error **ret_error);
int vdpam_step_bind_function(struct vdpam_ctx *ctx, struct vdpam_step *step, int fd,
			     const char *handle, const char *driver,
			     uint64_t deadline_usec, struct vdpam_error **ret_error);

#define VDPAM_SRIOV_AUTOPROBE "sriov_drivers_autoprobe"

/*
 * Off for the VFs of the step's PF, in folder `fd`: no driver but the one that was asked for is to see
 * new ones. What it was is recorded, and restored also after a step that was interrupted.
 */
int vdpam_step_hold_autoprobe(const struct vdpam_step *step, int fd);
void vdpam_step_restore_autoprobe(const struct vdpam_step *step, int fd);

/* Restores it for all PFs whose step was interrupted, and leaves those at which one is under way. */
void vdpam_step_recover_autoprobe(struct vdpam_ctx *ctx);

/* The device as it is now, netlink not asked; to be freed with vdpam_device_fini(). */
struct vdpam_device;
int vdpam_step_look(struct vdpam_ctx *ctx, const struct vdpam_step *step,
		    const char *driver, struct vdpam_device *ret_device);

/*
 * Finds the management device of a step that names a function (PF with VF_INDEX or SFNUM, or UUID),
 * and sets it. Waits for it until the deadline; an open batch is ended then.
 */
int vdpam_step_find_mgmtdev(struct vdpam_ctx *ctx, struct vdpam_step *step,
			    uint64_t deadline_usec, struct vdpam_error **ret_error);

/* Sets msg_timeout in the folder of a VDUSE device, and reads it back. 0, or an error. */
int vdpam_step_set_msg_timeout(const struct vdpam_step *step, int vduse_fd,
			       uint64_t seconds, struct vdpam_error **ret_error);

/* Waits while an unbind of the device in this folder waits. 0, or -ETIMEDOUT. */
int vdpam_step_wait_unbound(int device_fd, uint64_t deadline_usec);

/* Each runs the operation of its name. `step->target` is a plain file name. */
int vdpam_run_device_create(struct vdpam_ctx *ctx, struct vdpam_step *step,
			    uint64_t deadline_usec, struct vdpam_error **ret_error);
int vdpam_run_device_delete(struct vdpam_ctx *ctx, struct vdpam_step *step,
			    uint64_t deadline_usec, struct vdpam_error **ret_error);
int vdpam_run_device_set(struct vdpam_ctx *ctx, struct vdpam_step *step,
			 uint64_t deadline_usec, struct vdpam_error **ret_error);
int vdpam_run_driver_bind(struct vdpam_ctx *ctx, struct vdpam_step *step,
			  uint64_t deadline_usec, struct vdpam_error **ret_error);
int vdpam_run_driver_unbind(struct vdpam_ctx *ctx, struct vdpam_step *step,
			    uint64_t deadline_usec, struct vdpam_error **ret_error);

int vdpam_run_vf_count(struct vdpam_ctx *ctx, struct vdpam_step *step,
		       uint64_t deadline_usec, struct vdpam_error **ret_error);
int vdpam_run_vf_set(struct vdpam_ctx *ctx, struct vdpam_step *step,
		     uint64_t deadline_usec, struct vdpam_error **ret_error);
int vdpam_run_function_bind(struct vdpam_ctx *ctx, struct vdpam_step *step,
			    uint64_t deadline_usec, struct vdpam_error **ret_error);
int vdpam_run_function_unbind(struct vdpam_ctx *ctx, struct vdpam_step *step,
			      uint64_t deadline_usec, struct vdpam_error **ret_error);

int vdpam_run_sf_add(struct vdpam_ctx *ctx, struct vdpam_step *step,
		     uint64_t deadline_usec, struct vdpam_error **ret_error);
int vdpam_run_sf_del(struct vdpam_ctx *ctx, struct vdpam_step *step,
		     uint64_t deadline_usec, struct vdpam_error **ret_error);
int vdpam_run_mdev_create(struct vdpam_ctx *ctx, struct vdpam_step *step,
			  uint64_t deadline_usec, struct vdpam_error **ret_error);
int vdpam_run_mdev_remove(struct vdpam_ctx *ctx, struct vdpam_step *step,
			  uint64_t deadline_usec, struct vdpam_error **ret_error);
int vdpam_run_chardev_set(struct vdpam_ctx *ctx, struct vdpam_step *step,
			  uint64_t deadline_usec, struct vdpam_error **ret_error);
int vdpam_run_device_announce(struct vdpam_ctx *ctx, struct vdpam_step *step,
			      uint64_t deadline_usec, struct vdpam_error **ret_error);

/* The error that the function went, of a call whose folder `fd` is gone; 0 when it is there. */
int vdpam_step_check_function(const struct vdpam_step *step, int fd,
			      struct vdpam_error **ret_error);

/*
 * Waits for the management device of a function that `driver` has taken, where one is to be
 * expected: a VF or SF, and a driver of the vDPA bus. -ETIMEDOUT: to be called again.
 */
int vdpam_step_wait_mgmtdev(struct vdpam_ctx *ctx, struct vdpam_step *step, int fd,
			    const char *handle, const char *driver,
			    uint64_t deadline_usec, struct vdpam_error **ret_error);

/* Loads a kernel module by name or alias. 0 or a negative errno. */
int vdpam_module_load(const char *name);

/* The char device of a device that was just bound: its node, and the link /dev/vhost-vdpa/by-name. */
int vdpam_chardev_publish(int device_fd, const char *name, uint64_t deadline_usec);
void vdpam_chardev_retract(const char *name);

#endif
