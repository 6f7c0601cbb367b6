// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Asks the running kernel one thing and writes each datagram of its answer to a file, as it came:
 * the captures beside this file are made with it. Must not interpret more than where an answer ends.
 */
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "family.h"
#include "transport.h"
#include "vdpa-msg.h"

static int ask_family(struct vdpam_msg *msg, char **arguments)
{
	struct genlmsghdr *command;

	mnl_nlmsg_put_header(msg);
	msg->header.nlmsg_type = GENL_ID_CTRL;
	msg->header.nlmsg_flags = NLM_F_REQUEST;
	command = mnl_nlmsg_put_extra_header(&msg->header, sizeof(*command));
	command->cmd = CTRL_CMD_GETFAMILY;
	command->version = 1;
	mnl_attr_put_strz(&msg->header, CTRL_ATTR_FAMILY_NAME, arguments[0]);
	return 0;
}

static int ask_new(struct vdpam_msg *msg, uint16_t family, char **arguments)
{
	struct vdpam_new_attrs attrs = { .has_mtu = true };

	attrs.mtu = (uint16_t)strtoul(arguments[2], NULL, 10);
	attrs.has_mac = arguments[3] && vdpam_mac_parse(arguments[3], &attrs.mac) == 0;
	return vdpam_msg_device_new(msg, family, arguments[0], arguments[1], &attrs);
}

static int ask_set(struct vdpam_msg *msg, uint16_t family, char **arguments)
{
	uint64_t mac;

	if (vdpam_mac_parse(arguments[1], &mac) < 0)
		return -EINVAL;
	return vdpam_msg_attr_set(msg, family, arguments[0], mac);
}

static int ask(struct vdpam_msg *msg, uint16_t family, const char *what, char **arguments)
{
	if (strcmp(what, "family") == 0)
		return ask_family(msg, arguments);
	if (strcmp(what, "mgmtdev-get") == 0)
		return vdpam_msg_mgmtdev_get(msg, family, arguments[0]);
	if (strcmp(what, "device-get") == 0)
		return vdpam_msg_device_get(msg, family, arguments[0]);
	if (strcmp(what, "config-get") == 0)
		return vdpam_msg_config_get(msg, family, arguments[0]);
	if (strcmp(what, "stats-get") == 0)
		return vdpam_msg_stats_get(msg, family, arguments[0],
					   (uint32_t)strtoul(arguments[1], NULL, 10));
	if (strcmp(what, "device-new") == 0)
		return ask_new(msg, family, arguments);
	if (strcmp(what, "device-del") == 0)
		return vdpam_msg_device_del(msg, family, arguments[0]);
	if (strcmp(what, "attr-set") == 0)
		return ask_set(msg, family, arguments);
	return -EINVAL;
}

static int is_end(const char *buffer, int length)
{
	const struct nlmsghdr *message = (const struct nlmsghdr *)buffer;

	for (; mnl_nlmsg_ok(message, length); message = mnl_nlmsg_next(message, &length))
		if (message->nlmsg_type == NLMSG_ERROR ||
		    message->nlmsg_type == NLMSG_DONE)
			return 1;
	return 0;
}

static int write_answer(struct vdpam_transport *transport, FILE *file)
{
	int length;

	do {
		length = vdpam_transport_receive(transport);
		if (length < 0)
			return length;
		if (fwrite(&length, sizeof(length), 1, file) != 1 ||
		    fwrite(transport->buffer, length, 1, file) != 1)
			return -EIO;
	} while (!is_end(transport->buffer, length));

	return 0;
}

static int capture(struct vdpam_transport *transport, const char *what, char **arguments,
		   FILE *file)
{
	struct vdpam_msg msg;
	uint16_t family;
	int off = 0, r;

	r = vdpam_family_resolve(transport, "vdpa", &family);
	if (r < 0)
		return r;
	r = ask(&msg, family, what, arguments);
	if (r < 0)
		return r;
	/* The answer is to be that to a first request, with our whole request in it where possible. */
	transport->sequence = 0;
	if (getenv("UNCAPPED") && setsockopt(transport->fd, SOL_NETLINK, NETLINK_CAP_ACK,
					     &off, sizeof(off)) < 0)
		return -errno;
	if (!(msg.header.nlmsg_flags & NLM_F_DUMP))
		msg.header.nlmsg_flags |= NLM_F_ACK;
	r = vdpam_transport_send(transport, &msg.header);
	if (r < 0)
		return r;

	return write_answer(transport, file);
}

int main(int argc, char **argv)
{
	struct vdpam_transport transport;
	FILE *file;
	int r;

	if (argc < 3) {
		fprintf(stderr, "Usage: [UNCAPPED=1] %s FILE WHAT [ARGUMENT]...\n",
			argv[0]);
		return 64;
	}
	file = fopen(argv[1], "we");
	if (!file) {
		perror(argv[1]);
		return 1;
	}
	r = vdpam_transport_init(&transport, vdpam_transport_open());
	if (r == 0)
		r = capture(&transport, argv[2], argv + 3, file);
	if (fclose(file) != 0 && r == 0)
		r = -errno;
	if (r < 0)
		fprintf(stderr, "%s: %s\n", argv[1], strerror(-r));

	return r < 0;
}
