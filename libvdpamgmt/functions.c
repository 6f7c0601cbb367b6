// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The functions of a snapshot: every PF, VF, SF and mediated device that carries a management device
 * or could. Reads no file that the kernel guards with a device's lock, as it does sriov_numvfs and
 * driver_override: whoever is writing there may be stuck. Changes nothing.
 */
#include "functions.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "mdev.h"
#include "objects.h"
#include "parent.h"
#include "private.h"
#include "sysfs.h"
#include "vf-link.h"

#define PCI_DEVICES "bus/pci/devices"

#define VENDOR_VIRTIO 0x1af4 /* Red Hat */
#define CLASS_OF(number) ((number) >> 16)
#define CLASS_STORAGE 0x01
#define CLASS_NETWORK 0x02

struct look {
	struct vdpam_ctx *ctx;
	struct vdpam_snapshot *snapshot;
	const char *bus;
	bool any; /* adds it whatever it is */
};

void vdpam_function_fini(struct vdpam_function *function)
{
	vdpam_function_info_fini(&function->info);
	vdpam_vfs_free(function->vfs);
	free(function->handle);
	free(function->netdev);
	free(function->representor);
	free(function->parent);
	free(function->mdev_type);
}

int vdpam_function_open(struct vdpam_ctx *ctx, const char *handle)
{
	const char *slash = strchr(handle, '/');
	char bus[NAME_MAX + 1], devices[NAME_MAX + 16];

	if (!slash || slash - handle > NAME_MAX)
		return -ENOENT;
	snprintf(bus, sizeof(bus), "%.*s", (int)(slash - handle), handle);
	if (!vdpam_sysfs_is_plain(bus))
		return -ENOENT;
	snprintf(devices, sizeof(devices), "bus/%s/devices", bus);
	return vdpam_sysfs_open(ctx->sysfs_fd, devices, slash + 1);
}

/* ---- Virtual functions of one PF ----------------------------------------------------------- */

static int count_link(void *userdata, const char *name, unsigned char type)
{
	int *count = userdata;

	(void)type;
	*count += !strncmp(name, "virtfn", 6);
	return 0;
}

int vdpam_function_count_vfs(int pf_fd)
{
	int count = 0;
	int r = vdpam_sysfs_list(pf_fd, ".", count_link, &count);

	return r < 0 ? r : count;
}

int vdpam_function_open_vf(struct vdpam_ctx *ctx, int pf_fd, uint32_t index,
			   char **ret_address)
{
	VDPAM_AUTO_FREE char *address = NULL;
	char link[32];
	int r;

	snprintf(link, sizeof(link), "virtfn%u", index);
	r = vdpam_sysfs_link_name(pf_fd, link, &address);
	if (r < 0)
		return r;
	r = vdpam_sysfs_open(ctx->sysfs_fd, PCI_DEVICES, address);
	if (r >= 0) {
		*ret_address = address;
		address = NULL;
	}
	return r;
}

/* ---- What is a function -------------------------------------------------------------------- */

/* What vp_vdpa takes: a virtio card of a kind that somebody would want as a vDPA device. */
static bool is_virtio_card(int fd)
{
	int64_t vendor = 0, class = 0;

	vdpam_sysfs_read_number(fd, "vendor", &vendor);
	vdpam_sysfs_read_number(fd, "class", &class);
	return vendor == VENDOR_VIRTIO &&
	       (CLASS_OF(class) == CLASS_NETWORK || CLASS_OF(class) == CLASS_STORAGE);
}

static bool is_listed(const struct vdpam_function *function, int fd)
{
	const struct vdpam_function_info *info = &function->info;

	/* What else is on the auxiliary bus belongs to the function that it is in. */
	if (!strncmp(function->handle, "auxiliary/", 10))
		return info->has_sfnum;
	if (function->mgmtdev || info->uuid || !strcmp(info->kind, "vf"))
		return true;
	return !strcmp(info->kind, "pf") &&
	       (function->sriov_total > 0 || vdpam_parent_is_known(info->driver) ||
		!faccessat(fd, "mdev_supported_types", F_OK, 0) || is_virtio_card(fd));
}

/* Of the same handle, or on an auxiliary device of the PCI function that is no SF. */
static void find_mgmtdev(struct look *look, struct vdpam_function *function)
{
	const char *address = function->info.pci_address;
	const struct vdpam_mgmtdev *mgmtdev =
		vdpam_snapshot_find_mgmtdev(look->snapshot, function->handle);

	if (!mgmtdev && address && !strcmp(look->bus, "pci")) {
		while ((mgmtdev = vdpam_mgmtdev_next(look->snapshot, mgmtdev))) {
			if (mgmtdev->info.bus &&
			    !strcmp(mgmtdev->info.bus, "auxiliary") &&
			    !mgmtdev->function.has_sfnum &&
			    mgmtdev->function.pci_address &&
			    !strcmp(mgmtdev->function.pci_address, address))
				break;
		}
	}
	function->mgmtdev = mgmtdev ? mgmtdev->handle : NULL;
}

static int look_at(struct look *look, const char *name, int fd,
		   struct vdpam_function *function)
{
	int64_t total;
	struct stat st;
	int r;

	r = vdpam_function_look(look->ctx, look->bus, name, &function->info);
	if (r < 0)
		return r;
	function->handle = vdpam_handle_join(look->bus, name);
	if (!function->handle)
		return -ENOMEM;
	find_mgmtdev(look, function);
	if (!fstat(fd, &st))
		function->identity = st.st_ino;
	if (!strcmp(look->bus, "mdev")) {
		r = vdpam_mdev_look_at_parent(look->ctx, name, &function->parent,
					      &function->mdev_type);
		if (r == -ENOMEM)
			return r;
	}
	function->sriov_total = -1;
	if (!strcmp(look->bus, "pci") &&
	    !vdpam_sysfs_read_number(fd, "sriov_totalvfs", &total)) {
		function->sriov_total = (int)total;
		function->sriov_count = vdpam_function_count_vfs(fd);
		if (function->sriov_count < 0) /* it went */
			function->sriov_count = 0;
		/* One question for each PF: an answer for all of them may not fit. */
		if (function->sriov_count)
			vdpam_vfs_new(look->ctx, function->handle, &function->vfs);
	}
	return 0;
}

static int add_function(void *userdata, const char *name, unsigned char type)
{
	struct look *look = userdata;
	struct vdpam_snapshot *snapshot = look->snapshot;
	struct vdpam_function function = { 0 }, *added;
	char devices[64];
	int r;

	(void)type;
	snprintf(devices, sizeof(devices), "bus/%s/devices", look->bus);

	VDPAM_AUTO_CLOSE int fd = vdpam_sysfs_open(look->ctx->sysfs_fd, devices, name);

	if (fd < 0) /* it went */
		return 0;
	r = look_at(look, name, fd, &function);
	if (r < 0 || (!look->any && !is_listed(&function, fd))) {
		vdpam_function_fini(&function);
		return r;
	}
	added = vdpam_append(&snapshot->functions, &snapshot->n_functions,
			     sizeof(*added));
	if (!added) {
		vdpam_function_fini(&function);
		return -ENOMEM;
	}
	*added = function;
	return 0;
}

/* ---- The whole ----------------------------------------------------------------------------- */

/* What others sit on is there too, however little it says of itself. */
static int add_parents(struct look *look)
{
	struct vdpam_snapshot *snapshot = look->snapshot;
	int r = 0;

	look->bus = "pci";
	look->any = true;
	for (size_t i = 0; !r && i < snapshot->n_functions; i++) {
		const struct vdpam_function_info *info = &snapshot->functions[i].info;
		VDPAM_AUTO_FREE char *handle = NULL;

		if (!info->pci_address)
			continue;
		handle = vdpam_handle_join("pci", info->pci_address);
		if (!handle)
			return -ENOMEM;
		if (!vdpam_snapshot_find_function(snapshot, handle))
			r = add_function(look, info->pci_address, DT_LNK);
	}
	return r;
}

static int bus_rank(const struct vdpam_function *function)
{
	return strncmp(function->handle, "pci/", 4) ? function->info.uuid ? 2 : 1 : 0;
}

static int compare(const void *a, const void *b)
{
	int left = bus_rank(a), right = bus_rank(b);

	if (left != right)
		return left - right;
	/* Addresses are hexadecimal; the numbers of auxiliary devices are not. */
	return (left ? strverscmp : strcmp)(((const struct vdpam_function *)a)->handle,
					    ((const struct vdpam_function *)b)->handle);
}

int vdpam_functions_look(struct vdpam_ctx *ctx, struct vdpam_snapshot *snapshot)
{
	static const char *const buses[] = { "pci", "auxiliary", "mdev" };
	struct look look = { .ctx = ctx, .snapshot = snapshot };
	int r = 0;

	for (size_t i = 0; !r && i < sizeof(buses) / sizeof(*buses); i++) {
		char devices[64];

		look.bus = buses[i];
		snprintf(devices, sizeof(devices), "bus/%s/devices", buses[i]);
		r = vdpam_sysfs_list(ctx->sysfs_fd, devices, add_function, &look);
		if (r == -ENOENT)
			r = 0;
	}
	if (!r)
		r = add_parents(&look);
	if (!r && snapshot->n_functions)
		qsort(snapshot->functions, snapshot->n_functions,
		      sizeof(*snapshot->functions), compare);
	if (!r)
		r = vdpam_functions_look_at_ports(ctx, snapshot);
	for (size_t i = 0; !r && i < snapshot->n_functions; i++)
		r = vdpam_function_look_at_netdevs(ctx, snapshot,
						   &snapshot->functions[i]);
	return r;
}
