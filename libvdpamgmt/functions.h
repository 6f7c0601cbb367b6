/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The functions of a snapshot, and the virtual functions and interfaces of one. */
#ifndef VDPAM_FUNCTIONS_H
#define VDPAM_FUNCTIONS_H

#include <stdint.h>

struct vdpam_ctx;
struct vdpam_function;
struct vdpam_snapshot;

/* Adds the functions to a snapshot that has its management devices. 0 or a negative errno. */
int vdpam_functions_look(struct vdpam_ctx *ctx, struct vdpam_snapshot *snapshot);

/* Adds what devlink tells of those that are scalable functions. 0 or -ENOMEM. */
int vdpam_functions_look_at_ports(struct vdpam_ctx *ctx, struct vdpam_snapshot *snapshot);

void vdpam_function_fini(struct vdpam_function *function);

/* Opens the folder of a function by handle. -ENOENT also for what is no handle with a bus. */
int vdpam_function_open(struct vdpam_ctx *ctx, const char *handle);

/* How many VFs the PF in this folder has, by its links: sriov_numvfs would wait for who writes it. */
int vdpam_function_count_vfs(int pf_fd);

/* Opens the folder of a VF, and gives its PCI address, to be freed. -ENOENT when there is none. */
int vdpam_function_open_vf(struct vdpam_ctx *ctx, int pf_fd, uint32_t index,
			   char **ret_address);

/* Finds the interface of a function, and the representors of those on it. 0 or -ENOMEM. */
int vdpam_function_look_at_netdevs(struct vdpam_ctx *ctx, struct vdpam_snapshot *snapshot,
				   struct vdpam_function *function);

/* The interface of the function in this folder, no representor; to be freed. -ENOENT. */
int vdpam_function_find_netdev(int fd, char **ret_netdev);

#endif
