// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The interfaces of a function: its own, and in switchdev mode the representors of the functions on it.
 * Changes nothing.
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "functions.h"
#include "objects.h"
#include "private.h"
#include "sysfs.h"

/* Which function's port on the e-switch an interface is: "vf" or "sf" and its number. */
struct port {
	char kind[3];
	uint32_t number;
};

/* "pf0vf3", "c1pf0sf88"; false for "p0" and for what is no port. */
static bool parse_port(const char *name, struct port *ret_port)
{
	const char *digits = name + strlen(name);
	struct port port = { .kind = "" };

	while (digits > name && isdigit((unsigned char)digits[-1]))
		digits--;
	if (!*digits || digits - name < 3)
		return false;
	memcpy(port.kind, digits - 2, 2);
	port.number = (uint32_t)strtoul(digits, NULL, 10);
	if (strcmp(port.kind, "vf") && strcmp(port.kind, "sf"))
		return false;
	*ret_port = port;
	return true;
}

struct interfaces {
	int fd; /* folder of the function that they belong to */
	struct vdpam_snapshot *snapshot;
	const char *pf;
	char *netdev; /* the function's own */
	unsigned int count;
};

static struct vdpam_function *find_port(struct interfaces *interfaces,
					const struct port *port)
{
	for (size_t i = 0; i < interfaces->snapshot->n_functions; i++) {
		struct vdpam_function *function = &interfaces->snapshot->functions[i];
		const struct vdpam_function_info *info = &function->info;

		if (!info->pf || strcmp(info->pf, interfaces->pf) ||
		    strcmp(info->kind, port->kind))
			continue;
		if (info->has_sfnum ? info->sfnum == port->number
				    : info->vf_index == (int64_t)port->number)
			return function;
	}
	return NULL;
}

static int count_interface(void *userdata, const char *name, unsigned char type)
{
	struct interfaces *interfaces = userdata;

	(void)name;
	(void)type;
	interfaces->count++;
	return 0;
}

static int replace(char **text, const char *with)
{
	free(*text);
	*text = strdup(with);
	return *text ? 0 : -ENOMEM;
}

/* An interface is the function's own, or in switchdev mode the representor of one of its ports. */
static int take_interface(void *userdata, const char *name, unsigned char type)
{
	struct interfaces *interfaces = userdata;
	struct vdpam_function *function = NULL;
	char path[300], text[64] = "";
	struct port port;

	(void)type;
	snprintf(path, sizeof(path), "net/%s/phys_port_name", name);
	/* The kernel answers under its lock of all interfaces: only where there is a choice. */
	if (interfaces->count > 1 &&
	    vdpam_sysfs_read(interfaces->fd, path, text, sizeof(text)) > 0 &&
	    parse_port(text, &port)) {
		function = interfaces->pf ? find_port(interfaces, &port) : NULL;
		return function ? replace(&function->representor, name) : 0;
	}
	return interfaces->netdev ? 0 : replace(&interfaces->netdev, name);
}

static int list_interfaces(struct interfaces *interfaces)
{
	int r = vdpam_sysfs_list(interfaces->fd, "net", count_interface, interfaces);

	if (!r)
		r = vdpam_sysfs_list(interfaces->fd, "net", take_interface, interfaces);
	return r == -ENOMEM ? r : 0;
}

int vdpam_function_find_netdev(int fd, char **ret_netdev)
{
	struct interfaces interfaces = { .fd = fd };
	int r = list_interfaces(&interfaces);

	if (!r && !interfaces.netdev)
		r = -ENOENT;
	if (r < 0) {
		free(interfaces.netdev);
		return r;
	}
	*ret_netdev = interfaces.netdev;
	return 0;
}

/* A virtio card's interface is that of the virtio device in it. */
static int open_interfaces(int fd, const char *driver)
{
	VDPAM_AUTO_FREE char *virtio = NULL;

	if (!driver || strcmp(driver, "virtio-pci") ||
	    vdpam_sysfs_find(fd, ".", "virtio", true, &virtio) < 0)
		return vdpam_sysfs_open(fd, ".", NULL);
	return vdpam_sysfs_open(fd, virtio, NULL);
}

int vdpam_function_look_at_netdevs(struct vdpam_ctx *ctx, struct vdpam_snapshot *snapshot,
				   struct vdpam_function *function)
{
	struct interfaces interfaces = { .snapshot = snapshot, .pf = function->handle };
	VDPAM_AUTO_CLOSE int fd = vdpam_function_open(ctx, function->handle);
	int r;

	if (fd < 0)
		return 0;
	interfaces.fd = open_interfaces(fd, function->info.driver);
	if (interfaces.fd < 0)
		return 0;
	r = list_interfaces(&interfaces);
	function->netdev = interfaces.netdev;
	close(interfaces.fd);
	return r;
}
