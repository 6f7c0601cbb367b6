// SPDX-License-Identifier: LGPL-2.1-or-later
/* What libvirt and QEMU want to be told of a device on vhost_vdpa. Pure. */
#include <errno.h>
#include <inttypes.h>
#include <linux/virtio_ids.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "consumer.h"
#include "private.h"

static int check(struct vdpam_error **ret_error, const struct vdpam_device *device,
		 const char *who)
{
	uint32_t id = device->info.virtio_id;

	if (!vdpam_device_is_vhost(device))
		return vdpam_consumer_refuse(ret_error, device, who, "vhost_vdpa alone");
	if (id != VIRTIO_ID_NET && id != VIRTIO_ID_BLOCK) {
		VDPAM_ESCAPED(name, device->info.name);
		return vdpam_fail(ret_error, VDPAM_ERROR_UNSUPPORTED, -EOPNOTSUPP,
				  device->info.name, NULL,
				  "info %s: %s takes vDPA devices of the classes net and "
				  "block alone",
				  name, who);
	}
	return 0;
}

/* A text in an attribute of XML, or (`xml` false) in an option of QEMU, where a comma is doubled. */
static char *quote(const char *text, bool xml)
{
	char *copy = malloc(strlen(text) * 6 + 1), *end = copy;

	if (!copy)
		return NULL;
	for (; *text; text++) {
		if (xml && strchr("<>&'\"", *text)) {
			end += sprintf(end, "&#%d;", *text);
			continue;
		}
		if (!xml && *text == ',')
			*end++ = ',';
		*end++ = *text;
	}
	*end = '\0';
	return copy;
}

static int print(char **ret_text, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
static int print(char **ret_text, const char *format, ...)
{
	va_list args;
	char *text;
	int r;

	va_start(args, format);
	r = vasprintf(&text, format, args);
	va_end(args);
	if (r < 0)
		return -ENOMEM;
	*ret_text = text;
	return 0;
}

/* ---- libvirt ------------------------------------------------------------------------------- */

static int interface_xml(const struct vdpam_device *device, const char *path,
			 char **ret_text)
{
	char mac[VDPAM_MAC_TEXT], mac_line[64] = "", queues_line[64] = "";
	uint64_t queues = vdpam_consumer_queues(device), number;

	if (!vdpam_device_get_number(device, VDPAM_ATTR_MAC, &number) &&
	    vdpam_mac_is_unicast(number)) {
		vdpam_mac_format(number, mac);
		snprintf(mac_line, sizeof(mac_line), "  <mac address='%s'/>\n", mac);
	}
	if (queues > 1)
		snprintf(queues_line, sizeof(queues_line),
			 "  <driver queues='%" PRIu64 "'/>\n", queues);
	return print(ret_text,
		     "<interface type='vdpa'>\n%s"
		     "  <source dev='%s'/>\n"
		     "  <model type='virtio'/>\n%s"
		     "</interface>\n",
		     mac_line, path, queues_line);
}

static int disk_xml(const struct vdpam_device *device, const char *path, char **ret_text)
{
	uint64_t queues = vdpam_consumer_queues(device);
	char attribute[64] = "";

	if (queues > 1)
		snprintf(attribute, sizeof(attribute), " queues='%" PRIu64 "'", queues);
	return print(ret_text,
		     "<disk type='vhostvdpa' device='disk'>\n"
		     "  <driver name='qemu' type='raw' cache='none'%s/>\n"
		     "  <source dev='%s'/>\n"
		     "  <target dev='vda' bus='virtio'/>\n"
		     "</disk>\n",
		     attribute, path);
}

int vdpam_device_to_libvirt_xml(const struct vdpam_device *device, const char *path,
				char **ret_text, struct vdpam_error **ret_error)
{
	int r = check(ret_error, device, "libvirt");

	if (r < 0)
		return r;

	VDPAM_AUTO_FREE char *shown = quote(path ? path : device->chardev, true);

	if (!shown)
		return -ENOMEM;
	return device->info.virtio_id == VIRTIO_ID_NET
		       ? interface_xml(device, shown, ret_text)
		       : disk_xml(device, shown, ret_text);
}

/* ---- QEMU ---------------------------------------------------------------------------------- */

/* Interrupt vectors: one for each queue, one for the control queue, one for the configuration. */
static int net_options(const struct vdpam_device *device, const char *path,
		       char **ret_text)
{
	char mac[VDPAM_MAC_TEXT], mac_option[32] = "", more[64] = "";
	char queues_option[40] = "";
	uint64_t queues = vdpam_consumer_queues(device), number;

	if (!vdpam_device_get_number(device, VDPAM_ATTR_MAC, &number) &&
	    vdpam_mac_is_unicast(number)) {
		vdpam_mac_format(number, mac);
		snprintf(mac_option, sizeof(mac_option), ",mac=%s", mac);
	}
	if (queues > 1) {
		snprintf(queues_option, sizeof(queues_option), ",queues=%" PRIu64,
			 queues);
		snprintf(more, sizeof(more), ",mq=on,vectors=%" PRIu64, 2 * queues + 2);
	}
	return print(ret_text,
		     "-netdev type=vhost-vdpa,vhostdev=%s,id=vdpa0%s "
		     "-device virtio-net-pci,netdev=vdpa0,disable-legacy=on%s%s\n",
		     path, queues_option, mac_option, more);
}

static int block_options(const struct vdpam_device *device, const char *path,
			 char **ret_text)
{
	return print(ret_text,
		     "-blockdev driver=virtio-blk-vhost-vdpa,path=%s,node-name=vdpa0,"
		     "cache.direct=on "
		     "-device virtio-blk-pci,drive=vdpa0,disable-legacy=on,"
		     "num-queues=%" PRIu64 "\n",
		     path, vdpam_consumer_queues(device));
}

int vdpam_device_to_qemu(const struct vdpam_device *device, const char *path,
			 char **ret_text, struct vdpam_error **ret_error)
{
	int r = check(ret_error, device, "QEMU");

	if (r < 0)
		return r;

	VDPAM_AUTO_FREE char *shown = quote(path ? path : device->chardev, false);

	if (!shown)
		return -ENOMEM;
	return device->info.virtio_id == VIRTIO_ID_NET
		       ? net_options(device, shown, ret_text)
		       : block_options(device, shown, ret_text);
}
