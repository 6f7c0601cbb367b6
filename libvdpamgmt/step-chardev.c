// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The char device of a bound device: its node, who may open it (chardev-set), and the link by name. No
 * uevent tells of the node, so no udev rule can do this (drivers/base/core.c:dev_uevent_filter).
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "step.h"
#include "sysfs.h"
#include "users.h"

#define BY_NAME "/dev/vhost-vdpa/by-name"

static int open_folder(void)
{
	const int flags = O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
	int fd = open(BY_NAME, flags);

	if (fd < 0 && errno == ENOENT) {
		/* The first may be there; where one cannot be made, the open says so. */
		mkdir("/dev/vhost-vdpa", 0755);
		mkdir(BY_NAME, 0755);
		fd = open(BY_NAME, flags);
	}
	return fd < 0 ? -errno : fd;
}

/*
 * A link that is there is replaced in one move, so that who follows it never finds none. What a
 * process that was killed left behind has the same temporary name, and another one that is at it
 * now makes the same link.
 */
static int link_by_name(const char *name, const char *node)
{
	VDPAM_AUTO_CLOSE int fd = open_folder();
	char target[300], temporary[300];

	if (fd < 0)
		return fd;
	snprintf(target, sizeof(target), "../../%s", node);
	if (!symlinkat(target, fd, name))
		return 0;
	if (errno != EEXIST)
		return -errno;
	snprintf(temporary, sizeof(temporary), ".%s", name);
	unlinkat(fd, temporary, 0);
	if (symlinkat(target, fd, temporary) < 0 && errno != EEXIST)
		return -errno;
	if (renameat(fd, temporary, fd, name) < 0 && errno != ENOENT) {
		int r = -errno;

		unlinkat(fd, temporary, 0);
		return r;
	}
	return 0;
}

static bool is_node(const char *node, dev_t devnum)
{
	char path[300];
	struct stat st;

	snprintf(path, sizeof(path), "/dev/%s", node);
	return !lstat(path, &st) && S_ISCHR(st.st_mode) && st.st_rdev == devnum;
}

int vdpam_chardev_publish(int device_fd, const char *name, uint64_t deadline_usec)
{
	const struct timespec pause = { .tv_nsec = 1000 * 1000 };
	VDPAM_AUTO_FREE char *node = NULL;
	char path[300];
	dev_t devnum;
	int r;

	r = vdpam_sysfs_find(device_fd, ".", "vhost-vdpa-", true, &node);
	if (r < 0)
		return r;
	snprintf(path, sizeof(path), "%s/dev", node);
	r = vdpam_sysfs_read_devnum(device_fd, path, &devnum);
	if (r < 0)
		return r;
	while (!is_node(node, devnum)) {
		if (!vdpam_left_usec(deadline_usec))
			return -ENOENT;
		nanosleep(&pause, NULL);
	}
	return vdpam_name_is_valid(name) ? link_by_name(name, node) : 0;
}

void vdpam_chardev_retract(const char *name)
{
	VDPAM_AUTO_CLOSE int fd =
		open(BY_NAME, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd >= 0 && vdpam_name_is_valid(name))
		unlinkat(fd, name, 0);
}

/* ---- chardev-set --------------------------------------------------------------------------- */

/* Who is to have it; root alone unless something else is said. */
struct access {
	int64_t uid, gid, mode;
};

static int fail_set(const struct vdpam_step *step, int r, struct vdpam_error **ret_error)
{
	VDPAM_ESCAPED(shown, step->target);
	if (r == -EPERM || r == -EACCES)
		return vdpam_fail(
			ret_error, VDPAM_ERROR_NOT_AUTHORIZED, r, step->target, NULL,
			"changing the owner of the char device of %s needs root", shown);
	if (r == -ENOENT || r == -ENXIO)
		return vdpam_fail(
			ret_error, VDPAM_ERROR_WRONG_DRIVER, r, step->target, NULL,
			"%s has no char device: vhost_vdpa does not have it", shown);
	return vdpam_fail(ret_error, vdpam_error_code_of(r), r, step->target, NULL,
			  "cannot change the owner of the char device of %s", shown);
}

static int find_user(const struct vdpam_step *step, enum vdpam_argument argument,
		     int64_t (*number_of)(const char *name), int64_t *ret_number,
		     struct vdpam_error **ret_error)
{
	const char *name = step->text[argument];
	int64_t number = name ? number_of(name) : 0;

	VDPAM_ESCAPED(shown, name ? name : "");
	VDPAM_ESCAPED(target, step->target);
	if (number < 0)
		return vdpam_fail(ret_error, VDPAM_ERROR_INVALID_VALUE, -EINVAL,
				  step->target, NULL,
				  "the char device of %s cannot have the %s %s: there is "
				  "none of that name",
				  target, vdpam_argument_name(argument), shown);
	*ret_number = number;
	return 0;
}

/*
 * The node of the device in this folder, not opened: that would reset the device. What can be at its
 * path is anything; the descriptor is of this very char device.
 */
static int open_node(int device_fd)
{
	VDPAM_AUTO_FREE char *node = NULL;
	char path[300];
	struct stat st;
	dev_t devnum;
	int fd, r;

	r = vdpam_sysfs_find(device_fd, ".", "vhost-vdpa-", true, &node);
	if (r < 0)
		return r;
	snprintf(path, sizeof(path), "%s/dev", node);
	r = vdpam_sysfs_read_devnum(device_fd, path, &devnum);
	if (r < 0)
		return r;
	snprintf(path, sizeof(path), "/dev/%s", node);
	fd = open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) < 0 || !S_ISCHR(st.st_mode) || st.st_rdev != devnum) {
		close(fd);
		return -ENOENT;
	}
	return fd;
}

static bool has_access(int fd, const struct access *access)
{
	struct stat st;

	return !fstat(fd, &st) && (int64_t)st.st_uid == access->uid &&
	       (int64_t)st.st_gid == access->gid &&
	       (int64_t)(st.st_mode & 07777) == access->mode;
}

/*
 * To root first, so that who had it cannot change it back; the mode then; to the owner last, who
 * until then could open it by neither the old mode nor the new one.
 */
static int give(int fd, const struct access *access)
{
	char path[64];

	if (has_access(fd, access))
		return 0;
	/* The link is the descriptor's: no path is looked up. */
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (fchownat(fd, "", 0, 0, AT_EMPTY_PATH) < 0 ||
	    chmod(path, (mode_t)access->mode) < 0 ||
	    fchownat(fd, "", (uid_t)access->uid, (gid_t)access->gid, AT_EMPTY_PATH) < 0)
		return -errno;
	return has_access(fd, access) ? 0 : -EIO;
}

int vdpam_run_chardev_set(struct vdpam_ctx *ctx, struct vdpam_step *step,
			  uint64_t deadline_usec, struct vdpam_error **ret_error)
{
	struct access access = { .mode = 0600 };
	VDPAM_AUTO_CLOSE int device_fd = vdpam_step_open_device(ctx, step, ret_error);
	VDPAM_AUTO_CLOSE int fd = -1;
	uint64_t mode;
	int r;

	(void)deadline_usec;
	if (device_fd < 0)
		return device_fd;
	if (!vdpam_step_get_number(step, VDPAM_ARG_MODE, &mode))
		access.mode = (int64_t)mode;
	r = find_user(step, VDPAM_ARG_OWNER, vdpam_uid_of, &access.uid, ret_error);
	if (!r)
		r = find_user(step, VDPAM_ARG_GROUP, vdpam_gid_of, &access.gid,
			      ret_error);
	if (r < 0)
		return r;
	fd = open_node(device_fd);
	r = fd < 0 ? fd : give(fd, &access);
	return r < 0 ? fail_set(step, r, ret_error) : 0;
}
