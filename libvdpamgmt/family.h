/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Generic netlink family ids, and multicast groups: asked for by name. */
#ifndef VDPAM_FAMILY_H
#define VDPAM_FAMILY_H

#include <stdint.h>

#include "transport.h"

/* 0; -ENOENT when the kernel has no such family; other negative errno. */
int vdpam_family_resolve(struct vdpam_transport *transport, const char *name,
			 uint16_t *ret_id);

/* The same, and the number of the multicast group of that name. -ENOENT also without the group. */
int vdpam_family_resolve_group(struct vdpam_transport *transport, const char *name,
			       const char *group, uint16_t *ret_id, uint32_t *ret_group);

#endif
