/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The front's end of a connection to a worker. Nothing here waits: what cannot be sent now is kept,
 * what has come by half is kept, a worker that is gone is told.
 */
#ifndef WORKER_CLIENT_H
#define WORKER_CLIENT_H

#include <json-c/json.h>
#include <systemd/sd-event.h>

enum worker_kind {
	WORKER_STEPS,   /* changes, looks, watches */
	WORKER_HOLDERS, /* says who has what open */
};

/* Where connections come from: the sockets of systemd, a broker, a test. */
struct worker_source {
	/* A connected stream socket, non-blocking, or -errno (-EAGAIN: there are too many). */
	int (*open)(struct worker_source *source, enum worker_kind kind);
};

/* The sockets of the units. */
struct worker_source *worker_source_sockets(void);

/* A broker, of which there is one in a process. */
struct broker;
struct worker_source *worker_source_broker(struct broker *broker);

struct worker;

struct worker_events {
	void *userdata;
	/* One message; borrowed. May free the worker. */
	void (*message)(void *userdata, struct worker *worker,
			struct json_object *message);
	/* The connection is over; nothing else will come. May free the worker. */
	void (*lost)(void *userdata, struct worker *worker);
};

/* Connects and says hello. 0 or -errno. */
int worker_new(sd_event *event, struct worker_source *source, enum worker_kind kind,
	       const struct worker_events *events, struct worker **ret_worker);
struct worker *worker_free(struct worker *worker);

/* From now on its messages are for another. */
void worker_set_events(struct worker *worker, const struct worker_events *events);

/*
 * Its answers are not wanted any more, and it is to end when it tries to give one; that it has ended is
 * still told.
 */
void worker_stop_listening(struct worker *worker);

/* Takes the request. 0 or -errno; -E2BIG for what the worker would not read. */
int worker_send(struct worker *worker, struct json_object *request);

/* Its process, as it said itself; 0: it did not. */
pid_t worker_get_pid(const struct worker *worker);

/* In which function of the kernel it sleeps, as far as we may look; to be freed. NULL. */
char *worker_get_wchan(const struct worker *worker);

#endif
