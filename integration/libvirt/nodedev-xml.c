// SPDX-License-Identifier: GPL-2.0-or-later
/* A node device of libvirt: what it is called there, and what the kernel calls it. */
#include <errno.h>
#include <string.h>

#include "bridge.h"
#include "vdpamgmt.h"
#include "xml.h"

/* The text of a child, new; NULL: it has none. */
static char *text_of(const xmlNode *node, const char *name)
{
	const xmlNode *child = xml_child(node, name);
	xmlChar *content = child ? xmlNodeGetContent(child) : NULL;
	char *text = content ? strdup((const char *)content) : NULL;

	xmlFree(content);
	return text;
}

/* The last part of its path in /sys is the kernel's name. */
static char *name_in_path(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash && slash[1] ? vdpam_name_escape(slash + 1) : NULL;
}

static int read_device(const xmlNode *device, struct bridge_node *node)
{
	const xmlNode *capability = xml_child(device, "capability");
	AUTO_FREE char *path = text_of(device, "path");

	node->libvirt_name = text_of(device, "name");
	node->name = path ? name_in_path(path) : NULL;
	node->chardev = capability ? text_of(capability, "chardev") : NULL;
	return node->libvirt_name && node->name ? 0 : -EBADMSG;
}

int bridge_read_node(const char *text, size_t size, struct bridge_node *ret_node)
{
	xmlDoc *tree = xml_read(text, size);
	const xmlNode *root = tree ? xmlDocGetRootElement(tree) : NULL;
	struct bridge_node node = {};
	int r = root && xml_is(root, "device") ? read_device(root, &node) : -EBADMSG;

	xmlFreeDoc(tree);
	if (r < 0)
		bridge_node_fini(&node);
	else
		*ret_node = node;
	return r;
}

void bridge_node_fini(struct bridge_node *node)
{
	free(node->libvirt_name);
	free(node->name);
	free(node->chardev);
}
