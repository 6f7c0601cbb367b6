// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What the kernel says has happened: uevents, and devlink's notifications. It says hints and nothing
 * else, and that some were lost; never looks at anything itself. libudev is used here alone, on the
 * kernel's own events: whether a udevd runs makes no difference.
 */
#include "monitor.h"

#include <errno.h>
#include <fcntl.h>
#include <libmnl/libmnl.h>
#include <libudev.h>
#include <linux/genetlink.h>
#include <string.h>
#include <sys/socket.h>

#include "devlink-msg.h"
#include "family.h"
#include "private.h"

#define QUEUE_SIZE (16 << 20)

/* Where a parent, a device or what it is bound to comes and goes. */
static const char *const subsystems[] = { "vdpa",  "pci",    "auxiliary", "mdev",
					  "vduse", "module", "virtio" };

struct vdpam_monitor {
	struct udev *udev;
	struct udev_monitor *uevents;
	struct udev_device *uevent; /* whose bytes the last hint has */
	struct vdpam_transport devlink;
	uint16_t family;
	char *handle; /* of the last hint of devlink */
	size_t left;  /* bytes of a datagram that are still to be told */
	size_t at;
};

/* ---- Making one ---------------------------------------------------------------------------- */

static int open_uevents(struct vdpam_monitor *monitor)
{
	int r = 0;

	monitor->udev = udev_new();
	if (!monitor->udev)
		return -ENOMEM;
	monitor->uevents = udev_monitor_new_from_netlink(monitor->udev, "kernel");
	if (!monitor->uevents)
		return -errno;
	for (size_t i = 0; r >= 0 && i < sizeof(subsystems) / sizeof(*subsystems); i++)
		r = udev_monitor_filter_add_match_subsystem_devtype(monitor->uevents,
								    subsystems[i], NULL);
	/* Only root may have more than the kernel gives to everybody; others have to do with that. */
	if (r >= 0)
		udev_monitor_set_receive_buffer_size(monitor->uevents, QUEUE_SIZE);
	return r < 0 ? r : udev_monitor_enable_receiving(monitor->uevents);
}

static int join(struct vdpam_transport *transport, uint32_t group)
{
	int size = QUEUE_SIZE, number = (int)group;

	setsockopt(transport->fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
	if (setsockopt(transport->fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &number,
		       sizeof(number)) < 0 ||
	    fcntl(transport->fd, F_SETFL, O_NONBLOCK) < 0)
		return -errno;
	return 0;
}

/* 0 also where the kernel has no devlink. */
static int open_devlink(struct vdpam_monitor *monitor)
{
	uint32_t group = 0;
	int r, fd;

	fd = vdpam_transport_open();
	if (fd < 0)
		return fd;
	r = vdpam_transport_init(&monitor->devlink, fd);
	if (!r)
		r = vdpam_family_resolve_group(&monitor->devlink, "devlink", "config",
					       &monitor->family, &group);
	if (!r)
		r = join(&monitor->devlink, group);
	if (r == -ENOENT) {
		vdpam_transport_fini(&monitor->devlink);
		r = 0;
	}
	return r;
}

static struct vdpam_monitor *allocate(void)
{
	struct vdpam_monitor *monitor = calloc(1, sizeof(*monitor));

	if (monitor)
		monitor->devlink.fd = -1;
	return monitor;
}

int vdpam_monitor_new(struct vdpam_monitor **ret_monitor)
{
	struct vdpam_monitor *monitor = allocate();
	int r;

	if (!monitor)
		return -ENOMEM;
	r = open_uevents(monitor);
	if (r >= 0)
		r = open_devlink(monitor);
	if (r < 0) {
		vdpam_monitor_free(monitor);
		return r;
	}
	*ret_monitor = monitor;
	return 0;
}

int vdpam_monitor_new_from_fd(int fd, uint16_t family, struct vdpam_monitor **ret_monitor)
{
	struct vdpam_monitor *monitor = allocate();
	int r = monitor ? vdpam_transport_init(&monitor->devlink, fd) : -ENOMEM;

	if (r < 0) {
		vdpam_monitor_free(monitor);
		return r;
	}
	monitor->family = family;
	*ret_monitor = monitor;
	return 0;
}

struct vdpam_monitor *vdpam_monitor_free(struct vdpam_monitor *monitor)
{
	if (!monitor)
		return NULL;
	udev_device_unref(monitor->uevent);
	udev_monitor_unref(monitor->uevents);
	udev_unref(monitor->udev);
	vdpam_transport_fini(&monitor->devlink);
	free(monitor->handle);
	free(monitor);
	return NULL;
}

int vdpam_monitor_get_fd(const struct vdpam_monitor *monitor,
			 enum vdpam_monitor_source source)
{
	switch (source) {
	case VDPAM_MONITOR_UEVENTS:
		return monitor->uevents ? udev_monitor_get_fd(monitor->uevents)
					: -EOPNOTSUPP;
	case VDPAM_MONITOR_DEVLINK:
		break;
	}
	return monitor->devlink.fd < 0 ? -EOPNOTSUPP : monitor->devlink.fd;
}

/* ---- Uevents ------------------------------------------------------------------------------- */

static int receive_uevent(struct vdpam_monitor *monitor, struct vdpam_hint *ret_hint)
{
	struct vdpam_hint hint = { 0 };

	udev_device_unref(monitor->uevent);
	errno = 0;
	/* Whatever is no event for us, or none of the kernel's, ends in NULL and -EAGAIN. */
	monitor->uevent = udev_monitor_receive_device(monitor->uevents);
	if (!monitor->uevent) {
		switch (errno) {
		case 0:
		case EAGAIN:
		case EINTR:
			return 0;
		case ENOBUFS:
			*ret_hint = hint;
			return 1;
		}
		return -errno;
	}
	hint.subsystem = udev_device_get_subsystem(monitor->uevent);
	hint.action = udev_device_get_action(monitor->uevent);
	hint.name = udev_device_get_sysname(monitor->uevent);
	if (!hint.subsystem || !hint.action || !hint.name)
		hint = (struct vdpam_hint){ 0 };
	*ret_hint = hint;
	return 1;
}

/* ---- Devlink ------------------------------------------------------------------------------- */

/* The next message of the datagram; NULL at its end. */
static const struct nlmsghdr *next_message(struct vdpam_monitor *monitor)
{
	const struct nlmsghdr *message =
		(const void *)(monitor->devlink.buffer + monitor->at);
	size_t size;

	if (!mnl_nlmsg_ok(message, (int)monitor->left)) {
		monitor->left = 0;
		return NULL;
	}
	size = MNL_ALIGN(message->nlmsg_len);
	size = size < monitor->left ? size : monitor->left;
	monitor->at += size;
	monitor->left -= size;
	return message;
}

/* 1 and a hint; 0 for what is not of devlink. */
static int read_message(struct vdpam_monitor *monitor, const struct nlmsghdr *message,
			struct vdpam_hint *ret_hint)
{
	bool is_gone = false;
	char *handle = NULL;
	int r;

	if (message->nlmsg_type != monitor->family)
		return 0;
	r = vdpam_devlink_msg_parse_notification(message, &handle, &is_gone);
	if (r < 0)
		return r == -ENOMEM ? r : 0;
	free(monitor->handle);
	monitor->handle = handle;
	*ret_hint = (struct vdpam_hint){
		.subsystem = "devlink",
		.action = is_gone ? "del" : "new",
		.name = handle,
	};
	return 1;
}

static int receive_devlink(struct vdpam_monitor *monitor, struct vdpam_hint *ret_hint)
{
	int r = 0;

	while (!r) {
		const struct nlmsghdr *message =
			monitor->left ? next_message(monitor) : NULL;

		if (message) {
			r = read_message(monitor, message, ret_hint);
			continue;
		}
		r = vdpam_transport_receive(&monitor->devlink);
		if (r == -ETIMEDOUT)
			return 0;
		if (r == -ENOBUFS || r == -EMSGSIZE) {
			*ret_hint = (struct vdpam_hint){ 0 };
			return 1;
		}
		if (r > 0) {
			monitor->at = 0;
			monitor->left = (size_t)r;
			r = 0;
		}
	}
	return r;
}

int vdpam_monitor_receive(struct vdpam_monitor *monitor, enum vdpam_monitor_source source,
			  struct vdpam_hint *ret_hint)
{
	int r = vdpam_monitor_get_fd(monitor, source);

	if (r < 0)
		return r;
	switch (source) {
	case VDPAM_MONITOR_UEVENTS:
		return receive_uevent(monitor, ret_hint);
	case VDPAM_MONITOR_DEVLINK:
		break;
	}
	return receive_devlink(monitor, ret_hint);
}
