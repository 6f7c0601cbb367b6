/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From documents on the command line to a plan, its run, and what is printed of both; for plan and apply. */
#ifndef VDPACTL_PLAN_H
#define VDPACTL_PLAN_H

#include "document.h"

/* What a plan was made of. */
struct planned {
	struct view view;
	struct vdpam_document *document;
	char *name;
	struct vdpam_generation *generation; /* the last one of that name */
	struct vdpam_plan *plan;
};
#define AUTO_PLANNED __attribute__((cleanup(planned_close)))

/* 0, or the exit status of an error that was printed. */
int planned_open(const struct command *cmd, struct planned *planned);
void planned_close(struct planned *planned);

/* "n0: driver-bind vhost_vdpa (its driver differs)"; one line, without its end. */
void plan_print_step(FILE *out, const struct vdpam_step *step);
/* Who waits, and for what. */
void plan_print_notes(FILE *out, const struct vdpam_plan *plan);
/* All steps, numbered from 1. */
struct json_object *plan_steps(const struct vdpam_plan *plan);

/*
 * Runs it and tells how far it is. As vdpam_plan_run() does; below 0 with an error.
 */
int plan_run(const struct command *cmd, struct vdpam_ctx *ctx, struct vdpam_plan *plan,
	     uint64_t timeout_usec, struct cli_error **ret_error);
/* Prints what came of a plan; returns the exit status. */
int plan_report(const struct command *cmd, const struct vdpam_plan *plan);
/* The same of results that somebody else came to: rows, and notes or NULL. */
int results_report(const struct command *cmd, struct json_object *rows,
		   struct json_object *notes);
/* The exit status of one of which nothing has remained; 0 when nothing failed. */
int plan_failure_status(const struct vdpam_plan *plan);
/* Whether the kernel still works on a step of it. */
bool plan_goes_on(const struct vdpam_plan *plan);

/* As the verb plan does: prints it. 0 when there is nothing to do, 2 when there is. */
int plan_show(const struct command *cmd, const struct planned *planned);

#endif
