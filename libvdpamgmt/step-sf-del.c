// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * sf-del: the reverse of sf-add. The vDPA devices on the function are gone by then (plan-sf.c): the
 * kernel would wait for whoever has one open, and the whole host with it. Where it stops the rest is
 * left, and said.
 */
#include <errno.h>
#include <string.h>

#include "batch.h"
#include "devlink.h"
#include "step-sf.h"
#include "usage.h"

static int fail(const struct vdpam_sf_run *run, int r, const char *text,
		const char *tried, struct vdpam_error **ret_error)
{
	bool is_active = vdpam_sf_is_active(&run->seen);

	VDPAM_ESCAPED(pf, run->pf);
	return vdpam_fail(
		ret_error,
		r == -ENODEV ? VDPAM_ERROR_NO_SUCH_FUNCTION : vdpam_error_code_of(r), r,
		run->pf, text, "cannot remove SF %u of %s%s: %s failed", run->sfnum, pf,
		!vdpam_sf_has_port(&run->seen) ? ""
		: is_active                    ? ", which is left active"
					       : ", which is left inactive",
		tried);
}

static int look(struct vdpam_ctx *ctx, struct vdpam_sf_run *run,
		struct vdpam_error **ret_error)
{
	VDPAM_AUTO_FREE char *text = NULL;
	int r;

	r = vdpam_sf_run_look(ctx, run, &text);
	if (r < 0)
		return fail(run, r, text, "looking at it", ret_error);
	if (vdpam_sf_has_port(&run->seen) || !run->seen.auxiliary || run->deleted_port)
		return 0;
	VDPAM_ESCAPED(pf, run->pf);
	return vdpam_fail(ret_error, VDPAM_ERROR_UNSUPPORTED, -EOPNOTSUPP, run->pf, NULL,
			  "cannot remove SF %u of %s: its port is not on an e-switch of "
			  "this host",
			  run->sfnum, pf);
}

/* In one batch with the check, so that no device comes in between. */
static int deactivate(struct vdpam_ctx *ctx, struct vdpam_sf_run *run,
		      struct vdpam_error **ret_error)
{
	bool force = vdpam_step_number(run->step, VDPAM_ARG_FORCE);
	VDPAM_AUTO_CLOSE int fd = vdpam_sf_open(ctx, &run->seen);
	VDPAM_AUTO_FREE char *text = NULL;
	int r = 0, set;

	if (fd >= 0)
		r = vdpam_usage_check_function(
			ctx, fd, run->seen.auxiliary,
			force ? VDPAM_USAGE_BOUND | VDPAM_USAGE_OPEN : VDPAM_USAGE_ANY,
			run->pf, ret_error);
	if (r < 0)
		return r;
	set = vdpam_devlink_set_active(ctx, run->pf, run->index, false, &text);
	r = look(ctx, run, ret_error);
	if (r < 0 || !vdpam_sf_is_active(&run->seen))
		return r;
	return fail(run, set < 0 ? set : -EIO, text, "making it inactive", ret_error);
}

static int delete_port(struct vdpam_ctx *ctx, struct vdpam_sf_run *run,
		       struct vdpam_error **ret_error)
{
	VDPAM_AUTO_FREE char *text = NULL;
	int r, del;

	del = vdpam_devlink_del_port(ctx, run->pf, run->index, &text);
	run->deleted_port = true;
	r = look(ctx, run, ret_error);
	if (r < 0 || !vdpam_sf_has_port(&run->seen))
		return r;
	return fail(run, del < 0 ? del : -EIO, text, "deleting its port", ret_error);
}

static int fail_attached(struct vdpam_sf_run *run, bool for_good,
			 struct vdpam_error **ret_error)
{
	VDPAM_ESCAPED(pf, run->pf);
	if (for_good)
		return vdpam_fail(
			ret_error, VDPAM_ERROR_KERNEL, -ETIME, run->pf, NULL,
			"cannot remove SF %u of %s: it is inactive, and has not "
			"been let go of; its port %s is left",
			run->sfnum, pf, run->seen.port_handle);
	return vdpam_fail(ret_error, VDPAM_ERROR_TIMEOUT, -ETIMEDOUT, run->pf, NULL,
			  "SF %u of %s is inactive, and has not been let go of yet; its "
			  "port %s goes then",
			  run->sfnum, pf, run->seen.port_handle);
}

/* What comes next, with both locks held. -EAGAIN: it is to be waited for. */
static int go_on(struct vdpam_ctx *ctx, struct vdpam_sf_run *run,
		 struct vdpam_error **ret_error)
{
	int r = look(ctx, run, ret_error);

	if (!r && vdpam_sf_is_active(&run->seen) && run->seen.port.has_state)
		r = deactivate(ctx, run, ret_error);
	if (r < 0 || !vdpam_sf_has_port(&run->seen))
		return r;
	if (run->seen.port.attached)
		return -EAGAIN;
	return delete_port(ctx, run, ret_error);
}

static int go_on_locked(struct vdpam_ctx *ctx, struct vdpam_sf_run *run,
			uint64_t deadline_usec, struct vdpam_error **ret_error)
{
	bool own = false;
	int r;

	r = vdpam_batch_join(ctx, deadline_usec, &own, ret_error);
	if (r < 0)
		return r;
	r = vdpam_step_lock_function(run->step, deadline_usec, ret_error);
	if (!r)
		r = go_on(ctx, run, ret_error);
	vdpam_step_unlock_function(run->step);
	if (own)
		vdpam_batch_end(ctx);
	return r;
}

int vdpam_run_sf_del(struct vdpam_ctx *ctx, struct vdpam_step *step,
		     uint64_t deadline_usec, struct vdpam_error **ret_error)
{
	struct vdpam_sf_run *run = vdpam_sf_run_get(step);
	uint64_t pause = 0;
	int r;

	if (!run)
		return vdpam_fail(ret_error, VDPAM_ERROR_INTERNAL, -ENOMEM, step->target,
				  NULL, "cannot remove an SF");
	while ((r = go_on_locked(ctx, run, deadline_usec, ret_error)) == -EAGAIN) {
		bool gives_up = vdpam_sf_run_gives_up(run);

		if (!gives_up && vdpam_sf_run_pause(&pause, deadline_usec))
			continue;
		r = fail_attached(run, gives_up, ret_error);
		break;
	}
	if (r != -ETIMEDOUT)
		step->sf = vdpam_sf_run_free(run);
	return r;
}
