// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Whether somebody would notice if a device lost its driver. Looks without touching: a vhost char
 * device is never opened here, because opening resets it. Changes nothing.
 */
#include <errno.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "holders.h"
#include "objects.h"
#include "private.h"
#include "step.h"
#include "sysfs.h"
#include "usage.h"
#include "vdpamgmt-provision.h"

int vdpam_device_find_holders(struct vdpam_ctx *ctx, const struct vdpam_device *device,
			      struct vdpam_holders **ret_holders)
{
	(void)ctx;
	return vdpam_holders_find(device->chardev ? S_IFCHR : S_IFBLK, device->devnum,
				  ret_holders);
}

/* The folder alone tells its number: whoever asks for holders may have no vdpa netlink at all. */
int vdpam_find_holders(const char *name, struct vdpam_holders **ret_holders)
{
	struct vdpam_ctx ctx = { .sysfs_fd = vdpam_open_sysfs() };
	VDPAM_AUTO_FREE char *driver = NULL;
	VDPAM_AUTO_CLOSE int fd = -1;
	struct vdpam_step step = { .target = (char *)name };
	struct vdpam_device device;
	int r;

	*ret_holders = NULL;

	if (ctx.sysfs_fd < 0)
		return ctx.sysfs_fd;
	fd = vdpam_sysfs_open(ctx.sysfs_fd, VDPAM_BUS_DEVICES, name);
	r = fd == -ENOENT ? -ENODEV : fd;
	if (r >= 0) {
		vdpam_sysfs_link_name(fd, "driver", &driver);
		r = vdpam_step_look(&ctx, &step, driver, &device);
	}
	if (r >= 0) {
		r = vdpam_device_is_in_use(&ctx, &device, ret_holders);
		vdpam_device_fini(&device);
	}
	close(ctx.sysfs_fd);
	return r;
}

int vdpam_usage_claim_disk(const char *blockdev, dev_t devnum)
{
	char path[300];
	struct stat st;
	int fd;

	if (!vdpam_sysfs_is_plain(blockdev))
		return -ENOENT;
	snprintf(path, sizeof(path), "/dev/%s", blockdev);
	/* With O_EXCL a disk is refused while it is mounted, swap, or below md or dm, whoever and in
	 * whatever namespace did that (block/bdev.c:bd_prepare_to_claim). */
	fd = open(path, O_RDONLY | O_EXCL | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) < 0 || !S_ISBLK(st.st_mode) || st.st_rdev != devnum) {
		close(fd);
		return -ENOENT;
	}
	return fd;
}

static bool is_link_local(const struct sockaddr *address)
{
	const struct sockaddr_in6 *in6 = (const void *)address;

	/* The kernel gives one to every interface that is up: nobody's sign of use. */
	return address->sa_family == AF_INET6 && IN6_IS_ADDR_LINKLOCAL(&in6->sin6_addr);
}

/* 1 when the interface is up and has an address that somebody gave it. */
static int has_address(const char *netdev)
{
	struct ifaddrs *all;
	int found = 0;

	if (getifaddrs(&all) < 0)
		return -errno;
	for (const struct ifaddrs *a = all; a && !found; a = a->ifa_next)
		found = !strcmp(a->ifa_name, netdev) && (a->ifa_flags & IFF_UP) &&
			a->ifa_addr &&
			(a->ifa_addr->sa_family == AF_INET ||
			 a->ifa_addr->sa_family == AF_INET6) &&
			!is_link_local(a->ifa_addr);
	freeifaddrs(all);
	return found;
}

int vdpam_usage_of_interface(struct vdpam_ctx *ctx, const char *netdev)
{
	VDPAM_AUTO_CLOSE int fd = vdpam_sysfs_open(ctx->sysfs_fd, "class/net", netdev);
	VDPAM_AUTO_FREE char *upper = NULL;

	if (fd < 0)
		return fd == -ENOENT ? 0 : fd;
	if (!vdpam_sysfs_find(fd, ".", "upper_", false, &upper))
		return 1;
	return has_address(netdev);
}

int vdpam_usage_of_netdev(struct vdpam_ctx *ctx, const struct vdpam_device *device)
{
	/* Its driver makes an interface before it returns: one that is not here is elsewhere. */
	if (!device->netdev)
		return device->virtio_driver &&
		       !strcmp(device->virtio_driver, "virtio_net");
	return vdpam_usage_of_interface(ctx, device->netdev);
}

static int usage_of_disk(const struct vdpam_device *device)
{
	int fd = vdpam_usage_claim_disk(device->blockdev, device->devnum);

	if (fd == -EBUSY)
		return 1;
	if (fd == -EPERM)
		return -EACCES;
	if (fd < 0)
		return fd == -EACCES ? fd : 0;
	close(fd);
	return 0;
}

int vdpam_device_is_in_use(struct vdpam_ctx *ctx, const struct vdpam_device *device,
			   struct vdpam_holders **ret_holders)
{
	struct vdpam_holders *holders = NULL;
	int in_use = 0, r;

	if (device->devnum) {
		r = vdpam_device_find_holders(ctx, device, &holders);
		if (r < 0)
			return r;
	}
	if (device->unbinding) /* the kernel waits for somebody: why else */
		in_use = 1;
	else if (device->chardev)
		in_use = vdpam_holders_count(holders) > 0;
	else if (device->blockdev)
		in_use = usage_of_disk(device);
	else if (device->virtio || device->virtio_is_hidden)
		in_use = vdpam_usage_of_netdev(ctx, device);
	if (in_use < 0 || !ret_holders) {
		vdpam_holders_free(holders);
		return in_use;
	}
	*ret_holders = holders;
	return in_use;
}

int vdpam_usage_fail(struct vdpam_error **ret_error, const struct vdpam_device *device)
{
	struct vdpam_holders *holders = NULL;
	VDPAM_AUTO_FREE char *text = NULL;
	int r;

	VDPAM_ESCAPED(shown, device->info.name);
	if (device->devnum && !vdpam_holders_find(device->chardev ? S_IFCHR : S_IFBLK,
						  device->devnum, &holders))
		text = vdpam_holders_text(holders);
	if (text)
		r = vdpam_fail(ret_error, VDPAM_ERROR_IN_USE, -EBUSY, device->info.name,
			       NULL, "%s is in use: %s has %s open", shown, text,
			       device->chardev ? device->chardev : device->blockdev);
	else if (device->unbinding)
		r = vdpam_fail(
			ret_error, VDPAM_ERROR_IN_USE, -EBUSY, device->info.name, NULL,
			"%s is in use: an unbind was begun already, and waits for those "
			"who have its char device open",
			shown);
	else if (device->chardev)
		r = vdpam_fail(ret_error, VDPAM_ERROR_IN_USE, -EBUSY, device->info.name,
			       NULL, "%s is in use: " VDPAM_UNSEEN_HOLDER " has %s open",
			       shown, device->chardev);
	else if (device->blockdev)
		r = vdpam_fail(
			ret_error, VDPAM_ERROR_IN_USE, -EBUSY, device->info.name, NULL,
			"%s is in use: its disk %s is mounted, swapped on, or part of "
			"another device",
			shown, device->blockdev);
	else if (device->netdev)
		r = vdpam_fail(
			ret_error, VDPAM_ERROR_IN_USE, -EBUSY, device->info.name, NULL,
			"%s is in use: its interface %s is up with an address, or part of "
			"another one",
			shown, device->netdev);
	else
		r = vdpam_fail(
			ret_error, VDPAM_ERROR_IN_USE, -EBUSY, device->info.name, NULL,
			"%s is in use: its interface is in another network namespace",
			shown);
	vdpam_error_take_holders(ret_error, holders);
	return r;
}
