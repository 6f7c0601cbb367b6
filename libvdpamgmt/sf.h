/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A scalable function: its port on the PF, the auxiliary device that it is, its management device. */
#ifndef VDPAM_SF_H
#define VDPAM_SF_H

#include "devlink-msg.h"
#include "function.h"

struct vdpam_ctx;

struct vdpam_sf {
	char *pf; /* handle */
	uint32_t sfnum;
	struct vdpam_port_info port; /* without a bus: there is no port here */
	char *port_handle;           /* "pci/0000:06:00.0/32768" */
	char *auxiliary;             /* handle of the auxiliary device; NULL: none */
	char *driver;                /* of it */
	char *mgmtdev;               /* handle; NULL: none */
};

struct vdpam_sf_list {
	struct vdpam_sf *sfs;
	size_t count;
};

/*
 * Looks at one. Neither port nor auxiliary device need be there. `index` is that of its port where it
 * is known, which saves listing all. 0 or a negative errno; `*ret_text` is the kernel's words or NULL
 * in any case.
 */
int vdpam_sf_look(struct vdpam_ctx *ctx, const char *pf, uint32_t sfnum,
		  const uint32_t *index, struct vdpam_sf *ret_sf, char **ret_text);

/* Opens the folder of its auxiliary device. Returns a descriptor; -ENOENT. */
int vdpam_sf_open(struct vdpam_ctx *ctx, const struct vdpam_sf *sf);

/* What is there counts; a port without state is active. */
bool vdpam_sf_has_port(const struct vdpam_sf *sf);
bool vdpam_sf_is_active(const struct vdpam_sf *sf);
bool vdpam_sf_is_attached(const struct vdpam_sf *sf);

/* Takes a zeroed struct too. */
void vdpam_sf_fini(struct vdpam_sf *sf);

#endif
