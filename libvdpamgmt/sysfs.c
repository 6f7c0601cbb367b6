// SPDX-License-Identifier: LGPL-2.1-or-later
/* /sys below one folder descriptor; see sysfs.h. Knows files and links, not what they mean. */
#include "sysfs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>

#include "private.h"

bool vdpam_sysfs_is_plain(const char *name)
{
	return *name && strcmp(name, ".") && strcmp(name, "..") && !strchr(name, '/') &&
	       strlen(name) <= NAME_MAX;
}

static int open_beneath(int at, const char *path, int flags)
{
	struct open_how how = {
		.flags = (uint64_t)flags | O_CLOEXEC,
		/* Not RESOLVE_NO_XDEV: in a sandboxed service parts of /sys are mounts of their own. */
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS,
	};
	long fd;

	do
		fd = syscall(SYS_openat2, at, path, &how, sizeof(how));
	while (fd < 0 && (errno == EINTR || errno == EAGAIN));
	return fd < 0 ? -errno : (int)fd;
}

int vdpam_sysfs_open(int at, const char *dir, const char *name)
{
	char path[PATH_MAX];

	if (!name)
		return open_beneath(at, dir, O_PATH | O_DIRECTORY);
	if (!vdpam_sysfs_is_plain(name))
		return -ENOENT;
	if (snprintf(path, sizeof(path), "%s/%s", dir, name) >= (int)sizeof(path))
		return -ENAMETOOLONG;
	return open_beneath(at, path, O_PATH | O_DIRECTORY);
}

int vdpam_sysfs_read(int at, const char *path, char *text, size_t size)
{
	VDPAM_AUTO_CLOSE int fd = open_beneath(at, path, O_RDONLY);
	ssize_t n;

	if (fd < 0)
		return fd;
	do
		n = read(fd, text, size - 1);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	if (n > 0 && text[n - 1] == '\n')
		n--;
	text[n] = 0;
	return (int)n;
}

int vdpam_sysfs_read_number(int at, const char *path, int64_t *ret_number)
{
	char text[32], *end;
	int64_t number;
	int r;

	r = vdpam_sysfs_read(at, path, text, sizeof(text));
	if (r < 0)
		return r;
	errno = 0;
	number = strtoll(text, &end, 0);
	if (errno || end == text || *end)
		return -EBADMSG;
	*ret_number = number;
	return 0;
}

int vdpam_sysfs_read_devnum(int at, const char *path, dev_t *ret_devnum)
{
	unsigned long major_number, minor_number;
	char text[32], *end;
	int r;

	r = vdpam_sysfs_read(at, path, text, sizeof(text));
	if (r < 0)
		return r;
	major_number = strtoul(text, &end, 10);
	if (end == text || *end != ':' || end[1] < '0' || end[1] > '9')
		return -EBADMSG;
	minor_number = strtoul(end + 1, &end, 10);
	if (*end || major_number > UINT_MAX || minor_number > UINT_MAX)
		return -EBADMSG;
	*ret_devnum = makedev((unsigned int)major_number, (unsigned int)minor_number);
	return 0;
}

int vdpam_sysfs_open_for_write(int at, const char *path)
{
	return open_beneath(at, path, O_WRONLY);
}

static int write_bytes(int at, const char *path, const char *bytes, size_t size)
{
	VDPAM_AUTO_CLOSE int fd = vdpam_sysfs_open_for_write(at, path);
	ssize_t n;

	if (fd < 0)
		return fd;
	/* No retry: an interrupted write may have done its work; who calls reads back. */
	n = write(fd, bytes, size);
	if (n < 0)
		return -errno;
	return (size_t)n == size ? 0 : -EIO;
}

int vdpam_sysfs_write(int at, const char *path, const char *token)
{
	size_t size = strlen(token);

	if (!size || size > NAME_MAX || strchr(token, '\n'))
		return -EINVAL;
	return write_bytes(at, path, token, size);
}

int vdpam_sysfs_clear(int at, const char *path)
{
	return write_bytes(at, path, "\n", 1);
}

int vdpam_sysfs_link(int at, const char *path, char **ret_target)
{
	VDPAM_AUTO_CLOSE int fd = -1;
	char target[PATH_MAX];
	ssize_t n;

	/* What is right in the folder leads nowhere else, and is not followed: one call does. */
	if (!vdpam_sysfs_is_plain(path)) {
		fd = open_beneath(at, path, O_PATH | O_NOFOLLOW);
		if (fd < 0)
			return fd;
	}
	n = readlinkat(fd < 0 ? at : fd, fd < 0 ? path : "", target, sizeof(target) - 1);
	if (n < 0)
		return -errno;
	target[n] = 0;
	*ret_target = strdup(target);
	return *ret_target ? 0 : -ENOMEM;
}

int vdpam_sysfs_link_name(int at, const char *path, char **ret_name)
{
	VDPAM_AUTO_FREE char *target = NULL;
	const char *slash;
	int r;

	r = vdpam_sysfs_link(at, path, &target);
	if (!target)
		return r;
	slash = strrchr(target, '/');
	*ret_name = strdup(slash ? slash + 1 : target);
	return *ret_name ? 0 : -ENOMEM;
}

int vdpam_sysfs_list(int at, const char *path,
		     int (*entry)(void *userdata, const char *name, unsigned char type),
		     void *userdata)
{
	const struct dirent *d;
	int fd, r = 0;
	DIR *dir;

	fd = open_beneath(at, path, O_RDONLY | O_DIRECTORY);
	if (fd < 0)
		return fd;
	dir = fdopendir(fd);
	if (!dir) {
		r = -errno;
		close(fd);
		return r;
	}
	while (!r && (errno = 0, d = readdir(dir))) {
		if (strcmp(d->d_name, ".") && strcmp(d->d_name, ".."))
			r = entry(userdata, d->d_name, d->d_type);
	}
	if (!r && errno)
		r = -errno;
	closedir(dir);
	return r;
}

struct find {
	const char *prefix;
	bool digits;
	char *found;
};

static int find_entry(void *userdata, const char *name, unsigned char type)
{
	struct find *find = userdata;
	size_t length = strlen(find->prefix);

	(void)type;
	if (strncmp(name, find->prefix, length))
		return 0;
	if (find->digits && (!name[length] || strspn(name + length, "0123456789") !=
						      strlen(name + length)))
		return 0;
	find->found = strdup(name);
	return find->found ? 1 : -ENOMEM;
}

int vdpam_sysfs_find(int at, const char *path, const char *prefix, bool digits,
		     char **ret_name)
{
	struct find find = { .prefix = prefix, .digits = digits };
	int r;

	r = vdpam_sysfs_list(at, path, find_entry, &find);
	if (r < 0)
		return r;
	if (!r)
		return -ENOENT;
	*ret_name = find.found;
	return 0;
}
