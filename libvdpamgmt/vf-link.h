/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The link attributes of VFs, as rtnetlink has them; and the setting of one. */
#ifndef VDPAM_VF_LINK_H
#define VDPAM_VF_LINK_H

#include "vdpamgmt-provision.h"

struct vdpam_vf {
	uint32_t index;
	uint32_t present; /* bit N: number[N] is known */
	uint64_t number[VDPAM_VF_ATTR_COUNT];
};

struct vdpam_vfs {
	struct vdpam_vf *list;
	size_t count;
};

/*
 * The attributes of all VFs of one PF, by handle: one question to rtnetlink, about this PF alone.
 * -EOPNOTSUPP when it has no interface in this network namespace.
 */
int vdpam_vfs_new(struct vdpam_ctx *ctx, const char *pf, struct vdpam_vfs **ret_vfs);

/* Takes NULL, returns NULL. */
struct vdpam_vfs *vdpam_vfs_free(struct vdpam_vfs *vfs);

/* The argument of a step that sets the attribute. */
enum vdpam_argument vdpam_vf_attr_argument(enum vdpam_vf_attr attr);

/*
 * Asks for the VFs of the PF behind one interface, or sets `attr` of the VF to what `wanted` has:
 * with the other one of a pair (VLAN and QoS, both rates), which the kernel sets together. 0 or the
 * kernel's own errno; `*ret_text` is written in any case, its words or NULL, the caller frees them.
 */
int vdpam_vf_link_get(int ifindex, struct vdpam_vfs *ret_vfs, char **ret_text);
int vdpam_vf_link_set(int ifindex, const struct vdpam_vf *wanted, enum vdpam_vf_attr attr,
		      char **ret_text);

/* The index of the interface of the PF in this folder. -ENOENT where there is none. */
int vdpam_vf_link_find(int pf_fd, int *ret_ifindex);

#endif
