// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * One datagram descriptor that carries netlink: opened or handed over, written to, read from. Takes
 * only what the kernel sent; must not look into messages.
 */
#include "transport.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Twice what the kernel ever puts into one datagram of a dump. */
#define REPLY_SIZE (64 * 1024)

/* The kernel stops a dump while more than half of this is queued. */
#define QUEUE_SIZE (256 * 1024)

int vdpam_transport_open(void)
{
	static const struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
	int fd;

	fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);
	if (fd < 0)
		return -errno;

	/* From here on the kernel refuses what other processes send to this socket. */
	if (connect(fd, (const struct sockaddr *)&kernel, sizeof(kernel)) < 0) {
		int r = -errno;

		close(fd);
		return r;
	}

	return fd;
}

static int set_options(int fd)
{
	static const int options[] = {
		NETLINK_EXT_ACK, /* the kernel's own words */
		NETLINK_CAP_ACK, /* an error need not carry our request back */
		NETLINK_GET_STRICT_CHK,
	};
	int on = 1, size = QUEUE_SIZE;

	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		if (setsockopt(fd, SOL_NETLINK, options[i], &on, sizeof(on)) < 0)
			return -errno;

	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size)) < 0)
		return -errno;

	return 0;
}

static int bind_port(int fd, uint32_t *ret_port)
{
	struct sockaddr_nl address = { .nl_family = AF_NETLINK };
	socklen_t length = sizeof(address);

	if (getsockname(fd, (struct sockaddr *)&address, &length) < 0)
		return -errno;

	if (address.nl_pid == 0) {
		if (bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
			return -errno;
		length = sizeof(address);
		if (getsockname(fd, (struct sockaddr *)&address, &length) < 0)
			return -errno;
	}

	*ret_port = address.nl_pid;
	return 0;
}

static int prepare(struct vdpam_transport *transport)
{
	socklen_t length = sizeof(int);
	int domain, r;

	if (getsockopt(transport->fd, SOL_SOCKET, SO_DOMAIN, &domain, &length) < 0)
		return -errno;

	if (domain == AF_NETLINK) {
		r = set_options(transport->fd);
		if (r < 0)
			return r;
		r = bind_port(transport->fd, &transport->port);
		if (r < 0)
			return r;
	}

	transport->buffer = malloc(REPLY_SIZE);
	if (!transport->buffer)
		return -ENOMEM;
	transport->size = REPLY_SIZE;

	return 0;
}

int vdpam_transport_init(struct vdpam_transport *transport, int fd)
{
	int r;

	*transport = (struct vdpam_transport){ .fd = fd };
	r = prepare(transport);
	if (r < 0)
		vdpam_transport_fini(transport);

	return r;
}

void vdpam_transport_fini(struct vdpam_transport *transport)
{
	if (transport->fd >= 0)
		close(transport->fd);
	free(transport->buffer);
	*transport = (struct vdpam_transport){ .fd = -1 };
}

int vdpam_transport_send(struct vdpam_transport *transport, struct nlmsghdr *message)
{
	ssize_t sent;

	message->nlmsg_seq = ++transport->sequence;
	message->nlmsg_pid = transport->port;

	do
		sent = send(transport->fd, message, message->nlmsg_len, MSG_NOSIGNAL);
	while (sent < 0 && errno == EINTR);

	return sent < 0 ? -errno : 0;
}

static bool is_forged(const struct sockaddr_nl *sender)
{
	return sender->nl_family == AF_NETLINK && sender->nl_pid != 0;
}

static int receive(struct vdpam_transport *transport, int flags)
{
	struct sockaddr_nl sender;
	struct iovec part = { .iov_base = transport->buffer, .iov_len = transport->size };
	struct msghdr message;
	ssize_t length;

	do {
		sender = (struct sockaddr_nl){ 0 };
		message = (struct msghdr){
			.msg_name = &sender,
			.msg_namelen = sizeof(sender),
			.msg_iov = &part,
			.msg_iovlen = 1,
		};
		length = recvmsg(transport->fd, &message, flags);
		if (length >= 0 && is_forged(&sender))
			transport->forged++;
	} while (length < 0 ? errno == EINTR : is_forged(&sender));

	if (length < 0)
		return -errno;
	/* Netlink has no empty datagrams: the peer of a socketpair is gone. */
	if (length == 0)
		return -ECONNRESET;
	if (message.msg_flags & MSG_TRUNC)
		return -EMSGSIZE;

	return (int)length;
}

int vdpam_transport_receive(struct vdpam_transport *transport)
{
	int r;

	r = receive(transport, 0);
	/* -EAGAIN has a meaning of its own one layer up; here it is a timeout set on the socket. */
	return r == -EAGAIN ? -ETIMEDOUT : r;
}

void vdpam_transport_drain(struct vdpam_transport *transport)
{
	int r;

	do
		r = receive(transport, MSG_DONTWAIT);
	while (r > 0 || r == -EMSGSIZE || r == -ENOBUFS);
}
