// SPDX-License-Identifier: GPL-2.0-or-later
/* Connections to workers: framing, what is half sent, what is half come. Knows no request. */
#include "worker-client.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "broker.h"
#include "protocol.h"
#include "wire.h"

#define READ_SIZE 65536

struct worker {
	sd_event_source *io;
	int fd;
	struct worker_events events;
	struct protocol_buffer in, out;
	pid_t pid;
	bool greeted; /* its answer to hello has come */
	bool handling; /* its owner is called: a worker_free() now is kept for afterwards */
	bool freed;
};

/* ---- Sending ------------------------------------------------------------------------------- */

static int flush(struct worker *worker)
{
	struct protocol_buffer *out = &worker->out;

	while (out->start < out->end) {
		ssize_t n = send(worker->fd, out->bytes + out->start,
				 out->end - out->start, MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			break;
		if (n < 0)
			return -errno;
		protocol_buffer_drop(out, (size_t)n);
	}
	return sd_event_source_set_io_events(
		worker->io, EPOLLIN | (out->start < out->end ? EPOLLOUT : 0U));
}

int worker_send(struct worker *worker, struct json_object *request)
{
	int r = protocol_write(&worker->out, request, PROTOCOL_REQUEST_MAX);

	return r < 0 ? r : flush(worker);
}

/* ---- Receiving ----------------------------------------------------------------------------- */

static int hand_over(struct worker *worker, struct json_object *message)
{
	int r = 0;

	if (!worker->greeted) {
		r = wire_parse_hello(message, &worker->pid);
		worker->greeted = true;
	} else {
		worker->events.message(worker->events.userdata, worker, message);
	}
	return r;
}

/* One message that has come whole: 1; 0 while none has; -errno for what is none. */
static int take_message(struct worker *worker)
{
	struct json_object *message = NULL;
	int r = protocol_read(&worker->in, PROTOCOL_REPLY_MAX, &message);

	if (r <= 0)
		return r;
	r = hand_over(worker, message);
	json_object_put(message);
	return r < 0 ? r : 1;
}

/* One read a turn of the loop: a worker that floods us does not keep others from being heard. */
static int receive(struct worker *worker)
{
	struct protocol_buffer *in = &worker->in;
	ssize_t n;
	int r = protocol_buffer_reserve(in, READ_SIZE);

	if (r < 0)
		return r;
	n = recv(worker->fd, in->bytes + in->end, READ_SIZE, MSG_DONTWAIT);
	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	if (!n)
		return -ECONNRESET;
	in->end += (size_t)n;
	do {
		r = take_message(worker);
	} while (r > 0 && !worker->freed);
	return r;
}

static void destroy(struct worker *worker)
{
	sd_event_source_disable_unref(worker->io);
	close(worker->fd);
	protocol_buffer_fini(&worker->in);
	protocol_buffer_fini(&worker->out);
	free(worker);
}

static int on_io(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
	struct worker *worker = userdata;
	int r = 0;

	(void)source;
	(void)fd;
	worker->handling = true;
	if (revents & EPOLLIN)
		r = receive(worker);
	else if (revents & (EPOLLHUP | EPOLLERR))
		r = -ECONNRESET;
	if (!r && !worker->freed && revents & EPOLLOUT)
		r = flush(worker);
	if (r < 0 && !worker->freed) {
		sd_event_source_set_enabled(worker->io, SD_EVENT_OFF);
		worker->events.lost(worker->events.userdata, worker);
	}
	worker->handling = false;
	if (worker->freed)
		destroy(worker);
	return 0;
}

/* ---- Lifetime ------------------------------------------------------------------------------ */

int worker_new(sd_event *event, struct worker_source *source, enum worker_kind kind,
	       const struct worker_events *events, struct worker **ret_worker)
{
	struct worker *worker = calloc(1, sizeof(*worker));
	int r;

	if (!worker)
		return -ENOMEM;
	worker->events = *events;
	worker->fd = source->open(source, kind);
	if (worker->fd < 0) {
		r = worker->fd;
		free(worker);
		return r;
	}
	r = sd_event_add_io(event, &worker->io, worker->fd, EPOLLIN, on_io, worker);
	if (r >= 0)
		r = worker_send(worker, wire_hello());
	if (r < 0) {
		destroy(worker);
		return r;
	}
	*ret_worker = worker;
	return 0;
}

struct worker *worker_free(struct worker *worker)
{
	if (!worker)
		return NULL;
	worker->freed = true;
	if (!worker->handling)
		destroy(worker);
	return NULL;
}

void worker_set_events(struct worker *worker, const struct worker_events *events)
{
	worker->events = *events;
}

void worker_stop_listening(struct worker *worker)
{
	shutdown(worker->fd, SHUT_RD);
	/* What comes now is that it is gone. */
	sd_event_source_set_io_events(worker->io, 0);
}

pid_t worker_get_pid(const struct worker *worker)
{
	return worker->pid;
}

char *worker_get_wchan(const struct worker *worker)
{
	char path[64], name[128];
	FILE *file;
	char *found = NULL;

	if (worker->pid <= 0)
		return NULL;
	snprintf(path, sizeof(path), "/proc/%d/wchan", (int)worker->pid);
	file = fopen(path, "re");
	if (!file)
		return NULL;
	if (fgets(name, sizeof(name), file) && strcmp(name, "0") != 0)
		found = strdup(name);
	fclose(file);
	return found;
}

/* ---- The sockets of systemd ---------------------------------------------------------------- */

static int open_socket(struct worker_source *source, enum worker_kind kind)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	const char *path = kind == WORKER_HOLDERS ? "/run/vdpad/holders.sock"
						  : "/run/vdpad/worker.sock";
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	(void)source;
	if (fd < 0)
		return -errno;
	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	/* Never -EINPROGRESS: it is connected at once, or -EAGAIN when too many wait. */
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0) {
		int r = -errno;

		close(fd);
		return r;
	}
	return fd;
}

struct worker_source *worker_source_sockets(void)
{
	static struct worker_source source = { .open = open_socket };

	return &source;
}

/* ---- A broker ------------------------------------------------------------------------------ */

struct broker_source {
	struct worker_source source;
	struct broker *broker;
};

static int open_broker(struct worker_source *source, enum worker_kind kind)
{
	/* The source is the first member. */
	struct broker *broker = ((struct broker_source *)source)->broker;

	return broker_open(broker,
			   kind == WORKER_HOLDERS ? BROKER_HOLDERS : BROKER_WORKER);
}

struct worker_source *worker_source_broker(struct broker *broker)
{
	static struct broker_source source = { .source = { .open = open_broker } };

	source.broker = broker;
	return &source.source;
}
