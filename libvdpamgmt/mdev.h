/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Mediated devices: who can be their parent, of which types, and which there are. */
#ifndef VDPAM_MDEV_H
#define VDPAM_MDEV_H

#include "vdpamgmt.h"

#define VDPAM_MDEV_DEVICES "bus/mdev/devices"

struct vdpam_mdev_type {
	char *parent; /* handle */
	char *type;
	char *name;
	char *description;
	char *device_api;
	int64_t available; /* -1: not told */
};

struct vdpam_mdev {
	char *uuid;
	char *parent; /* handle; NULL: gone meanwhile */
	char *type;
	char *driver;
	char *mgmtdev;
};

struct vdpam_mdev_list {
	char **parents; /* handles */
	size_t n_parents;
	struct vdpam_mdev_type *types;
	size_t n_types;
	struct vdpam_mdev *mdevs;
	size_t n_mdevs;
};

/* Opens the folder of a parent. -ENOENT when this handle is no parent of mediated devices. */
int vdpam_mdev_open_parent(struct vdpam_ctx *ctx, const char *handle);

/* Looks at one, by UUID in lower case. 0; -ENOENT; -ENOMEM. */
int vdpam_mdev_look(struct vdpam_ctx *ctx, const char *uuid, struct vdpam_mdev *ret_mdev);

/*
 * The parent's handle and the type of one, each to be freed; NULL where it is not told. `uuid` is the
 * name of a folder. 0; -ENOENT; -ENOMEM.
 */
int vdpam_mdev_look_at_parent(struct vdpam_ctx *ctx, const char *uuid, char **ret_parent,
			      char **ret_type);

/* Takes a zeroed struct too. */
void vdpam_mdev_fini(struct vdpam_mdev *mdev);

#endif
