/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The vdpa generic netlink family: requests from, and replies to, plain structs. The only file that
 * knows the family's attribute numbers. Every reply is hostile bytes.
 */
#ifndef VDPAM_VDPA_MSG_H
#define VDPAM_VDPA_MSG_H

#include <linux/netlink.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vdpamgmt.h"

/* Big enough for every request with a name of 1,024 bytes. */
struct vdpam_msg {
	union {
		struct nlmsghdr header;
		char bytes[2560];
	};
};

struct vdpam_mgmtdev_info {
	char *bus; /* NULL: none */
	char *device;
	uint64_t classes;
	uint32_t max_vqs;
	uint64_t features;
	bool has_max_vqs;
	bool has_features;
};

/* From DEV_GET and from DEV_CONFIG_GET: each fills what it has. */
struct vdpam_device_info {
	char *name;
	char *mgmtdev_bus; /* NULL: none, or not told */
	char *mgmtdev_device;
	uint32_t virtio_id; /* 0: not told */
	uint64_t number[VDPAM_ATTR_COUNT];
	uint32_t present; /* bit N: number[N] was told */
};

struct vdpam_counter {
	char *name;
	uint64_t value;
};

struct vdpam_stats_info {
	char *device;
	uint32_t queue;
	struct vdpam_counter *counters;
	size_t n_counters;
};

/* What DEV_NEW can be told beyond names; a field counts when its `has_` is set. */
struct vdpam_new_attrs {
	uint64_t mac;
	uint16_t mtu;
	uint16_t max_vqp;
	uint64_t features;
	bool has_mac;
	bool has_mtu;
	bool has_max_vqp;
	bool has_features;
};

/*
 * Requests. `name` and `handle` are NULL for a dump of all. A handle is "BUS/DEVICE" or "DEVICE",
 * split at the first '/'. Each returns 0, or -ENAMETOOLONG when the message would not fit.
 */
int vdpam_msg_mgmtdev_get(struct vdpam_msg *msg, uint16_t family, const char *handle);
int vdpam_msg_device_get(struct vdpam_msg *msg, uint16_t family, const char *name);
int vdpam_msg_config_get(struct vdpam_msg *msg, uint16_t family, const char *name);
int vdpam_msg_stats_get(struct vdpam_msg *msg, uint16_t family, const char *name,
			uint32_t queue);
int vdpam_msg_device_new(struct vdpam_msg *msg, uint16_t family, const char *name,
			 const char *handle, const struct vdpam_new_attrs *attrs);
int vdpam_msg_device_del(struct vdpam_msg *msg, uint16_t family, const char *name);
int vdpam_msg_attr_set(struct vdpam_msg *msg, uint16_t family, const char *name,
		       uint64_t mac);

/*
 * Replies. Each returns 0; -EBADMSG when the bytes are not what the kernel would send (a missing or
 * unterminated name, a number of the wrong size, attributes that overrun); -ENOMEM. Unknown
 * attributes are skipped. What was filled is freed by the matching _fini(), which takes a zeroed
 * struct too.
 */
int vdpam_msg_parse_mgmtdev(const struct nlmsghdr *message,
			    struct vdpam_mgmtdev_info *ret_info);
int vdpam_msg_parse_device(const struct nlmsghdr *message,
			   struct vdpam_device_info *ret_info);
int vdpam_msg_parse_stats(const struct nlmsghdr *message,
			  struct vdpam_stats_info *ret_info);

void vdpam_mgmtdev_info_fini(struct vdpam_mgmtdev_info *info);
void vdpam_device_info_fini(struct vdpam_device_info *info);
void vdpam_stats_info_fini(struct vdpam_stats_info *info);

#endif
