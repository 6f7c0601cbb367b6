// SPDX-License-Identifier: GPL-2.0-or-later
/* Fuzz target: every parser of the vdpa family on every message. The input is as a capture. */
#include <stdlib.h>

#include "datagrams.h"
#include "fuzz.h"
#include "vdpa-msg.h"

static void require(int holds)
{
	if (!holds)
		abort();
}

static void parse(const struct nlmsghdr *message)
{
	struct vdpam_mgmtdev_info mgmtdev;
	struct vdpam_device_info device;
	struct vdpam_stats_info stats;

	if (vdpam_msg_parse_mgmtdev(message, &mgmtdev) == 0) {
		require(mgmtdev.device[0] && (!mgmtdev.bus || mgmtdev.bus[0]));
		vdpam_mgmtdev_info_fini(&mgmtdev);
	}
	if (vdpam_msg_parse_device(message, &device) == 0) {
		require(device.name[0] && device.present >> VDPAM_ATTR_COUNT == 0);
		vdpam_device_info_fini(&device);
	}
	if (vdpam_msg_parse_stats(message, &stats) == 0) {
		require(stats.device[0]);
		for (size_t i = 0; i < stats.n_counters; i++)
			require(stats.counters[i].name[0]);
		vdpam_stats_info_fini(&stats);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	/* That a message lies within its datagram is the request layer's to check. */
	datagrams_each_message(bytes, size, parse);
	return 0;
}
