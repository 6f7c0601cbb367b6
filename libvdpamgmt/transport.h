/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One datagram descriptor that carries netlink; knows datagrams, not what is in them. */
#ifndef VDPAM_TRANSPORT_H
#define VDPAM_TRANSPORT_H

#include <linux/netlink.h>
#include <stddef.h>
#include <stdint.h>

struct vdpam_transport {
	int fd;
	uint32_t port;     /* ours; 0 on what is not a netlink socket */
	uint32_t sequence; /* of the last request */
	char *buffer; /* for replies; of constant size: the kernel sizes dumps by it */
	size_t size;
	unsigned int forged; /* datagrams dropped because the kernel did not send them */
};

/* Takes the descriptor, also on failure. 0, -ENOMEM, or what bind(2) and setsockopt(2) gave. */
int vdpam_transport_init(struct vdpam_transport *transport, int fd);

void vdpam_transport_fini(struct vdpam_transport *transport);

/* Opens a generic netlink socket. Returns the descriptor or a negative errno. */
int vdpam_transport_open(void);

/* Gives the message a new sequence number and our port, and sends it. 0 or a negative errno. */
int vdpam_transport_send(struct vdpam_transport *transport, struct nlmsghdr *message);

/*
 * The next datagram from the kernel, in transport->buffer. Returns its length; -EMSGSIZE when it
 * did not fit; -ENOBUFS when the kernel dropped some; -ETIMEDOUT when the descriptor does not wait
 * (any longer); -ECONNRESET when the peer of a socketpair is gone; other negative errno. EINTR is
 * retried.
 */
int vdpam_transport_receive(struct vdpam_transport *transport);

/* Reads away what is there, without waiting: the rest of an answer that nobody wants. */
void vdpam_transport_drain(struct vdpam_transport *transport);

#endif
