// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Whether somebody would notice if a function lost its kernel driver. Looks at what sysfs has below
 * the function; asks no netlink and opens nothing that would reset a device. Changes nothing.
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "holders.h"
#include "objects.h"
#include "private.h"
#include "sysfs.h"
#include "usage.h"

struct search {
	struct vdpam_ctx *ctx;
	const char *class;  /* folder of links that is searched */
	char *path;         /* of the function, below devices/ */
	const char *target; /* of the errors */
	int (*found)(struct search *search, const char *name);
	struct vdpam_error **ret_error;
};

/* ---- What is below a function -------------------------------------------------------------- */

/* What a link of sysfs points to, without the way up; to be freed. */
static char *device_path(struct vdpam_ctx *ctx, const char *link)
{
	VDPAM_AUTO_FREE char *target = NULL;
	const char *path;

	if (vdpam_sysfs_link(ctx->sysfs_fd, link, &target) < 0)
		return NULL;
	path = strstr(target, "/devices/");
	return path ? strdup(path) : NULL;
}

static bool is_below(struct search *search, const char *name)
{
	VDPAM_AUTO_FREE char *link = NULL, *path = NULL;
	size_t length = strlen(search->path);

	if (asprintf(&link, "%s/%s", search->class, name) < 0)
		return false;
	path = device_path(search->ctx, link);
	return path && !strncmp(path, search->path, length) && path[length] == '/';
}

static int look_at(void *userdata, const char *name, unsigned char type)
{
	struct search *search = userdata;

	return type == DT_LNK && is_below(search, name) ? search->found(search, name) : 0;
}

static int search_class(struct search *search, const char *class,
			int (*found)(struct search *search, const char *name))
{
	int r;

	search->class = class;
	search->found = found;
	r = vdpam_sysfs_list(search->ctx->sysfs_fd, class, look_at, search);
	return r == -ENOENT ? 0 : r;
}

/* ---- What may be in use -------------------------------------------------------------------- */

int vdpam_usage_fail_bound(struct vdpam_error **ret_error, const char *target,
			   const char *device, const char *driver)
{
	VDPAM_ESCAPED(shown, target);
	VDPAM_ESCAPED(shown_device, device);
	VDPAM_ESCAPED(shown_driver, driver);
	return vdpam_fail(
		ret_error, VDPAM_ERROR_IN_USE, -EBUSY, target, NULL,
		"cannot change %s: its device %s has the driver %s; unbind that first",
		shown, shown_device, shown_driver);
}

static int check_device(struct search *search, const char *name)
{
	VDPAM_AUTO_CLOSE int fd =
		vdpam_sysfs_open(search->ctx->sysfs_fd, VDPAM_BUS_DEVICES, name);
	VDPAM_AUTO_FREE char *driver = NULL;

	if (fd < 0)
		return 0;
	VDPAM_ESCAPED(shown, name);
	VDPAM_ESCAPED(target, search->target);
	if (!vdpam_sysfs_link_name(fd, "driver", &driver))
		return vdpam_usage_fail_bound(search->ret_error, search->target, name,
					      driver);
	if (vdpam_device_fd_is_unbinding(fd))
		return vdpam_fail(
			search->ret_error, VDPAM_ERROR_IN_USE, -EBUSY, search->target,
			NULL,
			"cannot change %s: an unbind of its device %s still waits for "
			"those who have it open",
			target, shown);
	return 0;
}

static int check_netdev(struct search *search, const char *name)
{
	VDPAM_ESCAPED(shown, name);
	VDPAM_ESCAPED(target, search->target);
	if (vdpam_usage_of_interface(search->ctx, name) <= 0)
		return 0;
	return vdpam_fail(
		search->ret_error, VDPAM_ERROR_IN_USE, -EBUSY, search->target, NULL,
		"%s is in use: its interface %s is up with an address, or part of another "
		"one",
		target, shown);
}

static int count_entry(void *userdata, const char *name, unsigned char type)
{
	(void)name;
	(void)type;
	(*(nlink_t *)userdata)++;
	return 0;
}

/*
 * Whether a folder of interfaces has more than are listed: those in other network namespaces are in
 * it, unseen, and the kernel counts each folder in it as a link (fs/kernfs/inode.c).
 */
static bool hides_interfaces(int fd, const char *path)
{
	VDPAM_AUTO_CLOSE int net = vdpam_sysfs_open(fd, path, NULL);
	nlink_t listed = 2;
	struct stat st;

	return net >= 0 && !vdpam_sysfs_list(fd, path, count_entry, &listed) &&
	       !fstat(net, &st) && st.st_nlink > listed;
}

struct namespaces {
	int fd;
	bool hides;
};

/* The interface of a virtio card is in the folder of the virtio device in it. */
static int look_into_virtio(void *userdata, const char *name, unsigned char type)
{
	struct namespaces *namespaces = userdata;
	char path[NAME_MAX + 8];

	if (type != DT_DIR || strncmp(name, "virtio", 6))
		return 0;
	snprintf(path, sizeof(path), "%s/net", name);
	namespaces->hides = hides_interfaces(namespaces->fd, path);
	return namespaces->hides;
}

static int check_namespace(struct search *search, int fd)
{
	struct namespaces namespaces = { fd, hides_interfaces(fd, "net") };

	if (!namespaces.hides)
		vdpam_sysfs_list(fd, ".", look_into_virtio, &namespaces);
	if (!namespaces.hides)
		return 0;
	VDPAM_ESCAPED(target, search->target);
	return vdpam_fail(
		search->ret_error, VDPAM_ERROR_IN_USE, -EBUSY, search->target, NULL,
		"%s is in use: its interface is in another network namespace", target);
}

static int check_disk(struct search *search, const char *name)
{
	char path[600];
	dev_t devnum;
	int fd;

	snprintf(path, sizeof(path), "class/block/%s/dev", name);
	if (vdpam_sysfs_read_devnum(search->ctx->sysfs_fd, path, &devnum) < 0)
		return 0;
	fd = vdpam_usage_claim_disk(name, devnum);
	if (fd >= 0)
		close(fd);
	if (fd != -EBUSY)
		return 0;
	VDPAM_ESCAPED(shown, name);
	VDPAM_ESCAPED(target, search->target);
	return vdpam_fail(
		search->ret_error, VDPAM_ERROR_IN_USE, -EBUSY, search->target, NULL,
		"%s is in use: its disk %s is mounted, swapped on, or part of another "
		"device",
		target, shown);
}

static int check_own(struct search *search, int fd)
{
	int r = check_namespace(search, fd);

	if (!r)
		r = search_class(search, "class/net", check_netdev);
	return r ? r : search_class(search, "class/block", check_disk);
}

/* ---- VFIO ---------------------------------------------------------------------------------- */

static int check_holders(struct search *search, dev_t devnum)
{
	struct vdpam_holders *holders = NULL;
	VDPAM_AUTO_FREE char *text = NULL;
	int r;

	if (vdpam_holders_find(S_IFCHR, devnum, &holders) < 0)
		return 0;
	text = vdpam_holders_text(holders);
	if (!text) {
		vdpam_holders_free(holders);
		return 0;
	}
	VDPAM_ESCAPED(target, search->target);
	r = vdpam_fail(search->ret_error, VDPAM_ERROR_IN_USE, -EBUSY, search->target,
		       NULL, "%s is in use: %s has it open by VFIO", target, text);
	vdpam_error_take_holders(search->ret_error, holders);
	return r;
}

/* The node of the device, and the node of its IOMMU group, which is the older way. */
static int check_vfio(struct search *search, int fd)
{
	static const char *const prefixes[] = { "", "noiommu-" };
	VDPAM_AUTO_FREE char *node = NULL, *group = NULL;
	char path[600];
	dev_t devnum;
	int r = 0;

	if (!vdpam_sysfs_find(fd, "vfio-dev", "vfio", true, &node)) {
		snprintf(path, sizeof(path), "vfio-dev/%s/dev", node);
		if (!vdpam_sysfs_read_devnum(fd, path, &devnum))
			r = check_holders(search, devnum);
	}
	if (r < 0 || vdpam_sysfs_link_name(fd, "iommu_group", &group) < 0)
		return r;
	for (size_t i = 0; !r && i < sizeof(prefixes) / sizeof(*prefixes); i++) {
		snprintf(path, sizeof(path), "class/vfio/%s%s/dev", prefixes[i], group);
		if (!vdpam_sysfs_read_devnum(search->ctx->sysfs_fd, path, &devnum))
			r = check_holders(search, devnum);
	}
	return r;
}

int vdpam_usage_check_function(struct vdpam_ctx *ctx, int fd, const char *handle,
			       unsigned int ways, const char *target,
			       struct vdpam_error **ret_error)
{
	struct search search = { .ctx = ctx, .target = target, .ret_error = ret_error };
	const char *slash = strchr(handle, '/');
	VDPAM_AUTO_FREE char *link = NULL;
	int r;

	if (asprintf(&link, "bus/%.*s/devices/%s", (int)(slash - handle), handle,
		     slash + 1) < 0)
		return vdpam_fail(ret_error, VDPAM_ERROR_INTERNAL, -ENOMEM, target, NULL,
				  "cannot look for who uses it");
	search.path = device_path(ctx, link);
	if (!search.path) /* it went: the folder that the caller holds will say so */
		return 0;
	r = 0;
	if (ways & VDPAM_USAGE_BOUND)
		r = search_class(&search, VDPAM_BUS_DEVICES, check_device);
	if (!r && (ways & VDPAM_USAGE_OPEN))
		r = check_vfio(&search, fd);
	if (!r && (ways & VDPAM_USAGE_OWN))
		r = check_own(&search, fd);
	free(search.path);
	return r;
}
