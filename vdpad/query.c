// SPDX-License-Identifier: GPL-2.0-or-later
/* One question to a worker of its own, and its one answer. */
#include <errno.h>

#include "manager-private.h"

struct query {
	struct worker *worker;
	sd_event_source *deadline;
	query_done_fn *done;
	void *userdata;
};

struct query *query_free(struct query *query)
{
	if (!query)
		return NULL;
	worker_free(query->worker);
	sd_event_source_disable_unref(query->deadline);
	free(query);
	return NULL;
}

static void end(struct query *query, struct json_object *answer)
{
	query_done_fn *done = query->done;
	void *userdata = query->userdata;

	query_free(query);
	done(userdata, answer);
}

static void on_message(void *userdata, struct worker *worker, struct json_object *message)
{
	(void)worker;
	end(userdata, message);
}

static void on_lost(void *userdata, struct worker *worker)
{
	(void)worker;
	end(userdata, NULL);
}

static int on_deadline(sd_event_source *source, uint64_t usec, void *userdata)
{
	(void)source;
	(void)usec;
	end(userdata, NULL);
	return 0;
}

static int send_question(struct query *query, struct manager *manager,
			 enum worker_kind kind, struct json_object *question)
{
	const struct worker_events events = {
		.userdata = query,
		.message = on_message,
		.lost = on_lost,
	};
	int r = worker_new(manager->event, manager->workers, kind, &events,
			   &query->worker);

	if (r < 0) {
		json_object_put(question);
		return r;
	}
	return worker_send(query->worker, question);
}

int query_new(struct manager *manager, enum worker_kind kind,
	      struct json_object *question, uint64_t patience_usec, query_done_fn *done,
	      void *userdata, struct query **ret_query)
{
	struct query *query = calloc(1, sizeof(*query));
	int r;

	if (!query) {
		json_object_put(question);
		return -ENOMEM;
	}
	query->done = done;
	query->userdata = userdata;
	r = send_question(query, manager, kind, question);
	if (r >= 0 && patience_usec)
		r = sd_event_add_time_relative(manager->event, &query->deadline,
					       CLOCK_MONOTONIC, patience_usec, 0,
					       on_deadline, query);
	if (r < 0)
		query_free(query);
	else
		*ret_query = query;
	return r < 0 ? r : 0;
}
