// SPDX-License-Identifier: GPL-2.0-or-later
/* What an sf-add does next: mlx5's sequence and what other drivers leave out of it, state by state. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "step-sf.h"

#define VNET(...) .params[VDPAM_SF_VNET] = { .exists = true, __VA_ARGS__ }
#define ETH(...) .params[VDPAM_SF_ETH] = { .exists = true, __VA_ARGS__ }
#define INIT .cmode = VDPAM_PARAM_DRIVERINIT
#define RUNTIME .cmode = VDPAM_PARAM_RUNTIME
#define UP_TO_MAC .has_port = true, .has_wanted_mac = true
#define ATTACHED UP_TO_MAC, .is_active = true, .is_attached = true, .knows_params = true

static const struct {
	const char *state;
	struct vdpam_sf_view view;
	enum vdpam_sf_move next;
} cases[] = {
	{ "nothing", { 0 }, VDPAM_SF_ADD_PORT },
	{ "a port without the MAC", { .has_port = true }, VDPAM_SF_SET_MAC },
	{ "another MAC, active",
	  { .has_port = true, .is_active = true, .has_mgmtdev = true },
	  VDPAM_SF_SET_MAC },
	{ "inactive", { UP_TO_MAC }, VDPAM_SF_ACTIVATE },
	{ "not attached",
	  { UP_TO_MAC, .is_active = true, .knows_params = true },
	  VDPAM_SF_WAIT_ATTACHED },
	{ "attached, devlink not there yet",
	  { UP_TO_MAC, .is_active = true, .is_attached = true },
	  VDPAM_SF_WAIT_ATTACHED },
	{ "enable_vnet off", { ATTACHED, VNET(INIT) }, VDPAM_SF_SET_PARAMS },
	{ "enable_vnet set, not reloaded",
	  { ATTACHED, VNET(INIT, .value = true), .has_set = true },
	  VDPAM_SF_RELOAD },
	{ "reloaded",
	  { ATTACHED, VNET(INIT, .value = true), .has_set = true, .has_reloaded = true },
	  VDPAM_SF_WAIT_MGMTDEV },
	{ "on by default: it may be on the way",
	  { ATTACHED, VNET(INIT, .value = true) },
	  VDPAM_SF_WAIT_MGMTDEV },
	{ "on by default, and nothing has come",
	  { ATTACHED, VNET(INIT, .value = true), .has_waited = true },
	  VDPAM_SF_RELOAD },
	{ "one of ours that has an interface too",
	  { ATTACHED, VNET(INIT, .value = true), ETH(INIT, .value = true),
	    .is_ours = true },
	  VDPAM_SF_SET_PARAMS },
	{ "one of others that has",
	  { ATTACHED, VNET(INIT, .value = true), ETH(INIT, .value = true) },
	  VDPAM_SF_WAIT_MGMTDEV },
	{ "enable_vnet at run time, off",
	  { ATTACHED, VNET(RUNTIME) },
	  VDPAM_SF_SET_PARAMS },
	{ "enable_vnet at run time, on",
	  { ATTACHED, VNET(RUNTIME, .value = true), .has_set = true },
	  VDPAM_SF_WAIT_MGMTDEV },
	{ "no such parameter", { ATTACHED }, VDPAM_SF_WAIT_MGMTDEV },
	{ "all of it", { ATTACHED, .has_mgmtdev = true }, VDPAM_SF_READY },
	{ "a management device of a driver without devlink",
	  { UP_TO_MAC, .is_active = true, .has_mgmtdev = true },
	  VDPAM_SF_READY },
};

static void next_move(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		enum vdpam_sf_move next = vdpam_sf_next_move(&cases[i].view);

		if (next != cases[i].next)
			fail_msg("%s: move %d, expected %d", cases[i].state, next,
				 cases[i].next);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(next_move),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
