/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef VDPAMGMT_PROVISION_H
#define VDPAMGMT_PROVISION_H

/*
 * libvdpamgmt - changing what the kernel has: steps, and the plans that they are put into.
 *
 * Every change is a step: an operation on a target with arguments. A plan is a list of steps that a
 * pure function derived from a snapshot. Running a step ends by reading back. The conventions of
 * vdpamgmt.h hold here too.
 */

#include "vdpamgmt.h"

struct json_object;

#ifdef __cplusplus
extern "C" {
#endif

struct vdpam_document;
struct vdpam_faults;
struct vdpam_step;
struct vdpam_plan;

/* ---- Step ---------------------------------------------------------------------------------- */

/** enum vdpam_operation - what a step does, and on what. Since: 0.1 */
enum vdpam_operation {
	/* on a device, by name */
	VDPAM_DEVICE_CREATE, /* no driver sees it unless PROBE is set; leaves its IDENTITY */
	VDPAM_DEVICE_DELETE, /* of a device that has no driver */
	VDPAM_DEVICE_SET,
	VDPAM_DRIVER_BIND,     /* of a device that has no driver */
	VDPAM_DRIVER_UNBIND,   /* afterwards no driver takes it by itself */
	VDPAM_CHARDEV_SET,     /* owner, group and mode of its char device */
	VDPAM_DEVICE_ANNOUNCE, /* its link by name, and a "change" event */
	/* on a PF, by handle */
	VDPAM_VF_COUNT, /* from none to some, or from some to none */
	VDPAM_VF_SET,
	VDPAM_SF_ADD, /* up to an active function with a management device */
	VDPAM_SF_DEL,
	/* on a parent, by handle; on a mediated device, by UUID */
	VDPAM_MDEV_CREATE,
	VDPAM_MDEV_REMOVE,
	/* on a function, by handle */
	VDPAM_FUNCTION_BIND, /* its kernel driver, by driver_override */
	VDPAM_FUNCTION_UNBIND,
};
#define VDPAM_OPERATION_COUNT (VDPAM_FUNCTION_UNBIND + 1)

/** vdpam_operation_name() - "device-create" and so on. Since: 0.1 */
const char *vdpam_operation_name(enum vdpam_operation operation);

/**
 * vdpam_operation_is_on_device() - whether its target is a vDPA device, and not a function or its parent
 *
 * Since: 0.1
 */
bool vdpam_operation_is_on_device(enum vdpam_operation operation);

/** enum vdpam_argument - what an operation can be told. Since: 0.1 */
enum vdpam_argument {
	VDPAM_ARG_MGMTDEV,  /* text: handle */
	VDPAM_ARG_MAC,      /* number, as VDPAM_KIND_MAC */
	VDPAM_ARG_MTU,      /* number of bytes, 68 to 65535 */
	VDPAM_ARG_MAX_VQP,  /* number of queue pairs, 1 to 32768 */
	VDPAM_ARG_FEATURES, /* number: bit mask of the features to provision */
	VDPAM_ARG_DRIVER, /* text: driver to bind; to unbind: the only one to be unbound */
	VDPAM_ARG_FORCE,  /* 1: waits for whoever uses the device instead of refusing */
	VDPAM_ARG_PROBE, /* 1: lets the bus find a driver, if its drivers_autoprobe is on */
	VDPAM_ARG_IDENTITY, /* number: refuse when it is not this very object any more */
	VDPAM_ARG_MSG_TIMEOUT, /* seconds that a VDUSE server may keep the kernel waiting */
	VDPAM_ARG_OWNER,       /* text: user name or number */
	VDPAM_ARG_GROUP,       /* text: group name or number */
	VDPAM_ARG_MODE,        /* number: permission bits */
	VDPAM_ARG_COUNT_OF_VFS, /* number, 0 to 65535 */
	VDPAM_ARG_VF_INDEX,     /* number, 0 to 65534 */
	VDPAM_ARG_VLAN,         /* number, 0 (none) to 4094 */
	VDPAM_ARG_QOS,          /* number, 0 to 7 */
	VDPAM_ARG_TRUST,        /* 0, 1 */
	VDPAM_ARG_SPOOFCHK,     /* 0, 1 */
	VDPAM_ARG_LINK_STATE,   /* text: auto, enable, disable */
	VDPAM_ARG_MIN_TX_RATE,  /* Mbit/s */
	VDPAM_ARG_MAX_TX_RATE,  /* Mbit/s */
	VDPAM_ARG_SFNUM,        /* number */
	VDPAM_ARG_ESWITCH,      /* text: the e-switch mode that is to be set first */
	VDPAM_ARG_MDEV_TYPE,    /* text */
	VDPAM_ARG_UUID,         /* text */
	VDPAM_ARG_PF, /* text: handle; with VF_INDEX or SFNUM, in place of MGMTDEV */
};
#define VDPAM_ARG_COUNT (VDPAM_ARG_PF + 1)

/** vdpam_argument_name() - the key of an argument in JSON. Since: 0.1 */
const char *vdpam_argument_name(enum vdpam_argument argument);

/**
 * vdpam_step_new() - a step without arguments
 * @target: the object, the kernel's bytes; copied
 *
 * Returns 0 or -ENOMEM. Since: 0.1
 */
int vdpam_step_new(enum vdpam_operation operation, const char *target,
		   struct vdpam_step **ret_step);

/** vdpam_step_ref() - one more reference. Since: 0.1 */
struct vdpam_step *vdpam_step_ref(struct vdpam_step *step);

/** vdpam_step_unref() - one reference less; a child that still unbinds is left alone. Since: 0.1 */
struct vdpam_step *vdpam_step_unref(struct vdpam_step *step);

/** vdpam_step_set_number() - 0, or -EINVAL when the argument is text or out of range. Since: 0.1 */
int vdpam_step_set_number(struct vdpam_step *step, enum vdpam_argument argument,
			  uint64_t number);

/** vdpam_step_set_text() - 0, -EINVAL when the argument is a number, -ENOMEM. Since: 0.1 */
int vdpam_step_set_text(struct vdpam_step *step, enum vdpam_argument argument,
			const char *text);

/** vdpam_step_set_why() - why the plan wants it, one phrase; 0 or -ENOMEM. Since: 0.1 */
int vdpam_step_set_why(struct vdpam_step *step, const char *why);

/** vdpam_step_get_operation() - what it does. Since: 0.1 */
enum vdpam_operation vdpam_step_get_operation(const struct vdpam_step *step);
/** vdpam_step_get_target() - on which object. Since: 0.1 */
const char *vdpam_step_get_target(const struct vdpam_step *step);
/** vdpam_step_get_number() - an argument; -ENODATA when it is not set. Since: 0.1 */
int vdpam_step_get_number(const struct vdpam_step *step, enum vdpam_argument argument,
			  uint64_t *ret_number);
/** vdpam_step_get_text() - an argument; NULL when it is not set. Since: 0.1 */
const char *vdpam_step_get_text(const struct vdpam_step *step,
				enum vdpam_argument argument);
/** vdpam_step_get_why() - why the plan wants it, or NULL. Since: 0.1 */
const char *vdpam_step_get_why(const struct vdpam_step *step);

/** vdpam_step_count_collateral() - how much else ceases with it: VFs, devices. Since: 0.1 */
size_t vdpam_step_count_collateral(const struct vdpam_step *step);
/** vdpam_step_get_collateral() - a handle or the name of a device, the kernel's bytes. Since: 0.1 */
const char *vdpam_step_get_collateral(const struct vdpam_step *step, size_t index);

/**
 * vdpam_step_run() - does it, and reads back that it is done
 * @timeout_usec: how long to wait for what only the kernel can decide, in microseconds
 *
 * -ETIMEDOUT with VDPAM_ERROR_TIMEOUT says that the kernel still works on it: run the same step
 * again to wait on. A driver that is bound already, or gone already, is no failure; a device that
 * exists already, or is gone already, is one.
 *
 * Returns 0 or a negative errno with an error object that names the device, the reason and, for
 * VDPAM_ERROR_IN_USE, the holders. Since: 0.1
 */
int vdpam_step_run(struct vdpam_ctx *ctx, struct vdpam_step *step, uint64_t timeout_usec,
		   struct vdpam_error **ret_error);

/* ---- Batch --------------------------------------------------------------------------------- */

/**
 * vdpam_batch_begin() - keeps other writers away, and automatic probing off, until vdpam_batch_end()
 * @timeout_usec: how long to wait for another writer, in microseconds
 *
 * Takes the lock in /run/vdpad/state. What an interrupted batch left of drivers_autoprobe is put
 * right. vdpam_step_run() makes a batch of its own when none is open.
 *
 * Returns 0; -EACCES, -EPERM with VDPAM_ERROR_NOT_AUTHORIZED; -ETIMEDOUT. Since: 0.1
 */
int vdpam_batch_begin(struct vdpam_ctx *ctx, uint64_t timeout_usec,
		      struct vdpam_error **ret_error);

/**
 * vdpam_batch_end() - restores drivers_autoprobe, probes what others made meanwhile, unlocks
 *
 * Does nothing when no batch is open. Returns 0 or a negative errno of the restoration. Since: 0.1
 */
int vdpam_batch_end(struct vdpam_ctx *ctx);

/* ---- Plan ---------------------------------------------------------------------------------- */

/** enum vdpam_step_status - what became of a step of a plan. Since: 0.1 */
enum vdpam_step_status {
	VDPAM_STEP_PENDING,
	VDPAM_STEP_WAITING, /* the kernel still works on it */
	VDPAM_STEP_DONE,
	VDPAM_STEP_FAILED,
	VDPAM_STEP_SKIPPED, /* a step that it needs failed, or the run was stopped */
};

/** struct vdpam_device_wish - what a new device is to be; see vdpam_plan_new_create(). Since: 0.1 */
struct vdpam_device_wish {
	const char *name;
	const char *mgmtdev;
	const char *
		driver; /* kernel's name, "none" for no driver, NULL for what the bus finds */
	uint64_t mac; /* 0: not said, and so for the others */
	uint32_t mtu;
	uint32_t max_vqp;
	uint64_t features;
	bool has_features; /* to provision no feature at all is a wish too */
};

/**
 * vdpam_plan_new_create() - the steps that make a device
 *
 * Pure: no I/O. Refuses a name or a value that we do not accept, a name that exists, a management
 * device that is absent or full, and what is known to make the parent's kernel driver fail.
 *
 * Returns 0 or a negative errno with an error object. Since: 0.1
 */
int vdpam_plan_new_create(const struct vdpam_snapshot *snapshot,
			  const struct vdpam_device_wish *wish,
			  struct vdpam_plan **ret_plan, struct vdpam_error **ret_error);

/** vdpam_plan_new_destroy() - the steps that unbind and delete a device. Pure. Since: 0.1 */
int vdpam_plan_new_destroy(const struct vdpam_snapshot *snapshot, const char *name,
			   bool force, struct vdpam_plan **ret_plan,
			   struct vdpam_error **ret_error);

/** vdpam_plan_new_bind() - the steps that give a device to @driver; none when it has it. Pure. Since: 0.1 */
int vdpam_plan_new_bind(const struct vdpam_snapshot *snapshot, const char *name,
			const char *driver, bool force, struct vdpam_plan **ret_plan,
			struct vdpam_error **ret_error);

/** vdpam_plan_new_unbind() - the steps that leave a device without a driver. Pure. Since: 0.1 */
int vdpam_plan_new_unbind(const struct vdpam_snapshot *snapshot, const char *name,
			  bool force, struct vdpam_plan **ret_plan,
			  struct vdpam_error **ret_error);

/**
 * vdpam_plan_new_announce() - the step that tells the host again what driver a device has
 *
 * For a change that somebody else made: the link by name is put right, and one "change" event is sent,
 * because there are those who do not look at "bind" and "unbind". Pure. Since: 0.1
 */
int vdpam_plan_new_announce(const struct vdpam_snapshot *snapshot, const char *name,
			    struct vdpam_plan **ret_plan, struct vdpam_error **ret_error);

/**
 * vdpam_plan_new_set_mac() - the steps that give a living device another MAC
 * @force: wait for whoever uses the device instead of refusing
 *
 * Pure. Since: 0.1
 */
int vdpam_plan_new_set_mac(const struct vdpam_snapshot *snapshot, const char *name,
			   uint64_t mac, bool force, struct vdpam_plan **ret_plan,
			   struct vdpam_error **ret_error);

/**
 * vdpam_plan_new_vf_count() - the steps that give a PF @count VFs
 * @driver: the kernel driver that each of them is to have, NULL for what the host finds
 * @force: they may cost the VFs that there are, and the devices on them
 *
 * Pure. The kernel knows no way from some VFs to another number of them but through none. The step
 * that removes them says what is lost. Who uses a VF or a device on one keeps all of them, forced or
 * not: see vdpam_plan_check_use().
 *
 * Returns 0; -ENODEV, -EOPNOTSUPP with VDPAM_ERROR_NO_SUCH_FUNCTION; -ERANGE for more than it can
 * have; -EBUSY with VDPAM_ERROR_COLLATERAL. Since: 0.1
 */
int vdpam_plan_new_vf_count(const struct vdpam_snapshot *snapshot, const char *pf,
			    uint32_t count, const char *driver, bool force,
			    struct vdpam_plan **ret_plan, struct vdpam_error **ret_error);

/** struct vdpam_vf_wish - what a PF is to enforce on a VF. Since: 0.1 */
struct vdpam_vf_wish {
	uint32_t present; /* bit N: number[N] is said, the others are to stay */
	uint64_t number[VDPAM_VF_ATTR_COUNT];
};

/** vdpam_plan_new_vf_set() - the step that sets what differs of VF @index; none when all is so. Pure. Since: 0.1 */
int vdpam_plan_new_vf_set(const struct vdpam_snapshot *snapshot, const char *pf,
			  uint32_t index, const struct vdpam_vf_wish *wish,
			  struct vdpam_plan **ret_plan, struct vdpam_error **ret_error);

/**
 * vdpam_plan_new_function_bind() - the steps that give a function to a kernel driver
 *
 * Pure. Removes the devices on it first. Refused with VDPAM_ERROR_COLLATERAL while it has VFs, SFs
 * or mediated devices, with VDPAM_ERROR_UNSUPPORTED if it is one. No step when it has the driver.
 * Since: 0.1
 */
int vdpam_plan_new_function_bind(const struct vdpam_snapshot *snapshot,
				 const char *handle, const char *driver,
				 struct vdpam_plan **ret_plan,
				 struct vdpam_error **ret_error);

/** vdpam_plan_new_function_unbind() - the same, to no driver; none takes it by itself then. Pure. Since: 0.1 */
int vdpam_plan_new_function_unbind(const struct vdpam_snapshot *snapshot,
				   const char *handle, struct vdpam_plan **ret_plan,
				   struct vdpam_error **ret_error);

/** struct vdpam_sf_wish - what a new scalable function is to be. Since: 0.1 */
struct vdpam_sf_wish {
	const char *pf; /* handle */
	uint32_t sfnum;
	uint64_t mac; /* 0: not said */
	const char *
		eswitch; /* "switchdev": the mode to be set if it is another; NULL: not said */
};

/**
 * vdpam_plan_new_sf_add() - the step that makes a scalable function, up to its management device
 *
 * Pure. None when it is there, active, with its management device and the MAC; one that is there
 * by half is completed. A step that fails takes back all that it did, and its error says so.
 *
 * Returns 0 or a negative errno with an error object. Since: 0.1
 */
int vdpam_plan_new_sf_add(const struct vdpam_sf_list *sfs,
			  const struct vdpam_sf_wish *wish, struct vdpam_plan **ret_plan,
			  struct vdpam_error **ret_error);

/**
 * vdpam_plan_new_sf_del() - the steps that remove the devices of a scalable function, and it
 * @snapshot: NULL where the kernel has no vDPA
 * @force: wait for whoever uses a device instead of refusing; the function's own interfaces go too
 *
 * Pure. Returns 0; -ENODEV with VDPAM_ERROR_NO_SUCH_FUNCTION. Since: 0.1
 */
int vdpam_plan_new_sf_del(const struct vdpam_snapshot *snapshot,
			  const struct vdpam_sf_list *sfs, const char *pf, uint32_t sfnum,
			  bool force, struct vdpam_plan **ret_plan,
			  struct vdpam_error **ret_error);

/** struct vdpam_mdev_wish - what a new mediated device is to be. Since: 0.1 */
struct vdpam_mdev_wish {
	const char *parent; /* handle */
	const char *type;
	const char *uuid;
};

/**
 * vdpam_plan_new_mdev_create() - the step that creates a mediated device
 *
 * Pure. Returns 0; -EINVAL with VDPAM_ERROR_INVALID_VALUE for what is no UUID; -ENODEV with
 * VDPAM_ERROR_NO_SUCH_FUNCTION for a parent or type that there is not; -EEXIST; -ENOSPC with
 * VDPAM_ERROR_MGMTDEV_FULL. Since: 0.1
 */
int vdpam_plan_new_mdev_create(const struct vdpam_mdev_list *mdevs,
			       const struct vdpam_mdev_wish *wish,
			       struct vdpam_plan **ret_plan,
			       struct vdpam_error **ret_error);

/**
 * vdpam_plan_new_mdev_remove() - the steps that remove the devices on a mediated device, and it
 * @snapshot: NULL where the kernel has no vDPA
 *
 * Pure. Returns 0; -EINVAL; -ENODEV with VDPAM_ERROR_NO_SUCH_FUNCTION. Since: 0.1
 */
int vdpam_plan_new_mdev_remove(const struct vdpam_snapshot *snapshot,
			       const struct vdpam_mdev_list *mdevs, const char *uuid,
			       struct vdpam_plan **ret_plan,
			       struct vdpam_error **ret_error);

/**
 * vdpam_plan_check_use() - whether somebody uses a device or a function that the plan changes
 *
 * Looks, so that a plan of several steps is refused before its first instead of in its middle.
 * Steps that are forced are not asked about.
 *
 * Returns 0, or -EBUSY with VDPAM_ERROR_IN_USE and the holders. Since: 0.1
 */
int vdpam_plan_check_use(struct vdpam_ctx *ctx, const struct vdpam_snapshot *snapshot,
			 const struct vdpam_plan *plan, struct vdpam_error **ret_error);

/**
 * struct vdpam_plan_options - what vdpam_plan_new() is told beside document and snapshot
 * @prune: names of devices and functions (of a generation) that are to go unless the document names
 *         them
 * @n_prune: how many
 * @uid_of: the number of a user by name, -1 when there is none; see vdpam_plan_options_default
 * @gid_of: the same for groups
 *
 * Since: 0.1
 */
struct vdpam_plan_options {
	const char *const *prune;
	size_t n_prune;
	int64_t (*uid_of)(const char *name);
	int64_t (*gid_of)(const char *name);
};

/** vdpam_plan_options_default - prunes nothing, asks the C library for users. Since: 0.1 */
extern const struct vdpam_plan_options vdpam_plan_options_default;

/**
 * vdpam_plan_new() - the steps from what the kernel has to what a document says
 *
 * Pure but for @options->uid_of and gid_of. Nothing is planned for what is as wanted, nor for what
 * the document does not name. What cannot be changed in place is deleted and made anew. A device
 * whose management device is not there is noted, see vdpam_plan_get_note().
 *
 * Returns 0 or -ENOMEM. Since: 0.1
 */
int vdpam_plan_new(const struct vdpam_document *document,
		   const struct vdpam_snapshot *snapshot,
		   const struct vdpam_plan_options *options, struct vdpam_plan **ret_plan,
		   struct vdpam_error **ret_error);

/**
 * vdpam_plan_new_back() - the steps back to what there was before a document was applied
 * @before: the snapshot that the document was planned from
 * @now: what its interrupted fulfilment has led to
 *
 * What the document names is made as it was, and so are devices that went with a function; what was
 * not there is removed; nothing else is touched. Pure as vdpam_plan_new() is.
 *
 * Returns 0 or a negative errno with an error. Since: 0.1
 */
int vdpam_plan_new_back(const struct vdpam_document *document,
			const struct vdpam_snapshot *before,
			const struct vdpam_snapshot *now, struct vdpam_plan **ret_plan,
			struct vdpam_error **ret_error);

/** vdpam_plan_count_notes() - how much is not as wanted without a step for it. Since: 0.1 */
size_t vdpam_plan_count_notes(const struct vdpam_plan *plan);

/** vdpam_plan_get_note() - why, and of what. Since: 0.1 */
const char *vdpam_plan_get_note(const struct vdpam_plan *plan, size_t index,
				const char **ret_target);

/** vdpam_plan_free() - takes NULL, returns NULL. Since: 0.1 */
struct vdpam_plan *vdpam_plan_free(struct vdpam_plan *plan);

/** vdpam_plan_count() - number of steps; 0 when all is as wanted. Since: 0.1 */
size_t vdpam_plan_count(const struct vdpam_plan *plan);

/** vdpam_plan_is_done() - whether all its steps are done: none failed, was skipped, or is open. Since: 0.1 */
bool vdpam_plan_is_done(const struct vdpam_plan *plan);

/** vdpam_plan_get_step() - the step at @index, in the order in which they are to run. Since: 0.1 */
struct vdpam_step *vdpam_plan_get_step(const struct vdpam_plan *plan, size_t index);

/** vdpam_plan_get_status() - what became of the step at @index. Since: 0.1 */
enum vdpam_step_status vdpam_plan_get_status(const struct vdpam_plan *plan, size_t index);

/** vdpam_plan_get_error() - why the step at @index failed; NULL for others. Since: 0.1 */
const struct vdpam_error *vdpam_plan_get_error(const struct vdpam_plan *plan,
					       size_t index);

/**
 * vdpam_plan_new_joined() - one plan of several, to be run together
 * @plans: whose steps it has too, in this order; NULL stands for a plan without steps
 *
 * Returns 0 or -ENOMEM. Since: 0.1
 */
int vdpam_plan_new_joined(struct vdpam_plan *const *plans, size_t count,
			  struct vdpam_plan **ret_plan);

/**
 * vdpam_plan_prepare() - whether a step can begin, for whoever runs them elsewhere
 *
 * A step that follows a creation is told which very device was made.
 *
 * Returns 1; 0 while one that it needs is pending; -ECANCELED when one of those was not done.
 * Since: 0.1
 */
int vdpam_plan_prepare(struct vdpam_plan *plan, size_t index);

/** vdpam_plan_set_result() - what became of a step that ran elsewhere; takes @error. Since: 0.1 */
void vdpam_plan_set_result(struct vdpam_plan *plan, size_t index,
			   enum vdpam_step_status status, struct vdpam_error *error);

/**
 * struct vdpam_run_hooks - what vdpam_plan_run() tells while it runs
 * @begin: before a step runs, and each time that it is waited for anew
 * @end: when it is done, has failed or was skipped
 * @stop: asked before a step begins; true skips all that have not
 *
 * Each may be NULL. Since: 0.1
 */
struct vdpam_run_hooks {
	void *userdata;
	void (*begin)(void *userdata, const struct vdpam_plan *plan, size_t index);
	void (*end)(void *userdata, const struct vdpam_plan *plan, size_t index);
	bool (*stop)(void *userdata);
};

/**
 * vdpam_plan_run() - runs the steps of a plan in their order
 * @timeout_usec: how long each step may wait for what only the kernel can decide
 * @hooks: NULL, or whom to tell
 *
 * A step that needs one that failed is skipped; all others run. Steps on devices share a batch. One that the kernel does not finish
 * within a moment is waited for when all that can begin has begun. Those that have not ended in
 * their time are VDPAM_STEP_WAITING, and those that need them VDPAM_STEP_PENDING: to run the plan
 * again is to wait on. What became of each is asked with vdpam_plan_get_status(). No batch may be
 * open.
 *
 * Returns the number of failed steps, 0 when there is none, or a negative errno when automatic
 * probing could not be restored. Since: 0.1
 */
int vdpam_plan_run(struct vdpam_ctx *ctx, struct vdpam_plan *plan, uint64_t timeout_usec,
		   const struct vdpam_run_hooks *hooks, struct vdpam_error **ret_error);

/**
 * vdpam_step_new_from_json() - the reverse of vdpam_step_to_json(), for a step that is to be run
 * @ret_error: which key, and why
 *
 * Nothing in it is trusted: a key that no step has, a value of another type or out of range, a name
 * that cannot be one, are refused. What it changes from what to what is for people, and not read.
 *
 * Returns 0; -EINVAL with VDPAM_ERROR_INVALID_VALUE; -ENOMEM. Since: 0.1
 */
int vdpam_step_new_from_json(struct json_object *json, struct vdpam_step **ret_step,
			     struct vdpam_error **ret_error);

/**
 * vdpam_plan_new_from_json() - a plan of steps in JSON
 * @steps: a list of what vdpam_step_new_from_json() takes; each may say in "needs" which of those
 *         before it have to be done first, as a list of their indexes
 *
 * Returns 0; -EINVAL with VDPAM_ERROR_INVALID_VALUE; -ENOMEM. Since: 0.1
 */
int vdpam_plan_new_from_json(struct json_object *steps, struct vdpam_plan **ret_plan,
			     struct vdpam_error **ret_error);

/* ---- Generations --------------------------------------------------------------------------- */

/** struct vdpam_generation - the devices and functions that an applied document named. Since: 0.1 */
struct vdpam_generation;

/**
 * vdpam_generation_load() - what the document of that name named when it was last applied
 * @document: name of the document, of the form of a device's name
 *
 * Recorded below /run/vdpad/state. Empty when it was never applied.
 *
 * Returns 0; -EINVAL for a name that cannot be; -ENOMEM. Since: 0.1
 */
int vdpam_generation_load(const char *document, struct vdpam_generation **ret_generation);

/** vdpam_generation_save() - replaces the record in one move; 0 or a negative errno. Since: 0.1 */
int vdpam_generation_save(const char *document,
			  const struct vdpam_generation *generation);

/**
 * vdpam_generation_new() - what a document names
 * @old: of this one, too, what is still there; NULL: nothing
 * @snapshot: where to look for that
 *
 * Returns 0 or -ENOMEM. Since: 0.1
 */
int vdpam_generation_new(const struct vdpam_document *document,
			 const struct vdpam_generation *old,
			 const struct vdpam_snapshot *snapshot,
			 struct vdpam_generation **ret_generation);

/** vdpam_generation_get_look() - what a snapshot has to show for it to be pruned. Since: 0.1 */
enum vdpam_look vdpam_generation_get_look(const struct vdpam_generation *generation);

/** vdpam_generation_get_names() - all of them: devices, and functions in a form of our own. Since: 0.1 */
const char *const *vdpam_generation_get_names(const struct vdpam_generation *generation);

/** vdpam_generation_count() - how many. Since: 0.1 */
size_t vdpam_generation_count(const struct vdpam_generation *generation);

/** vdpam_generation_free() - takes NULL, returns NULL. Since: 0.1 */
struct vdpam_generation *vdpam_generation_free(struct vdpam_generation *generation);

/**
 * vdpam_export() - the document that a snapshot is the fulfilment of
 * @names: of the devices that it is to name; NULL: all
 * @count: how many names
 *
 * Pure. What no document can name, such as a device that no management device made, is left out.
 *
 * Returns a new object that the caller puts. Since: 0.1
 */
struct json_object *vdpam_export(const struct vdpam_snapshot *snapshot,
				 const char *const *names, size_t count);

/* ---- Document ------------------------------------------------------------------------------ */

/** struct vdpam_document_source - one file of a document. Since: 0.1 */
struct vdpam_document_source {
	const char *file; /* what messages call it */
	const char *text; /* need not end in a NUL */
	size_t size;      /* bytes */
};

/**
 * vdpam_document_new() - reads the declarative document, version 1, and checks all of it
 * @sources: the files; together they are one document
 * @ret_faults: on -EINVAL what is wrong, to be freed with vdpam_faults_free(); NULL: not wanted
 *
 * Strict: what the schema does not know is a fault, and so is what could be read in two ways.
 * Templates are expanded, the defaults of each file are put into its devices. Looks at nothing but
 * its arguments. More than 8 MiB in one file, lists and objects more than 16 deep, or more than
 * 20,000 devices are faults.
 *
 * Returns 0, -EINVAL, -ENOMEM. Since: 0.1
 */
int vdpam_document_new(const struct vdpam_document_source *sources, size_t count,
		       struct vdpam_document **ret_document,
		       struct vdpam_faults **ret_faults);

/** vdpam_document_get_look() - how close a look its planning needs. Since: 0.1 */
enum vdpam_look vdpam_document_get_look(const struct vdpam_document *document);

/** vdpam_document_ref() - one more reference. Since: 0.1 */
struct vdpam_document *vdpam_document_ref(struct vdpam_document *document);

/** vdpam_document_unref() - one reference less. Since: 0.1 */
struct vdpam_document *vdpam_document_unref(struct vdpam_document *document);

/** vdpam_document_lost_fn - of two files that name the same the one that lost. Since: 0.1 */
typedef void vdpam_document_lost_fn(void *userdata, const char *kind, const char *name,
				    const char *winner, const char *loser);

/**
 * vdpam_document_combine() - several documents as one, with what their profiles come to
 * @documents: earlier ones go before later ones; each was read by itself, and is kept alive
 * @snapshot: of VDPAM_LOOK_FUNCTIONS, for profiles; NULL: they come to nothing
 * @lost: told of each device and function that an earlier one has; may be NULL
 *
 * Pure. What is written out goes before what a profile makes.
 *
 * Returns 0 or -ENOMEM. Since: 0.1
 */
int vdpam_document_combine(struct vdpam_document *const *documents, size_t count,
			   const struct vdpam_snapshot *snapshot,
			   vdpam_document_lost_fn *lost, void *userdata,
			   struct vdpam_document **ret_document);

/** vdpam_document_count_devices() - how many devices it names; those of profiles only once combined. Since: 0.1 */
size_t vdpam_document_count_devices(const struct vdpam_document *document);
/** vdpam_document_get_device_name() - of the one at @index, which must be below the count. Since: 0.1 */
const char *vdpam_document_get_device_name(const struct vdpam_document *document,
					   size_t index);
/** vdpam_document_get_device_file() - the file that names it, as its source has it. Since: 0.1 */
const char *vdpam_document_get_device_file(const struct vdpam_document *document,
					   size_t index);
/** vdpam_document_get_device_mgmtdev() - the handle that it is to be on; NULL: a selector finds it. Since: 0.1 */
const char *vdpam_document_get_device_mgmtdev(const struct vdpam_document *document,
					      size_t index);
/** vdpam_document_is_on_demand() - whether it is made only when somebody asks for it. Since: 0.1 */
bool vdpam_document_is_on_demand(const struct vdpam_document *document, size_t index);
/** vdpam_document_demand() - it is asked for: planned like any other from now on. Since: 0.1 */
void vdpam_document_demand(struct vdpam_document *document, size_t index);

/** VDPAM_FAULTS_MAX - how many faults are kept of those that a document has. Since: 0.1 */
#define VDPAM_FAULTS_MAX 100

/** vdpam_faults_free() - takes NULL, returns NULL. Since: 0.1 */
struct vdpam_faults *vdpam_faults_free(struct vdpam_faults *faults);

/** vdpam_faults_count() - how many were kept. Since: 0.1 */
size_t vdpam_faults_count(const struct vdpam_faults *faults);

/** vdpam_faults_total() - how many there are, those beyond VDPAM_FAULTS_MAX too. Since: 0.1 */
size_t vdpam_faults_total(const struct vdpam_faults *faults);

/** vdpam_faults_get_file() - the file of the one at @index, as its source has it. Since: 0.1 */
const char *vdpam_faults_get_file(const struct vdpam_faults *faults, size_t index);

/** vdpam_faults_get_path() - such as "devices[2].mtu", printable; "" is the whole. Since: 0.1 */
const char *vdpam_faults_get_path(const struct vdpam_faults *faults, size_t index);

/** vdpam_faults_get_message() - such as "70000 is not in 68..65535", printable. Since: 0.1 */
const char *vdpam_faults_get_message(const struct vdpam_faults *faults, size_t index);

/* ---- JSON ---------------------------------------------------------------------------------- */

/**
 * vdpam_device_to_json() - the device as the contract has it, without holders and state of a daemon
 *
 * Returns a new object that the caller puts, NULL when there is no memory. Since: 0.1
 */
struct json_object *vdpam_device_to_json(const struct vdpam_device *device);
/** vdpam_mgmtdev_to_json() - with the names of its devices from @snapshot. Since: 0.1 */
struct json_object *vdpam_mgmtdev_to_json(const struct vdpam_snapshot *snapshot,
					  const struct vdpam_mgmtdev *mgmtdev);
/** vdpam_driver_to_json() - `{"name","devices":[…]}`. Since: 0.1 */
struct json_object *vdpam_driver_to_json(const struct vdpam_snapshot *snapshot,
					 const struct vdpam_driver *driver);
/** vdpam_function_to_json() - the function as the contract has it. Since: 0.1 */
struct json_object *vdpam_function_to_json(const struct vdpam_function *function);
/** vdpam_vf_to_json() - `{"index","mac","vlan",…}`, null where the driver does not tell. Since: 0.1 */
struct json_object *vdpam_vf_to_json(const struct vdpam_vf *vf);
/** vdpam_sf_to_json() - `{"pf","sfnum","port","mac","state",…}`, null where it is not told. Since: 0.1 */
struct json_object *vdpam_sf_to_json(const struct vdpam_sf *sf);
/** vdpam_mdev_type_to_json() - `{"parent","type","name",…,"available_instances"}`. Since: 0.1 */
struct json_object *vdpam_mdev_type_to_json(const struct vdpam_mdev_type *type);
/** vdpam_mdev_to_json() - `{"uuid","parent","type","driver","mgmtdev"}`. Since: 0.1 */
struct json_object *vdpam_mdev_to_json(const struct vdpam_mdev *mdev);
/** vdpam_vduse_to_json() - `{"name","attached","class","msg_timeout","queues"}`. Since: 0.1 */
struct json_object *vdpam_vduse_to_json(const struct vdpam_vduse *vduse);
/** vdpam_holders_to_json() - `[{"pid","comm"}]`. Since: 0.1 */
struct json_object *vdpam_holders_to_json(const struct vdpam_holders *holders);

/** vdpam_holders_new_from_json() - the way back; NULL for what is no array. Since: 0.1 */
struct vdpam_holders *vdpam_holders_new_from_json(struct json_object *list);
/** vdpam_stats_to_json() - `{"queue","counters":{…}}`. Since: 0.1 */
struct json_object *vdpam_stats_to_json(const struct vdpam_stats *stats);
/** vdpam_error_to_json() - `{"error":{…}}`. Since: 0.1 */
struct json_object *vdpam_error_to_json(const struct vdpam_error *error);
/**
 * vdpam_error_new_from_json() - the reverse of vdpam_error_to_json(), of the object below "error"
 *
 * Nothing in it is trusted. Returns NULL for what is none, and when there is no memory. Since: 0.1
 */
struct vdpam_error *vdpam_error_new_from_json(struct json_object *json);
/** vdpam_step_to_json() - `{"operation","target","arguments","why"}`. Since: 0.1 */
struct json_object *vdpam_step_to_json(const struct vdpam_step *step);
/**
 * vdpam_snapshot_to_json() - all of it: `{"version","mgmtdevs","devices","drivers","functions"}`
 *
 * Devices and functions have in it, beside what vdpam_device_to_json() and vdpam_function_to_json()
 * write, what planning needs: "identity", "devnum", "chardev_access" and so on. Since: 0.1
 */
struct json_object *vdpam_snapshot_to_json(const struct vdpam_snapshot *snapshot);

/**
 * vdpam_snapshot_new_from_json() - the reverse of vdpam_snapshot_to_json()
 *
 * Nothing in it is trusted. Keys that it does not know are for people, and not read.
 *
 * Returns 0; -EINVAL for what is no snapshot; -ENOMEM. Since: 0.1
 */
int vdpam_snapshot_new_from_json(struct json_object *json,
				 struct vdpam_snapshot **ret_snapshot);

/**
 * vdpam_json_parse() - JSON from another process, read as strictly as a document is
 * @text: need not end in a NUL
 *
 * Every key once, whole numbers that fit, right UTF-8, nothing after it; strings up to 64 KiB, 64 MiB
 * in all.
 *
 * Returns 0; -EINVAL; -ENOMEM. Since: 0.1
 */
int vdpam_json_parse(const char *text, size_t size, struct json_object **ret_json);

/** vdpam_document_to_json() - as vdpam_document_new() takes it, templates and defaults expanded. Since: 0.1 */
struct json_object *vdpam_document_to_json(const struct vdpam_document *document);
/** vdpam_faults_to_json() - `[{"file","path","message"}]`. Since: 0.1 */
struct json_object *vdpam_faults_to_json(const struct vdpam_faults *faults);

#ifdef __cplusplus
}
#endif

#endif
