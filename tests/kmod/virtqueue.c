// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The queues of a vDPA network device: what is sent is taken and dropped, commands are
 * answered, nothing is ever received. Packed rings are left alone.
 */

#include <linux/etherdevice.h>

#include "vdpatest.h"

/* So that a busy sender does not keep the worker. */
#define BATCH 64

bool vdpatest_queue_is_control(const struct vdpatest_vdpa *v, u16 index)
{
	if (!(v->driver_features & BIT_ULL(VIRTIO_NET_F_CTRL_VQ)))
		return false;
	if (v->driver_features & BIT_ULL(VIRTIO_NET_F_MQ))
		return index == v->nqueues - 1;
	return index == 2;
}

static void notify(struct vringh *ring)
{
	struct vdpatest_queue *queue = container_of(ring, struct vdpatest_queue, ring);

	if (queue->callback.callback)
		queue->callback.callback(queue->callback.private);
}

int vdpatest_queue_start(struct vdpatest_vdpa *v, u16 index)
{
	struct vdpatest_queue *queue = &v->queues[index];
	int err = 0;

	lockdep_assert_held(&v->lock);
	if (!(v->driver_features & BIT_ULL(VIRTIO_F_RING_PACKED))) {
		err = vringh_init_iotlb(&queue->ring, v->driver_features, queue->size,
					true, (void *)(uintptr_t)queue->descriptors,
					(void *)(uintptr_t)queue->driver,
					(void *)(uintptr_t)queue->device);
		queue->ring.last_avail_idx = queue->state.split.avail_index;
		queue->ring.last_used_idx = queue->state.split.avail_index;
		queue->ring.notify = notify;
	}
	queue->ready = !err;
	return err;
}

void vdpatest_queue_stop(struct vdpatest_vdpa *v, u16 index)
{
	struct vdpatest_queue *queue = &v->queues[index];

	if (queue->ready && !(v->driver_features & BIT_ULL(VIRTIO_F_RING_PACKED)))
		queue->state.split.avail_index = queue->ring.last_avail_idx;
	queue->ready = false;
	vringh_kiov_cleanup(&queue->in);
	vringh_kiov_cleanup(&queue->out);
}

static ssize_t pull(struct vdpatest_queue *queue, void *into, size_t size)
{
	return vringh_iov_pull_iotlb(&queue->ring, &queue->in, into, size);
}

static virtio_net_ctrl_ack set_mac(struct vdpatest_vdpa *v, struct vdpatest_queue *queue)
{
	u8 mac[ETH_ALEN];

	if (pull(queue, mac, sizeof(mac)) != sizeof(mac))
		return VIRTIO_NET_ERR;
	ether_addr_copy(v->config.mac, mac);
	return VIRTIO_NET_OK;
}

static virtio_net_ctrl_ack set_pairs(struct vdpatest_vdpa *v,
				     struct vdpatest_queue *queue)
{
	__virtio16 pairs;

	if (pull(queue, &pairs, sizeof(pairs)) != sizeof(pairs))
		return VIRTIO_NET_ERR;
	if (!__virtio16_to_cpu(true, pairs) ||
	    2 * __virtio16_to_cpu(true, pairs) > v->nqueues)
		return VIRTIO_NET_ERR;
	return VIRTIO_NET_OK;
}

static virtio_net_ctrl_ack obey(struct vdpatest_vdpa *v, struct vdpatest_queue *queue)
{
	struct virtio_net_ctrl_hdr command;

	if (pull(queue, &command, sizeof(command)) != sizeof(command))
		return VIRTIO_NET_ERR;
	if (command.class == VIRTIO_NET_CTRL_MAC &&
	    command.cmd == VIRTIO_NET_CTRL_MAC_ADDR_SET)
		return set_mac(v, queue);
	if (command.class == VIRTIO_NET_CTRL_MQ &&
	    command.cmd == VIRTIO_NET_CTRL_MQ_VQ_PAIRS_SET)
		return set_pairs(v, queue);
	if (command.class == VIRTIO_NET_CTRL_VLAN)
		return VIRTIO_NET_OK;
	return VIRTIO_NET_ERR;
}

static u32 answer(struct vdpatest_vdpa *v, struct vdpatest_queue *queue)
{
	virtio_net_ctrl_ack ack = obey(v, queue);
	ssize_t written =
		vringh_iov_push_iotlb(&queue->ring, &queue->out, &ack, sizeof(ack));

	return written > 0 ? written : 0;
}

bool vdpatest_queue_serve(struct vdpatest_vdpa *v, u16 index)
{
	struct vdpatest_queue *queue = &v->queues[index];
	bool control = vdpatest_queue_is_control(v, index);
	unsigned int served;
	u16 head;
	u32 size;

	lockdep_assert_held(&v->lock);
	if (!queue->ready || (v->driver_features & BIT_ULL(VIRTIO_F_RING_PACKED)))
		return false;
	/* Receive queues are the even ones. */
	if (!control && !(index & 1))
		return false;
	for (served = 0; served < BATCH; served++) {
		if (vringh_getdesc_iotlb(&queue->ring, &queue->in, &queue->out, &head,
					 GFP_KERNEL) <= 0)
			break;
		queue->received++;
		size = control ? answer(v, queue) : 0;
		if (vringh_complete_iotlb(&queue->ring, head, size))
			break;
		queue->completed++;
	}
	local_bh_disable();
	if (served && vringh_need_notify_iotlb(&queue->ring) > 0)
		vringh_notify(&queue->ring);
	local_bh_enable();
	return served == BATCH;
}
