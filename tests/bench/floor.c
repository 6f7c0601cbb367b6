// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The least that a program can do: the requests and writes themselves, in one loop, on a netlink
 * socket that is open already, with nothing looked at before or after. Calls libmnl and the kernel
 * alone, so that it is no measure of ours by ours. Prints how many instructions the loop took.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <linux/vdpa.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define DRIVER "vhost_vdpa"
#define MGMTDEV "vdpasim_net"

struct floor {
	struct mnl_socket *socket;
	uint16_t family;
	unsigned int sequence;
	int bind_fd; /* of the driver */
	char buffer[65536];
};

static void die(const char *what)
{
	fprintf(stderr, "floor: %s: %s\n", what, strerror(errno));
	exit(1);
}

static uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC_RAW, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static struct nlmsghdr *begin(struct floor *floor, uint16_t type, uint8_t command,
			      uint16_t flags)
{
	struct nlmsghdr *message = mnl_nlmsg_put_header(floor->buffer);
	struct genlmsghdr *genl;

	message->nlmsg_type = type;
	message->nlmsg_flags = NLM_F_REQUEST | flags;
	message->nlmsg_seq = ++floor->sequence;
	genl = mnl_nlmsg_put_extra_header(message, sizeof(*genl));
	genl->cmd = command;
	genl->version = 1;
	return message;
}

/* Sends, and reads to the end of the answer. */
static void ask(struct floor *floor, struct nlmsghdr *message, mnl_cb_t reply)
{
	unsigned int port = mnl_socket_get_portid(floor->socket);
	int r = MNL_CB_OK;

	if (mnl_socket_sendto(floor->socket, message, message->nlmsg_len) < 0)
		die("sendto");
	while (r > MNL_CB_STOP) {
		ssize_t n = mnl_socket_recvfrom(floor->socket, floor->buffer,
						sizeof(floor->buffer));

		if (n < 0)
			die("recvfrom");
		r = mnl_cb_run(floor->buffer, (size_t)n, floor->sequence, port, reply,
			       floor);
	}
	if (r < 0)
		die("the kernel's answer");
}

static int take_family(const struct nlmsghdr *message, void *userdata)
{
	struct floor *floor = userdata;
	const struct nlattr *attr;

	mnl_attr_for_each(attr, message, sizeof(struct genlmsghdr))
	{
		if (mnl_attr_get_type(attr) == CTRL_ATTR_FAMILY_ID)
			floor->family = mnl_attr_get_u16(attr);
	}
	return MNL_CB_OK;
}

static void open_all(struct floor *floor)
{
	struct nlmsghdr *message;

	floor->socket = mnl_socket_open(NETLINK_GENERIC);
	if (!floor->socket || mnl_socket_bind(floor->socket, 0, MNL_SOCKET_AUTOPID) < 0)
		die("netlink");
	message = begin(floor, GENL_ID_CTRL, CTRL_CMD_GETFAMILY, NLM_F_ACK);
	mnl_attr_put_strz(message, CTRL_ATTR_FAMILY_NAME, VDPA_GENL_NAME);
	ask(floor, message, take_family);
	floor->bind_fd =
		open("/sys/bus/vdpa/drivers/" DRIVER "/bind", O_WRONLY | O_CLOEXEC);
	if (floor->bind_fd < 0)
		die(DRIVER);
}

static void write_to(int fd, const char *text)
{
	if (write(fd, text, strlen(text)) < 0)
		die(text);
}

static void create(struct floor *floor, const char *name)
{
	struct nlmsghdr *message =
		begin(floor, floor->family, VDPA_CMD_DEV_NEW, NLM_F_ACK);
	char path[128];
	int fd;

	mnl_attr_put_strz(message, VDPA_ATTR_DEV_NAME, name);
	mnl_attr_put_strz(message, VDPA_ATTR_MGMTDEV_DEV_NAME, MGMTDEV);
	ask(floor, message, NULL);
	snprintf(path, sizeof(path), "/sys/bus/vdpa/devices/%s/driver_override", name);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		die(path);
	write_to(fd, DRIVER);
	close(fd);
	write_to(floor->bind_fd, name);
}

static void delete (struct floor *floor, const char *name)
{
	struct nlmsghdr *message =
		begin(floor, floor->family, VDPA_CMD_DEV_DEL, NLM_F_ACK);

	mnl_attr_put_strz(message, VDPA_ATTR_DEV_NAME, name);
	ask(floor, message, NULL);
}

static int ignore(const struct nlmsghdr *message, void *userdata)
{
	(void)message;
	(void)userdata;
	return MNL_CB_OK;
}

static void dump(struct floor *floor)
{
	static const uint8_t commands[] = {
		VDPA_CMD_MGMTDEV_GET,
		VDPA_CMD_DEV_GET,
		VDPA_CMD_DEV_CONFIG_GET,
	};

	for (size_t i = 0; i < sizeof(commands); i++)
		ask(floor, begin(floor, floor->family, commands[i], NLM_F_DUMP), ignore);
}

static void each(struct floor *floor, unsigned long count,
		 void (*act)(struct floor *floor, const char *name))
{
	char name[32];

	for (unsigned long i = 0; i < count; i++) {
		snprintf(name, sizeof(name), "v%lu", i);
		act(floor, name);
	}
}

/* Drivers do not take what comes by themselves: the bind would find the device taken. */
static void set_autoprobe(const char *digit)
{
	int fd = open("/sys/bus/vdpa/drivers_autoprobe", O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		die("drivers_autoprobe");
	write_to(fd, digit);
	close(fd);
}

int main(int argc, char **argv)
{
	static struct floor floor;
	const char *verb = argc == 3 ? argv[1] : "";
	unsigned long count = argc == 3 ? strtoul(argv[2], NULL, 10) : 0;
	uint64_t start;

	if (strcmp(verb, "up") && strcmp(verb, "down") && strcmp(verb, "dumps")) {
		fputs("Usage: floor up|down|dumps DEVICES\n", stderr);
		return 64;
	}
	open_all(&floor);
	set_autoprobe("0");
	start = now();
	if (!strcmp(verb, "up"))
		each(&floor, count, create);
	else if (!strcmp(verb, "down"))
		each(&floor, count, delete);
	else
		dump(&floor);
	printf("%" PRIu64 "\n", now() - start);
	set_autoprobe("1");
	return 0;
}
