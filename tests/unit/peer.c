// SPDX-License-Identifier: GPL-2.0-or-later
/* A transport on one end of a socket pair, the test on the other. */
#include "peer.h"

#include <err.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "datagrams.h"

void peer_begin(struct peer *peer)
{
	struct timeval patience = { .tv_usec = 50000 };
	int fds[2], r;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) < 0)
		err(1, "socketpair");
	if (setsockopt(fds[0], SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)) < 0)
		err(1, "SO_RCVTIMEO");
	r = vdpam_transport_init(&peer->transport, fds[0]);
	if (r < 0)
		errx(1, "vdpam_transport_init: %s", strerror(-r));
	peer->fd = fds[1];
}

void peer_end(struct peer *peer)
{
	vdpam_transport_fini(&peer->transport);
	close(peer->fd);
}

void peer_hang_up(struct peer *peer)
{
	if (shutdown(peer->fd, SHUT_WR) < 0)
		err(1, "shutdown");
}

void peer_say(const struct peer *peer, const void *bytes, size_t size)
{
	if (send(peer->fd, bytes, size, MSG_DONTWAIT) != (ssize_t)size)
		err(1, "send");
}

void peer_replay(const struct peer *peer, const char *name)
{
	struct datagrams datagrams;

	datagrams_load(&datagrams, name);
	for (size_t i = 0; i < datagrams.count; i++)
		peer_say(peer, datagrams.bytes[i], datagrams.size[i]);
	datagrams_free(&datagrams);
}

size_t peer_hear(const struct peer *peer, void *bytes, size_t size)
{
	ssize_t length = recv(peer->fd, bytes, size, MSG_DONTWAIT);

	if (length < 0)
		err(1, "recv");
	return length;
}
