/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A worker: one connection to the front, and what it is busy with. */
#ifndef VDPAD_WORKER_H
#define VDPAD_WORKER_H

#include "../protocol.h"

struct worker {
	int fd;             /* non-blocking */
	bool shows_holders; /* it answers nothing else */
	bool greeted;
	struct vdpam_ctx *ctx; /* NULL: not needed yet */
	struct protocol_buffer in, out;
	struct vdpam_plan *plan; /* with steps that wait; NULL: none */
	size_t told;             /* steps of it whose end was told */
	int r;                   /* of sending; below 0 the front is gone */
};

/* Serves until the front hangs up or says what is no request. 0, or -errno. */
int worker_serve(int fd, bool shows_holders);

/* Sends an answer, waiting until the front takes it; `message` is put. 0 or -errno. */
int worker_send(struct worker *worker, struct json_object *message);

/* Sends what is in worker->out, as far as that goes without waiting. 0, -EAGAIN, other -errno. */
int worker_flush(struct worker *worker);

/* Sends hints until the front hangs up. 0 or -errno. */
int worker_watch(struct worker *worker);

/* Runs worker->plan, or waits on for it, and tells. 0 or -errno. */
int worker_run(struct worker *worker, uint64_t timeout_usec);

#endif
