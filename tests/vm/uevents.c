// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Prints one line for each uevent of the kernel, "ACTION DEVPATH", from the moment it
 * prints "ready". For tests that must know that something never appeared, so an
 * overrun ends it with an error: silence must mean that there was nothing.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/netlink.h>

static int open_socket(void)
{
	struct sockaddr_nl address = { .nl_family = AF_NETLINK, .nl_groups = 1 };
	int size = 16 << 20;
	int fd;

	fd = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_KOBJECT_UEVENT);
	if (fd < 0)
		return -errno;
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) < 0 ||
	    bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0) {
		int error = errno;

		close(fd);
		return -error;
	}
	return fd;
}

int main(void)
{
	char event[8192];
	ssize_t length;
	char *at;
	int fd;

	fd = open_socket();
	if (fd < 0) {
		fprintf(stderr, "uevents: %s\n", strerror(-fd));
		return 1;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	puts("ready");
	for (;;) {
		length = recv(fd, event, sizeof(event) - 1, 0);
		if (length < 0 && errno == EINTR)
			continue;
		if (length < 0)
			break;
		/* The first string is ACTION@DEVPATH. */
		event[length] = '\0';
		at = strchr(event, '@');
		if (!at)
			continue;
		*at = ' ';
		puts(event);
	}
	fprintf(stderr, "uevents: %s\n", strerror(errno));
	return 1;
}
