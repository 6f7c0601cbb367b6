// SPDX-License-Identifier: LGPL-2.1-or-later
/* The folder /run/vdpad/state; see state.h. Knows files, not what they stand for. */
#include "state.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>

#include "private.h"

/* Opens a folder below `at`, made when it is not there; one that is not root's is not ours. */
static int open_folder(int at, const char *path)
{
	struct stat st;
	int fd;

	if (mkdirat(at, path, 0755) < 0 && errno != EEXIST)
		return -errno;
	fd = openat(at, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) < 0 || st.st_uid != 0) {
		close(fd);
		return -EACCES;
	}
	return fd;
}

int vdpam_state_open(void)
{
	VDPAM_AUTO_CLOSE int run = open_folder(AT_FDCWD, "/run/vdpad");

	return run < 0 ? run : open_folder(run, "state");
}

int vdpam_state_lock(int state_fd, const char *name, uint64_t deadline_usec)
{
	const struct timespec pause = { .tv_nsec = 5 * 1000 * 1000 };
	int fd;

	fd = openat(state_fd, name, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	while (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		if (errno != EWOULDBLOCK || !vdpam_left_usec(deadline_usec)) {
			int r = errno == EWOULDBLOCK ? -ETIMEDOUT : -errno;

			close(fd);
			return r;
		}
		nanosleep(&pause, NULL);
	}
	return fd;
}

int vdpam_state_save(int state_fd, const char *name, int value)
{
	const char digit = value ? '1' : '0';
	char made[NAME_MAX + 1];
	ssize_t n;
	int fd;

	if (snprintf(made, sizeof(made), "%s.new", name) >= (int)sizeof(made))
		return -ENAMETOOLONG;
	fd = openat(state_fd, made, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC,
		    0644);
	if (fd < 0)
		return -errno;
	n = write(fd, &digit, 1);
	close(fd);
	if (n != 1)
		return -EIO;
	return renameat(state_fd, made, state_fd, name) < 0 ? -errno : 0;
}

int vdpam_state_saved(int state_fd, const char *name)
{
	char digit = '1';
	int fd;

	fd = openat(state_fd, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (read(fd, &digit, 1) != 1)
		digit = '1';
	close(fd);
	return digit != '0';
}

int vdpam_state_forget(int state_fd, const char *name)
{
	return unlinkat(state_fd, name, 0) < 0 ? -errno : 0;
}
