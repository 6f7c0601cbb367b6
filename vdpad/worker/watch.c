// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A worker that watches: what the kernel says has happened becomes hints. Looks at nothing. A front
 * that does not read costs no memory: when much is left unread, or much comes at once, the hints give
 * way to one that means everything.
 */
#include <errno.h>
#include <poll.h>

#include "worker.h"

#define UNREAD_MAX (256U << 10) /* bytes */
#define BURST_MAX 256           /* hints in one turn, of one source */
#define SETTLE_MS 100 /* a burst goes on for as long as the kernel does not pause */

static const struct vdpam_hint everything = { 0 };

struct watch {
	struct worker *worker;
	struct vdpam_monitor *monitor;
	bool lost;   /* "everything" is to be said, and nothing else until then */
	bool bursts; /* but not before the kernel pauses */
};

static int add(struct watch *watch, const struct vdpam_hint *hint)
{
	return protocol_write(&watch->worker->out, protocol_hint_reply(hint),
			      PROTOCOL_REPLY_MAX);
}

/* All that one source has. 0 or -errno. */
static int drain(struct watch *watch, enum vdpam_monitor_source source)
{
	struct protocol_buffer *out = &watch->worker->out;
	struct vdpam_hint hint;
	size_t count = 0;
	int r;

	while ((r = vdpam_monitor_receive(watch->monitor, source, &hint)) > 0) {
		watch->bursts = ++count > BURST_MAX;
		if (!hint.subsystem || watch->bursts ||
		    out->end - out->start > UNREAD_MAX)
			watch->lost = true;
		if (!watch->lost)
			r = add(watch, &hint);
		if (r < 0)
			break;
	}
	return r == -EOPNOTSUPP ? 0 : r;
}

static int flush(struct watch *watch)
{
	int r = worker_flush(watch->worker);

	if (r < 0 || !watch->lost || watch->bursts)
		return r == -EAGAIN ? 0 : r;
	watch->lost = false;
	r = add(watch, &everything);
	if (!r)
		r = worker_flush(watch->worker);
	return r == -EAGAIN ? 0 : r;
}

/* A front says nothing while it is being told: what can be read is its end. */
static int turn(struct watch *watch)
{
	const struct worker *worker = watch->worker;
	bool has_output = worker->out.start < worker->out.end;
	struct pollfd fds[] = {
		{ .fd = worker->fd,
		  .events = (short)(POLLIN | POLLRDHUP | (has_output ? POLLOUT : 0)) },
		{ .fd = vdpam_monitor_get_fd(watch->monitor, VDPAM_MONITOR_UEVENTS),
		  .events = POLLIN },
		{ .fd = vdpam_monitor_get_fd(watch->monitor, VDPAM_MONITOR_DEVLINK),
		  .events = POLLIN },
	};
	int r = poll(fds, sizeof(fds) / sizeof(*fds), watch->bursts ? SETTLE_MS : -1);

	if (r < 0)
		return errno == EINTR ? 0 : -errno;
	if (fds[0].revents & (POLLIN | POLLRDHUP | POLLHUP | POLLERR))
		return -ECONNRESET;
	watch->bursts = false;
	r = drain(watch, VDPAM_MONITOR_UEVENTS);
	if (!r)
		r = drain(watch, VDPAM_MONITOR_DEVLINK);
	return r < 0 ? r : flush(watch);
}

int worker_watch(struct worker *worker)
{
	struct watch watch = { .worker = worker, .lost = true };
	int r = vdpam_monitor_new(&watch.monitor);

	if (!r)
		r = flush(&watch);
	while (!r)
		r = turn(&watch);
	vdpam_monitor_free(watch.monitor);
	return r;
}
