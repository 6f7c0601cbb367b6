// SPDX-License-Identifier: LGPL-2.1-or-later
/* A vDPA device: what netlink said of it, and what its folder in /sys adds. Changes nothing. */
#include <errno.h>
#include <fcntl.h>
#include <linux/ethtool.h>
#include <linux/netlink.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "function.h"
#include "objects.h"
#include "private.h"
#include "sysfs.h"
#include "vduse.h"

void vdpam_device_fini(struct vdpam_device *device)
{
	vdpam_device_info_fini(&device->info);
	free(device->mgmtdev);
	free(device->function);
	free(device->chardev);
	free(device->virtio);
	free(device->virtio_driver);
	free(device->netdev);
	free(device->blockdev);
}

static int look_at_chardev(int fd, struct vdpam_device *device)
{
	VDPAM_AUTO_FREE char *name = NULL;
	struct stat st;
	char path[64];
	int r;

	r = vdpam_sysfs_find(fd, ".", "vhost-vdpa-", true, &name);
	if (r < 0)
		return r == -ENOMEM ? r : 0;
	snprintf(path, sizeof(path), "%.40s/dev", name);
	if (vdpam_sysfs_read_devnum(fd, path, &device->devnum) < 0)
		return 0;
	if (asprintf(&device->chardev, "/dev/%s", name) < 0)
		return -ENOMEM;
	if (!lstat(device->chardev, &st) && st.st_rdev == device->devnum) {
		device->chardev_uid = st.st_uid;
		device->chardev_gid = st.st_gid;
		device->chardev_mode = st.st_mode & 0777;
	}
	return 0;
}

/* What `name`, an interface in this namespace, says that it is on: 1 this vDPA device, 0 another. */
static int is_netdev_of(const char *netdev, const char *name)
{
	VDPAM_AUTO_CLOSE int fd =
		socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	struct ethtool_drvinfo info = { .cmd = ETHTOOL_GDRVINFO };
	struct ifreq request = { .ifr_data = (char *)&info };

	if (fd < 0 || strlen(netdev) >= sizeof(request.ifr_name))
		return -EINVAL;
	memcpy(request.ifr_name, netdev, strlen(netdev) + 1);
	if (ioctl(fd, SIOCETHTOOL, &request) < 0)
		return -errno;
	/* As much of the name as there is room for. */
	return !strncmp(info.bus_info, name, sizeof(info.bus_info) - 1);
}

struct virtio_search {
	const char *name; /* the vDPA device's */
	int fd;           /* of the PCI function */
	char *found;      /* known to be the device's */
	char *maybe;      /* not known to be another's */
	char *maybe_driver;
	unsigned int n_maybe;
};

/* One that may be ours; of several the one that has a driver is the one to be careful about. */
static int note_maybe(struct virtio_search *search, const char *name)
{
	VDPAM_AUTO_FREE char *driver = NULL;
	char path[300];

	snprintf(path, sizeof(path), "%s/driver", name);
	vdpam_sysfs_link_name(search->fd, path, &driver);
	if (search->n_maybe++ && !driver)
		return 0;
	free(search->maybe);
	free(search->maybe_driver);
	search->maybe = strdup(name);
	search->maybe_driver = driver;
	driver = NULL;
	return search->maybe ? 0 : -ENOMEM;
}

static int match_virtio(void *userdata, const char *name, unsigned char type)
{
	struct virtio_search *search = userdata;
	VDPAM_AUTO_FREE char *netdev = NULL;
	char path[300];
	int r = -ENOENT;

	(void)type;
	if (strncmp(name, "virtio", 6) != 0)
		return 0;
	snprintf(path, sizeof(path), "%s/net", name);
	if (!vdpam_sysfs_find(search->fd, path, "", false, &netdev))
		r = is_netdev_of(netdev, search->name);
	if (r < 0)
		return note_maybe(search, name);
	if (r == 1)
		search->found = strdup(name);
	return r == 1 && !search->found ? -ENOMEM : r;
}

/*
 * The virtio devices of all SFs and mediated devices of a PCI function are in its folder, and sysfs
 * does not tell whose is which. Their interfaces do; where one cannot be asked, and is the only one,
 * it is ours. Of several that were moved to other network namespaces ours is one.
 */
static int find_among_others(struct vdpam_ctx *ctx, struct vdpam_device *device,
			     const char *pci_address, int *ret_fd)
{
	VDPAM_AUTO_CLOSE int fd =
		vdpam_sysfs_open(ctx->sysfs_fd, "bus/pci/devices", pci_address);
	struct virtio_search search = { .name = device->info.name, .fd = fd };

	if (fd < 0)
		return fd;
	vdpam_sysfs_list(fd, ".", match_virtio, &search);
	if (!search.found && search.n_maybe == 1) {
		search.found = search.maybe;
		search.maybe = NULL;
	} else if (!search.found && search.n_maybe) {
		device->virtio_is_hidden = true;
		device->virtio_driver = search.maybe_driver;
		search.maybe_driver = NULL;
	}
	free(search.maybe);
	free(search.maybe_driver);
	device->virtio = search.found;
	if (!device->virtio)
		return -ENOENT;
	*ret_fd = vdpam_sysfs_open(fd, device->virtio, NULL);
	return 0;
}

/* Whether the device with this path is in the folder of that name itself, not deeper. */
static bool is_right_below(const char *path, const char *name)
{
	const char *end = strrchr(path, '/');
	size_t length = strlen(name);

	return end && (size_t)(end - path) > length &&
	       end[-1 - (ptrdiff_t)length] == '/' && !strncmp(end - length, name, length);
}

/*
 * The folder that holds virtioN: the device's own, or, for parents on a PCI function, that of the
 * function, beside or above the device (virtio_vdpa.c:virtio_vdpa_probe makes it a child of the DMA
 * device).
 */
static int find_virtio(struct vdpam_ctx *ctx, int fd, struct vdpam_device *device,
		       int *ret_fd)
{
	VDPAM_AUTO_FREE char *target = NULL;
	VDPAM_AUTO_FREE char *pci_address = NULL;
	VDPAM_AUTO_CLOSE int parent = -1;
	char path[512];

	if (!vdpam_sysfs_find(fd, ".", "virtio", true, &device->virtio)) {
		*ret_fd = vdpam_sysfs_open(fd, device->virtio, NULL);
		return 0;
	}
	if (!device->info.mgmtdev_bus)
		return -ENOENT;
	snprintf(path, sizeof(path), VDPAM_BUS_DEVICES "/%s", device->info.name);
	if (!vdpam_sysfs_link(ctx->sysfs_fd, path, &target))
		pci_address = vdpam_function_pci_address(target);
	if (pci_address && !is_right_below(target, pci_address))
		return find_among_others(ctx, device, pci_address, ret_fd);
	snprintf(path, sizeof(path), VDPAM_BUS_DEVICES "/%s/..", device->info.name);
	parent = vdpam_sysfs_open(ctx->sysfs_fd, path, NULL);
	if (parent < 0)
		return parent;
	if (vdpam_sysfs_find(parent, ".", "virtio", true, &device->virtio) < 0)
		return -ENOENT;
	*ret_fd = vdpam_sysfs_open(parent, device->virtio, NULL);
	return 0;
}

static void look_at_virtio(struct vdpam_ctx *ctx, int fd, struct vdpam_device *device)
{
	VDPAM_AUTO_CLOSE int virtio = -1;
	char path[300];

	if (find_virtio(ctx, fd, device, &virtio) < 0 || virtio < 0)
		return;
	vdpam_sysfs_link_name(virtio, "driver", &device->virtio_driver);
	vdpam_sysfs_find(virtio, "net", "", false, &device->netdev);
	if (!vdpam_sysfs_find(virtio, "block", "", false, &device->blockdev)) {
		snprintf(path, sizeof(path), "block/%s/dev", device->blockdev);
		if (vdpam_sysfs_read_devnum(virtio, path, &device->devnum) < 0)
			device->devnum = 0;
	}
}

bool vdpam_device_fd_is_unbinding(int device_fd)
{
	char text[512];

	return faccessat(device_fd, "driver", F_OK, AT_SYMLINK_NOFOLLOW) < 0 &&
	       vdpam_sysfs_read(device_fd, "uevent", text, sizeof(text)) > 0 &&
	       strstr(text, "DRIVER=");
}

static void look_at_vduse(struct vdpam_ctx *ctx, struct vdpam_device *device)
{
	VDPAM_AUTO_CLOSE int fd = -1;
	int64_t seconds;

	if (!device->mgmtdev || strcmp(device->mgmtdev, "vduse"))
		return;
	fd = vdpam_sysfs_open(ctx->sysfs_fd, VDPAM_VDUSE_CLASS, device->info.name);
	if (fd < 0 || vdpam_sysfs_read_number(fd, "msg_timeout", &seconds) < 0 ||
	    seconds < 0 || seconds > UINT32_MAX)
		return;
	device->has_msg_timeout = true;
	device->msg_timeout = (uint32_t)seconds;
}

/* One that a driver made by itself is in the folder of the driver's PCI function. */
static void look_at_function(struct vdpam_ctx *ctx, struct vdpam_device *device)
{
	VDPAM_AUTO_FREE char *link = NULL, *target = NULL, *address = NULL;

	if (asprintf(&link, VDPAM_BUS_DEVICES "/%s", device->info.name) < 0 ||
	    vdpam_sysfs_link(ctx->sysfs_fd, link, &target) < 0)
		return;
	address = vdpam_function_pci_address(target);
	device->function = address ? vdpam_handle_join("pci", address) : NULL;
}

int vdpam_device_look(struct vdpam_ctx *ctx, struct vdpam_device *device)
{
	VDPAM_AUTO_CLOSE int fd = -1;
	struct stat st;

	fd = vdpam_sysfs_open(ctx->sysfs_fd, VDPAM_BUS_DEVICES, device->info.name);
	if (fd < 0 || fstat(fd, &st) < 0)
		return 0;
	device->identity = st.st_ino;
	look_at_vduse(ctx, device);
	if (!device->mgmtdev)
		look_at_function(ctx, device);
	if (!device->driver) {
		device->unbinding = vdpam_device_fd_is_unbinding(fd);
		return 0;
	}
	if (!strcmp(device->driver, "vhost_vdpa"))
		return look_at_chardev(fd, device);
	look_at_virtio(ctx, fd, device);
	return 0;
}

const char *vdpam_device_get_name(const struct vdpam_device *device)
{
	return device->info.name;
}

const char *vdpam_device_get_function(const struct vdpam_device *device)
{
	return device->function;
}

const char *vdpam_device_get_mgmtdev(const struct vdpam_device *device)
{
	return device->mgmtdev;
}

uint32_t vdpam_device_get_virtio_id(const struct vdpam_device *device)
{
	return device->info.virtio_id;
}

int vdpam_device_get_number(const struct vdpam_device *device, enum vdpam_attr attr,
			    uint64_t *ret_number)
{
	if ((unsigned int)attr >= VDPAM_ATTR_COUNT || !(device->info.present >> attr & 1))
		return -ENODATA;
	*ret_number = device->info.number[attr];
	return 0;
}

const char *vdpam_device_get_driver(const struct vdpam_device *device)
{
	return device->driver;
}

bool vdpam_device_is_unbinding(const struct vdpam_device *device)
{
	return device->unbinding;
}

const char *vdpam_device_get_chardev(const struct vdpam_device *device)
{
	return device->chardev;
}

dev_t vdpam_device_get_devnum(const struct vdpam_device *device)
{
	return device->devnum;
}

const char *vdpam_device_get_virtio(const struct vdpam_device *device)
{
	return device->virtio;
}

const char *vdpam_device_get_virtio_driver(const struct vdpam_device *device)
{
	return device->virtio_driver;
}

const char *vdpam_device_get_netdev(const struct vdpam_device *device)
{
	return device->netdev;
}

const char *vdpam_device_get_blockdev(const struct vdpam_device *device)
{
	return device->blockdev;
}

uint64_t vdpam_device_get_identity(const struct vdpam_device *device)
{
	return device->identity;
}
