// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a new device gets: the attributes of DEV_NEW and the persona of the function
 * decide. As in the real drivers the reasons of a refusal reach the kernel log alone.
 */

#include <linux/etherdevice.h>
#include <uapi/linux/vdpa.h>

#include "vdpatest.h"

static bool given(const struct vdpa_dev_set_config *config, int attribute)
{
	return config->mask & BIT_ULL(attribute);
}

static int choose_features(struct vdpatest_function *fn,
			   const struct vdpa_dev_set_config *config, u64 *ret_features)
{
	const struct vdpatest_persona *persona = fn->persona;
	u64 features = fn->features;

	if (!given(config, VDPA_ATTR_DEV_FEATURES)) {
		features &= ~persona->unasked;
	} else if (config->device_features & ~features) {
		dev_err(fn->dev, "these features are not to be had: 0x%llx\n",
			config->device_features & ~features);
		return persona->superset_errno;
	} else {
		features = config->device_features;
	}
	/* Before the next check, as octep_vdpa does: a refused set narrows as well. */
	if (persona->narrows)
		fn->features = features;
	if (persona->needed & ~features) {
		dev_err(fn->dev, "at least these features must be provisioned: 0x%llx\n",
			persona->needed);
		return -EOPNOTSUPP;
	}
	*ret_features = features;
	return 0;
}

static int choose_pairs(struct vdpatest_function *fn,
			const struct vdpa_dev_set_config *config, u16 *ret_pairs)
{
	const struct vdpatest_persona *persona = fn->persona;
	u16 pairs = persona->default_pairs;

	if (given(config, VDPA_ATTR_DEV_NET_CFG_MAX_VQP))
		pairs = config->net.max_vq_pairs;
	if (pairs > persona->max_pairs) {
		dev_err(fn->dev, "%u queue pairs are more than %u\n", pairs,
			persona->max_pairs);
		return persona->pairs_errno;
	}
	*ret_pairs = pairs;
	return 0;
}

/* May take MAC out of the features. */
static int choose_mac(struct vdpatest_function *fn,
		      const struct vdpa_dev_set_config *config, u64 *features,
		      u8 *ret_mac)
{
	if (given(config, VDPA_ATTR_DEV_NET_CFG_MACADDR)) {
		ether_addr_copy(ret_mac, config->net.mac);
		return 0;
	}
	ether_addr_copy(ret_mac, fn->mac);
	if (fn->sf)
		vdpatest_sf_get_mac(fn->sf, ret_mac);
	if (!is_zero_ether_addr(ret_mac) || !(*features & BIT_ULL(VIRTIO_NET_F_MAC)))
		return 0;
	if (fn->persona->mac == VDPATEST_MAC_RANDOM) {
		eth_random_addr(ret_mac);
		return 0;
	}
	if (given(config, VDPA_ATTR_DEV_FEATURES)) {
		dev_err(fn->dev, "MAC is provisioned, but no address\n");
		return -EINVAL;
	}
	*features &= ~BIT_ULL(VIRTIO_NET_F_MAC);
	return 0;
}

int vdpatest_provision(struct vdpatest_function *fn,
		       const struct vdpa_dev_set_config *config,
		       struct vdpatest_provision *ret_provision)
{
	const struct vdpatest_persona *persona = fn->persona;
	struct vdpatest_provision provision = {};
	int err;

	if (persona->capacity && fn->devices >= persona->capacity) {
		dev_err(fn->dev, "%s\n", persona->full_text);
		return persona->full_errno;
	}
	err = choose_features(fn, config, &provision.features);
	if (err)
		return err;
	err = choose_pairs(fn, config, &provision.pairs);
	if (err)
		return err;
	err = choose_mac(fn, config, &provision.features, provision.mac);
	if (err)
		return err;
	provision.mtu =
		given(config, VDPA_ATTR_DEV_NET_CFG_MTU) ? config->net.mtu : fn->mtu;
	*ret_provision = provision;
	return 0;
}
