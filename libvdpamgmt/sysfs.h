/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * /sys below one folder descriptor. Paths are ours; a name that the kernel gave goes in only after
 * vdpam_sysfs_is_plain(). No path leaves the folder or crosses into another file system.
 */
#ifndef VDPAM_SYSFS_H
#define VDPAM_SYSFS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define VDPAM_BUS "bus/vdpa/"
#define VDPAM_BUS_DEVICES VDPAM_BUS "devices"
#define VDPAM_BUS_DRIVERS VDPAM_BUS "drivers"

/* Whether a name can be one component of a path: not ".", "..", empty, too long, nor with '/'. */
bool vdpam_sysfs_is_plain(const char *name);

/*
 * The folder DIR/NAME, opened for look-ups only (O_PATH). `name` may be NULL: DIR itself.
 * Returns a descriptor; -ENOENT also for a name that is not plain; other negative errno.
 */
int vdpam_sysfs_open(int at, const char *dir, const char *name);

/* A file's first `size` - 1 bytes without the last newline. Returns their number. */
int vdpam_sysfs_read(int at, const char *path, char *text, size_t size);

/* A number in a file, as the kernel writes it: decimal, or hexadecimal after 0x. */
int vdpam_sysfs_read_number(int at, const char *path, int64_t *ret_number);

/* MAJOR:MINOR in a file. */
int vdpam_sysfs_read_devnum(int at, const char *path, dev_t *ret_devnum);

/*
 * Writes one token: no newline, at most 255 bytes. -EINVAL for others. Can sleep for as long as the
 * kernel likes.
 */
int vdpam_sysfs_write(int at, const char *path, const char *token);

/* Writes an empty line, which takes back what was written to driver_override. */
int vdpam_sysfs_clear(int at, const char *path);

/* Opens a file for writing, to be written by somebody else. Returns a descriptor. */
int vdpam_sysfs_open_for_write(int at, const char *path);

/* The last component of what a link points to; the caller frees it. -ENOENT where there is none. */
int vdpam_sysfs_link_name(int at, const char *path, char **ret_name);

/* All that a link points to; the caller frees it. */
int vdpam_sysfs_link(int at, const char *path, char **ret_target);

/*
 * Calls `entry` for each entry of a folder but "." and ".."; a return other than 0 ends the walk and
 * is returned. `type` is DT_LNK and so on.
 */
int vdpam_sysfs_list(int at, const char *path,
		     int (*entry)(void *userdata, const char *name, unsigned char type),
		     void *userdata);

/* The first entry of a folder that begins with `prefix`, followed by digits when `digits`. */
int vdpam_sysfs_find(int at, const char *path, const char *prefix, bool digits,
		     char **ret_name);

#endif
