// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Opens the given file, prints "open" and holds it until it is killed: stands for the
 * virtual machine that uses a device. Speaks to the kernel in no other way.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	if (argc != 2) {
		fputs("Usage: holder FILE\n", stderr);
		return 64;
	}
	if (open(argv[1], O_RDWR | O_CLOEXEC) < 0) {
		fprintf(stderr, "holder: %s: %s\n", argv[1], strerror(errno));
		return 1;
	}
	puts("open");
	fflush(stdout);
	for (;;)
		pause();
}
