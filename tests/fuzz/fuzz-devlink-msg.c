// SPDX-License-Identifier: GPL-2.0-or-later
/* Fuzz target: every parser of the devlink family on every message. The input is as a capture. */
#include <stdlib.h>

#include "datagrams.h"
#include "devlink-msg.h"
#include "fuzz.h"

static void require(int holds)
{
	if (!holds)
		abort();
}

static void parse(const struct nlmsghdr *message)
{
	enum vdpam_eswitch_mode mode = VDPAM_ESWITCH_LEGACY;
	struct vdpam_param_info param;
	struct vdpam_port_info port;

	if (vdpam_devlink_msg_parse_port(message, &port) == 0) {
		require(port.bus[0] && port.device[0] &&
			(!port.netdev || port.netdev[0]));
		require(!port.has_mac || port.mac >> 48 == 0);
		vdpam_port_info_fini(&port);
	}
	if (vdpam_devlink_msg_parse_param(message, &param) == 0)
		require(param.value[0] <= param.has_value[0] &&
			param.value[1] <= param.has_value[1]);
	if (vdpam_devlink_msg_parse_eswitch(message, &mode) == 0)
		require(mode <= VDPAM_ESWITCH_SWITCHDEV);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	/* That a message lies within its datagram is the request layer's to check. */
	datagrams_each_message(bytes, size, parse);
	return 0;
}
