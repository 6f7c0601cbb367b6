/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A kernel that fits into a test: a host as the JSON of a snapshot, and what each step makes of it. It
 * refuses what the kernel would refuse, and what would be a fault of a plan though it would not.
 */
#ifndef TESTS_KERNEL_MODEL_H
#define TESTS_KERNEL_MODEL_H

#include <stdint.h>

struct json_object;
struct vdpam_step;

#define MODEL_VF_PF "pci/0000:01:00.0"
#define MODEL_SF_PF "pci/0000:03:00.0"
#define MODEL_MDEV_PARENT "pci/0000:05:00.0"
#define MODEL_VF_DRIVER "vdpatest-vf"

/* Simulators, vduse, a PF with up to 4 VFs, one with an e-switch, a parent of mediated devices. */
struct json_object *model_new(void);

/* Changes the host as the step says. NULL, or why that cannot be. */
const char *model_run(struct json_object *host, const struct vdpam_step *step);

/* What is called so in "mgmtdevs" (by handle), "functions" (by handle), "devices" (by name), or NULL. */
struct json_object *model_find(struct json_object *host, const char *kind,
			       const char *name);

#endif
