// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The vdpa generic netlink family: requests from, and replies to, plain structs. The only file that
 * knows the family's numbers; must not send, and must not decide what a number is good for.
 */
#include "vdpa-msg.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <linux/virtio_ids.h>
#include <stdlib.h>
#include <string.h>

#include "wire.h"

#define FAMILY_VERSION 1

/* The kernel's numbers: <linux/vdpa.h> may be older than the kernel that answers. */
enum {
	VDPA_CMD_MGMTDEV_NEW = 1,
	VDPA_CMD_MGMTDEV_GET,
	VDPA_CMD_DEV_NEW,
	VDPA_CMD_DEV_DEL,
	VDPA_CMD_DEV_GET,
	VDPA_CMD_DEV_CONFIG_GET,
	VDPA_CMD_DEV_VSTATS_GET,
	VDPA_CMD_DEV_ATTR_SET,
};

enum {
	VDPA_ATTR_MGMTDEV_BUS_NAME = 1,
	VDPA_ATTR_MGMTDEV_DEV_NAME,
	VDPA_ATTR_MGMTDEV_SUPPORTED_CLASSES,
	VDPA_ATTR_DEV_NAME,
	VDPA_ATTR_DEV_ID,
	VDPA_ATTR_DEV_VENDOR_ID,
	VDPA_ATTR_DEV_MAX_VQS,
	VDPA_ATTR_DEV_MAX_VQ_SIZE,
	VDPA_ATTR_DEV_MIN_VQ_SIZE,
	VDPA_ATTR_DEV_NET_CFG_MACADDR,
	VDPA_ATTR_DEV_NET_STATUS,
	VDPA_ATTR_DEV_NET_CFG_MAX_VQP,
	VDPA_ATTR_DEV_NET_CFG_MTU,
	VDPA_ATTR_DEV_NEGOTIATED_FEATURES,
	VDPA_ATTR_DEV_MGMTDEV_MAX_VQS,
	VDPA_ATTR_DEV_SUPPORTED_FEATURES,
	VDPA_ATTR_DEV_QUEUE_INDEX,
	VDPA_ATTR_DEV_VENDOR_ATTR_NAME,
	VDPA_ATTR_DEV_VENDOR_ATTR_VALUE,
	VDPA_ATTR_DEV_FEATURES,
	VDPA_ATTR_DEV_BLK_CFG_CAPACITY, /* in 6.1: the features of a net device */
	VDPA_ATTR_DEV_BLK_CFG_SIZE_MAX,
	VDPA_ATTR_DEV_BLK_CFG_BLK_SIZE,
	VDPA_ATTR_DEV_BLK_CFG_SEG_MAX,
	VDPA_ATTR_DEV_BLK_CFG_NUM_QUEUES,
	VDPA_ATTR_DEV_BLK_CFG_PHY_BLK_EXP,
	VDPA_ATTR_DEV_BLK_CFG_ALIGN_OFFSET,
	VDPA_ATTR_DEV_BLK_CFG_MIN_IO_SIZE,
	VDPA_ATTR_DEV_BLK_CFG_OPT_IO_SIZE,
	VDPA_ATTR_DEV_BLK_CFG_MAX_DISCARD_SEC,
	VDPA_ATTR_DEV_BLK_CFG_MAX_DISCARD_SEG,
	VDPA_ATTR_DEV_BLK_CFG_DISCARD_SEC_ALIGN,
	VDPA_ATTR_DEV_BLK_CFG_MAX_WRITE_ZEROES_SEC,
	VDPA_ATTR_DEV_BLK_CFG_MAX_WRITE_ZEROES_SEG,
	VDPA_ATTR_DEV_BLK_READ_ONLY,
	VDPA_ATTR_DEV_BLK_FLUSH,
	VDPA_ATTR_COUNT,
};

#define STATUS_LINK_UP 0x1
#define STATUS_ANNOUNCE 0x2
#define ANY_BIT 0xff

/* How an attribute of a device becomes a number of ours. */
struct field {
	uint8_t wire;
	uint8_t size; /* a flag may be in 1 byte too, as the kernel's header has NET_STATUS */
	uint8_t class;        /* counts on devices of this virtio id alone */
	uint8_t mask;         /* a flag: 1 when one of these bits is set */
	enum vdpam_attr attr; /* where two lines name the same, the later one counts */
};

#define ANY 0
#define NET VIRTIO_ID_NET
#define BLOCK VIRTIO_ID_BLOCK
#define NUMBER(from, bytes, on, to)                                       \
	{                                                                 \
		.wire = VDPA_ATTR_DEV_##from, .size = bytes, .class = on, \
		.attr = VDPAM_ATTR_##to                                   \
	}
#define FLAG(from, bytes, on, bits, to)                                                 \
	{                                                                               \
		.wire = VDPA_ATTR_DEV_##from, .size = bytes, .class = on, .mask = bits, \
		.attr = VDPAM_ATTR_##to                                                 \
	}

static const struct field fields[] = {
	NUMBER(VENDOR_ID, 4, ANY, VENDOR_ID),
	NUMBER(MAX_VQS, 4, ANY, MAX_VQS),
	NUMBER(MAX_VQ_SIZE, 2, ANY, MAX_VQ_SIZE),
	NUMBER(MIN_VQ_SIZE, 2, ANY, MIN_VQ_SIZE),
	NUMBER(BLK_CFG_CAPACITY, 8, NET, FEATURES), /* 6.1 */
	NUMBER(FEATURES, 8, ANY, FEATURES),
	NUMBER(NEGOTIATED_FEATURES, 8, ANY, NEGOTIATED_FEATURES),
	NUMBER(NET_CFG_MACADDR, 6, NET, MAC),
	NUMBER(NET_CFG_MTU, 2, NET, MTU),
	NUMBER(NET_CFG_MAX_VQP, 2, NET, MAX_VQ_PAIRS),
	FLAG(NET_STATUS, 2, NET, STATUS_LINK_UP, LINK),
	FLAG(NET_STATUS, 2, NET, STATUS_ANNOUNCE, LINK_ANNOUNCE),
	NUMBER(BLK_CFG_CAPACITY, 8, BLOCK, CAPACITY),
	NUMBER(BLK_CFG_SIZE_MAX, 4, BLOCK, SIZE_MAX),
	NUMBER(BLK_CFG_BLK_SIZE, 4, BLOCK, BLOCK_SIZE),
	NUMBER(BLK_CFG_SEG_MAX, 4, BLOCK, SEG_MAX),
	NUMBER(BLK_CFG_NUM_QUEUES, 2, BLOCK, NUM_QUEUES),
	NUMBER(BLK_CFG_PHY_BLK_EXP, 1, BLOCK, PHYSICAL_BLOCK_EXP),
	NUMBER(BLK_CFG_ALIGN_OFFSET, 1, BLOCK, ALIGNMENT_OFFSET),
	NUMBER(BLK_CFG_MIN_IO_SIZE, 2, BLOCK, MIN_IO_SIZE),
	NUMBER(BLK_CFG_OPT_IO_SIZE, 4, BLOCK, OPT_IO_SIZE),
	NUMBER(BLK_CFG_MAX_DISCARD_SEC, 4, BLOCK, MAX_DISCARD_SECTORS),
	NUMBER(BLK_CFG_MAX_DISCARD_SEG, 4, BLOCK, MAX_DISCARD_SEG),
	NUMBER(BLK_CFG_DISCARD_SEC_ALIGN, 4, BLOCK, DISCARD_SECTOR_ALIGNMENT),
	NUMBER(BLK_CFG_MAX_WRITE_ZEROES_SEC, 4, BLOCK, MAX_WRITE_ZEROES_SECTORS),
	NUMBER(BLK_CFG_MAX_WRITE_ZEROES_SEG, 4, BLOCK, MAX_WRITE_ZEROES_SEG),
	FLAG(BLK_READ_ONLY, 1, BLOCK, ANY_BIT, READ_ONLY),
	FLAG(BLK_FLUSH, 1, BLOCK, ANY_BIT, FLUSH),
};

_Static_assert(VDPAM_ATTR_COUNT <= 32, "a bit in vdpam_device_info.present for each");

static void begin(struct vdpam_msg *msg, uint16_t family, uint8_t command, uint16_t flags)
{
	struct genlmsghdr *header;

	/* libmnl 1.0.4 leaves the padding between attributes as it was. */
	memset(msg, 0, sizeof(*msg));
	mnl_nlmsg_put_header(msg);
	msg->header.nlmsg_type = family;
	msg->header.nlmsg_flags = NLM_F_REQUEST | flags;
	header = mnl_nlmsg_put_extra_header(&msg->header, sizeof(*header));
	header->cmd = command;
	header->version = FAMILY_VERSION;
}

static int put(struct vdpam_msg *msg, uint16_t attr, const void *bytes, size_t size)
{
	if (!mnl_attr_put_check(&msg->header, sizeof(*msg), attr, size, bytes))
		return -ENAMETOOLONG;

	return 0;
}

static int put_string(struct vdpam_msg *msg, uint16_t attr, const char *text)
{
	/* With its NUL: the kernel compares names without looking where the attribute ends. */
	return put(msg, attr, text, strlen(text) + 1);
}

static int put_handle(struct vdpam_msg *msg, const char *handle)
{
	const char *slash = strchr(handle, '/');
	const char *device = slash ? slash + 1 : handle;
	char bus[256];
	int r;

	if (slash) {
		size_t length = slash - handle;

		if (length >= sizeof(bus))
			return -ENAMETOOLONG;
		memcpy(bus, handle, length);
		bus[length] = 0;
		r = put_string(msg, VDPA_ATTR_MGMTDEV_BUS_NAME, bus);
		if (r < 0)
			return r;
	}

	return put_string(msg, VDPA_ATTR_MGMTDEV_DEV_NAME, device);
}

static int put_mac(struct vdpam_msg *msg, uint64_t mac)
{
	uint8_t bytes[6];

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = mac >> (40 - 8 * i) & 0xff;

	return put(msg, VDPA_ATTR_DEV_NET_CFG_MACADDR, bytes, sizeof(bytes));
}

int vdpam_msg_mgmtdev_get(struct vdpam_msg *msg, uint16_t family, const char *handle)
{
	begin(msg, family, VDPA_CMD_MGMTDEV_GET, handle ? 0 : NLM_F_DUMP);

	return handle ? put_handle(msg, handle) : 0;
}

int vdpam_msg_device_get(struct vdpam_msg *msg, uint16_t family, const char *name)
{
	begin(msg, family, VDPA_CMD_DEV_GET, name ? 0 : NLM_F_DUMP);

	return name ? put_string(msg, VDPA_ATTR_DEV_NAME, name) : 0;
}

int vdpam_msg_config_get(struct vdpam_msg *msg, uint16_t family, const char *name)
{
	begin(msg, family, VDPA_CMD_DEV_CONFIG_GET, name ? 0 : NLM_F_DUMP);

	return name ? put_string(msg, VDPA_ATTR_DEV_NAME, name) : 0;
}

int vdpam_msg_stats_get(struct vdpam_msg *msg, uint16_t family, const char *name,
			uint32_t queue)
{
	int r;

	begin(msg, family, VDPA_CMD_DEV_VSTATS_GET, 0);
	r = put_string(msg, VDPA_ATTR_DEV_NAME, name);
	if (r < 0)
		return r;

	return put(msg, VDPA_ATTR_DEV_QUEUE_INDEX, &queue, sizeof(queue));
}

static int put_new_attrs(struct vdpam_msg *msg, const struct vdpam_new_attrs *attrs)
{
	int r = 0;

	if (attrs->has_mac)
		r = put_mac(msg, attrs->mac);
	if (r == 0 && attrs->has_mtu)
		r = put(msg, VDPA_ATTR_DEV_NET_CFG_MTU, &attrs->mtu, sizeof(attrs->mtu));
	if (r == 0 && attrs->has_max_vqp)
		r = put(msg, VDPA_ATTR_DEV_NET_CFG_MAX_VQP, &attrs->max_vqp,
			sizeof(attrs->max_vqp));
	if (r == 0 && attrs->has_features)
		r = put(msg, VDPA_ATTR_DEV_FEATURES, &attrs->features,
			sizeof(attrs->features));

	return r;
}

int vdpam_msg_device_new(struct vdpam_msg *msg, uint16_t family, const char *name,
			 const char *handle, const struct vdpam_new_attrs *attrs)
{
	int r;

	begin(msg, family, VDPA_CMD_DEV_NEW, 0);
	r = put_string(msg, VDPA_ATTR_DEV_NAME, name);
	if (r == 0)
		r = put_handle(msg, handle);
	if (r == 0)
		r = put_new_attrs(msg, attrs);

	return r;
}

int vdpam_msg_device_del(struct vdpam_msg *msg, uint16_t family, const char *name)
{
	begin(msg, family, VDPA_CMD_DEV_DEL, 0);

	return put_string(msg, VDPA_ATTR_DEV_NAME, name);
}

int vdpam_msg_attr_set(struct vdpam_msg *msg, uint16_t family, const char *name,
		       uint64_t mac)
{
	int r;

	begin(msg, family, VDPA_CMD_DEV_ATTR_SET, 0);
	r = put_string(msg, VDPA_ATTR_DEV_NAME, name);
	if (r < 0)
		return r;

	return put_mac(msg, mac);
}

/* Sorts the attributes of a message that must be an answer to one of two commands. */
static int collect(const struct nlmsghdr *message, uint8_t command, uint8_t or_command,
		   const struct nlattr *attrs[VDPA_ATTR_COUNT])
{
	const struct genlmsghdr *header = mnl_nlmsg_get_payload(message);
	int r;

	r = vdpam_wire_collect(message, sizeof(*header), attrs, VDPA_ATTR_COUNT);
	if (r < 0)
		return r;

	return header->cmd == command || header->cmd == or_command ? 0 : -EBADMSG;
}

/* For what may be absent: nothing is written then. */
static int read_string(const struct nlattr *attr, char **text)
{
	return attr ? vdpam_wire_string(attr, text) : 0;
}

static int read_number(const struct nlattr *attr, size_t size, uint64_t *number,
		       bool *has)
{
	int r;

	if (!attr)
		return 0;
	r = vdpam_wire_number(attr, size, number);
	if (r < 0)
		return r;

	if (has)
		*has = true;
	return 0;
}

static int read_mgmtdev(const struct nlmsghdr *message, struct vdpam_mgmtdev_info *info)
{
	const struct nlattr *attrs[VDPA_ATTR_COUNT];
	uint64_t max_vqs = 0;
	int r;

	r = collect(message, VDPA_CMD_MGMTDEV_NEW, VDPA_CMD_MGMTDEV_NEW, attrs);
	if (r == 0)
		r = vdpam_wire_string(attrs[VDPA_ATTR_MGMTDEV_DEV_NAME], &info->device);
	if (r == 0)
		r = read_string(attrs[VDPA_ATTR_MGMTDEV_BUS_NAME], &info->bus);
	if (r == 0)
		r = read_number(attrs[VDPA_ATTR_MGMTDEV_SUPPORTED_CLASSES], 8,
				&info->classes, NULL);
	if (r == 0)
		r = read_number(attrs[VDPA_ATTR_DEV_MGMTDEV_MAX_VQS], 4, &max_vqs,
				&info->has_max_vqs);
	if (r == 0)
		r = read_number(attrs[VDPA_ATTR_DEV_SUPPORTED_FEATURES], 8,
				&info->features, &info->has_features);
	info->max_vqs = (uint32_t)max_vqs;

	return r;
}

int vdpam_msg_parse_mgmtdev(const struct nlmsghdr *message,
			    struct vdpam_mgmtdev_info *ret_info)
{
	struct vdpam_mgmtdev_info info = { 0 };
	int r;

	r = read_mgmtdev(message, &info);
	if (r < 0) {
		vdpam_mgmtdev_info_fini(&info);
		return r;
	}

	*ret_info = info;
	return 0;
}

static int read_field(const struct field *field, const struct nlattr *attr,
		      struct vdpam_device_info *info)
{
	uint64_t number;
	int r;

	r = vdpam_wire_number(attr, field->size, &number);
	if (r < 0 && field->mask)
		r = vdpam_wire_number(attr, 1, &number);
	if (r < 0)
		return r;

	info->number[field->attr] = field->mask ? !!(number & field->mask) : number;
	info->present |= UINT32_C(1) << field->attr;
	return 0;
}

static int read_device(const struct nlmsghdr *message, struct vdpam_device_info *info)
{
	const struct nlattr *attrs[VDPA_ATTR_COUNT];
	uint64_t virtio_id = 0;
	int r;

	r = collect(message, VDPA_CMD_DEV_NEW, VDPA_CMD_DEV_CONFIG_GET, attrs);
	if (r == 0)
		r = vdpam_wire_string(attrs[VDPA_ATTR_DEV_NAME], &info->name);
	if (r == 0)
		r = read_string(attrs[VDPA_ATTR_MGMTDEV_BUS_NAME], &info->mgmtdev_bus);
	if (r == 0)
		r = read_string(attrs[VDPA_ATTR_MGMTDEV_DEV_NAME], &info->mgmtdev_device);
	if (r == 0)
		r = read_number(attrs[VDPA_ATTR_DEV_ID], 4, &virtio_id, NULL);
	info->virtio_id = (uint32_t)virtio_id;

	for (size_t i = 0; r == 0 && i < sizeof(fields) / sizeof(fields[0]); i++) {
		const struct field *field = &fields[i];

		if (!attrs[field->wire])
			continue;
		if (field->class == ANY || field->class == info->virtio_id)
			r = read_field(field, attrs[field->wire], info);
	}

	return r;
}

int vdpam_msg_parse_device(const struct nlmsghdr *message,
			   struct vdpam_device_info *ret_info)
{
	struct vdpam_device_info info = { 0 };
	int r;

	r = read_device(message, &info);
	if (r < 0) {
		vdpam_device_info_fini(&info);
		return r;
	}

	*ret_info = info;
	return 0;
}

/* A counter is two attributes, its name and then its value. */
static int begin_counter(struct vdpam_stats_info *info, const struct nlattr *name)
{
	struct vdpam_counter counter = { 0 }, *counters;
	int r;

	r = vdpam_wire_string(name, &counter.name);
	if (r < 0)
		return r;

	counters = reallocarray(info->counters, info->n_counters + 1, sizeof(counter));
	if (!counters) {
		free(counter.name);
		return -ENOMEM;
	}
	counters[info->n_counters++] = counter;
	info->counters = counters;

	return 0;
}

static int end_counter(struct vdpam_stats_info *info, const struct nlattr *value)
{
	return vdpam_wire_number(value, 8, &info->counters[info->n_counters - 1].value);
}

static int read_counters(const struct nlmsghdr *message, struct vdpam_stats_info *info)
{
	bool named = false; /* the last counter waits for its value */
	const struct nlattr *attr;
	struct vdpam_wire wire;
	int r;

	r = vdpam_wire_begin(&wire, message, GENL_HDRLEN);
	while (r == 0 && (r = vdpam_wire_next(&wire, &attr)) > 0) {
		uint16_t type = mnl_attr_get_type(attr);
		bool is_name = type == VDPA_ATTR_DEV_VENDOR_ATTR_NAME;

		r = 0;
		if (!is_name && type != VDPA_ATTR_DEV_VENDOR_ATTR_VALUE)
			continue;
		if (named == is_name)
			return -EBADMSG;
		r = is_name ? begin_counter(info, attr) : end_counter(info, attr);
		named = is_name;
	}

	return r == 0 && named ? -EBADMSG : r;
}

static int read_stats(const struct nlmsghdr *message, struct vdpam_stats_info *info)
{
	const struct nlattr *attrs[VDPA_ATTR_COUNT];
	uint64_t queue = 0;
	int r;

	r = collect(message, VDPA_CMD_DEV_VSTATS_GET, VDPA_CMD_DEV_VSTATS_GET, attrs);
	if (r == 0)
		r = vdpam_wire_string(attrs[VDPA_ATTR_DEV_NAME], &info->device);
	if (r == 0)
		r = vdpam_wire_number(attrs[VDPA_ATTR_DEV_QUEUE_INDEX], 4, &queue);
	info->queue = (uint32_t)queue;
	if (r == 0)
		r = read_counters(message, info);

	return r;
}

int vdpam_msg_parse_stats(const struct nlmsghdr *message,
			  struct vdpam_stats_info *ret_info)
{
	struct vdpam_stats_info info = { 0 };
	int r;

	r = read_stats(message, &info);
	if (r < 0) {
		vdpam_stats_info_fini(&info);
		return r;
	}

	*ret_info = info;
	return 0;
}

void vdpam_mgmtdev_info_fini(struct vdpam_mgmtdev_info *info)
{
	free(info->bus);
	free(info->device);
	*info = (struct vdpam_mgmtdev_info){ 0 };
}

void vdpam_device_info_fini(struct vdpam_device_info *info)
{
	free(info->name);
	free(info->mgmtdev_bus);
	free(info->mgmtdev_device);
	*info = (struct vdpam_device_info){ 0 };
}

void vdpam_stats_info_fini(struct vdpam_stats_info *info)
{
	for (size_t i = 0; i < info->n_counters; i++)
		free(info->counters[i].name);
	free(info->counters);
	free(info->device);
	*info = (struct vdpam_stats_info){ 0 };
}
