/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Netlink attributes of hostile messages: bounds, sizes and terminators, nothing of what they mean. */
#ifndef VDPAM_WIRE_H
#define VDPAM_WIRE_H

#include <linux/netlink.h>
#include <stddef.h>
#include <stdint.h>

/* A walk over attributes, in the order in which they were sent. */
struct vdpam_wire {
	const char *next;
	size_t left;
};

/*
 * Starts at `offset` bytes into the payload of `message`, which is nlmsg_len bytes long. 0, or
 * -EBADMSG when the message ends before.
 */
int vdpam_wire_begin(struct vdpam_wire *wire, const struct nlmsghdr *message,
		     size_t offset);

/* 1 and an attribute that lies within the message; 0 at the end; -EBADMSG for what is neither. */
int vdpam_wire_next(struct vdpam_wire *wire, const struct nlattr **ret_attr);

/*
 * Walks all of them and sorts them by type into attrs[0..count-1], NULL where there is none. Of
 * several with one type the last counts; types of count and above are skipped. 0 or -EBADMSG.
 */
int vdpam_wire_collect(const struct nlmsghdr *message, size_t offset,
		       const struct nlattr **attrs, size_t count);

/*
 * A copy of a string. 0; -EBADMSG when there is no attribute (NULL), and when the string is empty or
 * its NUL is not the last byte; -ENOMEM.
 */
int vdpam_wire_string(const struct nlattr *attr, char **ret_text);

/*
 * A number of 1, 2, 4 or 8 bytes in the order of this machine; or of 6 bytes, the first of which is
 * bits 47..40. 0, or -EBADMSG when there is no attribute (NULL) or its size is another.
 */
int vdpam_wire_number(const struct nlattr *attr, size_t size, uint64_t *ret_number);

#endif
