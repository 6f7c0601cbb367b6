// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * vdpactl tree: what sits on what, from the PCI function to the interface, disk or char device. One
 * tree of JSON, printed as it is, as lines, or as a graph.
 */
#include <json-c/json.h>
#include <langinfo.h>
#include <locale.h>
#include <string.h>

#include "command.h"

/* ---- Nodes: {"kind","name","object","children"} ---- */

/* Takes `object`, which may be NULL; `name` is escaped. */
static struct json_object *node_new(const char *kind, const char *name,
				    struct json_object *object)
{
	struct json_object *node = must(json_object_new_object());

	json_set(node, "kind", json_text(kind));
	json_set(node, "name", json_text(name));
	json_set(node, "object", object);
	json_set(node, "children", must(json_object_new_array()));
	return node;
}

static const char *text_of(struct json_object *object, const char *key)
{
	struct json_object *value = object ? json_get(object, key) : NULL;

	return value ? json_object_get_string(value) : NULL;
}

/* Takes the child; returns it. */
static struct json_object *add_child(struct json_object *node, struct json_object *child)
{
	json_append(json_get(node, "children"), child);
	return child;
}

/* ---- From a device down ---- */

static void add_end(struct json_object *node, struct json_object *row)
{
	struct json_object *virtio = json_get(row, "virtio");
	const char *chardev = text_of(row, "chardev");
	const char *netdev = text_of(virtio, "netdev");
	const char *blockdev = text_of(virtio, "blockdev");

	if (chardev)
		add_child(node, node_new("chardev", chardev, NULL));
	if (virtio)
		node = add_child(node, node_new("virtio", text_of(virtio, "device"),
						json_object_get(virtio)));
	if (netdev)
		add_child(node, node_new("netdev", netdev, NULL));
	if (blockdev)
		add_child(node, node_new("blockdev", blockdev, NULL));
}

static void add_device(struct json_object *nodes, const struct view *view,
		       const struct vdpam_device *device)
{
	struct json_object *row = view_device_row(view, device, false);
	struct json_object *node = node_new("device", text_of(row, "name"), row);
	const char *driver = text_of(row, "driver");

	json_append(nodes, node);
	if (driver)
		add_end(add_child(node, node_new("driver", driver, NULL)), row);
}

static bool are_equal(const char *a, const char *b)
{
	return a && b ? !strcmp(a, b) : a == b;
}

static void add_devices(struct json_object *nodes, const struct view *view,
			const char *mgmtdev)
{
	const struct vdpam_device *device = NULL;

	while ((device = vdpam_device_next(view->snapshot, device))) {
		if (are_equal(vdpam_device_get_mgmtdev(device), mgmtdev))
			add_device(nodes, view, device);
	}
}

/* Those that a driver made by itself, on `owner`; NULL: on nothing that is a function. */
static void add_unmanaged(struct json_object *nodes, const struct view *view,
			  const struct vdpam_function *owner)
{
	const struct vdpam_device *device = NULL;

	while ((device = vdpam_device_next(view->snapshot, device))) {
		const char *handle = vdpam_device_get_function(device);

		if (!vdpam_device_get_mgmtdev(device) &&
		    (handle ? vdpam_snapshot_find_function(view->snapshot, handle)
			    : NULL) == owner)
			add_device(nodes, view, device);
	}
}

/* ---- From a function down ---- */

/* The function that a management device sits on, as far as the snapshot has it. */
static const struct vdpam_function *function_of(const struct view *view,
						const struct vdpam_mgmtdev *mgmtdev)
{
	const char *address = vdpam_mgmtdev_get_pci_address(mgmtdev);
	AUTO_FREE char *handle = NULL;
	const struct vdpam_function *function = vdpam_snapshot_find_function(
		view->snapshot, vdpam_mgmtdev_get_handle(mgmtdev));

	if (function || !address)
		return function;
	if (asprintf(&handle, "pci/%s", address) < 0)
		out_of_memory();
	return vdpam_snapshot_find_function(view->snapshot, handle);
}

/* The function that another one is on: the PF of a VF and an SF, the parent of a mediated device. */
static const struct vdpam_function *parent_of(const struct view *view,
					      const struct vdpam_function *function)
{
	const char *pf = vdpam_function_get_pf(function);
	const char *address = vdpam_function_get_pci_address(function);
	AUTO_FREE char *handle = NULL;

	if (vdpam_function_get_uuid(function)) {
		if (!address)
			return NULL;
		if (asprintf(&handle, "pci/%s", address) < 0)
			out_of_memory();
		pf = handle;
	}
	return pf ? vdpam_snapshot_find_function(view->snapshot, pf) : NULL;
}

/* Those on `owner`; NULL: those on nothing that is a function. */
static void add_mgmtdevs(struct json_object *nodes, const struct view *view,
			 const struct vdpam_function *owner)
{
	const struct vdpam_mgmtdev *mgmtdev = NULL;

	while ((mgmtdev = vdpam_mgmtdev_next(view->snapshot, mgmtdev))) {
		struct json_object *row, *node;

		if (function_of(view, mgmtdev) != owner)
			continue;
		row = must(vdpam_mgmtdev_to_json(view->snapshot, mgmtdev));
		node = node_new("mgmtdev", text_of(row, "handle"), row);
		json_append(nodes, node);
		add_devices(json_get(node, "children"), view,
			    vdpam_mgmtdev_get_handle(mgmtdev));
	}
}

static void add_functions(struct json_object *nodes, const struct view *view,
			  const struct vdpam_function *parent)
{
	const struct vdpam_function *function = NULL;

	while ((function = vdpam_function_next(view->snapshot, function))) {
		struct json_object *row, *node;

		if (parent_of(view, function) != parent)
			continue;
		row = must(vdpam_function_to_json(function));
		node = node_new("function", text_of(row, "handle"), row);
		json_append(nodes, node);
		add_mgmtdevs(json_get(node, "children"), view, function);
		add_unmanaged(json_get(node, "children"), view, function);
		add_functions(json_get(node, "children"), view, function);
	}
}

static struct json_object *tree_new(const struct view *view)
{
	struct json_object *nodes = must(json_object_new_array());

	add_functions(nodes, view, NULL);
	add_mgmtdevs(nodes, view, NULL);
	add_unmanaged(nodes, view, NULL);
	return nodes;
}

/* ---- One line about a node ---- */

/* What is in the brackets behind the name. */
struct details {
	FILE *stream;
	bool any;
};

static void detail(struct details *details, const char *before, const char *text)
{
	if (!text)
		return;
	fprintf(details->stream, "%s%s%s", details->any ? ", " : " (", before, text);
	details->any = true;
}

static void detail_function(struct details *details, struct json_object *object)
{
	const char *total = text_of(object, "sriov_totalvfs");
	const char *word = text_of(object, "function");
	const char *driver = text_of(object, "driver");
	AUTO_FREE char *vfs = NULL;

	if (text_of(object, "sfnum"))
		detail(details, "SF ", text_of(object, "sfnum"));
	else if (text_of(object, "vf_index") && !strcmp(word, "vf"))
		detail(details, "VF ", text_of(object, "vf_index"));
	else
		detail(details, "", !strcmp(word, "pf") ? "PF" : word);
	detail(details, "", driver ? driver : "no driver");
	detail(details, "", text_of(object, "netdev"));
	detail(details, "representor ", text_of(object, "representor"));
	if (total &&
	    asprintf(&vfs, "%s of %s VFs", text_of(object, "sriov_numvfs"), total) < 0)
		out_of_memory();
	detail(details, "", vfs);
	detail(details, "NUMA node ", text_of(object, "numa_node"));
}

static char *label_of(struct json_object *node)
{
	struct json_object *object = json_get(node, "object");
	const char *kind = text_of(node, "kind");
	struct details details = { 0 };
	char *label = NULL;
	size_t size;

	details.stream = must(open_memstream(&label, &size));
	fprintf(details.stream, "%s%s",
		!strcmp(kind, "mgmtdev") ? "management device " : "",
		text_of(node, "name"));
	if (!strcmp(kind, "function")) {
		detail_function(&details, object);
	} else if (!strcmp(kind, "mgmtdev")) {
		AUTO_FREE char *classes = cell_text(json_get(object, "classes"));

		detail(&details, "", classes);
		detail(&details, "DMA translation by ",
		       text_of(object, "dma_translation"));
	} else if (!strcmp(kind, "device")) {
		detail(&details, "", text_of(object, "class"));
		if (!text_of(object, "driver"))
			detail(&details, "", "no driver");
	} else if (!strcmp(kind, "virtio")) {
		const char *driver = text_of(object, "driver");

		detail(&details, "", driver ? driver : "no driver");
	}
	fputs(details.any ? ")" : "", details.stream);
	if (fclose(details.stream))
		out_of_memory();
	return label;
}

/* ---- Printing ---- */

struct pen {
	const char *branch, *last, *through, *blank;
};

static const struct pen box_pen = { "├─ ", "└─ ", "│  ", "   " };
static const struct pen ascii_pen = { "|- ", "`- ", "|  ", "   " };

static void print_below(struct json_object *node, const struct pen *pen,
			const char *indent)
{
	struct json_object *children = json_get(node, "children");
	size_t count = json_object_array_length(children);

	for (size_t i = 0; i < count; i++) {
		struct json_object *child = json_object_array_get_idx(children, i);
		AUTO_FREE char *label = label_of(child);
		AUTO_FREE char *deeper = NULL;
		bool is_last = i == count - 1;

		printf("%s%s%s\n", indent, is_last ? pen->last : pen->branch, label);
		if (asprintf(&deeper, "%s%s", indent,
			     is_last ? pen->blank : pen->through) < 0)
			out_of_memory();
		print_below(child, pen, deeper);
	}
}

static void print_lines(const struct command *cmd, struct json_object *nodes)
{
	const struct pen *pen = &ascii_pen;

	setlocale(LC_CTYPE, "");
	if (cmd->on_terminal && !strcmp(nl_langinfo(CODESET), "UTF-8"))
		pen = &box_pen;
	for (size_t i = 0; i < json_object_array_length(nodes); i++) {
		struct json_object *node = json_object_array_get_idx(nodes, i);
		AUTO_FREE char *label = label_of(node);

		puts(label);
		print_below(node, pen, "");
	}
}

static void print_quoted(const char *text)
{
	putchar('"');
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			putchar('\\');
		putchar(*text);
	}
	putchar('"');
}

static unsigned int print_graph_node(struct json_object *node, unsigned int number)
{
	struct json_object *children = json_get(node, "children");
	AUTO_FREE char *label = label_of(node);
	unsigned int next = number + 1;

	printf("\tn%u [label=", number);
	print_quoted(label);
	printf("];\n");
	for (size_t i = 0; i < json_object_array_length(children); i++) {
		printf("\tn%u -> n%u;\n", number, next);
		next = print_graph_node(json_object_array_get_idx(children, i), next);
	}
	return next;
}

static void print_graph(struct json_object *nodes)
{
	unsigned int next = 0;

	puts("digraph vdpa {\n\trankdir=LR;\n\tnode [shape=box];");
	for (size_t i = 0; i < json_object_array_length(nodes); i++)
		next = print_graph_node(json_object_array_get_idx(nodes, i), next);
	puts("}");
}

static int run_tree(struct command *cmd)
{
	AUTO_VIEW struct view view = {};
	struct json_object *nodes;
	int status;

	if (cmd->json && cmd->options[OPTION_DOT])
		return fail(cmd, cli_error_new(VDPAM_ERROR_USAGE, 0, NULL,
					       "tree: either --json or --dot"));
	status = view_open(cmd, VDPAM_LOOK_FUNCTIONS, &view);
	if (status)
		return status;
	nodes = tree_new(&view);
	if (cmd->json) {
		json_print(json_listing("tree", nodes));
		return 0;
	}
	if (cmd->options[OPTION_DOT])
		print_graph(nodes);
	else
		print_lines(cmd, nodes);
	json_object_put(nodes);
	return 0;
}

const struct verb tree_verb = {
	.name = "tree",
	.usage = "[--dot]",
	.summary =
		"Show what sits on what, from PCI functions to interfaces, disks and char "
		"devices",
	.options = OPTION_BIT(OPTION_DOT),
	.run = run_tree,
};
