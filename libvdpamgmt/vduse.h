/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A device that a program offers through VDUSE. */
#ifndef VDPAM_VDUSE_H
#define VDPAM_VDUSE_H

#include "vdpamgmt.h"

#define VDPAM_VDUSE_CLASS "class/vduse"

struct vdpam_vduse {
	char *name;
	bool is_attached;
	uint32_t virtio_id;  /* 0: not told */
	int64_t msg_timeout; /* seconds; -1: not told */
	uint32_t n_queues;
};

struct vdpam_vduse_list {
	struct vdpam_vduse *devices;
	size_t count;
};

#endif
