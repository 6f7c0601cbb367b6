// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Plays the daemon's front: starts a worker, sends it each line of stdin as a message, prints each of
 * its messages on a line.
 *   front PROGRAM [--holders]
 * The first line it prints is the worker's process id. Ends when the worker hangs up, or when
 * stdin has ended and the worker has said nothing for a second, or when it is killed.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../../vdpad/protocol.h"

#define SILENCE_MS 1000

static int start(char **argv)
{
	char number[16];
	int fds[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, fds) < 0)
		return -1;
	snprintf(number, sizeof(number), "%d", fds[1]);
	pid = fork();
	if (!pid) {
		close(fds[0]);
		execl(argv[1], argv[1], "--fd", number, argv[2], (char *)NULL);
		_exit(127);
	}
	printf("%d\n", (int)pid);
	fflush(stdout);
	close(fds[1]);
	return pid < 0 ? -1 : fds[0];
}

static int send_line(int fd, const char *line)
{
	struct protocol_buffer out = { 0 };
	int r = protocol_write(&out, json_tokener_parse(line), PROTOCOL_REQUEST_MAX);

	if (!r && write(fd, out.bytes, out.end) != (ssize_t)out.end)
		r = -EPIPE;
	protocol_buffer_fini(&out);
	return r;
}

/* 0 at the end. */
static int receive(int fd, struct protocol_buffer *in)
{
	struct json_object *message;
	ssize_t n;
	int r;

	if (protocol_buffer_reserve(in, 65536) < 0)
		return 0;
	n = read(fd, in->bytes + in->end, 65536);
	if (n <= 0)
		return 0;
	in->end += (size_t)n;
	while ((r = protocol_read(in, PROTOCOL_REPLY_MAX, &message)) > 0) {
		puts(json_object_to_json_string_ext(message, JSON_C_TO_STRING_PLAIN));
		json_object_put(message);
	}
	fflush(stdout);
	return r >= 0;
}

int main(int argc, char **argv)
{
	struct protocol_buffer in = { 0 };
	bool more = true;
	char line[65536];
	int fd, r = 1;

	if (argc < 2 || argc > 3)
		return 64;
	setvbuf(stdin, NULL, _IONBF, 0);
	fd = start(argv);
	while (fd >= 0 && r > 0) {
		struct pollfd fds[] = { { .fd = fd, .events = POLLIN },
					{ .fd = more ? STDIN_FILENO : -1,
					  .events = POLLIN } };

		r = poll(fds, 2, more ? -1 : SILENCE_MS);
		if (r > 0 && fds[0].revents && !receive(fd, &in))
			break;
		if (r > 0 && fds[1].revents) {
			more = fgets(line, sizeof(line), stdin);
			if (more && send_line(fd, line) < 0)
				break;
		}
	}
	protocol_buffer_fini(&in);
	return 0;
}
