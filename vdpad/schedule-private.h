/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of the schedule share. */
#ifndef SCHEDULE_PRIVATE_H
#define SCHEDULE_PRIVATE_H

#include "schedule.h"

#include <json-c/linkhash.h>

#include "targets.h"

#define CHUNK_MAX 64        /* steps in one request */
#define NETLINK_STUCK_MAX 2 /* more of them would only wait for the same lock */
#define GRACE_USEC \
	UINT64_C(5000000) /* for a worker's answer after the kernel's time is up */
#define RETRY_USEC UINT64_C(1000000) /* when there is no worker to be had */
#define IDLE_MAX (SCHEDULE_SYSFS_LANES + 1)

enum lane {
	LANE_NETLINK,
	LANE_DRIVERS,
	LANE_FUNCTION, /* one for each function */
};
#define LANE_COUNT (LANE_FUNCTION + 1)

struct run {
	struct run *next;
	struct vdpam_plan *plan;
	uint64_t timeout_usec;
	schedule_done_fn *done;
	void *userdata;
	size_t open;    /* steps that have no status yet */
	bool *queued;   /* by index: it is in a lane, or was */
	size_t settled; /* all before it have their status */
};

struct item {
	struct item *next;
	struct run *run;
	size_t index;
};

/* One request to a worker. */
struct call {
	struct call *next;
	struct schedule *schedule;
	enum lane lane;
	struct worker *worker;
	struct item *items[CHUNK_MAX];
	size_t count, ended;
	uint64_t begun_usec; /* the one that runs */
	uint64_t timeout_usec;
	sd_event_source *deadline;
	bool stuck; /* past its deadline: does not count as its lane any more */
};

struct queue {
	struct item *first, **end;
};

struct schedule {
	sd_event *event;
	struct worker_source *source;
	struct schedule_hooks hooks;
	struct run *runs;
	struct queue queues[LANE_COUNT];
	struct call *calls;
	struct worker *idle[IDLE_MAX];
	size_t n_idle;
	struct lh_table *active; /* target of a step in a lane: the run that it is of */
	sd_event_source *pump;   /* deferred */
	sd_event_source *retry;  /* timer */
	uint64_t abandoned;
	void (*moved)(void *userdata);
	void *moved_userdata;
};

const struct vdpam_step *item_get_step(const struct item *item);
/* Whether nothing may ask the vdpa family while it runs. */
bool step_removes_parent(const struct vdpam_step *step);
/* Goes on from the loop. */
void schedule_wake(struct schedule *schedule);
void schedule_tell_moved(struct schedule *schedule);
/* Takes the item and the error. */
void item_end(struct schedule *schedule, struct item *item, enum vdpam_step_status status,
	      struct vdpam_error *error);
void queue_push_front(struct queue *queue, struct item *item);
/* The item that `at` points to. */
struct item *queue_take(struct queue *queue, struct item **at);
/* All steps of a plan that can begin, into their lanes. */
void run_fill(struct schedule *schedule, struct run *run);
/* Its worker: one that is idle, or a new one. 0 or -errno. */
int call_acquire(struct schedule *schedule, struct call *call);
void call_free(struct call *call);
/* All its steps have ended. */
bool call_is_over(const struct call *call);
/* Its steps from `from` on go back to their queue. */
void call_give_back(struct call *call, size_t from);
/* The next of its steps runs now. */
void call_begin_item(struct call *call);
/* Of its timer: the worker has not answered. */
int call_on_deadline(sd_event_source *source, uint64_t usec, void *userdata);
const char *call_get_lane_name(const struct call *call);

#endif
