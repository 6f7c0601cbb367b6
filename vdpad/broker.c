// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The broker, and the front's way to ask it. One byte says which kind of worker, the answer is an
 * errno and, with 0, a socket. It reads nothing else, opens no file and touches no device.
 */
#include "broker.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

struct broker {
	int fd;
	pid_t pid;
};

/* ---- One descriptor over a socket ----------------------------------------------------------- */

union control {
	struct cmsghdr header;
	char bytes[CMSG_SPACE(sizeof(int))];
};

/* fd -1: none. */
static int send_answer(int socket, int errnum, int fd)
{
	union control control = { .bytes = { 0 } };
	struct iovec part = { .iov_base = &errnum, .iov_len = sizeof(errnum) };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };

	if (fd >= 0) {
		message.msg_control = control.bytes;
		message.msg_controllen = sizeof(control.bytes);
		control.header.cmsg_level = SOL_SOCKET;
		control.header.cmsg_type = SCM_RIGHTS;
		control.header.cmsg_len = CMSG_LEN(sizeof(fd));
		memcpy(CMSG_DATA(&control.header), &fd, sizeof(fd));
	}
	return sendmsg(socket, &message, MSG_NOSIGNAL) < 0 ? -errno : 0;
}

static int receive_answer(int socket)
{
	union control control = { .bytes = { 0 } };
	int errnum = 0, fd = -1;
	struct iovec part = { .iov_base = &errnum, .iov_len = sizeof(errnum) };
	struct msghdr message = {
		.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = control.bytes,
		.msg_controllen = sizeof(control.bytes),
	};
	ssize_t n = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
	const struct cmsghdr *header = CMSG_FIRSTHDR(&message);

	if (n < 0)
		return errno == EAGAIN ? -ETIMEDOUT : -errno;
	if (header && header->cmsg_type == SCM_RIGHTS)
		memcpy(&fd, CMSG_DATA(header), sizeof(fd));
	if (n == sizeof(errnum) && !errnum && fd >= 0)
		return fd;
	if (fd >= 0)
		close(fd);
	return n == sizeof(errnum) && errnum ? -errnum : -ECONNRESET;
}

/* ---- The broker's side ---------------------------------------------------------------------- */

static void become_worker(const char *program, char kind, int fd)
{
	char number[16];
	const char *const words[] = { program, "--fd", number,
				      kind == BROKER_HOLDERS ? "--holders" : NULL, NULL };

	snprintf(number, sizeof(number), "%d", fd);
	if (!fcntl(fd, F_SETFD, 0))
		execv(program, (char *const *)words);
	_exit(127);
}

/* A socket to a new worker, or -errno. */
static int make_worker(const char *program, char kind)
{
	int fds[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds) < 0)
		return -errno;
	pid = fork();
	if (!pid)
		become_worker(program, kind, fds[1]);
	close(fds[1]);
	if (pid < 0) {
		close(fds[0]);
		return -EAGAIN;
	}
	return fds[0];
}

static void serve(const char *program, int socket)
{
	int living = 0;
	char kind;

	while (recv(socket, &kind, sizeof(kind), 0) == sizeof(kind)) {
		int fd = -EAGAIN;

		while (living && waitpid(-1, NULL, WNOHANG) > 0)
			living--;
		if (kind != BROKER_WORKER && kind != BROKER_HOLDERS)
			fd = -EINVAL;
		else if (living < BROKER_WORKERS_MAX)
			fd = make_worker(program, kind);
		send_answer(socket, fd < 0 ? -fd : 0, fd);
		if (fd >= 0) {
			living++;
			close(fd);
		}
	}
}

/* ---- The front's side ------------------------------------------------------------------------ */

int broker_new(const char *program, struct broker **ret_broker)
{
	const struct timeval wait = { .tv_sec = BROKER_WAIT_USEC / 1000000 };
	struct broker *broker = calloc(1, sizeof(*broker));
	int fds[2];

	if (!broker)
		return -ENOMEM;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) < 0) {
		free(broker);
		return -errno;
	}
	broker->fd = fds[0];
	broker->pid = fork();
	if (!broker->pid) {
		close(fds[0]);
		prctl(PR_SET_NAME, "vdpad-broker");
		serve(program, fds[1]);
		_exit(EXIT_SUCCESS);
	}
	close(fds[1]);
	if (broker->pid < 0) {
		broker_free(broker);
		return -EAGAIN;
	}
	setsockopt(broker->fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait));
	*ret_broker = broker;
	return 0;
}

struct broker *broker_free(struct broker *broker)
{
	if (broker) {
		close(broker->fd);
		if (broker->pid > 0)
			waitpid(broker->pid, NULL, 0);
		free(broker);
	}
	return NULL;
}

int broker_open(struct broker *broker, enum broker_kind kind)
{
	const char byte = (char)kind;
	int r;

	if (send(broker->fd, &byte, sizeof(byte), MSG_NOSIGNAL) < 0)
		return errno == EPIPE ? -ECONNRESET : -errno;
	r = receive_answer(broker->fd);
	/* An answer that comes after all would be taken for that to the next question. */
	if (r == -ETIMEDOUT)
		shutdown(broker->fd, SHUT_RDWR);
	return r;
}
