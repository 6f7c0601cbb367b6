// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The devices that programs offer through VDUSE, as /sys shows them. What kind of device one is only
 * netlink knows, and only once it is attached. Changes nothing, and asks no server anything.
 */
#include "vduse.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "objects.h"
#include "private.h"
#include "sysfs.h"
#include "vdpa.h"

static int count_queue(void *userdata, const char *name, unsigned char type)
{
	uint32_t *count = userdata;

	(void)type;
	*count += !strncmp(name, "vq", 2) && name[2] &&
		  strspn(name + 2, "0123456789") == strlen(name + 2);
	return 0;
}

/* Its vDPA device has its name and is in its folder; another parent's may have the name too. */
static bool is_attached(struct vdpam_ctx *ctx, const char *name)
{
	VDPAM_AUTO_FREE char *target = NULL;
	char link[300], end[600];
	size_t length;

	snprintf(link, sizeof(link), VDPAM_BUS_DEVICES "/%s", name);
	if (vdpam_sysfs_link(ctx->sysfs_fd, link, &target) < 0)
		return false;
	length = (size_t)snprintf(end, sizeof(end), "/vduse/%s/%s", name, name);
	return strlen(target) > length && !strcmp(target + strlen(target) - length, end);
}

static int look_at_class(struct vdpam_ctx *ctx, struct vdpam_vduse *vduse)
{
	struct vdpam_device_info info = { 0 };
	int r;

	r = vdpam_vdpa_get_device(ctx, vduse->name, &info);
	vduse->virtio_id = info.virtio_id;
	vdpam_device_info_fini(&info);
	/* It has just gone; or somebody without the family's namespace is looking. */
	return r == -ENODEV || r == -EOPNOTSUPP ? 0 : r;
}

static int look(struct vdpam_ctx *ctx, int fd, struct vdpam_vduse *vduse)
{
	if (vdpam_sysfs_read_number(fd, "msg_timeout", &vduse->msg_timeout) < 0 ||
	    vduse->msg_timeout < 0 || vduse->msg_timeout > UINT32_MAX)
		vduse->msg_timeout = -1;
	vdpam_sysfs_list(fd, ".", count_queue, &vduse->n_queues);
	vduse->is_attached = is_attached(ctx, vduse->name);
	return vduse->is_attached ? look_at_class(ctx, vduse) : 0;
}

struct build {
	struct vdpam_ctx *ctx;
	struct vdpam_vduse_list *list;
};

static int add(void *userdata, const char *name, unsigned char type)
{
	struct build *build = userdata;
	VDPAM_AUTO_CLOSE int fd = -1;
	struct vdpam_vduse *vduse;

	(void)type;
	if (!strcmp(name, "control"))
		return 0;
	fd = vdpam_sysfs_open(build->ctx->sysfs_fd, VDPAM_VDUSE_CLASS, name);
	if (fd < 0) /* it went */
		return 0;
	vduse = vdpam_append(&build->list->devices, &build->list->count, sizeof(*vduse));
	if (!vduse)
		return -ENOMEM;
	vduse->name = strdup(name);
	return vduse->name ? look(build->ctx, fd, vduse) : -ENOMEM;
}

static int compare(const void *a, const void *b)
{
	const struct vdpam_vduse *left = a, *right = b;

	return strcmp(left->name, right->name);
}

int vdpam_vduse_list_new(struct vdpam_ctx *ctx, struct vdpam_vduse_list **ret_list,
			 struct vdpam_error **ret_error)
{
	struct build build = { .ctx = ctx, .list = calloc(1, sizeof(*build.list)) };
	int r = -ENOMEM;

	if (build.list)
		r = vdpam_sysfs_list(ctx->sysfs_fd, VDPAM_VDUSE_CLASS, add, &build);
	if (r < 0 && r != -ENOENT) {
		vdpam_vduse_list_free(build.list);
		return vdpam_fail(ret_error, vdpam_error_code_of(r), r, NULL, NULL,
				  "cannot look at the VDUSE devices");
	}
	if (build.list->count)
		qsort(build.list->devices, build.list->count,
		      sizeof(*build.list->devices), compare);
	*ret_list = build.list;
	return 0;
}

struct vdpam_vduse_list *vdpam_vduse_list_free(struct vdpam_vduse_list *list)
{
	if (list) {
		for (size_t i = 0; i < list->count; i++)
			free(list->devices[i].name);
		free(list->devices);
		free(list);
	}
	return NULL;
}

const struct vdpam_vduse *vdpam_vduse_next(const struct vdpam_vduse_list *list,
					   const struct vdpam_vduse *previous)
{
	size_t next = previous ? (size_t)(previous - list->devices) + 1 : 0;

	return next < list->count ? &list->devices[next] : NULL;
}

const char *vdpam_vduse_get_name(const struct vdpam_vduse *vduse)
{
	return vduse->name;
}

bool vdpam_vduse_is_attached(const struct vdpam_vduse *vduse)
{
	return vduse->is_attached;
}

uint32_t vdpam_vduse_get_virtio_id(const struct vdpam_vduse *vduse)
{
	return vduse->virtio_id;
}

int vdpam_vduse_get_msg_timeout(const struct vdpam_vduse *vduse, uint32_t *ret_seconds)
{
	if (vduse->msg_timeout < 0)
		return -ENODATA;
	*ret_seconds = (uint32_t)vduse->msg_timeout;
	return 0;
}

uint32_t vdpam_vduse_count_queues(const struct vdpam_vduse *vduse)
{
	return vduse->n_queues;
}
