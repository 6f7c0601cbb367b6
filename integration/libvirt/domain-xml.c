// SPDX-License-Identifier: GPL-2.0-or-later
/* Which vDPA devices a domain has. */
#include <errno.h>
#include <string.h>

#include "hook.h"
#include "vdpamgmt.h"
#include "xml.h"

#define NUMBERED "/dev/vhost-vdpa-"
#define BY_NAME "/dev/vhost-vdpa/by-name/"
#define DIGITS_MAX 10

struct found {
	struct hook_device *devices;
	size_t count;
};

/* ---- One device ---- */

static bool is_numbered(const char *path)
{
	const char *number = path + strlen(NUMBERED);

	if (strncmp(path, NUMBERED, strlen(NUMBERED)))
		return false;
	return *number && strlen(number) <= DIGITS_MAX &&
	       strspn(number, "0123456789") == strlen(number);
}

/* The name in a path, or NULL. It is given to the daemon, and goes into no path of ours. */
static const char *name_in(const char *path)
{
	const char *name = path + strlen(BY_NAME);

	if (strncmp(path, BY_NAME, strlen(BY_NAME)))
		return NULL;
	return *name && !strchr(name, '/') ? name : NULL;
}

/* Of any other path we know nothing: that is libvirt's. */
static int add(struct found *found, const char *path)
{
	struct hook_device device = {}, *larger;
	const char *name = name_in(path);

	if (!name && !is_numbered(path))
		return 0;
	larger = reallocarray(found->devices, found->count + 1, sizeof(*larger));
	if (!larger)
		return -ENOMEM;
	found->devices = larger;
	device.source = vdpam_name_escape(path);
	if (name)
		device.name = vdpam_name_escape(name);
	else
		device.chardev = strdup(path);
	found->devices[found->count++] = device;
	return device.source && (device.name || device.chardev) ? 0 : -ENOMEM;
}

void hook_devices_free(struct hook_device *devices, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		free(devices[i].source);
		free(devices[i].name);
		free(devices[i].chardev);
		free(devices[i].driver);
		free(devices[i].state);
		free(devices[i].holder);
		free(devices[i].error);
	}
	free(devices);
}

/* ---- The tree ---- */

static bool has_type(xmlNode *node, const char *type)
{
	xmlChar *value = xmlGetNoNsProp(node, (const xmlChar *)"type");
	bool has = value && !strcmp((const char *)value, type);

	xmlFree(value);
	return has;
}

static int read_sources(struct found *found, const xmlNode *device)
{
	int r = 0;

	for (xmlNode *node = device->children; node && !r; node = node->next) {
		xmlChar *path;

		if (!xml_is(node, "source"))
			continue;
		path = xmlGetNoNsProp(node, (const xmlChar *)"dev");
		if (path)
			r = add(found, (const char *)path);
		xmlFree(path);
	}
	return r;
}

static int read_devices(struct found *found, const xmlNode *devices)
{
	int r = 0;

	for (xmlNode *node = devices->children; node && !r; node = node->next) {
		if ((xml_is(node, "interface") && has_type(node, "vdpa")) ||
		    (xml_is(node, "disk") && has_type(node, "vhostvdpa")))
			r = read_sources(found, node);
	}
	return r;
}

static int read_tree(struct found *found, xmlDoc *tree)
{
	const xmlNode *domain = xmlDocGetRootElement(tree);
	int r = 0;

	if (!domain || !xml_is(domain, "domain"))
		return -EBADMSG;
	for (const xmlNode *node = domain->children; node && !r; node = node->next) {
		if (xml_is(node, "devices"))
			r = read_devices(found, node);
	}
	return r;
}

int hook_read_domain(const char *text, size_t size, struct hook_device **ret_devices,
		     size_t *ret_count)
{
	struct found found = {};
	xmlDoc *tree;
	int r;

	tree = xml_read(text, size);
	if (!tree)
		return -EBADMSG;
	r = read_tree(&found, tree);
	xmlFreeDoc(tree);
	if (r < 0) {
		hook_devices_free(found.devices, found.count);
		return r;
	}
	*ret_devices = found.devices;
	*ret_count = found.count;
	return 0;
}
