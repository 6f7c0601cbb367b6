// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * sf-add: from nothing, or from half way, to an active function with a management device. Looks,
 * decides what comes next (sf-move.c), does it, looks again; so an interrupted one is completed. The function's
 * lock is held while something is changed, never while the kernel is waited for.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "devlink.h"
#include "step-sf.h"
#include "usage.h"

/* ---- Moves --------------------------------------------------------------------------------- */

/* The error of a call: `tried` is what, as "adding its port". Returns `r`. */
static int fail(struct vdpam_sf_run *run, int r, const char *tried, const char *text)
{
	enum vdpam_error_code code = vdpam_error_code_of(r);

	if (r == -ENODEV)
		code = VDPAM_ERROR_NO_SUCH_FUNCTION;
	if (r == -EEXIST)
		code = VDPAM_ERROR_EXISTS;
	if (r == -ENOSPC)
		code = VDPAM_ERROR_MGMTDEV_FULL;
	VDPAM_ESCAPED(pf, run->pf);
	if (r == -ENODEV && !text)
		return vdpam_fail(
			&run->cause, code, r, run->pf, text,
			"cannot add SF %u to %s: there is no such function with "
			"devlink, or it went away",
			run->sfnum, pf);
	return vdpam_fail(&run->cause, code, r, run->pf, text,
			  "cannot add SF %u to %s: %s failed", run->sfnum, pf, tried);
}

static int ensure_switchdev(struct vdpam_ctx *ctx, struct vdpam_sf_run *run)
{
	VDPAM_AUTO_FREE char *text = NULL, *other_text = NULL;
	enum vdpam_eswitch_mode mode;
	int r, set;

	r = vdpam_devlink_get_eswitch(ctx, run->pf, &mode, &text);
	/* A card without e-switch knows by itself what it can. */
	if (r == -EOPNOTSUPP || r == -ENODATA)
		return 0;
	if (r < 0)
		return fail(run, r, "reading the mode of its e-switch", text);
	if (mode == VDPAM_ESWITCH_SWITCHDEV)
		return 0;
	VDPAM_ESCAPED(pf, run->pf);
	if (!run->step->text[VDPAM_ARG_ESWITCH])
		return vdpam_fail(
			&run->cause, VDPAM_ERROR_UNSUPPORTED, -EOPNOTSUPP, run->pf, NULL,
			"cannot add SF %u to %s: its e-switch is in legacy "
			"mode; --eswitch switchdev changes that, and interrupts "
			"its traffic",
			run->sfnum, pf);
	free(text);
	text = NULL;
	set = vdpam_devlink_set_eswitch(ctx, run->pf, VDPAM_ESWITCH_SWITCHDEV, &text);
	r = vdpam_devlink_get_eswitch(ctx, run->pf, &mode, &other_text);
	if (!r && mode == VDPAM_ESWITCH_SWITCHDEV) {
		run->changed_eswitch = true;
		return 0;
	}
	return fail(run, set < 0 ? set : -EIO, "changing its e-switch to switchdev mode",
		    text);
}

struct pfnum {
	int of_function; /* -1: none was seen */
	int of_port;
};

static int see_pfnum(void *userdata, struct vdpam_port_info *info)
{
	struct pfnum *pfnum = userdata;

	if (info->has_pfnum && !info->is_external)
		pfnum->of_function = (int)info->pfnum;
	else if (info->has_flavour && info->flavour == VDPAM_PORT_PHYSICAL &&
		 info->has_number && pfnum->of_port < 0 && info->number <= UINT16_MAX)
		pfnum->of_port = (int)info->number;
	vdpam_port_info_fini(info);
	return 0;
}

/*
 * The number of the PF among those of its card: as its other functions' ports have it; else the
 * number of its uplink, which drivers make the same; else that of the PCI function, which another
 * machine may have been shown instead.
 */
static int find_pfnum(struct vdpam_ctx *ctx, const char *pf, uint16_t *ret_pfnum,
		      char **ret_text)
{
	struct pfnum pfnum = { -1, -1 };
	const char *dot = strrchr(pf, '.');
	int r;

	r = vdpam_devlink_list_ports(ctx, pf, see_pfnum, &pfnum, ret_text);
	if (r < 0)
		return r;
	if (pfnum.of_function >= 0)
		*ret_pfnum = (uint16_t)pfnum.of_function;
	else if (pfnum.of_port >= 0)
		*ret_pfnum = (uint16_t)pfnum.of_port;
	else
		*ret_pfnum = dot ? (uint16_t)strtoul(dot + 1, NULL, 10) : 0;
	return 0;
}

static int add_port(struct vdpam_ctx *ctx, struct vdpam_sf_run *run, char **ret_text)
{
	struct vdpam_port_info port = { 0 };
	uint16_t pfnum = 0;
	int r;

	r = find_pfnum(ctx, run->pf, &pfnum, ret_text);
	if (r < 0)
		return r;
	free(*ret_text);
	r = vdpam_devlink_new_port(ctx, run->pf, pfnum, run->sfnum, &port, ret_text);
	vdpam_port_info_fini(&port);
	/* It was not there a moment ago: unless somebody else was quicker it is ours. */
	run->added_port = r != -EEXIST;
	return r;
}

static int set_mac(struct vdpam_ctx *ctx, struct vdpam_sf_run *run, char **ret_text)
{
	if (run->seen.port.has_mac && !run->set_mac)
		run->old_mac = run->seen.port.mac;
	run->set_mac = true;
	return vdpam_devlink_set_mac(ctx, run->pf, run->index,
				     vdpam_step_number(run->step, VDPAM_ARG_MAC),
				     ret_text);
}

static int activate(struct vdpam_ctx *ctx, struct vdpam_sf_run *run, char **ret_text)
{
	int r = vdpam_devlink_set_active(ctx, run->pf, run->index, true, ret_text);

	/* Just made inactive by somebody, it has not let go yet. */
	if (r != -EBUSY)
		run->activated = true;
	return r;
}

/* Before a function that is not ours is reloaded: with it go the interfaces that it has. */
static int check_unused(struct vdpam_ctx *ctx, struct vdpam_sf_run *run)
{
	VDPAM_AUTO_CLOSE int fd = -1;

	if (run->added_port || run->activated)
		return 0;
	fd = vdpam_sf_open(ctx, &run->seen);
	return fd < 0 ? 0
		      : vdpam_usage_check_function(ctx, fd, run->seen.auxiliary,
						   VDPAM_USAGE_ANY, run->pf, &run->cause);
}

static int set_params(struct vdpam_ctx *ctx, struct vdpam_sf_run *run, char **ret_text)
{
	int r = 0;

	for (enum vdpam_sf_param i = 0; !r && i < VDPAM_SF_PARAM_COUNT; i++) {
		const struct vdpam_sf_param_view *param = &run->view.params[i];
		bool wanted = i == VDPAM_SF_VNET;

		if (!param->exists || param->value == wanted ||
		    (!wanted && !run->added_port))
			continue;
		free(*ret_text);
		run->set_param[i] = true;
		run->cmode[i] = param->cmode;
		r = vdpam_devlink_set_param(ctx, run->seen.auxiliary,
					    vdpam_sf_param_name(i), param->cmode, wanted,
					    ret_text);
	}
	return r;
}

static int reload(struct vdpam_ctx *ctx, struct vdpam_sf_run *run, char **ret_text)
{
	int r = vdpam_devlink_reload(ctx, run->seen.auxiliary, ret_text);

	run->reloaded = true;
	return r;
}

static const struct {
	const char *tried;
	int (*make)(struct vdpam_ctx *ctx, struct vdpam_sf_run *run, char **ret_text);
} moves[] = {
	[VDPAM_SF_ADD_PORT] = { "adding its port", add_port },
	[VDPAM_SF_SET_MAC] = { "setting its MAC", set_mac },
	[VDPAM_SF_ACTIVATE] = { "activating it", activate },
	[VDPAM_SF_SET_PARAMS] = { "setting its parameter enable_vnet", set_params },
	[VDPAM_SF_RELOAD] = { "reloading it", reload },
};

static bool is_wait(enum vdpam_sf_move move)
{
	return move == VDPAM_SF_WAIT_ATTACHED || move == VDPAM_SF_WAIT_MGMTDEV;
}

static int look(struct vdpam_ctx *ctx, struct vdpam_sf_run *run)
{
	VDPAM_AUTO_FREE char *text = NULL;
	int r;

	r = vdpam_sf_run_look(ctx, run, &text);
	if (r < 0)
		return fail(run, r, "looking at it", text);
	if (!run->had_port || run->has_index)
		return 0;
	VDPAM_ESCAPED(pf, run->pf);
	return vdpam_fail(&run->cause, VDPAM_ERROR_CHANGED_UNDERNEATH, -ESTALE, run->pf,
			  NULL, "cannot add SF %u to %s: somebody removed it meanwhile",
			  run->sfnum, pf);
}

/* Whether a move that changed nothing is to be tried again. */
static bool is_early(struct vdpam_sf_run *run, enum vdpam_sf_move move, int made)
{
	/* Made inactive a moment ago, it has not let go yet. */
	if (move == VDPAM_SF_ACTIVATE)
		return made == -EBUSY;
	/* Its port is gone, and the number is taken as long as the function is not. */
	if (move != VDPAM_SF_ADD_PORT || made != -EEXIST)
		return false;
	if (!run->taken_usec)
		run->taken_usec = vdpam_now_usec();
	return vdpam_now_usec() - run->taken_usec < VDPAM_SF_GRACE_USEC;
}

/* After a move that changed nothing: there is nothing to be undone. */
static void forget(struct vdpam_sf_run *run, enum vdpam_sf_move move)
{
	if (move == VDPAM_SF_ADD_PORT)
		run->added_port = false;
	if (move == VDPAM_SF_SET_MAC)
		run->set_mac = run->seen.port.mac != run->old_mac;
	if (move == VDPAM_SF_ACTIVATE)
		run->activated = false;
}

/* Makes a move, and looks whether it was one: neither an error nor a success says so for sure. */
static int make(struct vdpam_ctx *ctx, struct vdpam_sf_run *run, enum vdpam_sf_move move)
{
	VDPAM_AUTO_FREE char *text = NULL;
	int made, r = 0;

	if (move == VDPAM_SF_ADD_PORT)
		r = ensure_switchdev(ctx, run);
	if (move == VDPAM_SF_SET_PARAMS || move == VDPAM_SF_RELOAD)
		r = check_unused(ctx, run);
	if (r < 0)
		return r;
	made = moves[move].make(ctx, run, &text);
	if (move == VDPAM_SF_RELOAD && made < 0)
		return fail(run, made, moves[move].tried, text);
	r = look(ctx, run);
	if (r < 0)
		return r;
	if (vdpam_sf_next_move(&run->view) != move)
		return 0;
	forget(run, move);
	if (is_early(run, move, made))
		return -EAGAIN;
	return fail(run, made < 0 ? made : -EIO, moves[move].tried, text);
}

/* ---- The step ------------------------------------------------------------------------------ */

static const char *waiting_for(const struct vdpam_sf_run *run)
{
	if (!run->view.has_port)
		return "its number is still taken by one that is going";
	if (!run->view.is_active)
		return "its function, made inactive a moment ago, has not let go yet";
	if (!run->seen.auxiliary)
		return "its port is active, but its function has not come";
	if (!run->view.is_attached || !run->view.knows_params)
		return "its function has come, but no driver is attached to it";
	return "its function is attached, but no management device has come of it";
}

static int fail_timeout(const struct vdpam_sf_run *run, struct vdpam_error **ret_error)
{
	VDPAM_ESCAPED(pf, run->pf);
	VDPAM_ESCAPED(port, run->seen.port_handle ? run->seen.port_handle : "");
	return vdpam_fail(
		ret_error, VDPAM_ERROR_TIMEOUT, -ETIMEDOUT, run->pf, NULL,
		"SF %u of %s (port %s) is not there yet: %s; it is taken back if "
		"it does not come within %d s",
		run->sfnum, pf, port, waiting_for(run), VDPAM_SF_PATIENCE_USEC / 1000000);
}

static int fail_never(struct vdpam_sf_run *run)
{
	VDPAM_ESCAPED(pf, run->pf);
	return vdpam_fail(&run->cause, VDPAM_ERROR_NO_SUCH_MGMTDEV, -ENODEV, run->pf,
			  NULL, "cannot add SF %u to %s: %s within %d s", run->sfnum, pf,
			  waiting_for(run), VDPAM_SF_PATIENCE_USEC / 1000000);
}

/* 0 when it is there; -ETIMEDOUT with an error; else with run->cause. */
static int go_on(struct vdpam_ctx *ctx, struct vdpam_sf_run *run, uint64_t deadline_usec,
		 struct vdpam_error **ret_error)
{
	enum vdpam_sf_move move;
	uint64_t pause = 0;
	int r = look(ctx, run);

	while (!r && (move = vdpam_sf_next_move(&run->view)) != VDPAM_SF_READY) {
		if (!is_wait(move)) {
			bool locked = run->step->lock_fd >= 0;

			r = vdpam_step_lock_function(run->step, deadline_usec, ret_error);
			if (r < 0)
				return r;
			/* Somebody else may have done it before we had the lock. */
			r = locked ? make(ctx, run, move) : look(ctx, run);
			if (r != -EAGAIN)
				continue;
		}
		vdpam_step_unlock_function(run->step);
		if (vdpam_sf_run_gives_up(run))
			return fail_never(run);
		if (!vdpam_sf_run_pause(&pause, deadline_usec))
			return fail_timeout(run, ret_error);
		r = look(ctx, run);
	}
	return r;
}

/* The error of a run that is over. */
static int fail_undone(struct vdpam_sf_run *run, struct vdpam_error **ret_error)
{
	int r = -vdpam_error_get_errno(run->cause);

	if (run->is_left)
		vdpam_error_add(&run->cause, "%s",
				run->left ? run->left : "some of it is left");
	else if (run->was_changed)
		vdpam_error_add(&run->cause, run->is_gone
						     ? "what had been done went with it"
						     : "what had been done is undone");
	*ret_error = run->cause;
	run->cause = NULL;
	return r;
}

static int fail_undoing(const struct vdpam_sf_run *run, struct vdpam_error **ret_error)
{
	return vdpam_fail(
		ret_error, VDPAM_ERROR_TIMEOUT, -ETIMEDOUT, run->pf, NULL,
		"%s; what had been done is not undone yet: the function has not "
		"let go",
		vdpam_error_get_message(run->cause));
}

static int undo(struct vdpam_ctx *ctx, struct vdpam_sf_run *run, uint64_t deadline_usec,
		struct vdpam_error **ret_error)
{
	uint64_t pause = 0;
	int r;

	do {
		r = vdpam_step_lock_function(run->step, deadline_usec, ret_error);
		if (r < 0)
			return r;
		r = vdpam_sf_undo(ctx, run);
		vdpam_step_unlock_function(run->step);
	} while (r == -EAGAIN && vdpam_sf_run_pause(&pause, deadline_usec));
	return r == -EAGAIN ? fail_undoing(run, ret_error) : fail_undone(run, ret_error);
}

int vdpam_run_sf_add(struct vdpam_ctx *ctx, struct vdpam_step *step,
		     uint64_t deadline_usec, struct vdpam_error **ret_error)
{
	struct vdpam_sf_run *run = vdpam_sf_run_get(step);
	struct vdpam_error *error = NULL;
	int r = run ? 0 : -ENOMEM;

	if (run && !run->cause)
		r = go_on(ctx, run, deadline_usec, &error);
	if (run && run->cause)
		r = undo(ctx, run, deadline_usec, &error);
	vdpam_step_unlock_function(step);
	if (r != -ETIMEDOUT)
		step->sf = vdpam_sf_run_free(run);
	return vdpam_error_pass(ret_error, error, r);
}
