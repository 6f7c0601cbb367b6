/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * For hosts without systemd: a process of root's that makes workers, and does nothing else. It is
 * forked before the front becomes its own user, and ends with it.
 */
#ifndef VDPAD_BROKER_H
#define VDPAD_BROKER_H

struct broker;

enum broker_kind {
	BROKER_WORKER,
	BROKER_HOLDERS,
};

#define BROKER_WORKERS_MAX 16 /* of both kinds, stuck ones too; as in the units */
#define BROKER_WAIT_USEC \
	2000000 /* for the broker to answer, which waits for nothing itself */

/*
 * Forks the broker. To be called as root, with one thread and before anything else is opened.
 * `program` is the worker's. 0 or -errno.
 */
int broker_new(const char *program, struct broker **ret_broker);

/* Takes NULL, returns NULL; the broker ends, its workers end when their sockets do. */
struct broker *broker_free(struct broker *broker);

/*
 * A new worker: a connected stream socket, non-blocking and close-on-exec. -EAGAIN when there are too
 * many; -ECONNRESET when the broker is gone; other -errno.
 */
int broker_open(struct broker *broker, enum broker_kind kind);

#endif
