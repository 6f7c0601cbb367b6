// SPDX-License-Identifier: LGPL-2.1-or-later
/* The VFs of one PF as values: what the PF's kernel driver enforces on each. Changes nothing. */
#include <errno.h>
#include <string.h>

#include "functions.h"
#include "private.h"
#include "vf-link.h"

static const struct {
	const char *name;
	enum vdpam_argument argument;
} attrs[VDPAM_VF_ATTR_COUNT] = {
	[VDPAM_VF_MAC] = { "mac", VDPAM_ARG_MAC },
	[VDPAM_VF_VLAN] = { "vlan", VDPAM_ARG_VLAN },
	[VDPAM_VF_QOS] = { "qos", VDPAM_ARG_QOS },
	[VDPAM_VF_TRUST] = { "trust", VDPAM_ARG_TRUST },
	[VDPAM_VF_SPOOFCHK] = { "spoofchk", VDPAM_ARG_SPOOFCHK },
	[VDPAM_VF_LINK_STATE] = { "link_state", VDPAM_ARG_LINK_STATE },
	[VDPAM_VF_MIN_TX_RATE] = { "min_tx_rate", VDPAM_ARG_MIN_TX_RATE },
	[VDPAM_VF_MAX_TX_RATE] = { "max_tx_rate", VDPAM_ARG_MAX_TX_RATE },
};

/* In the order of the kernel's IFLA_VF_LINK_STATE_… */
static const char *const link_states[] = { "auto", "enable", "disable" };

const char *vdpam_vf_attr_name(enum vdpam_vf_attr attr)
{
	return attrs[attr].name;
}

enum vdpam_argument vdpam_vf_attr_argument(enum vdpam_vf_attr attr)
{
	return attrs[attr].argument;
}

const char *vdpam_vf_link_state_name(uint64_t link_state)
{
	return link_state < sizeof(link_states) / sizeof(*link_states)
		       ? link_states[link_state]
		       : NULL;
}

int vdpam_vf_link_state_parse(const char *text, uint64_t *ret_link_state)
{
	for (uint64_t i = 0; i < sizeof(link_states) / sizeof(*link_states); i++) {
		if (!strcmp(link_states[i], text)) {
			*ret_link_state = i;
			return 0;
		}
	}
	return -EINVAL;
}

int vdpam_vfs_new(struct vdpam_ctx *ctx, const char *pf, struct vdpam_vfs **ret_vfs)
{
	VDPAM_AUTO_CLOSE int fd = vdpam_function_open(ctx, pf);
	VDPAM_AUTO_FREE char *text = NULL;
	struct vdpam_vfs *vfs;
	int ifindex, r;

	if (fd < 0)
		return fd;
	r = vdpam_vf_link_find(fd, &ifindex);
	if (r < 0)
		return r == -ENOENT ? -EOPNOTSUPP : r;
	vfs = calloc(1, sizeof(*vfs));
	r = vfs ? vdpam_vf_link_get(ifindex, vfs, &text) : -ENOMEM;
	if (r < 0) {
		free(vfs);
		return r;
	}
	*ret_vfs = vfs;
	return 0;
}

struct vdpam_vfs *vdpam_vfs_free(struct vdpam_vfs *vfs)
{
	if (vfs) {
		free(vfs->list);
		free(vfs);
	}
	return NULL;
}

const struct vdpam_vf *vdpam_vf_next(const struct vdpam_vfs *vfs,
				     const struct vdpam_vf *previous)
{
	size_t next = previous ? (size_t)(previous - vfs->list) + 1 : 0;

	return next < vfs->count ? &vfs->list[next] : NULL;
}

const struct vdpam_vf *vdpam_vfs_find(const struct vdpam_vfs *vfs, uint32_t index)
{
	for (size_t i = 0; i < vfs->count; i++) {
		if (vfs->list[i].index == index)
			return &vfs->list[i];
	}
	return NULL;
}

uint32_t vdpam_vf_get_index(const struct vdpam_vf *vf)
{
	return vf->index;
}

int vdpam_vf_get_number(const struct vdpam_vf *vf, enum vdpam_vf_attr attr,
			uint64_t *ret_number)
{
	if ((unsigned int)attr >= VDPAM_VF_ATTR_COUNT || !(vf->present >> attr & 1))
		return -ENODATA;
	*ret_number = vf->number[attr];
	return 0;
}
