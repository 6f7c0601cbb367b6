// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The habits of the real vDPA drivers, as data. What a habit means is decided elsewhere.
 */

#include <linux/module.h>
#include <uapi/linux/vdpa.h>
#include <uapi/linux/virtio_config.h>
#include <uapi/linux/virtio_net.h>

#include "vdpatest.h"

#define ATTRIBUTE(name) BIT_ULL(VDPA_ATTR_DEV_##name)
#define NET(name) BIT_ULL(VIRTIO_NET_F_##name)
#define TRANSPORT(name) BIT_ULL(VIRTIO_F_##name)

#define MODERN (TRANSPORT(VERSION_1) | TRANSPORT(ACCESS_PLATFORM))
#define CONTROLLED (NET(CTRL_VQ) | NET(CTRL_MAC_ADDR) | NET(MQ))

static const struct vdpatest_persona personas[] = {
	{
		.name = "mlx5",
		.vendor_id = 0x15b3,
		.managed = true,
		.vnet = VDPATEST_VNET_DRIVERINIT,
		.mac = VDPATEST_MAC_OF_FUNCTION,
		.max_pairs = 8,
		.default_pairs = 1,
		.attributes = ATTRIBUTE(NET_CFG_MACADDR) | ATTRIBUTE(NET_CFG_MTU) |
			      ATTRIBUTE(NET_CFG_MAX_VQP) | ATTRIBUTE(FEATURES),
		.features = MODERN | CONTROLLED | NET(CTRL_VLAN) | NET(MAC) | NET(MTU) |
			    NET(STATUS) | NET(CSUM) | NET(GUEST_CSUM) | NET(HOST_TSO4) |
			    NET(HOST_TSO6) | NET(MRG_RXBUF),
		.unasked = NET(MRG_RXBUF),
		.needed = MODERN,
		.has_stats = true,
		.mac_settable = true,
		.capacity = 1,
		.full_errno = -ENOSPC,
		.full_text = "this function has its vDPA device already",
		.superset_errno = -EINVAL,
		.pairs_errno = -EINVAL,
	},
	{
		.name = "pds",
		.vendor_id = 0x1dd8,
		.managed = true,
		.vnet = VDPATEST_VNET_RUNTIME,
		.mac = VDPATEST_MAC_RANDOM,
		.max_pairs = 4,
		.default_pairs = 4,
		.attributes = ATTRIBUTE(NET_CFG_MACADDR) | ATTRIBUTE(NET_CFG_MAX_VQP) |
			      ATTRIBUTE(FEATURES),
		.features = MODERN | CONTROLLED | NET(MAC) | NET(STATUS) | NET(CSUM) |
			    NET(MRG_RXBUF),
		.capacity = 1,
		.full_errno = -EOPNOTSUPP,
		.full_text = "Multiple vDPA devices on a VF is not supported.",
		.superset_errno = -EOPNOTSUPP,
		.pairs_errno = -ENOSPC,
	},
	{
		/* No control queue: packed rings are not served. */
		.name = "octep",
		.vendor_id = 0x177d,
		.managed = true,
		.mac = VDPATEST_MAC_OF_HARDWARE,
		.max_pairs = 1,
		.default_pairs = 1,
		.attributes = ATTRIBUTE(FEATURES),
		.features = MODERN | TRANSPORT(NOTIFICATION_DATA) |
			    TRANSPORT(RING_PACKED) | NET(MAC) | NET(MTU) | NET(STATUS) |
			    NET(MRG_RXBUF),
		.needed = MODERN | TRANSPORT(NOTIFICATION_DATA) | TRANSPORT(RING_PACKED),
		.narrows = true,
		.superset_errno = -EINVAL,
		.late_ms = 2000,
	},
	{
		.name = "ifcvf",
		.vendor_id = 0x8086,
		.managed = true,
		.mac = VDPATEST_MAC_OF_HARDWARE,
		.max_pairs = 2,
		.default_pairs = 2,
		.attributes = ATTRIBUTE(FEATURES),
		.features = MODERN | CONTROLLED | NET(MAC) | NET(STATUS) | NET(CSUM) |
			    NET(MRG_RXBUF),
		.superset_errno = -EINVAL,
	},
	{
		/* Legacy hardware: no VERSION_1. */
		.name = "eni",
		.vendor_id = 0x1af4,
		.mac = VDPATEST_MAC_OF_HARDWARE,
		.max_pairs = 2,
		.default_pairs = 2,
		.features = TRANSPORT(ACCESS_PLATFORM) | CONTROLLED | NET(MAC) |
			    NET(STATUS) | NET(MRG_RXBUF),
	},
	{
		.name = "snet",
		.vendor_id = 0xd063,
		.mac = VDPATEST_MAC_OF_HARDWARE,
		.max_pairs = 1,
		.default_pairs = 1,
		.features = MODERN | NET(MAC) | NET(MTU) | NET(STATUS) | NET(MRG_RXBUF),
	},
};

static const struct vdpatest_persona *current_persona = &personas[0];

const struct vdpatest_persona *vdpatest_persona(void)
{
	return READ_ONCE(current_persona);
}

static int persona_set(const char *value, const struct kernel_param *param)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(personas); i++) {
		if (!sysfs_streq(value, personas[i].name))
			continue;
		WRITE_ONCE(current_persona, &personas[i]);
		return 0;
	}
	return -EINVAL;
}

static int persona_get(char *buffer, const struct kernel_param *param)
{
	return sysfs_emit(buffer, "%s\n", vdpatest_persona()->name);
}

static const struct kernel_param_ops persona_ops = {
	.set = persona_set,
	.get = persona_get,
};
module_param_cb(persona, &persona_ops, NULL, 0644);
MODULE_PARM_DESC(persona,
		 "mlx5, pds, octep, ifcvf, eni, snet: for what is probed from now on");
