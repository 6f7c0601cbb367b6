/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where snapshots, and the hints that it is time for one, come from: of the kernel (look-kernel.c);
 * of a file, in tests. What the daemon has on the bus would be one more.
 */
#ifndef KUBE_LOOK_H
#define KUBE_LOOK_H

#include <stdbool.h>
#include <stddef.h>

#include "vdpamgmt.h"

struct kube_look;

#define KUBE_LOOK_FDS 2

int kube_look_new(struct kube_look **ret_look);
struct kube_look *kube_look_free(struct kube_look *look);
/* The descriptors to be polled for input; returns how many. */
size_t kube_look_get_fds(const struct kube_look *look, int fds[KUBE_LOOK_FDS]);
/* Takes the hints off them. Returns 1 when it is time to look, 0, or a negative errno. */
int kube_look_drain(struct kube_look *look);
/* As vdpam_snapshot_new(), of VDPAM_LOOK_FUNCTIONS. */
int kube_look_take(struct kube_look *look, struct vdpam_snapshot **ret_snapshot,
		   struct vdpam_error **ret_error);

#endif
