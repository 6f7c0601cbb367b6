/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What targets.c and targets-decide.c share. */
#ifndef TARGETS_PRIVATE_H
#define TARGETS_PRIVATE_H

#include "targets.h"

struct target *target_get(struct lh_table *table, const char *name);
bool target_is_function_step(const struct vdpam_step *step);
struct lh_table *targets_table_of(const struct targets *targets,
				  const struct vdpam_step *step);
struct target *targets_find_of(const struct targets *targets,
			       const struct vdpam_step *step);
/* What a step begins. */
enum reconcile_event target_begin_event(enum vdpam_operation operation);

#endif
