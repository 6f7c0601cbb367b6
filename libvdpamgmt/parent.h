/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What is known of the kernel drivers behind management devices. A table; no I/O. */
#ifndef VDPAM_PARENT_H
#define VDPAM_PARENT_H

#include <stdbool.h>

#include "objects.h"

/* What DEV_NEW can tell a parent. */
enum vdpam_accepts {
	VDPAM_ACCEPTS_MAC = 1 << 0,
	VDPAM_ACCEPTS_MTU = 1 << 1,
	VDPAM_ACCEPTS_MAX_VQP = 1 << 2,
	VDPAM_ACCEPTS_FEATURES = 1 << 3,
};

struct vdpam_parent {
	unsigned int accepts;      /* enum vdpam_accepts, or'ed */
	unsigned int max_devices;  /* on one management device; 0: no limit known */
	bool checks_features_late; /* a create that it refuses leaves the driver broken */
	bool sets_mac;             /* of a living device */
	const char *dma_translation; /* "platform", "device"; NULL: not known */
};

/* Never NULL: what is not in the table has no limit. */
const struct vdpam_parent *vdpam_parent_of(const struct vdpam_mgmtdev *mgmtdev);

/* Whether the table has a kernel driver of this name (NULL: it has not). */
bool vdpam_parent_is_known(const char *driver);

/*
 * Whether the kernel can be asked for one device more on `mgmtdev` with these features to be
 * provisioned (NULL: the driver's choice), or, for vdpam_parent_check_delete(), to delete one.
 * 0, or a negative errno with an error.
 */
int vdpam_parent_check_create(const struct vdpam_snapshot *snapshot,
			      const struct vdpam_mgmtdev *mgmtdev, const char *name,
			      const uint64_t *features, struct vdpam_error **ret_error);
int vdpam_parent_check_delete(const struct vdpam_snapshot *snapshot,
			      const struct vdpam_device *device,
			      struct vdpam_error **ret_error);

#endif
