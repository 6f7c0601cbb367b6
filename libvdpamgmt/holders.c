// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The processes that have a device node open: /proc/PID/fd, compared by device number, because the
 * path of a node that an unbind has removed says "(deleted)". Opens no device.
 */
#include "holders.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "private.h"

struct holder {
	pid_t pid;
	char *comm; /* escaped */
};

struct vdpam_holders {
	struct holder *holders;
	size_t count;
};

struct vdpam_holders *vdpam_holders_free(struct vdpam_holders *holders)
{
	if (holders) {
		for (size_t i = 0; i < holders->count; i++)
			free(holders->holders[i].comm);
		free(holders->holders);
		free(holders);
	}
	return NULL;
}

struct vdpam_holders *vdpam_holders_new(void)
{
	return calloc(1, sizeof(struct vdpam_holders));
}

int vdpam_holders_add(struct vdpam_holders *holders, pid_t pid, const char *comm)
{
	struct holder *larger =
		reallocarray(holders->holders, holders->count + 1, sizeof(*larger));
	char *copy = strdup(comm);

	if (larger)
		holders->holders = larger;
	if (!larger || !copy) {
		free(copy);
		return -ENOMEM;
	}
	larger[holders->count++] = (struct holder){ .pid = pid, .comm = copy };
	return 0;
}

struct vdpam_holders *vdpam_holders_copy(const struct vdpam_holders *holders)
{
	struct vdpam_holders *copy = holders ? vdpam_holders_new() : NULL;

	for (size_t i = 0; copy && i < holders->count; i++) {
		if (vdpam_holders_add(copy, holders->holders[i].pid,
				      holders->holders[i].comm) < 0)
			return vdpam_holders_free(copy);
	}
	return copy;
}

static int add_holder(struct vdpam_holders *holders, int proc_fd, const char *pid)
{
	struct holder *larger;
	char path[64], comm[64];
	ssize_t n = -1;
	int fd;

	larger = reallocarray(holders->holders, holders->count + 1, sizeof(*larger));
	if (!larger)
		return -ENOMEM;
	holders->holders = larger;
	snprintf(path, sizeof(path), "%.20s/comm", pid);
	fd = openat(proc_fd, path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		n = read(fd, comm, sizeof(comm) - 1);
		close(fd);
	}
	if (n > 0 && comm[n - 1] == '\n')
		n--;
	comm[n > 0 ? n : 0] = 0;
	larger[holders->count].pid = (pid_t)strtol(pid, NULL, 10);
	larger[holders->count].comm = vdpam_name_escape(comm);
	if (!larger[holders->count].comm)
		return -ENOMEM;
	holders->count++;
	return 0;
}

/* Whether one of the descriptors of a process is the node; 0, 1, or a negative errno. */
static int has_open(int proc_fd, const char *pid, mode_t type, dev_t devnum)
{
	const struct dirent *d;
	char path[64];
	struct stat st;
	int fd, found = 0;
	DIR *dir;

	snprintf(path, sizeof(path), "%.20s/fd", pid);
	fd = openat(proc_fd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	dir = fdopendir(fd);
	if (!dir) {
		close(fd);
		return -ENOMEM;
	}
	while (!found && (d = readdir(dir))) {
		if (d->d_name[0] != '.' && !fstatat(dirfd(dir), d->d_name, &st, 0))
			found = (st.st_mode & S_IFMT) == type && st.st_rdev == devnum;
	}
	closedir(dir);
	return found;
}

int vdpam_holders_find(mode_t type, dev_t devnum, struct vdpam_holders **ret_holders)
{
	struct vdpam_holders *holders = calloc(1, sizeof(*holders));
	bool denied = false;
	const struct dirent *d;
	int r = 0;
	DIR *proc;

	proc = opendir("/proc");
	if (!holders || !proc) {
		if (proc)
			closedir(proc);
		free(holders);
		return proc ? -ENOMEM : -EACCES;
	}
	while (r >= 0 && (d = readdir(proc))) {
		if (d->d_name[0] < '1' || d->d_name[0] > '9')
			continue;
		r = has_open(dirfd(proc), d->d_name, type, devnum);
		if (r > 0) {
			r = add_holder(holders, dirfd(proc), d->d_name);
		} else if (r < 0) {
			/* Processes end while we walk; those of others may be closed to us. */
			denied |= r == -EACCES || r == -EPERM;
			r = r == -ENOMEM ? r : 0;
		}
	}
	closedir(proc);
	if (!r && denied && !holders->count)
		r = -EACCES;
	if (r < 0) {
		vdpam_holders_free(holders);
		return r;
	}
	*ret_holders = holders;
	return 0;
}

char *vdpam_holders_text(const struct vdpam_holders *holders)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out;

	if (!vdpam_holders_count(holders))
		return NULL;
	out = open_memstream(&text, &size);
	if (!out)
		return NULL;
	for (size_t i = 0; i < holders->count; i++)
		fprintf(out, "%spid %d (%s)", i ? ", " : "", (int)holders->holders[i].pid,
			holders->holders[i].comm);
	fclose(out);
	return text;
}

size_t vdpam_holders_count(const struct vdpam_holders *holders)
{
	return holders ? holders->count : 0;
}

pid_t vdpam_holders_get_pid(const struct vdpam_holders *holders, size_t index)
{
	return holders->holders[index].pid;
}

const char *vdpam_holders_get_comm(const struct vdpam_holders *holders, size_t index)
{
	return holders->holders[index].comm;
}
