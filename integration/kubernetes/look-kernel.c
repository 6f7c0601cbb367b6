// SPDX-License-Identifier: GPL-2.0-or-later
/* Snapshots and hints from the kernel, by the library alone: neither a daemon nor D-Bus is needed. */
#include <errno.h>
#include <stdlib.h>

#include "look.h"

struct kube_look {
	struct vdpam_ctx *ctx;
	struct vdpam_monitor *monitor;
};

int kube_look_new(struct kube_look **ret_look)
{
	struct kube_look *look = calloc(1, sizeof(*look));
	int r = look ? vdpam_new(&look->ctx) : -ENOMEM;

	if (!r)
		r = vdpam_monitor_new(&look->monitor);
	if (r < 0)
		kube_look_free(look);
	else
		*ret_look = look;
	return r;
}

struct kube_look *kube_look_free(struct kube_look *look)
{
	if (!look)
		return NULL;
	vdpam_monitor_free(look->monitor);
	vdpam_unref(look->ctx);
	free(look);
	return NULL;
}

size_t kube_look_get_fds(const struct kube_look *look, int fds[KUBE_LOOK_FDS])
{
	size_t count = 0;

	for (int source = 0; source < VDPAM_MONITOR_SOURCES; source++) {
		int fd = vdpam_monitor_get_fd(look->monitor,
					      (enum vdpam_monitor_source)source);

		if (fd >= 0)
			fds[count++] = fd;
	}
	return count;
}

int kube_look_drain(struct kube_look *look)
{
	struct vdpam_hint hint;
	int found = 0, r;

	for (int source = 0; source < VDPAM_MONITOR_SOURCES; source++) {
		enum vdpam_monitor_source which = (enum vdpam_monitor_source)source;

		if (vdpam_monitor_get_fd(look->monitor, which) < 0)
			continue;
		while ((r = vdpam_monitor_receive(look->monitor, which, &hint)) > 0)
			found = 1;
		if (r < 0)
			return r;
	}
	return found;
}

int kube_look_take(struct kube_look *look, struct vdpam_snapshot **ret_snapshot,
		   struct vdpam_error **ret_error)
{
	struct vdpam_snapshot *brief = NULL;
	int r = vdpam_snapshot_new(look->ctx, VDPAM_LOOK_BRIEF, &brief, ret_error);

	/* A look for functions works without vDPA too: this one says that there is none. */
	if (r < 0)
		return r;
	vdpam_snapshot_unref(brief);
	return vdpam_snapshot_new(look->ctx, VDPAM_LOOK_FUNCTIONS, ret_snapshot,
				  ret_error);
}
