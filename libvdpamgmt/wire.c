// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Netlink attributes of hostile messages, read so that no byte outside the message is touched. Must
 * not know what an attribute means.
 */
#include "wire.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <stdlib.h>
#include <string.h>

int vdpam_wire_begin(struct vdpam_wire *wire, const struct nlmsghdr *message,
		     size_t offset)
{
	size_t start = MNL_NLMSG_HDRLEN + MNL_ALIGN(offset);

	if (message->nlmsg_len < start)
		return -EBADMSG;

	wire->next = (const char *)message + start;
	wire->left = message->nlmsg_len - start;
	return 0;
}

int vdpam_wire_next(struct vdpam_wire *wire, const struct nlattr **ret_attr)
{
	const struct nlattr *attr = (const struct nlattr *)wire->next;
	size_t step;

	if (wire->left == 0)
		return 0;
	if (wire->left < sizeof(*attr) || attr->nla_len < sizeof(*attr) ||
	    attr->nla_len > wire->left)
		return -EBADMSG;

	/* The last one may come without its padding. */
	step = MNL_ALIGN(attr->nla_len);
	if (step > wire->left)
		step = wire->left;
	wire->next += step;
	wire->left -= step;

	*ret_attr = attr;
	return 1;
}

int vdpam_wire_collect(const struct nlmsghdr *message, size_t offset,
		       const struct nlattr **attrs, size_t count)
{
	const struct nlattr *attr;
	struct vdpam_wire wire;
	int r;

	r = vdpam_wire_begin(&wire, message, offset);
	if (r < 0)
		return r;

	memset(attrs, 0, count * sizeof(*attrs));
	while ((r = vdpam_wire_next(&wire, &attr)) > 0) {
		uint16_t type = mnl_attr_get_type(attr);

		if (type < count)
			attrs[type] = attr;
	}

	return r;
}

int vdpam_wire_string(const struct nlattr *attr, char **ret_text)
{
	const char *bytes;
	size_t size;
	char *text;

	if (!attr)
		return -EBADMSG;

	bytes = mnl_attr_get_payload(attr);
	size = mnl_attr_get_payload_len(attr);
	if (size < 2 || memchr(bytes, 0, size) != bytes + size - 1)
		return -EBADMSG;

	text = strdup(bytes);
	if (!text)
		return -ENOMEM;

	*ret_text = text;
	return 0;
}

static uint64_t read_big_endian(const uint8_t *bytes, size_t size)
{
	uint64_t number = 0;

	for (size_t i = 0; i < size; i++)
		number = number << 8 | bytes[i];

	return number;
}

int vdpam_wire_number(const struct nlattr *attr, size_t size, uint64_t *ret_number)
{
	if (!attr || mnl_attr_get_payload_len(attr) != size)
		return -EBADMSG;

	switch (size) {
	case 1:
		*ret_number = mnl_attr_get_u8(attr);
		return 0;
	case 2:
		*ret_number = mnl_attr_get_u16(attr);
		return 0;
	case 4:
		*ret_number = mnl_attr_get_u32(attr);
		return 0;
	case 6:
		*ret_number = read_big_endian(mnl_attr_get_payload(attr), size);
		return 0;
	case 8:
		*ret_number = mnl_attr_get_u64(attr);
		return 0;
	}

	return -EBADMSG;
}
