/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of the manager share. */
#ifndef MANAGER_PRIVATE_H
#define MANAGER_PRIVATE_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "journal.h"
#include "manager.h"
#include "schedule.h"
#include "store.h"
#include "targets.h"
#include "worker-client.h"

#define AUTO_FREE __attribute__((cleanup(cleanup_free)))
static inline void cleanup_free(void *pointer)
{
	free(*(void **)pointer);
}

/* ---- Counting (metrics.c) ------------------------------------------------------------------- */

#define BUCKET_COUNT 10

struct metrics {
	uint64_t looks, overruns, fights;
	uint64_t steps_done, steps_failed;
	uint64_t buckets[BUCKET_COUNT + 1]; /* the last: more than all */
	uint64_t settle_count, settle_usec;
};

/* It took that long from the first sign of a difference until nothing was left to do. */
void metrics_settled(struct metrics *metrics, uint64_t usec);

/* ---- Looks (look.c) ------------------------------------------------------------------------- */

struct look {
	struct worker *worker;
	bool in_flight, stuck;
	char *fault; /* why the last one failed, in the worker's words; NULL: it did not */
	bool recover; /* a worker has ended: what it may have left half done is put right first */
	uint64_t begun;       /* how many were begun: the number of the last one */
	uint64_t begun_usec;  /* when */
	uint64_t took_usec;   /* the last one */
	uint64_t wanted_usec; /* when; UINT64_MAX: none is */
	uint64_t poll_usec;
	sd_event_source *timer;    /* begins one */
	sd_event_source *deadline; /* of the one in flight */
	sd_event_source *poll;
};

/* ---- The watch (watch.c) -------------------------------------------------------------------- */

struct watch {
	struct worker *worker;
	sd_event_source *timer;
};

/* ---- Problems of documents (documents.c) ---------------------------------------------------- */

/* Of two documents that name the same, the one that lost. */
struct loss {
	char *name, *winner, *loser;
};

/* ---- The manager ---------------------------------------------------------------------------- */

struct request;

struct manager {
	sd_event *event;
	struct worker_source *workers;
	struct store store;
	struct targets targets;
	struct schedule *schedule;
	struct look look;
	struct watch watch;
	struct metrics metrics;
	struct vdpam_snapshot *snapshot; /* NULL: not looked yet */
	const struct vdpam_snapshot
		*before;                 /* while a new one is taken: the one before */
	struct vdpam_document *document; /* all documents as one; NULL: to be made anew */
	struct loss *losses;
	size_t n_losses;
	struct request *requests;
	struct gate *gates;
	unsigned int runs; /* plans under way */
	uint64_t desired_generation, observed_generation;
	uint64_t unsettled_usec; /* since when something is to be done; 0: nothing is */
	struct manager_observer observer;
	bool has_observer;
	struct lh_table *told_mgmtdevs; /* handle: hashes of what was told of it */
	struct json_object *told_status;
	sd_event_source *tell;     /* deferred */
	sd_event_source *announce; /* what is due */
};

/* Looks no later than `delay_usec` from now; returns the number of the look that will show it. */
uint64_t look_want(struct manager *manager, uint64_t delay_usec);
int look_start(struct manager *manager);
void look_stop(struct manager *manager);
/* A snapshot has come: look `number`. manager.c. */
void manager_take_snapshot(struct manager *manager, struct vdpam_snapshot *snapshot,
			   uint64_t number);

int watch_start(struct manager *manager);
void watch_stop(struct manager *manager);
/* Something happened to `name` of `subsystem`; NULL: anything may have. manager.c. */
void manager_hint(struct manager *manager, const char *subsystem, const char *action,
		  const char *name);

/* The device was bound, unbound or changed, says the kernel. */
void announce_hint(struct manager *manager, const char *name, const char *action);
int announce_init(struct manager *manager);
void announce_fini(struct manager *manager);

/* All documents as one, made anew when they or the profiles' functions may be others. 0 or -errno. */
int documents_combine(struct manager *manager);
void documents_forget_losses(struct manager *manager);
/* After the store has changed: they are combined and looked at anew. */
void documents_changed(struct manager *manager);
/* A document of ours is another now: combined, and its devices are known, at once. 0 or -errno. */
int documents_recombine(struct manager *manager);
/* Keeps a document that names a device as it is. 0, or a negative errno with an error. */
int documents_adopt(struct manager *manager, const char *name,
		    struct vdpam_error **ret_error);
bool documents_is_frozen(void *userdata, const char *file);
/* Files that are faulty now. */
size_t documents_count_faulty(const struct manager *manager);

/* What is told of a device that is there or wanted; NULL for others. New. */
struct json_object *view_device(const struct manager *manager, const char *name);
/* What is wrong, as in the status. New. */
struct json_object *view_problems(const struct manager *manager);
/* "unknown", "kernel-stuck", "working", "settled" */
const char *view_state(const struct manager *manager);
/* How many devices are in a state. */
void view_count_states(const struct manager *manager, size_t counts[STATE_COUNT]);

/* Tells the observer, from the loop, what is another than it was told. notify.c. */
void notify_want(struct manager *manager, struct target *target);
/* After a look. */
void notify_all(struct manager *manager);
/* One is neither there nor wanted any more. */
void notify_forgotten(struct manager *manager, struct target *target);
int notify_init(struct manager *manager);
void notify_fini(struct manager *manager);

/* What a plan waits for at the gate: users of which of its devices. */
enum gate_kind {
	GATE_SETS, /* those that are changed, from which nobody but us keeps their users */
	GATE_WHOLE, /* those that lose their driver too: all of them go, or nothing is begun */
};

/* Runs a plan whose steps were let run; `done` takes it. Counts it among the runs. */
int manager_run(struct manager *manager, enum gate_kind kind, struct vdpam_plan *plan,
		uint64_t timeout_usec, schedule_done_fn *done, void *userdata);
/* Of schedule_hooks. */
void manager_step_begins(void *userdata, const struct vdpam_plan *plan, size_t index);
void manager_step_ends(void *userdata, const struct vdpam_plan *plan, size_t index);
/* Of a plan that cannot be run, or run on: the steps that have not begun are skipped. */
void manager_skip(struct manager *manager, struct vdpam_plan *plan);
/* To be called first by every `done`. */
void manager_run_ends(struct manager *manager);
/* The `done` of a run that nobody waits for; `userdata` is the manager. */
void manager_run_done(void *userdata, struct vdpam_plan *plan);

/* ---- One question (query.c) ------------------------------------------------------------------ */

struct query;
/* `answer` (borrowed) is NULL where the worker ends or does not answer in time. */
typedef void query_done_fn(void *userdata, struct json_object *answer);

/*
 * Asks a worker of its own; takes the question. `done` is called from the loop, the query freed before.
 * `patience_usec` 0: for as long as it lasts. 0 or -errno, then it is not called.
 */
int query_new(struct manager *manager, enum worker_kind kind,
	      struct json_object *question, uint64_t patience_usec, query_done_fn *done,
	      void *userdata, struct query **ret_query);
struct query *query_free(struct query *query);

/* ---- Who uses devices (in-use.c) ------------------------------------------------------------ */

/* Asks those that may look at processes. NULL: nobody can be asked, and the kernel decides. */
struct query *users_ask(struct manager *manager, const char *const *names, size_t count,
			query_done_fn *done, void *userdata);

/* The devices of steps that failed because of users who could not be seen: how many; names in the plan. */
size_t plan_list_unseen(const struct vdpam_plan *plan, const char **names);
/* Names them in the errors. */
void plan_name_holders(struct vdpam_plan *plan, struct json_object *answer);

/* schedule_run(), once users have been looked for where that is needed. 0 or -errno, then not. */
int gate_run(struct manager *manager, enum gate_kind kind, struct vdpam_plan *plan,
	     uint64_t timeout_usec, schedule_done_fn *done, void *userdata);
/* Answers whoever asked for a plan that waits for users to go; false: it waits for none. */
bool gates_tell(struct manager *manager, const struct vdpam_plan *plan);
void gates_fini(struct manager *manager);

/* ---- Requests (request.c) ------------------------------------------------------------------- */

enum request_phase {
	REQUEST_LOOKING, /* for the look that its plan is made from */
	REQUEST_RUNNING,
	REQUEST_CHECKING, /* for the look that shows what came of it */
};

enum make_result {
	MAKE_END,   /* its error or its result is set */
	MAKE_RUN,   /* the plan, which is owned by the caller in any case */
	MAKE_AGAIN, /* after the next look: others work on the same */
};

struct request {
	struct request *next;
	struct manager *manager;
	struct manager_reply reply;
	bool answered; /* or nobody waits any more */
	bool is_late;  /* its time is up, and its step is to say why */
	enum request_phase phase;
	uint64_t look; /* that it waits for */
	sd_event_source *deadline;
	sd_event_source *later; /* answers an error from the loop */
	struct vdpam_error *error;
	const struct vdpam_plan *running; /* while it runs; the schedule's */
	struct vdpam_plan *plan;          /* once it has run */
	struct query *query;
	struct json_object *result;
	/* Makes the plan from the snapshot. */
	enum make_result (*make)(struct request *request, struct vdpam_plan **ret_plan);
	/* When its steps have ended, before the look that follows; may be NULL. */
	void (*ran)(struct request *request);
	/* After that look; may be NULL. Returns true to begin again with `make`. */
	bool (*check)(struct request *request);
	bool decided; /* its plan went through targets_decide() */
	/* Arguments, as each kind uses them. */
	char **names;
	size_t n_names;
	char *text, *text2, *text3;
	size_t size;
	uint64_t number, number2;
	unsigned int flags;
	enum manager_claim claim;
	struct vdpam_device_wish wish;
	struct vdpam_vf_wish vf_wish;
	struct vdpam_document *document, *combined;
	struct vdpam_snapshot *before;
	bool is_whole; /* nothing of its plan is begun while one of its devices is in use */
	bool rolls_back; /* its results stay what they are */
};

/* One more, which `request_begin()` sets going; NULL without memory (and the reply is lost). */
struct request *request_new(struct manager *manager, const struct manager_reply *reply);
int request_set_names(struct request *request, const char *const *names, size_t count);
void request_begin(struct request *request);
/* Fails it from the loop; takes the error (NULL: no memory). */
void request_refuse(struct request *request, struct vdpam_error *error);
/* MAKE_RUN; or for a negative errno MAKE_END, with an error if it has none yet. */
enum make_result request_made(struct request *request, int r);
/* Answers it now, unless it is, and frees it. */
void request_end(struct request *request);
/* ---- Documents that change with a device (persist.c) ---- */

/* Of a request that makes a device: as `check`. */
bool persist_check_adopted(struct request *request);
/* The `ran` of a request each. */
void persist_bind(struct request *request);
void persist_set(struct request *request);
void persist_destroy(struct request *request);

/* ---- Documents that are applied (document-apply.c) ---- */

const struct stored *document_find_applied(const struct manager *manager,
					   const char *name);
int document_plan(struct request *request, const struct stored *kept,
		  struct vdpam_plan **ret_plan);

/* After each look. */
void requests_proceed(struct manager *manager, uint64_t look);
void requests_fini(struct manager *manager);
/* A step of this plan has had its time: who waits for it is told why. */
void requests_wait(struct manager *manager, const struct vdpam_plan *plan,
		   const struct vdpam_error *error);

/* An error with a formatted sentence; NULL without memory. */
struct vdpam_error *manager_error(enum vdpam_error_code code, int errnum,
				  const char *target, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* {"version":1,"results"|"steps":[…],"notes":[…]} of a plan; new. */
struct json_object *results_new(const struct vdpam_plan *plan, bool steps);
/* The error that a run amounts to: of its first failed step, when none was done; borrowed. */
const struct vdpam_error *results_error(const struct vdpam_plan *plan);

#endif
