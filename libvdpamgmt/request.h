/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One netlink request and all of its answer: data, ACK or end of dump, the kernel's words. */
#ifndef VDPAM_REQUEST_H
#define VDPAM_REQUEST_H

#include <linux/netlink.h>

#include "transport.h"

/*
 * Sends `request` (NLM_F_ACK is set here unless it is a dump) and hands each message of the answer
 * to `reply` (may be NULL), whose negative return ends it. Messages of earlier, abandoned requests
 * are skipped by their sequence number.
 *
 * `*ret_text`, when ret_text is given, is written in any case: the text of the extended ACK, which
 * the caller frees, or NULL; on success too, where it is a warning.
 *
 * Returns 0, the kernel's negative errno, what `reply` returned, -EBADMSG for an answer that makes
 * no sense, -EAGAIN when the kernel said that a dump was interrupted (NLM_F_DUMP_INTR).
 */
int vdpam_request(struct vdpam_transport *transport, struct nlmsghdr *request,
		  int (*reply)(const struct nlmsghdr *message, void *userdata),
		  void *userdata, char **ret_text);

#endif
