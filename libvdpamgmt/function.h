/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What a management device sits on: a PF, VF, SF, mediated device, VDUSE, a simulator. */
#ifndef VDPAM_FUNCTION_H
#define VDPAM_FUNCTION_H

#include <stdbool.h>
#include <stdint.h>

struct vdpam_ctx;

struct vdpam_function_info {
	const char *kind; /* "pf", "vf", "sf", "mdev", "vduse", "simulator", "other" */
	char *driver;
	char *pci_address;
	char *pf; /* handle */
	char *uuid;
	int vf_index;                    /* -1: not a VF */
	int numa_node;                   /* -1: none */
	uint32_t pci_vendor, pci_device; /* of the PCI function at or above it; 0: none */
	uint32_t sfnum;
	bool has_sfnum;
};

/* Looks at DEVICE on BUS (NULL: on none). 0 or -ENOMEM; what is absent is NULL or -1. */
int vdpam_function_look(struct vdpam_ctx *ctx, const char *bus, const char *device,
			struct vdpam_function_info *ret_info);

void vdpam_function_info_fini(struct vdpam_function_info *info);

/* The last PCI address in a device's path: its own, or that of what it is in; to be freed. NULL. */
char *vdpam_function_pci_address(const char *path);

/* "BUS/DEVICE" or "DEVICE"; the caller frees it. */
char *vdpam_handle_join(const char *bus, const char *device);

#endif
