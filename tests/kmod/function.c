// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a function brings to the vDPA bus: its management device, at once, late or never,
 * and what that answers; or, for some personas, a device that nobody manages.
 */

#include <linux/etherdevice.h>
#include <linux/slab.h>
#include <linux/virtio_ids.h>
#include <uapi/linux/vdpa.h>

#include "vdpatest.h"

static struct virtio_device_id classes[] = {
	{ VIRTIO_ID_NET, VIRTIO_DEV_ANY_ID },
	{},
};

static struct vdpatest_function *to_function(struct vdpa_mgmt_dev *mgmt)
{
	return container_of(mgmt, struct vdpatest_function, mgmt);
}

static int dev_add(struct vdpa_mgmt_dev *mgmt, const char *name,
		   const struct vdpa_dev_set_config *config)
{
	struct vdpatest_function *fn = to_function(mgmt);
	struct vdpatest_provision provision;
	struct vdpatest_vdpa *v;
	int err;

	err = vdpatest_fault(VDPATEST_DEV_ADD, fn->dev, NULL);
	if (err)
		return err;
	err = vdpatest_provision(fn, config, &provision);
	if (err)
		return err;
	v = vdpatest_vdpa_new(fn, name, &provision);
	if (IS_ERR(v))
		return PTR_ERR(v);
	v->vdpa.mdev = mgmt;
	err = _vdpa_register_device(&v->vdpa, v->nqueues);
	if (err) {
		put_device(&v->vdpa.dev);
		return err;
	}
	fn->mtu = provision.mtu;
	fn->devices++;
	return 0;
}

static void dev_del(struct vdpa_mgmt_dev *mgmt, struct vdpa_device *vdpa)
{
	struct vdpatest_function *fn = to_function(mgmt);

	vdpatest_fault(VDPATEST_DEV_DEL, fn->dev, NULL);
	_vdpa_unregister_device(vdpa);
	fn->devices--;
}

static int dev_set_attr(struct vdpa_mgmt_dev *mgmt, struct vdpa_device *vdpa,
			const struct vdpa_dev_set_config *config)
{
	if (!(config->mask & BIT_ULL(VDPA_ATTR_DEV_NET_CFG_MACADDR)))
		return -EOPNOTSUPP;
	return vdpatest_vdpa_set_mac(vdpatest_to_vdpa(vdpa), config->net.mac);
}

/* Two of each: the kernel asks whether the operation is there. */
static const struct vdpa_mgmtdev_ops ops = {
	.dev_add = dev_add,
	.dev_del = dev_del,
};

static const struct vdpa_mgmtdev_ops ops_with_set_attr = {
	.dev_add = dev_add,
	.dev_del = dev_del,
	.dev_set_attr = dev_set_attr,
};

static void register_late(struct work_struct *work)
{
	struct vdpatest_function *fn =
		container_of(work, struct vdpatest_function, late.work);
	int err = vdpa_mgmtdev_register(&fn->mgmt);

	if (err)
		dev_err(fn->dev, "no management device: %d\n", err);
	fn->registered = !err;
}

void vdpatest_function_init(struct vdpatest_function *fn, struct device *dev,
			    struct device *dma_dev,
			    const struct vdpatest_persona *persona)
{
	fn->dev = dev;
	fn->dma_dev = dma_dev;
	fn->persona = persona;
	fn->mtu = ETH_DATA_LEN;
	if (persona->mac == VDPATEST_MAC_OF_HARDWARE)
		eth_random_addr(fn->mac);
	fn->features = persona->features;
	vdpatest_switch_init(&fn->own_switch);
	INIT_DELAYED_WORK(&fn->late, register_late);
}

static int unmanaged_up(struct vdpatest_function *fn)
{
	static const struct vdpa_dev_set_config nothing;
	struct vdpatest_provision provision;
	struct vdpatest_vdpa *v;
	int err;

	err = vdpatest_provision(fn, &nothing, &provision);
	if (err)
		return err;
	v = vdpatest_vdpa_new(fn, NULL, &provision);
	if (IS_ERR(v))
		return PTR_ERR(v);
	err = vdpa_register_device(&v->vdpa, v->nqueues);
	if (err) {
		put_device(&v->vdpa.dev);
		return err;
	}
	fn->unmanaged = v;
	return 0;
}

int vdpatest_function_up(struct vdpatest_function *fn)
{
	const struct vdpatest_persona *persona = fn->persona;
	bool controlled = persona->features & BIT_ULL(VIRTIO_NET_F_CTRL_VQ);
	int late = vdpatest_lateness(persona->late_ms);
	int err;

	if (!persona->managed)
		return unmanaged_up(fn);
	fn->mgmt = (struct vdpa_mgmt_dev){
		.device = fn->dev,
		.ops = persona->mac_settable ? &ops_with_set_attr : &ops,
		.id_table = classes,
		.config_attr_mask = persona->attributes,
		.supported_features = persona->features,
		.max_supported_vqs = 2 * persona->max_pairs + controlled,
	};
	if (late > 0)
		schedule_delayed_work(&fn->late, msecs_to_jiffies(late));
	if (late)
		return 0;
	err = vdpa_mgmtdev_register(&fn->mgmt);
	fn->registered = !err;
	return err;
}

void vdpatest_function_down(struct vdpatest_function *fn)
{
	cancel_delayed_work_sync(&fn->late);
	if (fn->registered)
		vdpa_mgmtdev_unregister(&fn->mgmt);
	fn->registered = false;
	if (fn->unmanaged)
		vdpa_unregister_device(&fn->unmanaged->vdpa);
	fn->unmanaged = NULL;
}
