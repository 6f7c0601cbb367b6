// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The devlink generic netlink family: requests from, and replies to, plain structs. The only file
 * that knows the family's numbers; must not send, and must not decide what a number is good for.
 */
#include "devlink-msg.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/devlink.h>
#include <linux/genetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wire.h"

#define FAMILY_VERSION 1
#define ATTR_COUNT (DEVLINK_ATTR_PORT_PCI_SF_NUMBER + 1)
#define FUNCTION_ATTR_COUNT (DEVLINK_PORT_FN_ATTR_OPSTATE + 1)

/* What devlink calls the type of a boolean: <net/netlink.h>, NLA_FLAG. */
#define PARAM_TYPE_BOOL 6

_Static_assert(DEVLINK_PORT_FLAVOUR_PCI_SF == (int)VDPAM_PORT_PCI_SF &&
		       DEVLINK_PORT_FLAVOUR_PCI_VF == (int)VDPAM_PORT_PCI_VF &&
		       DEVLINK_PORT_FLAVOUR_PCI_PF == (int)VDPAM_PORT_PCI_PF &&
		       DEVLINK_PORT_FLAVOUR_PHYSICAL == (int)VDPAM_PORT_PHYSICAL,
	       "flavours are the kernel's");
_Static_assert(DEVLINK_ESWITCH_MODE_LEGACY == (int)VDPAM_ESWITCH_LEGACY &&
		       DEVLINK_ESWITCH_MODE_SWITCHDEV == (int)VDPAM_ESWITCH_SWITCHDEV,
	       "e-switch modes are the kernel's");
_Static_assert(DEVLINK_PARAM_CMODE_RUNTIME == (int)VDPAM_PARAM_RUNTIME &&
		       DEVLINK_PARAM_CMODE_DRIVERINIT == (int)VDPAM_PARAM_DRIVERINIT,
	       "configuration modes are the kernel's");

/* ---- Requests ------------------------------------------------------------------------------ */

static int put(struct vdpam_msg *msg, uint16_t attr, const void *bytes, size_t size)
{
	return mnl_attr_put_check(&msg->header, sizeof(*msg), attr, size, bytes)
		       ? 0
		       : -ENAMETOOLONG;
}

static int put_string(struct vdpam_msg *msg, uint16_t attr, const char *text)
{
	return put(msg, attr, text, strlen(text) + 1);
}

static int put_u8(struct vdpam_msg *msg, uint16_t attr, uint8_t number)
{
	return put(msg, attr, &number, sizeof(number));
}

static int put_u16(struct vdpam_msg *msg, uint16_t attr, uint16_t number)
{
	return put(msg, attr, &number, sizeof(number));
}

static int put_u32(struct vdpam_msg *msg, uint16_t attr, uint32_t number)
{
	return put(msg, attr, &number, sizeof(number));
}

static int put_handle(struct vdpam_msg *msg, const char *handle)
{
	const char *slash = strchr(handle, '/');
	size_t length = slash ? (size_t)(slash - handle) : 0;
	char bus[256];
	int r;

	if (!length || !slash[1])
		return -EINVAL;
	if (length >= sizeof(bus))
		return -ENAMETOOLONG;
	memcpy(bus, handle, length);
	bus[length] = 0;
	r = put_string(msg, DEVLINK_ATTR_BUS_NAME, bus);
	return r < 0 ? r : put_string(msg, DEVLINK_ATTR_DEV_NAME, slash + 1);
}

/* A request for a device (NULL: for all of them). */
static int begin(struct vdpam_msg *msg, uint16_t family, uint8_t command, uint16_t flags,
		 const char *handle)
{
	struct genlmsghdr *header;

	*msg = (struct vdpam_msg){ 0 };
	mnl_nlmsg_put_header(msg);
	msg->header.nlmsg_type = family;
	msg->header.nlmsg_flags = NLM_F_REQUEST | flags;
	header = mnl_nlmsg_put_extra_header(&msg->header, sizeof(*header));
	header->cmd = command;
	header->version = FAMILY_VERSION;
	return handle ? put_handle(msg, handle) : 0;
}

static int begin_port(struct vdpam_msg *msg, uint16_t family, uint8_t command,
		      const char *handle, uint32_t index)
{
	int r = begin(msg, family, command, 0, handle);

	return r < 0 ? r : put_u32(msg, DEVLINK_ATTR_PORT_INDEX, index);
}

/* Of the function behind a port. */
static int put_function(struct vdpam_msg *msg, uint16_t attr, const void *bytes,
			size_t size)
{
	struct nlattr *nest;
	int r;

	nest = mnl_attr_nest_start_check(&msg->header, sizeof(*msg),
					 DEVLINK_ATTR_PORT_FUNCTION);
	if (!nest)
		return -ENAMETOOLONG;
	r = put(msg, attr, bytes, size);
	mnl_attr_nest_end(&msg->header, nest);
	return r;
}

int vdpam_devlink_msg_eswitch_get(struct vdpam_msg *msg, uint16_t family,
				  const char *handle)
{
	return begin(msg, family, DEVLINK_CMD_ESWITCH_GET, 0, handle);
}

int vdpam_devlink_msg_eswitch_set(struct vdpam_msg *msg, uint16_t family,
				  const char *handle, enum vdpam_eswitch_mode mode)
{
	int r = begin(msg, family, DEVLINK_CMD_ESWITCH_SET, 0, handle);

	return r < 0 ? r : put_u16(msg, DEVLINK_ATTR_ESWITCH_MODE, mode);
}

int vdpam_devlink_msg_port_get(struct vdpam_msg *msg, uint16_t family, const char *handle,
			       const uint32_t *index)
{
	if (index)
		return begin_port(msg, family, DEVLINK_CMD_PORT_GET, handle, *index);
	return begin(msg, family, DEVLINK_CMD_PORT_GET, NLM_F_DUMP, handle);
}

int vdpam_devlink_msg_port_new(struct vdpam_msg *msg, uint16_t family, const char *handle,
			       uint16_t pfnum, uint32_t sfnum)
{
	int r = begin(msg, family, DEVLINK_CMD_PORT_NEW, 0, handle);

	if (!r)
		r = put_u16(msg, DEVLINK_ATTR_PORT_FLAVOUR, VDPAM_PORT_PCI_SF);
	if (!r)
		r = put_u16(msg, DEVLINK_ATTR_PORT_PCI_PF_NUMBER, pfnum);
	if (!r)
		r = put_u32(msg, DEVLINK_ATTR_PORT_PCI_SF_NUMBER, sfnum);
	return r;
}

int vdpam_devlink_msg_port_set_mac(struct vdpam_msg *msg, uint16_t family,
				   const char *handle, uint32_t index, uint64_t mac)
{
	uint8_t bytes[6];
	int r = begin_port(msg, family, DEVLINK_CMD_PORT_SET, handle, index);

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = mac >> (40 - 8 * i) & 0xff;
	return r < 0 ? r
		     : put_function(msg, DEVLINK_PORT_FUNCTION_ATTR_HW_ADDR, bytes,
				    sizeof(bytes));
}

int vdpam_devlink_msg_port_set_active(struct vdpam_msg *msg, uint16_t family,
				      const char *handle, uint32_t index, bool active)
{
	uint8_t state =
		active ? DEVLINK_PORT_FN_STATE_ACTIVE : DEVLINK_PORT_FN_STATE_INACTIVE;
	int r = begin_port(msg, family, DEVLINK_CMD_PORT_SET, handle, index);

	return r < 0 ? r
		     : put_function(msg, DEVLINK_PORT_FN_ATTR_STATE, &state,
				    sizeof(state));
}

int vdpam_devlink_msg_port_del(struct vdpam_msg *msg, uint16_t family, const char *handle,
			       uint32_t index)
{
	return begin_port(msg, family, DEVLINK_CMD_PORT_DEL, handle, index);
}

int vdpam_devlink_msg_param_get(struct vdpam_msg *msg, uint16_t family,
				const char *handle, const char *name)
{
	int r = begin(msg, family, DEVLINK_CMD_PARAM_GET, 0, handle);

	return r < 0 ? r : put_string(msg, DEVLINK_ATTR_PARAM_NAME, name);
}

int vdpam_devlink_msg_param_set(struct vdpam_msg *msg, uint16_t family,
				const char *handle, const char *name,
				enum vdpam_param_cmode cmode, bool value)
{
	int r = begin(msg, family, DEVLINK_CMD_PARAM_SET, 0, handle);

	if (!r)
		r = put_string(msg, DEVLINK_ATTR_PARAM_NAME, name);
	if (!r)
		r = put_u8(msg, DEVLINK_ATTR_PARAM_TYPE, PARAM_TYPE_BOOL);
	if (!r)
		r = put_u8(msg, DEVLINK_ATTR_PARAM_VALUE_CMODE, cmode);
	/* True is that it is there. */
	if (!r && value)
		r = put(msg, DEVLINK_ATTR_PARAM_VALUE_DATA, "", 0);
	return r;
}

int vdpam_devlink_msg_reload(struct vdpam_msg *msg, uint16_t family, const char *handle)
{
	int r = begin(msg, family, DEVLINK_CMD_RELOAD, 0, handle);

	return r < 0 ? r
		     : put_u8(msg, DEVLINK_ATTR_RELOAD_ACTION,
			      DEVLINK_RELOAD_ACTION_DRIVER_REINIT);
}

/* ---- Replies ------------------------------------------------------------------------------- */

/* Sorts the attributes of a message that must be an answer to one of two commands. */
static int collect(const struct nlmsghdr *message, uint8_t command, uint8_t or_command,
		   const struct nlattr *attrs[ATTR_COUNT])
{
	const struct genlmsghdr *header = mnl_nlmsg_get_payload(message);
	int r;

	r = vdpam_wire_collect(message, sizeof(*header), attrs, ATTR_COUNT);
	if (r < 0)
		return r;
	return header->cmd == command || header->cmd == or_command ? 0 : -EBADMSG;
}

/* The attributes within an attribute. */
static struct vdpam_wire nest(const struct nlattr *attr)
{
	return (struct vdpam_wire){ .next = mnl_attr_get_payload(attr),
				    .left = mnl_attr_get_payload_len(attr) };
}

static int collect_nested(const struct nlattr *attr, const struct nlattr **attrs,
			  size_t count)
{
	struct vdpam_wire wire = nest(attr);
	const struct nlattr *inner;
	int r;

	memset(attrs, 0, count * sizeof(*attrs));
	while ((r = vdpam_wire_next(&wire, &inner)) > 0) {
		if (mnl_attr_get_type(inner) < count)
			attrs[mnl_attr_get_type(inner)] = inner;
	}
	return r;
}

/* For what may be absent: nothing is written then. */
static int read_string(const struct nlattr *attr, char **text)
{
	return attr ? vdpam_wire_string(attr, text) : 0;
}

static int read_u32(const struct nlattr *attr, size_t size, uint32_t *number, bool *has)
{
	uint64_t wide;
	int r;

	if (!attr)
		return 0;
	r = vdpam_wire_number(attr, size, &wide);
	if (r < 0)
		return r;
	*number = (uint32_t)wide;
	*has = true;
	return 0;
}

static int read_flag(const struct nlattr *attr, uint32_t set, bool *flag, bool *has)
{
	uint32_t number = 0;
	int r;

	r = read_u32(attr, 1, &number, has);
	*flag = number == set;
	return r;
}

static int read_mac(const struct nlattr *attr, struct vdpam_port_info *info)
{
	/* Of an InfiniBand port it is longer, and no MAC. */
	if (!attr || mnl_attr_get_payload_len(attr) != 6)
		return 0;
	info->has_mac = true;
	return vdpam_wire_number(attr, 6, &info->mac);
}

static int read_function(const struct nlattr *attr, struct vdpam_port_info *info)
{
	const struct nlattr *attrs[FUNCTION_ATTR_COUNT];
	int r;

	if (!attr)
		return 0;
	r = collect_nested(attr, attrs, FUNCTION_ATTR_COUNT);
	if (!r)
		r = read_mac(attrs[DEVLINK_PORT_FUNCTION_ATTR_HW_ADDR], info);
	if (!r)
		r = read_flag(attrs[DEVLINK_PORT_FN_ATTR_STATE],
			      DEVLINK_PORT_FN_STATE_ACTIVE, &info->active,
			      &info->has_state);
	if (!r)
		r = read_flag(attrs[DEVLINK_PORT_FN_ATTR_OPSTATE],
			      DEVLINK_PORT_FN_OPSTATE_ATTACHED, &info->attached,
			      &info->has_opstate);
	return r;
}

static int read_numbers(const struct nlattr *const *attrs, struct vdpam_port_info *info)
{
	bool seen = false;
	int r;

	r = read_u32(attrs[DEVLINK_ATTR_PORT_INDEX], 4, &info->index, &seen);
	if (!r && !seen)
		r = -EBADMSG;
	if (!r)
		r = read_u32(attrs[DEVLINK_ATTR_PORT_FLAVOUR], 2, &info->flavour,
			     &info->has_flavour);
	if (!r)
		r = read_u32(attrs[DEVLINK_ATTR_PORT_NUMBER], 4, &info->number,
			     &info->has_number);
	if (!r)
		r = read_u32(attrs[DEVLINK_ATTR_PORT_CONTROLLER_NUMBER], 4,
			     &info->controller, &seen);
	if (!r)
		r = read_u32(attrs[DEVLINK_ATTR_PORT_PCI_PF_NUMBER], 2, &info->pfnum,
			     &info->has_pfnum);
	if (!r)
		r = read_u32(attrs[DEVLINK_ATTR_PORT_PCI_SF_NUMBER], 4, &info->sfnum,
			     &info->has_sfnum);
	if (!r)
		r = read_flag(attrs[DEVLINK_ATTR_PORT_EXTERNAL], 1, &info->is_external,
			      &seen);
	/* 6.12 does not say of an SF that it is external; only foreign ones have a controller. */
	info->is_external |= info->controller != 0;
	return r;
}

static int read_port(const struct nlmsghdr *message, struct vdpam_port_info *info)
{
	const struct nlattr *attrs[ATTR_COUNT];
	int r;

	/* A dump of ports is answered with another command than a single port. */
	r = collect(message, DEVLINK_CMD_PORT_NEW, DEVLINK_CMD_NEW, attrs);
	if (!r)
		r = vdpam_wire_string(attrs[DEVLINK_ATTR_BUS_NAME], &info->bus);
	if (!r)
		r = vdpam_wire_string(attrs[DEVLINK_ATTR_DEV_NAME], &info->device);
	if (!r)
		r = read_string(attrs[DEVLINK_ATTR_PORT_NETDEV_NAME], &info->netdev);
	if (!r)
		r = read_numbers(attrs, info);
	if (!r)
		r = read_function(attrs[DEVLINK_ATTR_PORT_FUNCTION], info);
	return r;
}

int vdpam_devlink_msg_parse_notification(const struct nlmsghdr *message,
					 char **ret_handle, bool *ret_is_gone)
{
	const struct genlmsghdr *header = mnl_nlmsg_get_payload(message);
	const struct nlattr *attrs[ATTR_COUNT];
	char *bus = NULL, *device = NULL;
	int r;

	r = vdpam_wire_collect(message, sizeof(*header), attrs, ATTR_COUNT);
	if (!r)
		r = vdpam_wire_string(attrs[DEVLINK_ATTR_BUS_NAME], &bus);
	if (!r)
		r = vdpam_wire_string(attrs[DEVLINK_ATTR_DEV_NAME], &device);
	if (!r && asprintf(ret_handle, "%s/%s", bus, device) < 0)
		r = -ENOMEM;
	if (!r)
		*ret_is_gone = header->cmd == DEVLINK_CMD_DEL ||
			       header->cmd == DEVLINK_CMD_PORT_DEL;
	free(bus);
	free(device);
	return r;
}

int vdpam_devlink_msg_parse_port(const struct nlmsghdr *message,
				 struct vdpam_port_info *ret_info)
{
	struct vdpam_port_info info = { 0 };
	int r;

	r = read_port(message, &info);
	if (r < 0) {
		vdpam_port_info_fini(&info);
		return r;
	}
	*ret_info = info;
	return 0;
}

void vdpam_port_info_fini(struct vdpam_port_info *info)
{
	free(info->bus);
	free(info->device);
	free(info->netdev);
}

int vdpam_devlink_msg_parse_eswitch(const struct nlmsghdr *message,
				    enum vdpam_eswitch_mode *ret_mode)
{
	const struct nlattr *attrs[ATTR_COUNT];
	uint32_t mode = 0;
	bool has = false;
	int r;

	r = collect(message, DEVLINK_CMD_ESWITCH_GET, DEVLINK_CMD_ESWITCH_GET, attrs);
	if (!r)
		r = read_u32(attrs[DEVLINK_ATTR_ESWITCH_MODE], 2, &mode, &has);
	if (r < 0)
		return r;
	if (!has)
		return -ENODATA;
	/* A mode that is newer than we are is not the legacy one. */
	*ret_mode = mode == VDPAM_ESWITCH_LEGACY ? VDPAM_ESWITCH_LEGACY
						 : VDPAM_ESWITCH_SWITCHDEV;
	return 0;
}

/* One value of the list: of which mode, and whether it is true. */
static int read_value(const struct nlattr *attr, struct vdpam_param_info *info)
{
	const struct nlattr *attrs[ATTR_COUNT], *data;
	uint64_t cmode = 0;
	int r;

	r = collect_nested(attr, attrs, ATTR_COUNT);
	if (!r)
		r = vdpam_wire_number(attrs[DEVLINK_ATTR_PARAM_VALUE_CMODE], 1, &cmode);
	if (r < 0)
		return r;
	data = attrs[DEVLINK_ATTR_PARAM_VALUE_DATA];
	if (data && mnl_attr_get_payload_len(data))
		return -EBADMSG;
	if (cmode >= VDPAM_PARAM_CMODE_COUNT)
		return 0;
	info->value[cmode] = data;
	info->has_value[cmode] = true;
	return 0;
}

static int read_values(const struct nlattr *attr, struct vdpam_param_info *info)
{
	struct vdpam_wire wire = nest(attr);
	const struct nlattr *value;
	int r;

	while ((r = vdpam_wire_next(&wire, &value)) > 0) {
		if (mnl_attr_get_type(value) != DEVLINK_ATTR_PARAM_VALUE)
			continue;
		r = read_value(value, info);
		if (r < 0)
			break;
	}
	return r;
}

int vdpam_devlink_msg_parse_param(const struct nlmsghdr *message,
				  struct vdpam_param_info *ret_info)
{
	const struct nlattr *attrs[ATTR_COUNT], *inner[ATTR_COUNT] = { 0 };
	struct vdpam_param_info info = { 0 };
	uint64_t type;
	int r;

	r = collect(message, DEVLINK_CMD_PARAM_GET, DEVLINK_CMD_PARAM_NEW, attrs);
	if (!r && !attrs[DEVLINK_ATTR_PARAM])
		r = -EBADMSG;
	if (!r)
		r = collect_nested(attrs[DEVLINK_ATTR_PARAM], inner, ATTR_COUNT);
	if (!r)
		r = vdpam_wire_number(inner[DEVLINK_ATTR_PARAM_TYPE], 1, &type);
	if (!r && type == PARAM_TYPE_BOOL && inner[DEVLINK_ATTR_PARAM_VALUES_LIST])
		r = read_values(inner[DEVLINK_ATTR_PARAM_VALUES_LIST], &info);
	if (r < 0)
		return r;
	*ret_info = info;
	return 0;
}
