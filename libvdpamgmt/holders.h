/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The processes that have a device node open, found by walking /proc. */
#ifndef VDPAM_HOLDERS_H
#define VDPAM_HOLDERS_H

#include "vdpamgmt.h"

/*
 * Who has the char device (S_IFCHR) or the disk (S_IFBLK) of this number open. 0, -EACCES when the
 * processes of others cannot be looked at, -ENOMEM.
 */
int vdpam_holders_find(mode_t type, dev_t devnum, struct vdpam_holders **ret_holders);

/* For those that another process has found. `comm` is escaped already. 0 or -ENOMEM. */
struct vdpam_holders *vdpam_holders_new(void);
int vdpam_holders_add(struct vdpam_holders *holders, pid_t pid, const char *comm);
/* NULL for NULL, and without memory. */
struct vdpam_holders *vdpam_holders_copy(const struct vdpam_holders *holders);

/* Whom a process names that may not look at others: vdpam_error_name_holders(). */
#define VDPAM_UNSEEN_HOLDER "somebody who cannot be seen from here"

/* "pid 12 (qemu), pid 13 (cat)", or NULL when there is none; the caller frees it. */
char *vdpam_holders_text(const struct vdpam_holders *holders);

#endif
