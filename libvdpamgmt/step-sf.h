/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* sf-add and sf-del half way: what is seen of the function, and what was done to it. */
#ifndef VDPAM_STEP_SF_H
#define VDPAM_STEP_SF_H

#include "sf.h"
#include "step.h"

/* How long to wait for a function, or for its management device, before it is taken back. */
#define VDPAM_SF_PATIENCE_USEC (60 * 1000 * 1000)

/*
 * How long a parameter that reads true may not have had its effect before it is reloaded; how long a
 * number may be taken by a function whose port is gone already.
 */
#define VDPAM_SF_GRACE_USEC (1000 * 1000)

enum vdpam_sf_param {
	VDPAM_SF_ETH,
	VDPAM_SF_RDMA,
	VDPAM_SF_VNET, /* the last one that is set */
};
#define VDPAM_SF_PARAM_COUNT (VDPAM_SF_VNET + 1)

/* A boolean parameter of the function's own devlink instance. */
struct vdpam_sf_param_view {
	bool exists;
	bool value;
	enum vdpam_param_cmode cmode;
};

/* What sf-add decides by. */
struct vdpam_sf_view {
	bool has_port;
	bool has_wanted_mac;
	bool is_active;
	bool is_attached;
	bool has_mgmtdev;
	bool knows_params; /* its devlink instance has answered */
	struct vdpam_sf_param_view params[VDPAM_SF_PARAM_COUNT];
	bool is_ours; /* its port was added by this step */
	bool has_set; /* a parameter that takes effect by a reload */
	bool has_reloaded;
	bool has_waited; /* the grace is over */
};

/* What is to be done next. */
enum vdpam_sf_move {
	VDPAM_SF_ADD_PORT,
	VDPAM_SF_SET_MAC,
	VDPAM_SF_ACTIVATE,
	VDPAM_SF_WAIT_ATTACHED,
	VDPAM_SF_SET_PARAMS,
	VDPAM_SF_RELOAD,
	VDPAM_SF_WAIT_MGMTDEV,
	VDPAM_SF_READY,
};

/* Pure. */
enum vdpam_sf_move vdpam_sf_next_move(const struct vdpam_sf_view *view);

struct vdpam_sf_run {
	struct vdpam_step *step;
	const char *pf;
	uint32_t sfnum;
	struct vdpam_sf seen;
	struct vdpam_sf_view view;
	uint32_t index; /* of its port, once that was seen */
	bool has_index;
	bool had_port;          /* it was seen at least once */
	uint64_t attached_usec; /* when it was first seen so; 0: never */
	uint64_t taken_usec;    /* when its number was first found taken; 0: never */

	/* What was done, and is to be undone if the rest cannot be. */
	bool changed_eswitch;
	bool added_port;
	bool set_mac;
	uint64_t old_mac;
	bool activated;
	bool set_param[VDPAM_SF_PARAM_COUNT];
	enum vdpam_param_cmode cmode[VDPAM_SF_PARAM_COUNT]; /* in which that was */
	bool reloaded;
	bool deleted_port; /* by sf-del, and that is not undone */

	/* Why it could not; NULL: no reason yet. */
	struct vdpam_error *cause;
	bool was_changed; /* there was something to be undone */
	bool is_gone;     /* with the PF */
	bool is_left;     /* something could not be undone: */
	char *left;       /* a clause that says what; NULL: no memory */
};

/* The run of a step, made at its first call. NULL: no memory. */
struct vdpam_sf_run *vdpam_sf_run_get(struct vdpam_step *step);
struct vdpam_sf_run *vdpam_sf_run_free(struct vdpam_sf_run *run);

/* Looks at the function anew. 0 or a negative errno, with the kernel's words or NULL. */
int vdpam_sf_run_look(struct vdpam_ctx *ctx, struct vdpam_sf_run *run, char **ret_text);

/* A pause that grows; `*pause` begins at 0. False when the deadline has passed. */
bool vdpam_sf_run_pause(uint64_t *pause_usec, uint64_t deadline_usec);

/* Whether what is waited for has not come in all the time that it is given, over several calls. */
bool vdpam_sf_run_gives_up(struct vdpam_sf_run *run);

/* The name of a parameter to devlink. */
const char *vdpam_sf_param_name(enum vdpam_sf_param param);

/*
 * Takes back what was done, in reverse order. 0 when nothing is left to be done, `run->left` then says
 * what could not be undone; -EAGAIN when the function has not let go yet: to be called again.
 */
int vdpam_sf_undo(struct vdpam_ctx *ctx, struct vdpam_sf_run *run);

#endif
