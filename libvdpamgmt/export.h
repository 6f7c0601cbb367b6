/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The halves of an export, for those who want a part of a snapshot. */
#ifndef VDPAM_EXPORT_H
#define VDPAM_EXPORT_H

#include <stdbool.h>
#include <stddef.h>

struct json_object;
struct vdpam_snapshot;

/* The devices of a document: those of these names, all for NULL. */
struct json_object *vdpam_export_devices(const struct vdpam_snapshot *snapshot,
					 const char *const *names, size_t count);

/*
 * Its functions: those of the snapshot's for which `wanted` is true, all for NULL. With defaults what a
 * new VF has anyway is said too, for a state that is to be returned to.
 */
struct json_object *vdpam_export_functions(const struct vdpam_snapshot *snapshot,
					   const bool *wanted, bool with_defaults);

#endif
