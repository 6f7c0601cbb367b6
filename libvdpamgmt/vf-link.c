// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The link attributes of the VFs of one PF, through rtnetlink by libnl. Never asks about more than
 * one interface: the answer for all would be cut short where there are many VFs.
 */
#include "vf-link.h"

#include <errno.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <netlink/route/link.h>
#include <netlink/route/link/sriov.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "functions.h"
#include "private.h"
#include "sysfs.h"
#include "wire.h"

#define MAC_SIZE 6

/* One request and its answer. libnl folds errnos into its own and drops the kernel's words. */
struct exchange {
	struct nl_sock *sock;
	struct vdpam_vfs *vfs; /* where an answer goes; NULL: none is wanted */
	int errnum;            /* the kernel's, negative */
	char *text;
};

/* ---- What the kernel answers --------------------------------------------------------------- */

static void take_number(struct vdpam_vf *vf, enum vdpam_vf_attr attr, uint64_t number)
{
	vf->number[attr] = number;
	vf->present |= 1U << attr;
}

static void take_mac(struct vdpam_vf *vf, struct rtnl_link_vf *from)
{
	struct nl_addr *address;
	const unsigned char *bytes;
	uint64_t mac = 0;

	if (rtnl_link_vf_get_addr(from, &address) < 0 ||
	    nl_addr_get_len(address) != MAC_SIZE)
		return;
	bytes = nl_addr_get_binary_addr(address);
	for (int i = 0; i < MAC_SIZE; i++)
		mac = mac << 8 | bytes[i];
	take_number(vf, VDPAM_VF_MAC, mac);
}

static void take_vlan(struct vdpam_vf *vf, struct rtnl_link_vf *from)
{
	nl_vf_vlans_t *vlans;

	if (rtnl_link_vf_get_vlans(from, &vlans) < 0)
		return;
	if (vlans->size > 0) {
		take_number(vf, VDPAM_VF_VLAN, vlans->vlans[0].vf_vlan);
		take_number(vf, VDPAM_VF_QOS, vlans->vlans[0].vf_vlan_qos);
	}
	rtnl_link_vf_vlan_put(vlans);
}

static void take_vf(struct vdpam_vf *vf, uint32_t index, struct rtnl_link_vf *from)
{
	struct nl_vf_rate rate = { 0 };
	uint32_t number;

	*vf = (struct vdpam_vf){ .index = index };
	take_mac(vf, from);
	take_vlan(vf, from);
	if (!rtnl_link_vf_get_trust(from, &number))
		take_number(vf, VDPAM_VF_TRUST, number);
	if (!rtnl_link_vf_get_spoofchk(from, &number))
		take_number(vf, VDPAM_VF_SPOOFCHK, number);
	if (!rtnl_link_vf_get_linkstate(from, &number))
		take_number(vf, VDPAM_VF_LINK_STATE, number);
	/* The kernel tells both in any case; libnl keeps a rate of 0 to itself. */
	rtnl_link_vf_get_rate(from, &rate);
	take_number(vf, VDPAM_VF_MIN_TX_RATE, rate.min_tx_rate);
	take_number(vf, VDPAM_VF_MAX_TX_RATE, rate.max_tx_rate);
}

static void take_link(struct nl_object *object, void *userdata)
{
	struct exchange *exchange = userdata;
	struct rtnl_link *link = (struct rtnl_link *)object;
	uint32_t count = 0;

	if (rtnl_link_get_num_vf(link, &count) < 0 || !count)
		return;
	exchange->vfs->list = calloc(count, sizeof(*exchange->vfs->list));
	if (!exchange->vfs->list) {
		exchange->errnum = -ENOMEM;
		return;
	}
	for (uint32_t i = 0; i < count; i++) {
		struct rtnl_link_vf *vf = rtnl_link_vf_get(link, i);

		if (!vf)
			continue;
		take_vf(&exchange->vfs->list[exchange->vfs->count++], i, vf);
		rtnl_link_vf_put(vf);
	}
}

static int take_message(struct nl_msg *msg, void *userdata)
{
	struct exchange *exchange = userdata;

	if (exchange->vfs && nl_msg_parse(msg, take_link, exchange) < 0)
		exchange->errnum = -EBADMSG;
	return NL_OK;
}

static int take_error(struct sockaddr_nl *sender, struct nlmsgerr *error, void *userdata)
{
	struct exchange *exchange = userdata;
	const struct nlmsghdr *message = (void *)((char *)error - NLMSG_HDRLEN);
	const struct nlattr *attrs[NLMSGERR_ATTR_MSG + 1];
	size_t offset = sizeof(*error);

	(void)sender;
	exchange->errnum = error->error;
	if (!(message->nlmsg_flags & NLM_F_CAPPED))
		offset = sizeof(error->error) + error->msg.nlmsg_len;
	if ((message->nlmsg_flags & NLM_F_ACK_TLVS) &&
	    !vdpam_wire_collect(message, offset, attrs, NLMSGERR_ATTR_MSG + 1))
		vdpam_wire_string(attrs[NLMSGERR_ATTR_MSG], &exchange->text);
	return NL_STOP;
}

/* ---- Exchange ------------------------------------------------------------------------------ */

static int open_socket(struct exchange *exchange)
{
	int on = 1;

	exchange->sock = nl_socket_alloc();
	if (!exchange->sock)
		return -ENOMEM;
	nl_socket_modify_cb(exchange->sock, NL_CB_VALID, NL_CB_CUSTOM, take_message,
			    exchange);
	nl_socket_modify_err_cb(exchange->sock, NL_CB_CUSTOM, take_error, exchange);
	errno = 0;
	if (nl_connect(exchange->sock, NETLINK_ROUTE) < 0)
		return errno ? -errno : -EPROTONOSUPPORT;
	/* Without the kernel's words its errno has to do. */
	setsockopt(nl_socket_get_fd(exchange->sock), SOL_NETLINK, NETLINK_EXT_ACK, &on,
		   sizeof(on));
	setsockopt(nl_socket_get_fd(exchange->sock), SOL_NETLINK, NETLINK_CAP_ACK, &on,
		   sizeof(on));
	return 0;
}

/* Takes `msg`, which may be NULL. */
static int talk(struct nl_msg *msg, struct vdpam_vfs *vfs, char **ret_text)
{
	struct exchange exchange = { .vfs = vfs };
	int r = msg ? open_socket(&exchange) : -ENOMEM;

	if (!r) {
		errno = 0;
		r = nl_send_auto(exchange.sock, msg);
		if (r >= 0)
			r = nl_wait_for_ack(exchange.sock);
		if (exchange.errnum)
			r = exchange.errnum;
		else if (r < 0)
			r = errno ? -errno : -EIO;
		else
			r = 0;
	}
	if (exchange.sock)
		nl_socket_free(exchange.sock);
	nlmsg_free(msg);
	*ret_text = exchange.text;
	return r;
}

static struct nl_msg *new_message(int type, int ifindex)
{
	struct ifinfomsg info = { .ifi_family = AF_UNSPEC, .ifi_index = ifindex };
	struct nl_msg *msg = nlmsg_alloc_simple(type, 0);

	if (msg && nlmsg_append(msg, &info, sizeof(info), NLMSG_ALIGNTO) < 0) {
		nlmsg_free(msg);
		return NULL;
	}
	return msg;
}

int vdpam_vf_link_get(int ifindex, struct vdpam_vfs *ret_vfs, char **ret_text)
{
	struct nl_msg *msg = new_message(RTM_GETLINK, ifindex);
	struct vdpam_vfs vfs = { 0 };
	int r;

	/* Statistics would make the answer three times as long, and mean work for the card. */
	if (msg && nla_put_u32(msg, IFLA_EXT_MASK,
			       RTEXT_FILTER_VF | RTEXT_FILTER_SKIP_STATS) < 0) {
		nlmsg_free(msg);
		msg = NULL;
	}
	r = talk(msg, &vfs, ret_text);
	if (r < 0)
		free(vfs.list);
	else
		*ret_vfs = vfs;
	return r;
}

/* ---- Setting ------------------------------------------------------------------------------- */

static int put_mac(struct nl_msg *msg, const struct vdpam_vf *wanted)
{
	struct ifla_vf_mac mac = { .vf = wanted->index };

	for (int i = 0; i < MAC_SIZE; i++)
		mac.mac[i] =
			(unsigned char)(wanted->number[VDPAM_VF_MAC] >> (40 - 8 * i));
	return nla_put(msg, IFLA_VF_MAC, sizeof(mac), &mac);
}

static int put_vlan(struct nl_msg *msg, const struct vdpam_vf *wanted)
{
	struct ifla_vf_vlan vlan = {
		.vf = wanted->index,
		.vlan = (uint32_t)wanted->number[VDPAM_VF_VLAN],
		.qos = (uint32_t)wanted->number[VDPAM_VF_QOS],
	};

	return nla_put(msg, IFLA_VF_VLAN, sizeof(vlan), &vlan);
}

static int put_rate(struct nl_msg *msg, const struct vdpam_vf *wanted)
{
	struct ifla_vf_rate rate = {
		.vf = wanted->index,
		.min_tx_rate = (uint32_t)wanted->number[VDPAM_VF_MIN_TX_RATE],
		.max_tx_rate = (uint32_t)wanted->number[VDPAM_VF_MAX_TX_RATE],
	};

	return nla_put(msg, IFLA_VF_RATE, sizeof(rate), &rate);
}

/* trust, spoofchk and link_state have one form. */
static int put_setting(struct nl_msg *msg, int type, const struct vdpam_vf *wanted,
		       enum vdpam_vf_attr attr)
{
	struct ifla_vf_trust setting = {
		.vf = wanted->index,
		.setting = (uint32_t)wanted->number[attr],
	};

	return nla_put(msg, type, sizeof(setting), &setting);
}

static int put_attr(struct nl_msg *msg, const struct vdpam_vf *wanted,
		    enum vdpam_vf_attr attr)
{
	switch (attr) {
	case VDPAM_VF_MAC:
		return put_mac(msg, wanted);
	case VDPAM_VF_VLAN:
	case VDPAM_VF_QOS:
		return put_vlan(msg, wanted);
	case VDPAM_VF_TRUST:
		return put_setting(msg, IFLA_VF_TRUST, wanted, attr);
	case VDPAM_VF_SPOOFCHK:
		return put_setting(msg, IFLA_VF_SPOOFCHK, wanted, attr);
	case VDPAM_VF_LINK_STATE:
		return put_setting(msg, IFLA_VF_LINK_STATE, wanted, attr);
	case VDPAM_VF_MIN_TX_RATE:
	case VDPAM_VF_MAX_TX_RATE:
		return put_rate(msg, wanted);
	}
	return -1;
}

int vdpam_vf_link_set(int ifindex, const struct vdpam_vf *wanted, enum vdpam_vf_attr attr,
		      char **ret_text)
{
	struct nl_msg *msg = new_message(RTM_SETLINK, ifindex);
	struct nlattr *list = msg ? nla_nest_start(msg, IFLA_VFINFO_LIST) : NULL;
	struct nlattr *vf = list ? nla_nest_start(msg, IFLA_VF_INFO) : NULL;

	if (!vf || put_attr(msg, wanted, attr) < 0) {
		nlmsg_free(msg);
		*ret_text = NULL;
		return -ENOMEM;
	}
	nla_nest_end(msg, vf);
	nla_nest_end(msg, list);
	return talk(msg, NULL, ret_text);
}

int vdpam_vf_link_find(int pf_fd, int *ret_ifindex)
{
	VDPAM_AUTO_FREE char *netdev = NULL;
	char path[300];
	int64_t index;
	int r;

	r = vdpam_function_find_netdev(pf_fd, &netdev);
	if (r < 0)
		return r;
	snprintf(path, sizeof(path), "net/%s/ifindex", netdev);
	r = vdpam_sysfs_read_number(pf_fd, path, &index);
	if (!r)
		*ret_ifindex = (int)index;
	return r;
}
