// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Requests that take time: look, plan, run, look again, answer. A request that is answered (its time
 * was up, or its client is gone) before it began to change anything does not begin.
 */
#include <errno.h>

#include "manager-private.h"

#define LATE_USEC UINT64_C(1000000)

/* ---- Life of a request --------------------------------------------------------------------- */

struct request *request_new(struct manager *manager, const struct manager_reply *reply)
{
	struct request *request = calloc(1, sizeof(*request));

	if (!request)
		return NULL;
	request->manager = manager;
	request->reply = *reply;
	if (!request->reply.timeout_usec)
		request->reply.timeout_usec = MANAGER_TIMEOUT_USEC;
	request->next = manager->requests;
	manager->requests = request;
	return request;
}

int request_set_names(struct request *request, const char *const *names, size_t count)
{
	request->names = calloc(count + 1, sizeof(*request->names));
	while (request->names && request->n_names < count) {
		request->names[request->n_names] = strdup(names[request->n_names]);
		if (!request->names[request->n_names++])
			return -ENOMEM;
	}
	return request->names ? 0 : -ENOMEM;
}

static void request_free(struct request *request)
{
	struct request **at = &request->manager->requests;

	while (*at != request)
		at = &(*at)->next;
	*at = request->next;
	for (size_t i = 0; i < request->n_names; i++)
		free(request->names[i]);
	free(request->names);
	free(request->text);
	free(request->text2);
	free(request->text3);
	vdpam_error_free(request->error);
	vdpam_plan_free(request->plan);
	json_object_put(request->result);
	vdpam_document_unref(request->document);
	vdpam_document_unref(request->combined);
	vdpam_snapshot_unref(request->before);
	query_free(request->query);
	sd_event_source_disable_unref(request->deadline);
	sd_event_source_disable_unref(request->later);
	free(request);
}

static void answer(struct request *request, const struct vdpam_error *error)
{
	if (request->answered)
		return;
	request->answered = true;
	if (request->reply.fn)
		request->reply.fn(request->reply.userdata, error, request->result);
}

void request_end(struct request *request)
{
	answer(request, request->error);
	request_free(request);
}

static int on_later(sd_event_source *source, void *userdata)
{
	(void)source;
	request_end(userdata);
	return 0;
}

enum make_result request_made(struct request *request, int r)
{
	if (r >= 0)
		return MAKE_RUN;
	/* An answer without an error would say that it was carried out. */
	if (!request->error)
		request->error = manager_error(VDPAM_ERROR_INTERNAL, -r, NULL,
					       "vdpad cannot go on: %s", strerror(-r));
	return MAKE_END;
}

void request_refuse(struct request *request, struct vdpam_error *error)
{
	vdpam_error_free(request->error);
	request->error = error;
	if (!error)
		request_made(request, -ENOMEM);
	if (sd_event_add_defer(request->manager->event, &request->later, on_later,
			       request) < 0)
		request_end(request);
}

/* Why a request has not begun. */
static const char *hindrance(const struct manager *manager)
{
	if (manager->look.fault)
		return manager->look.fault;
	return manager->runs ? "other work on the same is under way"
			     : "the kernel does not answer";
}

static int on_deadline(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct request *request = userdata;
	struct manager *manager = request->manager;
	struct vdpam_error *error;

	(void)usec;
	if (request->phase == REQUEST_RUNNING && gates_tell(manager, request->running))
		return 0;
	/* The step's own time is up a little later, and it says better what it waits for. */
	if (request->phase == REQUEST_RUNNING && !request->is_late) {
		request->is_late = true;
		sd_event_source_set_time_relative(source, LATE_USEC);
		sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
		return 0;
	}
	if (request->phase != REQUEST_LOOKING)
		error = manager_error(
			VDPAM_ERROR_TIMEOUT, ETIMEDOUT, NULL,
			"the kernel has not finished it in time; it goes on");
	else
		error = manager_error(VDPAM_ERROR_KERNEL_STUCK, ETIMEDOUT, NULL,
				      "nothing was begun: %s", hindrance(manager));

	answer(request, error);
	vdpam_error_free(error);
	if (request->phase == REQUEST_LOOKING)
		request_free(request);
	return 0;
}

void request_begin(struct request *request)
{
	int r = sd_event_add_time_relative(request->manager->event, &request->deadline,
					   CLOCK_MONOTONIC, request->reply.timeout_usec,
					   1000, on_deadline, request);

	if (r < 0) {
		request_refuse(request, NULL);
		return;
	}
	request->look = look_want(request->manager, 0);
}

void manager_cancel(struct manager *manager, void *userdata)
{
	for (struct request *request = manager->requests, *next; request;
	     request = next) {
		next = request->next;
		if (request->reply.userdata != userdata)
			continue;
		request->answered = true;
		if (request->phase == REQUEST_LOOKING && !request->later)
			request_free(request);
	}
}

/* ---- Proceeding ---------------------------------------------------------------------------- */

static void take_results(struct request *request)
{
	const struct vdpam_error *error = results_error(request->plan);

	request->result = results_new(request->plan, false);
	if (error)
		request->error = vdpam_error_copy(error);
	if (request->ran)
		request->ran(request);
	request->phase = REQUEST_CHECKING;
	request->look = look_want(request->manager, 0);
}

static void on_holders(void *userdata, struct json_object *answer)
{
	struct request *request = userdata;

	request->query = NULL;
	if (answer)
		plan_name_holders(request->plan, answer);
	take_results(request);
}

/* A worker may not look at processes: who is in the way is asked for afterwards. */
static bool ask_for_holders(struct request *request)
{
	const char **names = calloc(vdpam_plan_count(request->plan) + 1, sizeof(*names));
	size_t count = names ? plan_list_unseen(request->plan, names) : 0;

	if (count)
		request->query =
			users_ask(request->manager, names, count, on_holders, request);
	free(names);
	return request->query;
}

/* Where all is as it was before, the failure is all that came of it. */
static void end_rollback(struct request *request, const struct vdpam_plan *plan)
{
	bool is_back = vdpam_plan_is_done(plan);

	for (size_t i = 0;
	     is_back && !request->error && i < vdpam_plan_count(request->plan); i++)
		request->error = vdpam_error_copy(vdpam_plan_get_error(request->plan, i));
	request->phase = REQUEST_CHECKING;
	request->look = look_want(request->manager, 0);
}

static void on_done(void *userdata, struct vdpam_plan *plan)
{
	struct request *request = userdata;

	manager_run_ends(request->manager);
	request->running = NULL;
	if (request->rolls_back) {
		end_rollback(request, plan);
		vdpam_plan_free(plan);
		return;
	}
	request->plan = plan;
	if (!ask_for_holders(request))
		take_results(request);
}

void requests_wait(struct manager *manager, const struct vdpam_plan *plan,
		   const struct vdpam_error *error)
{
	for (struct request *request = manager->requests; request;
	     request = request->next) {
		if (request->running == plan)
			answer(request, error);
	}
}

static void run(struct request *request, struct vdpam_plan *plan)
{
	struct manager *manager = request->manager;
	int r = 0;

	if (!request->decided)
		r = targets_admit(&manager->targets, plan, now_usec());
	request->phase = REQUEST_RUNNING;
	request->running = plan;
	if (!r)
		r = manager_run(manager, request->is_whole ? GATE_WHOLE : GATE_SETS, plan,
				request->reply.timeout_usec, on_done, request);
	if (r < 0) {
		request->running = NULL;
		manager_skip(manager, plan);
		vdpam_plan_free(plan);
		request_refuse(request, NULL);
	}
}

static void plan(struct request *request)
{
	struct manager *manager = request->manager;
	struct vdpam_plan *made = NULL;
	enum make_result result = request->make(request, &made);

	/* Others work on the same: after them, from what they have left. */
	if (result == MAKE_RUN && !request->decided &&
	    targets_is_busy(&manager->targets, made))
		result = MAKE_AGAIN;
	switch (result) {
	case MAKE_RUN:
		run(request, made);
		return;
	case MAKE_AGAIN:
		request->look = manager->look.begun + 1;
		break;
	case MAKE_END:
		request_end(request);
		break;
	}
	vdpam_plan_free(made);
}

void requests_proceed(struct manager *manager, uint64_t look)
{
	struct request *next;

	for (struct request *request = manager->requests; request; request = next) {
		next = request->next;
		if (request->later || request->phase == REQUEST_RUNNING ||
		    !request->look || request->look > look)
			continue;
		if (request->phase == REQUEST_LOOKING) {
			plan(request);
		} else if (request->check && request->check(request)) {
			request->phase = REQUEST_LOOKING;
			plan(request);
		} else {
			request_end(request);
		}
	}
}

void requests_fini(struct manager *manager)
{
	while (manager->requests) {
		manager->requests->answered = true;
		request_free(manager->requests);
	}
}
