/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The files that others read: a device-information file for each device that was allocated, a CDI
 * specification for each class. Written by rename; no file of anybody else is touched.
 */
#ifndef KUBE_FILES_H
#define KUBE_FILES_H

#include "pool.h"

struct kube_files;

/* Makes the folders where they are missing. NULL when there is no memory. */
struct kube_files *kube_files_new(const char *devinfo_dir, const char *cdi_dir);
/* Removes what was written and frees. */
void kube_files_free(struct kube_files *files);

/*
 * After the pool has changed: the CDI specifications; the device-information files of devices that
 * still have one; those of devices that are gone, or that a process killed before us left, go.
 */
void kube_files_update(struct kube_files *files, const struct kube_pool *pool);

/* Before a device is given away. Returns 0 or a negative errno, which was logged. */
int kube_files_allocated(struct kube_files *files, const struct kube_pool *pool,
			 const struct kube_device *device);

#endif
