/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the forms for consumers share: who drives a device, the refusal of those that none can use. */
#ifndef VDPAM_CONSUMER_H
#define VDPAM_CONSUMER_H

#include "objects.h"
#include "vdpamgmt-consumer.h"

struct json_object;

/* A device of vhost_vdpa whose char device is there; a device of virtio_vdpa. */
bool vdpam_device_is_vhost(const struct vdpam_device *device);
bool vdpam_device_is_virtio(const struct vdpam_device *device);

/* `who` takes devices of `drivers` alone: an error for this one. */
int vdpam_consumer_refuse(struct vdpam_error **ret_error,
			  const struct vdpam_device *device, const char *who,
			  const char *drivers);

/* The queue pairs of a network device, the queues of a disk; 1 where the kernel did not say. */
uint64_t vdpam_consumer_queues(const struct vdpam_device *device);

/* Sets a key and takes the value, NULL being one that there was no memory for. 0 or -ENOMEM. */
int vdpam_consumer_set(struct json_object *object, const char *key,
		       struct json_object *value);
/* The same for the kernel's bytes, which are escaped. */
int vdpam_consumer_set_text(struct json_object *object, const char *key,
			    const char *text);

#endif
