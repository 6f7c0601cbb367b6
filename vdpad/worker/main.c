// SPDX-License-Identifier: GPL-2.0-or-later
/* vdpad-worker: touches the kernel for vdpad. Serves the one socket that it is started with. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "worker.h"

#define FIRST_FD 3 /* of systemd's: sd_listen_fds(3) */
#define EX_USAGE 64

static const char usage[] =
	"Usage: vdpad-worker [--holders] [--fd N]\n"
	"\n"
	"Does for vdpad what needs privilege. Started by systemd, or by vdpad --spawn-workers.\n"
	"\n"
	"  --holders  says who has a device open, and nothing else\n"
	"  --fd N     the socket to serve; without it the one that systemd hands over\n";

/* -1: it is no number of a descriptor. */
static int parse_fd(const char *text)
{
	char *end;
	long number = strtol(text, &end, 10);

	return *text && !*end && number > STDERR_FILENO && number < 1 << 20 ? (int)number
									    : -1;
}

/* With Accept=yes there is one, and it is for this process. */
static int systemd_fd(void)
{
	const char *pid = getenv("LISTEN_PID"), *count = getenv("LISTEN_FDS");

	if (!pid || !count || strtol(pid, NULL, 10) != getpid() ||
	    strcmp(count, "1") != 0)
		return -1;
	return FIRST_FD;
}

static bool is_stream(int fd)
{
	socklen_t size = sizeof(int);
	int type = 0;

	return !getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) && type == SOCK_STREAM;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "holders", no_argument, NULL, 'H' },
		{ "fd", required_argument, NULL, 'f' },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'v' },
		{ NULL, 0, NULL, 0 },
	};
	bool shows_holders = false;
	int fd = systemd_fd(), option, r;

	while ((option = getopt_long(argc, argv, "", options, NULL)) >= 0) {
		switch (option) {
		case 'H':
			shows_holders = true;
			break;
		case 'f':
			fd = parse_fd(optarg);
			break;
		case 'h':
			fputs(usage, stdout);
			return EXIT_SUCCESS;
		case 'v':
			puts("vdpad-worker " PACKAGE_VERSION);
			return EXIT_SUCCESS;
		default:
			return EX_USAGE;
		}
	}
	if (optind < argc || fd < 0 || !is_stream(fd)) {
		fputs("vdpad-worker: it is started by systemd or by vdpad, with a socket\n",
		      stderr);
		return EX_USAGE;
	}
	fcntl(fd, F_SETFD, FD_CLOEXEC);
	umask(077);
	r = worker_serve(fd, shows_holders);
	if (r < 0)
		fprintf(stderr, "vdpad-worker: %s\n", strerror(-r));
	return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
