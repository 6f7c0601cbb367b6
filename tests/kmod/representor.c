// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The interface that stands for a port in switchdev mode. It drops what it is given.
 */

#include <linux/etherdevice.h>

#include "vdpatest.h"

static netdev_tx_t representor_xmit(struct sk_buff *skb, struct net_device *netdev)
{
	dev_kfree_skb_any(skb);
	DEV_STATS_INC(netdev, tx_dropped);
	return NETDEV_TX_OK;
}

static const struct net_device_ops representor_ops = {
	.ndo_start_xmit = representor_xmit,
	.ndo_set_mac_address = eth_mac_addr,
	.ndo_validate_addr = eth_validate_addr,
};

struct net_device *vdpatest_representor_new(struct device *dev, struct devlink_port *port)
{
	struct net_device *netdev = alloc_etherdev(0);
	int err;

	if (!netdev)
		return ERR_PTR(-ENOMEM);
	netdev->netdev_ops = &representor_ops;
	eth_hw_addr_random(netdev);
	SET_NETDEV_DEV(netdev, dev);
	SET_NETDEV_DEVLINK_PORT(netdev, port);
	netif_carrier_off(netdev);
	err = register_netdev(netdev);
	if (err) {
		free_netdev(netdev);
		return ERR_PTR(err);
	}
	return netdev;
}

void vdpatest_representor_free(struct net_device *netdev)
{
	unregister_netdev(netdev);
	free_netdev(netdev);
}
