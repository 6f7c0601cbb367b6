// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What the e-switch of a PF says of the scalable functions in a snapshot: the MAC of each. devlink is
 * asked only about PFs that have some. Changes nothing.
 */
#include <errno.h>
#include <string.h>

#include "devlink.h"
#include "functions.h"
#include "objects.h"

struct look {
	struct vdpam_snapshot *snapshot;
	const char *pf;
};

static bool is_sf_of(const struct vdpam_function *function, const char *pf)
{
	return function->info.has_sfnum && function->info.pf &&
	       !strcmp(function->info.pf, pf);
}

/* Takes what is in `port`. */
static int take_port(void *userdata, struct vdpam_port_info *port)
{
	struct look *look = userdata;

	for (size_t i = 0; port->has_sfnum && port->has_mac && !port->is_external &&
			   i < look->snapshot->n_functions;
	     i++) {
		struct vdpam_function *function = &look->snapshot->functions[i];

		if (is_sf_of(function, look->pf) && function->info.sfnum == port->sfnum) {
			function->has_mac = true;
			function->mac = port->mac;
		}
	}
	vdpam_port_info_fini(port);
	return 0;
}

static bool has_sfs(const struct vdpam_snapshot *snapshot, const char *pf)
{
	for (size_t i = 0; i < snapshot->n_functions; i++) {
		if (is_sf_of(&snapshot->functions[i], pf))
			return true;
	}
	return false;
}

int vdpam_functions_look_at_ports(struct vdpam_ctx *ctx, struct vdpam_snapshot *snapshot)
{
	for (size_t i = 0; i < snapshot->n_functions; i++) {
		struct look look = { snapshot, snapshot->functions[i].handle };
		VDPAM_AUTO_FREE char *text = NULL;

		if (!has_sfs(snapshot, look.pf))
			continue;
		/* Without devlink, or when the PF goes, it is not told. */
		if (vdpam_devlink_list_ports(ctx, look.pf, take_port, &look, &text) ==
		    -ENOMEM)
			return -ENOMEM;
	}
	return 0;
}
