/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Runs the steps of plans in workers: device requests one after the other, drivers several at once,
 * each parent function by itself. What the kernel does not finish is left to its worker, which is
 * counted and replaced.
 */
#ifndef SCHEDULE_H
#define SCHEDULE_H

#include <vdpamgmt-provision.h>

#include "worker-client.h"

#define SCHEDULE_SYSFS_LANES 4
/* Of all connections (16), those for looks and the watch come on top. */
#define SCHEDULE_WORKERS_MAX 12

struct schedule;

/* CLOCK_MONOTONIC */
uint64_t now_usec(void);

struct schedule_hooks {
	void *userdata;
	/* Each step of a plan that began; each one that ended, also when it is skipped. */
	void (*begins)(void *userdata, const struct vdpam_plan *plan, size_t index);
	void (*ends)(void *userdata, const struct vdpam_plan *plan, size_t index);
	/* One that had its time, and on which the kernel still works; `error` says so. */
	void (*waits)(void *userdata, const struct vdpam_plan *plan,
		      const struct vdpam_error *error);
};

int schedule_new(sd_event *event, struct worker_source *source,
		 const struct schedule_hooks *hooks, struct schedule **ret_schedule);
struct schedule *schedule_free(struct schedule *schedule);

/* Called once when every step of the plan has its status; takes the plan over. */
typedef void schedule_done_fn(void *userdata, struct vdpam_plan *plan);

/*
 * Runs those steps of the plan that are pending. `timeout_usec` is for each step. A step for a target
 * that another plan works on waits for that. Takes the plan. 0 or -ENOMEM (then not).
 */
int schedule_run(struct schedule *schedule, struct vdpam_plan *plan,
		 uint64_t timeout_usec, schedule_done_fn *done, void *userdata);

/* Whether nothing may ask the vdpa family now: a parent is being removed (its lock would be waited for). */
bool schedule_is_quiet(const struct schedule *schedule);

/* Something may be asked again, or a stuck lane has moved. */
void schedule_set_moved(struct schedule *schedule, void (*moved)(void *userdata),
			void *userdata);

/* Of the lanes that are stuck: [{"lane","operation","target","age_usec","pid","wchan"}], new. */
struct json_object *schedule_get_stuck(struct schedule *schedule);
size_t schedule_count_stuck(const struct schedule *schedule);
/* How many workers were given up, ever. */
uint64_t schedule_count_abandoned(const struct schedule *schedule);

#endif
