// SPDX-License-Identifier: LGPL-2.1-or-later
/* A child process that writes one token; see writer.h. Knows nothing of vDPA. */
#include "writer.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "private.h"

struct vdpam_writer {
	pid_t pid;
	int pidfd;
	int go;     /* -1: it was let go */
	int result; /* once pid is -1: of the write */
};

/* In the child, where another thread of the caller may hold any lock: system calls alone. */
static void write_and_exit(int go, int fd, int lock_fd, const char *token, size_t size)
{
	unsigned int kept = lock_fd < 0 ? 2 : 3;
	char byte;
	ssize_t n;

	/* The caller may have had no standard streams: out of the way of 0 to 2 first. */
	go = fcntl(go, F_DUPFD, 3);
	fd = fcntl(fd, F_DUPFD, 3);
	lock_fd = lock_fd < 0 ? -1 : fcntl(lock_fd, F_DUPFD, 3);
	/* All others are closed, standard output above all: who reads it would wait for us. */
	if (dup2(go, 0) < 0 || dup2(fd, 1) < 0 || (kept == 3 && dup2(lock_fd, 2) < 0) ||
	    syscall(SYS_close_range, kept, ~0U, 0) < 0)
		_exit(errno);
	setsid();
	do
		n = read(0, &byte, 1);
	while (n < 0 && errno == EINTR);
	if (n != 1)
		_exit(ECANCELED);
	n = write(1, token, size);
	_exit(n < 0 ? errno : 0);
}

int vdpam_writer_new(int fd, int lock_fd, const char *token,
		     struct vdpam_writer **ret_writer)
{
	struct vdpam_writer *writer = calloc(1, sizeof(*writer));
	int pair[2], r;

	if (!writer)
		return -ENOMEM;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0) {
		r = -errno;
		free(writer);
		return r;
	}
	writer->go = pair[1];
	writer->pid = fork();
	if (!writer->pid)
		write_and_exit(pair[0], fd, lock_fd, token, strlen(token));
	r = writer->pid < 0 ? -errno : 0;
	close(pair[0]);
	writer->pidfd = r ? -1 : (int)syscall(SYS_pidfd_open, writer->pid, 0);
	if (!r && writer->pidfd < 0)
		r = -errno;
	if (r < 0) {
		vdpam_writer_free(writer);
		return r;
	}
	*ret_writer = writer;
	return 0;
}

int vdpam_writer_go(struct vdpam_writer *writer)
{
	ssize_t n = send(writer->go, "", 1, MSG_NOSIGNAL);

	close(writer->go);
	writer->go = -1;
	return n == 1 ? 0 : -EPIPE;
}

int vdpam_writer_wait(struct vdpam_writer *writer, uint64_t deadline_usec)
{
	struct pollfd pollfd = { .fd = writer->pidfd, .events = POLLIN };
	siginfo_t info = { 0 };
	uint64_t left;
	int r;

	if (writer->pid < 0)
		return writer->result;
	do {
		left = vdpam_left_usec(deadline_usec) / 1000;
		r = poll(&pollfd, 1, left > 3600000 ? 3600000 : (int)left);
	} while ((r < 0 && errno == EINTR) ||
		 (!r && vdpam_left_usec(deadline_usec) >= 1000));
	if (r < 0)
		return -errno;
	if (!r)
		return -ETIMEDOUT;
	if (waitid(P_PIDFD, (id_t)writer->pidfd, &info, WEXITED) < 0)
		return -errno;
	writer->pid = -1;
	writer->result = info.si_code == CLD_EXITED ? -info.si_status : -EINTR;
	return writer->result;
}

bool vdpam_writer_sleeps(const struct vdpam_writer *writer)
{
	char path[32], text[128];
	const char *name_end;
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)writer->pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	text[n > 0 ? n : 0] = 0;
	name_end = strrchr(text, ')');
	return name_end && !strncmp(name_end, ") D", 3);
}

struct vdpam_writer *vdpam_writer_free(struct vdpam_writer *writer)
{
	if (!writer)
		return NULL;
	if (writer->go >= 0) {
		close(writer->go);
		if (writer->pid > 0)
			waitpid(writer->pid, NULL, 0);
	}
	if (writer->pidfd >= 0)
		close(writer->pidfd);
	free(writer);
	return NULL;
}
