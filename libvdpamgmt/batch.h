/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The lock that keeps writers apart, and automatic probing that is off while we create. Held for
 * kernel writes that end by themselves; given up before a wait that only the kernel can end.
 */
#ifndef VDPAM_BATCH_H
#define VDPAM_BATCH_H

#include "vdpamgmt-provision.h"

/* Begins a batch unless one is open; `*ret_own` says that the caller is to end it. */
int vdpam_batch_join(struct vdpam_ctx *ctx, uint64_t deadline_usec, bool *ret_own,
		     struct vdpam_error **ret_error);

/* Puts right what an interrupted batch left of drivers_autoprobe; takes the lock only for that. */
void vdpam_batch_recover(struct vdpam_ctx *ctx, uint64_t timeout_usec);

/* Turns drivers_autoprobe off until the batch ends; its value is recorded first. */
int vdpam_batch_hold_autoprobe(struct vdpam_ctx *ctx, struct vdpam_error **ret_error);

/* A device that this batch made; `probe`: the bus is to find a driver for it afterwards. */
int vdpam_batch_add_created(struct vdpam_ctx *ctx, const char *name, bool probe);

#endif
