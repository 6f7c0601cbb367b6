/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The daemon as the bus sees it: what is there, what is wanted, requests for change and their
 * answers. All of it belongs to one thread and one loop, and nothing here waits for the kernel.
 *
 * Names are the kernel's bytes in arguments, escaped in JSON. A request is answered by exactly one
 * call of its manager_reply_fn, from the loop, never before the function that took it has returned;
 * one that is wrong in itself is answered so too. `timeout_usec` 0 stands for 30 s; what the kernel
 * has not finished then is answered with VDPAM_ERROR_TIMEOUT (KERNEL_STUCK when no worker answers),
 * and goes on.
 */
#ifndef MANAGER_H
#define MANAGER_H

#include <json-c/json.h>
#include <systemd/sd-event.h>
#include <vdpamgmt-provision.h>

struct manager;

#define MANAGER_TIMEOUT_USEC (30 * UINT64_C(1000000))

/* ---- Lifetime (main.c) --------------------------------------------------------------------- */

struct worker_source;

struct manager_options {
	const char *etc_folder; /* /etc/vdpad/documents.d */
	const char *run_folder; /* /run/vdpad/documents.d */
	const char *var_folder; /* /var/lib/vdpad/documents */
	struct worker_source
		*workers;   /* where connections to workers come from; borrowed */
	uint64_t poll_usec; /* of the slow look for silent drift; 0: 30 s */
};

int manager_new(sd_event *event, const struct manager_options *options,
		struct manager **ret_manager);
struct manager *manager_free(struct manager *manager);

/* Reads the documents and begins to look. The bus name is to be taken before. 0 or -errno. */
int manager_start(struct manager *manager);

/* ---- Notifications ------------------------------------------------------------------------- */

enum manager_change {
	MANAGER_ADDED,
	MANAGER_CHANGED,
	MANAGER_REMOVED,
};

/*
 * Called from the loop after a look, and when a state changes. `keys` are the keys of the object's
 * JSON whose values are others now (MANAGER_CHANGED alone), `object` is its JSON now, of one that
 * was removed as it was; both borrowed. Everything that is there when the observer is set is told as
 * added. manager_get_...() already answer with the new state.
 */
struct manager_observer {
	void *userdata;
	/* Devices of the kernel, and those of documents that are not there. */
	void (*device)(void *userdata, enum manager_change change, const char *name,
		       struct json_object *object, const char *const *keys,
		       size_t n_keys);
	void (*mgmtdev)(void *userdata, enum manager_change change, const char *handle,
			struct json_object *object, const char *const *keys,
			size_t n_keys);
	/* Keys of manager_get_status() whose values are others. */
	void (*status)(void *userdata, const char *const *keys, size_t n_keys);
};

/* Copied; one observer. NULL: none any more. */
void manager_set_observer(struct manager *manager,
			  const struct manager_observer *observer);

/* ---- Reading: answered at once from what is known ------------------------------------------- */

/* Each a new object that the caller puts; NULL: there is none of that name. */
struct json_object *manager_get_device(struct manager *manager, const char *name);
struct json_object *manager_get_mgmtdev(struct manager *manager, const char *handle);

/*
 * {"version":1,KIND:[…]} of "devices", "mgmtdevs", "drivers", "functions", "documents"; or with
 * "snapshot" one object that has the first four and "autoprobe" and "state", as a worker sends it.
 * NULL: no such kind.
 */
struct json_object *manager_get_listing(struct manager *manager, const char *kind);

/*
 * {"version":1,"state":"settled"|"working"|"unknown"|"kernel-stuck","mgmtdevs":N,"devices":N,
 *  "drivers_autoprobe":bool|null,"states":[{"state","devices"}],"drivers":[{"driver","devices"}],
 *  "problems":[{"code","target","message","kernel"}],"documents":{"kept","faulty","lost"},
 *  "lanes":[{"lane","operation","target","age_usec","pid","wchan"}],
 *  "desired_generation":N,"observed_generation":N}
 * "lanes" are the stuck ones alone. "converged" is told by "states": see the contract.
 */
struct json_object *manager_get_status(struct manager *manager);

/* OpenMetrics text, to be freed; NULL: no memory. */
char *manager_get_metrics(struct manager *manager);

/* Whether a document names the device, and which; NULL: foreign. Borrowed until the next reload. */
const char *manager_get_document_of(struct manager *manager, const char *name);

/* ---- Requests ------------------------------------------------------------------------------ */

/*
 * `error` is NULL when the request was carried out; else it says why not (borrowed). `result` is
 * what it came to, borrowed; it can be there beside an error: what was done of it.
 *
 * Of all that change something, `result` is
 *   {"version":1,"results":[{id,operation,target,arguments,why,before,after,collateral,
 *                            status:"done"|"failed"|"skipped",error}],
 *    "notes":[{"target","message"}]}
 * and `error` is that of the first step that failed, where not a single step was done, or of a
 * request that was refused before any. When some were done, some failed: NULL, the results tell.
 */
typedef void manager_reply_fn(void *userdata, const struct vdpam_error *error,
			      struct json_object *result);

struct manager_reply {
	manager_reply_fn *fn;
	void *userdata;
	uint64_t timeout_usec;
};

/*
 * Forgets the one who waits: `fn` will not be called for any request with this userdata. What was
 * begun goes on. For a client that went away, or an object that is freed.
 */
void manager_cancel(struct manager *manager, void *userdata);

/* Whether a request touches what a document names (contract: bind unbind set destroy create). */
enum manager_claim {
	MANAGER_CLAIM_NONE, /* refused with VDPAM_ERROR_MANAGED on a device that a document names */
	MANAGER_CLAIM_PERSIST, /* the applied document is changed with it */
	MANAGER_CLAIM_FORCE,   /* kept diverted; and waits for whoever uses the device */
};

/* wish->driver and the like as vdpam_plan_new_create() takes them; copied. */
void manager_create(struct manager *manager, const struct vdpam_device_wish *wish,
		    bool persist, const struct manager_reply *reply);
void manager_destroy(struct manager *manager, const char *const *names, size_t count,
		     enum manager_claim claim, const struct manager_reply *reply);
/* `driver` is the kernel's name (vdpam_driver_parse()); NULL: unbind. */
void manager_bind(struct manager *manager, const char *name, const char *driver,
		  enum manager_claim claim, const struct manager_reply *reply);
void manager_set_mac(struct manager *manager, const char *name, uint64_t mac,
		     enum manager_claim claim, const struct manager_reply *reply);
/*
 * Makes a device of a document as it is there, also on demand, for a consumer of some name; or ends
 * that, and removes it then, unless another consumer has asked for it.
 */
void manager_demand(struct manager *manager, const char *name, const char *consumer,
		    bool wanted, const struct manager_reply *reply);

/* Tells the host once more what driver the device has: link by name, "change" event. */
void manager_announce(struct manager *manager, const char *name,
		      const struct manager_reply *reply);
/*
 * What libvirt calls the device, and the domain that uses it; "" for none. Told to the observer, and
 * kept until it is forgotten. 0; -ENODEV: there is no such device; -ENOMEM.
 */
int manager_set_consumer(struct manager *manager, const char *name,
			 const char *libvirt_name, const char *domain);
void manager_forget_consumers(struct manager *manager);

/* ---- Functions: what the verbs of the same names do ---- */

void manager_vf_count(struct manager *manager, const char *pf, uint32_t count, bool force,
		      const struct manager_reply *reply);
void manager_vf_set(struct manager *manager, const char *pf, uint32_t index,
		    const struct vdpam_vf_wish *wish, const struct manager_reply *reply);
void manager_sf_add(struct manager *manager, const struct vdpam_sf_wish *wish,
		    const struct manager_reply *reply);
void manager_sf_del(struct manager *manager, const char *pf, uint32_t sfnum, bool force,
		    const struct manager_reply *reply);
void manager_mdev_create(struct manager *manager, const struct vdpam_mdev_wish *wish,
			 const struct manager_reply *reply);
void manager_mdev_remove(struct manager *manager, const char *uuid,
			 const struct manager_reply *reply);
/* `driver` NULL: unbind. */
void manager_function_bind(struct manager *manager, const char *handle,
			   const char *driver, const struct manager_reply *reply);

/* ---- Documents ---- */

enum manager_apply_flag {
	MANAGER_APPLY_PRUNE = 1 << 0,
	MANAGER_APPLY_CHECK = 1 << 1, /* the plan alone: "steps" in place of "results" */
	MANAGER_APPLY_COLLATERAL = 1 << 2,
	MANAGER_APPLY_ROLLBACK = 1 << 3,
};

/*
 * Keeps the text (copied) as document `name` and makes it true. Answered when that has been tried
 * for every device of it and the document is durable. An invalid one: VDPAM_ERROR_INVALID_DOCUMENT,
 * and `result` is {"faults":[…]}.
 */
void manager_apply(struct manager *manager, const char *name, const char *text,
		   size_t size, unsigned int flags, const struct manager_reply *reply);

/* The text as it is kept, new; NULL with VDPAM_ERROR_NO_SUCH_DOCUMENT. */
char *manager_get_document(struct manager *manager, const char *name,
			   struct vdpam_error **ret_error);
/* Its devices become foreign, or go with `prune`. Only documents that were applied. */
void manager_remove_document(struct manager *manager, const char *name, bool prune,
			     const struct manager_reply *reply);
/* Writes document NAME of each device as it is, which then keeps it so. */
void manager_adopt(struct manager *manager, const char *const *names, size_t count,
		   const struct manager_reply *reply);
/* Reads all documents again, ends diversions and waits for failures. Answered when they are read. */
void manager_reload(struct manager *manager, const struct manager_reply *reply);

/* ---- What has to be looked for each time ---- */

/* `result` {"devices":[{"name","in_use":bool|null,"holders":[{"pid","comm"}]|null}]}. */
void manager_get_holders(struct manager *manager, const char *const *names, size_t count,
			 const struct manager_reply *reply);
/* `result` as vdpam_stats_to_json(). */
void manager_get_stats(struct manager *manager, const char *name, uint32_t queue,
		       const struct manager_reply *reply);
/* Looks at the kernel anew; answered when that look is what manager_get_...() tell. No result. */
void manager_look(struct manager *manager, const struct manager_reply *reply);

#endif
