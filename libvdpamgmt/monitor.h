/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The devlink source of a monitor, for tests that play the kernel. */
#ifndef VDPAM_MONITOR_H
#define VDPAM_MONITOR_H

#include "vdpamgmt.h"

/* A monitor that has this socket as its devlink source alone, of a family of this number. */
int vdpam_monitor_new_from_fd(int fd, uint16_t family,
			      struct vdpam_monitor **ret_monitor);

#endif
