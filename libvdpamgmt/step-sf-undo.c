// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What an sf-add that failed had done is taken back, the last first, back to the state before it. What
 * cannot be is named: it is all that is left. Changes nothing that was so before.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "devlink.h"
#include "step-sf.h"

/* Ends the undoing: what is formatted could not be, for the reason `text`, else `r`. Returns `r`. */
__attribute__((format(printf, 4, 5))) static int leave(struct vdpam_sf_run *run, int r,
						       const char *text,
						       const char *format, ...)
{
	VDPAM_AUTO_FREE char *what = NULL;
	va_list args;
	int size;

	VDPAM_ESCAPED(shown, text ? text : strerror(-r));
	run->is_left = true;
	va_start(args, format);
	size = vasprintf(&what, format, args);
	va_end(args);
	if (size < 0)
		what = NULL;
	else if (asprintf(&run->left, "%s (%s)", what, shown) < 0)
		run->left = NULL;
	return r;
}

static int look(struct vdpam_ctx *ctx, struct vdpam_sf_run *run)
{
	VDPAM_AUTO_FREE char *text = NULL;
	int r;

	r = vdpam_sf_run_look(ctx, run, &text);
	if (r == -ENODEV) {
		run->is_gone = true;
		return r;
	}
	return r < 0 ? leave(run, r, text,
			     "whether something of it is left cannot be seen")
		     : 0;
}

/* ---- In the order in which it is done ------------------------------------------------------ */

/* Those of a function that was there before. */
static int undo_params(struct vdpam_ctx *ctx, struct vdpam_sf_run *run)
{
	int r = 0;

	for (enum vdpam_sf_param i = 0; !r && i < VDPAM_SF_PARAM_COUNT; i++) {
		VDPAM_AUTO_FREE char *text = NULL;

		if (!run->set_param[i] || run->added_port || !run->seen.auxiliary)
			continue;
		r = vdpam_devlink_set_param(ctx, run->seen.auxiliary,
					    vdpam_sf_param_name(i), run->cmode[i],
					    i != VDPAM_SF_VNET, &text);
		run->set_param[i] = false;
		if (r < 0 && r != -ENODEV)
			return leave(run, r, text,
				     "its parameter enable_vnet is left as true");
	}
	return 0;
}

static int undo_reload(struct vdpam_ctx *ctx, struct vdpam_sf_run *run)
{
	VDPAM_AUTO_FREE char *text = NULL;
	int r;

	if (!run->reloaded || run->added_port || !run->seen.auxiliary)
		return 0;
	run->reloaded = false;
	r = vdpam_devlink_reload(ctx, run->seen.auxiliary, &text);
	return r < 0 && r != -ENODEV
		       ? leave(run, r, text, "it could not be reloaded once more")
		       : 0;
}

static int undo_active(struct vdpam_ctx *ctx, struct vdpam_sf_run *run)
{
	VDPAM_AUTO_FREE char *text = NULL;
	int r = 0, seen = 0;

	if (!run->activated || !vdpam_sf_has_port(&run->seen))
		return 0;
	if (run->view.is_active) {
		r = vdpam_devlink_set_active(ctx, run->pf, run->index, false, &text);
		seen = look(ctx, run);
	}
	if (seen < 0)
		return seen;
	if (run->view.is_active)
		return leave(run, r < 0 ? r : -EIO, text, "its port %s is left, active",
			     run->seen.port_handle);
	if (!run->seen.port.attached) {
		run->activated = false;
		return 0;
	}
	if (!vdpam_sf_run_gives_up(run))
		return -EAGAIN;
	return leave(run, -ETIME, NULL, "its port %s is left, inactive and attached",
		     run->seen.port_handle);
}

static int undo_mac(struct vdpam_ctx *ctx, struct vdpam_sf_run *run)
{
	VDPAM_AUTO_FREE char *text = NULL;
	int r;

	if (!run->set_mac || run->added_port || !vdpam_sf_has_port(&run->seen) ||
	    run->seen.port.mac == run->old_mac)
		return 0;
	run->set_mac = false;
	r = vdpam_devlink_set_mac(ctx, run->pf, run->index, run->old_mac, &text);
	/* Zero, which it had at first, is no address that it can be given. */
	return r < 0 && r != -ENODEV
		       ? leave(run, r, text, "its port is left with the new MAC")
		       : 0;
}

static int undo_port(struct vdpam_ctx *ctx, struct vdpam_sf_run *run)
{
	VDPAM_AUTO_FREE char *text = NULL;
	int r, seen;

	if (!run->added_port || !vdpam_sf_has_port(&run->seen))
		return 0;
	r = vdpam_devlink_del_port(ctx, run->pf, run->index, &text);
	seen = look(ctx, run);
	if (seen < 0 || !vdpam_sf_has_port(&run->seen))
		return seen;
	return leave(run, r < 0 ? r : -EIO, text, "its port %s is left, inactive",
		     run->seen.port_handle);
}

static int count_sf(void *userdata, struct vdpam_port_info *info)
{
	*(unsigned int *)userdata += info->has_sfnum;
	vdpam_port_info_fini(info);
	return 0;
}

static int undo_eswitch(struct vdpam_ctx *ctx, struct vdpam_sf_run *run)
{
	VDPAM_AUTO_FREE char *text = NULL;
	unsigned int others = 0;
	int r;

	if (!run->changed_eswitch)
		return 0;
	run->changed_eswitch = false;
	r = vdpam_devlink_list_ports(ctx, run->pf, count_sf, &others, &text);
	if (!r && others)
		return leave(run, -EBUSY, "others have added SFs meanwhile",
			     "its e-switch is left in switchdev mode");
	free(text);
	text = NULL;
	r = vdpam_devlink_set_eswitch(ctx, run->pf, VDPAM_ESWITCH_LEGACY, &text);
	return r < 0 && r != -ENODEV
		       ? leave(run, r, text, "its e-switch is left in switchdev mode")
		       : 0;
}

int vdpam_sf_undo(struct vdpam_ctx *ctx, struct vdpam_sf_run *run)
{
	static int (*const undo[])(struct vdpam_ctx * ctx, struct vdpam_sf_run * run) = {
		undo_params, undo_reload, undo_active, undo_mac, undo_port, undo_eswitch,
	};
	int r;

	if (!run->was_changed) {
		run->was_changed = run->changed_eswitch || run->added_port ||
				   run->set_mac || run->activated ||
				   run->set_param[VDPAM_SF_VNET] || run->reloaded;
		run->step->give_up_usec = 0;
	}
	if (!run->was_changed)
		return 0;
	r = look(ctx, run);
	for (size_t i = 0; !r && i < sizeof(undo) / sizeof(*undo); i++)
		r = undo[i](ctx, run);
	return r == -EAGAIN ? r : 0;
}
