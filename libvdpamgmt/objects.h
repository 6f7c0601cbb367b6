/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The objects that a snapshot is made of, and how each is filled and freed. */
#ifndef VDPAM_OBJECTS_H
#define VDPAM_OBJECTS_H

#include "function.h"
#include "vdpa-msg.h"
#include "vdpamgmt.h"

#define VDPAM_CHARDEV_MODE 0600 /* as the kernel makes it */

struct vdpam_mgmtdev {
	struct vdpam_mgmtdev_info info;
	struct vdpam_function_info function;
	char *handle;
};

struct vdpam_device {
	struct vdpam_device_info info;
	char *mgmtdev;
	char *function;       /* handle, of one that no management device made */
	const char *driver;   /* in the snapshot's list of drivers */
	bool has_config;      /* DEV_CONFIG_GET has answered */
	bool unbinding;       /* an unbind waits in the kernel */
	bool has_msg_timeout; /* it is on vduse */
	uint32_t msg_timeout; /* seconds; 0: for ever */
	uint64_t identity;
	char *chardev;
	dev_t devnum; /* of the char device, or of the disk */
	uid_t chardev_uid;
	gid_t chardev_gid;
	mode_t chardev_mode; /* permission bits */
	char *virtio;
	bool virtio_is_hidden; /* it is one of several that nobody can tell apart */
	char *virtio_driver;
	char *netdev;
	char *blockdev;
};

struct vdpam_driver {
	char *name;
};

struct vdpam_function {
	struct vdpam_function_info info;
	char *handle;
	char *netdev;
	char *representor;
	const char *mgmtdev; /* handle, in the snapshot's list */
	int sriov_total;     /* -1: no SR-IOV */
	int sriov_count;
	struct vdpam_vfs *vfs; /* of a PF that has some and a driver that tells */
	bool has_mac;          /* of an SF: of its port */
	uint64_t mac;
	char *parent; /* of a mediated device: handle */
	char *mdev_type;
	uint64_t identity;
};

struct vdpam_snapshot {
	int refs;
	int autoprobe; /* -ENODATA: unknown */
	struct vdpam_mgmtdev *mgmtdevs;
	size_t n_mgmtdevs;
	struct vdpam_device *devices;
	size_t n_devices;
	struct vdpam_device **by_name; /* the same, sorted */
	struct vdpam_driver *drivers;
	size_t n_drivers;
	struct vdpam_function *functions;
	size_t n_functions;
};

/* A zeroed element more at the end of an array; it grows by doubling. NULL: no memory. */
void *vdpam_append(void *array, size_t *count, size_t size);

/* The management device that a device is on; NULL for one that its driver made by itself. */
const struct vdpam_mgmtdev *vdpam_device_find_mgmtdev(
	const struct vdpam_snapshot *snapshot, const struct vdpam_device *device);

/* Makes the index by name of a snapshot whose devices are complete. 0; -EINVAL for doubles; -ENOMEM. */
int vdpam_snapshot_index(struct vdpam_snapshot *snapshot);

/*
 * The same while it is filled, when doubles are no error. Removes the devices marked in `drop`, NULL
 * for none, and keeps the order of the others. 0 or -ENOMEM.
 */
int vdpam_snapshot_reindex(struct vdpam_snapshot *snapshot, const bool *drop);

/* By that index, to be changed; NULL when there is none of that name, or no index yet. */
struct vdpam_device *vdpam_snapshot_lookup_device(const struct vdpam_snapshot *snapshot,
						  const char *name);

/* What sysfs tells of an object that netlink has named. 0, or -ENOMEM; what is absent stays unset. */
int vdpam_mgmtdev_look(struct vdpam_ctx *ctx, struct vdpam_mgmtdev *mgmtdev);
int vdpam_device_look(struct vdpam_ctx *ctx, struct vdpam_device *device);

void vdpam_mgmtdev_fini(struct vdpam_mgmtdev *mgmtdev);
void vdpam_device_fini(struct vdpam_device *device);

/*
 * Whether an unbind of the device in the folder `device_fd` still waits: the link to the driver is
 * gone at once, what the kernel tells in `uevent` only when the driver has let go
 * (drivers/base/dd.c:__device_release_driver, core.c:dev_uevent).
 */
bool vdpam_device_fd_is_unbinding(int device_fd);

#endif
