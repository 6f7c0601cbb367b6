// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Takes away the VDUSE device NAME, as its server does when it ends in good order. For
 * tests that kill the server: the name would stay taken, and the module in use. The
 * device must have left the vdpa bus.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>

#include <linux/vduse.h>

int main(int argc, char **argv)
{
	char name[VDUSE_NAME_MAX] = { 0 };
	int fd;

	if (argc != 2 || strlen(argv[1]) >= sizeof(name)) {
		fputs("Usage: vduse-remove NAME\n", stderr);
		return 64;
	}
	memcpy(name, argv[1], strlen(argv[1]));
	fd = open("/dev/vduse/control", O_RDWR | O_CLOEXEC);
	if (fd < 0 || ioctl(fd, VDUSE_DESTROY_DEV, name) < 0) {
		fprintf(stderr, "vduse-remove: %s: %s\n", name, strerror(errno));
		return 1;
	}
	return 0;
}
