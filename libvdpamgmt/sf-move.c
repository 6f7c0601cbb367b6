// SPDX-License-Identifier: LGPL-2.1-or-later
/* What an sf-add does next with a function that looks so. Pure. */
#include "step-sf.h"

/* Once it is attached, and has no management device. */
static enum vdpam_sf_move next_param_move(const struct vdpam_sf_view *view)
{
	const struct vdpam_sf_param_view *vnet = &view->params[VDPAM_SF_VNET];

	if (!vnet->exists)
		return VDPAM_SF_WAIT_MGMTDEV;
	if (!vnet->value)
		return VDPAM_SF_SET_PARAMS;
	if (vnet->cmode == VDPAM_PARAM_RUNTIME || view->has_reloaded)
		return VDPAM_SF_WAIT_MGMTDEV;
	/* A function that is ours has no use for them, and is reloaded anyhow. */
	if (view->is_ours && !view->has_set &&
	    (view->params[VDPAM_SF_ETH].value || view->params[VDPAM_SF_RDMA].value))
		return VDPAM_SF_SET_PARAMS;
	/* True by default, its effect may be on the way; or somebody set it and did not reload. */
	return view->has_set || view->has_waited ? VDPAM_SF_RELOAD
						 : VDPAM_SF_WAIT_MGMTDEV;
}

enum vdpam_sf_move vdpam_sf_next_move(const struct vdpam_sf_view *view)
{
	if (!view->has_port)
		return VDPAM_SF_ADD_PORT;
	if (!view->has_wanted_mac)
		return VDPAM_SF_SET_MAC;
	if (!view->is_active)
		return VDPAM_SF_ACTIVATE;
	if (view->has_mgmtdev)
		return VDPAM_SF_READY;
	if (!view->is_attached || !view->knows_params)
		return VDPAM_SF_WAIT_ATTACHED;
	return next_param_move(view);
}
