/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A transport whose kernel is the test: it queues the answer before the question is asked. */
#ifndef TESTS_PEER_H
#define TESTS_PEER_H

#include <stddef.h>

#include "transport.h"

struct peer {
	struct vdpam_transport transport;
	int fd; /* the kernel's end */
};

/* Where an answer is missing the transport gives up (-ETIMEDOUT) after 50 ms. */
void peer_begin(struct peer *peer);
void peer_end(struct peer *peer);

/* No more will come: the transport sees the end instead of waiting. */
void peer_hang_up(struct peer *peer);

void peer_say(const struct peer *peer, const void *bytes, size_t size);

/* All datagrams of a capture. */
void peer_replay(const struct peer *peer, const char *name);

/* The next request that the transport has sent, in `bytes`. */
size_t peer_hear(const struct peer *peer, void *bytes, size_t size);

#endif
