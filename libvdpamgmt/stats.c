// SPDX-License-Identifier: LGPL-2.1-or-later
/* Vendor statistics of one queue. Changes nothing. */
#include <errno.h>

#include "private.h"
#include "vdpa.h"

struct vdpam_stats {
	struct vdpam_stats_info info;
};

static int take_stats(const struct nlmsghdr *message, void *userdata)
{
	struct vdpam_stats_info *info = userdata, parsed;
	int r;

	r = vdpam_msg_parse_stats(message, &parsed);
	if (r < 0)
		return r;
	vdpam_stats_info_fini(info);
	*info = parsed;
	return 0;
}

static int fail_stats(struct vdpam_error **ret_error, int r, const char *name,
		      uint32_t queue, const char *kernel)
{
	VDPAM_ESCAPED(shown, name);
	switch (r) {
	case -ENODEV:
		return vdpam_fail(ret_error, VDPAM_ERROR_NO_SUCH_DEVICE, r, name, kernel,
				  "there is no device %s", shown);
	case -EOPNOTSUPP:
		return vdpam_fail(ret_error, VDPAM_ERROR_UNSUPPORTED, r, name, kernel,
				  "%s has no vendor statistics", shown);
	case -EPERM:
		return vdpam_fail(ret_error, VDPAM_ERROR_NOT_AUTHORIZED, r, name, kernel,
				  "vendor statistics of %s need CAP_NET_ADMIN", shown);
	case -EAGAIN:
		return vdpam_fail(
			ret_error, VDPAM_ERROR_KERNEL, r, name, kernel,
			"%s has no vendor statistics before its driver has negotiated "
			"features",
			shown);
	case -EINVAL:
	case -ERANGE:
		return vdpam_fail(ret_error, VDPAM_ERROR_INVALID_VALUE, r, name, kernel,
				  "%s has no statistics of a queue %u", shown, queue);
	default:
		return vdpam_fail(ret_error, VDPAM_ERROR_KERNEL, r, name, kernel,
				  "cannot read the vendor statistics of queue %u of %s",
				  queue, shown);
	}
}

int vdpam_stats_new(struct vdpam_ctx *ctx, const char *name, uint32_t queue,
		    struct vdpam_stats **ret_stats, struct vdpam_error **ret_error)
{
	struct vdpam_stats *stats;
	VDPAM_AUTO_FREE char *text = NULL;
	struct vdpam_msg msg;
	int r;

	r = vdpam_vdpa_resolve(ctx, ret_error);
	if (r < 0)
		return r;
	stats = calloc(1, sizeof(*stats));
	if (!stats)
		return fail_stats(ret_error, -ENOMEM, name, queue, NULL);
	r = vdpam_msg_stats_get(&msg, ctx->vdpa_family, name, queue);
	if (!r)
		r = vdpam_vdpa_request(ctx, &msg, take_stats, &stats->info, &text);
	if (r < 0) {
		vdpam_stats_free(stats);
		return fail_stats(ret_error, r, name, queue, text);
	}
	*ret_stats = stats;
	return 0;
}

struct vdpam_stats *vdpam_stats_free(struct vdpam_stats *stats)
{
	if (stats) {
		vdpam_stats_info_fini(&stats->info);
		free(stats);
	}
	return NULL;
}

uint32_t vdpam_stats_get_queue(const struct vdpam_stats *stats)
{
	return stats->info.queue;
}

size_t vdpam_stats_count(const struct vdpam_stats *stats)
{
	return stats->info.n_counters;
}

const char *vdpam_stats_get_name(const struct vdpam_stats *stats, size_t index)
{
	return stats->info.counters[index].name;
}

uint64_t vdpam_stats_get_value(const struct vdpam_stats *stats, size_t index)
{
	return stats->info.counters[index].value;
}
