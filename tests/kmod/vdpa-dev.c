// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A vDPA network device: the whole control path. It translates addresses by itself, so
 * that vhost_vdpa needs no IOMMU under it.
 */

#include <linux/etherdevice.h>
#include <linux/slab.h>
#include <linux/virtio_ids.h>
#include <net/netlink.h>
#include <uapi/linux/vdpa.h>

#include "kernels.h"
#include "vdpatest.h"

#define QUEUE_SIZE_MAX 256

/* ---- queues ---- */

static int set_vq_address(struct vdpa_device *vdpa, u16 index, u64 descriptors,
			  u64 driver, u64 device)
{
	struct vdpatest_vdpa *v = vdpatest_to_vdpa(vdpa);
	struct vdpatest_queue *queue = &v->queues[index];

	mutex_lock(&v->lock);
	queue->descriptors = descriptors;
	queue->driver = driver;
	queue->device = device;
	mutex_unlock(&v->lock);
	return 0;
}

static void set_vq_num(struct vdpa_device *vdpa, u16 index, u32 size)
{
	struct vdpatest_vdpa *v = vdpatest_to_vdpa(vdpa);

	mutex_lock(&v->lock);
	v->queues[index].size = size;
	mutex_unlock(&v->lock);
}

static void kick_vq(struct vdpa_device *vdpa, u16 index)
{
	schedule_work(&vdpatest_to_vdpa(vdpa)->work);
}

static void kick_vq_with_data(struct vdpa_device *vdpa, u32 data)
{
	schedule_work(&vdpatest_to_vdpa(vdpa)->work);
}

static void set_vq_cb(struct vdpa_device *vdpa, u16 index, struct vdpa_callback *callback)
{
	struct vdpatest_vdpa *v = vdpatest_to_vdpa(vdpa);

	mutex_lock(&v->lock);
	v->queues[index].callback = *callback;
	mutex_unlock(&v->lock);
}

static void set_vq_ready(struct vdpa_device *vdpa, u16 index, bool ready)
{
	struct vdpatest_vdpa *v = vdpatest_to_vdpa(vdpa);
	int err = 0;

	mutex_lock(&v->lock);
	if (!ready)
		vdpatest_queue_stop(v, index);
	else if (!v->queues[index].ready)
		err = vdpatest_queue_start(v, index);
	mutex_unlock(&v->lock);
	if (err)
		dev_err(&vdpa->dev, "queue %u is not usable: %d\n", index, err);
}

static bool get_vq_ready(struct vdpa_device *vdpa, u16 index)
{
	struct vdpatest_vdpa *v = vdpatest_to_vdpa(vdpa);
	bool ready;

	mutex_lock(&v->lock);
	ready = v->queues[index].ready;
	mutex_unlock(&v->lock);
	return ready;
}

static int set_vq_state(struct vdpa_device *vdpa, u16 index,
			const struct vdpa_vq_state *state)
{
	struct vdpatest_vdpa *v = vdpatest_to_vdpa(vdpa);

	mutex_lock(&v->lock);
	v->queues[index].state = *state;
	mutex_unlock(&v->lock);
	return 0;
}

static int get_vq_state(struct vdpa_device *vdpa, u16 index, struct vdpa_vq_state *state)
{
	struct vdpatest_vdpa *v = vdpatest_to_vdpa(vdpa);

	mutex_lock(&v->lock);
	*state = v->queues[index].state;
	mutex_unlock(&v->lock);
	return 0;
}

static int put_counter(struct sk_buff *msg, const char *name, u64 value)
{
	if (nla_put_string(msg, VDPA_ATTR_DEV_VENDOR_ATTR_NAME, name) ||
	    nla_put_u64_64bit(msg, VDPA_ATTR_DEV_VENDOR_ATTR_VALUE, value, VDPA_ATTR_PAD))
		return -EMSGSIZE;
	return 0;
}

static int get_vendor_vq_stats(struct vdpa_device *vdpa, u16 index, struct sk_buff *msg,
			       struct netlink_ext_ack *extack)
{
	struct vdpatest_vdpa *v = vdpatest_to_vdpa(vdpa);
	int err;

	if (index >= v->nqueues) {
		NL_SET_ERR_MSG_MOD(extack, "virtqueue index is not valid");
		return -EINVAL;
	}
	mutex_lock(&v->lock);
	err = put_counter(msg, "received_desc", v->queues[index].received);
	if (!err)
		err = put_counter(msg, "completed_desc", v->queues[index].completed);
	mutex_unlock(&v->lock);
	return err;
}

static void serve_queues(struct work_struct *work)
{
	struct vdpatest_vdpa *v = container_of(work, struct vdpatest_vdpa, work);
	bool again = false;
	u16 index;

	mutex_lock(&v->lock);
	if (v->status & VIRTIO_CONFIG_S_DRIVER_OK)
		for (index = 0; index < v->nqueues; index++)
			again |= vdpatest_queue_serve(v, index);
	mutex_unlock(&v->lock);
	if (again)
		schedule_work(&v->work);
}

/* ---- the device ---- */

/*
 * Not the PCI function that dma_dev names: with an IOMMU in the machine its addresses
 * would mean nothing here.
 */
#if VDPATEST_IS_NEWER
#define MAP .get_vq_map = get_vq_map

static union virtio_map get_vq_map(struct vdpa_device *vdpa, u16 index)
{
	return (union virtio_map){ .dma_dev = &vdpa->dev };
}
#else
#define MAP .get_vq_dma_dev = get_vq_dma_dev

static struct device *get_vq_dma_dev(struct vdpa_device *vdpa, u16 index)
{
	return &vdpa->dev;
}
#endif

static u32 get_vq_align(struct vdpa_device *vdpa)
{
	return PAGE_SIZE;
}

static u32 get_vq_group(struct vdpa_device *vdpa, u16 index)
{
	return 0;
}

static u64 get_device_features(struct vdpa_device *vdpa)
{
	return vdpatest_to_vdpa(vdpa)->device_features;
}

static int set_driver_features(struct vdpa_device *vdpa, u64 features)
{
	struct vdpatest_vdpa *v = vdpatest_to_vdpa(vdpa);

	if (features & ~v->device_features)
		return -EINVAL;
	mutex_lock(&v->lock);
	v->driver_features = features;
	mutex_unlock(&v->lock);
	return 0;
}

static u64 get_driver_features(struct vdpa_device *vdpa)
{
	struct vdpatest_vdpa *v = vdpatest_to_vdpa(vdpa);
	u64 features;

	mutex_lock(&v->lock);
	features = v->driver_features;
	mutex_unlock(&v->lock);
	return features;
}

/* The configuration never changes by itself. */
static void set_config_cb(struct vdpa_device *vdpa, struct vdpa_callback *callback)
{
}

static u16 get_vq_num_max(struct vdpa_device *vdpa)
{
	return QUEUE_SIZE_MAX;
}

static u32 get_device_id(struct vdpa_device *vdpa)
{
	return VIRTIO_ID_NET;
}

static u32 get_vendor_id(struct vdpa_device *vdpa)
{
	return vdpatest_to_vdpa(vdpa)->persona->vendor_id;
}

static u8 get_status(struct vdpa_device *vdpa)
{
	return READ_ONCE(vdpatest_to_vdpa(vdpa)->status);
}

static void set_status(struct vdpa_device *vdpa, u8 status)
{
	struct vdpatest_vdpa *v = vdpatest_to_vdpa(vdpa);

	mutex_lock(&v->lock);
	WRITE_ONCE(v->status, status);
	mutex_unlock(&v->lock);
	/* For what was kicked too early. */
	if (status & VIRTIO_CONFIG_S_DRIVER_OK)
		schedule_work(&v->work);
}

static int reset(struct vdpa_device *vdpa)
{
	struct vdpatest_vdpa *v = vdpatest_to_vdpa(vdpa);
	u16 index;

	mutex_lock(&v->lock);
	WRITE_ONCE(v->status, 0);
	v->driver_features = 0;
	for (index = 0; index < v->nqueues; index++) {
		vdpatest_queue_stop(v, index);
		memset(&v->queues[index].state, 0, sizeof(v->queues[index].state));
		memset(&v->queues[index].callback, 0, sizeof(v->queues[index].callback));
	}
	mutex_unlock(&v->lock);
	return 0;
}

static size_t get_config_size(struct vdpa_device *vdpa)
{
	return sizeof(struct virtio_net_config);
}

static void get_config(struct vdpa_device *vdpa, unsigned int offset, void *buffer,
		       unsigned int size)
{
	struct vdpatest_vdpa *v = vdpatest_to_vdpa(vdpa);

	if (offset > sizeof(v->config) || size > sizeof(v->config) - offset)
		return;
	mutex_lock(&v->lock);
	memcpy(buffer, (u8 *)&v->config + offset, size);
	mutex_unlock(&v->lock);
}

/* A modern network device has nothing that the driver writes. */
static void set_config(struct vdpa_device *vdpa, unsigned int offset, const void *buffer,
		       unsigned int size)
{
}

static void free_device(struct vdpa_device *vdpa)
{
	struct vdpatest_vdpa *v = vdpatest_to_vdpa(vdpa);
	u16 index;

	cancel_work_sync(&v->work);
	for (index = 0; v->queues && index < v->nqueues; index++)
		vdpatest_queue_stop(v, index);
	kfree(v->queues);
	vhost_iotlb_reset(&v->iotlb);
	vdpatest_live_put();
}

#define OPS                                                                              \
	.set_vq_address = set_vq_address, .set_vq_num = set_vq_num, .kick_vq = kick_vq,  \
	.kick_vq_with_data = kick_vq_with_data, .set_vq_cb = set_vq_cb,                  \
	.set_vq_ready = set_vq_ready, .get_vq_ready = get_vq_ready,                      \
	.set_vq_state = set_vq_state, .get_vq_state = get_vq_state,                      \
	.get_vq_align = get_vq_align, .get_vq_group = get_vq_group,                      \
	.get_device_features = get_device_features,                                      \
	.set_driver_features = set_driver_features,                                      \
	.get_driver_features = get_driver_features, .set_config_cb = set_config_cb,      \
	.get_vq_num_max = get_vq_num_max, .get_device_id = get_device_id,                \
	.get_vendor_id = get_vendor_id, .get_status = get_status,                        \
	.set_status = set_status, .reset = reset, .get_config_size = get_config_size,    \
	.get_config = get_config, .set_config = set_config, .set_map = vdpatest_set_map, \
	.reset_map = vdpatest_reset_map, MAP, .free = free_device

/* Two of them: the kernel asks whether the operation is there. */
static const struct vdpa_config_ops ops = {
	OPS,
};

static const struct vdpa_config_ops ops_with_stats = {
	OPS,
	.get_vendor_vq_stats = get_vendor_vq_stats,
};

static void fill_config(struct vdpatest_vdpa *v,
			const struct vdpatest_provision *provision)
{
	ether_addr_copy(v->config.mac, provision->mac);
	v->config.status = __cpu_to_virtio16(true, VIRTIO_NET_S_LINK_UP);
	v->config.max_virtqueue_pairs = __cpu_to_virtio16(true, provision->pairs);
	v->config.mtu = __cpu_to_virtio16(true, provision->mtu);
}

struct vdpatest_vdpa *vdpatest_vdpa_new(struct vdpatest_function *fn, const char *name,
					const struct vdpatest_provision *provision)
{
	bool controlled = provision->features & BIT_ULL(VIRTIO_NET_F_CTRL_VQ);
	struct vdpatest_vdpa *v;
	u16 index;
	int err;

	v = vdpatest_alloc_device(struct vdpatest_vdpa, vdpa, fn->dev,
				  fn->persona->has_stats ? &ops_with_stats : &ops, name);
	if (IS_ERR(v))
		return v;
	vdpatest_live_get();
	vdpatest_set_dma_dev(&v->vdpa, fn->dma_dev);
	v->persona = fn->persona;
	v->device_features = provision->features;
	INIT_WORK(&v->work, serve_queues);
	mutex_init(&v->lock);
	spin_lock_init(&v->iotlb_lock);
	/* As many as vdpa_sim has; 0 is "any number" to 6.12 and "none" to 7.2. */
	vhost_iotlb_init(&v->iotlb, 2048, 0);
	v->nqueues = 2 * provision->pairs + controlled;
	v->queues = kcalloc(v->nqueues, sizeof(*v->queues), GFP_KERNEL);
	err = v->queues ? vdpatest_map_everything(v) : -ENOMEM;
	if (err) {
		put_device(&v->vdpa.dev);
		return ERR_PTR(err);
	}
	for (index = 0; index < v->nqueues; index++)
		vringh_set_iotlb(&v->queues[index].ring, &v->iotlb, &v->iotlb_lock);
	fill_config(v, provision);
	return v;
}

int vdpatest_vdpa_set_mac(struct vdpatest_vdpa *v, const u8 *mac)
{
	int err = 0;

	mutex_lock(&v->lock);
	if (v->status & VIRTIO_CONFIG_S_DRIVER_OK)
		err = -EBUSY;
	else
		ether_addr_copy(v->config.mac, mac);
	mutex_unlock(&v->lock);
	return err;
}
