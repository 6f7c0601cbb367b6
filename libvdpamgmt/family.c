// SPDX-License-Identifier: LGPL-2.1-or-later
/* Asks the generic netlink controller for the id of a family and of its groups, and for nothing else. */
#include "family.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "request.h"
#include "wire.h"

struct family {
	uint16_t id; /* 0: not told */
	const char *wanted;
	uint32_t group; /* 0: not there */
};

/* The attributes within an attribute. */
static struct vdpam_wire nest(const struct nlattr *attr)
{
	return (struct vdpam_wire){ .next = mnl_attr_get_payload(attr),
				    .left = mnl_attr_get_payload_len(attr) };
}

static int read_group(const struct nlattr *attr, struct family *family)
{
	const struct nlattr *attrs[CTRL_ATTR_MCAST_GRP_ID + 1] = { NULL }, *inner;
	struct vdpam_wire wire = nest(attr);
	uint64_t number;
	char *name = NULL;
	int r;

	while ((r = vdpam_wire_next(&wire, &inner)) > 0) {
		if (mnl_attr_get_type(inner) <= CTRL_ATTR_MCAST_GRP_ID)
			attrs[mnl_attr_get_type(inner)] = inner;
	}
	if (!r)
		r = vdpam_wire_number(attrs[CTRL_ATTR_MCAST_GRP_ID], sizeof(uint32_t),
				      &number);
	if (!r)
		r = vdpam_wire_string(attrs[CTRL_ATTR_MCAST_GRP_NAME], &name);
	if (!name)
		return r;
	if (!strcmp(name, family->wanted))
		family->group = (uint32_t)number;
	free(name);
	return 0;
}

static int read_groups(const struct nlattr *attr, struct family *family)
{
	struct vdpam_wire wire = nest(attr);
	const struct nlattr *group;
	int r;

	while ((r = vdpam_wire_next(&wire, &group)) > 0) {
		r = read_group(group, family);
		if (r < 0)
			break;
	}
	return r;
}

static int read_family(const struct nlmsghdr *message, void *userdata)
{
	const struct nlattr *attrs[CTRL_ATTR_MCAST_GROUPS + 1];
	struct family *family = userdata;
	uint64_t number;
	int r;

	r = vdpam_wire_collect(message, GENL_HDRLEN, attrs, CTRL_ATTR_MCAST_GROUPS + 1);
	if (r < 0)
		return r;
	r = vdpam_wire_number(attrs[CTRL_ATTR_FAMILY_ID], sizeof(family->id), &number);
	if (r < 0)
		return r;
	/* Ids below are netlink's own: we would take its replies for the family's. */
	if (number < GENL_MIN_ID)
		return -EBADMSG;

	family->id = (uint16_t)number;
	return family->wanted && attrs[CTRL_ATTR_MCAST_GROUPS]
		       ? read_groups(attrs[CTRL_ATTR_MCAST_GROUPS], family)
		       : 0;
}

static int ask(struct vdpam_transport *transport, const char *name, struct family *family)
{
	union {
		struct nlmsghdr header;
		char bytes[128];
	} request = { .bytes = { 0 } };
	struct genlmsghdr *command;
	int r;

	/* Zeroed above: libmnl 1.0.4 leaves the padding between attributes as it was. */
	mnl_nlmsg_put_header(&request);
	request.header.nlmsg_type = GENL_ID_CTRL;
	request.header.nlmsg_flags = NLM_F_REQUEST;
	command = mnl_nlmsg_put_extra_header(&request.header, sizeof(*command));
	command->cmd = CTRL_CMD_GETFAMILY;
	command->version = 1;
	if (!mnl_attr_put_strz_check(&request.header, sizeof(request),
				     CTRL_ATTR_FAMILY_NAME, name))
		return -ENAMETOOLONG;

	r = vdpam_request(transport, &request.header, read_family, family, NULL);
	if (r < 0)
		return r;

	return family->id ? 0 : -EBADMSG;
}

int vdpam_family_resolve(struct vdpam_transport *transport, const char *name,
			 uint16_t *ret_id)
{
	struct family family = { 0 };
	int r = ask(transport, name, &family);

	if (!r)
		*ret_id = family.id;
	return r;
}

int vdpam_family_resolve_group(struct vdpam_transport *transport, const char *name,
			       const char *group, uint16_t *ret_id, uint32_t *ret_group)
{
	struct family family = { .wanted = group };
	int r = ask(transport, name, &family);

	if (!r && !family.group)
		r = -ENOENT;
	if (r < 0)
		return r;
	*ret_id = family.id;
	*ret_group = family.group;
	return 0;
}
