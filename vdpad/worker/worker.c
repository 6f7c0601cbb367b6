// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * One worker and its connection: reads a request, does it, answers, one after the other. It may sleep
 * in the kernel for ever while it does one: the front does not wait for it, and has others.
 */
#include "worker.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define READ_SIZE (64U << 10)

/* ---- Sending ------------------------------------------------------------------------------- */

int worker_flush(struct worker *worker)
{
	struct protocol_buffer *out = &worker->out;

	while (out->start < out->end) {
		ssize_t n = send(worker->fd, out->bytes + out->start,
				 out->end - out->start, MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n < 0 && errno != EINTR)
			return -errno;
		if (n > 0)
			protocol_buffer_drop(out, (size_t)n);
	}
	return 0;
}

int worker_send(struct worker *worker, struct json_object *message)
{
	int r = protocol_write(&worker->out, message, PROTOCOL_REPLY_MAX);

	if (!r)
		r = worker_flush(worker);
	while (r == -EAGAIN) {
		struct pollfd poller = { .fd = worker->fd, .events = POLLOUT };

		poll(&poller, 1, -1);
		r = worker_flush(worker);
	}
	return r;
}

/* Takes the error. */
static int send_error(struct worker *worker, struct vdpam_error *error)
{
	int r = worker_send(worker, protocol_error_reply(error));

	vdpam_error_free(error);
	return r;
}

static int say(struct worker *worker, enum vdpam_error_code code, int errnum,
	       const char *sentence)
{
	return send_error(worker, vdpam_error_new(code, errnum, NULL, NULL, sentence));
}

/* ---- Requests ------------------------------------------------------------------------------ */

static int open_ctx(struct worker *worker)
{
	return worker->ctx ? 0 : vdpam_new(&worker->ctx);
}

static int do_snapshot(struct worker *worker, enum vdpam_look look)
{
	struct vdpam_snapshot *snapshot = NULL;
	struct vdpam_error *error = NULL;
	int r;

	if (vdpam_snapshot_new(worker->ctx, look, &snapshot, &error) < 0)
		return send_error(worker, error);
	r = worker_send(worker, protocol_snapshot_reply(snapshot));
	vdpam_snapshot_unref(snapshot);
	return r;
}

static int do_stats(struct worker *worker, const char *name, uint32_t queue)
{
	struct vdpam_stats *stats = NULL;
	struct vdpam_error *error = NULL;
	int r;

	if (vdpam_stats_new(worker->ctx, name, queue, &stats, &error) < 0)
		return send_error(worker, error);
	r = worker_send(worker, protocol_stats_reply(stats));
	vdpam_stats_free(stats);
	return r;
}

static int do_steps(struct worker *worker, struct protocol_request *request)
{
	if (worker->plan)
		return say(worker, VDPAM_ERROR_INTERNAL, EBUSY,
			   "this worker has a step that the kernel still works on");
	worker->plan = request->plan;
	worker->told = 0;
	request->plan = NULL;
	return worker_run(worker, request->timeout_usec);
}

static int do_await(struct worker *worker, uint64_t timeout_usec)
{
	if (!worker->plan)
		return say(worker, VDPAM_ERROR_INTERNAL, EINVAL,
			   "this worker has no step that waits");
	return worker_run(worker, timeout_usec);
}

static int do_holders(struct worker *worker, const struct protocol_request *request)
{
	struct json_object *reply = protocol_holders_reply();

	for (size_t i = 0; reply && i < request->n_names; i++) {
		struct vdpam_holders *holders = NULL;

		/* One that went meanwhile is told as one of which nothing is known. */
		vdpam_find_holders(request->names[i], &holders);
		protocol_add_holders(reply, request->names[i], holders);
		vdpam_holders_free(holders);
	}
	return worker_send(worker, reply);
}

/* What this kind of worker answers, in this state. */
static bool is_allowed(const struct worker *worker, enum protocol_type type)
{
	if (type == PROTOCOL_HELLO)
		return !worker->greeted;
	return worker->greeted && worker->shows_holders == (type == PROTOCOL_HOLDERS);
}

static int do_request(struct worker *worker, struct protocol_request *request)
{
	int r = 0;

	if (!is_allowed(worker, request->type))
		return say(worker, VDPAM_ERROR_UNSUPPORTED, EOPNOTSUPP,
			   "this worker does not answer that, or not yet");
	if (request->type == PROTOCOL_SNAPSHOT || request->type == PROTOCOL_STEPS ||
	    request->type == PROTOCOL_STATS)
		r = open_ctx(worker);
	if (r < 0)
		return say(worker, VDPAM_ERROR_INTERNAL, -r,
			   "the worker cannot open netlink or /sys");
	switch (request->type) {
	case PROTOCOL_HELLO:
		worker->greeted = true;
		return worker_send(worker, protocol_hello_reply(getpid()));
	case PROTOCOL_SNAPSHOT:
		return do_snapshot(worker, request->look);
	case PROTOCOL_STEPS:
		return do_steps(worker, request);
	case PROTOCOL_AWAIT:
		return do_await(worker, request->timeout_usec);
	case PROTOCOL_WATCH:
		return worker_watch(worker);
	case PROTOCOL_HOLDERS:
		return do_holders(worker, request);
	case PROTOCOL_STATS:
		break;
	}
	return do_stats(worker, request->name, request->queue);
}

/* ---- The connection ------------------------------------------------------------------------ */

static int handle(struct worker *worker, struct json_object *message)
{
	struct protocol_request request = { 0 };
	struct vdpam_error *error = NULL;
	int r = protocol_request_parse(message, &request, &error);

	if (r < 0)
		return send_error(worker, error);
	r = do_request(worker, &request);
	protocol_request_fini(&request);
	return r;
}

/* More bytes of the front's: 1; 0 when it has hung up; -errno. */
static int receive(struct worker *worker)
{
	struct pollfd poller = { .fd = worker->fd, .events = POLLIN };
	int r = protocol_buffer_reserve(&worker->in, READ_SIZE);
	ssize_t n;

	if (r < 0)
		return r;
	poll(&poller, 1, -1);
	n = recv(worker->fd, worker->in.bytes + worker->in.end, READ_SIZE, MSG_DONTWAIT);
	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 1 : -errno;
	worker->in.end += (size_t)n;
	return n > 0;
}

static int serve(struct worker *worker)
{
	int r;

	do {
		struct json_object *message = NULL;

		r = protocol_read(&worker->in, PROTOCOL_REQUEST_MAX, &message);
		if (r > 0) {
			r = handle(worker, message);
			json_object_put(message);
			r = r < 0 ? r : 1;
		} else if (!r) {
			r = receive(worker);
		} else {
			/* Where the next frame begins is not known any more. */
			say(worker, VDPAM_ERROR_INVALID_VALUE, -r,
			    "no message: too long, or not JSON as it has to be");
		}
	} while (r > 0);
	return r;
}

int worker_serve(int fd, bool shows_holders)
{
	struct worker worker = { .fd = fd, .shows_holders = shows_holders };
	int r = serve(&worker);

	/* A child that still unbinds goes on; the next batch puts right what this one leaves. */
	vdpam_plan_free(worker.plan);
	vdpam_unref(worker.ctx);
	protocol_buffer_fini(&worker.in);
	protocol_buffer_fini(&worker.out);
	return r == -EPIPE || r == -ECONNRESET ? 0 : r;
}
