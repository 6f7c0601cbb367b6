// SPDX-License-Identifier: LGPL-2.1-or-later
/* What sf-add and sf-del share: the look at a function, the waiting for it. */
#include "step-sf.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#include "devlink.h"

#define PAUSE_MIN_USEC (10 * 1000)
#define PAUSE_MAX_USEC (1000 * 1000)

struct vdpam_sf_run *vdpam_sf_run_get(struct vdpam_step *step)
{
	if (step->sf)
		return step->sf;
	step->sf = calloc(1, sizeof(*step->sf));
	if (!step->sf)
		return NULL;
	step->sf->step = step;
	step->sf->pf = step->target;
	step->sf->sfnum = (uint32_t)vdpam_step_number(step, VDPAM_ARG_SFNUM);
	return step->sf;
}

struct vdpam_sf_run *vdpam_sf_run_free(struct vdpam_sf_run *run)
{
	if (run) {
		vdpam_sf_fini(&run->seen);
		vdpam_error_free(run->cause);
		free(run->left);
		free(run);
	}
	return NULL;
}

const char *vdpam_sf_param_name(enum vdpam_sf_param param)
{
	static const char *const names[] = {
		[VDPAM_SF_ETH] = "enable_eth",
		[VDPAM_SF_RDMA] = "enable_rdma",
		[VDPAM_SF_VNET] = "enable_vnet",
	};

	return names[param];
}

/* ---- Look ---------------------------------------------------------------------------------- */

static int look_at_params(struct vdpam_ctx *ctx, struct vdpam_sf_run *run,
			  char **ret_text)
{
	run->view.knows_params = true;
	for (enum vdpam_sf_param i = 0; i < VDPAM_SF_PARAM_COUNT; i++) {
		struct vdpam_sf_param_view *view = &run->view.params[i];
		struct vdpam_param_info info;
		int r;

		free(*ret_text);
		r = vdpam_devlink_get_param(ctx, run->seen.auxiliary,
					    vdpam_sf_param_name(i), &info, ret_text);
		/* The instance is not registered yet. */
		if (r == -ENODEV)
			run->view.knows_params = false;
		else if (r < 0 && r != -EINVAL && r != -EOPNOTSUPP)
			return r;
		if (r < 0)
			continue;
		view->cmode = info.has_value[VDPAM_PARAM_DRIVERINIT]
				      ? VDPAM_PARAM_DRIVERINIT
				      : VDPAM_PARAM_RUNTIME;
		view->exists = info.has_value[view->cmode];
		view->value = info.value[view->cmode];
	}
	return 0;
}

static bool has_wanted_mac(const struct vdpam_sf_run *run)
{
	uint64_t mac;

	return vdpam_step_get_number(run->step, VDPAM_ARG_MAC, &mac) < 0 ||
	       (run->seen.port.has_mac && run->seen.port.mac == mac);
}

static bool has_set(const struct vdpam_sf_run *run)
{
	bool set = false;

	for (enum vdpam_sf_param i = 0; i < VDPAM_SF_PARAM_COUNT; i++)
		set |= run->set_param[i] && run->cmode[i] == VDPAM_PARAM_DRIVERINIT;
	return set;
}

int vdpam_sf_run_look(struct vdpam_ctx *ctx, struct vdpam_sf_run *run, char **ret_text)
{
	struct vdpam_sf seen;
	int r;

	r = vdpam_sf_look(ctx, run->pf, run->sfnum, run->has_index ? &run->index : NULL,
			  &seen, ret_text);
	if (r < 0)
		return r;
	vdpam_sf_fini(&run->seen);
	run->seen = seen;
	run->has_index = vdpam_sf_has_port(&seen);
	run->had_port |= run->has_index;
	run->index = seen.port.index;
	run->view = (struct vdpam_sf_view){
		.has_port = vdpam_sf_has_port(&seen),
		.has_wanted_mac = has_wanted_mac(run),
		.is_active = vdpam_sf_is_active(&seen),
		.is_attached = vdpam_sf_is_attached(&seen),
		.has_mgmtdev = seen.mgmtdev != NULL,
		.is_ours = run->added_port,
		.has_reloaded = run->reloaded,
	};
	if (!run->view.is_active || !run->view.is_attached || run->view.has_mgmtdev)
		return 0;
	r = look_at_params(ctx, run, ret_text);
	run->view.has_set = has_set(run);
	if (run->view.knows_params && !run->attached_usec)
		run->attached_usec = vdpam_now_usec();
	run->view.has_waited =
		run->attached_usec &&
		vdpam_now_usec() - run->attached_usec > VDPAM_SF_GRACE_USEC;
	return r;
}

/* ---- Wait ---------------------------------------------------------------------------------- */

bool vdpam_sf_run_pause(uint64_t *pause_usec, uint64_t deadline_usec)
{
	uint64_t left = vdpam_left_usec(deadline_usec);
	struct timespec pause;

	*pause_usec = *pause_usec ? *pause_usec * 2 : PAUSE_MIN_USEC;
	if (*pause_usec > PAUSE_MAX_USEC)
		*pause_usec = PAUSE_MAX_USEC;
	if (!left)
		return false;
	if (left > *pause_usec)
		left = *pause_usec;
	pause = (struct timespec){ .tv_sec = (time_t)(left / 1000000),
				   .tv_nsec = (long)(left % 1000000) * 1000 };
	nanosleep(&pause, NULL);
	return true;
}

bool vdpam_sf_run_gives_up(struct vdpam_sf_run *run)
{
	if (!run->step->give_up_usec)
		run->step->give_up_usec = vdpam_deadline_usec(VDPAM_SF_PATIENCE_USEC);
	return !vdpam_left_usec(run->step->give_up_usec);
}
