/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The devlink generic netlink family, as far as scalable functions need it: requests from, and
 * replies to, plain structs. The only file that knows the family's numbers. Every reply is hostile
 * bytes.
 */
#ifndef VDPAM_DEVLINK_MSG_H
#define VDPAM_DEVLINK_MSG_H

#include "vdpa-msg.h"

/* The kernel's numbers. */
enum vdpam_eswitch_mode {
	VDPAM_ESWITCH_LEGACY,
	VDPAM_ESWITCH_SWITCHDEV,
};

enum vdpam_port_flavour {
	VDPAM_PORT_PHYSICAL = 0,
	VDPAM_PORT_PCI_PF = 3,
	VDPAM_PORT_PCI_VF = 4,
	VDPAM_PORT_PCI_SF = 7,
};

enum vdpam_param_cmode {
	VDPAM_PARAM_RUNTIME,    /* counts at once */
	VDPAM_PARAM_DRIVERINIT, /* counts after a reload */
};
#define VDPAM_PARAM_CMODE_COUNT 2

/* A port; a number counts when its `has_` is set. */
struct vdpam_port_info {
	char *bus; /* of the device that has it */
	char *device;
	uint32_t index;
	uint32_t flavour; /* enum vdpam_port_flavour, or one that is not there */
	uint32_t number;  /* of a physical port */
	uint32_t controller;
	uint32_t pfnum;
	uint32_t sfnum;
	char *netdev; /* what represents it in this host; NULL: none */
	uint64_t mac; /* of the function behind it, and so are the next */
	bool active;
	bool attached;
	bool has_flavour;
	bool has_number;
	bool has_pfnum;
	bool has_sfnum;
	bool has_mac;
	bool has_state;
	bool has_opstate;
	bool is_external; /* the function is in another host */
};

/* A parameter. One that is not a boolean has no value. */
struct vdpam_param_info {
	bool value[VDPAM_PARAM_CMODE_COUNT];
	bool has_value[VDPAM_PARAM_CMODE_COUNT];
};

/*
 * Requests. A handle is "BUS/DEVICE", split at the first '/'. Each returns 0; -EINVAL for a handle
 * that has no bus; -ENAMETOOLONG when the message would not fit.
 */
int vdpam_devlink_msg_eswitch_get(struct vdpam_msg *msg, uint16_t family,
				  const char *handle);
int vdpam_devlink_msg_eswitch_set(struct vdpam_msg *msg, uint16_t family,
				  const char *handle, enum vdpam_eswitch_mode mode);
/* One port; without `index` a dump of those of the handle, without a handle of all. */
int vdpam_devlink_msg_port_get(struct vdpam_msg *msg, uint16_t family, const char *handle,
			       const uint32_t *index);
/* A port for a new scalable function. */
int vdpam_devlink_msg_port_new(struct vdpam_msg *msg, uint16_t family, const char *handle,
			       uint16_t pfnum, uint32_t sfnum);
int vdpam_devlink_msg_port_set_mac(struct vdpam_msg *msg, uint16_t family,
				   const char *handle, uint32_t index, uint64_t mac);
int vdpam_devlink_msg_port_set_active(struct vdpam_msg *msg, uint16_t family,
				      const char *handle, uint32_t index, bool active);
int vdpam_devlink_msg_port_del(struct vdpam_msg *msg, uint16_t family, const char *handle,
			       uint32_t index);
int vdpam_devlink_msg_param_get(struct vdpam_msg *msg, uint16_t family,
				const char *handle, const char *name);
/* Of a boolean. */
int vdpam_devlink_msg_param_set(struct vdpam_msg *msg, uint16_t family,
				const char *handle, const char *name,
				enum vdpam_param_cmode cmode, bool value);
/* The driver lets go of the device and takes it anew. */
int vdpam_devlink_msg_reload(struct vdpam_msg *msg, uint16_t family, const char *handle);

/*
 * Replies. Each returns 0; -EBADMSG when the bytes are not what the kernel would send; -ENOMEM.
 * Unknown attributes are skipped. -ENODATA for a device without e-switch.
 */
int vdpam_devlink_msg_parse_eswitch(const struct nlmsghdr *message,
				    enum vdpam_eswitch_mode *ret_mode);
int vdpam_devlink_msg_parse_port(const struct nlmsghdr *message,
				 struct vdpam_port_info *ret_info);
int vdpam_devlink_msg_parse_param(const struct nlmsghdr *message,
				  struct vdpam_param_info *ret_info);

/* A notification, whatever it is about: of which device (to be freed), and whether that has gone. */
int vdpam_devlink_msg_parse_notification(const struct nlmsghdr *message,
					 char **ret_handle, bool *ret_is_gone);

/* Takes a zeroed struct too. */
void vdpam_port_info_fini(struct vdpam_port_info *info);

#endif
