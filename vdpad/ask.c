// SPDX-License-Identifier: GPL-2.0-or-later
/* What is asked of a worker each time, because it has no event: who holds a device, its counters. */
#include <errno.h>

#include "manager-private.h"
#include "wire.h"

static void on_answer(void *userdata, struct json_object *answer)
{
	struct request *request = userdata;
	struct json_object *stats;

	request->query = NULL;
	request->error = answer ? wire_parse_error(answer)
				: manager_error(VDPAM_ERROR_INTERNAL, ECONNRESET, NULL,
						"the worker that was asked has ended");
	if (!request->error && json_object_object_get_ex(answer, "stats", &stats))
		request->result = json_object_get(stats);
	else if (!request->error)
		request->result = json_object_get(answer);
	request_end(request);
}

static void ask(struct request *request, enum worker_kind kind,
		struct json_object *question)
{
	int r;

	request_begin(request);
	/* No look is waited for, and the request has a deadline of its own. */
	request->look = 0;
	r = query_new(request->manager, kind, question, 0, on_answer, request,
		      &request->query);
	if (r < 0)
		request_refuse(request, manager_error(VDPAM_ERROR_KERNEL_STUCK, -r, NULL,
						      "there is no worker to ask: %s",
						      strerror(-r)));
}

void manager_get_holders(struct manager *manager, const char *const *names, size_t count,
			 const struct manager_reply *reply)
{
	struct request *request = request_new(manager, reply);

	if (request)
		ask(request, WORKER_HOLDERS, wire_holders(names, count));
}

void manager_get_stats(struct manager *manager, const char *name, uint32_t queue,
		       const struct manager_reply *reply)
{
	struct request *request = request_new(manager, reply);

	if (!request)
		return;
	if (schedule_is_quiet(manager->schedule))
		request_refuse(
			request,
			manager_error(VDPAM_ERROR_KERNEL_STUCK, EBUSY, name,
				      "a parent is being removed: nothing is asked "
				      "of the kernel until it is gone"));
	else
		ask(request, WORKER_STEPS, wire_stats(name, queue));
}
